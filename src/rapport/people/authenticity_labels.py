"""A judge of accounts that is fitted to labels of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.people.authenticity_columns import Profiles
from rapport.people.authenticity_signs import Numbers

LEAST_LABELS = 20  # of each kind
_FOLDS = 10
_LONG = ("followers", "following", "posts", "likes", "listed", "age", "silence")
_PLAIN = ("picture", "description", "url", "location", "private", "handle_digits", "handle_length")


def learned(profiles: Profiles, labels: Sequence[Any]) -> Numbers:
    """Return for each account the probability that it is bought, as the labelled ones tell.

    The mean of a random forest (Breiman 2001) and of a logistic regression on splines. An account
    with a label is judged by a fit that did not see it (tenfold), so that the labels can be
    compared with what is returned.

    Parameters
    ----------
    profiles
        All accounts.
    labels
        For each account True or 1 (bought), False or 0 (real), None where nobody has said.

    Raises
    ------
    Problem
        If the labels do not go with the rows, or fewer than `LEAST_LABELS` of a kind are given.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    said = _labels(labels, profiles.rows)
    features = _features(profiles)
    known = ~np.isnan(said)
    kinds = said[known].astype(int)
    _check(kinds)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    made = np.empty(profiles.rows)
    for number, judge in enumerate(_judges()):
        apart = cross_val_predict(judge, features[known], kinds, cv=folds, method="predict_proba")
        found = np.empty(profiles.rows)
        found[known] = apart[:, 1]
        if not known.all():
            found[~known] = judge.fit(features[known], kinds).predict_proba(features[~known])[:, 1]
        made = found if number == 0 else made + found
    return made / len(_judges())


def _judges() -> tuple[Any, ...]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    forest = RandomForestClassifier(200, min_samples_leaf=2, max_features=0.4, random_state=0)
    curves = (StandardScaler(), SplineTransformer(5), LogisticRegression(C=0.3, max_iter=3000))
    return make_pipeline(filled, forest), make_pipeline(filled, *curves)


def _features(profiles: Profiles) -> NDArray[np.float64]:
    """Return what the judges see: long-tailed counts as logarithms, and what is there or not."""
    numbers = profiles.numbers
    columns = [np.log1p(numbers[name]) for name in _LONG if name in numbers]
    columns += [numbers[name] for name in _PLAIN if name in numbers]
    if {"followers", "following"} <= set(numbers):
        columns.append(np.log((numbers["following"] + 1) / (numbers["followers"] + 1)))
    if {"followers", "posts"} <= set(numbers):
        columns.append(np.log((numbers["posts"] + 1) / (numbers["followers"] + 1)))
    if {"posts", "age"} <= set(numbers):
        columns.append(np.log((numbers["posts"] + 1) / (numbers["age"] + 1)))
    if {"handle_digits", "handle_length"} <= set(numbers):
        columns.append(numbers["handle_digits"] / np.maximum(numbers["handle_length"], 1))
    if not columns:
        fault = Fault("Nothing but the day of following is known.", hint="Add profile columns.")
        raise Problem("The labels cannot be learned from.", [fault])
    return np.stack(columns, axis=1)


def _labels(labels: Sequence[Any], rows: int) -> Numbers:
    told = list(labels)
    if len(told) != rows:
        fault = Fault(f"{len(told)} labels for {rows} profiles.", hint="Give one for each row.")
        raise Problem("The labels cannot be learned from.", [fault])
    return np.array([_label(value, row) for row, value in enumerate(told)])


_WORDS = {"true": 1.0, "1": 1.0, "bought": 1.0, "fake": 1.0, "suspicious": 1.0, "bot": 1.0,
          "false": 0.0, "0": 0.0, "real": 0.0, "human": 0.0, "genuine": 0.0}  # fmt: skip
_UNSAID = {"", "none", "nan", "null", "unknown", "unsure", "<na>"}


def _label(value: Any, row: int) -> float:
    text = "" if value is None else str(value).strip().lower()
    text = text.removesuffix(".0")
    if text in _UNSAID:
        return float("nan")
    if text not in _WORDS:
        hint = f"Allowed: {', '.join(_WORDS)}, or nothing."
        fault = Fault(f"'{text[:60]}' is no label.", f"row {row + 1}", hint)
        raise Problem("The labels cannot be learned from.", [fault])
    return _WORDS[text]


def _check(kinds: NDArray[np.int64]) -> None:
    few = [
        Fault(f"Only {count} accounts are labelled {word}.", hint=f"At least {LEAST_LABELS}.")
        for word, count in (("bought", int((kinds == 1).sum())), ("real", int((kinds == 0).sum())))
        if count < LEAST_LABELS
    ]
    if few:
        raise Problem("The labels cannot be learned from.", few)
