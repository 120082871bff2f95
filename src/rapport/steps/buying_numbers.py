"""The named numbers about orders and customers, from sums that the engine made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rapport.errors import Problem
from rapport.estimate import Estimate
from rapport.record.frames import Frame, distinct
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.roles import apart
from rapport.value.concentration import edge_sums, ranked_values, top_shares
from rapport.value.lifetime import regularity
from rapport.value.measures import (
    TOP,
    gap_bounds,
    gap_number,
    margin_number,
    order_numbers,
    share_number,
    top_share_number,
    unmatched_number,
)
from rapport.value.rhythm import gap_pairs, gap_quantiles, gaps_up_to
from rapport.value.totals import customer_sums, segments, totals

Row = Mapping[str, Any]

_TABLES = {"prospects": "account", "unmatched_returns": "balance"}
_BY_CUSTOMER = {
    "customers",
    "orders_per_customer",
    "revenue_per_customer",
    "repeat_rate",
    "top_tenth_share",
}


def numbers(context: Context, orders: Frame, counts: Frame, between: Frame) -> dict[str, Estimate]:
    """Return every number of the step, each with its people, rows and table.

    Parameters
    ----------
    orders, counts, between
        Orders that count, customers' counts, and the gaps between their buying days.
    """
    settings = context.settings
    summed = _one(context, totals(orders))
    people = _one(context, customer_sums(counts))
    found: dict[str, Estimate | None] = {
        **order_numbers(summed, people, settings.currency),
        "margin": margin_number(summed, settings.currency, settings.value.margin),
        "top_tenth_share": _top_share(context, counts),
        "unmatched_returns": _unmatched(context),
        "prospects": _prospects(context, counts),
        "days_between_orders": _gap(context, between),
    }
    basis = {"people": int(people["people"]), "rows": int(summed["orders"])}
    return {
        name: _based(name, number, basis) for name, number in found.items() if number is not None
    }


def how_regular(context: Context, between: Frame) -> float | None:
    """Return how regularly people buy: 1 for chance, more for a rhythm; None with few pairs."""
    pairs = context.engine.collect(gap_pairs(between))
    columns = [np.asarray(pairs.column(n)) for n in ("first_gap", "second_gap", "people")]
    try:
        return regularity(*columns)
    except Problem:
        return None


def back_after(cells: tuple[int, int]) -> Estimate | None:
    """Return the share of customers who were back in the third month."""
    active, customers = cells
    made = share_number(active, customers, "retention_month_3")
    return None if made is None else made.based_on(rows=customers, table="retention")


def _based(name: str, number: Estimate, basis: Mapping[str, int]) -> Estimate:
    table = _TABLES.get(name, "customers" if name in _BY_CUSTOMER else "orders")
    return number.based_on(
        people=basis["people"] if number.people is None else None,
        rows=basis["rows"] if number.rows is None else None,
        name=name,
        table=table,
    )


def _one(context: Context, frame: Frame) -> Row:
    (row,) = context.engine.collect(frame).to_pylist()
    found: Row = row
    return found


def _top_share(context: Context, counts: Frame) -> Estimate | None:
    ranked = context.engine.cache(ranked_values(counts))
    shares = _one(context, top_shares(ranked, [TOP]))
    return top_share_number(shares, _one(context, edge_sums(ranked, TOP)))


def _unmatched(context: Context) -> Estimate:
    rows = context.engine.collect(context.result("balance")).to_pylist()
    return unmatched_number(rows, context.settings.currency).based_on(people=0)


def _prospects(context: Context, counts: Frame) -> Estimate | None:
    everybody = distinct(links_of(context).select("person_id"))
    set_apart = apart(context)
    if set_apart is not None:
        everybody = everybody.join(set_apart.select("person_id"), on="person_id", how="anti")
    rows = context.engine.collect(segments(counts, everybody))
    people = {row["segment"]: row["people"] for row in rows.to_pylist()}
    if "prospect" not in people:
        return None
    found = int(people["prospect"])
    return Estimate.exact(found, "people", people=found, rows=found)


def _gap(context: Context, between: Frame) -> Estimate | None:
    middle = _one(context, gap_quantiles(between, [0.5]))
    if not middle["gaps"]:
        return None
    row = _one(context, gaps_up_to(between, middle["q0"]))
    low, high = gap_bounds(row)
    ends = _one(context, gap_quantiles(between, [low, high]))
    return gap_number(middle["q0"], ends["q0"], ends["q1"], row)
