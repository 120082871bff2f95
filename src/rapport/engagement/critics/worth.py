"""What answering critics was worth: money among like people, answered against left alone."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.estimate import EDGE
from rapport.listening.answering.survival import Span

_OTHERS = 2.0  # people that all cells of a group count for in each


@dataclass(frozen=True, slots=True)
class Worth:
    """Money a critic, answered less left alone.

    Parameters
    ----------
    naive, adjusted
        The difference as it is, and among people with the same history.
    compared, alone
        Answered people in cells with both, and in cells without anybody to compare.
    """

    naive: Span
    adjusted: Span
    compared: int
    alone: int

    @property
    def total(self) -> Span:
        """All that answering brought from those who could be compared."""
        found = self.adjusted
        return Span(*(end * self.compared for end in (found.value, found.low, found.high)))


@dataclass(frozen=True, slots=True)
class Sums:
    """People of a cell, what they brought, and the sum of its squares."""

    people: float
    gain: float
    squares: float

    @property
    def mean(self) -> float:
        """Money a person."""
        return self.gain / self.people


def worth(answered: Mapping[Hashable, Sums], alone: Mapping[Hashable, Sums]) -> Worth:
    """Return what answering was worth, by exact stratification (Rosenbaum & Rubin 1984, s. 1).

    The variance of money in a cell is its own, with that of all cells of the group counting as two
    more people: a cell of two people is not taken for certain because the two are alike.

    Examples
    --------
    >>> calm = {"loyal": Sums(80, 800.0, 9000.0), "new": Sums(20, 20.0, 60.0)}
    >>> left = {"loyal": Sums(20, 200.0, 2250.0), "new": Sums(80, 80.0, 240.0)}
    >>> told = worth(calm, left)
    >>> round(told.naive.value, 1), round(told.adjusted.value, 1), told.compared
    (5.4, 0.0, 100)
    """
    shared = [key for key, cell in answered.items() if cell.people and _people(alone, key)]
    compared = sum(answered[key].people for key in shared)
    whole = sum(cell.people for cell in answered.values())
    spreads = [_within(group) for group in (answered, alone)]
    value = variance = 0.0
    for key in shared:
        weight = answered[key].people / compared
        for sign, group, spread in zip((1, -1), (answered, alone), spreads, strict=True):
            value += sign * weight * group[key].mean
            variance += weight**2 * _variance(group[key], spread) / group[key].people
    adjusted = _normal(value, variance) if shared else Span(math.nan, -math.inf, math.inf)
    return Worth(_naive(answered, alone), adjusted, int(compared), int(whole - compared))


def of_rows(
    rows: Iterable[Mapping[str, Any]], names: Iterable[str], answered: str
) -> dict[Hashable, Sums]:
    """Return the cells of one group from the rows that the engine counted."""
    keys = tuple(names)
    return {
        tuple(row[name] for name in keys): Sums(row["people"], row["gain"], row["squares"])
        for row in rows
        if row["answered"] == answered
    }


def _people(cells: Mapping[Hashable, Sums], key: Hashable) -> float:
    return cells[key].people if key in cells else 0.0


def _within(cells: Mapping[Hashable, Sums]) -> float:
    """Return the variance of money between people of the same cell."""
    people = sum(cell.people for cell in cells.values())
    squares = sum(cell.squares - cell.gain**2 / cell.people for cell in cells.values())
    free = people - len(cells)
    if free > 0:
        return max(squares, 0.0) / free
    return max(sum(cell.squares for cell in cells.values()), 0.0) / max(people, 1.0)


def _variance(cell: Sums, within: float) -> float:
    """Return the variance between people of a cell, drawn towards that of all cells."""
    squares = max(cell.squares - cell.gain**2 / cell.people, 0.0)
    return (squares + _OTHERS * within) / (cell.people - 1 + _OTHERS)


def _naive(answered: Mapping[Hashable, Sums], alone: Mapping[Hashable, Sums]) -> Span:
    value, variance = 0.0, 0.0
    for sign, group in ((1, answered), (-1, alone)):
        people = sum(cell.people for cell in group.values())
        if not people:
            return Span(math.nan, -math.inf, math.inf)
        mean = sum(cell.gain for cell in group.values()) / people
        squares = sum(cell.squares for cell in group.values())
        value += sign * mean
        variance += max(squares / people - mean**2, 0.0) / max(people - 1, 1)
    return _normal(value, variance)


def _normal(value: float, variance: float) -> Span:
    half = EDGE * math.sqrt(variance)
    return Span(value, value - half, value + half)
