"""The Gamma-Gamma model: how much a customer spends on a purchase."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault
from rapport.value.lifetime._columns import (
    POSITIVE_WEIGHT,
    WHOLE_FREQUENCY,
    Check,
    read_columns,
)
from rapport.value.lifetime._jet import Array, log, log_gamma, variables
from rapport.value.lifetime._model import Caution, FittedModel
from rapport.value.lifetime._newton import (
    Derivatives,
    FitError,
    Meaning,
    Optimum,
    check_optimum,
    maximise,
)

RELATED = 0.2
# With more than twice as many rows, a search over this many, drawn at random, finds the start.
PILOT = 8192
NOT_NEGATIVE = Check(
    lambda c: c["monetary_value"] < 0,
    ("monetary_value",),
    "must be 0 or more",
    "It is the mean value of a customer's purchases; set returns aside first.",
)


@dataclass(frozen=True)
class _Spending:
    """People with their purchases and mean spend, and the people by number of purchases."""

    purchases: Array
    mean: Array
    people: Array

    def part(self, rows: npt.NDArray[np.intp]) -> _Spending:
        """Return some of the people."""
        return _Spending(self.purchases[rows], self.mean[rows], self.people[rows])

    @cached_property
    def total(self) -> Array:
        """What each person spent."""
        return np.asarray(self.purchases * self.mean)

    @cached_property
    def people_purchases(self) -> Array:
        """People times purchases, row by row."""
        return np.asarray(self.people * self.purchases)

    @cached_property
    def logs(self) -> tuple[float, float]:
        """Σ purchases·log(total) and Σ log(mean), over people."""
        logs = np.log(self.total)
        mean = logs - np.log(self.purchases)
        return float(self.people_purchases @ logs), float(self.people @ mean)

    @cached_property
    def by_count(self) -> tuple[Array, Array]:
        """The numbers of purchases and how many people made each."""
        if self.purchases.max() < len(self.purchases):
            people = np.bincount(self.purchases.astype(np.intp), self.people)
            made = np.flatnonzero(people)
            return made.astype(np.float64), people[made].astype(np.float64)
        counts, row = np.unique(self.purchases, return_inverse=True)
        return counts, np.bincount(row, self.people).astype(np.float64)


class GammaGamma(FittedModel):
    """Gamma-Gamma model of spend (Fader, Hardie & Lee 2005, "RFM and CLV"; 2013, note 025).

    Each purchase of a customer is Gamma(p, ν), and ν ~ Gamma(q, v) over customers. Spend must
    not depend on how often people buy; `warnings_` says where it does.

    Examples
    --------
    >>> model = GammaGamma().with_parameters({"p": 6.25, "q": 3.74, "v": 15.44})
    >>> model.expected_value([2, 1, 0], [22.35, 11.77, 0.0]).round(2)
    array([24.66, 18.92, 35.22])
    """

    parameter_names = ("p", "q", "v")
    meanings = (
        Meaning("each customer always spends the same amount.", "amounts vary without bound."),
        Meaning("all customers spend alike.", "the mean spend over customers has no bound."),
        Meaning("all customers spend alike.", "the mean spend over customers is zero."),
    )

    def fit(
        self,
        frequency: npt.ArrayLike,
        monetary_value: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit by maximum likelihood and return the model.

        Parameters
        ----------
        frequency
            The purchases that the mean value is over (customarily the repeat purchases).
        monetary_value
            The mean value of those purchases; people with 0 purchases or value are left out.
        weight
            How many people share the row.

        Raises
        ------
        Problem
            When rows cannot be what they should be: all of them at once.
        FitError
            When the data do not determine the parameters.
        """
        self._forget_fit()
        spending = self._read(frequency, monetary_value, weight)
        mean = float(np.average(spending.mean, weights=spending.people))

        starts = [
            np.log([p, q, (q - 1) * mean / p]) for p, q in ((5.0, 3.0), (1.0, 2.0), (30.0, 10.0))
        ]
        if len(spending.people) > 2 * PILOT:
            some = np.random.default_rng(0).choice(len(spending.people), PILOT, replace=False)
            starts = [_search(spending.part(some), starts).point, *starts]
        optimum = _search(spending, starts)
        natural = np.array([0.0, 0.0, np.log(mean)])
        self.covariance_ = check_optimum(optimum, self.parameter_names, natural, self.meanings)
        values = np.exp(optimum.point)
        self.params_ = dict(zip(self.parameter_names, map(float, values), strict=True))
        self.log_likelihood_ = optimum.log_likelihood
        self.n_customers_ = float(spending.people.sum())
        self.converged_ = True
        self.warnings_ += self._cautions(spending)
        return self

    def _read(
        self,
        frequency: npt.ArrayLike,
        monetary_value: npt.ArrayLike,
        weight: npt.ArrayLike | None,
    ) -> _Spending:
        columns = {"frequency": frequency, "monetary_value": monetary_value}
        checks: tuple[Check, ...] = (WHOLE_FREQUENCY, NOT_NEGATIVE)
        if weight is not None:
            columns["weight"] = weight
            checks = (*checks, POSITIVE_WEIGHT)
        values = read_columns(columns, checks)
        people = values.get("weight", np.ones(len(values["frequency"])))
        kept = (values["frequency"] > 0) & (values["monetary_value"] > 0) & (people > 0)
        free = float(people[(values["frequency"] > 0) & ~kept].sum())
        self.warnings_ = []
        if free:
            self.warnings_.append(
                Caution(
                    "free_purchases", f"{free:g} customers bought for nothing and are left out."
                )
            )
        purchases, mean = values["frequency"][kept], values["monetary_value"][kept]
        # looking at a few is enough, nearly always
        different = len(np.unique(mean[:1000]))
        if different < 3 and (different := len(np.unique(mean))) < 3:
            fault = Fault(
                f"{float(people[kept].sum()):g} customers with a repeat purchase and a value show "
                f"{different} different mean values, too few for 3 parameters."
            )
            raise FitError("GammaGamma was not fitted.", [fault])
        return _Spending(purchases, mean, people[kept])

    def _cautions(self, spending: _Spending) -> list[Caution]:
        cautions = []
        related = weighted_correlation(spending.purchases, spending.mean, spending.people)
        if abs(related) > RELATED:
            cautions.append(
                Caution(
                    "spend_depends_on_frequency",
                    "How much people spend goes with how often they buy (correlation "
                    f"{related:.2f}): fit groups of buyers apart, or lifetime value is biased.",
                )
            )
        if self.params_["q"] <= 1:
            cautions.append(
                Caution(
                    "no_mean_spend",
                    "Spend is so uneven that it has no mean (q is not above 1); new customers "
                    "cannot be valued.",
                )
            )
        return cautions

    @property
    def population_mean_(self) -> float:
        """The mean spend on a purchase over all customers, p·v / (q - 1); infinite for q <= 1."""
        self._require_fit()
        p, q, v = (self.params_[name] for name in self.parameter_names)
        return p * v / (q - 1) if q > 1 else float("inf")

    def expected_value(self, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> Array:
        """Return the expected mean spend of each customer on a future purchase.

        The customer's own mean and the population's, weighted by what is known of each (Fader,
        Hardie & Lee 2005, "RFM and CLV", eq. 5); without purchases, the population's mean.
        """
        self._require_fit()
        checks = (WHOLE_FREQUENCY, NOT_NEGATIVE)
        columns = {"frequency": frequency, "monetary_value": monetary_value}
        values = read_columns(columns, checks)
        x, m = values["frequency"], values["monetary_value"]
        p, q, v = (self.params_[name] for name in self.parameter_names)
        with np.errstate(divide="ignore"):
            expected = p * (v + x * m) / (p * x + q - 1)
        expected = np.where(p * x + q > 1, expected, np.inf)
        return expected[0] if np.ndim(frequency) == np.ndim(monetary_value) == 0 else expected


def weighted_correlation(left: Array, right: Array, weight: Array) -> float:
    """Return Pearson's correlation with weights, 0 where one side does not vary."""
    covariance = np.atleast_2d(np.cov(left, right, aweights=weight, ddof=0))
    spread = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
    return float(covariance[0, 1]) / spread if spread > 0 else 0.0


def _search(spending: _Spending, starts: list[Array]) -> Optimum:
    return maximise(
        lambda point: _derivatives(point, spending), starts, float(spending.people.sum())
    )


def _derivatives(point: Array, spending: _Spending) -> Derivatives:
    """Return log-likelihood, gradient and Hessian by log p, log q, log v.

    Gamma functions depend on the number of purchases only; of each person's own spend, only
    log(v + total) is needed, and five weighted sums of it and its derivative.
    """
    w, wx, total = spending.people, spending.people_purchases, spending.total
    p, q, v = np.exp(point)
    jp, jq, jv = variables([float(u) for u in point])
    n, people = spending.by_count
    counted = log_gamma(jp * n + jq) - log_gamma(jp * n) - log_gamma(jq) + jq * log(jv)
    value = float(np.sum(people * counted.value))
    gradient = np.zeros(3)
    hessian = np.zeros((3, 3))
    for i, slope in counted.first.items():
        gradient[i] = np.sum(people * slope)
    for (i, j), bend in counted.second.items():
        hessian[i, j] = hessian[j, i] = np.sum(people * bend)
    # - (p x + q) log(v + total) + p x log(total) - log(mean)
    log_sum, share = np.log(v + total), v / (v + total)
    own = p * (wx @ log_sum), q * (w @ log_sum)
    seen = p * spending.logs[0]
    shared = p * (wx @ share), q * (w @ share)
    bend = wx * p + w * q
    value += seen - sum(own) - spending.logs[1]
    gradient += np.array([seen - own[0], -own[1], -sum(shared)])
    hessian += np.array(
        [
            [seen - own[0], 0.0, -shared[0]],
            [0.0, -own[1], -shared[1]],
            [-shared[0], -shared[1], -(bend @ (share * (1 - share)))],
        ]
    )
    return value, gradient, hessian
