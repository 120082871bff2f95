"""Those who answered: what their answers say of them, then and now.

An answer is a measurement with an error, which the agreement of its items tells. It fades: people
change, and the longer ago it was, the more their deeds since count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from rapport.engagement.closeness.scoring import LIMITS

FRESH = 3  # months within which an answer alone tells the level
STAYS = 0.98  # ours: chance that somebody's level of one month is not drawn anew in the next
_USUAL_ALPHA = 0.9


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a score of 0 to 100 tells the level.

    Parameters
    ----------
    mean, spread
        Of the scores.
    error
        Standard error of one score.
    """

    mean: float
    spread: float
    error: float

    def probabilities(self, score: np.ndarray) -> np.ndarray:
        """Return the probability of each level behind each score. Shape (scores, 4).

        The true score is drawn to the mean by as much as the measurement is unreliable (Kelley
        1927).
        """
        reliable = 1 - (self.error / self.spread) ** 2 if self.spread else 0.0
        true = self.mean + reliable * (score - self.mean)
        error = max(self.error * np.sqrt(max(reliable, 0.0)), 1e-6)
        over = ndtr((true[:, None] - np.array(LIMITS)) / error)
        edges = np.concatenate([np.zeros((len(true), 1)), over, np.ones((len(true), 1))], axis=1)
        found: np.ndarray = np.diff(edges, axis=1)
        return found


def measured(score: np.ndarray, alpha: float) -> Measured:
    """Return how well these scores tell the level, given their reliability.

    Parameters
    ----------
    alpha
        Cronbach's alpha of the items; where it is not a number, a usual one is taken.

    Examples
    --------
    >>> how = measured(np.array([20.0, 40.0, 60.0, 80.0]), alpha=0.9)
    >>> how.probabilities(np.array([95.0])).round(2).tolist()
    [[0.79, 0.21, 0.0, 0.0]]
    """
    known = score[~np.isnan(score)]
    spread = float(known.std()) if len(known) > 1 else 20.0
    held = min(max(alpha if np.isfinite(alpha) else _USUAL_ALPHA, 0.3), 0.99)
    return Measured(
        float(known.mean()) if len(known) else 60.0, spread, spread * float(np.sqrt(1 - held))
    )


def combined(
    from_deeds: np.ndarray, from_answers: np.ndarray, usual: np.ndarray, months: np.ndarray
) -> np.ndarray:
    """Return the probability of each level now, from deeds and an older answer.

    Parameters
    ----------
    from_deeds, from_answers
        Shape (people, 4); the latter as of the day of the answer.
    usual
        Shares of the levels among those who answered: what the answer adds is told against them.
    months
        Since the answer.

    Examples
    --------
    >>> deeds, answer = np.array([[0.1, 0.2, 0.3, 0.4]]), np.array([[1.0, 0.0, 0.0, 0.0]])
    >>> long_ago = combined(deeds, answer, np.full(4, 0.25), np.array([2000.0]))
    >>> bool(np.allclose(long_ago, deeds))
    True
    """
    kept = (STAYS ** np.maximum(months, 0.0))[:, None]
    share = np.maximum(usual, 0.01) / np.maximum(usual, 0.01).sum()
    ratio = kept * from_answers / share + (1 - kept)
    told = from_deeds * ratio
    found: np.ndarray = told / np.maximum(told.sum(1, keepdims=True), 1e-300)
    return found
