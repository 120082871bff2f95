"""The numbers side by side of one definition of connected: as it seems, adjusted, own past."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.engagement.connections import CONTACT
from rapport.estimate import Estimate, Grade
from rapport.impact.comparing.doubly_robust import Effect
from rapport.impact.comparing.verdict import CANNOT_TELL, Verdict
from rapport.impact.connected import naive
from rapport.impact.connected.comparable import Traits, adjusted, balance, outcomes, traits
from rapport.impact.connected.course import Drift, drift, whole
from rapport.impact.connected.histories import Beginnings
from rapport.impact.connected.judging import FEWEST, judged
from rapport.impact.connected.own_past import Growth
from rapport.impact.connected.trial import Trial, trial
from rapport.steps.connection_read import Read

NAIVE, ADJUSTED, OWN_PAST = "naive", "adjusted", "before and after"
_TROUBLES = ("complaints", "leaving", "unheard")
OUTCOMES = ("margin", "orders", "order value", "retention", "lifetime value")


@dataclass(frozen=True)
class Measured:
    """All that was found of one definition of connected.

    Parameters
    ----------
    rows
        Who was compared.
    gaps
        By outcome and method, the number.
    growth, drift
        What margin did after connecting, and before.
    verdict
        What may be said.
    effect
        The adjusted gap of margin, for what an unseen cause could do; None where it is not told.
    traits
        What was known of those compared.
    """

    definition: str
    rows: Trial
    gaps: Mapping[tuple[str, str], Estimate]
    growth: Growth
    drift: Drift
    verdict: Verdict
    effect: Effect | None = None
    traits: Traits | None = None

    @property
    def balance(self) -> list[tuple[str, float, float]]:
        """Standardised differences of those compared before and after weighting."""
        if self.effect is None or self.traits is None:
            return []
        return balance(self.traits, self.effect)


@dataclass(frozen=True)
class Units:
    """What each outcome is counted in."""

    currency: str
    of: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, outcome: str) -> str:
        return {
            "margin": f"{self.currency} per month",
            "orders": "orders per month",
            "order value": f"{self.currency} per order",
            "retention": "share",
            "lifetime value": self.currency,
        }[outcome]


def measured(
    told: Read,
    definition: str,
    units: Units,
    wanted: Sequence[str] = OUTCOMES,
    *,
    looks: int = 1,
) -> Measured:
    """Return what connecting seems to do and does, by one definition."""
    began = told.began[definition]
    rows = trial(told.told, began, barred=_barred(told, definition))
    found, before = whole(told.told, rows), drift(told.told, rows)
    gaps = _naive(told, began, units, wanted)
    gaps |= _own_past(told, rows, units, wanted, definition)
    known, effects = None, {}
    if rows.people >= FEWEST and " " not in definition:
        known = traits(told.told, rows, told.fully)
        effects = adjusted(known, outcomes(told.told, known.rows, told.value), wanted)
        gaps |= _adjusted(effects, units, definition)
    said = judged(gaps.get(("margin", NAIVE)), found, before, units["margin"], looks=looks)
    if told.others and definition.partition(" ")[0] in told.by_card:
        said = Verdict(CANNOT_TELL, "identity")
    return Measured(definition, rows, gaps, found, before, said, effects.get("margin"), known)


def _barred(told: Read, definition: str) -> NDArray[np.bool_] | None:
    """Return the months in which getting in touch is no sign of closeness: a complaint was why."""
    if definition.partition(" ")[0] != CONTACT:
        return None
    amounts = told.told.amounts
    barred: NDArray[np.bool_] = np.sum([amounts[name] for name in _TROUBLES], axis=0) > 0
    return barred


def _naive(
    told: Read, began: Beginnings, units: Units, wanted: Sequence[str]
) -> dict[tuple[str, str], Estimate]:
    one = told.told
    makers: dict[str, Callable[[], naive.Gap]] = {
        "margin": lambda: naive.gap(one, began, "margin"),
        "orders": lambda: naive.gap(one, began, "orders"),
        "order value": lambda: naive.gap_of_order_value(one, began),
        "retention": lambda: naive.gap_of_staying(one, began),
    }
    if told.value is not None:
        value = told.value
        makers["lifetime value"] = lambda: naive.gap_of_value(one, began, value)
    made = {}
    for outcome in wanted:
        if outcome not in makers:
            continue
        value_, error, people = makers[outcome]()
        if math.isfinite(value_) and people:
            made[outcome, NAIVE] = Estimate.normal(
                value_, error, units[outcome], source=f"naive {outcome}", grade=Grade.COUNT,
                people=people, rows=people,
            )  # fmt: skip
    return made


def _own_past(
    told: Read, rows: Trial, units: Units, wanted: Sequence[str], definition: str
) -> dict[tuple[str, str], Estimate]:
    found = {name: whole(told.told, rows, name) for name in ("margin", "orders")}
    made = {}
    for outcome, each in found.items():
        if outcome in wanted and each.known and each.people >= FEWEST:
            made[outcome, OWN_PAST] = _normal(
                each.effect, each.effect_error, units[outcome], definition, outcome, each.people
            )
    if "order value" in wanted and all(each.known for each in found.values()):
        value, error = _order_value(found["margin"], found["orders"])
        people = found["margin"].people
        if people >= FEWEST and math.isfinite(error):
            made["order value", OWN_PAST] = _normal(
                value, error, units["order value"], definition, "order value", people
            )
    return made


def _order_value(margin: Growth, orders: Growth) -> tuple[float, float]:
    """Return by how much margin an order rose, from both sums, and its standard error."""
    if orders.brought <= 0:
        return math.nan, math.nan
    now, then = margin.brought / orders.brought, margin.expected / orders.expected
    off = (margin.each_brought - now * orders.each_brought) / orders.brought
    off -= (margin.each_expected - then * orders.each_expected) / orders.expected
    return now - then, float(np.sqrt((off**2).sum()))


def _adjusted(
    effects: Mapping[str, Effect], units: Units, definition: str
) -> dict[tuple[str, str], Estimate]:
    return {
        (outcome, ADJUSTED): _normal(
            each.value, each.error, units[outcome], definition, f"adjusted {outcome}", each.compared
        )
        for outcome, each in effects.items()
        if math.isfinite(each.value) and math.isfinite(each.error)
    }


def _normal(
    value: float, error: float, unit: str, definition: str, outcome: str, people: int
) -> Estimate:
    return Estimate.normal(
        value, error, unit, source=f"connection {definition} {outcome}", grade=Grade.ADJUSTED,
        people=people, rows=people,
    )  # fmt: skip


def row_of(definition: str, outcome: str, method: str, number: Estimate) -> dict[str, Any]:
    """Return a number as a row of the table `connection`."""
    return {
        "definition": definition, "outcome": outcome, "method": method, "value": number.value,
        "low": number.low, "high": number.high, "unit": number.unit, "people": number.people,
        "grade": number.grade.value,
    }  # fmt: skip
