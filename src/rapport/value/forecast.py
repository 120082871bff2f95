"""Which model foretells these customers best, and how far it missed what it had not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault
from rapport.value.equity import Cells
from rapport.value.lifetime import (
    BetaGeo,
    Caution,
    FitError,
    GammaGamma,
    ModifiedBetaGeo,
    NegativeBinomial,
    ParetoNBD,
    RepeatBuying,
)
from rapport.value.lifetime.choice import Trial, choose_model
from rapport.value.lifetime.customers import Customers

Array = NDArray[np.float64]

MODELS: tuple[type[RepeatBuying], ...] = (BetaGeo, ModifiedBetaGeo, ParetoNBD, NegativeBinomial)


@dataclass(frozen=True, slots=True)
class Holdout:
    """What customers did before a day, and in the `days` after it.

    Parameters
    ----------
    frequency, recency, age
        Histories at the end of the calibration period, in days.
    purchases
        Buying days of each history's people in the holdout.
    people
        How many people share the row.
    days
        Length of the holdout.
    """

    frequency: Array
    recency: Array
    age: Array
    purchases: Array
    people: Array
    days: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Fitted models of when customers buy and what they spend.

    Parameters
    ----------
    buying, spending
        Fitted on everything.
    trials
        How each model did on the holdout; empty without one.
    missed_by
        log(expected / actual) of the chosen model's holdout total; 0 without a holdout.
    cautions
        Reasons to trust the forecast less.
    """

    buying: RepeatBuying
    spending: GammaGamma
    trials: tuple[Trial, ...]
    missed_by: float
    cautions: tuple[Caution, ...]

    @property
    def sees_leaving(self) -> bool:
        """Whether the model knows of customers who leave."""
        return not isinstance(self.buying, NegativeBinomial)


def forecast(
    cells: Cells,
    spends: tuple[Array, Array, Array],
    holdout: Holdout | None,
    regularity: float | None = None,
) -> Forecast:
    """Choose a model by holdout, fit it on everything, and fit the spend.

    Parameters
    ----------
    cells
        Histories of all customers up to today.
    spends
        Purchases with a value, their mean value, and people, one entry a distinct pair.
    holdout
        None when the history is too short to keep a part of it back: then the first model that
        can be fitted is taken, and its cautions say so.

    Raises
    ------
    FitError
        If no model can be fitted.
    """
    trials: list[Trial] = []
    if holdout is not None:
        calibration = Customers(holdout.frequency, holdout.recency, holdout.age, holdout.people)
        models = [kind(regularity) for kind in MODELS]
        trials = choose_model(models, calibration, holdout.purchases, holdout.days)
    buying = _first_fit(_ranked(trials), cells, regularity)
    chosen = next((trial for trial in trials if type(trial.model) is type(buying)), None)
    spending = _spending(*spends)
    cautions = [*buying.warnings_, *spending.warnings_]
    if isinstance(buying, NegativeBinomial):
        cautions.append(Caution("nobody_leaves", "Leaving cannot be learnt from these purchases."))
    missed_by = 0.0
    if chosen is not None and chosen.expected > 0 and chosen.actual > 0:
        missed_by = math.log(chosen.expected / chosen.actual)
    else:
        cautions.append(Caution("no_holdout", "The forecast could not be checked on a holdout."))
    return Forecast(buying, spending, tuple(trials), missed_by, tuple(cautions))


def _ranked(trials: Sequence[Trial]) -> list[type[RepeatBuying]]:
    """Return the models best first; the one in which nobody leaves is the last resort.

    It would win where regular customers surprise the others, yet cannot tell who is drifting away.
    """
    fitted = sorted(
        (trial for trial in trials if math.isfinite(trial.deviance)),
        key=lambda t: (isinstance(t.model, NegativeBinomial), t.deviance),
    )
    return [type(trial.model) for trial in fitted] or list(MODELS)


def _first_fit(
    kinds: Sequence[type[RepeatBuying]], cells: Cells, regularity: float | None
) -> RepeatBuying:
    faults: list[Fault] = []
    for kind in kinds:
        try:
            return kind(regularity).fit(cells.frequency, cells.recency, cells.age, cells.people)
        except FitError as error:
            faults += error.faults
    raise FitError("No model of repeat buying could be fitted.", faults)


def _spending(times: Array, mean: Array, people: Array) -> GammaGamma:
    """Return a fitted model of spend, or one in which all spend alike where no other fits."""
    if not people.sum() or not (mean > 0).any():
        raise FitError(
            "The spend was not fitted.",
            [Fault("No repeat purchase has a value.", hint="Check the column of the amounts.")],
        )
    try:
        return GammaGamma().fit(times, mean, people)
    except FitError:
        return _alike(times * people, mean)


def _alike(weight: Array, mean: Array) -> GammaGamma:
    """Return the limit of Gamma-Gamma in which every customer spends the overall mean.

    With q large and v = mean (q - 1) / p, one's own purchases weigh nothing; how well the mean is
    known is the uncertainty of v.
    """
    centre = float(np.average(mean, weights=weight))
    spread = float(np.average((mean - centre) ** 2, weights=weight)) ** 0.5
    relative = spread / centre / math.sqrt(float(weight.sum()))
    model = GammaGamma().with_parameters({"p": 1.0, "q": 1e9, "v": centre * (1e9 - 1)})
    model.covariance_ = np.diag([0.0, 0.0, relative**2])
    model.warnings_ = [Caution("equal_spend", "Customers spend alike: all get the mean.")]
    return model
