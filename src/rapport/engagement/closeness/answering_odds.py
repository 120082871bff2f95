"""How much likelier the happy and the angry are to answer, learnt from who answers again.

Of everybody who answers at some time, we know how they feel, and whether they had answered before.
If people at either end answer oftener, they have more earlier answers behind them. That is
capture and recapture with unequal chances (Chao 1987), with the capture known to depend on how
people feel; what is learnt is mixed with an assumption of ours, which holds while few answer twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

ASSUMED, ASSUMED_SPREAD = 0.7, 0.4
"""Ours: log of how many times likelier people at either end are to answer, before any evidence:
twice, give or take as much."""

_STAY, _COME, _STRENGTH = 0.75, 0.25, 4.0  # who was at either end before: of those now there, not
_SHARES = np.linspace(0.02, 0.98, 33)
_LOGS = np.linspace(-1.2, 2.4, 73)


@dataclass(frozen=True, slots=True)
class Eagerness:
    """How many times likelier people at either end are to answer: a distribution.

    Parameters
    ----------
    logs, chance
        Values of its logarithm, and the probability of each.
    pairs
        Answers with an earlier one of the same person: what the evidence rests on.
    """

    logs: np.ndarray
    chance: np.ndarray
    pairs: int

    @property
    def mean(self) -> float:
        """Mean of the logarithm."""
        return float(self.logs @ self.chance)

    def drawn(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return possible values of the logarithm."""
        width = self.logs[1] - self.logs[0]
        chosen = rng.choice(self.logs, count, p=self.chance)
        found: np.ndarray = chosen + width * (rng.random(count) - 0.5)
        return found


def eagerness(
    person: np.ndarray, month: np.ndarray, extreme: np.ndarray, since: np.ndarray
) -> Eagerness:
    """Return how much likelier people at either end are to answer.

    Parameters
    ----------
    person, month, extreme
        Of each answer: who, in which month (a number), whether at either end (fully engaged or
        actively disengaged).
    since
        The month from which on each could have been asked.

    Examples
    --------
    >>> few = eagerness(np.array([1, 2]), np.array([5, 6]), np.array([True, False]), np.zeros(2))
    >>> few.pairs, round(few.mean, 1)
    (0, 0.7)
    """
    counts, spans = np.zeros((2, 2)), np.zeros(2)
    for group in (0, 1):
        spans[group] = np.maximum(month - since, 0)[extreme == bool(group)].sum()
    later, earlier = _pairs(person, month)
    np.add.at(counts, (extreme[later].astype(int), extreme[earlier].astype(int)), 1.0)
    prior = -0.5 * ((_LOGS - ASSUMED) / ASSUMED_SPREAD) ** 2
    total = prior + (_evidence(counts, spans) if counts.sum() and spans.all() else 0.0)
    chance = np.exp(total - total.max())
    return Eagerness(_LOGS, chance / chance.sum(), int(counts.sum()))


def _pairs(person: np.ndarray, month: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of each answer and of each earlier one of the same person."""
    ranked = np.lexsort((month, person))
    later, earlier = [], []
    for back in range(1, 60):
        one, other = ranked[back:], ranked[:-back]
        same = person[one] == person[other]
        if not same.any():
            break
        apart = same & (month[one] > month[other])
        later.append(one[apart])
        earlier.append(other[apart])
    none = np.zeros(0, np.int64)
    return np.concatenate([none, *later]), np.concatenate([none, *earlier])


def _evidence(counts: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each value of `_LOGS`, over who was where before."""
    times = np.exp(_LOGS)[:, None, None]
    stay, come = _SHARES[None, :, None], _SHARES[None, None, :]
    rate = [come * times + 1 - come, stay * times + 1 - stay]  # of those in the middle, at the ends
    at_ends = [come * times / rate[0], stay * times / rate[1]]
    upper = spans[1] * rate[1]
    share = upper / (upper + spans[0] * rate[0])
    of_ends, of_middle = counts[1].sum(), counts[0].sum()
    told = of_ends * np.log(share) + of_middle * np.log(1 - share)
    for group in (0, 1):
        told = told + counts[group, 1] * np.log(at_ends[group])
        told = told + counts[group, 0] * np.log(1 - at_ends[group])
    told = told + beta.logpdf(stay, _STRENGTH * _STAY, _STRENGTH * (1 - _STAY))
    told = told + beta.logpdf(come, _STRENGTH * _COME, _STRENGTH * (1 - _COME))
    top = told.max()
    found: np.ndarray = np.log(np.exp(told - top).sum((1, 2))) + top
    return found
