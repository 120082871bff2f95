"""A plan: for so many people over so many weeks, the smallest effect that can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scipy import special

from rapport.simulation.planning.places import PlaceSpread
from rapport.simulation.planning.power import (
    Design,
    detectable_mean,
    detectable_share,
    people_for_mean,
    people_for_share,
)
from rapport.simulation.planning.spread import Spread

FEWEST_OF_A_KIND = 10
"""Buyers, and others, that each group needs before a share is as good as normal."""
EDGE = float(special.ndtri(0.95))
"""Half of a 90 % range, in standard errors."""


class Range(NamedTuple):
    """A number and the ends of its 90 % range."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Range:
        """Return the range in another unit."""
        return Range(*(end * factor for end in self))


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a plan.

    Parameters
    ----------
    weeks, people
        How long, and how many people (or places) in both groups together.
    share
        The smallest effect that is seen, as a share of the outcome. It has a range, since how
        much people vary is itself known only so well.
    amount
        The same in the outcome's own unit, a person (or place) and week; for a share of people,
        in people per person over all the weeks.
    trusted
        False where the groups are too small for so skewed an outcome (`Spread.trusted`).
    """

    weeks: int
    people: int
    share: Range
    amount: Range
    trusted: bool = True


def cell_of_mean(spread: Spread, people: int, design: Design) -> Cell:
    """Return the smallest effect on a mean, such as margin or orders a person."""
    effect = detectable_mean(spread.left, people, design, spread.covariates)
    share = effect / spread.mean if spread.mean > 0 else math.inf
    return Cell(
        spread.weeks,
        people,
        _around(share, math.hypot(spread.error, spread.drift_share)),
        _around(effect / spread.weeks, math.hypot(spread.error, spread.drift)),
        spread.trusted(people, design.arms(people)[0]),
    )


def _around(value: float, error: float) -> Range:
    """Return a number with its range, given the standard error of its logarithm."""
    return Range(value, value * math.exp(-EDGE * error), value * math.exp(EDGE * error))


def cell_of_share(spread: Spread, people: int, design: Design) -> Cell:
    """Return the smallest effect on a share of people, such as those who buy again."""
    kept = 1 - spread.correlation**2
    base = spread.mean
    chance = math.sqrt((1 - base) / (base * spread.people)) if base > 0 else 0.0
    known = _around(base, math.hypot(chance, spread.drift_mean))
    bases = [min(max(end, 1e-9), 1 - 1e-9) for end in known]
    rises = [detectable_share(b, people / kept, design) for b in bases]
    shares = [rise / b for rise, b in zip(rises, bases, strict=True)]
    trusted = min(design.arms(people)) * min(base, 1 - base) >= FEWEST_OF_A_KIND
    return Cell(spread.weeks, people, _range(shares), _range(rises), trusted)


def _range(values: Sequence[float]) -> Range:
    return Range(values[0], min(values), max(values))


def cell_of_places(spread: PlaceSpread, places: int, design: Design) -> Cell:
    """Return the smallest effect when whole stores or regions are compared."""
    share = Range(*spread.detectable(places, design))
    return Cell(spread.weeks, places, share, share.times(spread.mean))


@dataclass(frozen=True, slots=True)
class Need:
    """How many people it takes to see an effect within some weeks.

    Parameters
    ----------
    weeks
        How long the experiment lasts.
    people, low, high
        In both groups together, with the 90 % range; None beyond any number.
    there
        How many people there are to draw from.
    """

    weeks: int
    people: int | None
    low: int | None
    high: int | None
    there: int

    @property
    def possible(self) -> bool:
        """Whether there are as many people as it takes."""
        return self.people is not None and self.people <= self.there


def need(spread: Spread, share: float, design: Design, *, binary: bool) -> Need:
    """Return how many people it takes to see an effect of a share of the outcome.

    Parameters
    ----------
    share
        Such as 0.05 for a rise by 5 %.
    binary
        True when the outcome is a share of people.
    """
    if binary:
        kept = 1 - spread.correlation**2
        one = people_for_share(spread.mean, min(spread.mean * (1 + share), 1.0), design)
        people = None if one is None else math.ceil(one * kept)
        return Need(spread.weeks, people, people, people, spread.people)
    people, low, high = (
        people_for_mean(
            share * spread.mean,
            left,
            design,
            spread.covariates,
        )
        for left in _around(spread.left, math.hypot(spread.error, spread.drift_share))
    )
    return Need(spread.weeks, people, low, high, spread.people)


def round_numbers(people: int) -> list[int]:
    """Return the numbers of people a plan shows: round ones, and all there are.

    Examples
    --------
    >>> round_numbers(12_340)
    [200, 500, 1000, 2000, 5000, 12340]
    >>> round_numbers(95)
    [50, 95]
    """
    steps = [step * 10**power for power in range(10) for step in (1, 2, 5)]
    below = [step for step in steps if 50 <= step < people * 0.8]
    return [*below[-5:], people]


def shortest(needs: Sequence[Need]) -> Need | None:
    """Return the shortest experiment for which there are people enough; None when there is none."""
    return min((need for need in needs if need.possible), key=lambda n: n.weeks, default=None)
