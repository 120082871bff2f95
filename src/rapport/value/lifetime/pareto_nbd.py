"""The Pareto/NBD model: customers may leave at any moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._histories import Covariates, Histories
from rapport.value.lifetime._jet import (
    Array,
    Jet,
    Value,
    chain_many,
    log,
    log_gamma,
    log_one_plus_exp,
)
from rapport.value.lifetime._newton import Meaning
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime._special import (
    discounted_lifetime,
    negative_binomial,
    relative_decline,
)

# Gauss-Legendre nodes on [0, 1]: for the integrals over the moment of leaving.
NODES, WEIGHTS = (v / 2 for v in np.polynomial.legendre.leggauss(32))
NODES, LOG_WEIGHTS = NODES + 0.5, np.log(WEIGHTS)
FINE_NODES, FINE_WEIGHTS = (v / 2 for v in np.polynomial.legendre.leggauss(128))
FINE_NODES = FINE_NODES + 0.5
# Beyond this fall of the logarithm, an integrand no longer counts.
NEGLIGIBLE = 60.0


class ParetoNBD(RepeatBuying):
    """Pareto/NBD (Schmittlein, Morrison & Colombo 1987; Fader & Hardie 2005, note 009).

    While active, a customer buys at random with rate λ ~ Gamma(r, alpha), and leaves at random
    with rate μ ~ Gamma(s, beta).

    With covariates z (Fader & Hardie 2007, note 019): alpha·exp(-γ'z) and beta·exp(-δ'z); the
    coefficients are named `purchase:z` and `dropout:z`, positive where they speed things up.

    Examples
    --------
    >>> model = ParetoNBD().with_parameters(
    ...     {"r": 0.5532, "alpha": 10.5776, "s": 0.6062, "beta": 11.6679}
    ... )
    >>> round(float(model.expected_purchases(52, frequency=26, recency=30.86, age=31)), 2)
    25.46
    """

    parameter_names = ("r", "alpha", "s", "beta")
    meanings = (
        Meaning("everybody buys at the same rate.", "almost nobody buys again, a few buy a lot."),
        Meaning("everybody buys at the same rate.", "the first purchases follow at once."),
        Meaning(
            "everybody leaves at the same rate.",
            "hardly anybody leaves, so that leaving cannot be learnt from these data.",
        ),
        Meaning(
            "hardly anybody leaves, or all at the same rate: these data cannot tell.",
            "many leave at once and the others stay for ever.",
        ),
    )
    time_parameters = ("alpha", "beta")
    terms = 256
    starts = ((0.5, 0.5, 0.6, 0.5), (1.5, 1.0, 0.5, 1.5), (0.3, 0.2, 1.5, 3.0))

    @property
    def effects(self) -> dict[str, dict[str, float]]:
        """What covariates move: the coefficient's prefix, and the sign for each parameter."""
        return {"purchase": {"alpha": -1.0}, "dropout": {"beta": -1.0}}

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        # the mixture over the moment of leaving, without the 2F1 that cancels for alpha < beta
        r, alpha, s, beta = parameters
        x, age = histories.frequency, histories.age
        unseen = (r + x) * log(alpha + age) + s * log(beta + age)
        buying = log_gamma(r + x) - log_gamma(r) + r * log(alpha) + s * log(beta)
        left = log(s) + log_left_before_end(r + x, alpha, s, beta, histories) + unseen
        return buying - unseen + log_one_plus_exp(left)

    def _draw_new(
        self, parameters: list[Value], age: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        r, alpha, s, beta = parameters
        leaving = rng.exponential(1.0, len(age)) * beta / rng.gamma(s, 1.0, len(age))
        active = np.minimum(age, leaving)
        made = rng.poisson(rng.gamma(r, 1.0, len(age)) / alpha * active).astype(np.float64)
        last = active * rng.beta(np.maximum(made, 1.0), 1.0)
        return made, np.where(made > 0, last, 0.0)

    def _draw_future(
        self,
        horizon: float,
        parameters: list[Value],
        histories: Histories,
        rng: np.random.Generator,
    ) -> Array:
        r, alpha, s, beta = parameters
        shape = np.shape(histories.age)
        rates = rng.gamma(r + histories.frequency, 1.0, shape) / (alpha + histories.age)
        dropouts = np.maximum(rng.gamma(s, 1.0, shape), 1e-300) / (beta + histories.age)
        active = np.minimum(horizon, rng.exponential(1.0, shape) / dropouts)
        return np.asarray(rng.poisson(rates * active), dtype=np.float64)

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the chance that each customer is still active at the end of observation."""
        parameters, h = self._at(frequency, recency, age, covariates)
        r, alpha, s, beta = parameters
        integral = log_left_before_end(Jet(r + h.frequency), Jet(alpha), Jet(s), Jet(beta), h).value
        unseen = (r + h.frequency) * np.log(alpha + h.age) + s * np.log(beta + h.age)
        return np.asarray(special.expit(-(np.log(s) + integral + unseen)))

    def expected_purchases(
        self,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the purchases each customer is expected to make in the next `horizon`.

        Fader & Hardie (2005, note 009), eq. 41.
        """
        (r, alpha, s, beta), h = self._at(frequency, recency, age, covariates)
        alive = self.probability_alive(frequency, recency, age, covariates)
        time = relative_decline(horizon, s, beta + h.age)
        return alive * (r + h.frequency) / (alpha + h.age) * time

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the repeat purchases of a new customer in the first `t` (note 009, eq. 17)."""
        r, alpha, s, beta = self._for_new(covariates)
        return np.asarray(r / alpha * relative_decline(t, s, beta))

    def expected_discounted_purchases(
        self,
        rate: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return DERT: all future purchases, discounted continuously at `rate` a unit of time.

        Fader, Hardie & Lee (2005, "RFM and CLV"), eq. 2. Their confluent hypergeometric
        function is e^z E_s(z) with z = rate·(beta + age), computed as an integral.
        """
        (r, alpha, s, beta), h = self._at(frequency, recency, age, covariates)
        alive = self.probability_alive(frequency, recency, age, covariates)
        time = discounted_lifetime(rate, s, beta + h.age)
        return alive * (r + h.frequency) / (alpha + h.age) * time

    def probability_of_purchases(
        self, n: npt.ArrayLike, t: npt.ArrayLike, covariates: Covariates = None
    ) -> Array:
        """Return the chance that a new customer makes n repeat purchases in the first t.

        Fader & Hardie (2006, note 012), as the integral over the moment of leaving.
        """
        r, alpha, s, beta = (np.asarray(v)[..., None] for v in self._for_new(covariates))
        x, t = (np.asarray(v, np.float64)[..., None] for v in (n, t))
        near = np.minimum(alpha, beta)
        width = np.log1p(t / near)
        moment = near * np.expm1(width * FINE_NODES)
        density = (
            special.gammaln(r + x) - special.gammaln(r) - special.gammaln(x + 1)
            + r * np.log(alpha) + special.xlogy(x, moment) - (r + x) * np.log(alpha + moment)
            + np.log(s) + s * np.log(beta) - (s + 1) * np.log(beta + moment)
        )  # fmt: skip
        leaves = np.sum(np.exp(density) * width * (near + moment) * FINE_WEIGHTS, axis=-1)
        stays = negative_binomial(x, r, t / (alpha + t)) * (beta / (beta + t)) ** s
        return np.asarray(stays[..., 0] + leaves)


def log_left_before_end(shape: Jet, alpha: Jet, s: Jet, beta: Jet, histories: Histories) -> Jet:
    """Return log of ∫ (alpha + τ)^-shape (beta + τ)^-(s+1) dτ from recency to age.

    By Gauss-Legendre quadrature in log(min(alpha, beta) + τ), where the integrand is smooth;
    the interval ends where the integrand has become negligible.
    """
    n, m, k, q = (np.asarray(j.value)[..., None] for j in (shape, alpha, s, beta))
    begin = np.asarray(histories.recency)[..., None]
    end = np.minimum(
        np.asarray(histories.age)[..., None],
        np.minimum(_fallen(begin, n, m), _fallen(begin, k + 1, q)),
    )
    near, far = np.minimum(m, q), np.maximum(m, q)
    width = np.log1p((end - begin) / (near + begin))
    log_near = np.log(near + begin) + width * NODES
    from_near = np.exp(log_near)
    from_far = from_near + (far - near)
    log_far = np.log(from_far)
    if np.ndim(m) == 1 and np.ndim(q) == 1:
        log_m, log_q = (log_near, log_far) if m <= q else (log_far, log_near)
        from_m, from_q = (from_near, from_far) if m <= q else (from_far, from_near)
    else:
        log_m, log_q = np.where(m <= q, log_near, log_far), np.where(m <= q, log_far, log_near)
        from_m, from_q = (
            np.where(m <= q, from_near, from_far),
            np.where(m <= q, from_far, from_near),
        )
    logs = LOG_WEIGHTS - n * log_m - (k + 1) * log_q + log_near
    peak = logs.max(axis=-1)
    share = np.exp(logs - peak[..., None])
    total = share.sum(axis=-1)
    with np.errstate(divide="ignore"):
        value = np.log(width[..., 0]) + peak + np.log(total)
    if not any(j.first for j in (shape, alpha, s, beta)):
        return Jet(value)
    share /= total[..., None]
    # derivatives of the log integrand by shape, alpha, s, beta, and by pairs of them
    per_m, per_q = 1 / from_m, 1 / from_q
    slopes = [-log_m, -n * per_m, -log_q, -(k + 1) * per_q]
    own = {
        (0, 1): -per_m,
        (1, 1): n * per_m**2,
        (2, 3): -per_q,
        (3, 3): (k + 1) * per_q**2,
    }
    means: list[Value] = [_mean(share, slope) for slope in slopes]
    bends: dict[tuple[int, int], Value] = {}
    for i in range(4):
        for j in range(i, 4):
            second = np.einsum("...j,...j,...j->...", share, slopes[i], slopes[j])
            bends[i, j] = second - means[i] * means[j]
            if (i, j) in own:
                bends[i, j] = bends[i, j] + _mean(share, own[i, j])
    return chain_many([shape, alpha, s, beta], value, means, bends)


def _fallen(begin: Array, power: Array, offset: Array) -> Array:
    """Return the moment when (offset + τ)^-power has become negligible."""
    return np.asarray((offset + begin) * np.exp(np.minimum(NEGLIGIBLE / power, 300.0)) - offset)


def _mean(share: Array, values: Array) -> Array:
    return np.asarray(np.einsum("...j,...j->...", share, values))
