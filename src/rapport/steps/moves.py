"""Where people are going: up or down, breaking up, gone unheard, back again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engagement.trajectory.moves import (
    BACK,
    CAME,
    DOWN,
    HELD,
    LEFT,
    UP,
    came_by_month,
    histories,
    left_by_month,
    level_moves,
)
from rapport.engagement.trajectory.returning import after_what, returns
from rapport.engagement.trajectory.unheard import (
    HEARD,
    UNHEARD,
    Share,
    complainants,
    grouped,
    share_left,
)
from rapport.estimate import EDGE
from rapport.record.frames import Frame, day_number, month_number
from rapport.results import Said, StepResult, Untold
from rapport.steps.breaking_up import Known, breaking_up, known_of
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.moves_numbers import numbers

QUESTION = "Who is about to leave us, and who left because they were not heard?"
FEWEST_REPEATERS = 30
SHORTEST_DAYS = 180
A_YEAR = 365
MOVES = pa.schema(
    [
        ("month", pa.date32()), ("side", pa.string()), ("direction", pa.string()),
        *((name, pa.float64()) for name in ("people", "low", "high", "money")),
    ]
)  # fmt: skip
UNHEARD_ROWS = pa.schema(
    [
        ("heard", pa.string()), ("people", pa.int64()), ("silent", pa.int64()),
        *((name, pa.float64()) for name in ("left", "low", "high")),
    ]
)  # fmt: skip


def moves(context: Context) -> StepResult:
    """Write who moved, who is breaking up and why, who left unheard, and who came back."""
    if "customers" not in context.results.tables:
        return StepResult()
    if untold := _too_little(context):
        return StepResult(untold=untold)
    known = known_of(context)
    going = breaking_up(context, known)
    shares = _left_unheard(context, known)
    tables = dict(going.tables)
    if shares:
        tables["left_unheard"] = context.write("left_unheard", _unheard_table(shares))
    back = context.engine.cache(_came_back(context, known))
    tables["came_back"] = context.write("came_back", back)
    moved = _moves(context, known, back)
    shown = moved.filter(pc.greater_equal(moved["people"], context.settings.people.smallest_group))
    tables["moves"] = context.write("moves", shown)
    found = numbers(context, going, shares, moved)
    return StepResult(found, tables, _untold(shares))


def _too_little(context: Context) -> tuple[Untold, ...]:
    facts = context.results.facts
    question = Said(QUESTION)
    if context.settings.value.contract:
        why = Said("A contract ends on a known day: silence between payments says nothing.")
        return (Untold(question, why, Said("Add the days on which contracts were cancelled.")),)
    repeaters = int(facts.get("repeat_customers", 0))
    if repeaters < FEWEST_REPEATERS:
        why = Said(
            "Customers who bought again: {n}; a rhythm needs {needed} at the least.",
            {"n": repeaters, "needed": FEWEST_REPEATERS},
        )
        needs = Said("Add older orders, or orders that name their customer.")
        return (Untold(question, why, needs),)
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
    if (last - first).days < SHORTEST_DAYS:
        why = Said(
            "Days from the first order to the last: {n}; a rhythm needs {needed}.",
            {"n": (last - first).days, "needed": SHORTEST_DAYS},
        )
        return (Untold(question, why, Said("Add older orders.")),)
    return ()


def _left_unheard(context: Context, known: Known) -> dict[str, Share]:
    if "requests" not in context.results.tables:
        return {}
    rows = context.engine.collect(
        grouped(complainants(context.result("requests"), known.buying, known.watched))
    )
    heard = np.asarray(rows["heard"].to_pylist(), dtype=object)
    names = ("times", "spell", "silent", "more", "again", "people")
    columns = {name: np.asarray(rows[name], dtype=float) for name in names}
    for name in ("spell", "silent", "more"):
        columns[name] = columns[name] * 7 + 3  # the middle of the week
    smallest = context.settings.people.smallest_group
    made = {}
    for group in (HEARD, UNHEARD):
        here = heard == group
        if columns["people"][here].sum() >= smallest:
            cells = {name: values[here] for name, values in columns.items()}
            made[group] = share_left(known.habit, cells, f"left {group}")
    return made


def _unheard_table(shares: dict[str, Share]) -> pa.Table:
    rows = [
        {"heard": group, "people": share.people, "silent": share.silent,
         "left": share.value, "low": share.low, "high": share.high}
        for group, share in shares.items()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=UNHEARD_ROWS)


def _came_back(context: Context, known: Known) -> Frame:
    days, keep = known.buying.select("person_id", "number"), context.engine.cache
    found = keep(returns(days, known.habit, known.watched - A_YEAR, keep))
    told = after_what(found, _triggers(context))
    days = known.buying.select("person_id", "day", back=nw.col("number"))
    dated = told.join(days, on=["person_id", "back"], how="inner")
    joined = dated.join(known.money, on="person_id", how="left")
    return joined.select(
        "person_id",
        "after",
        back_on=nw.col("day"),
        silent_days=nw.col("silent"),
        margin_year=nw.col("year").fill_null(0.0),
    )


def _triggers(context: Context) -> list[Frame]:
    """Return what may bring somebody back: person_id, number (a day), what."""
    tables, made = context.results.tables, []
    if "requests" in tables:
        answered = context.result("requests").filter(
            ~nw.col("person_id").is_null() & ~nw.col("answered_on").is_null()
        )
        made.append(_happened(answered, nw.col("answered_on"), "answered"))
    orders = context.result("orders").filter(~nw.col("person_id").is_null())
    made.append(_happened(orders.filter(~nw.col("coupon").is_null()), nw.col("day"), "offer"))
    made.append(_happened(orders.filter(~nw.col("campaign").is_null()), nw.col("day"), "campaign"))
    if "messages" in tables:
        wrote = context.result("messages").filter(
            ~nw.col("person_id").is_null() & ~nw.col("from_brand")
        )
        made.append(_happened(wrote, nw.col("day"), "wrote"))
    activity = context.facts("activity").join(
        links_of(context), on=["source", "account_id"], how="inner"
    )
    kinds = {"event": ("Join", "event"), "referral": ("Accept", "purchase")}
    for what, (verb, kind) in kinds.items():
        did = activity.filter((nw.col("verb") == verb) & (nw.col("object_kind") == kind))
        made.append(_happened(did, nw.col("occurred_on_day"), what))
    visits = context.facts("visit").filter(~nw.col("campaign").is_null())
    came = visits.join(links_of(context), on=["source", "account_id"], how="inner")
    made.append(_happened(came, nw.col("started_on"), "campaign"))
    return made


def _happened(rows: Frame, time: nw.Expr, what: str) -> Frame:
    return rows.select("person_id", number=day_number(time), what=nw.lit(what))


def _moves(context: Context, known: Known, back: Frame) -> pa.Table:
    """Return the table of moves: by month, side and direction."""
    facts = context.results.facts
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
    rows = [
        *_levels(context, known, first, last),
        *_came(context, known, first, last),
        *_left(context, known, first, last),
        *_back(context, back),
    ]
    rows.sort(key=lambda row: (row["month"], row["side"], row["direction"]))
    return pa.Table.from_pylist(rows, schema=MOVES)


def _row(
    month: dt.date, side: str, direction: str, people: float, spread: float, money: float
) -> dict[str, Any]:
    half = EDGE * spread
    return {
        "month": month, "side": side, "direction": direction, "people": people,
        "low": max(0.0, people - half), "high": people + half, "money": money,
    }  # fmt: skip


def _levels(context: Context, known: Known, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    if "level_months" not in context.results.tables:
        return []
    told = context.result("level_months")
    made = []
    for row in context.engine.collect(level_moves(told, known.money)).to_pylist():
        if not first <= row["month"] <= last:
            continue
        held = row["people"] - row["up"] - row["down"]
        money = row["money"] - row["up_money"] - row["down_money"]
        place = (row["month"], row["side"])
        for name, column in ((UP, "up"), (DOWN, "down")):
            error = row[f"{column}_variance"] ** 0.5
            counted = _row(*place, name, row[column], error, row[f"{column}_money"])
            made.append(counted | {"high": max(counted["high"], row[f"{column}_most"])})
        most = row["people"] - row["up_most"] - row["down_most"]
        made.append(_row(*place, HELD, held, 0.0, money) | {"low": min(held, most)})
    return made


def _came(context: Context, known: Known, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    months = known.buying.select("person_id", month=month_number(nw.col("day")))
    rows = context.engine.collect(came_by_month(months, known.money)).to_pylist()
    made = []
    for row in rows:
        month = dt.date(row["first"] // 12, row["first"] % 12 + 1, 1)
        # who first appears in the record's first months was most often a customer before
        if month >= _month_after(first, 3) and month <= last:
            made.append(_row(month, "customer", CAME, float(row["people"]), 0.0, row["year"]))
    return made


def _left(context: Context, known: Known, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    rows = context.engine.collect(
        histories(known.buying.select("person_id", "number"), known.money)
    )
    cells = {name: np.asarray(rows[name], dtype=float) for name in rows.column_names}
    starts = [_month_after(first, k) for k in range(1, 200)]
    starts = [start for start in starts if start <= last]
    whole = [*starts, _month_after(last, 1)]
    days = np.array([float(day.toordinal()) for day in whole])
    left, variance, money = left_by_month(known.habit, cells, days, float(known.watched))
    made = zip(starts, left, variance, money, strict=True)
    return [
        _row(month, "customer", LEFT, people, spread**0.5, worth)
        for month, people, spread, worth in made
    ]


def _back(context: Context, back: Frame) -> list[dict[str, Any]]:
    told = back.select(number=month_number(nw.col("back_on")), year=nw.col("margin_year")).group_by(
        "number"
    )
    rows = context.engine.collect(told.agg(people=nw.len(), year=nw.col("year").sum())).to_pylist()
    return [
        _row(dt.date(row["number"] // 12, row["number"] % 12 + 1, 1), "customer", BACK,
             float(row["people"]), 0.0, row["year"])
        for row in rows
    ]  # fmt: skip


def _month_after(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month so many months after that of a day.

    Examples
    --------
    >>> _month_after(dt.date(2025, 11, 20), 2)
    datetime.date(2026, 1, 1)
    """
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def _untold(shares: dict[str, Share]) -> tuple[Untold, ...]:
    if HEARD in shares and UNHEARD in shares:
        return ()
    return (
        Untold(
            Said("Who left because they were not heard?"),
            Said("Too few customers with complaints were heard, or too few were not, to compare."),
            Said("Add exports of the help desk, of calls or of comments, with answers."),
        ),
    )
