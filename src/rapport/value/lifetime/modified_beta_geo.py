"""The MBG/NBD model: customers may leave right after any purchase, also the first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._histories import Covariates, Histories
from rapport.value.lifetime._jet import (
    Array,
    Jet,
    Value,
    log,
    log_beta,
    log_gamma,
    log_one_plus_exp,
)
from rapport.value.lifetime._special import negative_binomial, purchases_while_alive
from rapport.value.lifetime.beta_geo import BetaGeo


class ModifiedBetaGeo(BetaGeo):
    """MBG/NBD (Batislam, Denizel & Filiztekin 2007; Hoppe & Wagner 2007).

    As BG/NBD, but a customer may also leave right after the first purchase, so that those who
    never came back are not counted as active for ever.

    Examples
    --------
    >>> model = ModifiedBetaGeo().with_parameters(
    ...     {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    ... )
    >>> round(float(model.probability_alive(frequency=0, recency=0, age=39)), 3)
    0.389
    """

    starts = ((0.5, 0.5, 0.9, 1.6), (1.5, 1.0, 0.3, 2.0), (0.2, 0.1, 2.0, 2.0))

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        # Batislam et al. (2007), eq. 5, with the larger of its two terms taken out
        r, alpha, a, b = parameters
        x = histories.frequency
        alive, since = log(alpha + histories.age), log(alpha + histories.recency)
        buying = log_gamma(r + x) - log_gamma(r) + r * log(alpha) - (r + x) * alive
        staying = log_beta(a, b + (x + 1)) - log_beta(a, b)
        left = log(a) - log(b + x) + (r + x) * (alive - since)
        return buying + staying + log_one_plus_exp(left)

    def _stayed(self, b: Value, frequency: Array) -> Array:
        return np.asarray(b + frequency + 1)

    def _purchases_until_leaving(
        self, a: Value, b: Value, size: int, rng: np.random.Generator
    ) -> Array:
        return super()._purchases_until_leaving(a, b, size, rng) - 1

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the chance that each customer is still active at the end of observation."""
        (r, alpha, a, b), h = self._at(frequency, recency, age, covariates)
        growth = (r + h.frequency) * (np.log(alpha + h.age) - np.log(alpha + h.recency))
        return np.asarray(special.expit(np.log(b + h.frequency) - np.log(a) - growth))

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the repeat purchases of a new customer in the first `t`."""
        r, alpha, a, b = self._for_new(covariates)
        return b / (a + b) * purchases_while_alive(t, r, alpha, a, b + 1)

    def probability_of_purchases(
        self, n: npt.ArrayLike, t: npt.ArrayLike, covariates: Covariates = None
    ) -> Array:
        """Return the chance that a new customer makes n repeat purchases in the first t."""
        r, alpha, a, b = self._for_new(covariates)
        x, t = np.asarray(n, np.float64), np.asarray(t, np.float64)
        share = t / (alpha + t)
        stays = np.exp(special.betaln(a, b + x + 1) - special.betaln(a, b))
        leaves = np.exp(special.betaln(a + 1, b + x) - special.betaln(a, b))
        reaches = np.where(x > 0, special.betainc(np.maximum(x, 1.0), r, share), 1.0)
        return np.asarray(stays * negative_binomial(x, r, share) + leaves * reaches)
