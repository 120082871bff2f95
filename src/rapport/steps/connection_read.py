"""What the step `connection` reads: histories of customers, a sample where they are many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from rapport.impact.connected.histories import (
    DIGITS,
    NEVER,
    Beginnings,
    Histories,
    Values,
    Whole,
    beginnings,
    histories,
)
from rapport.impact.connected.panels import (
    AMOUNTS,
    begun,
    customers,
    known_orders,
    levels,
    monthly,
    named_by,
    worth,
)
from rapport.record.frames import Frame
from rapport.steps.context import Context

MOST = 20_000
"""Customers of each side whose histories are read: as many as make ranges narrow, and no more."""
MOST_MONTHS = 120
_LEVELS = ("fully engaged", "engaged", "not engaged", "actively disengaged")
_BY_CARD = 0.9
_LARGE_CHANNEL = 0.2


@dataclass(frozen=True)
class Read:
    """The histories, and when people connected by each definition.

    Parameters
    ----------
    told, began
        As `rapport.impact.connected.histories` gives them.
    start
        The first month, as a number (twelve a year).
    connected, others
        How many customers are connected in any way, and how many are not.
    value
        Lifetime value today, NaN where it is not known; None without any.
    fully
        The chance of being fully engaged by person and month, NaN where it is not known.
    level
        The level by person and month, -1 where it is not known; None without levels.
    by_card
        Kinds of connection by which purchases get their name.
    """

    told: Histories
    began: Mapping[str, Beginnings]
    start: int
    connected: int
    others: int
    value: Values | None = None
    fully: Values | None = None
    level: Whole | None = None
    by_card: frozenset[str] = field(default_factory=frozenset)

    @property
    def level_names(self) -> tuple[str, ...]:
        """The names of the levels, by number."""
        return _LEVELS

    def ever(self, definition: str) -> int:
        """Return how many customers have been connected so."""
        began = self.began[definition].since < NEVER
        return round(float(self.told.weight[began].sum()))

    def month(self, number: int) -> dt.date:
        """Return the first day of a month by its place."""
        whole = self.start + number
        return dt.date(whole // 12, whole % 12 + 1, 1)


def read(context: Context, span: tuple[int, int]) -> Read | None:
    """Return what can be compared; None where no customer is known."""
    engine = context.engine
    months = context.result("person_months")
    links = context.result("connections")
    known = engine.collect(customers(months, context.result("people"), links))
    if not known.num_rows:
        return None
    span = (max(span[0], span[1] - MOST_MONTHS + 1), span[1])
    table, weight = _chosen(known)
    chosen = engine.cache(engine.table(table))
    people = table.num_rows
    rows = engine.collect(monthly(months, chosen))
    told = _in_money(context, histories(rows, people, span, AMOUNTS, weight))
    joined = engine.collect(begun(links, chosen))
    connected = int(np.asarray(known.column("connected")).sum())
    fully, level = _levels(context, chosen, people, span)
    return Read(
        told,
        beginnings(joined, people, span[0]),
        span[0],
        connected,
        known.num_rows - connected,
        _worth(context, chosen, people),
        fully,
        level,
        _by_card(context, links),
    )


def _in_money(context: Context, told: Histories) -> Histories:
    """Return histories whose margin is revenue where no margin is known (see the fact `money`)."""
    if context.results.facts.get("money") != "revenue":
        return told
    return Histories({**told.amounts, "margin": told.amounts["revenue"]}, told.first, told.weight)


def _chosen(known: pa.Table) -> tuple[pa.Table, Values]:
    """Return person_id and number of those who are read, and how many each stands for."""
    ranked = known.sort_by("person_id")
    connected = np.asarray(ranked.column("connected")) > 0
    draw = np.random.default_rng(20_26).random(ranked.num_rows)
    kept = np.zeros(len(connected), bool)
    weight = np.ones(len(connected))
    for group in (connected, ~connected):
        share = min(1.0, MOST / max(int(group.sum()), 1))
        kept |= group & (draw < share)
        weight[group] = 1 / share
    ids = ranked.column("person_id").filter(pa.array(kept))
    numbers = pa.array(np.arange(int(kept.sum())), pa.int64())
    return pa.table({"person_id": ids, "number": numbers}), weight[kept]


def _worth(context: Context, chosen: Frame, people: int) -> Values | None:
    if not context.results.tables.get("lifetime"):
        return None
    found = context.engine.collect(worth(context.result("lifetime"), chosen))
    value = np.full(people, np.nan)
    value[np.asarray(found.column("number"))] = np.round(
        np.asarray(found.column("lifetime_value"), float), DIGITS
    )
    return value


def _levels(
    context: Context, chosen: Frame, people: int, span: tuple[int, int]
) -> tuple[Values | None, Whole | None]:
    if not context.results.tables.get("level_months"):
        return None, None
    rows = context.engine.collect(levels(context.result("level_months"), chosen))
    months = span[1] - span[0] + 1
    month = np.asarray(rows.column("month"), np.int64) - span[0]
    inside = (month >= 0) & (month < months)
    number, month = np.asarray(rows.column("number"), np.int64)[inside], month[inside]
    fully = np.full((people, months), np.nan)
    fully[number, month] = np.round(np.asarray(rows.column("p_fully"), float)[inside], DIGITS)
    names = np.array(rows.column("level").to_pylist(), object)[inside]
    level = np.full((people, months), -1, np.int64)
    for code, name in enumerate(_LEVELS):
        level[number[names == name], month[names == name]] = code
    return fully, level


def _by_card(context: Context, links: Frame) -> frozenset[str]:
    """Return kinds of connection without which a large channel knows hardly any buyer by name."""
    orders = context.result("orders")
    by = context.engine.collect(known_orders(orders)).to_pylist()
    whole = {row["channel"]: row["orders"] for row in by}
    large = {c for c, n in whole.items() if n >= _LARGE_CHANNEL * sum(whole.values())}
    rows = context.engine.collect(named_by(orders, links)).to_pylist()
    return frozenset(
        row["kind"]
        for row in rows
        if row["channel"] in large and row["connected"] >= _BY_CARD * whole[row["channel"]]
    )
