"""Were those who connected on another path before? The test, what it would miss, and bounds.

Roth 2022, "Pretest with caution": a test of trends before the connection says little unless it is
known which drift it would have noticed. Rambachan & Roth 2023, "A more credible approach to
parallel trends": ranges that hold when the difference in paths goes on as before, or changes by at
most so many times what was seen before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from rapport.estimate import EDGE, LEVEL
from rapport.impact.before_after.moments import Flags, Values

POWER = 0.8
TEST = 1 - LEVEL
"""The chance with which paths that do not differ are said to differ."""


@dataclass(frozen=True, slots=True)
class Path:
    """Effects by period since the connection, all compared with the period before it.

    Parameters
    ----------
    since
        Periods since the connection: …, -3, -2, 0, 1, …; shape (P,).
    value
        Shape (P,).
    covariance
        Shape (P, P).
    weight
        What each counts for in the average effect, nil before the connection; adds up to 1.
    """

    since: Values
    value: Values
    covariance: Values
    weight: Values

    @property
    def before(self) -> Flags:
        """True for the periods before the connection."""
        early: Flags = self.since < -1
        return early

    @property
    def reach(self) -> float:
        """How far a drift of 1 a period carries the average effect."""
        return float(self.weight @ (self.since + 1))


@dataclass(frozen=True, slots=True)
class PreTest:
    """Whether paths differed before the connection.

    Parameters
    ----------
    statistic, freedom, chance
        Wald's statistic, its degrees of freedom, and how often chance alone gives more.
    noticed
        The drift a period that the test notices four times in five; infinite without any test.
    hidden
        What a drift of that size would add to the average effect without being noticed.
    """

    statistic: float
    freedom: int
    chance: float
    noticed: float
    hidden: float

    @property
    def differs(self) -> bool:
        """Whether the paths differed by more than chance explains."""
        return self.chance < TEST


def wald(value: Values, covariance: Values) -> tuple[float, int, float]:
    """Return Wald's statistic, degrees of freedom and p-value of estimates that should be nil.

    Directions in which nothing varies are left out.

    Examples
    --------
    >>> [round(x, 4) for x in wald(np.array([1.0, 2.0]), np.eye(2))]
    [5.0, 2, 0.0821]
    """
    inverse, rank = _inverse(covariance)
    if not rank:
        return 0.0, 0, 1.0
    statistic = float(value @ inverse @ value)
    return statistic, rank, float(stats.chi2.sf(statistic, rank))


def pre_test(path: Path) -> PreTest:
    """Return the test of the periods before the connection, with the drift that it would notice.

    Roth 2022, section I: the power against a straight drift, here of Wald's test.
    """
    early = path.before
    if not early.any():
        return PreTest(0.0, 0, 1.0, math.inf, math.inf)
    covariance = path.covariance[np.ix_(early, early)]
    statistic, freedom, chance = wald(path.value[early], covariance)
    noticed = detectable_drift(path.since[early], covariance)
    return PreTest(statistic, freedom, chance, noticed, abs(noticed * path.reach))


def detectable_drift(since: Values, covariance: Values, power: float = POWER) -> float:
    """Return the straight drift a period that Wald's test notices with this power.

    Examples
    --------
    >>> round(detectable_drift(np.array([-3.0, -2.0]), np.eye(2)), 3)
    1.242
    """
    inverse, rank = _inverse(covariance)
    line = since + 1
    information = float(line @ inverse @ line)
    if not rank or information <= 0:
        return math.inf
    limit = float(stats.chi2.isf(TEST, rank))

    def missing(centre: float) -> float:
        return float(stats.ncx2.sf(limit, rank, centre)) - power

    centre = optimize.brentq(missing, 1e-9, 1e4)
    return math.sqrt(centre / information)


def straight(path: Path) -> tuple[float, float]:
    """Return the average effect and its error if the drift seen before went on in a straight line.

    The best unbiased estimate under a straight drift: generalised least squares of all periods on
    the drift and one effect for each period since the connection (Rambachan & Roth 2023, section
    4, with smoothness M = 0).
    """
    early = path.before
    if not early.any():
        return math.nan, math.inf
    line = (path.since + 1)[:, None]
    own = np.eye(len(path.since))[:, ~early]
    design = np.hstack([line, own])
    inverse, _ = _inverse(path.covariance)
    gram = np.linalg.pinv(design.T @ inverse @ design)
    found = gram @ (design.T @ inverse @ path.value)
    wanted = np.concatenate([[0.0], path.weight[~early]])
    return float(wanted @ found), math.sqrt(max(float(wanted @ gram @ wanted), 0.0))


def largest_step(path: Path) -> float:
    """Return the largest change of the difference from one period to the next before."""
    early = path.before
    if not early.any():
        return math.inf
    levels = np.append(path.value[early], 0.0)
    gaps = np.diff(np.append(path.since[early], -1.0))
    return float(np.max(np.abs(np.diff(levels)) / gaps))


def bounded(path: Path, times: float) -> tuple[float, float, float]:
    """Return the average effect with a range that holds if paths drift no faster than before.

    Rambachan & Roth 2023, section 2.4.1: the difference changes from one period to the next by at
    most `times` what it changed at most before the connection. The range is that of the average
    effect, widened at both ends by the most that such a drift can do.

    Parameters
    ----------
    times
        0 for parallel paths, 1 for drifts as large as those before.
    """
    value = float(path.weight @ path.value)
    error = math.sqrt(max(float(path.weight @ path.covariance @ path.weight), 0.0))
    widest = EDGE * error + (times * largest_step(path) * path.reach if times else 0.0)
    return value, value - widest, value + widest


def breakdown(path: Path) -> float:
    """Return how many times the largest drift before it takes until the range holds zero.

    Examples
    --------
    >>> told = Path(np.array([-2.0, 0.0]), np.array([0.5, 4.0]), np.eye(2) * 1e-9,
    ...             np.array([0.0, 1.0]))
    >>> round(breakdown(told), 3)
    8.0
    """
    value, low, high = bounded(path, 0.0)
    step = largest_step(path) * path.reach
    if low <= 0 <= high or not math.isfinite(step):
        return 0.0
    return (abs(value) - (high - value)) / step if step > 0 else math.inf


def _inverse(covariance: Values) -> tuple[Values, int]:
    """Return the inverse on the directions that vary, and how many there are."""
    if not covariance.size:
        return covariance, 0
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    good = values > 1e-9 * max(float(values.max()), 0.0)
    part = vectors[:, good] / scale[:, None]
    return (part / values[good]) @ part.T, int(good.sum())
