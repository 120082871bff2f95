"""What a test would need that settles the question: how many customers, invited by lot."""

from __future__ import annotations

import numpy as np

from rapport.impact.connected.histories import Histories, Whole
from rapport.impact.connected.trial import AFTER, BEFORE, LATELY
from rapport.impact.experiments.planning import Spread, people_for

UPTAKE = 0.25
"""The share of those invited who are taken to connect because of it."""


def spread(told: Histories) -> Spread | None:
    """Return how late customers differ in what they bring, and how much of it their past tells."""
    month = told.months - AFTER - 1
    if month < LATELY:
        return None
    late = told.bought[:, month - LATELY + 1 : month + 1].any(axis=1)
    person: Whole = np.flatnonzero(late).astype(np.int64)
    if len(person) < BEFORE:
        return None
    here = np.full(len(person), month + 1)
    after = told.between("margin", person, here, here + AFTER)
    before = told.between("margin", person, here - BEFORE, here)
    if not after.std() > 0:
        return None
    explained = float(np.corrcoef(before, after)[0, 1] ** 2) if before.std() > 0 else 0.0
    return Spread(float(after.std(ddof=1)), explained)


def people_needed(told: Histories, effect: float) -> int | None:
    """Return how many customers a test needs to see an effect a month, half of them invited.

    Of those invited only `UPTAKE` connect, so the effect on all who are invited is that much
    smaller (Angrist, Imbens & Rubin 1996). None where nothing is to be seen.
    """
    found = spread(told)
    if found is None or not effect > 0:
        return None
    return people_for(found, effect * AFTER * UPTAKE)
