"""What the plays are worked out from: what earlier steps measured, and what was tried before."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from rapport.actions.audiences.lots import times_asked
from rapport.actions.audiences.written import writings
from rapport.actions.plays import people
from rapport.actions.plays.play import ASKING, Money
from rapport.errors import Problem
from rapport.estimate import Grade
from rapport.impact.experiments.audiences import Audiences, Wave
from rapport.steps.context import Context

ASKED = pa.schema([("person_id", pa.string()), ("times", pa.int64())])
"""How often each person was asked for something."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when plays are made.

    Parameters
    ----------
    tables
        Result tables that have rows.
    today
        The last day of the record.
    currency, money
        What amounts are in: a currency, and "margin" or "revenue".
    codes
        Sums over people with a code for a friend.
    kept
        The share of later buying that an answer to a complaint keeps.
    more
        How many more buy because they are answered, as a share.
    new_worth, order_worth
        Of a new customer, and of one more order.
    tried
        By play: its row in the table `experiments`, the latest that could be read.
    asked
        person_id, times that they were asked for something in the last year.
    """

    tables: frozenset[str]
    today: dt.date
    currency: str
    money: str
    codes: Mapping[str, float] | None
    kept: Money | None
    more: Money | None
    new_worth: float
    order_worth: float
    tried: Mapping[str, Mapping[str, Any]]
    asked: pa.Table

    def has(self, table: str) -> bool:
        """Whether a result table has rows."""
        return table in self.tables


def known_of(context: Context) -> Known:
    """Return what is known from earlier steps and from audiences that were written."""
    results = context.results
    facts, numbers = results.facts, results.numbers
    tables = frozenset(name for name, rows in results.tables.items() if rows)
    last = facts.get("last_day")
    today = dt.date.fromisoformat(str(last)) if last else dt.date.min.replace(year=2)
    waves = _waves(context)
    new = numbers.get("new_customer_value")
    first = float(facts.get("first_order_mean") or 0.0)
    return Known(
        tables,
        today,
        context.settings.currency,
        "margin" if facts.get("money") == "margin" else "revenue",
        _codes(context, tables),
        _share(numbers.get("kept_share"), "kept"),
        _more(context, tables),
        new.value if new is not None else first,
        first,
        _tried(context, tables, waves),
        asked_in_a_year(context, today),
    )


def _waves(context: Context) -> list[Wave]:
    try:
        return Audiences(context.record.root.parent / "audiences").waves()
    except Problem:  # the step on experiments says so
        return []


def _codes(context: Context, tables: frozenset[str]) -> Mapping[str, float] | None:
    if "referral_value" not in tables:
        return None
    (row,) = context.engine.collect(people.code_sums(context.result("referral_value"))).to_pylist()
    return row if row["people"] >= context.settings.people.smallest_group else None


def _share(number: Any, basis: str) -> Money | None:
    return number and Money(number.value, number.low, number.high, number.grade, basis)


def _more(context: Context, tables: frozenset[str]) -> Money | None:
    """Return how many more buy, as a share, of those answered fast; over the longest time seen."""
    if "outcomes" not in tables:
        return None
    rows = [
        row
        for row in context.results.table("outcomes").to_pylist()
        if row["outcome"] == "bought" and row["answered"] == "fast" and row["adjusted"] is not None
    ]
    if not rows:
        return None
    last = max(rows, key=lambda row: row["days"])
    return Money(
        last["adjusted"], last["adjusted_low"], last["adjusted_high"], Grade.ADJUSTED, "asked"
    )


def _tried(
    context: Context, tables: frozenset[str], waves: list[Wave]
) -> dict[str, Mapping[str, Any]]:
    if "experiments" not in tables:
        return {}
    plays = {(wave.name, wave.written_on): wave.play for wave in waves if wave.play}
    rows = [row for row in context.results.table("experiments").to_pylist() if _read(row)]
    rows.sort(key=lambda row: row["written_on"])
    return {
        plays[key]: row for row in rows if (key := (row["audience"], row["written_on"])) in plays
    }


def _read(row: Mapping[str, Any]) -> bool:
    return row["verdict"] in {"worked", "harmed", "not seen"} and row["effect"] is not None


def asked_in_a_year(context: Context, day: dt.date) -> pa.Table:
    """Return how often each person was asked for something in the year up to a day.

    Once for each list that reached them and asks for something, and for each request for a post.
    """
    folder = context.record.root.parent / "audiences"
    written = [(each.name, each.day) for each in writings(folder)]
    try:
        times = times_asked(Audiences(folder), ASKING, written, day)
    except Problem:  # the step on experiments says so
        times = Counter()
    if context.results.tables.get("influencers"):
        rows = context.results.table("influencers", ["person_id", "this_year"]).to_pylist()
        times.update({row["person_id"]: int(row["this_year"] or 0) for row in rows})
    return pa.table([list(times), list(times.values())], schema=ASKED)
