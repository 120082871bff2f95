"""Critics won back: approached, answered, made good, turned; how long, and what it was worth."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.critics.turning import (
    ALONE,
    ANSWERED,
    CELLS,
    FOLLOW,
    critics,
    money_cells,
    outcomes,
    turning,
    with_history,
)
from rapport.engagement.critics.worth import Worth, of_rows, worth
from rapport.estimate import Estimate, Grade
from rapport.listening.answering.survival import Span, curve
from rapport.record.frames import Frame, as_number, day_number, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.value.purchases import of_known

QUESTION = "Were critics won back, and what was it worth?"
SCHEMA = pa.schema(
    [
        ("answered", pa.string()),
        *((name, pa.int64()) for name in ("critics", "turned", "follow_days")),
        *((f"{name}{end}", pa.float64()) for name in ("turned_share", "turned_days")
          for end in ("", "_low", "_high")),
        *((name, pa.int64()) for name in ("compared", "alone")),
        *((f"{name}{end}", pa.float64()) for name in ("naive", "adjusted", "total")
          for end in ("", "_low", "_high")),
    ]
)  # fmt: skip


def win_back(context: Context) -> StepResult:
    """Write what became of critics: those answered, and those left alone."""
    if not context.results.tables.get("requests"):
        return StepResult(untold=(_nobody(),))
    engine, smallest = context.engine, context.settings.people.smallest_group
    today = dt.date.fromisoformat(str(context.results.facts["answering_until"])).toordinal()
    requests = context.result("requests").join(_staff(context), on="person_id", how="anti")
    known = bool(context.results.facts.get("kinds_known", True))
    found = engine.cache(critics(requests, today, kinds_known=known))
    (counts,) = engine.collect(outcomes(found)).to_pylist()
    if (counts["critics"] or 0) < smallest:
        return StepResult(
            tables={"critics": context.write("critics", SCHEMA.empty_table())},
            untold=(_nobody(),),
        )
    money, deeds = _money(context), _deeds(context)
    turned = engine.collect(turning(found, deeds, today)).to_pylist() if deeds is not None else []
    paid = _worth(context, found, money)
    rows = _rows(turned, paid, smallest)
    tables = {"critics": context.write("critics", pa.Table.from_pylist(rows, SCHEMA))}
    made = _numbers(counts, rows, paid, context)
    return StepResult(made, tables, _untold(paid), facts={"critics_follow_days": FOLLOW})


def _staff(context: Context) -> Frame:
    own = nw.col("role").is_null() | (nw.col("role") == "person")
    return context.result("people").filter(~own).select("person_id")


def _money(context: Context) -> Frame | None:
    """Return what each order of known people left: margin, or net revenue without any margin."""
    if not context.results.tables.get("orders"):
        return None
    share = context.settings.value.margin
    net, margin = as_number(nw.col("net")), as_number(nw.col("margin"))
    kept = nw.coalesce(margin, net * share) if share is not None else nw.coalesce(margin, net)
    known = of_known(context.result("orders"))
    return known.select("person_id", number=day_number(nw.col("day")), money=kept)


def _deeds(context: Context) -> Frame | None:
    """Return the days on which people bought, or said something well."""
    parts = []
    if context.results.tables.get("orders"):
        known = of_known(context.result("orders"))
        parts.append(known.select("person_id", number=day_number(nw.col("day"))))
    if context.results.tables.get("messages"):
        well = nw.col("is_praise") | nw.col("is_recommendation") | nw.col("is_thanks")
        said = context.result("messages").filter(~nw.col("person_id").is_null(), well)
        parts.append(said.select("person_id", number=day_number(nw.col("day"))))
    return context.engine.cache(distinct(nw.concat(parts, how="vertical"))) if parts else None


def _worth(context: Context, found: Frame, money: Frame | None) -> Worth | None:
    if money is None:
        return None
    histories = context.engine.cache(with_history(found, context.engine.cache(money)))
    # of critics not known as customers no order would be seen either: they would only dilute
    known = histories.filter(nw.col("prior") != "0")
    rows = context.engine.collect(money_cells(known)).to_pylist()
    groups = [of_rows(rows, CELLS, name) for name in (ANSWERED, ALONE)]
    sizes = [sum(cell.people for cell in group.values()) for group in groups]
    if min(sizes) < context.settings.people.smallest_group:
        return None
    return worth(*groups)


def _rows(turned: list[dict[str, Any]], paid: Worth | None, smallest: int) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in turned:
        groups[row["answered"]].append(row)
    made = []
    for name in (ANSWERED, ALONE):
        people = sum(row["people"] for row in groups[name])
        if people < smallest:
            continue
        row = {"answered": name, "critics": people, "follow_days": FOLLOW} | _turned(groups[name])
        if name == ANSWERED and paid is not None:
            row |= {"compared": paid.compared, "alone": paid.alone}
            for what in ("naive", "adjusted", "total"):
                row |= _spread(what, getattr(paid, what))
        made.append(row)
    return made


def _turned(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many turned, within FOLLOW days and in half of all cases."""
    days = sorted({int(row["days"]) for row in rows})
    place = {day: k for k, day in enumerate(days)}
    did, waits = np.zeros(len(days)), np.zeros(len(days))
    for row in rows:
        (did if row["turned"] else waits)[place[int(row["days"])]] += row["people"]
    found = curve(np.maximum(days, 1), answered=did, waiting=waits)
    return (
        {"turned": int(did.sum())}
        | _spread("turned_share", found.within(FOLLOW))
        | _spread("turned_days", found.quantile(0.5))
    )


