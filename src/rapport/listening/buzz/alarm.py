"""One alarm: since when, how large, how fast it grows, and whether it is over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.listening.buzz.growth import growing, size, tail

Floats = NDArray[np.float64]

OVER = 0.1  # a stretch that high by chance one time in ten is not out of the usual


@dataclass
class Alarm:
    """A change in one stream.

    Parameters
    ----------
    stream, direction
        Which, and "up" or "down".
    began, flagged, ended
        Numbers of periods: the first that is out of the usual, the one after which that was known,
        and the first that is usual again (None while it goes on).
    spread, error
        Of the usual counts, when it was flagged.
    known_for
        Periods of the past that it was compared with.
    counts, expected
        Of each period since it began; those of a long alarm's first weeks only.
    chance
        The probability of so much (or so little) in the periods from `began` to `flagged`.
    """

    stream: str
    direction: str
    began: int
    flagged: int
    spread: float
    error: float
    known_for: int
    counts: list[float] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)
    ended: int | None = None
    chance: float = 1.0

    @property
    def is_open(self) -> bool:
        """True while it goes on."""
        return self.ended is None

    def add(self, count: float, expected: float) -> None:
        """Take in one more period."""
        self.counts.append(count)
        self.expected.append(expected)

    def close(self, period: int) -> None:
        """End it before that period."""
        self.ended = period
        del self.counts[max(period - self.began, 1) :], self.expected[max(period - self.began, 1) :]

    def judge(self) -> None:
        """Set the chance of what was seen so far."""
        y, mu = self._known()
        self.chance = beyond(y, mu, self.spread, self.direction)

    def _known(self) -> tuple[Floats, Floats]:
        y, mu = np.array(self.counts), np.array(self.expected)
        known = ~np.isnan(y)
        return y[known], mu[known]

    def row(self) -> dict[str, Any]:
        """Return seen, expected, size and growth with their ranges; growth is a rate a period."""
        y, mu = self._known()
        seen, usual = float(y.sum()), float(mu.sum())
        spread = self.spread * float((mu**2).sum()) / max(usual, 1e-12) ** 2
        value, low, high = size(seen, max(usual, 1e-12), spread, self.error)
        rate = None
        if self.direction == "up":
            rate = growing(np.array(self.counts), np.array(self.expected), self.spread)
        return {
            "seen": seen, "expected": usual, "size": value, "size_low": low, "size_high": high,
            "chance": self.chance, "growth": rate,
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON; what is not known is null."""
        told = dict(vars(self))
        told["counts"] = [None if math.isnan(y) else y for y in self.counts]
        told["expected"] = list(self.expected)
        return told

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Alarm:
        """Return the alarm that `to_dict` wrote."""
        counts = [math.nan if y is None else y for y in stored["counts"]]
        return cls(**{**stored, "counts": counts, "expected": list(stored["expected"])})


def beyond(counts: Floats, expected: Floats, spread: float, direction: str) -> float:
    """Return the chance of so much ("up") or so little ("down") in a stretch that is usual."""
    seen, usual = float(counts.sum()), float(expected.sum())
    if usual <= 0:
        return 0.0 if seen > 0 and direction == "up" else 1.0
    variance = usual + spread * float((expected**2).sum())
    if direction == "up":
        return tail(seen, usual, variance)
    return 1.0 - tail(seen + 1.0, usual, variance)
