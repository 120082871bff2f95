"""Of what answered customers bought after a complaint: how much is there because of the answer.

Among customers with the same history, those who were not answered show what the answered would have
bought. An answer keeps people who would have left, and who stays buys as before; so the share that
an answer kept is one less the ratio of the two rates of buying.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS
from rapport.listening.answering.outcomes import FAST, NEVER, SLOW
from rapport.value.service.complained import HISTORY

Array = NDArray[np.float64]
Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of the later buying an answer kept.

    Parameters
    ----------
    answered
        "fast" or "slow".
    naive
        The share without regard to history.
    draws
        Possible values of the adjusted share, `DRAWS`.
    people, others, alone
        Answered and unanswered customers compared, and answered ones whom nobody resembles.
    """

    answered: str
    naive: float
    draws: Array
    people: int
    others: int
    alone: int

    def after(self, times: int) -> Array:
        """Return the share that so many answers kept, each of which may have kept the customer.

        Examples
        --------
        >>> Kept("fast", 0.2, np.full(DRAWS, 0.2), 9, 9, 0).after(2)[0].round(2)
        np.float64(0.36)
        """
        found: Array = 1 - (1 - self.draws) ** times
        return found

    @property
    def share(self) -> float:
        """The middle of the adjusted share."""
        return float(self.draws.mean())


def kept(cells: Sequence[Cell], *, seed: int) -> dict[str, Kept]:
    """Return how much answers kept, by "fast" and "slow", within cells of the same history.

    The rate of a cell is a ratio of sums over people, each drawn whole (Cochran 1977, section
    2.11). Both are held against the same unanswered people, whose chance they share. An answer is
    left out where nobody answered resembles anybody unanswered, or none of them bought again.

    Parameters
    ----------
    cells
        As `complained.buying_cells` gives them.

    Examples
    --------
    >>> def cell(answered, people, orders):
    ...     sums = {"days": 100.0 * people, "days_2": 1e4 * people, "both": 100.0 * orders}
    ...     return {"answered": answered, "public": 0, "prior": "1", "recency": "30",
    ...             "people": people, "orders": orders, "orders_2": 2 * orders, **sums}
    >>> found = kept([cell("fast", 900, 900.0), cell("never", 900, 675.0)], seed=1)
    >>> round(found["fast"].share, 2), found["fast"].people
    (0.25, 900)
    """
    groups: dict[str, dict[tuple[str, ...], Cell]] = {FAST: {}, SLOW: {}, NEVER: {}}
    for row in cells:
        if row["days"]:
            groups[row["answered"]][_history(row)] = row
    rng = np.random.default_rng(seed)
    rates = {
        key: np.maximum(row["orders"] / row["days"] + _error(row) * rng.standard_normal(DRAWS), 0.0)
        for key, row in sorted(groups[NEVER].items())
    }
    found = {name: _against(name, groups, rates, rng) for name in (FAST, SLOW)}
    return {name: each for name, each in found.items() if each is not None}


def _against(
    answered: str,
    groups: Mapping[str, Mapping[tuple[str, ...], Cell]],
    rates: Mapping[tuple[str, ...], Array],
    rng: np.random.Generator,
) -> Kept | None:
    first = groups[answered]
    shared = [key for key in sorted(first) if key in rates]
    bought = sum(first[key]["orders"] for key in shared)
    if not shared or not bought:
        return None
    others = sum((first[key]["days"] * rates[key] for key in shared), np.zeros(DRAWS))
    own = math.sqrt(sum((first[key]["days"] * _error(first[key])) ** 2 for key in shared))
    theirs = np.maximum(bought + own * rng.standard_normal(DRAWS), 0.05 * bought)
    people, rest = (
        sum(row["people"] for row in groups[name].values()) for name in (answered, NEVER)
    )
    compared = sum(first[key]["people"] for key in shared)
    naive = 1 - _rate(groups[NEVER]) / _rate(first)
    draws = np.clip(1 - others / theirs, -1.0, 1.0)
    return Kept(answered, naive, draws, int(compared), int(rest), int(people - compared))


def _history(row: Cell) -> tuple[str, ...]:
    return tuple(row[name] for name in HISTORY)


def _rate(group: Mapping[Any, Cell]) -> float:
    days = sum(row["days"] for row in group.values())
    return float(sum(row["orders"] for row in group.values()) / days)


def _error(row: Cell) -> float:
    """Return the error of a cell's rate; half an order keeps a cell without any from zero."""
    people, days = row["people"], row["days"]
    rate = (row["orders"] + 0.5) / days
    squares = row["orders_2"] - 2 * rate * row["both"] + rate**2 * row["days_2"]
    least = row["orders"] + 0.5
    return float(math.sqrt(max(squares * people / max(people - 1, 1), least)) / days)
