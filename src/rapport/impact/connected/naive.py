"""The gap as it seems: connected customers against all others, whatever made them differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rapport.impact.connected.histories import Beginnings, Histories, Values
from rapport.impact.connected.trial import AFTER

Gap = tuple[float, float, int]
"""A gap, its standard error (people being independent), and how many connected people."""


def gap_of_sums(over: Values, under: Values, connected: NDArray[np.bool_], weight: Values) -> Gap:
    """Return the gap between two ratios of sums.

    Parameters
    ----------
    over, under
        Amounts and what they are divided by; shape (people, months).
    connected
        Which of those months were connected.

    Examples
    --------
    >>> over = np.array([[4.0], [2.0], [1.0]])
    >>> gap, _, people = gap_of_sums(over, np.ones((3, 1)), over > 3, np.ones(3))
    >>> gap, people
    (2.5, 1)
    """
    means, off = [], []
    for group in (connected, ~connected):
        top, bottom = (over * group).sum(axis=1), (under * group).sum(axis=1)
        total = float(weight @ bottom)
        if total <= 0:
            return np.nan, np.nan, 0
        mean = float(weight @ top) / total
        means.append(mean)
        off.append((top - mean * bottom) * weight / total)
    error = float(np.sqrt(((off[0] - off[1]) ** 2).sum()))
    people = int(((under * connected).sum(axis=1) > 0).sum())
    return means[0] - means[1], error, people


def gap(told: Histories, began: Beginnings, amount: str) -> Gap:
    """Return the gap of an amount a month, over all months of customers after their first order."""
    months = np.arange(told.months)
    customer = (months > told.first[:, None]).astype(float)
    connected = began.since[:, None] <= months
    return gap_of_sums(told.amounts[amount] * customer, customer, connected, told.weight)


def gap_of_order_value(told: Histories, began: Beginnings) -> Gap:
    """Return the gap of margin an order."""
    months = np.arange(told.months)
    customer = months > told.first[:, None]
    connected = began.since[:, None] <= months
    margin, orders = told.amounts["margin"] * customer, told.amounts["orders"] * customer
    return gap_of_sums(margin, orders, connected, told.weight)


def gap_of_staying(told: Histories, began: Beginnings) -> Gap:
    """Return the gap in the share of customers who buy again within the last months on record."""
    month = told.months - AFTER - 1
    if month < 0:
        return np.nan, np.nan, 0
    customer = (told.first <= month).astype(float)
    stayed = told.bought[:, month + 1 :].any(axis=1) * customer
    connected = (began.since <= month)[:, None]
    return gap_of_sums(stayed[:, None], customer[:, None], connected, told.weight)


def gap_of_value(told: Histories, began: Beginnings, value: Values) -> Gap:
    """Return the gap of lifetime value today; `value` is NaN for who has none."""
    known = np.isfinite(value).astype(float)
    connected = (began.since < told.months)[:, None]
    return gap_of_sums(np.nan_to_num(value)[:, None], known[:, None], connected, told.weight)
