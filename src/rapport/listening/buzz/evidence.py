"""How strongly counts speak for a rise: a sequential test with a false-alarm rate set before.

The Shiryaev-Roberts statistic R adds up the likelihood ratios of all times at which a change may
have begun. While nothing changes, R less the number of periods is a martingale whatever the
expected counts are, so the mean time to a false alarm is at least the threshold A (Pollak 1985,
Optimal detection of a change in distribution, Annals of Statistics 13, section 2; Shin, Ramdas &
Rinaldo 2024, E-detectors, theorem 2.4). A mixture over the sizes of a change keeps that property.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISES = np.array([1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0])
FALLS = np.array([0.5, 0.25, 0.1, 0.01])


def threshold(periods: float, streams: int = 1, tests: int = 1) -> float:
    """Return the logarithm of R at which an alarm is raised.

    Parameters
    ----------
    periods
        Periods between two false alarms, on average, over all streams and tests together.
    streams, tests
        How many of them share that rate. False alarms add up, however streams depend on each
        other, so each gets its equal part.

    Examples
    --------
    >>> round(threshold(730.5), 2)
    6.59
    """
    return math.log(max(periods, 1.0) * streams * tests)


def log_ratios(counts: Floats, expected: Floats, spread: Floats, changes: Floats) -> Floats:
    """Return the log likelihood ratio of each change for each count.

    Counts are negative binomial: variance = mean + spread * mean^2, and a change multiplies the
    mean (Hilbe 2011, Negative Binomial Regression, eq. 8.2).

    Parameters
    ----------
    counts, expected, spread
        One for each stream (or period); a count that is NaN says nothing.
    changes
        What the mean is multiplied by.

    Returns
    -------
    array of shape (len(counts), len(changes))
    """
    size = 1.0 / spread[:, None]
    mean = spread * expected
    rise = np.log1p(mean[:, None] * changes) - np.log1p(mean)[:, None]
    told = counts[:, None] * np.log(changes) - (counts[:, None] + size) * rise
    return np.where(np.isnan(told), 0.0, told)


def carried(evidence: Floats, ratios: Floats) -> Floats:
    """Return log R of each change after one more period: R' = (1 + R) * ratio."""
    told: Floats = np.logaddexp(0.0, evidence) + ratios
    return told


def mixed(evidence: Floats) -> Floats:
    """Return log of the mean of R over changes, for each stream."""
    most = evidence.max(axis=1)
    safe = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        told: Floats = safe + np.log(np.exp(evidence - safe[:, None]).mean(axis=1))
    return told


def onset(ratios: Floats) -> int:
    """Return the row at which a change most likely began: the best of all beginnings and sizes.

    Parameters
    ----------
    ratios
        Log likelihood ratios, a row a period, a column a change.
    """
    sums = ratios[::-1].cumsum(axis=0)[::-1]
    return int(np.unravel_index(np.argmax(sums), sums.shape)[0])
