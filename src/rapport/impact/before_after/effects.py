"""Effects of each cohort in each period, against those who had not connected by then.

Callaway & Sant'Anna 2021, "Difference-in-differences with multiple time periods", equations 2.9
and 2.10; with strata, their outcome regression on the strata, which there equals the doubly robust
estimate. The influence function of a person is linear in what the person brought, so variances
follow from the moments of the cells alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rapport.impact.before_after.moments import NEVER, Flags, Moments, Values

Control = Literal["not yet", "never"]


@dataclass(frozen=True, slots=True)
class Estimates:
    """Several estimates with the influence of each person on each.

    The influence of a person of cell c on estimate k is `level[c, k] + slope[c, :, k] @ (y - mean)`
    over the number of people in all, y being what the person brought in each period.

    Parameters
    ----------
    value
        Shape (K,).
    level
        Shape (C, K).
    slope
        Shape (C, T, K).
    moments
        The cells.
    """

    value: Values
    level: Values
    slope: Values
    moments: Moments

    def covariance(self) -> Values:
        """Return the covariance of the estimates, shape (K, K)."""
        told = (self.moments.people[:, None] * self.level).T @ self.level
        for spread, slope in self._varying():
            used = np.flatnonzero(slope.any(axis=1))
            if used.size:
                part = slope[used]
                told += part.T @ spread[np.ix_(used, used)] @ part
        covariance: Values = told / self.moments.people.sum() ** 2
        return covariance

    def errors(self) -> Values:
        """Return the standard error of each estimate, shape (K,)."""
        told = self.moments.people @ self.level**2
        for spread, slope in self._varying():
            used = np.flatnonzero(slope.any(axis=1))
            if used.size:
                part = slope[used]
                told += ((spread[np.ix_(used, used)] @ part) * part).sum(axis=0)
        errors: Values = np.sqrt(np.maximum(told, 0.0)) / self.moments.people.sum()
        return errors

    def _varying(self) -> Iterable[tuple[Values, Values]]:
        """Return how people vary in each cell, and what that counts for."""
        if not self.slope.size:  # each person is a cell
            return ()
        return zip(self.moments.spread, self.slope, strict=True)

    def combined(self, weights: Values, level: Values) -> Estimates:
        """Return weighted sums of the estimates.

        Parameters
        ----------
        weights
            Shape (K, A).
        level
            What the weights' own chance adds to each person's influence, shape (C, A).
        """
        return Estimates(
            self.value @ weights,
            self.level @ weights + level,
            self.slope @ weights,
            self.moments,
        )


@dataclass(frozen=True, slots=True)
class GroupTimes:
    """The effect of each cohort in each period.

    Parameters
    ----------
    cohort, period
        Which cohort, in which period; shape (K,).
    people, left_out
        How many of the cohort were compared, and how many were in strata where nobody was left to
        compare them with; shape (K,).
    estimates
        The effects, those before the connection too: they should be nil.
    """

    cohort: Values
    period: Values
    people: Values
    left_out: Values
    estimates: Estimates

    @property
    def relative(self) -> Values:
        """Periods since the connection; those before are negative."""
        since: Values = self.period - self.cohort
        return since


def group_times(moments: Moments, control: Control = "not yet", *, one_base: bool) -> GroupTimes:
    """Return the effect of each cohort in each period.

    Parameters
    ----------
    control
        "not yet": who had not connected by the later of the two periods compared; "never": only
        who did not connect at all.
    one_base
        True: all periods are compared with the last before the connection. False: those before it
        are compared with the one before each (the default of R's `did`).

    Examples
    --------
    Everybody rises by 1; those who connect in period 2 rise by 3 more:

    >>> from rapport.impact.before_after.moments import moments_of
    >>> brought = [[1, 2, 6], [3, 4, 8], [1, 2, 3], [5, 6, 7]]
    >>> told = moments_of(brought, cohort=[2, 2, NEVER, NEVER], periods=[0, 1, 2])
    >>> found = group_times(told, one_base=True)
    >>> found.period.tolist(), found.estimates.value.tolist()
    ([0.0, 2.0], [0.0, 3.0])
    """
    made = []
    for cohort in moments.cohorts:
        before = int(np.searchsorted(moments.periods, cohort)) - 1
        for place in range(len(moments.periods)):
            early = place <= before
            base = before if one_base or not early else place - 1
            if base < 0 or place == base:
                continue
            compared = _compared(moments, cohort, (base, place), control)
            if compared is not None:
                made.append((cohort, moments.periods[place], *compared))
    if not made:
        return _nobody(moments)
    parts: list[list[Any]] = [[row[n] for row in made] for n in range(7)]
    estimates = Estimates(
        np.array(parts[4]),
        np.stack(parts[5], axis=-1),
        np.stack(parts[6], axis=-1),
        moments,
    )
    told = [np.array(part, float) for part in parts[:4]]
    return GroupTimes(told[0], told[1], told[2], told[3], estimates)


def _compared(
    moments: Moments, cohort: float, places: tuple[int, int], control: Control
) -> tuple[float, float, float, Values, Values] | None:
    """Return people, people left out, effect, level and slope of one comparison."""
    base, place = places
    others = _controls(moments, cohort, max(base, place), control)
    own = moments.cohort == cohort
    change = moments.mean[:, place] - moments.mean[:, base]
    kinds = np.unique(moments.stratum)
    at = np.searchsorted(kinds, moments.stratum)
    treated = np.bincount(at[own], weights=moments.people[own], minlength=len(kinds))
    there = np.bincount(at[others], weights=moments.people[others], minlength=len(kinds))
    weighted = moments.people[others] * change[others]
    rise = np.bincount(at[others], weights=weighted, minlength=len(kinds))
    both = (treated > 0) & (there > 0)
    if not both.any():
        return None
    rise = np.divide(rise, there, out=np.zeros_like(rise), where=there > 0)
    own &= both[at]
    others &= both[at]
    people = float(moments.people[own].sum())
    value = float(moments.people[own] @ (change[own] - rise[at[own]])) / people
    scale = float(moments.people.sum()) / people
    weight = np.zeros(len(change))
    weight[own] = scale
    shares = np.divide(treated, there, out=np.zeros_like(rise), where=there > 0)
    weight[others] = -scale * shares[at[others]]
    level = weight * (change - rise[at])
    level[own] -= scale * value
    slope = np.zeros((len(change), len(moments.periods)))
    slope[:, place], slope[:, base] = weight, -weight
    return people, float(treated[~both].sum()), value, level, slope


def _controls(moments: Moments, cohort: float, latest: int, control: Control) -> Flags:
    if control == "never":
        chosen: Flags = moments.cohort == NEVER
    else:
        later = moments.cohort > moments.periods[latest]
        chosen = later & (moments.cohort != cohort)
    return chosen


def _nobody(moments: Moments) -> GroupTimes:
    none = np.zeros(0)
    cells, periods = len(moments.people), len(moments.periods)
    estimates = Estimates(none, np.zeros((cells, 0)), np.zeros((cells, periods, 0)), moments)
    return GroupTimes(none, none, none, none, estimates)
