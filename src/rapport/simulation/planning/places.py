"""Whole stores or regions against each other: how much their sales vary beyond their own past.

Sales are compared in logarithms, so that an effect is a share of sales whatever the size of the
store (Vaver & Koehler 2011 compare regions against their own past in the same spirit).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.simulation.planning.power import Design, detectable_mean

FEWEST = 6
"""Fewer places than this leave too little to tell chance from effect."""
MOST_WINDOWS = 6


@dataclass(frozen=True, slots=True)
class PlaceSpread:
    """How the logarithm of sales over some weeks varies between places, their past taken off.

    Parameters
    ----------
    weeks, before
        The length of the experiment and of the past that explains, in weeks.
    places
        How many there are.
    mean
        Sales of a place in a week.
    left
        Standard deviation of what the past does not explain, in logarithms.
    freedom
        Degrees of freedom behind `left`.
    """

    weeks: int
    before: int
    places: int
    mean: float
    left: float
    freedom: int

    def detectable(self, places: int, design: Design) -> tuple[float, float, float]:
        """Return the smallest rise that is seen, a share of sales, and its 90 % range.

        The range is that of a standard deviation: chi squared with `freedom` degrees of freedom.
        """
        effect = detectable_mean(self.left, places, design, covariates=1)
        widest = math.sqrt(self.freedom / float(special.chdtri(self.freedom, 0.95)))
        tightest = math.sqrt(self.freedom / float(special.chdtri(self.freedom, 0.05)))
        low, high = (_rise(effect * factor) for factor in (tightest, widest))
        return _rise(effect), low, high


def _rise(logarithm: float) -> float:
    return math.expm1(logarithm) if logarithm < 700 else math.inf


def place_spread(sales: NDArray[np.float64], weeks: int, before: int) -> PlaceSpread | None:
    """Return how places vary over windows of `weeks`, each explained by the weeks before it.

    As many windows as the past holds, six at most, none sharing a week of outcome, are put
    together, which steadies the answer. Places without sales in some window are left out.

    Parameters
    ----------
    sales
        Shape (places, weeks on record): what each place sold each week, oldest first.

    Returns
    -------
    PlaceSpread or None
        None with fewer than `FEWEST` places or too short a past.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sizes = rng.lognormal(9, 0.6, 12)[:, None]
    >>> sales = sizes * rng.lognormal(0, 0.1, (12, 60))
    >>> found = place_spread(sales, 8, 26)
    >>> found.places, found.freedom, round(found.left, 3)
    (12, 40, 0.045)
    """
    ends = range(sales.shape[1], weeks + before - 1, -weeks)
    pairs = [
        (
            sales[:, end - weeks - before : end - weeks].sum(axis=1),
            sales[:, end - weeks : end].sum(1),
        )
        for end in list(ends)[:MOST_WINDOWS]
    ]
    if not pairs:
        return None
    open_ = np.all([(past > 0) & (outcome > 0) for past, outcome in pairs], axis=0)
    places = int(open_.sum())
    if places < FEWEST:
        return None
    unexplained = [_unexplained(np.log(past[open_]), np.log(out[open_])) for past, out in pairs]
    freedom = (places - 2) * len(pairs)
    left = math.sqrt(sum(unexplained) / freedom)
    mean = float(sales[open_, -weeks:].mean())
    return PlaceSpread(weeks, before, places, mean, left, freedom)


def _unexplained(past: NDArray[np.float64], outcome: NDArray[np.float64]) -> float:
    """Return the sum of squares that is left of the outcome after a line through the past."""
    x, y = past - past.mean(), outcome - outcome.mean()
    explains = float(x @ x)
    slope = float(x @ y) / explains if explains > 0 else 0.0
    rest = y - slope * x
    return float(rest @ rest)
