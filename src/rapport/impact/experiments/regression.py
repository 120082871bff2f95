"""The effect of a lot-drawn treatment by least squares, with errors that trust no equal spread.

Without covariates this is the difference in means, and its HC2 error is Neyman's (Samii & Aronow
2012). With covariates taken off their mean and crossed with the treatment it is never less precise
than without, for large groups (Lin 2013, "Agnostic notes on regression adjustments").
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.estimate import LEVEL

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Errors = Literal["plain", "HC0", "HC2"]


class Reading(NamedTuple):
    """An effect, its standard error, degrees of freedom, and its 90 % range by Student's t."""

    value: float
    error: float
    freedom: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float, freedom: float) -> Reading:
        """Return an effect with its range.

        Examples
        --------
        >>> told = Reading.of(2.0, 1.0, 10)
        >>> round(told.low, 3), round(told.high, 3)
        (0.188, 3.812)
        """
        half = edge(freedom) * error
        return cls(value, error, freedom, value - half, value + half)

    @property
    def t(self) -> float:
        """The effect in standard errors."""
        return self.value / self.error if self.error > 0 else math.nan

    @property
    def p(self) -> float:
        """How often chance alone brings an effect as large, on either side."""
        if not math.isfinite(self.t) or self.freedom < 1:
            return 1.0
        return float(2 * special.stdtr(self.freedom, -abs(self.t)))

    @property
    def sign(self) -> int:
        """1 or -1 where the range leaves no doubt on which side of zero the effect is, else 0."""
        return int(self.low > 0) - int(self.high < 0)


def edge(freedom: float, level: float = LEVEL) -> float:
    """Return half the width of a range in standard errors; infinite without freedom."""
    if freedom < 1:
        return math.inf
    return float(special.stdtrit(freedom, 0.5 + level / 2))


def regressed(
    outcome: Values,
    treated: Values,
    covariates: Values | None = None,
    *,
    crossed: bool = True,
    errors: Errors = "HC2",
) -> Reading:
    """Return the effect of a treatment by least squares.

    Parameters
    ----------
    outcome, treated
        Shape (n,); `treated` is 0 or 1.
    covariates
        Known before the lot was drawn; shape (n, p).
    crossed
        Whether covariates may matter differently for those treated (Lin 2013).
    errors
        "HC2" (MacKinnon & White 1985), "HC0", or "plain" (one spread for all).

    Examples
    --------
    >>> y, t = np.array([1.0, 2.0, 3.0, 5.0, 6.0, 10.0]), np.array([0.0, 0, 0, 1, 1, 1])
    >>> told = regressed(y, t)
    >>> round(told.value, 6), round(told.error, 6)  # Neyman: sqrt(1 / 3 + 7 / 3)
    (5.0, 1.632993)
    """
    columns = [np.ones(len(outcome)), treated]
    if covariates is not None and covariates.size:
        centred = _varying(covariates - covariates.mean(axis=0))
        columns += list(centred.T)
        if crossed:
            columns += list((centred * treated[:, None]).T)
    design = np.column_stack(columns)
    inverse = np.linalg.pinv(design.T @ design)
    slopes = inverse @ (design.T @ outcome)
    rest = outcome - design @ slopes
    rank = int(np.linalg.matrix_rank(design))
    freedom = len(outcome) - rank
    if freedom < 1:
        return Reading.of(float(slopes[1]), math.inf, 0)
    row = inverse[1]
    if errors == "plain":
        variance = float(rest @ rest) / freedom * inverse[1, 1]
    else:
        weight = rest**2
        if errors == "HC2":
            leverage = np.einsum("ij,jk,ik->i", design, inverse, design, optimize=True)
            weight = weight / np.maximum(1 - leverage, 1e-9)
        variance = float(((design @ row) ** 2) @ weight)
    return Reading.of(float(slopes[1]), math.sqrt(max(variance, 0.0)), freedom)


def _varying(columns: Values) -> Values:
    """Return columns scaled to one spread, those that do not vary left out."""
    spread = columns.std(axis=0)
    told: Values = columns[:, spread > 0] / spread[spread > 0]
    return told
