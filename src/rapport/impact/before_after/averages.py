"""Averages of the effects: over all, by periods since the connection, by cohort.

Callaway & Sant'Anna 2021, section 3.1: weights are the shares of the cohorts, whose own chance is
counted in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rapport.impact.before_after.effects import Estimates, GroupTimes
from rapport.impact.before_after.moments import Flags, Moments, Values


def simple(found: GroupTimes) -> Estimates | None:
    """Return the average effect over all cohorts and periods from the connection on."""
    after = found.relative >= 0
    return _weighed(found, [after]) if after.any() else None


def by_period(found: GroupTimes) -> tuple[Values, Estimates]:
    """Return the average effect by periods since the connection, those before it too."""
    since = np.unique(found.relative)
    return since, _weighed(found, [found.relative == each for each in since])


def by_cohort(found: GroupTimes) -> tuple[Values, Estimates]:
    """Return each cohort's average effect over the periods from its connection on."""
    after = found.relative >= 0
    cohorts = np.unique(found.cohort[after])
    weights = np.stack(
        [(after & (found.cohort == each)) / max((after & (found.cohort == each)).sum(), 1)
         for each in cohorts],
        axis=1,
    ) if len(cohorts) else np.zeros((len(found.cohort), 0))  # fmt: skip
    level = np.zeros((len(found.estimates.moments.people), len(cohorts)))
    return cohorts, found.estimates.combined(weights, level)


def overall(found: GroupTimes) -> Estimates | None:
    """Return the average over the people who connected of their cohort's average effect."""
    cohorts, effects = by_cohort(found)
    if not len(cohorts):
        return None
    return _of_cohorts(effects, cohorts, np.ones((len(cohorts), 1), bool))


def of_periods(effects: Estimates, chosen: Flags) -> Estimates:
    """Return the plain mean of some of the effects by period; `chosen` is true where they count."""
    weights = (np.asarray(chosen, float) / np.sum(chosen))[:, None]
    return effects.combined(weights, np.zeros((len(effects.moments.people), 1)))


def _weighed(found: GroupTimes, chosen: Sequence[Flags]) -> Estimates:
    """Return averages of the effects that are chosen, each cohort with the share of its people."""
    return _of_cohorts(found.estimates, found.cohort, np.stack(chosen, axis=1))


def _of_cohorts(effects: Estimates, cohort: Values, chosen: Flags) -> Estimates:
    moments = effects.moments
    shares = _shares(moments, cohort)[:, None] * chosen
    total = shares.sum(axis=0)
    weights = shares / total
    made = effects.value @ weights
    # A person of a cohort moves the shares, so the weights, by being there.
    same = (moments.cohort[:, None] == cohort[None, :]).astype(float)
    moved = same @ (chosen * effects.value[:, None]) - (same @ chosen) * made
    return effects.combined(weights, moved / total)


def _shares(moments: Moments, cohort: Values) -> Values:
    everybody = moments.people.sum()
    return np.array([moments.people_of(each) / everybody for each in cohort])
