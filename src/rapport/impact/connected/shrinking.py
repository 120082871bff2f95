"""Groups told so that small ones do not shout: each drawn to the mean as far as it is unsure.

The normal-normal model (Efron & Morris 1975) with the moment estimate of how much groups differ
(DerSimonian & Laird 1986).
"""

from __future__ import annotations

import numpy as np

from rapport.impact.connected.histories import Values


def shrunken(values: Values, errors: Values) -> tuple[Values, Values]:
    """Return the values drawn to their mean, and their standard errors.

    Examples
    --------
    >>> told, error = shrunken(np.array([0.1, 0.1, 3.0]), np.array([0.05, 0.05, 2.0]))
    >>> told.round(2).tolist()
    [0.1, 0.1, 0.1]
    """
    precision = 1 / errors**2
    mean = float((precision * values).sum() / precision.sum())
    if len(values) == 1:
        return values.copy(), errors.copy()
    spread = float((precision * (values - mean) ** 2).sum())
    room = float(precision.sum() - (precision**2).sum() / precision.sum())
    between = max((spread - (len(values) - 1)) / room, 0.0)
    trust = between / (between + errors**2)
    weight = 1 / (between + errors**2)
    centre = float((weight * values).sum() / weight.sum())
    told = trust * values + (1 - trust) * centre
    error = np.sqrt(trust * errors**2 + (1 - trust) ** 2 / weight.sum())
    return told, error
