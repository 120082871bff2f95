"""Shares of people who speak well and ill, by side, level and place, with both their errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import special

from rapport.estimate import LEVEL

EVERY = "all"
_TAIL = (1 - LEVEL) / 2


def share(part: float, low: float, high: float, people: int) -> tuple[float, float, float]:
    """Return the share of people, with chance and misreading in its range.

    Parameters
    ----------
    part, low, high
        Expected number of people, and the same with the model's errors at either end.
    people
        Of how many. Their being a sample gives Jeffreys' range (Brown, Cai & DasGupta 2001); the
        two errors are independent, so the distances of their ends add as squares.

    Examples
    --------
    >>> [round(end, 1) for end in share(30, 20, 45, 100)]
    [0.3, 0.2, 0.5]
    """
    value = part / people
    a, b = part + 0.5, people - part + 0.5
    chance = special.betaincinv(a, b, [_TAIL, 1 - _TAIL])
    down = np.hypot(value - min(chance[0], value), (part - low) / people)
    up = np.hypot(max(chance[1], value) - value, (high - part) / people)
    return value, max(float(value - down), 0.0), min(float(value + up), 1.0)


def rows(cells: Iterable[Mapping[str, Any]], where: str, smallest: int) -> list[dict[str, Any]]:
    """Return the shares of each side and level, and of all levels together; no small groups.

    Parameters
    ----------
    cells
        As `voices.cells` gives them.
    where
        "online", "offline" or "both".
    smallest
        How many people a group must hold to be shown.
    """
    summed: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for cell in cells:
        for level in (cell["level"], EVERY):
            for name, value in cell.items():
                if name not in {"side", "level"}:
                    summed[cell["side"], level][name] += float(value or 0.0)
    made = []
    for (side, level), sums in sorted(summed.items()):
        people = int(sums["people"])
        if people < smallest:
            continue
        row: dict[str, Any] = {"side": side, "level": level, "where": where, "people": people}
        for name in ("well", "ill"):
            ends = share(sums[name], sums[f"{name}_low"], sums[f"{name}_high"], people)
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
        made.append(row)
    return made
