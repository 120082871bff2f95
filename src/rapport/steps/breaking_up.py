"""Who is about to leave: past days looked at again, a model of them, and everybody's chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.trajectory.breaking import GOING, listed, summed, waiting_since
from rapport.engagement.trajectory.hazard import (
    Array,
    Leaving,
    auc,
    calibration,
    calibration_error,
    fitted,
)
from rapport.engagement.trajectory.signs import asked, ended, level_at, said, seen_at
from rapport.engagement.trajectory.silence import Habit
from rapport.engagement.trajectory.silence import fitted as habit_of
from rapport.engagement.trajectory.snapshots import (
    AHEAD,
    CELLS,
    HALF_YEAR,
    counted,
    in_cells,
    judged_later,
    signs_at,
    standing_at,
    with_rhythm,
)
from rapport.record.frames import Frame, as_number, day_number, distinct, row_number, whole_sum
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.value.customers import buying_days
from rapport.value.purchases import of_known

LOOKS = 6  # past days that are looked at, at most
EVERY = 61  # days between two of them
FEWEST = 200  # customers a past day must hold to be learnt from
MOST = 200_000  # customers whose past is looked at: of more, some show the same


@dataclass(frozen=True, slots=True)
class Known:
    """What the step works with: who bought when, what that was worth, how people buy and leave."""

    buying: Frame
    money: Frame
    habit: Habit
    first: int
    watched: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How the chances told held on a past day that the model had not seen."""

    day: dt.date
    auc: float
    error: float
    people: int
    rows: list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Going:
    """The fitted model, its trial on a later day, and the cells of the last day by state."""

    model: Leaving
    checked: Checked | None
    sums: dict[str, np.ndarray]
    tables: dict[str, int]


