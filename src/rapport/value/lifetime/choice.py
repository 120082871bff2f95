"""Choosing between models by how well they foretell what happened next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._columns import Check, read_columns
from rapport.value.lifetime._jet import Array
from rapport.value.lifetime._newton import FitError
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime.customers import Customers
from rapport.value.lifetime.gamma_gamma import weighted_correlation

PURCHASES = Check(lambda c: c["purchases"] < 0, ("purchases",), "must be 0 or more")


@dataclass(frozen=True)
class Trial:
    """How one model did in the holdout.

    `mean_absolute_error`, `correlation` and `deviance` (Poisson, a person) are over people;
    `bias` is expected over actual total, less one. `reason` says why a model was not fitted.
    """

    name: str
    model: RepeatBuying
    log_likelihood: float = np.nan
    mean_absolute_error: float = np.nan
    correlation: float = np.nan
    deviance: float = np.nan
    expected: float = np.nan
    actual: float = np.nan
    chosen: bool = False
    reason: str = ""

    @property
    def bias(self) -> float:
        """Expected over actual total purchases, less one: 0.05 means 5 % too many."""
        return self.expected / self.actual - 1 if self.actual else np.nan


def choose_model(
    models: Sequence[RepeatBuying],
    calibration: Customers,
    purchases: npt.ArrayLike,
    horizon: float,
) -> list[Trial]:
    """Fit each model to the calibration period and test it on the `horizon` after it.

    Parameters
    ----------
    models
        Models to fit; they are fitted in place.
    calibration
        Histories at the end of the calibration period; `weight` counts people with the same
        history and the same later purchases.
    purchases
        What each row's people bought in the holdout.
    horizon
        The length of the holdout.

    Returns
    -------
    list of Trial
        One for each model, as given. Chosen is the one with the lowest Poisson deviance of
        holdout purchases: unlike the mean absolute error, which rewards guessing 0, it is
        lowest for the true expectation. None is chosen where no model could be fitted.
    """
    values = read_columns({"purchases": purchases, "weight": calibration.weights}, (PURCHASES,))
    trials = [_trial(model, calibration, values["purchases"], horizon) for model in models]
    scores = [trial.deviance for trial in trials]
    if not np.isfinite(scores).any():
        return trials
    best = int(np.nanargmin(scores))
    return [replace(trial, chosen=i == best) for i, trial in enumerate(trials)]


def _trial(model: RepeatBuying, calibration: Customers, actual: Array, horizon: float) -> Trial:
    name = type(model).__name__
    people = calibration.weights
    history = calibration.history
    try:
        model.fit(
            history["frequency"], history["recency"], history["age"], people, history["covariates"]
        )
    except FitError as error:
        return Trial(name, model, actual=float(people @ actual), reason=str(error))
    expected = np.asarray(model.expected_purchases(horizon, **history))
    deviance = 2 * (special.xlogy(actual, actual) - special.xlogy(actual, expected))
    deviance = deviance - 2 * (actual - expected)
    return Trial(
        name,
        model,
        log_likelihood=model.log_likelihood_,
        mean_absolute_error=float(np.average(np.abs(expected - actual), weights=people)),
        correlation=weighted_correlation(expected, actual, people),
        deviance=float(np.average(deviance, weights=people)),
        expected=float(people @ expected),
        actual=float(people @ actual),
    )
