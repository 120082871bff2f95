"""From sums to numbers: what was bought and by whom, each with its range.

Orders and customers on record are counted, not drawn. The ranges say how far a number would differ
for another set of customers like these: each customer is drawn whole, with all orders (Cochran
1977, "Sampling Techniques", section 2.11, on ratios).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.estimate import EDGE, LEVEL, Estimate, Grade

Row = Mapping[str, Any]

TOP = 0.10


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over customers of two counts or amounts, and of their products.

    Parameters
    ----------
    n
        Customers.
    y, x
        Sums of the numerator and of the denominator.
    yy, xy, xx
        Sums of their products.
    """

    n: float
    y: float
    x: float
    yy: float
    xy: float
    xx: float


def ratio(sums: Sums, unit: str, source: str) -> Estimate | None:
    """Return y / x with a range that keeps each customer whole; None without a denominator.

    Examples
    --------
    >>> alike = Sums(n=100, y=5000.0, x=100, yy=250_000.0, xy=5000.0, xx=100)
    >>> ratio(alike, "EUR per order", "orders").value
    50.0
    """
    if sums.x == 0:
        return None
    found = sums.y / sums.x
    error = math.inf
    if sums.n > 1:
        squares = max(sums.yy - 2 * found * sums.xy + found * found * sums.xx, 0.0)
        error = math.sqrt(squares * sums.n / (sums.n - 1)) / abs(sums.x)
    if not math.isfinite(error):
        return Estimate.exact(found, unit)
    return Estimate.normal(found, error, unit, source=source, grade=Grade.COUNT)


def order_numbers(totals: Row, customers: Row, currency: str) -> dict[str, Estimate]:
    """Return the numbers about orders and customers, by their names in `rapport.definitions`.

    Parameters
    ----------
    totals
        The row of `rapport.value.totals.totals`.
    customers
        The row of `rapport.value.totals.customer_sums`.
    currency
        The brand's currency code.
    """
    known: dict[str, Any] = {
        "people": int(customers["people"]),
        "rows": int(totals["known_orders"]),
    }
    every: dict[str, Any] = {"people": int(customers["people"]), "rows": int(totals["orders"])}
    net, gross = float(totals["net"]), float(totals["gross"])
    found: dict[str, Estimate | None] = {
        "revenue": Estimate.exact(net, currency).based_on(**every),
        "orders": Estimate.exact(totals["orders"], "orders").based_on(**every),
        "customers": Estimate.exact(customers["people"], "customers").based_on(**known),
        "average_order_value": _based(
            ratio(_orders(totals, customers), f"{currency} per order", "orders"), every
        ),
        "known_share": _part(totals["known_net"] + _apart(totals), totals["kept_net"], every),
        "apart_revenue": _set_apart(totals, currency),
        "returned_share": _part(totals["refund"], gross, every),
        **{name: _based(made, known) for name, made in _by_customer(customers, currency).items()},
    }
    return {name: made.based_on(name=name) for name, made in found.items() if made is not None}


def _apart(totals: Row) -> Any:
    """Return the net revenue of those kept apart by a role."""
    return totals.get("apart_net") or 0


def _set_apart(totals: Row, currency: str) -> Estimate | None:
    orders = int(totals.get("apart_orders") or 0)
    return Estimate.exact(float(_apart(totals)), currency, rows=orders) if orders else None


def _orders(totals: Row, customers: Row) -> Sums:
    """Return net (y) and orders (x); an order without a customer is a customer of its own."""
    alone = int(totals["orders"]) - int(totals["known_orders"])
    alone_net = float(totals["kept_net"]) - float(totals["known_net"])
    return Sums(
        n=customers["people"] + alone,
        y=float(customers["net"]) + alone_net,
        x=customers["orders"] + alone,
        yy=customers["net_net"] + totals["unknown_squares"],
        xy=customers["orders_net"] + alone_net,
        xx=customers["orders_orders"] + alone,
    )


def _by_customer(row: Row, currency: str) -> dict[str, Estimate | None]:
    people, orders, net = row["people"], row["orders"], float(row["net"])
    if not people:
        return {}
    spent = Sums(people, net, people, row["net_net"], net, people)
    placed = Sums(people, orders, people, row["orders_orders"], orders, people)
    later = Sums(
        people, float(row["later"]), net, row["later_later"], row["later_net"], row["net_net"]
    )
    returning = ratio(later, "share", "returning")
    return {
        "orders_per_customer": ratio(placed, "orders per customer", "orders per customer"),
        "revenue_per_customer": ratio(spent, f"{currency} per customer", "revenue per customer"),
        "repeat_rate": Estimate.of_share(row["repeat_people"], people, source="repeat rate"),
        "returning_revenue_share": returning if net > 0 else None,
    }


