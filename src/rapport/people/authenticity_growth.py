"""Growth in bursts: days on which far more accounts followed than a smooth course explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.people.authenticity_signs import Numbers

FALSE_BURSTS = 0.01  # share of the bursts told that may be chance
LEAST_EXCESS = 5.0
LEAST_RATIO = 3.0
Marks = NDArray[np.bool_]

_WINDOWS = (1, 2, 3)
_HALF_WIDTH = 28
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Burst:
    """Days on which more came than expected.

    Parameters
    ----------
    first, last
        Positions of its first and last day.
    came, expected
        Accounts that came, and that a smooth course would have brought.
    low, high
        Ends of the 90 % range of those beyond what was expected.
    """

    first: int
    last: int
    came: float
    expected: float
    low: float
    high: float

    @property
    def excess(self) -> float:
        """Accounts beyond what was expected."""
        return max(0.0, self.came - self.expected)


def bursts(counts: Numbers) -> tuple[Burst, ...]:
    """Return the bursts in daily counts of new followers.

    What is expected of a day is the mean of the eight weeks around it without the days of bursts.
    A stretch of one to three days is one when its count lies in the far tail of a negative binomial
    (spread as wide as ordinary days are), with a false discovery rate of 1 % over all stretches
    (Benjamini & Hochberg 1995), at least three times and five accounts more than expected.

    Parameters
    ----------
    counts
        New followers of each day, without gaps; not-a-number where a day is not known.

    Examples
    --------
    >>> calm = np.tile([2.0, 3.0, 1.0, 2.0], 30)
    >>> calm[50] = 60
    >>> [(b.first, b.last, b.came, round(b.expected)) for b in bursts(calm)]
    [(50, 50, 60.0, 2)]
    >>> bursts(np.tile([2.0, 3.0, 1.0, 2.0], 30))
    ()
    """
    values = np.asarray(counts, float)
    known = np.isfinite(values)
    if known.sum() < 2 * _HALF_WIDTH // 2 or np.nansum(values) < LEAST_EXCESS:
        return ()
    in_burst = _far_out(values, known)
    for _ in range(_ROUNDS):
        expected = _smooth(values, known & ~in_burst)
        found = _flagged(values, known, expected, _spread(values, expected, known & ~in_burst))
        if np.array_equal(found, in_burst):
            break
        in_burst = found
    expected = _smooth(values, known & ~in_burst)
    spread = _spread(values, expected, known & ~in_burst)
    return tuple(_told(values, expected, spread, run) for run in _runs(in_burst))


def expected_course(counts: Numbers) -> Numbers:
    """Return what is expected of each day, the days of bursts left out of the mean."""
    values = np.asarray(counts, float)
    calm = np.isfinite(values)
    for burst in bursts(values):
        calm[burst.first : burst.last + 1] = False
    return _smooth(values, calm)


def _far_out(values: Numbers, known: Marks) -> Marks:
    """Return a first guess of the days that are out of all proportion."""
    top = np.quantile(values[known], 0.95)
    far: Marks = known & (values > 3 * max(top, 1.0))
    return far


def _smooth(values: Numbers, calm: Marks) -> Numbers:
    kernel = np.ones(2 * _HALF_WIDTH + 1)
    sums = np.convolve(np.where(calm, np.nan_to_num(values), 0.0), kernel, "same")
    days = np.convolve(calm.astype(float), kernel, "same")
    overall = values[calm].mean() if calm.any() else 0.0
    # A week's worth of the whole course keeps thin stretches from an expectation of zero.
    smooth: Numbers = (sums + 7 * overall) / (days + 7)
    return np.maximum(smooth, 0.02)


def _spread(values: Numbers, expected: Numbers, calm: Marks) -> float:
    """Return variance over mean of ordinary days; at least 1."""
    if calm.sum() < 2:
        return 1.0
    pearson = (values[calm] - expected[calm]) ** 2 / expected[calm]
    return max(1.0, float(pearson.mean()))


def _flagged(values: Numbers, known: Marks, expected: Numbers, spread: float) -> Marks:
    from scipy import stats

    filled = np.where(known, np.nan_to_num(values), 0.0)
    course = np.where(known, expected, 0.0)
    # A longer stretch counts only where its first and its last day stand out by themselves.
    out = _tail(filled, np.maximum(course, 0.02), spread) < 0.05
    starts, lengths, tails = [], [], []
    for width in _WINDOWS:
        came = np.convolve(filled, np.ones(width), "valid")
        mean = np.maximum(np.convolve(course, np.ones(width), "valid"), 0.02)
        tail = _tail(came, mean, spread)
        much = (came - mean >= LEAST_EXCESS) & (came >= LEAST_RATIO * mean)
        ends = out[: len(came)] & out[width - 1 :]
        starts.append(np.arange(len(came)))
        lengths.append(np.full(len(came), width))
        tails.append(np.where(much & ends, tail, 1.0))
    start, length, tail = (np.concatenate(part) for part in (starts, lengths, tails))
    chosen = stats.false_discovery_control(np.clip(tail, 0, 1)) <= FALSE_BURSTS
    marked = np.zeros(len(values), bool)
    for first, width in zip(start[chosen], length[chosen], strict=True):
        marked[first : first + width] = True
    marked &= known
    return marked


def _tail(came: Numbers, mean: Numbers, spread: float) -> Numbers:
    from scipy import stats

    if spread <= 1.0 + 1e-9:
        tail: Numbers = stats.poisson.sf(came - 1, mean)
        return tail
    size = mean / (spread - 1)
    over: Numbers = stats.nbinom.sf(came - 1, size, 1 / spread)
    return over


def _runs(marked: Marks) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _told(values: Numbers, expected: Numbers, spread: float, run: tuple[int, int]) -> Burst:
    first, last = run
    came = float(np.nansum(values[first : last + 1]))
    mean = float(expected[first : last + 1].sum())
    wide = 1.645 * np.sqrt(spread * mean)
    low, high = max(0.0, came - mean - wide), min(came, came - mean + wide)
    return Burst(first, last, came, mean, min(low, came), max(high, 0.0))
