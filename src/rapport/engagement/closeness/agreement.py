"""How well deeds tell the level: agreement with answers that the model had not seen."""

from __future__ import annotations

import numpy as np

from rapport.engagement.closeness.model import Behaviour
from rapport.engagement.closeness.ordinal import level_probabilities
from rapport.engagement.closeness.reading import places_of
from rapport.estimate import DRAWS, Estimate, Grade


def kappa(
    said: np.ndarray, told: np.ndarray, weight: np.ndarray | None = None, classes: int = 4
) -> float:
    """Return the agreement of two gradings beyond chance, far misses counting by their square.

    Cohen (1968), with weights (i - j)²: 1 is full agreement, 0 that of chance.

    Examples
    --------
    >>> kappa(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 3]))
    1.0
    >>> round(kappa(np.array([0, 0, 3, 3]), np.array([0, 3, 0, 3])), 6)
    0.0
    """
    many = np.ones(len(said)) if weight is None else weight
    table = np.zeros((classes, classes))
    np.add.at(table, (said, told), many / many.sum())
    off = np.subtract.outer(np.arange(classes), np.arange(classes)) ** 2
    expected = (np.outer(table.sum(1), table.sum(0)) * off).sum()
    return float(1 - (table * off).sum() / expected) if expected else float("nan")


def levels_by(score: np.ndarray, cuts: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return a level for each score, as many on each as the probabilities say."""
    probabilities = level_probabilities(score, cuts)
    limits = places_of(probabilities, weight)
    found: np.ndarray = ((probabilities @ np.arange(4.0))[:, None] >= limits).sum(1)
    return found


def weighted_kappa(model: Behaviour, people: int) -> Estimate:
    """Return the agreement of held-out levels with answers, weighted to all customers."""
    rng = np.random.default_rng(11)
    said, score, weight = model.level, model.held_out, model.weight
    told = levels_by(score, model.held_cuts, weight)
    best = kappa(said, told, weight)
    _, code = np.unique(model.person, return_inverse=True)
    drawn = [
        kappa(said, told, weight * rng.exponential(size=code.max() + 1)[code]) for _ in range(200)
    ]
    return Estimate.from_draws(
        np.array(drawn)[rng.integers(0, 200, DRAWS)],
        "number",
        value=best,
        grade=Grade.MODEL,
        people=people,
        table="level_check",
    )
