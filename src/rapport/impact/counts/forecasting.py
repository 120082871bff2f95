"""Does a count say anything of value to come that the calendar does not? Out of sample, by week.

Each week is forecast from the weeks before it alone (rolling origin, growing window), once from
what is known without counting and once with the count as well. Under "no link" the error of the
first forecast cannot be foreseen from the count: the mean of error times correction is zero (Clark
& West 2007, equation 3.1: twice that mean is their adjusted difference of squared errors). Its
chance is that of blocks of weeks whose signs are turned at random, which holds however heavy the
tails of errors or counts are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.impact.counts.design import Floats

YEAR_OF_WEEKS = 52
FEWEST_TRAINING, FEWEST_JUDGED = 30, 20
BLOCK = 4  # weeks whose errors may hang together
FLIPS = 9999
RESAMPLES = 1000
PENALTIES = np.array([1.0, 3.0, 10.0, 30.0, 100.0])
DOUBT = 11.0  # weeks of evidence against a link: a usual one moves value by 0.3 of its own noise
POWER = 0.80
FLAT = 1e-9
FARTHEST = 4.0  # usual swings beyond which a count is not believed to move value more


@dataclass(frozen=True, slots=True)
class Rolled:
    """Forecasts of the judged weeks: errors of the baseline, corrections by each count.

    Parameters
    ----------
    weeks
        Positions of the judged weeks.
    error
        Actual value less the baseline's forecast: shape (weeks,).
    correction
        What each count adds to the forecast: shape (weeks, counts); not a number where a count was
        not known for long enough.
    noise
        Standard deviation of the baseline's errors, mean of early and late alike.
    trained
        Mean number of weeks that forecasts were learnt from.
    """

    weeks: NDArray[np.int64]
    error: Floats
    correction: Floats
    noise: float
    trained: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What one count adds: gain in the size of forecast errors with its range, and its chance."""

    weeks: int
    gain: float
    low: float
    high: float
    p: float


def first_judged(weeks: int, start: int) -> int | None:
    """Return the first week that can be judged: a year of training where two are known.

    Examples
    --------
    >>> first_judged(104, 4), first_judged(60, 4), first_judged(40, 4)
    (56, 34, None)
    """
    known = weeks - start
    if known >= YEAR_OF_WEEKS + 2 * FEWEST_JUDGED:
        return start + YEAR_OF_WEEKS
    return start + FEWEST_TRAINING if known >= FEWEST_TRAINING + FEWEST_JUDGED else None


def rolled(y: Floats, base: Floats, counts: Floats) -> Rolled | None:
    """Return the forecasts of every week that can be judged; None when there are too few.

    Parameters
    ----------
    y
        The outcome: shape (weeks,).
    base
        What is known without counting: shape (weeks, features); weeks that begin with missing
        values are left out of training.
    counts
        Each count's memory, as `remembered` gives it: shape (weeks, counts).
    """
    whole = np.isfinite(base).all(axis=1) & np.isfinite(y)
    if not whole.any():
        return None
    start = int(np.argmax(whole))
    begin = first_judged(len(y), start)
    if begin is None:
        return None
    penalty = _penalty(y[start:begin], base[start:begin])
    judged = np.arange(begin, len(y))
    error = np.zeros(len(judged))
    correction = np.full((len(judged), counts.shape[1]), np.nan)
    for place, week in enumerate(judged):
        past = slice(start, week)
        smooth = _Smoother(base[past], base[week], penalty)
        error[place] = y[week] - smooth.ahead(y[past])
        correction[place] = _corrections(smooth, y[past], counts[past], counts[week])
    noise = float(np.sqrt(np.mean(error**2)))
    return Rolled(judged, error, correction, noise, float(np.mean(judged - start)))


