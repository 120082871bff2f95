"""What today's customers are worth: the money they will bring, discounted, with its range.

Customers enter as cells: all who share one history (frequency, recency, age) and one number of
repeat purchases with a value. The work then grows with the number of histories, not of people.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS, Estimate, Grade
from rapport.value.lifetime import GammaGamma, RepeatBuying
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
    """Something that is expected of one customer of each cell, and what it hangs on.

    Parameters
    ----------
    expected
        The expectation for one customer of each cell.
    elasticities
        Shape (parameters, cells): change of log `expected` with each parameter of the purchase
        model on the scale of estimation (the logarithm of a positive parameter).
    """

    expected: Array
    elasticities: Array

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Outlook:
        """Return it for some of the cells."""
        return Outlook(self.expected[chosen], self.elasticities[:, chosen])


def discounting(yearly_rate: float, horizon: float) -> Discounting:
    """Return how money within `horizon` days is discounted: by the quarter, from its middle."""
    return Discounting(rate_per_step(yearly_rate, YEAR), horizon, step=QUARTER)


def outlook(model: RepeatBuying, quantity: Callable[[RepeatBuying], Array]) -> Outlook:
    """Return a quantity for each cell and how it depends on the parameters.

    `quantity` takes a model and returns one number a cell; the dependence is by finite differences.
    """
    base = np.asarray(quantity(model), dtype=float)
    slopes = np.zeros((len(model.params_), len(base)))
    for row, name in enumerate(model.params_):
        moved = model.with_parameters(
            {**model.params_, name: model.params_[name] * math.exp(_STEP)}
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.asarray(quantity(moved), dtype=float) / base
        slopes[row] = np.log(np.where(base > 0, ratio, 1.0)) / _STEP
    return Outlook(base, slopes)


def purchases_outlook(
    model: RepeatBuying, cells: Cells, horizon: float, yearly_rate: float
) -> Outlook:
    """Return the discounted purchases of each cell within `horizon` days."""
    terms = discounting(yearly_rate, horizon)
    customers = Customers(cells.frequency, cells.recency, cells.age)
    return outlook(model, lambda moved: discounted_purchases(moved, customers, terms))


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
    missed_by
        By how much the model missed purchases that it had not seen: log(expected / actual).
        Totals are as uncertain as that, besides.
    """

    buying: Array
    spending: Array
    missed_by: float

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
        return cls(buying, spending, missed_by)

    @property
    def miss(self) -> Array:
        """Draws of the logarithm of a total's error, as large as the model missed the holdout."""
        return abs(self.missed_by) * np.random.default_rng(3).standard_normal(DRAWS)


def worth(cells: Cells, seen: Outlook, spend: GammaGamma, chances: Chances, unit: str) -> Estimate:
    """Return what the customers of these cells will bring, discounted, in the unit of `spend`.

    Each customer's discounted purchases times the expected value of a purchase (Fader, Hardie &
    Lee 2005, "RFM and CLV", eq. 5). The range holds the uncertainty of both models' parameters
    (the purchase model's to first order on the logarithmic scale) and how far the purchase model
    missed on a holdout.

    Examples
    --------
    >>> from rapport.value.lifetime import BetaGeo
    >>> buying = BetaGeo().with_parameters({"r": 0.24, "alpha": 31.0, "a": 0.8, "b": 2.4})
    >>> spending = GammaGamma().with_parameters({"p": 6.25, "q": 3.74, "v": 15.44})
    >>> cells = Cells(*(np.array([v]) for v in (2.0, 210.0, 273.0, 2.0, 100.0, 2235.0)))
    >>> sure = Chances(np.zeros((DRAWS, 4)), np.tile([6.25, 3.74, 15.44], (DRAWS, 1)), 0.0)
    >>> print(worth(cells, purchases_outlook(buying, cells, 365, 0.1), spending, sure, "EUR"))
    €3,611
    """
    if not len(cells):
        return Estimate.exact(0.0, unit, grade=Grade.MODEL)
    times, starts = np.unique(cells.valued, return_inverse=True)
    buyers = np.bincount(starts, cells.people * seen.expected).astype(float)
    means = np.bincount(starts, cells.mean_sum * seen.expected).astype(float)
    fitted = np.array([[spend.params_[name] for name in ("p", "q", "v")]])
    value = float(_money(fitted, times, buyers, means)[0])
    if value <= 0:
        return Estimate.exact(0.0, unit, grade=Grade.MODEL)
    weight = _own_worth(cells, seen, spend)
    slope = seen.elasticities @ (weight / weight.sum())
    drawn = _money(chances.spending, times, buyers, means)
    drawn = drawn * np.exp(chances.buying @ slope + chances.miss)
    return Estimate.from_draws(drawn, unit, value=value).based_on(people=int(cells.people.sum()))


