"""Effects by group, drawn towards the common effect as far as chance explains how they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from rapport.impact.experiments.regression import Reading


class Shrunk(NamedTuple):
    """What is known of the effects of several groups together.

    Parameters
    ----------
    readings
        Each group's effect, drawn towards the common one.
    common
        The common effect.
    spread
        Standard deviation of true effects between groups.
    chance
        How often chance alone makes the groups differ as much (Cochran's Q).
    """

    readings: list[Reading]
    common: Reading
    spread: float
    chance: float


def shrunk(readings: Sequence[Reading]) -> Shrunk:
    """Return effects by group, those of small groups drawn furthest towards the common effect.

    Empirical Bayes with the spread of DerSimonian & Laird 1986; ranges count that the common
    effect is itself estimated (Morris 1983).

    Examples
    --------
    >>> told = shrunk([Reading.of(9.0, 4.0, 1000), Reading.of(1.0, 0.5, 1000),
    ...                Reading.of(1.2, 0.5, 1000)])
    >>> [round(each.value, 1) for each in told.readings]
    [1.5, 1.1, 1.2]
    """
    value = np.array([each.value for each in readings])
    variance = np.array([each.error**2 for each in readings])
    usable = np.isfinite(value) & np.isfinite(variance) & (variance > 0)
    if usable.sum() < 2:
        common = next((r for r, good in zip(readings, usable, strict=True) if good), None)
        one = common or Reading.of(math.nan, math.inf, 0)
        return Shrunk(list(readings), one, 0.0, 1.0)
    y, v = value[usable], variance[usable]
    w = 1 / v
    centre = float(w @ y / w.sum())
    q = float(w @ (y - centre) ** 2)
    freedom = len(y) - 1
    between = max(0.0, (q - freedom) / float(w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + between)
    centre, doubt = float(w @ y / w.sum()), float(1 / w.sum())
    made = []
    for each, good, own in zip(readings, usable, variance, strict=True):
        if not good:
            made.append(each)
            continue
        pull = own / (own + between)
        drawn = float(pull * centre + (1 - pull) * each.value)
        error = math.sqrt(float((1 - pull) * own + pull**2 * doubt))
        made.append(Reading.of(drawn, error, each.freedom))
    free = sum(each.freedom for each, good in zip(readings, usable, strict=True) if good)
    return Shrunk(made, Reading.of(centre, math.sqrt(doubt), free), math.sqrt(between),
                  float(stats.chi2.sf(q, freedom)))  # fmt: skip
