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
GRADIENT_TOLERANCE = 1e-7
FARTHEST = 40.0

Derivatives = tuple[float, Array, Array]


class FitError(Problem):
    """The data do not determine the model; the faults say why and what to do instead."""


@dataclass(frozen=True)
class Optimum:
    """The best point found, the log-likelihood there, and minus its Hessian."""

    point: Array
    log_likelihood: float
    information: Array


def maximise(
    derivatives: Callable[[Array], Derivatives], starts: Sequence[Array], scale: float
) -> Optimum:
    """Return the highest optimum reached from the starting points.

    `derivatives` gives the log-likelihood with gradient and Hessian; `scale` is the number of
    people, so that tolerances mean the same for a hundred people and a hundred million.
    """
    best: Array | None = None
    best_value = np.inf
    for start in starts:
        point, value = _descend(derivatives, start, scale)
        if best is None or value < best_value - 1e-9:
            if best is not None and value > best_value - 1e-7:
                continue
            best, best_value = point, value
        if np.isfinite(value) and _is_settled(derivatives, point, scale):
            break
    if best is None:
        raise ValueError("maximise needs at least one starting point")
    log_likelihood, _, hessian = derivatives(best)
    return Optimum(best, log_likelihood, -hessian)


def _descend(
    derivatives: Callable[[Array], Derivatives], start: Array, scale: float
) -> tuple[Array, float]:
    seen: list[tuple[Array, Derivatives]] = []

    def at(point: Array) -> Derivatives:
        for known, answer in seen:
            if np.array_equal(known, point):
                return answer
        if np.max(np.abs(point)) > FARTHEST:
            k = len(point)
            answer = (np.inf, np.zeros(k), np.eye(k))
        else:
            value, gradient, hessian = derivatives(point)
            answer = (-value / scale, -gradient / scale, -hessian / scale)
        seen.append((point.copy(), answer))
        del seen[:-4]
        return answer

    found = optimize.minimize(
        lambda p: at(p)[0],
        start,
        jac=lambda p: at(p)[1],
        hess=lambda p: at(p)[2],
        method="trust-exact",
        options={"gtol": GRADIENT_TOLERANCE, "maxiter": 200, "max_trust_radius": 3.0},
    )
    point = np.asarray(found.x, dtype=np.float64)
    return _polish(at, point)


def _polish(at: Callable[[Array], Derivatives], point: Array) -> tuple[Array, float]:
    """Take up to two plain Newton steps, so that the gradient is zero to rounding."""
    value, gradient, hessian = at(point)
    for _ in range(2):
        if not (np.isfinite(hessian).all() and np.linalg.eigvalsh(hessian)[0] > 0):
            break
        step = np.linalg.solve(hessian, gradient)
        if np.max(np.abs(step)) > 0.1 or np.max(np.abs(step)) < 1e-9:
            break
        moved = at(point - step)
        if np.linalg.norm(moved[1]) > np.linalg.norm(gradient):
            break
        point = point - step
        value, gradient, hessian = moved
    return point, value


def _is_settled(derivatives: Callable[[Array], Derivatives], point: Array, scale: float) -> bool:
    _, gradient, hessian = derivatives(point)
    if not np.isfinite(hessian).all() or np.max(np.abs(point)) > FARTHEST:
        return False
    flat = np.linalg.eigvalsh(-hessian)[0] <= 0
    return bool(not flat and np.max(np.abs(gradient)) / scale < 10 * GRADIENT_TOLERANCE)


@dataclass(frozen=True)
class Meaning:
    """What it means when a log parameter runs to plus or minus infinity."""

    high: str
    low: str


def check_optimum(
    optimum: Optimum,
    gradient: Array,
    names: Sequence[str],
    natural: Array,
    meanings: Sequence[Meaning],
) -> Array:
    """Return the covariance at a sound optimum.

    Raises
    ------
    FitError
        When the gradient is not zero, the likelihood is flat in some direction, or a
        parameter runs away from its natural scale (`natural`, in logarithms).
    """
    faults = []
    for name, value, centre, meaning in zip(names, optimum.point, natural, meanings, strict=False):
        if abs(value - centre) > RUNAWAY:
            says = meaning.high if value > centre else meaning.low
            faults.append(
                Fault(f"{name} runs to {'infinity' if value > centre else 'zero'}: {says}")
            )
    eigenvalues, directions = np.linalg.eigh(optimum.information)
    if not faults and eigenvalues[0] <= 1e-10 * max(eigenvalues[-1], 1e-300):
        weakest = names[int(np.argmax(np.abs(directions[:, 0])))]
        faults.append(
            Fault(
                f"The likelihood is flat in the direction of {weakest}.",
                hint="Give more customers or a longer history, or a model with fewer parameters.",
            )
        )
    curvature = np.sqrt(np.maximum(np.diag(optimum.information), 1e-300))
    if not faults and np.max(np.abs(gradient) / curvature) > 1e-3:
        faults.append(
            Fault("The search stopped before the top of the likelihood.", hint="Report this data.")
        )
    if faults:
        raise FitError("The model could not be fitted to these customers.", faults)
    return np.asarray(np.linalg.inv(optimum.information), dtype=np.float64)
