"""Experiments on whole places: stores, towns, regions that get the treatment together.

People of one place are alike, so places are what counts: a few dozen at most. The range is that of
Student's t on places, and beside it stands how often a new lot over the places would bring as
large a difference if the treatment did nothing (Fisher 1935; randomisation inference).
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

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
    >>> round(found.value, 6), round(chance * 70)
    (5.0, 2)
    """
    chosen = treated > 0
    if min(chosen.sum(), (~chosen).sum()) < 2:
        return Reading.of(math.nan, math.inf, 0), 1.0
    columns = [people, people * treated] + ([] if past is None else [past])
    root = np.sqrt(people)[:, None]
    design = np.column_stack(columns) / root
    slopes = np.linalg.pinv(design) @ (total / root[:, 0])
    error, freedom = _error(design, total / root[:, 0] - design @ slopes)
    # the slope of the past must not know the lot, or other lots are not like it
    blind = np.linalg.pinv(design[:, [0, *range(2, len(columns))]]) @ (total / root[:, 0])
    brought = total if past is None else total - blind[1] * past
    return Reading.of(float(slopes[1]), error, freedom), _by_lot(brought, people, chosen)


def _error(design: Values, rest: Values) -> tuple[float, float]:
    """Return the HC2 error of the second slope, with the freedom of Bell & McCaffrey 2002.

    Few places make errors look smaller than they are; the freedom makes up for it (Imbens &
    Kolesár 2016, section 3).
    """
    inverse = np.linalg.pinv(design.T @ design)
    hat = design @ inverse @ design.T
    scale = 1 / np.sqrt(np.maximum(1 - np.diag(hat), 1e-9))
    row = (design @ inverse[1]) * scale
    error = math.sqrt(float((row * rest) @ (row * rest)))
    spread = (np.eye(len(rest)) - hat) * row
    inner = spread.T @ spread
    below = float((inner**2).sum())
    return error, float(np.trace(inner)) ** 2 / below if below > 0 else 0.0


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
