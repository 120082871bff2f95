"""The sBG model: how long customers under contract stay."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import (
    POSITIVE_WEIGHT,
    Check,
    as_floats,
    group_rows,
    read_columns,
)
from rapport.value.lifetime._jet import Array, log_beta, variables
from rapport.value.lifetime._model import Caution, FittedModel
from rapport.value.lifetime._newton import (
    Derivatives,
    FitError,
    Meaning,
    check_optimum,
    maximise,
)
from rapport.value.lifetime._special import remaining_periods

FEW_LOSSES = 50.0
CONTRACT_CHECKS = (
    Check(
        lambda c: (c["periods"] < 0) | (c["periods"] % 1 != 0),
        ("periods",),
        "must be a whole number of contract periods, 0 or more",
    ),
    Check(
        lambda c: (c["churned"] != 0) & (c["churned"] != 1),
        ("churned",),
        "must be true or false",
    ),
    Check(
        lambda c: (c["churned"] == 1) & (c["periods"] < 1),
        ("periods", "churned"),
        "whoever left did so in period 1 or later",
        "Those who do not renew after the first period left in period 1.",
    ),
)


class ShiftedBetaGeometric(FittedModel):
    """Shifted-beta-geometric model (Fader & Hardie 2007, "How to Project Customer Retention").

    At the end of each contract period a customer leaves with chance θ ~ Beta(alpha, beta); the
    retention rate of a cohort rises because those likely to leave do so first.

    Examples
    --------
    >>> model = ShiftedBetaGeometric.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'alpha': 0.668, 'beta': 3.806}
    >>> round(float(model.survival(12)), 3)
    0.378
    """

    parameter_names = ("alpha", "beta")
    meanings = (
        Meaning("all customers leave with the same chance.", "hardly anybody leaves."),
        Meaning(
            "hardly anybody leaves, or all with the same chance.",
            "many leave at once and the others stay for ever.",
        ),
    )

    def fit(
        self, periods: npt.ArrayLike, churned: npt.ArrayLike, weight: npt.ArrayLike | None = None
    ) -> Self:
        """Fit by maximum likelihood and return the model.

        Parameters
        ----------
        periods
            Who left: the period in which they did (1: they never renewed). Who is still there:
            the renewals seen so far.
        churned
            Whether they left.
        weight
            How many people share the row.

        Raises
        ------
        Problem
            When rows break the rules above: all of them at once.
        FitError
            When the data do not determine the parameters, as when nobody left.
        """
        self._forget_fit()
        columns = {"periods": periods, "churned": churned}
        checks: tuple[Check, ...] = CONTRACT_CHECKS
        if weight is not None:
            columns["weight"] = weight
            checks = (*checks, POSITIVE_WEIGHT)
        values = read_columns(columns, checks)
        cells = group_rows(values, values.pop("weight", None))
        t, left, people = cells["periods"], cells["churned"], cells["weight"]
        _refuse_hopeless(t, left, people)

        def derivatives(point: Array) -> Derivatives:
            alpha, beta = variables([float(u) for u in point])
            jet = log_beta(alpha + left, beta + (t - left)) - log_beta(alpha, beta)
            gradient = np.array([np.sum(people * jet.first[i]) for i in range(2)])
            bends = {key: float(np.sum(people * bend)) for key, bend in jet.second.items()}
            hessian = np.array([[bends[0, 0], bends[0, 1]], [bends[0, 1], bends[1, 1]]])
            return float(np.sum(people * jet.value)), gradient, hessian

        starts = [np.log(start) for start in ((1.0, 3.0), (0.5, 0.5), (5.0, 50.0))]
        optimum = maximise(derivatives, starts, float(people.sum()))
        self.covariance_ = check_optimum(optimum, self.parameter_names, np.zeros(2), self.meanings)
        values_ = np.exp(optimum.point)
        self.params_ = dict(zip(self.parameter_names, map(float, values_), strict=True))
        self.log_likelihood_ = optimum.log_likelihood
        self.n_customers_ = float(people.sum())
        self.converged_ = True
        self.warnings_ = self._cautions(float(people @ left), t)
        return self

    @classmethod
    def from_survivors(cls, survivors: npt.ArrayLike) -> Self:
        """Return a model fitted to one cohort: its size, then who is left after each period.

        Raises
        ------
        Problem
            When the series is shorter than three numbers or rises.
        """
        left = as_floats("survivors", survivors)
        faults = []
        if len(left) < 3:
            faults.append(Fault(f"{len(left)} numbers are given; at least 3 are needed."))
        rises = np.flatnonzero(np.diff(left) > 0)
        if len(rises):
            places = ", ".join(str(i + 1) for i in rises)
            faults.append(Fault("A cohort cannot grow.", where=f"survivors, position {places}"))
        if (left < 0).any() or not np.isfinite(left).all():
            faults.append(Fault("Every number must be finite and 0 or more.", where="survivors"))
        if faults:
            raise Problem("The survivors of a cohort could not be read.", faults)
        periods = np.arange(1, len(left))
        return cls().fit(
            np.append(periods, len(left) - 1),
            np.append(np.ones(len(periods)), 0),
            np.append(-np.diff(left), left[-1]),
        )

    def _cautions(self, losses: float, periods: Array) -> list[Caution]:
        cautions = []
        if losses < FEW_LOSSES:
            cautions.append(
                Caution("few_losses", f"Only {losses:g} customers left: ranges are wide.")
            )
        if periods.max() < 3:
            cautions.append(
                Caution("short_history", "Fewer than three periods were seen: retention may rise.")
            )
        if self.params_["alpha"] <= 1:
            cautions.append(
                Caution(
                    "no_mean_tenure",
                    "Some customers hardly ever leave, so that expected tenure has no bound: "
                    "give a horizon or a discount rate.",
                )
            )
        return cautions

    def _shapes(self) -> tuple[float, float]:
        self._require_fit()
        return self.params_["alpha"], self.params_["beta"]

    def survival(self, t: npt.ArrayLike) -> Array:
        """Return the share of a cohort still there after t periods (eq. 6)."""
        alpha, beta = self._shapes()
        t = np.asarray(t, np.float64)
        return np.asarray(np.exp(special.betaln(alpha, beta + t) - special.betaln(alpha, beta)))

    def probability_of_leaving(self, t: npt.ArrayLike) -> Array:
        """Return the share of a cohort that leaves in period t (eq. 5)."""
        alpha, beta = self._shapes()
        t = np.asarray(t, np.float64)
        chance = special.betaln(alpha + 1, beta + t - 1) - special.betaln(alpha, beta)
        return np.where(t >= 1, np.exp(chance), 0.0)

    def retention_rate(self, t: npt.ArrayLike) -> Array:
        """Return the share of those there in period t - 1 who stay through period t (eq. 8)."""
        alpha, beta = self._shapes()
        t = np.asarray(t, np.float64)
        return np.asarray((beta + t - 1) / (alpha + beta + t - 1))

    def expected_tenure(self, renewals: npt.ArrayLike = 0, horizon: float | None = None) -> Array:
        """Return the further periods paid by a customer after so many renewals.

        Counts renewals still to come, within `horizon` periods if given; without, infinite
        where alpha is not above 1.
        """
        alpha, beta = self._shapes()
        n = np.asarray(renewals, np.float64)
        if horizon is not None:
            return remaining_periods(horizon, alpha, beta + n)
        return (beta + n) / (alpha - 1) if alpha > 1 else np.full(np.shape(n), np.inf)[()]

    def discounted_expected_lifetime(self, rate: float) -> float:
        """Return DEL: the periods a new customer will pay, discounted at `rate` a period.

        The first period, paid at once, counts 1 (Fader & Hardie 2010, "Customer-Base Valuation
        in a Contractual Setting", eq. 4).
        """
        alpha, beta = self._shapes()
        return float(special.hyp2f1(1, beta, alpha + beta, 1 / (1 + rate)))

    def discounted_expected_residual_lifetime(self, rate: float, renewals: npt.ArrayLike) -> Array:
        """Return DERL: the periods still to be paid by a customer after so many renewals.

        Just before the next renewal, which is not discounted (Fader & Hardie 2010, eq. 6).
        """
        alpha, beta = self._shapes()
        n = np.asarray(renewals, np.float64)
        stays = (beta + n) / (alpha + beta + n)
        series = special.hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + rate))
        return np.asarray(stays * series)


def _refuse_hopeless(periods: Array, churned: Array, people: Array) -> None:
    faults = []
    losses, total = float(people @ churned), float(people.sum())
    if losses == 0:
        faults.append(
            Fault(
                "Nobody left, so there is nothing to learn about leaving.",
                hint="Wait for the first losses, or give a longer history.",
            )
        )
    elif losses == total and np.all(periods[churned == 1] == 1):
        faults.append(
            Fault("Everybody left in the first period: there is no retention to project.")
        )
    elif len(np.unique(periods)) < 2:
        faults.append(
            Fault(
                "Only one period was seen, too few for 2 parameters.",
                hint="Give at least two periods.",
            )
        )
    if faults:
        raise FitError("ShiftedBetaGeometric was not fitted.", faults)
