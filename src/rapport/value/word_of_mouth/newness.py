"""Who of a month's first orders is a new customer, when the record begins in the middle of things.

Somebody whose first order on record lies in its first months mostly bought before. First orders of
such people thin out as a mixture of exponentials (people buy at different rates and leave), while
the new ones keep step with those who were asked how they heard of the brand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Array = NDArray[np.float64]

MOST_LASTING = (1.0, 3.0, 8.0)
"""Months in which the first orders of old customers fall to a third, fast and slow ones."""
TRIALS = 200
FEWEST_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Cohorts:
    """First orders on record by month, of people asked how they heard and of the others.

    Parameters
    ----------
    asked, unasked
        How many people.
    asked_gain, unasked_gain
        What they brought until today.
    """

    asked: Array
    unasked: Array
    asked_gain: Array
    unasked_gain: Array


def new_among_unasked(cohorts: Cohorts, *, seed: int) -> tuple[Array, Array]:
    """Return the new customers among those not asked, and the share of the money that is theirs.

    Old customers who show up late differ from new ones, so that the new ones' money is taken from
    what people who were asked brought, cohort by cohort.

    Returns
    -------
    tuple of Array
        Both (TRIALS, months): people, and share of `unasked_gain`; zero when there are too few
        months to tell.

    Examples
    --------
    >>> months = np.arange(24)
    >>> asked, others = np.full(24, 40.0), 60 + 500 * np.exp(-months / 4)
    >>> new, share = new_among_unasked(Cohorts(asked, others, 50 * asked, 80 * others), seed=1)
    >>> bool(45 < new[:, -6:].mean() < 65), bool(share[:, 0].mean() < 0.2)
    (True, True)
    """
    months = len(cohorts.asked)
    found = np.zeros((TRIALS, months))
    if months < FEWEST_MONTHS or cohorts.asked.sum() <= 0:
        return found, found
    rng = np.random.default_rng(seed)
    decay = np.exp(-np.arange(months)[:, None] / np.array(MOST_LASTING))
    asked = _smoothed(cohorts.asked)
    weight = 1 / np.sqrt(np.maximum(_smoothed(cohorts.unasked), 1.0))
    design = np.column_stack([asked, decay]) * weight[:, None]
    for trial in range(TRIALS):
        fitted, _ = nnls(design, rng.poisson(cohorts.unasked) * weight)
        expected = np.maximum(fitted[0] * asked + decay @ fitted[1:], 1e-9)
        found[trial] = fitted[0] * asked / expected * cohorts.unasked
    each = _smoothed(cohorts.asked_gain) / np.maximum(asked, 1e-9)
    share = found * each / np.maximum(cohorts.unasked_gain, 1e-9)
    return found, np.clip(share, 0.0, 1.0)


def _smoothed(counts: Array) -> Array:
    """Return a running mean over three months."""
    padded = np.concatenate([counts[:1], counts, counts[-1:]])
    found: Array = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return found
