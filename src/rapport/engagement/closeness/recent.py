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
STAYS = 0.98
"""Ours: correlation of what somebody feels in one month with the next. Attitudes to brands change
faster than buying: of those who agree to a statement, about half do so again a year later
(Dall'Olmo Riley, Ehrenberg, Castleberry, Barwise & Barnard 1997)."""

_USUAL_ALPHA = 0.9


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a score of 0 to 100 tells the level.

    Parameters
    ----------
    mean, spread
        Of the scores.
    reliable
        The share of their variance that is not error.
    """

    mean: float
    spread: float
    reliable: float

    def probabilities(self, score: np.ndarray, months: np.ndarray) -> np.ndarray:
        """Return the probability of each level so many months after a score. Shape (scores, 4).

        What is true is drawn to the mean by as much as the score is unreliable and old (Kelley
        1927).
        """
        kept = STAYS ** np.maximum(months, 0)
        true = self.mean + self.reliable * kept * (score - self.mean)
        return self._levels(true, 1 - self.reliable * kept**2)

    @property
    def usual(self) -> np.ndarray:
        """The probability of each level before anything is known of somebody."""
        found: np.ndarray = self._levels(np.array([self.mean]), np.ones(1))[0]
        return found

    def _levels(self, centre: np.ndarray, left: np.ndarray) -> np.ndarray:
        error = np.maximum(self.spread * np.sqrt(self.reliable * left), 1e-6)
        over = ndtr((centre[:, None] - np.array(LIMITS)) / error[:, None])
        edges = np.concatenate([np.zeros((len(over), 1)), over, np.ones((len(over), 1))], axis=1)
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
    >>> how.probabilities(np.array([95.0, 95.0]), np.array([0, 60])).round(2).tolist()
    [[0.79, 0.21, 0.0, 0.0], [0.13, 0.22, 0.38, 0.28]]
    """
    known = score[~np.isnan(score)]
    spread = float(known.std()) if len(known) > 1 else 20.0
    held = min(max(alpha if np.isfinite(alpha) else _USUAL_ALPHA, 0.3), 0.99)
    return Measured(float(known.mean()) if len(known) else 60.0, spread, held)


def combined(from_deeds: np.ndarray, from_answers: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return the probability of each level from deeds and from an answer.

    Parameters
    ----------
    from_deeds, from_answers
        Shape (people, 4), both as of now.
    usual
        The levels before the answer: what it adds is told against them.

    Examples
    --------
    >>> deeds, nothing = np.array([[0.1, 0.2, 0.3, 0.4]]), np.full((1, 4), 0.25)
    >>> combined(deeds, nothing, np.full(4, 0.25)).round(6).tolist()
    [[0.1, 0.2, 0.3, 0.4]]
    """
    told = from_deeds * from_answers / np.maximum(usual, 1e-3)
    found: np.ndarray = told / np.maximum(told.sum(1, keepdims=True), 1e-300)
    return found
