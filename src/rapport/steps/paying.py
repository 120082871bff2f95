"""What the steps on what else pays begin with: gains of orders, and claims written alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.estimate import Grade
from rapport.record.frames import Frame
from rapport.results import Said, Untold
from rapport.steps.context import Context
from rapport.value.crediting import CLAIM, Ends, Shift
from rapport.value.gains import first_days, gains
from rapport.value.referral.alone import Alone

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bought:
    """What customers bought.

    Parameters
    ----------
    gains, first
        As `rapport.value.gains` gives them.
    begin, until
        The first and the last day, as `date.toordinal`.
    unit
        The currency.
    """

    gains: Frame
    first: Frame
    begin: int
    until: int
    unit: str


def bought(context: Context, orders: Frame | None = None) -> Bought | None:
    """Return what customers bought; None where no order was kept.

    Parameters
    ----------
    orders
        The orders, where a step knows more of them than their table says.
    """
    facts = context.results.facts
    if "orders" not in context.results.tables or "first_day" not in facts:
        return None
    begin, until = (
        dt.date.fromisoformat(str(facts[name])).toordinal() for name in ("first_day", "last_day")
    )
    told = context.result("orders") if orders is None else orders
    every = gains(told, str(facts["money"]), facts.get("margin_share"))
    seen = context.engine.cache(every.filter(nw.col("number") <= until))
    return Bought(seen, first_days(seen), begin, until, str(facts["currency"]))


def write_claims(
    context: Context, name: str, claims: Frame, cause: str, ends: Ends | Shift, grade: Grade
) -> int:
    """Write what a cause says of orders: person_id, source, purchase_id, share are given."""
    made = claims.with_columns(
        cause=nw.lit(cause), grade=nw.lit(grade.value), **ends.columns(nw.col("share"))
    )
    return context.write(name, made.select(*CLAIM))


def alone_as_seen(facts: Mapping[str, Any]) -> Alone:
    """Return how soon people come by themselves: as the step on referrals saw it, or assumed."""
    if "referral_shape" not in facts:
        return Alone.seen(0, 0.0, 0)
    return Alone(float(facts["referral_shape"]), float(facts["referral_months"]))


def column(rows: pa.Table, name: str) -> Array:
    """Return a column as floats."""
    return np.asarray(rows.column(name), float)


def no_orders(question: str) -> Untold:
    """Return that nothing can be told without orders."""
    return Untold(
        Said(question),
        Said("There is no order of a customer that is known."),
        Said("Add an export of orders that names customers."),
    )
