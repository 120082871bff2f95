"""The same comparison in other clothes: the whole effect, month by month, and before it began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from rapport.impact.connected.histories import Histories
from rapport.impact.connected.own_past import Growth, growth
from rapport.impact.connected.trial import AFTER, BEFORE, Trial

_POWER = 0.8
_SURE = 0.95


def whole(told: Histories, rows: Trial, amount: str = "margin") -> Growth:
    """Return what connecting added to an amount in the months after."""
    before = told.between(amount, rows.person, rows.start, rows.stop)
    after = told.between(amount, rows.person, rows.month + 1, rows.end)
    return growth(rows, before, after, people=told.people, joined=rows.joined())


@dataclass(frozen=True, slots=True)
class Drift:
    """How those who connected grew apart from the others before they connected.

    Parameters
    ----------
    lift, error
        Growth from the first half of the months before to the second, beyond that of the others.
    visible
        The least drift that such a test would find four times in five.
    """

    lift: float
    error: float
    visible: float

    @property
    def known(self) -> bool:
        """Whether there were months enough to look."""
        return bool(np.isfinite(self.lift) and self.error > 0)

    @property
    def plain(self) -> bool:
        """Whether chance alone would hardly make such a drift (one time in twenty)."""
        return self.known and abs(self.lift) > float(ndtri(0.5 + _SURE / 2)) * self.error


def drift(told: Histories, rows: Trial, amount: str = "margin") -> Drift:
    """Return the drift before connecting: should be nil where trends are parallel.

    With a test goes what it can see (Roth 2022): a drift that it would miss says nothing.
    """
    longer = rows.kept(rows.stop - rows.start >= 2)
    middle = (longer.start + longer.stop) // 2
    early = told.between(amount, longer.person, longer.start, middle)
    late = told.between(amount, longer.person, middle, longer.stop)
    months = (longer.stop - middle).astype(float)
    found = growth(longer, early, late, people=told.people, months=months)
    if not found.known:
        return Drift(np.nan, np.nan, np.nan)
    visible = (float(ndtri(0.5 + _SURE / 2)) + float(ndtri(_POWER))) * found.lift_error
    return Drift(found.lift, found.lift_error, visible)


def by_month(
    told: Histories, rows: Trial, amount: str = "margin", *, fewest: int = 20
) -> dict[int, Growth]:
    """Return the effect in each month from connecting, those before it too (they should be nil).

    A month before is held against the other months before. The month of connecting itself is left
    out: people are chosen by what they bought in it.
    """
    made: dict[int, Growth] = {}
    for since in (*range(-BEFORE, 0), *range(1, AFTER + 1)):
        month = rows.month + since
        inside = (month >= rows.start) & (month < rows.stop) if since < 0 else month < rows.end
        long_enough = rows.stop - rows.start >= (2 if since < 0 else 1)
        some = rows.kept(inside & long_enough)
        if some.people < fewest:
            continue
        here = some.month + since
        then = told.between(amount, some.person, here, here + 1)
        before = told.between(amount, some.person, some.start, some.stop)
        if since < 0:
            before = before - then
        found = growth(
            some,
            before,
            then,
            people=told.people,
            months=np.ones(len(here)),
            joined=((some.later < here) & ~some.connected).astype(float),
        )
        if found.known:
            made[since] = found
    return made
