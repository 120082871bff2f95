"""What counts as an alarm, and how many periods of the past each judgement needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.buzz.evidence import FALLS, RISES

Floats = NDArray[np.float64]

DAY = 86400
_SETTLED_DAYS = 28  # a change that lasts longer is the new usual


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as an alarm.

    Parameters
    ----------
    every
        Length of a period in seconds.
    false_alarms
        False alarms a month that are accepted.
    over
        "all": over all streams together; "each": for each stream.
    directions
        "up", "down" or both.
    least
        The smallest rise that matters: 1.5 is half as much again.
    fewest
        Fewer messages than that are never an alarm.
    zone
        Time zone of the weekly rhythm; times are taken as they are when it is None.
    gaps
        What a period that was passed over means: "zero" or "missing".
    """

    every: int
    false_alarms: float = 1.0
    over: Literal["all", "each"] = "all"
    directions: tuple[str, ...] = ("up",)
    least: float = 1.5
    fewest: int = 3
    zone: str | None = None
    gaps: Literal["zero", "missing"] = "zero"

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.false_alarms < math.inf:
            faults.append(Fault(f"false_alarms is {self.false_alarms}.", hint="More than 0."))
        if self.over not in {"all", "each"}:
            faults.append(Fault(f"over cannot be '{self.over}'.", hint="Allowed: all, each."))
        if not self.directions or not set(self.directions) <= {"up", "down"}:
            faults.append(Fault("direction is unknown.", hint="Allowed: up, down, both."))
        if not 1.05 <= self.least <= RISES[-1]:
            faults.append(Fault(f"least is {self.least}.", hint="1.05 to 1000."))
        if self.fewest < 1:
            faults.append(Fault(f"fewest is {self.fewest}.", hint="1 or more."))
        if faults:
            raise Problem("Nothing was watched.", faults)

    @property
    def needed(self) -> int:
        """Periods of history before a stream can be watched."""
        if self.every < DAY:
            return 14 * DAY // self.every
        return 28 if self.every == DAY else 12

    @property
    def guard(self) -> int:
        """Periods that must pass before one is learnt from: an alarm may still be raised on it."""
        return max(DAY // self.every, 2)

    @property
    def block(self) -> int:
        """Periods whose sum tells how alike periods in a row are: a day, or a week of days."""
        return max(DAY // self.every, 7)

    @property
    def quiet(self) -> tuple[int, int]:
        """Shortest and longest stretch, in periods, that shows that an alarm is over."""
        if self.every < DAY:
            return DAY // self.every, 7 * DAY // self.every
        return (3, 7) if self.every == DAY else (2, 4)

    @property
    def settled(self) -> int:
        """Periods after which a change is the new usual."""
        return max(_SETTLED_DAYS * DAY // self.every, 4)

    def changes(self, direction: str) -> Floats:
        """Return the changes that are tested for, as factors."""
        if direction == "down":
            return np.array([1 / self.least, *FALLS[1 / self.least > FALLS]])
        return np.array([self.least, *RISES[self.least < RISES]])
