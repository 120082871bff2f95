"""The next test: how many to hold out, what it will see, and what holding out costs.

In closed form, for the letter; `rapport plan` takes the exact t distribution and the whole record,
and from a few hundred people on both say the same (tests/impact/test_planning.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from rapport.estimate import LEVEL

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Spread:
    """How people vary in what they bring over the window of a test.

    Parameters
    ----------
    sd
        Standard deviation between people.
    explained
        Share of the variance that their past explains, which adjusting takes off (CUPED).
    """

    sd: float
    explained: float = 0.0

    @property
    def left(self) -> float:
        """The standard deviation that is left."""
        return self.sd * math.sqrt(max(1 - self.explained, 0.0))


@dataclass(frozen=True, slots=True)
class NextTest:
    """A test that could be run.

    Parameters
    ----------
    people, held_out
        All of them, and those not reached.
    effect
        The smallest effect a person that is seen four times in five.
    contact, forgone
        What reaching the others costs, and what is not earned from those held out if the effect
        is as large as expected.
    """

    people: int
    held_out: int
    effect: float
    contact: float
    forgone: float

    @property
    def cost(self) -> float:
        """What the test costs in all."""
        return self.contact + self.forgone


def detectable(spread: Spread, people: int, held_out: int, power: float = POWER) -> float:
    """Return the smallest effect a person that is seen with this power.

    Examples
    --------
    Lewis & Rao 2015: a standard deviation of $75 and a million people in each group leave $0.26:

    >>> round(detectable(Spread(75.0), 2_000_000, 1_000_000), 2)
    0.26
    """
    if held_out < 2 or people - held_out < 2:
        return math.inf
    return _distance(power) * spread.left * math.sqrt(1 / held_out + 1 / (people - held_out))


def people_for(
    spread: Spread, effect: float, share: float = 0.5, power: float = POWER
) -> int | None:
    """Return how many people it takes to see an effect when a share of them is held out.

    None where no number of people suffices, since there is no effect to be seen.

    Examples
    --------
    >>> people_for(Spread(20.0), 1.0), people_for(Spread(20.0, explained=0.5), 1.0)
    (9893, 4947)
    """
    if effect == 0 or not 0 < share < 1:
        return None
    one = (_distance(power) * spread.left / effect) ** 2 * (1 / share + 1 / (1 - share))
    return math.ceil(one)


def held_out_for(spread: Spread, effect: float, people: int, power: float = POWER) -> int | None:
    """Return the fewest people to hold out so that an effect is seen; None if none suffices.

    Examples
    --------
    >>> many = held_out_for(Spread(20.0), 1.0, 50_000)
    >>> many, detectable(Spread(20.0), 50_000, many) <= 1.0
    (2610, True)
    """
    if effect == 0:
        return None
    need = (
        _distance(power) * spread.left / effect
    ) ** 2  # 1 / held + 1 / (people - held) <= 1/need
    inside = 1 - 4 * need / people
    if inside < 0:
        return None
    return max(2, math.ceil(people / 2 * (1 - math.sqrt(inside))))


def next_test(
    spread: Spread, people: int, held_out: int, expected: float = 0.0, contact: float = 0.0
) -> NextTest:
    """Return what a test would see and cost.

    Parameters
    ----------
    expected
        The effect a person that is hoped for: those held out do not bring it.
    contact
        What reaching one person costs; those held out save it.

    Examples
    --------
    >>> told = next_test(Spread(20.0), 10_000, 1_000, expected=2.0, contact=0.5)
    >>> told.contact, told.forgone, round(told.effect, 2)
    (4500.0, 1500.0, 1.66)
    """
    reached = people - held_out
    forgone = max(expected - contact, 0.0) * held_out
    return NextTest(people, held_out, detectable(spread, people, held_out), contact * reached,
                    forgone)  # fmt: skip


def _distance(power: float) -> float:
    return float(special.ndtri(0.5 + LEVEL / 2) + special.ndtri(power))
