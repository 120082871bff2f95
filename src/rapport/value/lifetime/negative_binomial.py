"""The NBD model: customers buy at rates of their own and never leave."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from rapport.value.lifetime._histories import Covariates, Histories
from rapport.value.lifetime._jet import Array, Jet, Value, log, log_gamma
from rapport.value.lifetime._newton import Meaning
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime._special import negative_binomial


class NegativeBinomial(RepeatBuying):
    """NBD (Ehrenberg 1959, "The Pattern of Consumer Purchases").

    Customers buy at random with rate λ ~ Gamma(r, alpha) and nobody leaves: what is left of
    BG/NBD and Pareto/NBD where leaving cannot be learnt from the data. It cannot tell who is
    drifting away. Likelihoods compare with those of the other models.

    Examples
    --------
    >>> model = NegativeBinomial().with_parameters({"r": 0.8, "alpha": 69.0})
    >>> round(float(model.expected_purchases(365, frequency=3, recency=200, age=300)), 3)
    3.759
    """

    parameter_names = ("r", "alpha")
    effects: ClassVar[dict[str, dict[str, float]]] = {"purchase": {"alpha": -1.0}}
    meanings = (
        Meaning("everybody buys at the same rate.", "almost nobody buys again, a few buy a lot."),
        Meaning("everybody buys at the same rate.", "the first purchases follow at once."),
    )
    starts = ((0.5, 0.5), (1.5, 1.0), (0.2, 0.1))

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        r, alpha = parameters
        x = histories.frequency
        buying = log_gamma(r + x) - log_gamma(r) + r * log(alpha)
        return buying - (r + x) * log(alpha + histories.age)

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return 1 for everybody: in this model nobody leaves."""
        _, histories = self._at(frequency, recency, age, covariates)
        return np.ones(np.shape(histories.age))

    def expected_purchases(
        self,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the purchases each customer is expected to make in the next `horizon`.

        The posterior mean rate (r + x) / (alpha + T), times the horizon.
        """
        (r, alpha), h = self._at(frequency, recency, age, covariates)
        return np.asarray(np.asarray(horizon) * (r + h.frequency) / (alpha + h.age))

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the repeat purchases of a new customer in the first `t`: t·r / alpha."""
        r, alpha = self._for_new(covariates)
        return np.asarray(np.asarray(t, np.float64) * r / alpha)

    def probability_of_purchases(
        self, n: npt.ArrayLike, t: npt.ArrayLike, covariates: Covariates = None
    ) -> Array:
        """Return the chance that a new customer makes n repeat purchases in the first t."""
        r, alpha = self._for_new(covariates)
        t = np.asarray(t, np.float64)
        return negative_binomial(np.asarray(n, np.float64), r, t / (alpha + t))

    def _draw_new(
        self, parameters: list[Value], age: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        r, alpha = parameters
        purchases = rng.poisson(rng.gamma(r, 1 / alpha, len(age)) * age).astype(np.float64)
        # the last of x moments spread evenly over the time observed
        latest = rng.random(len(age)) ** (1 / np.maximum(purchases, 1.0))
        return purchases, np.where(purchases > 0, latest * age, 0.0)

    def _draw_future(
        self,
        horizon: float,
        parameters: list[Value],
        histories: Histories,
        rng: np.random.Generator,
    ) -> Array:
        r, alpha = parameters
        rates = rng.gamma(r + histories.frequency, 1 / (alpha + histories.age))
        return rng.poisson(rates * horizon).astype(np.float64)
