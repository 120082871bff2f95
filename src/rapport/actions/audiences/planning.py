"""What an audience of this size can show, before it is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rapport.impact.experiments.planning import Spread, detectable, held_out_for, people_for

LARGE = 0.25
"""The largest effect, as a part of what people bring, that a list is likely to have."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen.

    Parameters
    ----------
    mean
        What each of them brought in as many days as will count.
    effect
        The smallest effect a person that is seen four times in five; infinite for none.
    hold
        How many to hold out for an effect of a quarter of the mean to be seen; None if that cannot
        be with these people.
    people
        How many people that effect takes at the share that is held out; None where nobody bought.
    """

    mean: float
    effect: float
    hold: int | None
    people: int | None

    @property
    def blind(self) -> bool:
        """Whether nothing will be seen that such a list is likely to do."""
        return not self.effect <= LARGE * self.mean


def sight(sums: Mapping[str, float], held: int, smallest: int) -> Sight:
    """Return what an audience can show; more where its past explains what people bring.

    Parameters
    ----------
    sums
        As `people.brought` gives them, over sent and held out alike.
    held
        How many of them are held out.
    smallest
        The fewest people that a group may have.

    Examples
    --------
    >>> sums = {"people": 2000, "brought": 20_000.0, "squares": 1_000_000.0}
    >>> found = sight(sums, 200, 10)
    >>> found.mean, round(found.effect, 2), found.blind
    (10.0, 3.71, True)
    >>> sight(sums, 5, 10).effect
    inf
    """
    many = int(sums["people"])
    if many < 2:
        return Sight(0.0, math.inf, None, None)
    mean = sums["brought"] / many
    spread = Spread(math.sqrt(max(sums["squares"] / many - mean**2, 0.0)))
    if spread.sd == 0 or mean <= 0:
        return Sight(mean, math.inf, None, None)
    small = min(held, many - held) < smallest
    effect = math.inf if small else detectable(spread, many, held)
    hold = held_out_for(spread, LARGE * mean, many)
    return Sight(mean, effect, hold, people_for(spread, LARGE * mean, held / many))
