"""Experiments on whole places: stores, towns, regions that get the treatment together.

People of one place are alike, so places are what counts: a few dozen at most. The range is that of
Student's t on places, and beside it stands how often a new lot over the places would bring as
large a difference if the treatment did nothing (Fisher 1935; randomisation inference).
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from rapport.impact.experiments.arms import Arm, per_unit
from rapport.impact.experiments.regression import Flags, Reading, Values

MOST_LOTS = 20_000
_SEED = 19_35


def of_places(
    total: Values, people: Values, treated: Values, past: Values | None = None
) -> tuple[Reading, float]:
    """Return the difference per person and the chance of one as large by another lot.

    Parameters
    ----------
    total, people
        What each place brought, and how many people it has; shape (places,).
    treated
        0 or 1 for each place.
    past
        What each place brought before, which is taken off; shape (places,).

    Examples
    --------
    Eight places, four of them treated; each lot of four is one of 70, and the one that was drawn
    has the largest difference of all, on either side:

    >>> found, chance = of_places(np.array([9.0, 8, 7, 8, 3, 2, 3, 4]), np.ones(8),
    ...                           np.array([1, 1, 1, 1, 0, 0, 0, 0]))
    >>> found.value, round(chance * 70)
    (5.0, 2)
    """
    chosen = treated > 0
    brought = total if past is None else total - _slope(total, past, people, chosen) * past
    arms = [Arm.of(np.column_stack([brought, people])[side]) for side in (chosen, ~chosen)]
    found = per_unit(*arms)
    used = 2 if past is None else 3
    clusters = len(total)
    freedom = clusters - used
    if freedom < 1 or min(arm.people for arm in arms) < 2:
        return Reading.of(found.value, math.inf, 0), 1.0
    # what is fitted makes places look more alike than they are (Imbens & Kolesár 2016)
    error = found.error * math.sqrt((clusters - 2) / freedom)
    reading = Reading.of(found.value, error, min(found.freedom, freedom))
    return reading, _by_lot(brought, people, chosen)


def _slope(total: Values, past: Values, people: Values, chosen: Flags) -> float:
    """Return how much of what a place brought before it brings again, arms taken apart."""
    rates = np.column_stack([total / people, past / people])
    spread = np.zeros((2, 2))
    for part in (chosen, ~chosen):
        off = rates[part] - rates[part].mean(axis=0)
        spread += off.T @ off
    return float(spread[0, 1] / spread[1, 1]) if spread[1, 1] > 0 else 0.0


def _by_lot(brought: Values, people: Values, chosen: Flags) -> float:
    many, places = int(chosen.sum()), len(chosen)
    if math.comb(places, many) <= MOST_LOTS:
        lots = np.zeros((math.comb(places, many), places))
        for row, drawn in enumerate(combinations(range(places), many)):
            lots[row, list(drawn)] = 1
        extra = 0
    else:
        ranks = np.random.default_rng(_SEED).random((MOST_LOTS, places)).argsort(axis=1)
        lots = (ranks < many).astype(float)
        extra = 1  # the lot that was drawn counts among those drawn at random
    gap = _gaps(lots, brought, people)
    seen = float(_gaps(chosen.astype(float)[None], brought, people)[0])
    as_large = int((np.abs(gap) >= abs(seen) * (1 - 1e-9)).sum())
    return (as_large + extra) / (len(lots) + extra)


def _gaps(lots: Values, brought: Values, people: Values) -> Values:
    treated = (lots @ brought) / (lots @ people)
    gaps: Values = treated - ((1 - lots) @ brought) / ((1 - lots) @ people)
    return gaps