def margin_number(totals: Row, currency: str, share: float | None = None) -> Estimate | None:
    """Return the margin: as the files say, and at the set share for orders they do not cover.

    None when neither covers any order; an assumption where the set share was used.
    """
    known, covered = float(totals["margin"]), float(totals["margin_net"])
    rest = float(totals["kept_net"]) - covered
    if share is None:
        counted = Estimate.exact(known, currency, name="margin")
        return counted if rest == 0 and (known or covered) else None
    grade = Grade.COUNT if rest == 0 else Grade.ASSUMPTION
    return Estimate.exact(known + share * rest, currency, grade=grade, name="margin")


def unmatched_number(balance: Sequence[Row], currency: str) -> Estimate:
    """Return the amount of returns that were taken off no order, with how many rows they are."""
    rows = {row["part"]: row for row in balance}
    found = rows.get("unmatched returns", {"amount": 0, "rows": 0})
    amount = 0.0 - float(found["amount"])
    return Estimate.exact(amount, currency, rows=int(found["rows"]), name="unmatched_returns")


def top_share_number(shares: Row, edge: Row) -> Estimate | None:
    """Return the share of revenue of the best tenth, with its range.

    Parameters
    ----------
    shares
        The row of `rapport.value.concentration.top_shares` for the share 0.1 alone (column s0).
    edge
        The row of `rapport.value.concentration.edge_sums` for the same share.

    Notes
    -----
    The variance of a point of the Lorenz curve by its influence function (Beach & Davidson 1983,
    "Distribution-free statistical inference with Lorenz curves", theorem 1).
    """
    if not shares["people"] or shares["value"] <= 0:
        return None
    people, value = int(shares["people"]), float(shares["value"])
    found = float(shares["s0"]) / value
    mean, share = value / people, TOP
    # what one customer adds: max(v - edge, 0) + share·edge - found·v, whose mean is zero
    e, v = edge["e"] / people, edge["v"] / people
    ee, ev, vv = (edge[name] / people for name in ("ee", "ev", "vv"))
    lift = share * edge["edge"]
    second = ee + lift * lift + found * found * vv
    cross = 2 * lift * e - 2 * found * ev - 2 * lift * found * v
    error = math.sqrt(max(second + cross, 0.0) / people) / mean
    return Estimate.normal(
        found, error, "share", source="top tenth", grade=Grade.COUNT,
        people=people, name="top_tenth_share",
    )  # fmt: skip


def gap_bounds(row: Row) -> tuple[float, float]:
    """Return the shares of gaps between which the median lies with 90 % (Woodruff 1952).

    Parameters
    ----------
    row
        The row of `rapport.value.rhythm.gaps_up_to` for the median: customers are kept whole.
    """
    sums = Sums(
        row["people"], row["below"], row["gaps"],
        row["below_below"], row["below_gaps"], row["gaps_gaps"],
    )  # fmt: skip
    made = ratio(sums, "share", "gaps")
    half = 0.5 if made is None or row["people"] < 2 else EDGE * _error(made)
    return max(0.0, 0.5 - half), min(1.0, 0.5 + half)


def _error(estimate: Estimate) -> float:
    return (estimate.high - estimate.low) / (2 * EDGE)


def gap_number(median: float, low: float, high: float, row: Row) -> Estimate:
    """Return the median days between orders, with quantiles at `gap_bounds` as its range."""
    return Estimate(
        median, "days", Grade.COUNT, min(low, median), max(high, median), LEVEL,
        people=int(row["people"]), rows=int(row["gaps"]), name="days_between_orders",
    )  # fmt: skip


def share_number(active: int, customers: int, name: str) -> Estimate | None:
    """Return a share of customers with its range; None without customers."""
    if customers == 0:
        return None
    return Estimate.of_share(active, customers, source=name, people=customers, name=name)


def _part(part: Any, whole: Any, basis: dict[str, Any]) -> Estimate | None:
    if not whole:
        return None
    return Estimate.exact(float(part) / float(whole), "share").based_on(**basis)


def _based(made: Estimate | None, basis: dict[str, Any]) -> Estimate | None:
    return None if made is None else made.based_on(**basis)
