"""The chance of leaving within three months, learnt from cells of people on past days.

A logistic model of person-periods (Allison 1982) on counts: what the own rhythm says enters as its
log odds, so that without any other sign the answer is that of the rhythm, and every other sign
moves it by as much as the past shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.estimate import EDGE

Array = npt.NDArray[np.float64]
Columns = Mapping[str, npt.NDArray[np.int64]]

RIDGE = 2.0  # people's worth of belief that a sign says nothing
LEVELS = {
    "often": (1, 2, 3, 4),
    "slowing": (1, 2),
    "tenure": (1, 2, 3),
    "seen": (1, 2),
    "level": (1, 2, 3, 4),
    "complaint_unheard": (1, 2),
    "complaint_heard": (1, 2),
    "question_unheard": (1, 2),
    "said_leaving": (1, 2),
    "unfollowed": (1, 2),
}
BAND = 1 / 1.5  # log odds that a band of the rhythm is wide


@dataclass(frozen=True, slots=True)
class Leaving:
    """A fitted model.

    Parameters
    ----------
    effects
        Log odds of each column of the design, in the order of `names`.
    spread
        Their covariance.
    """

    names: tuple[str, ...]
    effects: Array
    spread: Array

    def log_odds(self, cells: Columns) -> tuple[Array, Array]:
        """Return the log odds of each cell and their standard error."""
        made = design(cells)
        error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", made, self.spread, made), 0.0))
        return made @ self.effects, error

    def chance(self, cells: Columns) -> tuple[Array, Array, Array]:
        """Return the chance of each cell with its 90 % range."""
        odds, error = self.log_odds(cells)
        half = EDGE * error
        return special.expit(odds), special.expit(odds - half), special.expit(odds + half)


def design_names() -> tuple[str, ...]:
    """Return the names of the columns of the design."""
    told = [f"{name} {code}" for name, codes in LEVELS.items() for code in codes]
    return ("all", "rhythm", "rhythm if high", "rhythm if low", *told)


def design(cells: Columns) -> Array:
    """Return the design: a row for each cell, a column for each of `design_names`."""
    rhythm = np.asarray(cells["rhythm"], float) * BAND
    columns = [np.ones_like(rhythm), rhythm, np.maximum(rhythm, 0.0), np.minimum(rhythm + 2, 0.0)]
    columns += [
        (np.asarray(cells[name]) == code).astype(float)
        for name, codes in LEVELS.items()
        for code in codes
    ]
    return np.stack(columns, axis=1)


def fitted(cells: Columns, people: Array, left: Array, repeats: float = 1.0) -> Leaving:
    """Return the model that makes the past most likely, drawn a little to the rhythm alone.

    Parameters
    ----------
    people, left
        How many rows fall into each cell, and how many of them had left (a sum of chances).
    repeats
        On how many days each person was looked at, in the mean: their rows say the same thing
        again, so that the range is that of so many times fewer rows.

    Examples
    --------
    >>> cells = {name: np.zeros(2, int) for name in ("rhythm", *LEVELS)}
    >>> cells["complaint_unheard"] = np.array([0, 2])
    >>> model = fitted(cells, np.array([1000.0, 1000.0]), np.array([500.0, 800.0]))
    >>> model.chance(cells)[0].round(2).tolist()
    [0.5, 0.8]
    """
    made = design(cells)
    prior = np.zeros(made.shape[1])
    prior[1] = 1.0
    weight = np.full(made.shape[1], RIDGE)
    weight[0] = 1e-3
    effects = prior.copy()
    for _ in range(50):
        chance = special.expit(made @ effects)
        pull = made.T @ (left - people * chance) - weight * (effects - prior)
        bend = (made * (people * chance * (1 - chance))[:, None]).T @ made + np.diag(weight)
        step = np.linalg.solve(bend, pull)
        effects = effects + step * min(1.0, 4.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    chance = special.expit(made @ effects)
    shown = people * chance * (1 - chance) / max(repeats, 1.0)
    bend = (made * shown[:, None]).T @ made + np.diag(weight)
    return Leaving(design_names(), effects, np.linalg.inv(bend))


def auc(score: Array, left: Array, people: Array) -> float:
    """Return how often somebody who left had the higher score (ties count half), from cells.

    Parameters
    ----------
    score, left, people
        Of each cell: its score, how many of its people had left, how many it holds.

    Examples
    --------
    >>> auc(np.array([0.2, 0.8]), np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    0.75
    """
    order = np.argsort(score, kind="stable")
    gone, here = left[order], (people - left)[order]
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    gone, here = np.add.reduceat(gone, starts), np.add.reduceat(here, starts)
    below = np.cumsum(here) - here
    total = gone.sum() * here.sum()
    return float((gone * (below + here / 2)).sum() / total) if total > 0 else float("nan")


def calibration(
    score: Array, left: Array, people: Array, edges: Sequence[float] = tuple(np.linspace(0, 1, 11))
) -> list[dict[str, float]]:
    """Return, by band of the chance told, how many people, how many were expected to leave and did.

    Examples
    --------
    >>> calibration(np.array([0.25]), np.array([2.0]), np.array([10.0]), (0.0, 0.5, 1.0))
    [{'low': 0.0, 'high': 0.5, 'people': 10.0, 'told': 2.5, 'left': 2.0}]
    """
    band = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(edges) - 2)
    rows = []
    for k in range(len(edges) - 1):
        here = band == k
        if people[here].sum() > 0:
            told, did = float((score * people)[here].sum()), float(left[here].sum())
            rows.append(
                {"low": float(edges[k]), "high": float(edges[k + 1]),
                 "people": float(people[here].sum()), "told": told, "left": did}
            )  # fmt: skip
    return rows


def calibration_error(rows: Sequence[Mapping[str, float]]) -> float:
    """Return the mean distance between chances told and shares that left, weighed by people.

    Naeini, Cooper & Hauskrecht 2015: the expected calibration error.
    """
    people = sum(row["people"] for row in rows)
    return sum(abs(row["told"] - row["left"]) for row in rows) / people if people else float("nan")
