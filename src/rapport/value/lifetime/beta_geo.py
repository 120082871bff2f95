"""The BG/NBD model: customers may leave right after any repeat purchase."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._jet import Array, Jet, log, log_beta, log_gamma, log_one_plus_exp
from rapport.value.lifetime._newton import Meaning
from rapport.value.lifetime._repeat_buying import Covariates, Histories, RepeatBuying
from rapport.value.lifetime._special import negative_binomial, purchases_while_alive

GEOMETRIC_MEANINGS = (
    Meaning("everybody buys at the same rate.", "almost nobody buys again, a few buy a lot."),
    Meaning("everybody buys at the same rate.", "the first purchases follow at once."),
    Meaning(
        "everybody leaves with the same chance after a purchase.",
        "hardly anybody leaves, so that leaving cannot be learnt from these data.",
    ),
    Meaning(
        "hardly anybody leaves, so that leaving cannot be learnt from these data.",
        "whoever buys again leaves at once.",
    ),
)


class BetaGeo(RepeatBuying):
    """BG/NBD (Fader, Hardie & Lee 2005, "Counting Your Customers the Easy Way").

    While active, a customer buys at random with rate λ ~ Gamma(r, alpha); after each repeat
    purchase they leave with chance p ~ Beta(a, b).

    With covariates z (Fader & Hardie 2007, note 019): alpha·exp(-γ'z), a·exp(γ_a'z) and
    b·exp(γ_b'z); the coefficients are named `purchase:z`, `dropout_a:z`, `dropout_b:z`.

    Examples
    --------
    >>> model = BetaGeo().with_parameters({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    >>> round(float(model.expected_purchases(39, frequency=2, recency=30.43, age=38.86)), 3)
    1.226
    """

    parameter_names = ("r", "alpha", "a", "b")
    effects = (
        ("purchase", {"alpha": -1.0}),
        ("dropout_a", {"a": 1.0}),
        ("dropout_b", {"b": 1.0}),
    )
    meanings = GEOMETRIC_MEANINGS
    starts = ((0.5, 0.5, 0.8, 2.4), (1.5, 1.0, 0.3, 3.0), (0.2, 0.1, 2.0, 2.0))

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        # Fader, Hardie & Lee (2005), eq. 6, with the larger of its two terms taken out
        r, alpha, a, b = parameters
        x = histories.frequency
        alive, since = log(alpha + histories.age), log(alpha + histories.recency)
        buying = log_gamma(r + x) - log_gamma(r) + r * log(alpha) - (r + x) * alive
        staying = log_beta(a, b + x) - log_beta(a, b)
        left = log(a) - log(b + (np.maximum(x, 1.0) - 1.0)) + (r + x) * (alive - since)
        return buying + staying + log_one_plus_exp(left + np.where(x > 0, 0.0, -np.inf))

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the chance that each customer is still active at the end of observation.

        1 without repeat purchases, for customers leave only after one (Fader, Hardie & Lee
        2008, note 021).
        """
        (r, alpha, a, b), h = self._at(frequency, recency, age, covariates)
        x = h.frequency
        growth = (r + x) * (np.log(alpha + h.age) - np.log(alpha + h.recency))
        odds_left = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1.0) + growth
        return np.where(x > 0, special.expit(-odds_left), 1.0)

    def expected_purchases(
        self,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the purchases each customer is expected to make in the next `horizon`.

        Fader, Hardie & Lee (2005), eq. 10, in the Euler-transformed form that holds for any
        number of purchases.
        """
        (r, alpha, a, b), h = self._at(frequency, recency, age, covariates)
        alive = self.probability_alive(frequency, recency, age, covariates)
        rate = alpha + h.age
        return alive * purchases_while_alive(horizon, r + h.frequency, rate, a, b + h.frequency)

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the repeat purchases of a new customer in the first `t` (eq. 9)."""
        r, alpha, a, b = self._for_new(covariates)
        return purchases_while_alive(t, r, alpha, a, b)

    def probability_of_purchases(
        self, n: npt.ArrayLike, t: npt.ArrayLike, covariates: Covariates = None
    ) -> Array:
        """Return the chance that a new customer makes n repeat purchases in the first t (eq. 8)."""
        r, alpha, a, b = self._for_new(covariates)
        x, t = np.asarray(n, np.float64), np.asarray(t, np.float64)
        share = t / (alpha + t)
        stays = np.exp(special.betaln(a, b + x) - special.betaln(a, b))
        before = np.maximum(x, 1.0) - 1.0
        leaves = np.exp(special.betaln(a + 1, b + before) - special.betaln(a, b))
        reaches = special.betainc(np.maximum(x, 1.0), r, share)
        return np.asarray(
            stays * negative_binomial(x, r, share) + np.where(x > 0, leaves * reaches, 0.0)
        )