def _spread(name: str, span: Span) -> dict[str, float | None]:
    ends = (span.value, span.low, span.high)
    names = (name, f"{name}_low", f"{name}_high")
    return {k: v if math.isfinite(v) else None for k, v in zip(names, ends, strict=True)}


def _numbers(
    counts: dict[str, Any], rows: list[dict[str, Any]], paid: Worth | None, context: Context
) -> dict[str, Estimate]:
    made = {"critics_heard": Estimate.exact(counts["critics"], "people")}
    if counts["ever"] <= counts["critics"]:
        made["critics_approached"] = _share(counts["ever"], counts["critics"], "critics_approached")
    if (counts["known"] or 0) >= context.settings.people.smallest_group:
        made["critics_made_good"] = _share(counts["good"], counts["known"], "critics_made_good")
    for row in rows:
        suffix = "" if row["answered"] == ANSWERED else "_alone"
        for what, unit in (("turned_share", "share"), ("turned_days", "days")):
            ends = [row[f"{what}{end}"] for end in ("", "_low", "_high")]
            if all(end is not None for end in ends):
                made[f"critics_{what}{suffix}"] = Estimate(
                    ends[0], unit, Grade.COUNT, ends[1], ends[2], people=row["critics"]
                )
    if paid is not None and paid.adjusted.known:
        currency = context.settings.currency
        for name, span, unit, grade in (
            ("critic_worth_naive", paid.naive, f"{currency} per person", Grade.COUNT),
            ("critic_worth", paid.adjusted, f"{currency} per person", Grade.ADJUSTED),
            ("critics_worth", paid.total, currency, Grade.ADJUSTED),
        ):
            made[name] = Estimate(
                span.value, unit, grade, span.low, span.high, people=paid.compared
            )
    return {
        name: number.based_on(name=name, table="critics", people=number.people or counts["critics"])
        for name, number in made.items()
    }


def _share(part: int, whole: int, name: str) -> Estimate:
    return Estimate.of_share(part, whole, source=name, people=whole)


def _untold(paid: Worth | None) -> tuple[Untold, ...]:
    if paid is not None and paid.adjusted.known:
        return ()
    return (
        Untold(
            Said("What was it worth to answer critics?"),
            Said("Too few critics are known as customers, answered ones and others alike."),
            Said("Link help desk and shop: the same e-mail, phone or order in both."),
        ),
    )


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("Too few people known by name complained long enough ago to be followed."),
        Said("Add an export of the help desk, or of comments with the brand's replies."),
    )