def people_total(
    cells: Cells,
    seen: Outlook,
    chances: Chances,
    unit: str,
    *,
    variance: Array | None = None,
    foretold: bool = True,
) -> Estimate:
    """Return the sum over people of something expected of each.

    Parameters
    ----------
    variance
        Of one person of each cell around the expectation; it makes the range one of what will
        happen, not only of its expectation.
    foretold
        Whether the sum lies in the future, so that the miss on the holdout counts.
    """
    weight = cells.people * seen.expected
    value = float(weight.sum())
    if value <= 0:
        return Estimate.exact(0.0, unit, grade=Grade.MODEL)
    logarithm = chances.buying @ (seen.elasticities @ (weight / value))
    if foretold:
        logarithm = logarithm + chances.miss
    drawn = value * np.exp(logarithm)
    if variance is not None:
        noise = np.random.default_rng(4).standard_normal(DRAWS)
        drawn = drawn + math.sqrt(float(cells.people @ variance)) * noise
    return Estimate.from_draws(np.maximum(drawn, 0.0), unit, value=value)


def purchase_variance(model: RepeatBuying, cells: Cells, expected: Array, alive: Array) -> Array:
    """Return the variance of one customer's purchases around their expectation.

    Given a rate, purchases are Poisson; the rate is Gamma with shape r + x given x purchases; and
    the customer may be gone: E + E² / (r + x) + E² (1 - P) / P, with P the chance of being active.
    """
    shape = model.params_["r"] + cells.frequency
    gone = np.divide(1 - alive, alive, out=np.zeros(len(alive)), where=alive > 1e-12)
    return np.asarray(expected + expected**2 * (1 / shape + gone))


def mean_spend(spend: GammaGamma, chances: Chances, unit: str) -> Estimate:
    """Return the mean value of a purchase over all customers, p v / (q - 1)."""
    p, q, v = chances.spending.T
    drawn = p * v / np.maximum(q - 1, 1e-9)
    return Estimate.from_draws(drawn, unit, value=spend.population_mean_)


def new_customer(
    model: RepeatBuying, horizon: float, yearly_rate: float, chances: Chances
) -> Estimate:
    """Return the discounted repeat purchases of somebody who has just bought for the first time."""
    terms = discounting(yearly_rate, horizon)

    def later(moved: RepeatBuying) -> Array:
        expected = np.asarray(moved.expected_purchases_new(np.append(0.0, terms.ends)))
        return np.array([float(np.diff(expected) @ terms.factors)])

    one = Cells(*(np.ones(1) for _ in range(6)))
    return people_total(one, outlook(model, later), chances, "purchases")


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
    return np.asarray(np.sqrt(buying + spending + chances.missed_by**2))


def expected_spend(spend: GammaGamma, valued: Array, mean: Array) -> Array:
    """Return the expected value of a customer's next purchase (Fader, Hardie & Lee 2005, eq. 5)."""
    p, q, v = (spend.params_[name] for name in ("p", "q", "v"))
    return np.asarray(p * (v + valued * mean) / (p * valued + q - 1))


def _own_worth(cells: Cells, seen: Outlook, spend: GammaGamma) -> Array:
    mean = np.divide(cells.mean_sum, cells.people, out=np.zeros(len(cells)), where=cells.people > 0)
    return cells.people * seen.expected * expected_spend(spend, cells.valued, mean)


def _money(parameters: Array, times: Array, buyers: Array, means: Array) -> Array:
    """Return the total for each row (p, q, v), from sums over customers by number of purchases."""
    p, q, v = parameters.T[:, :, None]
    spend = p * (v * buyers + times * means) / np.maximum(p * times + q - 1, 1e-9)
    return np.asarray(spend.sum(axis=1))
