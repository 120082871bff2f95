"""What people did month by month, and when they connected, as arrays small enough for a driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Values = NDArray[np.float64]
Whole = NDArray[np.int64]

NEVER = 1 << 20
"""The month in which those connect who do not."""
DIGITS = 6
"""Of amounts and chances, as much as is kept."""
BEFORE = -1
"""The month in which those connected who had before the first month on record."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """When people connected, in months from the first on record: `BEFORE`, 0, 1, …, `NEVER`.

    Parameters
    ----------
    since
        By one definition of connected; shape (people,).
    anywhere
        By any definition of the same kind: who is connected elsewhere is neither among the newly
        connected nor among the others.
    """

    since: Whole
    anywhere: Whole


@dataclass(frozen=True)
class Histories:
    """The histories of people.

    Parameters
    ----------
    amounts
        By name ("margin", "orders", …) what each person did in each month; shape (people, months).
    first
        The month of the first order on record, `NEVER` for none; shape (people,).
    weight
        How many people each stands for; shape (people,).
    """

    amounts: Mapping[str, Values]
    first: Whole
    weight: Values
    _sums: dict[str, Values] = field(default_factory=dict, repr=False)

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.first)

    @property
    def months(self) -> int:
        """How many months there are."""
        return int(self.amounts["orders"].shape[1])

    @cached_property
    def bought(self) -> NDArray[np.bool_]:
        """Whether each person ordered in each month."""
        found: NDArray[np.bool_] = self.amounts["orders"] > 0
        return found

    def between(self, name: str, person: Whole, start: Whole, stop: Whole) -> Values:
        """Return what people did from month `start` up to, not with, month `stop`."""
        if name not in self._sums:
            told = self.amounts[name]
            self._sums[name] = np.concatenate(
                [np.zeros((len(told), 1)), np.cumsum(told, axis=1)], axis=1
            )
        sums = self._sums[name]
        last = self.months
        begin, end = np.clip(start, 0, last), np.clip(stop, 0, last)
        found: Values = sums[person, np.maximum(end, begin)] - sums[person, begin]
        return found


def histories(
    rows: pa.Table, people: int, span: tuple[int, int], names: Sequence[str], weight: Values
) -> Histories:
    """Return histories from sparse rows: `number` (of the person), `month` (a number), amounts.

    Parameters
    ----------
    span
        Numbers of the first and the last month; rows outside are left out.

    Examples
    --------
    >>> rows = pa.table({"number": [0, 0, 1], "month": [24300, 24302, 24301], "orders": [1, 2, 1]})
    >>> told = histories(rows, 2, (24300, 24302), ["orders"], np.ones(2))
    >>> told.amounts["orders"].tolist(), told.first.tolist()
    ([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]], [0, 1])
    """
    months = max(span[1] - span[0] + 1, 0)
    number = np.asarray(rows.column("number"), np.int64)
    month = np.asarray(rows.column("month"), np.int64) - span[0]
    inside = (month >= 0) & (month < months)
    cell = number[inside] * months + month[inside]
    amounts = {}
    for name in names:
        values = np.nan_to_num(np.asarray(rows.column(name), float)[inside])
        sums = np.bincount(cell, weights=values, minlength=people * months)
        # rows come in any order: the last digits would lead trees to cut elsewhere each time
        amounts[name] = np.round(sums.astype(float), DIGITS).reshape(people, months)
    ordered = amounts["orders"] > 0
    first = np.where(ordered.any(axis=1), ordered.argmax(axis=1), NEVER) if months else (
        np.full(people, NEVER)
    )  # fmt: skip
    return Histories(amounts, first.astype(np.int64), weight)


def beginnings(rows: pa.Table, people: int, first_month: int) -> dict[str, Beginnings]:
    """Return when people connected, by definition: each kind, and each platform of a kind.

    Parameters
    ----------
    rows
        number, kind, platform, month (a number).

    Examples
    --------
    >>> rows = pa.table({"number": [0, 0], "kind": ["follow"] * 2, "platform": ["x", "y"],
    ...                  "month": [24301, 24299]})
    >>> told = beginnings(rows, 1, 24300)
    >>> {name: each.since.tolist() for name, each in told.items()}
    {'follow': [-1], 'follow x': [1], 'follow y': [-1]}
    """
    number = np.asarray(rows.column("number"), np.int64)
    kind = np.array(rows.column("kind").to_pylist(), object)
    platform = np.array(rows.column("platform").to_pylist(), object)
    month = np.maximum(np.asarray(rows.column("month"), np.int64) - first_month, BEFORE)
    made: dict[str, Beginnings] = {}
    for each in sorted(set(kind.tolist())):
        here = kind == each
        whole = _first(number[here], month[here], people)
        made[str(each)] = Beginnings(whole, whole)
        places = sorted(set(platform[here].tolist()))
        if len(places) < 2:
            continue
        for place in places:
            there = here & (platform == place)
            own = _first(number[there], month[there], people)
            made[f"{each} {place}"] = Beginnings(own, whole)
    return made


def _first(number: Whole, month: Whole, people: int) -> Whole:
    found = np.full(people, NEVER, np.int64)
    np.minimum.at(found, number, month)
    return found
