"""The verdict on a connection, from people's own past: the rule and when it does not apply."""

from __future__ import annotations

import math

from rapport.estimate import Estimate, Grade
from rapport.impact.comparing.verdict import CANNOT_TELL, Verdict, verdict
from rapport.impact.connected.course import Drift
from rapport.impact.connected.own_past import Growth

FEWEST = 30
"""Connected people who must have been seen before and after."""


def estimate(found: Growth, unit: str, source: str) -> Estimate:
    """Return the effect a month with its 90 % range."""
    return Estimate.normal(
        found.effect, found.effect_error, unit, source=source, grade=Grade.ADJUSTED,
        people=found.people, rows=found.people,
    )  # fmt: skip


def judged(
    naive: Estimate | None, found: Growth, before: Drift, unit: str, *, looks: int = 1
) -> Verdict:
    """Return the verdict: `rapport.impact.comparing.verdict.verdict`, unless something forbids it.

    Nothing is said of fewer than `FEWEST` people ("few"), where more of the connected have nobody
    like them than have ("overlap"), and where those who connected were on another course before
    they did, more than chance would make one time in twenty ("trend").

    Parameters
    ----------
    looks
        Of how many connections like this one the verdict is told.
    """
    if naive is None or not found.known or found.people < FEWEST:
        return Verdict(CANNOT_TELL, "few")
    if not math.isfinite(found.effect_error) or found.effect_error <= 0:
        return Verdict(CANNOT_TELL, "few")
    if found.left_out > found.people:
        return Verdict(CANNOT_TELL, "overlap")
    if before.plain:
        return Verdict(CANNOT_TELL, "trend")
    return verdict(naive, estimate(found, unit, "connection"), looks=looks)
