"""The BG/NBD model: customers may leave right after any repeat purchase."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.errors import Fault, Problem, nearest
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
from rapport.value.lifetime._newton import Meaning
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime._special import (
    by_distinct,
    negative_binomial,
    purchases_while_alive,
)

GEOMETRIC_MEANINGS = (
    Meaning("everybody buys at the same rate.", "almost nobody buys again, a few buy a lot."),
    Meaning("everybody buys at the same rate.", "the first purchases follow at once."),
    Meaning(
        "everybody leaves with the same chance after a purchase.",
        "hardly anybody leaves, or some leave at once and the others never.",
    ),
    Meaning(
        "everybody leaves with the same chance, or hardly anybody leaves: these data cannot tell.",
        "some leave at once and the others never.",
    ),
)


DropoutEffect: TypeAlias = Literal["a", "shared", "separate"]
DROPOUT_EFFECTS: dict[str, dict[str, dict[str, float]]] = {
    "a": {"dropout": {"a": 1.0}},
    "shared": {"dropout": {"a": 1.0, "b": 1.0}},
    "separate": {"dropout_a": {"a": 1.0}, "dropout_b": {"b": 1.0}},
}


class BetaGeo(RepeatBuying):
    """BG/NBD (Fader, Hardie & Lee 2005, "Counting Your Customers the Easy Way").

    While active, a customer buys at random with rate λ ~ Gamma(r, alpha); after each repeat
    purchase they leave with chance p ~ Beta(a, b).

    With covariates z, the coefficient `purchase:z` γ makes alpha·exp(-γ'z), positive where
    people buy faster. On leaving, see `dropout_effect`.

    Parameters
    ----------
    regularity
        The regularity of the times between purchases (see `regularity`), where known: buyers
        more regular than chance (1) earn a caution, for grouped counts cannot show it.
    dropout_effect
        What covariates do to leaving. `"a"`: a·exp(δ'z), so that `dropout:z` is positive where
        people leave sooner. `"shared"`: a and b times exp(δ'z), as CLVTools has it, which
        leaves the mean chance of leaving alone. `"separate"`: a·exp(δ'z) and b·exp(ε'z), named
        `dropout_a:z` and `dropout_b:z` (Fader & Hardie 2007, note 019; PyMC-Marketing), which
        asks much of the data.

    Examples
    --------
    >>> model = BetaGeo().with_parameters({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    >>> round(float(model.expected_purchases(39, frequency=2, recency=30.43, age=38.86)), 3)
    1.226
    """

    parameter_names = ("r", "alpha", "a", "b")
    meanings = GEOMETRIC_MEANINGS
    starts = ((0.5, 0.5, 0.8, 2.4), (1.5, 1.0, 0.3, 3.0), (0.2, 0.1, 2.0, 2.0))

    def __init__(
        self, regularity: float | None = None, dropout_effect: DropoutEffect = "a"
    ) -> None:
        super().__init__(regularity)
        self.dropout_effect = dropout_effect

    @property
    def effects(self) -> dict[str, dict[str, float]]:
        """What covariates move: the coefficient's prefix, and the sign for each parameter."""
        if self.dropout_effect not in DROPOUT_EFFECTS:
            allowed = nearest(str(self.dropout_effect), list(DROPOUT_EFFECTS))
            fault = Fault(f"{self.dropout_effect!r} is not a dropout effect.", hint=allowed)
            raise Problem("The model was not fitted.", [fault])
        return {"purchase": {"alpha": -1.0}} | DROPOUT_EFFECTS[self.dropout_effect]

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        # Fader, Hardie & Lee (2005), eq. 6, with the larger of its two terms taken out
        r, alpha, a, b = parameters
        x = histories.frequency
        alive, since = log(alpha + histories.age), log(alpha + histories.recency)
        buying = log_gamma(r + x) - log_gamma(r) + r * log(alpha) - (r + x) * alive
        staying = log_beta(a, b + x) - log_beta(a, b)
        left = log(a) - log(b + (np.maximum(x, 1.0) - 1.0)) + (r + x) * (alive - since)
        return buying + staying + log_one_plus_exp(left + np.where(x > 0, 0.0, -np.inf))

    def _draw_new(
        self, parameters: list[Value], age: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        r, alpha, a, b = parameters
        leaves_after = self._purchases_until_leaving(a, b, len(age), rng)
        return first_of_poisson(r, alpha, age, leaves_after, rng)

    def _draw_future(
        self,
        horizon: float,
        parameters: list[Value],
        histories: Histories,
        rng: np.random.Generator,
    ) -> Array:
        r, alpha, a, b = parameters
        shape = np.shape(histories.age)
        x = histories.frequency
        rates = rng.gamma(r + x, 1.0, shape) / (alpha + histories.age)
        chance = rng.beta(a, self._stayed(b, x), shape)
        leaves_after = rng.geometric(np.maximum(chance, 1e-18), shape)
        return np.minimum(rng.poisson(rates * horizon), leaves_after).astype(np.float64)

    def _stayed(self, b: Value, frequency: Array) -> Array:
        """Return b plus the occasions on which a customer who is still active did not leave."""
        return np.asarray(b + frequency)

    def _purchases_until_leaving(
        self, a: Value, b: Value, size: int, rng: np.random.Generator
    ) -> Array:
        chance = rng.beta(a, b, size)
        return rng.geometric(np.maximum(chance, 1e-18)).astype(np.float64)

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
        stayed = self._stayed(b, h.frequency)
        return alive * by_distinct(
            partial(purchases_while_alive, horizon), r + h.frequency, alpha + h.age, a, stayed
        )

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


def first_of_poisson(
    r: Value, alpha: Value, age: Array, most: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return the number of purchases at random moments, at most `most`, and the last one's time.

    The j-th of n moments that fall at random in [0, T] is T·Beta(j, n + 1 - j).
    """
    rates = rng.gamma(r, 1.0, len(age)) / alpha
    possible = rng.poisson(rates * age).astype(np.float64)
    made = np.minimum(possible, most)
    last = rng.beta(np.maximum(made, 1.0), np.maximum(possible, 1.0) + 1 - np.maximum(made, 1.0))
    return made, np.where(made > 0, age * last, 0.0)
