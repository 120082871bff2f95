"""Are the people compared alike? Standardised differences before and after weighting."""

from __future__ import annotations

import numpy as np

from rapport.impact.comparing.learners import Flags, Values

ALIKE = 0.1
"""A difference of a tenth of a standard deviation passes as balanced (Austin 2009)."""


def weights_of(connected: Flags, chance: Values, among: str) -> Values:
    """Return what each person weighs once the others are made like the connected, or all alike."""
    if among == "connected":
        return np.where(connected, 1.0, chance / (1 - chance))
    return np.where(connected, 1 / chance, 1 / (1 - chance))


def differences(x: Values, connected: Flags, weight: Values) -> tuple[Values, Values]:
    """Return each covariate's standardised difference before and after weighting.

    The difference of means over the standard deviation of both groups before weighting
    (Austin 2009, section 2), so that weighting cannot hide a difference by widening a group.

    Examples
    --------
    >>> x = np.array([[1.0], [3.0], [1.0], [1.0], [3.0]])
    >>> d = np.array([True, True, False, False, False])
    >>> before, after = differences(x, d, np.array([1, 1, 0.5, 0.5, 1]))
    >>> before.round(2).tolist(), after.tolist()
    ([0.26], [0.0])
    """
    own, others = x[connected], x[~connected]
    spread = np.sqrt((_variance(own) + _variance(others)) / 2)
    raw = own.mean(axis=0) - others.mean(axis=0)
    weighed = np.average(own, axis=0, weights=weight[connected]) - np.average(
        others, axis=0, weights=weight[~connected]
    )
    scale = np.where(spread > 0, spread, 1.0)
    return raw / scale, weighed / scale


def _variance(x: Values) -> Values:
    found: Values = x.var(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
    return found
