"""How people tire of being asked: the chance of a yes falls from one approach to the next.

Everybody has a chance of saying yes the first time, beta over people; each further approach
multiplies it by one ratio for all. Both are learnt from all people together and the chance of each
is drawn to that of the others as far as their own answers are few (empirical Bayes, Morris 1983).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

CHANCES = (np.arange(60) + 0.5) / 60
RATIOS = np.linspace(0.30, 1.00, 71)
MEANS = (np.arange(20) + 0.5) / 20
STRENGTHS = np.array([2.0, 4.0, 8.0, 16.0, 48.0])


@dataclass(frozen=True, slots=True)
class Tiring:
    """What was learnt.

    Parameters
    ----------
    ratio
        Of the chance of a yes from one approach to the next: its mean, 90 % range.
    first
        The chance that a new person says yes the first time.
    people
        Numbers of the people, in the order of `next_yes`.
    next_yes, next_low, next_high
        The chance that each says yes to the next approach, with its 90 % range.
    """

    ratio: float
    ratio_low: float
    ratio_high: float
    first: float
    people: Whole
    next_yes: Array
    next_low: Array
    next_high: Array

    @property
    def half_after(self) -> int:
        """After how many approaches the chance of a yes has fallen to half of the first.

        Examples
        --------
        >>> one = np.ones(1)
        >>> Tiring(0.78, 0.7, 0.9, 0.7, one.astype(int), one, one, one).half_after
        3
        """
        if self.ratio >= 0.995:
            return 52
        return max(1, int(np.ceil(np.log(0.5) / np.log(self.ratio) - 1e-9)))


def learnt(person: Whole, nth: Whole, yes: Array) -> Tiring:
    """Return how people tire, from who was asked the how-manieth time and said yes or no.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> person, nth = np.repeat(np.arange(60), 12), np.tile(np.arange(1, 13), 60)
    >>> yes = rng.random(720) < 0.7 * 0.8 ** (nth - 1)
    >>> found = learnt(person, nth, yes.astype(float))
    >>> found.ratio_low < 0.8 < found.ratio_high, round(found.first, 1)
    (True, 0.7)
    """
    names, who = np.unique(person, return_inverse=True)
    shape = (len(names), len(RATIOS), len(CHANCES))
    told = np.zeros(shape)
    for k, ratio in enumerate(RATIOS):
        chance = np.clip(CHANCES[None, :] * ratio ** (nth[:, None] - 1.0), 1e-12, 1 - 1e-9)
        each = np.where(yes[:, None] > 0, np.log(chance), np.log1p(-chance))
        np.add.at(told[:, k, :], who, each)
    top = told.max(axis=(1, 2), keepdims=True)
    likely = np.exp(told - top)
    prior, mean = _priors()
    by_person = np.einsum("irc,pc->irp", likely, prior)
    together = np.log(np.maximum(by_person, 1e-300)).sum(axis=0)
    weight = np.exp(together - together.max())
    weight /= weight.sum()
    of_ratio = weight.sum(axis=1)
    low, high = _ends(RATIOS, of_ratio)
    asked = np.bincount(who, minlength=len(names))
    chances = [_next(likely[i], by_person[i], weight, prior, int(n)) for i, n in enumerate(asked)]
    each = np.array(chances) if chances else np.zeros((0, 3))
    return Tiring(
        float(of_ratio @ RATIOS), low, high, float(weight.sum(axis=0) @ mean), names, *each.T
    )


def _priors() -> tuple[Array, Array]:
    """Return beta distributions of the first chance on `CHANCES`, and the mean of each."""
    mean, strength = (v.ravel() for v in np.meshgrid(MEANS, STRENGTHS))
    a, b = (mean * strength)[:, None], ((1 - mean) * strength)[:, None]
    edges = np.linspace(0, 1, len(CHANCES) + 1)
    made = np.diff(special.betainc(a, b, edges[None, :]), axis=1)
    return made, mean


def _next(
    likely: Array, alone: Array, weight: Array, prior: Array, asked: int
) -> tuple[float, float, float]:
    """Return the chance of a yes to one more approach, over all ratios, priors and chances."""
    share = (weight / np.maximum(alone, 1e-300)) @ prior * likely
    share /= share.sum()
    chance = CHANCES[None, :] * RATIOS[:, None] ** asked
    order = np.argsort(chance, axis=None)
    values, mass = chance.ravel()[order], share.ravel()[order]
    low, high = np.interp([0.05, 0.95], np.cumsum(mass), values)
    return float(values @ mass), float(low), float(high)


def _ends(values: Array, mass: Array) -> tuple[float, float]:
    low, high = np.interp([0.05, 0.95], np.cumsum(mass), values)
    return float(low), float(high)


def fading(person: Whole, nth: Whole, reach: Array) -> tuple[float, float, float] | None:
    """Return the ratio of reach from one approach to the next, with its 90 % range.

    Posts of one person are compared with each other alone (a fixed effect for each), on the
    logarithm of reach. None where too few have posted twice.

    Examples
    --------
    >>> who, nth = np.repeat(np.arange(5), 4), np.tile(np.arange(1, 5), 5)
    >>> value, low, high = fading(who, nth, 1000.0 * (who + 1) * 0.8 ** nth)
    >>> round(value, 3), round(low, 3), round(high, 3)
    (0.8, 0.8, 0.8)
    """
    known = reach > 0
    _, who = np.unique(person[known], return_inverse=True)
    many = np.bincount(who)
    x, y = nth[known].astype(float), np.log(reach[known])
    if not len(many):
        return None
    x = x - (np.bincount(who, x) / many)[who]
    y = y - (np.bincount(who, y) / many)[who]
    free = len(x) - len(many) - 1
    if free < 3 or not (x @ x) > 0:
        return None
    slope = float(x @ y / (x @ x))
    error = float(np.sqrt(((y - slope * x) ** 2).sum() / free / (x @ x)))
    half = float(special.stdtrit(free, 0.95)) * error
    low, value, high = np.exp([slope - half, slope, slope + half])
    return float(value), float(low), float(high)
