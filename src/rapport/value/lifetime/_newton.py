"""Maximum likelihood by a trust-region Newton method with exact derivatives, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from rapport.errors import Fault, Problem
from rapport.value.lifetime._jet import Array

# A log parameter beyond these bounds from its natural scale no longer changes the likelihood.
RUNAWAY = 12.0
# A standard error beyond this, of a logarithm or a coefficient, means that nothing was learnt.
UNKNOWN = 4.0
GRADIENT_TOLERANCE = 1e-6
FARTHEST = 40.0
HINT = "Give a longer history, a simpler model, or fewer covariates."

Derivatives = tuple[float, Array, Array]


class FitError(Problem):
    """The data do not determine the model; the faults say why and what to do instead."""


@dataclass(frozen=True)
class Optimum:
    """The best point found, with the log-likelihood, its gradient and minus its Hessian there."""

    point: Array
    log_likelihood: float
    gradient: Array
    information: Array


class _Surface:
    """Minus the mean log-likelihood, remembering the last points: each is worked out once."""

    def __init__(self, derivatives: Callable[[Array], Derivatives], people: float) -> None:
        self._derivatives = derivatives
        self._people = people
        self._seen: list[tuple[Array, Derivatives]] = []

    def __call__(self, point: Array) -> Derivatives:
        for known, answer in self._seen:
            if np.array_equal(known, point):
                return answer
        answer = self._evaluate(point)
        self._seen.append((point.copy(), answer))
        del self._seen[:-6]
        return answer

    def _evaluate(self, point: Array) -> Derivatives:
        k = len(point)
        if np.max(np.abs(point)) <= FARTHEST:
            value, gradient, hessian = self._derivatives(point)
            if np.isfinite(value) and np.isfinite(hessian).all():
                return -value / self._people, -gradient / self._people, -hessian / self._people
        return np.inf, np.zeros(k), np.eye(k)


def maximise(
    derivatives: Callable[[Array], Derivatives], starts: Sequence[Array], people: float
) -> Optimum:
    """Return the optimum reached from the first starting point that settles, else the highest.

    `derivatives` gives the log-likelihood with gradient and Hessian; `people` makes tolerances
    mean the same for a hundred people and a hundred million.
    """
    surface = _Surface(derivatives, people)
    reached = []
    for start in starts:
        point = _descend(surface, start)
        value, gradient, hessian = surface(point)
        optimum = Optimum(point, -value * people, -gradient * people, hessian * people)
        if _is_settled(value, gradient, hessian):
            return optimum
        reached.append(optimum)
    return max(reached, key=lambda optimum: optimum.log_likelihood)


def _descend(surface: _Surface, start: Array) -> Array:
    found = optimize.minimize(
        lambda p: surface(p)[0],
        start,
        jac=lambda p: surface(p)[1],
        hess=lambda p: surface(p)[2],
        method="trust-exact",
        options={"gtol": 1e-5, "maxiter": 200, "max_trust_radius": 3.0},
    )
    return _polish(surface, np.asarray(found.x, dtype=np.float64))


def _polish(surface: _Surface, point: Array) -> Array:
    """Take up to three plain Newton steps, so that the gradient is zero to rounding."""
    for _ in range(3):
        value, gradient, hessian = surface(point)
        if not np.isfinite(value) or np.linalg.eigvalsh(hessian)[0] <= 0:
            return point
        step = np.linalg.solve(hessian, gradient)
        if np.max(np.abs(step)) > 0.1 or np.max(np.abs(step)) < 1e-7:
            return point
        _, moved, _ = surface(point - step)
        if np.linalg.norm(moved) > np.linalg.norm(gradient):
            return point
        point = point - step
    return point


def _is_settled(value: float, gradient: Array, hessian: Array) -> bool:
    flat = np.linalg.eigvalsh(hessian)[0] <= 0
    return bool(np.isfinite(value) and not flat and np.max(np.abs(gradient)) < GRADIENT_TOLERANCE)


@dataclass(frozen=True)
class Meaning:
    """What it means when a log parameter runs to plus or minus infinity."""

    high: str
    low: str

    def of(self, gap: float) -> str:
        """Return what it means above (gap > 0) or below the natural scale."""
        return self.high if gap > 0 else self.low


def check_optimum(
    optimum: Optimum,
    names: Sequence[str],
    natural: Array,
    meanings: Sequence[Meaning],
) -> Array:
    """Return the covariance at a sound optimum.

    Raises
    ------
    FitError
        When the gradient is not zero, the likelihood is flat in some direction, a parameter
        runs away from its natural scale (`natural`, in logarithms), or its standard error says
        that nothing was learnt of it.
    """
    away = optimum.point[: len(meanings)] - natural[: len(meanings)]
    faults = [
        Fault(f"{names[i]} runs to {'infinity' if gap > 0 else 'zero'}: {meanings[i].of(gap)}")
        for i, gap in enumerate(away)
        if abs(gap) > RUNAWAY
    ]
    eigenvalues, directions = np.linalg.eigh(optimum.information)
    if not faults and eigenvalues[0] > 1e-10 * eigenvalues[-1]:
        faults = _unknown(optimum, names, meanings, away)
    elif not faults:
        weakest = int(np.argmax(np.abs(directions[:, 0])))
        perhaps = f" Perhaps {meanings[weakest].of(away[weakest])}" if weakest < len(away) else ""
        faults = [
            Fault(
                f"The likelihood is flat in the direction of {names[weakest]}.{perhaps}", hint=HINT
            )
        ]
    curvature = np.sqrt(np.maximum(np.diag(optimum.information), 1e-300))
    if not faults and np.max(np.abs(optimum.gradient) / curvature) > 1e-3:
        faults.append(
            Fault("The search stopped before the top of the likelihood.", hint="Report this data.")
        )
    if faults:
        raise FitError("The model could not be fitted to these customers.", faults)
    return np.asarray(np.linalg.inv(optimum.information), dtype=np.float64)


def _unknown(
    optimum: Optimum, names: Sequence[str], meanings: Sequence[Meaning], away: Array
) -> list[Fault]:
    spread = np.sqrt(np.diag(np.linalg.inv(optimum.information)))
    faults = []
    for i in np.flatnonzero(spread > UNKNOWN).tolist():
        if i < len(meanings):
            what = f"{names[i]} could be anything: perhaps {meanings[i].of(away[i])}"
        else:
            what = f"The effect {names[i]} could be anything."
        faults.append(Fault(what, hint=HINT))
    return faults
