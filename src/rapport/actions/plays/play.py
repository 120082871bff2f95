"""A play: something to do, for whom, and the money that it is expected to bring in a year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rapport.estimate import Grade

THANK, ANSWER, WIN_BACK, SELL, SPARE = (
    "thank-advocates", "answer-critics", "win-back", "sell-to-askers", "spare-influencers",
)  # fmt: skip
WRITE, LEAVE, TRY, UNCOUNT = "write-articles", "leave-platform", "test-platforms", "stop-counting"
INVITE, INVITE_REST = "invite-to-connect", "invite-the-rest"
INVITING = frozenset({INVITE, INVITE_REST})
"""Plays that invite people to connect: by lot to find out, then all others once it paid."""
WITH_PEOPLE = (THANK, ANSWER, WIN_BACK, SELL, SPARE, INVITE, INVITE_REST)
"""Plays of which `play_people` lists the people."""
TO_REACH = (THANK, ANSWER, WIN_BACK, SELL, INVITE, INVITE_REST)
"""Plays whose people are to be reached, so that a part of them can be held out."""
ASKING = frozenset({THANK, "advocates", "first_voices"})
"""Audiences that ask people for something, of which each may bear only so many a year."""

PAYS, UNSURE, LOSES, UNKNOWN = "pays", "not sure", "does not pay", "unknown"
_STANDINGS = (PAYS, UNSURE, LOSES, UNKNOWN)

TRUST = {
    Grade.EXPERIMENT: 1.0,
    Grade.COUNT: 1.0,
    Grade.NATURAL_EXPERIMENT: 0.75,
    Grade.ADJUSTED: 0.4,
    Grade.MODEL: 0.4,
    Grade.ASSUMPTION: 0.2,
}
"""How much of expected money counts in the ranking, by what it rests on.

Set by us, in the order of the grades. Comparisons without a lot count for less than half: against
663 experiments, even the best adjusted ones overstated effects severalfold (Gordon, Moakler &
Zettelmeyer 2023). They move the order of plays alone, never a sum that is shown.
"""

LOST = 0.05
"""The part of a range that goes below nothing under which what is expected is lost in it."""


@dataclass(frozen=True, slots=True)
class Money:
    """Money expected in a year, after the costs that are known, and its 90 % range.

    Parameters
    ----------
    basis
        What it rests on: a code of `wording.BASES`.
    """

    value: float
    low: float
    high: float
    grade: Grade
    basis: str

    def less(self, cost: float) -> Money:
        """Return what is left after a cost that is known exactly.

        Examples
        --------
        >>> Money(10.0, 5.0, 20.0, Grade.MODEL, "").less(4.0).low
        1.0
        """
        value, low, high = self.value - cost, self.low - cost, self.high - cost
        return Money(value, low, high, self.grade, self.basis)

    def times(self, factor: float) -> Money:
        """Return so many times as much; the error is common to all, so the range goes along.

        Examples
        --------
        >>> Money(10.0, 5.0, 20.0, Grade.MODEL, "").times(-2.0).low
        -40.0
        """
        low, high = sorted((self.low * factor, self.high * factor))
        return Money(self.value * factor, low, high, self.grade, self.basis)


@dataclass(frozen=True, slots=True)
class Play:
    """One thing to do.

    Parameters
    ----------
    key
        What it is called in commands: one of the names of this module.
    table
        The result table that lists what it is about.
    people
        How many people are on its list; 0 where it is about no people.
    money
        None where nothing on record says what it would bring.
    subject
        The question, platform or count that it is about, as it is written in the data.
    many
        How many things it is about, where they are no people.
    takes
        How many people a test of it takes, where that is known; else 0.
    """

    key: str
    table: str
    people: int = 0
    money: Money | None = None
    subject: str = ""
    many: int = 0
    takes: int = 0

    @property
    def standing(self) -> str:
        """Whether it pays: "pays", "not sure", "does not pay", "unknown".

        Not sure where nothing or less is expected though the range goes above, or so little that
        it is lost in a range that goes below; it does not pay where the whole range does.

        Examples
        --------
        >>> Play(SELL, "t", money=Money(-1.0, -5.0, 2.0, Grade.MODEL, "")).standing
        'not sure'
        """
        if self.money is None or not math.isfinite(self.money.value):
            return UNKNOWN
        if self.money.high < 0:
            return LOSES
        lost = self.money.low < 0 and self.money.value < LOST * (self.money.high - self.money.low)
        return UNSURE if self.money.value <= 0 or lost else PAYS

    @property
    def counted(self) -> float:
        """Expected money discounted for what it rests on; a loss is not made smaller.

        Examples
        --------
        >>> Play(SELL, "t", money=Money(100.0, 0.0, 200.0, Grade.ASSUMPTION, "")).counted
        20.0
        """
        if self.money is None:
            return -math.inf
        value = self.money.value
        return value * TRUST[self.money.grade] if value > 0 else value


def ranked(plays: Sequence[Play]) -> list[Play]:
    """Return plays in the order in which to do them.

    Those that pay come first, by expected money times `TRUST` of its grade; of two alike, the one
    with the higher lower end. Then those of which it is not sure, those that cost more than they
    bring, and those of unknown worth, which come last and are there to be tested.

    Examples
    --------
    >>> sure = Play(WRITE, "q", money=Money(30.0, 20.0, 40.0, Grade.EXPERIMENT, ""))
    >>> hoped = Play(WIN_BACK, "b", money=Money(100.0, 0.0, 200.0, Grade.ASSUMPTION, ""))
    >>> [each.key for each in ranked([Play(UNCOUNT, "c"), hoped, sure])]
    ['write-articles', 'win-back', 'stop-counting']
    """
    return sorted(
        plays,
        key=lambda each: (
            _STANDINGS.index(each.standing),
            -each.counted,
            -(each.money.low if each.money else -math.inf),
            each.key,
            each.subject,
        ),
    )
