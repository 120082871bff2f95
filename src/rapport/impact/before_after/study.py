"""What an event study found: effects, whether paths were alike before, ranges, a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rapport.estimate import EDGE
from rapport.impact.before_after.averages import by_cohort, by_period, overall, simple
from rapport.impact.before_after.effects import Control, Estimates, GroupTimes, group_times
from rapport.impact.before_after.moments import Moments, Values
from rapport.impact.before_after.trends import (
    Path,
    PreTest,
    bounded,
    breakdown,
    pre_test,
    straight,
    wald,
)
from rapport.words import Words

TIMES = (0.5, 1.0, 2.0)
"""Multiples of the largest drift before, for which honest ranges are given."""


class Effect(NamedTuple):
    """An effect, its standard error, and its 90 % range."""

    value: float
    error: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float) -> Effect:
        """Return an effect with its normal range."""
        return cls(value, error, value - EDGE * error, value + EDGE * error)

    @property
    def sign(self) -> int:
        """1 or -1 where the range leaves no doubt on which side of zero it lies, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Effects of connecting, period by period, and how far they may be trusted.

    Parameters
    ----------
    average
        Of all people and periods from the connection on: what one of them brought more in one
        period than without it.
    overall
        The average over people of their cohort's average, as R's `did` gives it.
    cells
        Of each cohort in each period: cohort, period, people, effect, error; those before the
        connection are compared with the period before each.
    periods
        By periods since the connection, all compared with the one before it.
    cohorts
        By cohort.
    test
        Whether paths differed before, by periods; and what that test would not have noticed.
    cells_test
        The same by cohort and period: statistic, degrees of freedom, p-value; None where unknown.
    straight
        The average if the drift seen before went on in a straight line.
    honest
        By multiples of the largest drift before: the average with a range that holds as long as
        the drift since is no larger than that.
    breakdown
        The multiple from which on that range holds zero.
    connected, control, left_out
        How many people connected, how many serve as comparison and never connected, and how many
        who connected have nobody to be compared with.
    """

    average: Effect
    overall: Effect
    cells: list[dict[str, float]]
    periods: list[dict[str, float]]
    cohorts: list[dict[str, float]]
    test: PreTest
    cells_test: tuple[float, int, float] | None
    straight: Effect
    honest: dict[float, Effect]
    breakdown: float
    connected: int
    control: int
    left_out: int
    path: Path

    @property
    def held(self) -> Effect:
        """The average with the range to be shown.

        The ordinary one where paths were alike before; where they differed, one that holds for
        drifts as large as those seen.
        """
        return self.honest[1.0] if self.test.differs else self.average

    @property
    def can_tell(self) -> bool:
        """Whether there are periods before the connection against which to judge."""
        return bool(self.path.before.any()) and math.isfinite(self.average.error)

    def table(self, which: str = "periods") -> pa.Table:
        """Return "cells", "periods" or "cohorts" as an Arrow table."""
        rows: list[dict[str, Any]] = getattr(self, which)
        return pa.Table.from_pylist(rows)

    def smooth(self, bend: float) -> Effect:
        """Return the average with the range for a drift that bends by at most so much a period.

        Rambachan & Roth 2023, section 2.4.2, by `diff-diff`; `bend` 0 is a straight drift.
        """
        from rapport.impact.before_after.peer import smooth_bounds

        low, high = smooth_bounds(self.path, bend)
        return Effect(self.average.value, math.nan, low, high)

    def sentence(self, language: str = "en", unit: str = "number") -> str:
        """Return what was found, in a sentence or two."""
        return _sentence(self, Words.of(language), unit)


def study(moments: Moments, control: Control = "not yet", window: int | None = None) -> EventStudy:
    """Return the event study of people whose moments are known.

    Parameters
    ----------
    control
        "not yet": who had not connected by then; "never": who never did.
    window
        Counts only so many periods before the connection and from it on; all if not given.

    Raises
    ------
    ValueError
        If nobody connected whom somebody can be compared with.
    """
    found = group_times(moments, control, one_base=False)
    return study_of(found, group_times(moments, control, one_base=True), window)


def study_of(found: GroupTimes, one_base: GroupTimes, window: int | None = None) -> EventStudy:
    """Return the event study from the effects by cohort and period.

    Parameters
    ----------
    found, one_base
        As `group_times` gives them without and with one base.
    """
    moments = found.estimates.moments
    based = within(one_base, window)
    average = simple(based)
    if average is None:
        msg = "nobody connected within the periods whom somebody could be compared with"
        raise ValueError(msg)
    since, effects = by_period(based)
    each, of_cohorts = by_cohort(based)
    whole = overall(based)
    path = Path(since, effects.value, effects.covariance(), _weights(based, since))
    cells = _rows(("cohort", "period", "people"), (found.cohort, found.period, found.people),
                  found.estimates)  # fmt: skip
    return _told(
        path,
        average=_single(average),
        overall=_single(whole) if whole is not None else _single(average),
        cells=cells,
        periods=_rows(("since", "people"), (since, _people(based, since)), effects),
        cohorts=_rows(("cohort", "people"), (each, _sizes(moments, each)), of_cohorts),
        cells_test=_cells_test(found, moments),
        people=(
            int(_sizes(moments, each).sum()),
            int(moments.people[np.isinf(moments.cohort)].sum()),
            _left_out(based),
        ),
    )


def _told(
    path: Path,
    *,
    average: Effect,
    overall: Effect,
    people: tuple[int, int, int],
    **tables: Any,
) -> EventStudy:
    """Return the event study with what follows from the path alone."""
    ranges = {times: bounded(path, times) for times in TIMES}
    connected, control, left_out = people
    return EventStudy(
        average=average,
        overall=overall,
        test=pre_test(path),
        straight=Effect.of(*straight(path)),
        honest={
            times: Effect(average.value, average.error, low, high)
            for times, (_, low, high) in ranges.items()
        },
        breakdown=breakdown(path),
        connected=connected,
        control=control,
        left_out=left_out,
        path=path,
        **tables,
    )


def within(found: GroupTimes, window: int | None) -> GroupTimes:
    """Return only the effects within so many periods of the connection."""
    if window is None:
        return found
    near = (found.relative >= -window) & (found.relative < window)
    one = found.estimates
    return GroupTimes(
        found.cohort[near], found.period[near], found.people[near], found.left_out[near],
        Estimates(one.value[near], one.level[:, near], one.slope[:, :, near], one.moments),
    )  # fmt: skip


def _weights(found: GroupTimes, since: Values) -> Values:
    """Return what each period since the connection counts for in the average effect."""
    moments = found.estimates.moments
    sizes = np.array([moments.people_of(each) for each in found.cohort])
    weights = np.array([sizes[found.relative == e].sum() if e >= 0 else 0.0 for e in since])
    shares: Values = weights / weights.sum()
    return shares


def _people(found: GroupTimes, since: Values) -> Values:
    return np.array([found.people[found.relative == e].sum() for e in since])


def _sizes(moments: Moments, cohorts: Values) -> Values:
    return np.array([moments.people_of(each) for each in cohorts])


def _left_out(found: GroupTimes) -> int:
    most: dict[float, float] = {}
    for cohort, missed in zip(found.cohort.tolist(), found.left_out.tolist(), strict=True):
        most[cohort] = max(most.get(cohort, 0.0), missed)
    return int(sum(most.values()))


def _cells_test(found: GroupTimes, moments: Moments) -> tuple[float, int, float] | None:
    """Return Wald's test of all effects before; None when there are too many for the people."""
    early = found.relative < 0
    if not early.any() or 10 * early.sum() > moments.people.sum():
        return None
    one = found.estimates
    part = Estimates(one.value[early], one.level[:, early], one.slope[:, :, early], moments)
    return wald(part.value, part.covariance())


