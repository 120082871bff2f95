"""The adjusted gap: doubly robust, so it holds if either of its two predictions does.

Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey & Robins 2018, equations 5.3 and 5.4.
Several divisions into folds are drawn, and the median taken (their definition 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rapport.impact.comparing.learners import Flags, Learners, Values, chances, folds_of, foretold

Among = Literal["connected", "everybody"]

MOST = 0.9
"""People more likely than this to be connected have nobody to be compared with."""


@dataclass(frozen=True, slots=True)
class People:
    """People of whom a comparison is made.

    Parameters
    ----------
    x
        What was known before they connected; shape (people, covariates).
    y
        The outcome.
    connected
        Who is connected.
    """

    x: Values
    y: Values
    connected: Flags

    def kept(self, chosen: Flags) -> People:
        """Return only some of them."""
        return People(self.x[chosen], self.y[chosen], self.connected[chosen])


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is predicted for each: the outcome if not connected and if connected, and the chance."""

    alone: Values
    connected: Values
    chance: Values


@dataclass(frozen=True, slots=True)
class Effect:
    """One adjusted gap.

    Parameters
    ----------
    value, error
        The gap and its standard error.
    kept
        Who was compared: the others have nobody like them.
    weight
        What the outcome of each who was compared counts (the Riesz representer); its mean square
        and that of the unexplained outcome say how much an unseen cause could matter.
    unexplained
        The outcome less what was predicted.
    chance
        The chance of being connected, of everybody.
    """

    value: float
    error: float
    kept: Flags
    weight: Values
    unexplained: Values
    chance: Values

    @property
    def compared(self) -> int:
        """How many connected people were compared."""
        return int((self.weight > 0).sum())


def predicted(people: People, learners: Learners, folds: int, seed: int) -> Predicted:
    """Return what is expected of everybody by fits that did not see them."""
    split = folds_of(people.connected, folds, seed)
    return Predicted(
        foretold(people.x, people.y, ~people.connected, split, learners.outcome),
        foretold(people.x, people.y, people.connected, split, learners.outcome),
        chances(people.x, people.connected, split, learners.chance),
    )


def effect(people: People, told: Predicted, among: Among = "connected") -> Effect:
    """Return the adjusted gap among the connected (ATT) or among everybody (ATE).

    Examples
    --------
    Half are connected by chance, which brings 2 more:

    >>> d = np.array([True, False] * 50)
    >>> y = np.where(d, 2.0, 0.0) + np.repeat(np.arange(50.0), 2)
    >>> known = Predicted(np.repeat(np.arange(50.0), 2), np.repeat(np.arange(50.0), 2) + 2,
    ...                   np.full(100, 0.5))
    >>> found = effect(People(y[:, None], y, d), known)
    >>> found.value, round(found.error, 6)
    (2.0, 0.0)
    """
    kept = overlapping(told.chance, among)
    d, y = people.connected[kept], people.y[kept]
    alone, with_it, chance = told.alone[kept], told.connected[kept], told.chance[kept]
    n, share = len(d), float(d.mean()) if len(d) else 0.0
    if not 0 < share < 1:
        nothing = np.zeros(n)
        return Effect(np.nan, np.nan, kept, nothing, nothing, told.chance)
    unexplained = y - np.where(d, with_it, alone)
    if among == "connected":
        weight = np.where(d, 1.0, -chance / (1 - chance)) / share
        value = float((weight * (y - alone)).mean())
        moment = weight * (y - alone) - d / share * value
    else:
        weight = np.where(d, 1 / chance, -1 / (1 - chance))
        each = with_it - alone + weight * unexplained
        value = float(each.mean())
        moment = each - value
    error = float(np.sqrt((moment**2).mean() / n))
    return Effect(value, error, kept, weight, unexplained, told.chance)


def overlapping(chance: Values, among: Among = "connected") -> Flags:
    """Return who has others to be compared with.

    Among the connected, those up to a chance of `MOST`. Among everybody the rule of Crump, Hotz,
    Imbens & Mitnik 2009 (theorem 1 and its empirical form): chances between a and 1 - a, with the
    smallest a for which 1/(a(1-a)) is at most twice its mean among those kept.

    Examples
    --------
    >>> overlapping(np.array([0.5, 0.95])).tolist()
    [True, False]
    >>> overlapping(np.array([0.5] * 98 + [0.001, 0.999]), "everybody").sum()
    np.int64(98)
    """
    if among == "connected":
        within: Flags = chance <= MOST
        return within
    cost = 1 / (chance * (1 - chance))
    ranked = np.sort(cost)
    mean = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    fits = np.flatnonzero(ranked <= 2 * mean)
    limit = ranked[fits[-1]] if len(fits) else np.inf
    kept: Flags = cost <= limit
    return kept


def repeated(
    people: People, learners: Learners, folds: int, seeds: Sequence[int], among: Among
) -> list[Effect]:
    """Return the effect for each division into folds."""
    return [effect(people, predicted(people, learners, folds, seed), among) for seed in seeds]


def median_of(effects: Sequence[Effect]) -> tuple[float, float]:
    """Return the median effect and its standard error, the spread between divisions counted in.

    Chernozhukov et al. 2018, definition 3.3.
    """
    values = np.array([each.value for each in effects])
    errors = np.array([each.error for each in effects])
    value = float(np.median(values))
    return value, float(np.sqrt(np.median(errors**2 + (values - value) ** 2)))
