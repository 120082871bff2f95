"""What people would bring, and how likely they are to be connected, from all that is known of them.

Each figure is predicted for people whom the fit has not seen (cross-fitting, Chernozhukov et al.
2018, definition 3.1), by a straight line and by boosted trees; how much each counts is decided by
how well it foretells people it has not seen (short-stacking, Ahrens, Hansen, Schaffer & Wiemann
2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rapport.threads import one_thread

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST = 10  # people of each kind that a fold must leave for a fit
_TREES = {"max_iter": 60, "max_leaf_nodes": 8, "min_samples_leaf": 20, "learning_rate": 0.1}


@dataclass(frozen=True, slots=True)
class Learners:
    """What predicts the outcome and the chance of being connected.

    Parameters
    ----------
    outcome
        Regressors of scikit-learn.
    chance
        Classifiers of scikit-learn.
    """

    outcome: tuple[Any, ...]
    chance: tuple[Any, ...]

    @classmethod
    def usual(cls, seed: int = 0) -> Learners:
        """Return a penalised line and boosted trees for each."""
        return cls(
            (
                make_pipeline(StandardScaler(), Ridge(alpha=1.0)),
                HistGradientBoostingRegressor(**_TREES, random_state=seed),
            ),
            (
                make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)),
                HistGradientBoostingClassifier(**_TREES, random_state=seed),
            ),
        )

    @classmethod
    def straight(cls) -> Learners:
        """Return the penalised lines alone: for what must be quick."""
        usual = cls.usual()
        return cls(usual.outcome[:1], usual.chance[:1])


def folds_of(connected: Flags, count: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each person, connected and other people spread evenly.

    Examples
    --------
    >>> folds = folds_of(np.arange(10) < 4, 2, seed=0)
    >>> np.bincount(folds[:4]).tolist(), np.bincount(folds[4:]).tolist()
    ([2, 2], [3, 3])
    """
    folds = np.zeros(len(connected), np.int64)
    split = StratifiedKFold(count, shuffle=True, random_state=seed).split(connected, connected)
    for number, (_, held) in enumerate(split):
        folds[held] = number
    return folds


def foretold(
    x: Values, y: Values, used: Flags, folds: NDArray[np.int64], learners: Sequence[Any]
) -> Values:
    """Return the outcome expected of everybody, learned from the people `used` of other folds."""
    made = np.zeros((len(learners), len(y)))
    with one_thread():
        for fold in np.unique(folds):
            held, taught = folds == fold, used & (folds != fold)
            for place, learner in enumerate(learners):
                made[place, held] = clone(learner).fit(x[taught], y[taught]).predict(x[held])
    return stacked(made, y, used)


def chances(
    x: Values, connected: Flags, folds: NDArray[np.int64], learners: Sequence[Any]
) -> Values:
    """Return everybody's chance of being connected, learned from people of other folds."""
    made = np.zeros((len(learners), len(connected)))
    with one_thread():
        for fold in np.unique(folds):
            held = folds == fold
            for place, learner in enumerate(learners):
                fit = clone(learner).fit(x[~held], connected[~held])
                made[place, held] = fit.predict_proba(x[held])[:, 1]
    told = stacked(made, connected.astype(float), np.ones(len(connected), bool))
    return np.clip(told, 1e-4, 1 - 1e-4)


def stacked(predictions: Values, truth: Values, used: Flags) -> Values:
    """Return the mixture of predictions, shape (learners, people), that foretells best.

    Weights are not negative and add up to one.

    Examples
    --------
    >>> two = np.array([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]])
    >>> stacked(two, np.array([1.0, 2.0, 3.0]), np.ones(3, bool)).round(6).tolist()
    [1.0, 2.0, 3.0]
    """
    if len(predictions) == 1:
        only: Values = predictions[0]
        return only
    off = predictions[:, used] - truth[used]
    size = float(np.sqrt(np.mean(off**2))) or 1.0
    # The sum of the weights is held to one by a row that outweighs all others.
    root = np.linalg.cholesky(off @ off.T / (size**2 * off.shape[1]) + 1e-9 * np.eye(len(off))).T
    weights, _ = nnls(
        np.vstack([root, 1e4 * np.ones(len(off))]), np.append(np.zeros(len(off)), 1e4)
    )
    weights = weights / weights.sum()
    mixed: Values = weights @ predictions
    return mixed
