"""Who speaks well of us, who speaks ill, and what their words are worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.advocacy.reach import reached
from rapport.engagement.advocacy.reading import BINS, READ, Rates, rates, read
from rapport.engagement.advocacy.shares import rows as share_rows
from rapport.engagement.advocacy.voices import (
    WHERE,
    advocates,
    cells,
    codes,
    scores,
    spoken,
    standing,
    voices,
)
from rapport.listening.trust.correcting import Corrector
from rapport.listening.trust.known import known as shipped_counts
from rapport.listening.trust.shares import bin_of
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.advocates_numbers import first_voices, numbers
from rapport.steps.advocates_numbers import last as last_voices
from rapport.steps.advocates_worth import listed, yields
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.own_labels import own_labels
from rapport.steps.reading import reader_of

QUESTION = "Who speaks well of us, and who speaks ill?"
ADVOCACY = pa.schema(
    [
        *((name, pa.string()) for name in ("side", "level", "where")),
        ("people", pa.int64()),
        *((f"{name}{end}", pa.float64()) for name in ("well", "ill")
          for end in ("", "_low", "_high")),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """What the step works with: the talk that counts, by message and by person."""

    last: dt.date
    stand: Frame
    spoken: Frame
    known: Frame
    corrected: bool


def find_advocates(context: Context) -> StepResult:
    """Write who speaks well and ill, by side, level and place, and what each is worth."""
    heard = hear(context)
    if heard is None:
        return StepResult(untold=(_nobody(),))
    engine, smallest = context.engine, context.settings.people.smallest_group
    shared = [
        row
        for where in WHERE
        for row in share_rows(
            engine.collect(cells(heard.known, where)).to_pylist(), where, smallest
        )
    ]
    tables = {"advocacy": context.write("advocacy", pa.Table.from_pylist(shared, ADVOCACY))}
    paid = yields(context, heard.last)
    reach = reached(context.facts("activity"), heard.spoken, links_of(context), suspicious(context))
    people = listed(context, heard, reach, paid)
    tables["advocates"] = context.write("advocates", people)
    tables["first_voices"] = context.write("first_voices", _named(context, first_voices(people)))
    return StepResult(
        numbers(shared, people, context.settings.currency),
        tables,
        (*_untold(heard, paid, shared), *_no_critics(people)),
        facts={"advocacy_until": heard.last.isoformat(), "reading_corrected": heard.corrected},
    )


def _named(context: Context, chosen: pa.Table) -> pa.Table:
    """Return the first voices with their names, where any is on record."""
    ids = chosen["person_id"].to_pylist()
    known = context.result("people").filter(nw.col("person_id").is_in(ids))
    rows = context.engine.collect(known.select("person_id", "name")).to_pylist()
    names = {row["person_id"]: row["name"] for row in rows}
    return chosen.append_column("name", pa.array([names.get(each) for each in ids], pa.string()))


def hear(context: Context) -> Heard | None:
    """Return the talk of the last year and who spoke; None where nobody said anything."""
    made, engine = context.results.tables, context.engine
    if not made.get("people") or not (made.get("messages") or context.holds("answer")):
        return None
    last = last_day(context)
    links = links_of(context)
    stand = engine.cache(
        standing(context.result("people"), context.result("levels") if made.get("levels") else None)
    )
    said = engine.cache(
        spoken(context.result("messages"), apart(context), last, suspicious(context))
    ) if made.get("messages") else None  # fmt: skip
    told = reading(context, said) if said is not None else None
    if said is None or told is None:
        return None
    by_person = engine.cache(voices(read(said, told)))
    scored = scores(context.facts("answer"), links, last)
    months = context.result("person_months") if made.get("person_months") else None
    first = (last - dt.timedelta(days=364)).replace(day=1)
    coded = codes(months, first) if months is not None else _no_codes(stand)
    known = engine.cache(advocates(stand, by_person, engine.cache(scored), coded))
    (many,) = engine.collect(known.select(n=nw.len())).column("n").to_pylist()
    if not many:
        return None
    return Heard(last, stand, said, known, all(rate.corrected for rate in told.values()))


def reading(context: Context, said: Frame) -> dict[str, Rates]:
    """Return how likely messages of each bin of a score are truly of each kind."""
    known, judged = shipped_counts(reader_of(context).version), own_labels(context)
    found = {}
    for kind in READ:
        bins = said.select(bin=bin_of(nw.col(f"p_{kind}"))).group_by("bin").agg(n=nw.len())
        counts = np.zeros(BINS)
        for row in context.engine.collect(bins).to_pylist():
            counts[int(row["bin"])] = row["n"]
        found[kind] = rates(Corrector(kind, known.get(kind), judged).correction, counts)
    return found


def apart(context: Context) -> Frame:
    """Return who is not heard as a person: staff, resellers, those who were paid to post."""
    own = nw.col("role").is_null() | (nw.col("role") == "person")
    staff = context.result("people").filter(~own).select("person_id")
    asked = context.facts("activity").filter(
        (nw.col("verb") == "Invite") & (nw.col("object_kind") == "request to post")
    )
    key = ["source", "account_id"]
    paid = distinct(asked.select(*key)).join(links_of(context), on=key, how="inner")
    return distinct(nw.concat([staff, paid.select("person_id")], how="vertical"))


def suspicious(context: Context) -> Frame | None:
    """Return the accounts that look bought; None where none was judged."""
    if not context.results.tables.get("accounts_judged"):
        return None
    bought = context.result("accounts_judged").filter(nw.col("verdict") == "suspicious")
    return bought.select("source", "account_id")


def last_day(context: Context) -> dt.date:
    """Return the last day on record, as far as this step counts."""
    if context.settings.today is not None:
        return context.settings.today
    told = context.results.facts.get("last_day")
    if told:
        return dt.date.fromisoformat(str(told))
    newest = context.result("messages").select(day=nw.col("day").max())
    (day,) = context.engine.collect(newest).column("day").to_pylist()
    return day or dt.date(1970, 1, 1)


def _no_codes(stand: Frame) -> Frame:
    none = nw.lit(0).cast(nw.Int64())
    return stand.filter(nw.col("side") == "nobody").select("person_id", handed=none, used=none)


def _untold(
    heard: Heard, paid: object | None, shared: list[dict[str, object]]
) -> tuple[Untold, ...]:
    told = []
    if not heard.corrected:
        told.append(
            Untold(
                Said("How sure is it who speaks well and who speaks ill?"),
                Said("Nobody knows how often the chosen model errs: it is not the one shipped."),
                Said("Label at least {n} messages with 'rapport label'.", {"n": 50}),
            )
        )
    if paid is None:
        told.append(
            Untold(
                Said("What are the words of advocates worth?"),
                Said("No answer says what brought new customers, or their worth is not known."),
                Said("Ask new customers how they heard of you, and hand out referral codes."),
            )
        )
    if not any(row["where"] == "offline" for row in shared):
        told.append(
            Untold(
                Said("Do people speak well of us off line?"),
                Said("Too few people were asked in the last year whether they would recommend."),
                Said("Ask the questionnaire that 'rapport questionnaire' prints."),
            )
        )
    return tuple(told)


def _no_critics(people: pa.Table) -> tuple[Untold, ...]:
    likely = np.asarray(people["speaks_ill"], float) > np.asarray(people["speaks_well"], float)
    if last_voices(people, 1).num_rows or not likely.any():
        return ()
    return (
        Untold(
            Said("Who are our critics?"),
            Said(
                "What was written may be a complaint or not: the reading model errs too often "
                "about complaints to call anybody a critic."
            ),
            Said("Label some messages with 'rapport label': it asks for those it is unsure of."),
        ),
    )


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("Nobody known by name said anything of the brand in the last year."),
        Said("Add an export of comments, mentions or reviews, or of survey answers."),
    )
