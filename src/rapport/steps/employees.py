"""Who of our own people speaks of us, whom they reach, and what followed; never by name."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pyarrow as pa

from rapport.engagement.advocacy.reading import read
from rapport.engagement.advocacy.voices import NOT_PEOPLE, PRIVATE, SURVEY, WINDOW
from rapport.engagement.employees import FOLLOWED, followed, spoke, voice
from rapport.estimate import Estimate, Grade
from rapport.record.frames import Frame, as_number, day_number, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.advocates import last_day, reading, suspicious
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.value.purchases import of_known

QUESTION = "Who of our own people speaks of us?"
SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("people", "messages", "reached", "ordered", "days")),
        *((name, pa.float64()) for name in ("well", "money")),
    ]
)


def employee_voice(context: Context) -> StepResult:
    """Write how many employees speak, whom they reach and what followed; one row for all."""
    made = context.results.tables
    if not context.settings.people.employees_agreed:
        return StepResult(untold=(_not_agreed(),)) if _has_staff(context) else StepResult()
    if not made.get("people") or not made.get("messages"):
        return StepResult(untold=(_nobody(),))
    engine, last = context.engine, last_day(context)
    staff = engine.cache(
        context.result("people").filter(nw.col("role") == "employee").select("person_id")
    )
    own = engine.cache(spoke(_public(context, last), staff))
    speakers = distinct(own.select("person_id")).select(n=nw.len())
    (people,) = engine.collect(speakers).column("n").to_pylist()
    smallest = context.settings.people.smallest_group
    if people < smallest:
        table = context.write("employee_voice", SCHEMA.empty_table())
        return StepResult(tables={"employee_voice": table}, untold=(_nobody(),))
    (said,) = engine.collect(voice(read(own, reading(context, own)))).to_pylist()
    (after,) = engine.collect(followed(_met(context, own, staff), _orders(context))).to_pylist()
    row = {
        "people": said["people"], "messages": said["messages"], "well": said["well"],
        "reached": after["reached"], "ordered": after["ordered"], "money": after["money"],
        "days": FOLLOWED,
    }  # fmt: skip
    hidden = {name: None for name in ("ordered", "money") if after["ordered"] < smallest}
    table = pa.Table.from_pylist([row | hidden], SCHEMA)
    tables = {"employee_voice": context.write("employee_voice", table)}
    return StepResult(_numbers(row), tables)


def _public(context: Context, last: dt.date) -> Frame:
    """Return what was said in public in the last year, copies of a text once."""
    begin = last - dt.timedelta(days=WINDOW)
    heard = ~nw.col("channel").fill_null("").is_in([*PRIVATE, *NOT_PEOPLE, SURVEY])
    first = nw.col("copy_of") == nw.col("message_id")
    return context.result("messages").filter(
        ~nw.col("person_id").is_null(), heard, first, nw.col("day") > begin, nw.col("day") <= last
    )


def _met(context: Context, own: Frame, staff: Frame) -> Frame:
    """Return who reacted to what employees said, and when; no staff, no bought accounts."""
    about = nw.coalesce(nw.col("in_reply_to"), nw.col("object_id"))
    acts = context.facts("activity").filter(
        nw.col("verb").is_in(["Like", "Announce", "Create"]), ~nw.col("account_id").is_null()
    )
    acts = acts.select(
        "source", "account_id", activity_id=about, number=day_number(nw.col("occurred_on_day"))
    )
    bought = suspicious(context)
    key = ["source", "account_id"]
    if bought is not None:
        acts = acts.join(distinct(bought.select(*key)), on=key, how="anti")
    met = acts.join(own.select("source", "activity_id"), on=["source", "activity_id"], how="inner")
    who = links_of(context).select(*key, other=nw.col("person_id"))
    pairs = met.join(who, on=key, how="inner").select("other", "number")
    return pairs.join(staff.select(other=nw.col("person_id")), on="other", how="anti")


def _orders(context: Context) -> Frame:
    if not context.results.tables.get("orders"):
        none = context.result("messages").filter(nw.col("message_id") == "")
        return none.select("person_id", number=day_number(nw.col("day")), money=nw.lit(0.0))
    share = context.settings.value.margin
    net, margin = as_number(nw.col("net")), as_number(nw.col("margin"))
    kept = nw.coalesce(margin, net * share) if share is not None else nw.coalesce(margin, net)
    return of_known(context.result("orders")).select(
        "person_id", number=day_number(nw.col("day")), money=kept
    )


def _numbers(row: dict[str, object]) -> dict[str, Estimate]:
    made = {}
    for name, what in (("employees_speaking", "people"), ("employees_reach", "reached")):
        many = int(str(row[what] or 0))
        made[name] = Estimate.exact(
            many, "people", grade=Grade.COUNT, people=many, name=name, table="employee_voice"
        )
    return made


def _has_staff(context: Context) -> bool:
    if not context.results.tables.get("people"):
        return False
    staff = context.result("people").filter(nw.col("role") == "employee")
    (many,) = context.engine.collect(staff.select(n=nw.len())).column("n").to_pylist()
    return bool(many)


def _not_agreed() -> Untold:
    return Untold(
        Said(QUESTION),
        Said(
            "rapport.toml does not say that employees agreed to their public words being counted."
        ),
        Said("Ask them, then set employees_agreed = true under [people] in rapport.toml."),
    )


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("Too few employees known by account said anything in public in the last year."),
        Said("Name their accounts under people.employees in rapport.toml."),
    )
