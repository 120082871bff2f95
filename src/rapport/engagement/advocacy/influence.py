"""What somebody's words are worth: new customers expected from them in a year, in money.

A model, in three parts, each measured in the brand's own record:

1. how often each person recommends, and warns, in a year: a rate by person around the rate of
   people like them (same side and level), gamma-Poisson, so that one message does not make a rate
   (Robbins 1956; the negative binomial of Greenwood & Yule 1920);
2. how many new customers come for each recommendation that is heard: those whom a friend brought,
   as far as new customers say, divided by all recommendations of the year. Most talk is heard by
   nobody but friends; it is taken to be spread over people as the talk that is heard;
3. what a new customer is worth.

Whoever reaches more real people with each message weighs as much more. Codes that friends used are
counted by themselves. A warning is taken to keep away as many as a recommendation brings, which is
an assumption (East, Hammond & Lomax 2008 find the effects close, the good one somewhat larger).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from rapport.estimate import EDGE, LEVEL

Numbers = NDArray[np.float64]

LEAST, MOST = 0.05, 50.0  # bounds of the shape: people are neither all alike nor all but one silent
_EACH = 5.0  # messages that the usual reach counts for beside a person's own
_TAIL = (1 - LEVEL) / 2


@dataclass(frozen=True, slots=True)
class Rate:
    """How often people of each group do something in a year, and how unlike they are.

    Parameters
    ----------
    mean
        Shape (groups,): times a year.
    shape
        Of the gamma that people's own rates follow; the same in each group.
    years
        How long they were watched.
    """

    mean: Numbers
    shape: float
    years: float

    def of(self, group: NDArray[np.int64], counts: ArrayLike) -> Numbers:
        """Return each person's expected rate, given what they did."""
        mean = np.maximum(self.mean[group], 1e-9)
        found: Numbers = (self.shape + np.asarray(counts, float)) / (self.shape / mean + self.years)
        return found

    def ends(self, counts: ArrayLike) -> tuple[Numbers, Numbers]:
        """Return the ends of the 90 % range of each person's rate, as parts of the rate itself."""
        shape = self.shape + np.asarray(counts, float)
        low, high = (special.gammaincinv(shape, part) / shape for part in (_TAIL, 1 - _TAIL))
        return low, high


def rate(people: ArrayLike, total: ArrayLike, squares: ArrayLike, years: float) -> Rate:
    """Return the rates of groups by moments, from sums over all their people, silent ones too.

    Parameters
    ----------
    people, total, squares
        Shape (groups,): how many people, the sum of what they did, and of its squares.
    years
        How long they were watched.

    Examples
    --------
    >>> found = rate([1000], [100], [190], 1.0)
    >>> round(float(found.mean[0]), 2), round(found.shape, 2)
    (0.1, 0.13)
    >>> found.of(np.array([0, 0]), [0, 3]).round(2).tolist()
    [0.06, 1.39]
    """
    many = np.maximum(np.asarray(people, float), 1.0)
    summed, squared = np.asarray(total, float), np.asarray(squares, float)
    mean = summed / many
    whole = summed.sum() / many.sum()
    excess = float((squared - many * mean**2).sum() - summed.sum())
    spread = float((many * mean**2).sum())
    shape = MOST if excess <= 0 else min(max(spread / excess, LEAST), MOST)
    # a group of few people takes the rate of all
    shrunk = (summed + shape * whole) / (many + shape)
    return Rate(shrunk / years, shape, years)


def weights(messages: ArrayLike, reached: ArrayLike) -> Numbers:
    """Return how many people each person's words reach, against the usual: 1 is usual.

    A friend who hears it counts as one, each real person who reacts as one more; a person's own
    reactions a message are averaged with those of all, as if each had five messages more.

    Examples
    --------
    >>> weights([1, 1, 4], [0, 0, 40]).round(2).tolist()
    [0.86, 0.86, 1.19]
    """
    said, seen = np.asarray(messages, float), np.asarray(reached, float)
    usual = float(seen.sum() / max(said.sum(), 1.0))
    each = (seen + _EACH * usual) / (said + _EACH)
    found: Numbers = (1 + each) / (1 + usual)
    return found


@dataclass(frozen=True, slots=True)
class Yield:
    """What one recommendation brings: money, with its relative standard error.

    Parameters
    ----------
    customers, customers_error
        New customers for each recommendation that was heard.
    value, value_error
        Money for each new customer.
    """

    customers: float
    customers_error: float
    value: float
    value_error: float


def relative_error(value: float, low: float, high: float) -> float:
    """Return the relative standard error of a positive figure from its 90 % range.

    Examples
    --------
    >>> round(relative_error(100.0, 80.0, 125.0), 3)
    0.136
    """
    if value <= 0 or high <= low:
        return 0.0
    floor = max(low, value / 20)
    return math.log(max(high, floor) / floor) / (2 * EDGE)


@dataclass(frozen=True, slots=True)
class Worth:
    """Money a year, with its 90 % range. Shape (people,) each."""

    value: Numbers
    low: Numbers
    high: Numbers


def worth(part: Numbers, ends: tuple[Numbers, Numbers], error: Numbers, each: Yield) -> Worth:
    """Return what doing something so often is worth, and its range.

    Parameters
    ----------
    part
        Times a year, weighted by reach.
    ends
        The range of the rate by chance, as parts of it.
    error
        The relative standard error that misreading brings.
    each
        What one time brings. Its errors and misreading multiply, so they are log-normal; they and
        chance are of different sources, so the distances of their ends add as squares.
    """
    value = part * each.customers * each.value
    whole = np.sqrt(error**2 + each.customers_error**2 + each.value_error**2)
    down = value * np.hypot(1 - ends[0], 1 - np.exp(-EDGE * whole))
    up = value * np.hypot(ends[1] - 1, np.exp(EDGE * whole) - 1)
    return Worth(value, np.maximum(value - down, 0.0), value + up)


def net(good: Sequence[Worth], bad: Worth) -> Worth:
    """Return what is brought less what is kept away; the errors of the parts are independent."""
    value = sum(each.value for each in good) - bad.value
    down = sum((each.value - each.low) ** 2 for each in good) + (bad.high - bad.value) ** 2
    up = sum((each.high - each.value) ** 2 for each in good) + (bad.value - bad.low) ** 2
    return Worth(value, value - np.sqrt(down), value + np.sqrt(up))


def reading_error(low: Numbers, high: Numbers) -> Numbers:
    """Return the relative error that misreading messages brings, from rates at both ends."""
    found: Numbers = np.log(np.maximum(high, 1e-9) / np.maximum(low, 1e-9)) / (2 * EDGE)
    return np.maximum(found, 0.0)
