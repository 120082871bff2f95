"""Numbers that carry their exact first and second derivatives.

A log-likelihood is then written once, as in the paper, and Newton's method and standard errors
get the exact gradient and Hessian. Derivatives are kept sparse: a term without `a` carries none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

Array: TypeAlias = npt.NDArray[np.float64]
Value: TypeAlias = "Array | float"


@dataclass(frozen=True, eq=False)
class Jet:
    """A value with its derivatives by numbered variables; `second` holds keys (i, j), i <= j."""

    value: Value
    first: dict[int, Value] = field(default_factory=dict)
    second: dict[tuple[int, int], Value] = field(default_factory=dict)

    # numpy must leave `array + jet` to the jet
    __array_ufunc__ = None

    def __add__(self, other: Number) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.first, self.second)
        first = dict(self.first)
        for i, slope in other.first.items():
            first[i] = first[i] + slope if i in first else slope
        second = dict(self.second)
        for key, bend in other.second.items():
            second[key] = second[key] + bend if key in second else bend
        return Jet(self.value + other.value, first, second)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return self * -1.0

    def __sub__(self, other: Number) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Value) -> Jet:
        return (-self) + other

    def __mul__(self, other: Number) -> Jet:
        if not isinstance(other, Jet):
            return Jet(
                self.value * other,
                {i: slope * other for i, slope in self.first.items()},
                {key: bend * other for key, bend in self.second.items()},
            )
        result = self * other.value + Jet(0.0, *_scaled(other, self.value))
        second = dict(result.second)
        for i, left in self.first.items():
            for j, right in other.first.items():
                key = (min(i, j), max(i, j))
                cross = left * right * (2.0 if i == j else 1.0)
                second[key] = second[key] + cross if key in second else cross
        return Jet(self.value * other.value, result.first, second)

    __rmul__ = __mul__


Number: TypeAlias = "Jet | Array | float"


def _scaled(x: Jet, by: Value) -> tuple[dict[int, Value], dict[tuple[int, int], Value]]:
    return (
        {i: slope * by for i, slope in x.first.items()},
        {key: bend * by for key, bend in x.second.items()},
    )


def chain(x: Jet, value: Value, slope: Value, bend: Value) -> Jet:
    """Return f(x) from f, f' and f'' at the value of x."""
    first = {i: slope * d for i, d in x.first.items()}
    second = {key: slope * d for key, d in x.second.items()}
    indices = sorted(x.first)
    for position, i in enumerate(indices):
        for j in indices[position:]:
            term = bend * x.first[i] * x.first[j]
            second[i, j] = second[i, j] + term if (i, j) in second else term
    return Jet(value, first, second)


def chain_many(
    inputs: list[Jet], value: Value, slopes: list[Value], bends: dict[tuple[int, int], Value]
) -> Jet:
    """Return f(x, y, ...) from its first derivatives and its second ones by pair of inputs."""
    result = Jet(value)
    for x, slope in zip(inputs, slopes, strict=True):
        result = result + Jet(0.0, *_scaled(x, slope))
    second = dict(result.second)
    for (k, m), bend in bends.items():
        for i, left in inputs[k].first.items():
            for j, right in inputs[m].first.items():
                key = (min(i, j), max(i, j))
                cross = bend * left * right * (2.0 if i == j and k != m else 1.0)
                second[key] = second[key] + cross if key in second else cross
    return Jet(result.value, result.first, second)


def log(x: Jet) -> Jet:
    """Return the natural logarithm."""
    inverse = 1.0 / x.value
    return chain(x, np.log(x.value), inverse, -inverse * inverse)


def exp(x: Jet) -> Jet:
    """Return the exponential."""
    value = np.exp(x.value)
    return chain(x, value, value, value)


def log_gamma(x: Jet) -> Jet:
    """Return the logarithm of the gamma function.

    Cells come sorted by the number of purchases, so that equal arguments stand together: each
    is evaluated once.
    """
    value = np.asarray(x.value)
    if value.ndim == 1 and value.size > 1:
        begins = np.flatnonzero(np.concatenate([[True], value[1:] != value[:-1]]))
        if 4 * begins.size < value.size:
            lengths = np.diff(np.append(begins, value.size))
            once = value[begins]
            parts = special.gammaln(once), special.psi(once), special.zeta(2.0, once)
            return chain(x, *(np.repeat(part, lengths) for part in parts))
    return chain(x, special.gammaln(value), special.psi(value), special.zeta(2.0, value))


def log_beta(a: Jet, b: Jet) -> Jet:
    """Return the logarithm of the beta function."""
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def log_one_plus_exp(x: Jet) -> Jet:
    """Return log(1 + e^x), exact for x from minus to plus infinity."""
    share = special.expit(x.value)
    return chain(x, np.logaddexp(0.0, x.value), share, share * (1.0 - share))


def log_sum_exp(x: Jet, keep: npt.NDArray[np.bool_]) -> Jet:
    """Return log of the sum of e^x over the last axis where `keep`, minus infinity if none."""
    values = np.where(keep, x.value, -np.inf)
    total = np.logaddexp.reduce(values, axis=-1)
    share = np.where(keep, np.exp(values - np.where(np.isfinite(total), total, 0.0)[..., None]), 0)
    first: dict[int, Value] = {i: np.sum(share * d, axis=-1) for i, d in x.first.items()}
    second: dict[tuple[int, int], Value] = {}
    indices = sorted(x.first)
    for position, i in enumerate(indices):
        for j in indices[position:]:
            bend = x.first[i] * x.first[j] + x.second.get((i, j), 0.0)
            second[i, j] = np.sum(share * bend, axis=-1) - first[i] * first[j]
    return Jet(total, first, second)


def variables(logarithms: list[Value]) -> list[Jet]:
    """Return e^u for each u, with derivatives by the u: positive parameters on the log scale."""
    jets = []
    for i, u in enumerate(logarithms):
        value = np.exp(u)
        jets.append(Jet(value, {i: value}, {(i, i): value}))
    return jets
