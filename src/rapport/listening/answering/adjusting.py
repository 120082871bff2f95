"""Comparing like with like: shares within cells of the same history, weighted alike."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from scipy import special

from rapport.estimate import EDGE, LEVEL
from rapport.listening.answering.survival import Span

Cells = Mapping[Hashable, tuple[float, float]]
"""For each cell of like people: how many there are, and how many did the thing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How a share differs between two groups, as it is and among like people.

    Parameters
    ----------
    naive, adjusted
        Share of the first group less that of the second, with ranges; `adjusted` in the cells that
        hold both, each weighted by its people of the first.
    compared, alone
        People of the first group in cells with both, and in cells without anybody to compare.
    """

    naive: Span
    adjusted: Span
    compared: int
    alone: int


def gap(first: Cells, second: Cells) -> Gap:
    """Return the gap between two groups by exact stratification (Rosenbaum & Rubin 1984, s. 1).

    The variance of a share in a cell adds one person who did and one who did not (Agresti & Caffo
    2000), so that a cell of few people is not taken for certain.

    Examples
    --------
    >>> loyal_come_back = {"loyal": (80, 60), "new": (20, 2)}
    >>> mostly_new = {"loyal": (20, 15), "new": (80, 8)}
    >>> told = gap(loyal_come_back, mostly_new)
    >>> round(told.naive.value, 2), round(told.adjusted.value, 2)
    (0.39, 0.0)
    """
    people = _people(first)
    shared = [key for key, (n, _) in first.items() if n and second.get(key, (0, 0))[0]]
    compared = sum(first[key][0] for key in shared)
    value = spread = 0.0
    for key in shared:
        weight = first[key][0] / compared
        for sign, (n, did) in ((1, first[key]), (-1, second[key])):
            value += sign * weight * did / n
            spread += weight**2 * _variance(n, did)
    adjusted = _normal(value, spread) if shared else Span(math.nan, -1.0, 1.0)
    return Gap(_naive(first, second), adjusted, int(compared), int(people - compared))


def share(cells: Cells) -> Span:
    """Return the share of all people in the cells who did the thing, with Jeffreys' range."""
    people, did = _people(cells), sum(d for _, d in cells.values())
    if not people:
        return Span(math.nan, 0.0, 1.0)
    a, b, tail = did + 0.5, people - did + 0.5, (1 - LEVEL) / 2
    low = 0.0 if did == 0 else float(special.betaincinv(a, b, tail))
    high = 1.0 if did == people else float(special.betaincinv(a, b, 1 - tail))
    return Span(did / people, low, high)


def weighted_share(cells: Cells, weights: Mapping[Hashable, float]) -> Span:
    """Return the share there would be if each cell had its weight: standardised by cells.

    A cell without people takes the share of all (so its weight says nothing new).
    """
    whole = share(cells)
    total = sum(weights.values())
    if not total or not whole.known:
        return Span(math.nan, 0.0, 1.0)
    value = spread = 0.0
    for key, weight in weights.items():
        n, did = cells.get(key, (0.0, 0.0))
        part = weight / total
        if n:
            value += part * did / n
            spread += part**2 * _variance(n, did)
        else:
            value += part * whole.value
            spread += part**2 * 0.25
    found = _normal(value, spread)
    return Span(found.value, max(found.low, 0.0), min(found.high, 1.0))


def _people(cells: Cells) -> float:
    return float(sum(n for n, _ in cells.values()))


def _naive(first: Cells, second: Cells) -> Span:
    whole = [(_people(cells), sum(did for _, did in cells.values())) for cells in (first, second)]
    if not all(n for n, _ in whole):
        return Span(math.nan, -1.0, 1.0)
    value = whole[0][1] / whole[0][0] - whole[1][1] / whole[1][0]
    return _normal(value, sum(_variance(n, did) for n, did in whole))


def _variance(n: float, did: float) -> float:
    part = (did + 1) / (n + 2)
    return part * (1 - part) / (n + 2)


def _normal(value: float, variance: float) -> Span:
    half = EDGE * math.sqrt(variance)
    return Span(value, max(value - half, -1.0), min(value + half, 1.0))
