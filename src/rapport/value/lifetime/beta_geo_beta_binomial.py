"""The BG/BB model: at most one purchase in each period, such as a yearly donation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._columns import HISTORY_CHECKS, WHOLE_PERIODS
from rapport.value.lifetime._histories import Covariates, Histories
from rapport.value.lifetime._jet import Array, Jet, Value, log_beta, log_sum_exp
from rapport.value.lifetime._newton import Meaning
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime._special import remaining_periods


class BetaGeoBetaBinomial(RepeatBuying):
    """BG/BB (Fader, Hardie & Shang 2010, "Customer-Base Analysis in a Discrete-Time Setting").

    In each period an active customer buys with chance p ~ Beta(alpha, beta); at the beginning
    of each period they leave for good with chance θ ~ Beta(gamma, delta). `recency` is the
    period of the last purchase (0: none), `age` the number of periods observed.

    Examples
    --------
    >>> model = BetaGeoBetaBinomial().with_parameters(
    ...     {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    ... )
    >>> round(float(model.expected_purchases(5, frequency=6, recency=6, age=6)), 2)
    3.75
    """

    parameter_names = ("alpha", "beta", "gamma", "delta")
    checks = (*HISTORY_CHECKS, *WHOLE_PERIODS)
    meanings = (
        Meaning("all active customers buy with the same chance.", "hardly anybody buys."),
        Meaning("hardly anybody buys.", "active customers buy in every period."),
        Meaning(
            "all customers leave with the same chance.",
            "hardly anybody leaves, so that leaving cannot be learnt from these data.",
        ),
        Meaning(
            "hardly anybody leaves, so that leaving cannot be learnt from these data.",
            "many leave before the first period, the others stay for ever.",
        ),
    )
    time_parameters = ()
    starts = ((1.0, 1.0, 0.7, 2.5), (2.0, 1.0, 0.3, 3.0), (0.5, 2.0, 1.5, 1.5))

    def _terms(self, histories: Histories) -> int:
        return 4 * int(np.max(histories.age) + 2)

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        # Fader, Hardie & Shang (2010), eq. 5: a sum over the last period active, `until`
        alpha, beta, gamma, delta = parameters
        x = np.asarray(histories.frequency)[..., None]
        last = np.asarray(histories.recency)[..., None]
        n = np.asarray(histories.age)[..., None]
        until = np.minimum(np.maximum(np.arange(np.max(n) + 1), last), n)
        stays = np.where(until < n, 1.0, 0.0)
        terms = log_beta(alpha + x, beta + (until - x)) + log_beta(gamma + stays, delta + until)
        keep = (np.arange(np.max(n) + 1) >= last) & (np.arange(np.max(n) + 1) <= n)
        return log_sum_exp(terms, keep) - log_beta(alpha, beta) - log_beta(gamma, delta)

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the chance that each customer was active in the last period observed.

        Times (delta + age) / (gamma + delta + age), see `retention_rate`, it is the chance of
        being active in the next period, which the paper prints (eq. 11).
        """
        (alpha, beta, gamma, delta), h = self._at(frequency, recency, age, covariates)
        x, n = h.frequency, h.age
        alive = (
            special.betaln(alpha + x, beta + n - x) - special.betaln(alpha, beta)
            + special.betaln(gamma, delta + n) - special.betaln(gamma, delta)
        )  # fmt: skip
        return np.asarray(np.exp(np.minimum(alive - self.log_likelihood(x, h.recency, n), 0.0)))

    def retention_rate(self, age: npt.ArrayLike) -> Array:
        """Return the chance that a customer active through `age` periods is active in the next."""
        gamma, delta = (self._for_new(None))[2:]
        n = np.asarray(age, np.float64)
        return np.asarray((delta + n) / (gamma + delta + n))

    def survival(self, t: npt.ArrayLike) -> Array:
        """Return the share of new customers who are still active after t periods."""
        gamma, delta = (self._for_new(None))[2:]
        t = np.asarray(t, np.float64)
        return np.asarray(np.exp(special.betaln(gamma, delta + t) - special.betaln(gamma, delta)))

    def expected_purchases(
        self,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the purchases each customer is expected to make in the next `horizon` periods.

        Fader, Hardie & Shang (2010), eq. 13.
        """
        (alpha, beta, gamma, delta), h = self._at(frequency, recency, age, covariates)
        alive = self.probability_alive(frequency, recency, age, covariates)
        buys = (alpha + h.frequency) / (alpha + beta + h.age)
        return alive * buys * remaining_periods(horizon, gamma, delta + h.age)

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the purchases expected of a new customer in the first t periods (eq. 8)."""
        alpha, beta, gamma, delta = self._for_new(covariates)
        return np.asarray(alpha / (alpha + beta) * remaining_periods(t, gamma, delta))

    def expected_discounted_purchases(
        self,
        rate: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return DERT: all future purchases, discounted at `rate` a period to today (eq. 14).

        The next period's purchase is discounted once.
        """
        (alpha, beta, gamma, delta), h = self._at(frequency, recency, age, covariates)
        alive = self.probability_alive(frequency, recency, age, covariates)
        buys = (alpha + h.frequency) / (alpha + beta + h.age)
        d, factor = delta + h.age, 1 / (1 + rate)
        series = special.hyp2f1(1, d + 1, gamma + d + 1, factor)
        return np.asarray(alive * buys * d / (gamma + d) * factor * series)

    def probability_of_purchases(
        self, n: npt.ArrayLike, t: npt.ArrayLike, covariates: Covariates = None
    ) -> Array:
        """Return the chance that a new customer makes n purchases in t periods (eq. 7)."""
        alpha, beta, gamma, delta = self._for_new(covariates)
        x, periods = (np.asarray(v, np.float64)[..., None] for v in (n, t))
        until = np.arange(np.max(periods) + 1)
        keep = (until >= x) & (until <= periods)
        until = np.clip(until, x, np.maximum(periods, x))
        logs = (
            _log_choose(until, x)
            + special.betaln(alpha + x, beta + until - x) - special.betaln(alpha, beta)
            + special.betaln(gamma + (until < periods), delta + until)
            - special.betaln(gamma, delta)
        )  # fmt: skip
        return np.asarray(np.sum(np.where(keep, np.exp(logs), 0.0), axis=-1))

    def _draw_new(
        self, parameters: list[Value], age: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        alpha, beta, gamma, delta = parameters
        leaving = np.maximum(rng.beta(gamma, delta, len(age)), 1e-18)
        active = np.minimum(rng.geometric(leaving) - 1.0, age)
        chance = rng.beta(alpha, beta, len(age))
        made, last = np.zeros(len(age)), np.zeros(len(age))
        for period in range(1, int(age.max(initial=0)) + 1):
            buys = (rng.random(len(age)) < chance) & (active >= period)
            made += buys
            last = np.where(buys, period, last)
        return made, last

    def _draw_future(
        self,
        horizon: float,
        parameters: list[Value],
        histories: Histories,
        rng: np.random.Generator,
    ) -> Array:
        alpha, beta, gamma, delta = parameters
        shape, x, n = np.shape(histories.age), histories.frequency, histories.age
        leaving = np.maximum(rng.beta(gamma, delta + n, shape), 1e-18)
        active = np.minimum(rng.geometric(leaving, shape) - 1, int(horizon))
        chance = rng.beta(alpha + x, beta + n - x, shape)
        return np.asarray(rng.binomial(active, chance), dtype=np.float64)


def _log_choose(n: Array, k: Array) -> Array:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))