class _Smoother:
    """A ridge regression on the past that is used for the outcome and for every count alike."""

    def __init__(self, past: Floats, now: Floats, penalty: float) -> None:
        mean, spread = past.mean(axis=0), past.std(axis=0)
        spread = np.where(spread > 0, spread, np.inf)
        z, ahead = (past - mean) / spread, (now - mean) / spread
        gram = z.T @ z + penalty * np.eye(z.shape[1])
        self._z, self._solved = z, np.linalg.solve(gram, z.T)
        self._ahead = ahead @ self._solved

    def ahead(self, past: Floats) -> Floats:
        """Return the forecast of the next week from the weeks before it."""
        mean = past.mean(axis=0)
        made: Floats = mean + self._ahead @ (past - mean)
        return made

    def left(self, past: Floats) -> Floats:
        """Return what the baseline leaves of the weeks before."""
        centred = past - past.mean(axis=0)
        made: Floats = centred - self._z @ (self._solved @ centred)
        return made


def _penalty(y: Floats, base: Floats) -> float:
    """Return the ridge penalty of the smallest generalised cross-validation (Golub et al. 1979)."""
    spread = base.std(axis=0)
    z = (base - base.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    u, d, _ = np.linalg.svd(z, full_matrices=False)
    centred = y - y.mean()
    shrink = d**2 / (d**2 + PENALTIES[:, None])
    fitted = (u * shrink[:, None, :]) @ (u.T @ centred)
    free = len(y) - 1 - shrink.sum(axis=1)
    score = ((centred - fitted) ** 2).sum(axis=1) / np.maximum(free, 1.0) ** 2
    return float(PENALTIES[int(np.argmin(score))])


def _corrections(smooth: _Smoother, y: Floats, counts: Floats, now: Floats) -> Floats:
    """Return what each count adds to the forecast: its own part that the baseline leaves."""
    made = np.full(counts.shape[1], np.nan)
    known = np.isfinite(counts).all(axis=0) & np.isfinite(now)
    if not known.any():
        return made
    past = counts[:, known]
    left = smooth.left(past)
    new = now[known] - smooth.ahead(past)
    spread = left.std(axis=0)
    moves = spread > FLAT
    spread = np.where(moves, spread, 1.0)
    unit = np.where(moves, left / spread, 0.0)
    slope = unit.T @ smooth.left(y) / ((unit**2).sum(axis=0) + DOUBT)
    made[known] = np.where(moves, slope * np.clip(new / spread, -FARTHEST, FARTHEST), 0.0)
    return made


def judged(error: Floats, correction: Floats, seed: int = 1) -> Judged:
    """Return what one count's corrections were worth.

    Parameters
    ----------
    error, correction
        Of the weeks in which the count is known, in order.
    """
    product = _blocks(error * correction)
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, (FLIPS, len(product)), dtype=np.int8) * 2 - 1
    seen = product.sum()
    as_large = int(np.count_nonzero(signs @ product >= seen - 1e-12 * abs(seen)))
    p = (1 + as_large) / (1 + FLIPS) if np.any(product) else 1.0
    before, after = _blocks(error**2), _blocks((error - correction) ** 2)
    drawn = rng.integers(0, len(before), (RESAMPLES, len(before)))
    gains = 1 - np.sqrt(after[drawn].sum(axis=1) / np.maximum(before[drawn].sum(axis=1), 1e-300))
    gain = 1 - float(np.sqrt(after.sum() / max(before.sum(), 1e-300)))
    low, high = np.quantile(gains, [0.05, 0.95])
    return Judged(len(error), gain, min(float(low), gain), max(float(high), gain), p)


def _blocks(values: Floats) -> Floats:
    return np.add.reduceat(values, np.arange(0, len(values), BLOCK))


def smallest_seen(weeks: int, trained: float, alpha: float) -> float:
    """Return the weakest link that would have been seen four times in five.

    In standard deviations of a week's own noise, for one usual swing of the count. Error times
    correction has mean n s d² against a spread of √n s √(d² + 1/m), for a link d, n judged weeks
    and m of training; s, how far slopes are drawn to zero, cancels out.

    Examples
    --------
    >>> round(smallest_seen(50, 75, 0.002), 2), round(smallest_seen(50, 75, 0.05), 2)
    (0.54, 0.37)
    """
    needed = float(special.ndtri(1 - alpha) + special.ndtri(POWER)) / np.sqrt(weeks)
    square = (needed**2 + np.sqrt(needed**4 + 4 * needed**2 / trained)) / 2
    return float(np.sqrt(square))
