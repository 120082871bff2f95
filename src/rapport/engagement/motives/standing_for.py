"""What those who were asked say, as it would be if people of each level had answered alike.

The happy and the angry answer more, and may come for other things. The shares of the levels are
corrected for that already; so each level's answers count by the share of people who are on it
(post-stratification, levels with few answers drawn to the others: Gelman & Little 1997). Answers
that stand for unlike numbers of people tell less: they count as fewer (Kish 1965).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS, EDGE

Numbers = NDArray[np.float64]

HOLD = 2.0
"""Answers that the share over all levels counts for in each level."""
_MOST = 4.0  # how many others one answer may stand for, in a fit


@dataclass(frozen=True, slots=True)
class Shared:
    """How many of all people are on each level.

    Parameters
    ----------
    share, low, high
        Shape (levels,): with the 90 % range.
    """

    share: Numbers
    low: Numbers
    high: Numbers

    def drawn(self, rng: np.random.Generator) -> Numbers:
        """Return possible shares. Shape (DRAWS, levels)."""
        error = (self.high - self.low) / (2 * EDGE)
        drawn = self.share + error * rng.standard_normal((DRAWS, len(self.share)))
        drawn = np.maximum(drawn, 1e-4)
        found: Numbers = drawn / drawn.sum(1, keepdims=True)
        return found


def weights(levels: Numbers, share: Numbers) -> Numbers:
    """Return how many each answer stands for: the mean is 1, the most four.

    Parameters
    ----------
    levels
        Shape (people, levels): how likely each level is for each who answered.
    share
        Shape (levels,): of all people.

    Examples
    --------
    >>> levels = np.array([[1, 0], [1, 0], [1, 0], [0, 1.0]])
    >>> weights(levels, np.array([0.5, 0.5])).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    usual = levels.mean(0)
    ratio = np.minimum(share / np.maximum(usual, 1e-9), _MOST)
    found = levels @ ratio
    made: Numbers = found / found.mean()
    return made


def share_of_all(
    said: Numbers, levels: Numbers, shared: Shared, rng: np.random.Generator
) -> tuple[float, Numbers]:
    """Return the share of all people who would say yes, and DRAWS possible values of it.

    Parameters
    ----------
    said
        Shape (people,): 1 or 0, of those who answered.
    levels
        Shape (people, levels): how likely each level is for each of them.
    shared
        How many of all people are on each.

    Examples
    --------
    >>> said = np.array([1.0] * 80 + [0.0] * 20)
    >>> levels = np.repeat(np.eye(2), [80, 20], axis=0)
    >>> half = np.array([0.5, 0.5])
    >>> shared, rng = Shared(half, half, half), np.random.default_rng(1)
    >>> value, drawn = share_of_all(said, levels, shared, rng)
    >>> round(value, 2), drawn.shape
    (0.53, (2000,))
    """
    people = levels.sum(0)
    usual = (said.sum() + 0.5) / (len(said) + 1)
    yes = said @ levels + HOLD * usual
    each = yes / (people + HOLD)
    value = float(shared.share / shared.share.sum() @ each)
    shares = shared.drawn(rng)
    usually = shares @ each
    count = 1 / (shares**2 / (people + HOLD)).sum(1)
    return value, rng.beta(0.5 + count * usually, 0.5 + count * (1 - usually))
