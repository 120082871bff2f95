"""How large an alarm is and how fast it grows, each with its range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.estimate import EDGE

Floats = NDArray[np.float64]

FEWEST_PERIODS = 3


def tail(seen: float, expected: float, variance: float) -> float:
    """Return the chance of `seen` or more when `expected` is usual.

    Negative binomial with that mean and variance; Poisson where the variance is no larger.

    Examples
    --------
    >>> round(tail(3, 1.0, 1.0), 4)
    0.0803
    """
    if seen <= 0:
        return 1.0
    if variance <= expected * (1 + 1e-9):
        return float(special.gammainc(seen, expected))
    size = expected**2 / (variance - expected)
    return float(special.betainc(seen, size, expected / (expected + size)))


def size(seen: float, expected: float, spread: float, error: float) -> tuple[float, float, float]:
    """Return seen / expected with its range.

    Parameters
    ----------
    seen, expected
        Counts of the whole stretch.
    spread
        Variance of the stretch beyond Poisson, relative to the square of its mean.
    error
        Variance of log `expected`: how well the usual level is known.

    Returns
    -------
    value, low, high
        The logarithm is taken as normal (McCullagh & Nelder 1989, section 6.2, log link).
    """
    half = EDGE * math.sqrt(1.0 / (seen + 0.5) + spread + error)
    middle = (seen + 0.5) / expected
    return seen / expected, middle * math.exp(-half), middle * math.exp(half)


def growing(counts: Floats, expected: Floats, spread: float) -> tuple[float, float, float] | None:
    """Return the rate of growth a period, with its range; None when it cannot be told.

    A log-linear rate beside the expected one is fitted from the first period to the highest, by
    weighted least squares with negative binomial variance, repeated (McCullagh & Nelder 1989,
    section 2.5); the range is widened by what the fit leaves over.

    Returns
    -------
    value, low, high
        The factor of one period is exp(value): it doubles in log(2) / value periods.
    """
    known = ~np.isnan(counts)
    y, mu, at = counts[known], expected[known], np.flatnonzero(known).astype(float)
    if len(y) < FEWEST_PERIODS or y.sum() < FEWEST_PERIODS:
        return None
    last = int(np.argmax(y)) + 1
    if last < FEWEST_PERIODS:
        return None
    y, mu, at = y[:last], mu[:last], at[:last] - at[:last].mean()
    fitted = _fit(y, mu, at, spread)
    if fitted is None:
        return None
    slope, error = fitted
    return slope, slope - EDGE * error, slope + EDGE * error


def _fit(y: Floats, mu: Floats, at: Floats, spread: float) -> tuple[float, float] | None:
    level, slope = math.log((y.sum() + 0.5) / mu.sum()), 0.0
    for _ in range(50):
        mean = mu * np.exp(np.clip(level + slope * at, -30, 30))
        weight = mean / (1 + spread * mean)
        rest = (y - mean) / mean
        w, wx, wxx = weight.sum(), weight @ at, weight @ (at * at)
        det = w * wxx - wx * wx
        if not det > 1e-12 * w * wxx:
            return None
        g, gx = weight @ rest, weight @ (at * rest)
        up, turn = (wxx * g - wx * gx) / det, (w * gx - wx * g) / det
        level, slope = level + float(np.clip(up, -2, 2)), slope + float(np.clip(turn, -1, 1))
        if abs(up) + abs(turn) < 1e-9:
            break
    mean = mu * np.exp(np.clip(level + slope * at, -30, 30))
    left = ((y - mean) ** 2 / (mean + spread * mean * mean)).sum() / max(len(y) - 2, 1)
    return slope, math.sqrt(max(1.0, left) * w / det)
