"""Arms of an experiment as sums: enough for differences, adjustment for the past, and ratios.

An engine makes the sums, so an experiment on a million people is read as fast as one on a hundred.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rapport.impact.experiments.regression import Reading, Values


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: how many people, means of some columns, and how they vary together.

    Parameters
    ----------
    people
        How many there are.
    mean
        Shape (k,); the first column is the outcome, the others are what was known before.
    spread
        Sums of products of deviations from the means, shape (k, k).
    """

    people: int
    mean: Values
    spread: Values

    @classmethod
    def of(cls, columns: Values) -> Arm:
        """Return the arm of people known one by one, shape (n, k)."""
        mean = columns.mean(axis=0) if len(columns) else np.full(columns.shape[1], np.nan)
        off = columns - mean
        return cls(len(columns), mean, off.T @ off)

    @classmethod
    def of_sums(cls, people: int, sums: Values, products: Values) -> Arm:
        """Return the arm from plain sums and sums of products."""
        mean = sums / people
        return cls(people, mean, products - people * np.outer(mean, mean))

    def with_outcome(self, column: int, before: tuple[int, ...] = ()) -> Arm:
        """Return the arm with another column as outcome and some as what was known before."""
        chosen = [column, *before]
        return Arm(self.people, self.mean[chosen], self.spread[np.ix_(chosen, chosen)])

    @property
    def variance(self) -> float:
        """Of the outcome between people; NaN for one person."""
        return float(self.spread[0, 0]) / (self.people - 1) if self.people > 1 else math.nan

    def __add__(self, other: Arm) -> Arm:
        people = self.people + other.people
        gap = other.mean - self.mean
        mean = self.mean + gap * other.people / people
        between = np.outer(gap, gap) * self.people * other.people / people
        return Arm(people, mean, self.spread + other.spread + between)


def difference(treated: Arm, held: Arm) -> Reading:
    """Return the difference in means with Neyman's error and Welch's degrees of freedom.

    Examples
    --------
    >>> one, other = (Arm.of(np.array(v)[:, None]) for v in ([5.0, 6, 10], [1.0, 2, 3]))
    >>> told = difference(one, other)
    >>> told.value, round(told.error, 6), round(told.freedom, 3)
    (5.0, 1.632993, 2.56)
    """
    return _welch(treated.mean[0] - held.mean[0], treated, held, treated.variance, held.variance)


def adjusted(treated: Arm, held: Arm) -> Reading:
    """Return the difference adjusted for all that was known before, arm by arm.

    Lin 2013; as an estimate for people like these, so that how effects vary with what was known
    before counts as chance too (Negi & Wooldridge 2021, section 4).
    """
    if len(treated.mean) < 2:
        return difference(treated, held)
    whole = treated + held
    slopes, rests, freedoms = zip(*(_fit(arm) for arm in (treated, held)), strict=True)
    centre = whole.mean[1:]
    value = (treated.mean[0] - slopes[0] @ (treated.mean[1:] - centre)) - (
        held.mean[0] - slopes[1] @ (held.mean[1:] - centre)
    )
    tilt = slopes[0] - slopes[1]
    extra = float(tilt @ whole.spread[1:, 1:] @ tilt) / whole.people**2
    if min(freedoms) < 1:
        return Reading.of(float(value), math.inf, 0)
    variances = [rest / free for rest, free in zip(rests, freedoms, strict=True)]
    plain = _welch(value, treated, held, *variances)
    return Reading.of(float(value), math.sqrt(plain.error**2 + extra), plain.freedom)


def cuped(treated: Arm, held: Arm) -> Reading:
    """Return the difference with one common slope on the past taken off.

    Deng, Xu, Kohavi & Walker 2013, section 3 ("CUPED").
    """
    slope = common_slope(treated, held)
    taken = np.concatenate([[1.0], -slope])
    parts = [
        Arm(arm.people, np.array([arm.mean @ taken]), np.array([[taken @ arm.spread @ taken]]))
        for arm in (treated, held)
    ]
    return difference(*parts)


def common_slope(treated: Arm, held: Arm) -> Values:
    """Return the slopes of the outcome on what was known before, arms taken together."""
    spread = treated.spread + held.spread
    slope: Values = np.linalg.pinv(spread[1:, 1:]) @ spread[1:, 0]
    return slope


def explained(treated: Arm, held: Arm) -> float:
    """Return which share of the variance what was known before explains.

    Examples
    --------
    >>> past = np.arange(6.0)
    >>> told = Arm.of(np.column_stack([2 * past, past]))
    >>> round(explained(told, told), 6)
    1.0
    """
    spread = treated.spread + held.spread
    if len(spread) < 2 or spread[0, 0] <= 0:
        return 0.0
    return float(spread[0, 1:] @ common_slope(treated, held) / spread[0, 0])


def per_unit(treated: Arm, held: Arm) -> Reading:
    """Return the difference of two ratios, such as margin per order, by the delta method.

    Parameters
    ----------
    treated, held
        Arms of two columns: what is above the line, and what is below it (Deng et al. 2018,
        "Applying the delta method in metric analytics", section 3.1).

    Examples
    --------
    >>> one = Arm.of(np.array([[10.0, 1.0], [30.0, 2.0], [20.0, 1.0]]))
    >>> other = Arm.of(np.array([[10.0, 1.0], [12.0, 1.0], [20.0, 2.0]]))
    >>> round(per_unit(one, other).value, 3)
    4.5
    """
    linear = []
    for arm in (treated, held):
        below = float(arm.mean[1])
        if below == 0:
            return Reading.of(math.nan, math.inf, 0)
        ratio = float(arm.mean[0]) / below
        taken = np.array([1.0, -ratio]) / below
        linear.append(Arm(arm.people, np.array([ratio]),
                          np.array([[taken @ arm.spread @ taken]])))  # fmt: skip
    return difference(*linear)


def _fit(arm: Arm) -> tuple[Values, float, int]:
    """Return slopes, the sum of squares that they leave, and its degrees of freedom."""
    before = arm.spread[1:, 1:]
    slope: Values = np.linalg.pinv(before, hermitian=True) @ arm.spread[1:, 0]
    rest = float(arm.spread[0, 0] - arm.spread[0, 1:] @ slope)
    used = int(np.linalg.matrix_rank(before, hermitian=True)) if before.any() else 0
    return slope, max(rest, 0.0), arm.people - 1 - used


def _welch(value: float, treated: Arm, held: Arm, *variances: float) -> Reading:
    parts = [v / arm.people for v, arm in zip(variances, (treated, held), strict=True)]
    if not all(math.isfinite(part) for part in parts):
        return Reading.of(float(value), math.inf, 0)
    total = sum(parts)
    below = sum(p**2 / (arm.people - 1) for p, arm in zip(parts, (treated, held), strict=True))
    freedom = total**2 / below if below > 0 else treated.people + held.people - 2
    return Reading.of(float(value), math.sqrt(total), freedom)
