"""What today's customers are worth: the money they will bring, discounted, with its range.

Customers enter as cells: all who share one history (frequency, recency, age) and one number of
repeat purchases with a value. The work then grows with the number of histories, not of people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS, Estimate
from rapport.value.lifetime import GammaGamma
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime.customers import Customers
from rapport.value.lifetime.discounting import (
    Discounting,
    discounted_purchases,
    rate_per_step,
)

Array = NDArray[np.float64]

YEAR = 365.25
QUARTER = YEAR / 4
_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Cells:
    """Customers by history; one entry a cell in each array, times in days.

    Parameters
    ----------
    frequency, recency, age
        Repeat buying days; days from first to last purchase; days from first purchase to today.
    valued
        Repeat buying days that have a value (0 where none has).
    people
        Customers in the cell.
    mean_sum
        Sum over those customers of their mean value of a repeat buying day.
    """

    frequency: Array
    recency: Array
    age: Array
    valued: Array
    people: Array
    mean_sum: Array

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Cells:
        """Return some of the cells."""
        return Cells(
            self.frequency[chosen],
            self.recency[chosen],
            self.age[chosen],
            self.valued[chosen],
            self.people[chosen],
            self.mean_sum[chosen],
        )

    def __len__(self) -> int:
        return len(self.frequency)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What each cell's customers will do, from one fitted model.

    Parameters
    ----------
    purchases
        Discounted purchases of one customer of each cell within the horizon.
    elasticities
        Shape (parameters, cells): change of log `purchases` with each parameter on the scale of
        estimation (the logarithm of a positive parameter).
    """

    purchases: Array
    elasticities: Array


def discounting(yearly_rate: float, horizon: float) -> Discounting:
    """Return how money within `horizon` days is discounted: by the quarter, from its middle."""
    return Discounting(rate_per_step(yearly_rate, YEAR), horizon, step=QUARTER)


def outlook(model: RepeatBuying, cells: Cells, horizon: float, yearly_rate: float) -> Outlook:
    """Return the discounted purchases of each cell within `horizon` days.

    With them goes how they depend on the model's parameters, by finite differences.
    """
    terms = discounting(yearly_rate, horizon)
    customers = Customers(cells.frequency, cells.recency, cells.age)
    base = discounted_purchases(model, customers, terms)
    slopes = np.zeros((len(model.params_), len(cells)))
    for row, name in enumerate(model.params_):
        moved = model.with_parameters(
            {**model.params_, name: model.params_[name] * math.exp(_STEP)}
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = discounted_purchases(moved, customers, terms) / base
        slopes[row] = np.where(base > 0, np.log(np.where(base > 0, ratio, 1.0)), 0.0) / _STEP
    return Outlook(base, slopes)


@dataclass(frozen=True)
class Chances:
    """Draws of what the data leave open, shared by every number of one run.

    Parameters
    ----------
    buying
        Shape (DRAWS, parameters): deviations of the purchase model's parameters, on the scale of
        estimation.
    spending
        Shape (DRAWS, 3): draws of p, q and v of the spend model.
    miss
        Shape (DRAWS,): deviations of the logarithm of the total, as large as the model missed on
        purchases that it had not seen.
    """

    buying: Array
    spending: Array
    miss: Array

    @classmethod
    def of(
        cls, model: RepeatBuying, spend: GammaGamma, *, missed_by: float, seed: int = 1
    ) -> Chances:
        """Draw from two fitted models; `missed_by` is log(predicted / actual) on the holdout."""
        names = list(model.params_)
        centre = np.log([model.params_[name] for name in names])
        drawn = model.sample_parameters(DRAWS, seed)
        buying = np.log([[draw[name] for name in names] for draw in drawn]) - centre
        spends = spend.sample_parameters(DRAWS, seed + 1)
        spending = np.array([[draw[name] for name in ("p", "q", "v")] for draw in spends])
        miss = abs(missed_by) * np.random.default_rng(seed + 2).standard_normal(DRAWS)
        return cls(buying, spending, miss)


def worth(cells: Cells, seen: Outlook, spend: GammaGamma, chances: Chances, unit: str) -> Estimate:
    """Return what the customers of these cells will bring, discounted, in the unit of `spend`.

    Each customer's discounted purchases times the expected value of a purchase (Fader, Hardie &
    Lee 2005, "RFM and CLV", eq. 5). The range holds the uncertainty of both models' parameters
    (the purchase model's to first order on the logarithmic scale) and how far the purchase model
    missed on a holdout.

    Examples
    --------
    >>> from rapport.value.lifetime import BetaGeo, GammaGamma
    >>> Cells(*(np.array([v]) for v in (2.0, 30.0, 39.0, 2.0, 100.0, 2235.0))).people.sum()
    np.float64(100.0)
    """
    if not len(cells):
        return Estimate.exact(0.0, unit)
    times, starts = np.unique(cells.valued, return_inverse=True)
    buyers = np.bincount(starts, cells.people * seen.purchases).astype(float)
    means = np.bincount(starts, cells.mean_sum * seen.purchases).astype(float)
    fitted = np.array([[spend.params_[name] for name in ("p", "q", "v")]])
    value = float(_money(fitted, times, buyers, means)[0])
    if value <= 0:
        return Estimate.exact(0.0, unit)
    weight = _own_worth(cells, seen, spend)
    slope = seen.elasticities @ (weight / weight.sum())
    drawn = _money(chances.spending, times, buyers, means)
    drawn = drawn * np.exp(chances.buying @ slope + chances.miss)
    return Estimate.from_draws(drawn, unit, value=value).based_on(people=int(cells.people.sum()))


def relative_errors(seen: Outlook, spend: GammaGamma, chances: Chances, valued: Array) -> Array:
    """Return, for each cell, the relative standard error of one customer's lifetime value."""
    covariance = np.atleast_2d(np.cov(chances.buying, rowvar=False))
    buying = np.einsum("in,ij,jn->n", seen.elasticities, covariance, seen.elasticities)
    times, starts = np.unique(valued, return_inverse=True)
    p, q, v = chances.spending.T[:, :, None]
    typical = spend.population_mean_
    drawn = p * (v + times * typical) / (p * times + q - 1)
    usable = np.all(np.isfinite(drawn) & (drawn > 0), axis=1)
    spending = np.var(np.log(drawn[usable]), axis=0)[starts]
    return np.asarray(np.sqrt(buying + spending + np.var(chances.miss)))


def expected_spend(spend: GammaGamma, valued: Array, mean: Array) -> Array:
    """Return the expected value of a customer's next purchase (Fader, Hardie & Lee 2005, eq. 5)."""
    p, q, v = (spend.params_[name] for name in ("p", "q", "v"))
    return np.asarray(p * (v + valued * mean) / (p * valued + q - 1))


def _own_worth(cells: Cells, seen: Outlook, spend: GammaGamma) -> Array:
    mean = np.divide(cells.mean_sum, cells.people, out=np.zeros(len(cells)), where=cells.people > 0)
    return cells.people * seen.purchases * expected_spend(spend, cells.valued, mean)


def _money(parameters: Array, times: Array, buyers: Array, means: Array) -> Array:
    """Return the total for each row (p, q, v), from sums over customers by number of purchases."""
    p, q, v = parameters.T[:, :, None]
    spend = p * (v * buyers + times * means) / np.maximum(p * times + q - 1, 1e-9)
    return np.asarray(spend.sum(axis=1))