def _single(estimates: Estimates) -> Effect:
    return Effect.of(float(estimates.value[0]), float(estimates.errors()[0]))


def _rows(
    names: tuple[str, ...], columns: tuple[Values, ...], estimates: Estimates
) -> list[dict[str, float]]:
    made = []
    errors = estimates.errors()
    for place, (value, error) in enumerate(zip(estimates.value, errors, strict=True)):
        row = {name: float(column[place]) for name, column in zip(names, columns, strict=True)}
        one = Effect.of(float(value), float(error))
        made.append(row | {"effect": one.value, "error": one.error,
                           "low": one.low, "high": one.high})  # fmt: skip
    return made


def _sentence(found: EventStudy, words: Words, unit: str) -> str:
    shown = found.held
    amount = words.estimate(shown.value, shown.low, shown.high, unit)
    if not found.can_tell:
        return words("Nobody is known from before the connection: before and after cannot be told.")
    if shown.sign > 0:
        first = words("From the connection on, each brought more than without it, a period: {n}.",
                      n=amount)  # fmt: skip
    elif shown.sign < 0:
        first = words("From the connection on, each brought less than without it, a period: {n}.",
                      n=amount)  # fmt: skip
    else:
        first = words("No change from the connection on that chance could not explain: {n}.",
                      n=amount)  # fmt: skip
    return f"{first} {_on_paths(found, words, unit)}"


def _on_paths(found: EventStudy, words: Words, unit: str) -> str:
    if found.test.differs:
        return words(
            "They were on another path before already; the range holds if they left it no faster "
            "than before."
        )
    if not math.isfinite(found.test.hidden):
        return words("Whether they were on another path before cannot be tested.")
    return words(
        "Before, their path was like that of the others; a drift that the test would have missed "
        "one time in five would explain {n} of it.",
        n=words.quantity(found.test.hidden, unit),
    )
