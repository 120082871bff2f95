"""Of what answered customers bought after a complaint: how much is there because of the answer.

Among customers with the same history, those who were not answered show what the answered would have
bought. An answer keeps people who would have left, and who stays buys as before; so the share that
an answer kept is one less the ratio of the two rates of buying. Where nearly everybody is answered
hardly anybody is left to compare with: what was known before the data then carries the number.
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
Group = dict[tuple[str, ...], Cell]

BEFORE, SPREAD = math.log(0.85), 0.2
"""Before any data: buying unanswered as a share of buying answered, log-normal. An answer keeps
15 % of what is bought later, -18 to 39 %: recovery counters most of what a failure costs, seldom
all (Knox & van Oest 2014), and what people say they would do is more than what they do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of the later buying an answer kept.

    Parameters
    ----------
    answered, public
        "fast" or "slow", and 1 for complaints that all could read.
    naive
        The share without regard to history; None where nobody is there to compare with.
    draws
        Possible values of the adjusted share, `DRAWS`.
    seen
        How much of the number the data say, and not what was assumed before: nothing to one.
    people, others, alone
        Answered and unanswered customers compared, and answered ones whom nobody resembles.
    """

    answered: str
    public: int
    naive: float | None
    draws: Array
    seen: float
    people: int
    others: int
    alone: int

    def after(self, times: int) -> Array:
        """Return the share that so many answers kept, each of which may have kept the customer.

        Examples
        --------
        >>> Kept("fast", 0, 0.2, np.full(DRAWS, 0.2), 1.0, 9, 9, 0).after(2)[0].round(2)
        np.float64(0.36)
        """
        found: Array = 1 - (1 - self.draws) ** times
        return found

    @property
    def share(self) -> float:
        """The middle of the adjusted share."""
        return float(self.draws.mean())


def kept(cells: Sequence[Cell], *, seed: int) -> tuple[Kept, ...]:
    """Return how much answers kept, by `ANSWER`, each held against the unanswered of its own kind.

    The ratio of rates is that of Mantel & Haenszel for person-time (Rothman & Greenland 1998, eq.
    15-24), which stays unbiased where cells hold few people; its error sums over people, each
    drawn whole. It is weighed against what was known before the data (`BEFORE`, `SPREAD`), as two
    normal errors of a logarithm. Both answers are held against the same unanswered people, whose
    chance they share.

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
    >>> (found,) = kept([cell("fast", 900, 900.0), cell("never", 900, 675.0)], seed=1)
    >>> round(found.share, 2), round(found.seen, 2), found.people
    (0.24, 0.93, 900)
    """
    groups: dict[tuple[str, int], Group] = {}
    for row in cells:
        if row["days"]:
            kind = (row["answered"], int(row["public"]))
            groups.setdefault(kind, {})[tuple(row[name] for name in HISTORY)] = row
    rng = np.random.default_rng(seed)
    found = []
    for public in (0, 1):
        chance = rng.standard_normal(DRAWS)
        for answered in (FAST, SLOW):
            own = rng.standard_normal(DRAWS)
            if (answered, public) in groups:
                found.append(_against((answered, public), groups, chance, own))
    return tuple(found)


def _against(
    kind: tuple[str, int], groups: Mapping[tuple[str, int], Group], others: Array, own: Array
) -> Kept:
    """Return what one kind of answer kept; `others` and `own` are standard normal draws."""
    first, rest = groups[kind], groups.get((NEVER, kind[1]), {})
    shared = [(first[key], rest[key]) for key in sorted(first) if key in rest]
    ratio, theirs, ours = _ratio(shared)
    error = theirs + ours
    seen = SPREAD**2 / (SPREAD**2 + error) if math.isfinite(error) else 0.0
    middle = BEFORE + (seen * (ratio - BEFORE) if seen else 0.0)
    chance = others
    if seen:
        chance = math.sqrt(theirs / error) * others + math.sqrt(ours / error) * own
    ratios = np.exp(middle + SPREAD * math.sqrt(1 - seen) * chance)
    people, unheard = (sum(row["people"] for row in group.values()) for group in (first, rest))
    compared = sum(row["people"] for row, _ in shared)
    naive = 1 - _rate(rest) / _rate(first) if rest and _rate(first) else None
    draws = np.maximum(1 - ratios, -1.0)
    return Kept(*kind, naive, draws, seen, int(compared), int(unheard), int(people - compared))


def _ratio(shared: Sequence[tuple[Cell, Cell]]) -> tuple[float, float, float]:
    """Return the logarithm of unanswered by answered buying, and both parts of its variance.

    The variance is that of the estimating equation, people being independent; where nobody bought
    on a side, nothing is known (infinite).
    """
    weights = [(a["days"] + n["days"], a, n) for a, n in shared]
    above = sum(n["orders"] * a["days"] / whole for whole, a, n in weights)
    below = sum(a["orders"] * n["days"] / whole for whole, a, n in weights)
    if not above or not below:
        return 0.0, math.inf, 0.0
    ratio = above / below
    theirs = ours = 0.0
    for whole, answered, never in weights:
        usual = (answered["orders"] + never["orders"]) / (answered["days"] + ratio * never["days"])
        theirs += (answered["days"] / whole) ** 2 * _spread(never, ratio * usual)
        ours += (ratio * never["days"] / whole) ** 2 * _spread(answered, usual)
    return math.log(ratio), theirs / above**2, ours / above**2


def _spread(row: Cell, rate: float) -> float:
    """Return the variance of a cell's orders around a rate; as much as counting at the least."""
    squares = row["orders_2"] - 2 * rate * row["both"] + rate**2 * row["days_2"]
    return float(max(squares, rate * row["days"]))


def _rate(group: Mapping[Any, Cell]) -> float:
    days = sum(row["days"] for row in group.values())
    return float(sum(row["orders"] for row in group.values()) / days)