def habits(context: Context) -> Habit:
    """Return how customers buy and leave, from their histories."""
    weeks = [(nw.col(name) // 7 * 7).alias(name) for name in ("recency_days", "age_days")]
    told = context.result("customers").with_columns(*weeks)
    counts = told.group_by("frequency", "recency_days", "age_days")
    names = ("frequency", "recency_days", "age_days", "people")
    # engines give rows in any order: the last digits would lead the fit elsewhere each time
    rows = context.engine.collect(counts.agg(people=nw.len())).sort_by(
        [(name, "ascending") for name in names]
    )
    x, recency, age, people = (np.asarray(rows[name], dtype=float) for name in names)
    return habit_of(x, recency, age, people)


def money_of(context: Context) -> Frame:
    """Return person_id, number (day) and money of each order: margin where known, else revenue."""
    share = context.settings.value.margin
    revenue, margin = as_number(nw.col("net")), as_number(nw.col("margin"))
    if context.results.facts.get("money") == "margin":
        other = revenue * share if share is not None else nw.lit(0.0)
        money = nw.when(nw.col("margin").is_null()).then(other).otherwise(margin)
    else:
        money = revenue
    orders = of_known(context.result("orders"))
    return orders.select(
        "person_id", number=day_number(nw.col("day")), month=nw.col("day"), money=money
    )


def past_days(first: int, watched: int) -> list[int]:
    """Return the past days to look at: half a year after the first order, half a year before now.

    Examples
    --------
    >>> past_days(0, 730)
    [243, 304, 365, 426, 487, 548]
    >>> past_days(0, 300)
    []
    """
    latest = watched - HALF_YEAR
    days = [latest - EVERY * k for k in range(LOOKS) if latest - EVERY * k >= first + HALF_YEAR]
    return sorted(days)


def breaking_up(context: Context, known: Known) -> Going:
    """Write everybody's chance of leaving, and return what the numbers are made from."""
    engine, days = context.engine, past_days(known.first, known.watched)
    signs = engine.cache(_signs(context))
    past = _past(context, known, days, signs) if days else None
    model, checked = _learnt(None if past is None else engine.collect(counted(past)), days)
    now = engine.cache(_cells(context, known, [known.watched], signs))
    there = engine.collect(distinct(now.select(*CELLS)))
    chances = _chances(model, there)
    reach = _reach(context, now)
    people = engine.cache(listed(now, engine.table(chances), known.money, reach))
    going = people.filter(nw.col("state") == GOING).drop("state")
    tables = {
        "breaking_up": context.write("breaking_up", going),
        "chances_of_leaving": context.write(
            "chances_of_leaving",
            people.select(
                "person_id", "state", "chance", "chance_low", "chance_high", "gone", "margin_year"
            ),
        ),
    }
    if checked:
        rows = [{"day": checked.day, **row} for row in checked.rows]
        tables["breaking_up_check"] = context.write("breaking_up_check", pa.Table.from_pylist(rows))
    sums = engine.collect(summed(people, now))
    return Going(
        model, checked, {name: np.asarray(sums[name]) for name in sums.column_names}, tables
    )


def _learnt(rows: pa.Table | None, days: list[int]) -> tuple[Leaving, Checked | None]:
    """Return the model of all past days, and how one of all but the last foretold that one."""
    if rows is None or not rows.num_rows:
        return _unlearnt(), None
    columns = {name: np.asarray(rows[name]) for name in rows.column_names}
    on = columns["snapshot"]
    many = {day: int(columns["people"][on == day].sum()) for day in days}
    good = [day for day in days if many[day] >= FEWEST]
    if not good:
        return _unlearnt(), None
    model = _fit(columns, np.isin(on, good))
    earlier = [day for day in good if day + AHEAD <= good[-1]]
    if not earlier:
        return model, None
    test, tried = on == good[-1], _fit(columns, np.isin(on, earlier))
    people, left = columns["people"][test].astype(float), columns["left"][test]
    chance = tried.chance({name: columns[name][test] for name in CELLS})[0]
    bands = calibration(chance, left, people)
    checked = Checked(
        dt.date.fromordinal(good[-1]),
        auc(chance, left, people),
        calibration_error(bands),
        int(people.sum()),
        bands,
    )
    return model, checked


def _fit(columns: dict[str, np.ndarray], which: np.ndarray) -> Leaving:
    cells = {name: columns[name][which] for name in CELLS}
    people, on = columns["people"][which].astype(float), columns["snapshot"][which]
    most = max(people[on == day].sum() for day in np.unique(on))
    return fitted(cells, people, columns["left"][which], people.sum() / most)


def _unlearnt() -> Leaving:
    """Return the model where there is no past to learn from: what the rhythm says, and no more."""
    none: Array = np.zeros(0)
    return fitted({name: none.astype(np.int64) for name in CELLS}, none, none)


def _chances(model: Leaving, cells: pa.Table) -> pa.Table:
    chance, low, high = model.chance({name: np.asarray(cells[name]) for name in CELLS})
    made = cells.append_column("chance", pa.array(chance, pa.float64()))
    made = made.append_column("chance_low", pa.array(low, pa.float64()))
    return made.append_column("chance_high", pa.array(high, pa.float64()))


def _cells(
    context: Context, known: Known, days: list[int], signs: Frame, some: Frame | None = None
) -> Frame:
    engine, there = context.engine, context.results.tables
    snapshots = engine.table(pa.table({"snapshot": pa.array(days, pa.int64())}))
    standing = standing_at(known.buying, snapshots, known.watched)
    judged = judged_later(standing, known.habit, known.watched, engine.cache)
    rows = with_rhythm(judged, known.habit, engine.cache)
    extras = [signs_at(rows, signs.select("person_id", "number", "sign"))]
    names = [name for name in ("person_months", "level_months") if name in there]
    told = {name: context.result(name) for name in names}
    if some is not None:
        told = {n: each.join(some, on="person_id", how="semi") for n, each in told.items()}
    if "person_months" in told:
        extras.append(seen_at(rows, told["person_months"]))
    if "level_months" in told:
        extras.append(level_at(snapshots, told["level_months"]))
    return engine.cache(in_cells(rows, extras))


def _past(context: Context, known: Known, days: list[int], signs: Frame) -> Frame:
    """Return the cells of past days: of all customers, or of some where they are very many."""
    engine = context.engine
    every = engine.cache(distinct(known.buying.select("person_id")))
    (many,) = engine.collect(every.select(n=nw.len()))["n"].to_pylist()
    if many <= MOST:
        return _cells(context, known, days, signs)
    # evenly along their ids, which say nothing of how people buy
    nth = nw.col("nth")
    numbered = every.with_columns(nth=row_number((), ("person_id",)))
    taken = numbered.filter(nth * MOST // many > (nth - 1) * MOST // many)
    some = engine.cache(taken.select("person_id"))
    buying = engine.cache(known.buying.join(some, on="person_id", how="semi"))
    return _cells(context, replace(known, buying=buying), days, signs, some)


def _signs(context: Context) -> Frame:
    """Return all signs beside silence: person_id, number, sign, opened."""
    tables, parts = context.results.tables, []
    if "requests" in tables:
        parts.append(asked(context.result("requests")))
    if "messages" in tables:
        parts.append(said(context.result("messages")))
    if "connections" in tables:
        parts.append(ended(context.result("connections")))
    if parts:
        return nw.concat(parts, how="vertical")
    none = pa.schema(
        [("person_id", pa.string()), ("number", pa.int64()), ("sign", pa.string()),
         ("opened", pa.date32())]
    )  # fmt: skip
    return context.engine.table(none.empty_table())


def _reach(context: Context, now: Frame) -> Frame:
    """Return by which channel each person can be reached, and since when they wait."""
    kinds = distinct(context.facts("identifier").select("source", "account_id", "kind"))
    there = links_of(context).join(kinds, on=["source", "account_id"], how="inner")
    has = {
        name: whole_sum((nw.col("kind") == name).cast(nw.Int64())) for name in ("email", "phone")
    }
    by = there.group_by("person_id").agg(**has)
    channel = (
        nw.when(nw.col("email") > 0)
        .then(nw.lit("email"))
        .otherwise(nw.when(nw.col("phone") > 0).then(nw.lit("phone")).otherwise(nw.lit("")))
    )
    known = now.select("person_id", "last").join(
        by.select("person_id", channel=channel), on="person_id", how="left"
    )
    waiting = waiting_since(_signs(context), now)
    return known.join(waiting, on="person_id", how="left").select(
        "person_id", "channel", "unheard_since"
    )


def known_of(context: Context) -> Known:
    """Return who bought when, until the last day, and what they bring a year."""
    from rapport.engagement.trajectory.moves import brought_a_year

    facts = context.results.facts
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
    watched = last.toordinal()
    orders = context.result("orders").filter(nw.col("day") <= last)
    buying = context.engine.cache(buying_days(orders))
    money = money_of(context).filter(nw.col("number") <= watched)
    each = context.engine.cache(brought_a_year(money))
    return Known(buying, each, habits(context), first.toordinal(), watched)
