"""Which topics grow, and which are new: counts of late against counts before, with a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapport.estimate import LEVEL

RECENT_DAYS = 28
BEFORE_DAYS = 84
FALSE_NEWS = 0.10  # share of topics told as growing, or as new, that may be neither
NEW_TIMES = 5.0  # how many times as often as ever before a new topic is talked about
_FEWEST = 5  # messages of late and before together; with fewer nothing can be told

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Growth:
    """How often a topic is talked about of late, against before.

    Parameters
    ----------
    times
        The ratio of the two rates; 1 is no change. NaN where there is too little to tell.
    low, high
        Ends of its 90 % range.
    chance
        Probability of a ratio so far from 1 when nothing changed, two-sided.
    """

    times: float
    low: float
    high: float
    chance: float


def growth(recent: float, before: float, exposure: float, scatter: float = 1.0) -> Growth:
    """Return how a rate changed between two periods.

    The logarithm of the ratio is taken as normal, with half a message added to either count
    (Haldane 1956) and its variance multiplied by how much more counts scatter than chance alone
    makes them (quasi-Poisson: McCullagh & Nelder 1989, section 6.2.4).

    Parameters
    ----------
    recent, before
        Messages of late and before.
    exposure
        How many times longer the period before was.
    scatter
        Variance of weekly counts divided by their mean, at least 1: see `scatter_of`.

    Examples
    --------
    >>> found = growth(40, 60, exposure=3)
    >>> round(found.times, 1), round(found.low, 1), round(found.high, 1), found.chance < 0.001
    (2.0, 1.4, 2.8, True)
    >>> growth(2, 1, exposure=3).times
    nan
    """
    if recent + before < _FEWEST or exposure <= 0:
        return Growth(math.nan, 0.0, math.inf, 1.0)
    centre, error = _log_ratio(recent, before, exposure, scatter)
    half = _normal_quantile(0.5 + LEVEL / 2) * error
    chance = math.erfc(abs(centre) / error / math.sqrt(2))
    return Growth(math.exp(centre), math.exp(centre - half), math.exp(centre + half), chance)


def newness(
    recent: float, earlier: float, exposure: float, scatter: float = 1.0, times: float = NEW_TIMES
) -> float:
    """Return the probability of so many messages of late if talk were not even `times` as often.

    One-sided; 1 where there is too little to tell.

    Examples
    --------
    >>> newness(30, 0, exposure=20) < 0.001, newness(30, 150, exposure=20) > 0.05
    (True, True)
    """
    if recent + earlier < _FEWEST or exposure <= 0:
        return 1.0
    centre, error = _log_ratio(recent, earlier, exposure, scatter)
    return 0.5 * math.erfc((centre - math.log(times)) / error / math.sqrt(2))


def _log_ratio(
    recent: float, before: float, exposure: float, scatter: float
) -> tuple[float, float]:
    centre = math.log((recent + 0.5) / (before + 0.5) * exposure)
    spread = max(scatter, 1.0) * (1 / (recent + 0.5) + 1 / (before + 0.5))
    return centre, math.sqrt(spread)


def scatter_of(weeks: ArrayLike) -> float:
    """Return how much more weekly counts scatter than chance makes them, over all topics.

    Pearson's statistic by its degrees of freedom, at least 1.

    Parameters
    ----------
    weeks
        Shape (topics, weeks): messages.

    Examples
    --------
    >>> scatter_of([[4, 5, 6, 5], [9, 11, 10, 10]]), scatter_of([[0, 30, 2, 28]]) > 10
    (1.0, True)
    """
    counts = np.asarray(weeks, dtype=float)
    if counts.ndim != 2 or counts.shape[1] < 2:
        return 1.0
    kept = counts[counts.mean(axis=1) >= 1]
    if not len(kept):
        return 1.0
    mean = kept.mean(axis=1, keepdims=True)
    pearson = ((kept - mean) ** 2 / mean).sum()
    return max(1.0, float(pearson / (len(kept) * (kept.shape[1] - 1))))


def discovered(chances: Sequence[float], share: float = FALSE_NEWS) -> list[bool]:
    """Return which of several tests hold when at most a share of those told may be false.

    Benjamini & Hochberg (1995), "Controlling the false discovery rate", procedure (1).

    Examples
    --------
    >>> discovered([0.001, 0.04, 0.2, 0.9])
    [True, True, False, False]
    """
    if not chances:
        return []
    values = np.asarray(chances, dtype=float)
    rank = np.argsort(values, kind="stable")
    bound = share * (np.arange(len(values)) + 1) / len(values)
    holds = np.flatnonzero(values[rank] <= bound)
    told = np.zeros(len(values), dtype=bool)
    if len(holds):
        told[rank[: holds[-1] + 1]] = True
    return [bool(each) for each in told]


def _normal_quantile(chance: float) -> float:
    from scipy import special

    return float(special.ndtri(chance))
