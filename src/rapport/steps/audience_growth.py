"""How each channel grew day by day, and where it grew in bursts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.people.authenticity_followers import followers_by_day
from rapport.people.authenticity_growth import Burst, bursts, expected_course
from rapport.record.frames import Frame, day_number, distinct, whole_sum
from rapport.steps.context import Context

# A burst on the day of one of these, or the two days after, may be what it brought.
EXPLAINS = ("launch", "press", "promotion")
_AFTER = 2
DOUBT = 0.5  # how much of a burst with such a cause is still taken as bought

SCHEMA = pa.schema(
    [("channel", pa.string()), ("day", pa.date32()), ("counted_by", pa.string()),
     ("gained", pa.float64()), ("expected", pa.float64()), ("is_burst", pa.bool_()),
     ("excess", pa.float64()), ("explained_by", pa.string())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """A channel's new followers day by day, as one way of counting gives them.

    Parameters
    ----------
    counted_by
        "network" (its own daily figures) or "accounts" (accounts known by name).
    first
        Its first day.
    counts
        New followers of each day; not-a-number where it is not known.
    found
        Bursts, with what may explain each (empty for nothing).
    """

    channel: str
    counted_by: str
    first: dt.date
    counts: np.ndarray
    found: tuple[tuple[Burst, str], ...]


def courses(context: Context, follows: Frame) -> tuple[Course, ...]:
    """Return the course of each channel, by each way of counting there is."""
    rows = context.engine.collect(_gained(context.facts("audience"))).to_pylist()
    named = context.engine.collect(followers_by_day(follows)).to_pylist()
    causes = _causes(context)
    made = []
    for counted_by, series in (("network", rows), ("accounts", named)):
        for channel in sorted({row["channel"] for row in series}):
            days = {row["day"]: row["came"] for row in series if row["channel"] == channel}
            first, last = min(days), max(days)
            unknown = np.nan if counted_by == "network" else 0.0
            counts = np.array([days.get(day, unknown) for day in range(first, last + 1)], float)
            start = dt.date.fromordinal(first)
            told = tuple((b, _cause(b, start, causes)) for b in bursts(counts))
            made.append(Course(channel, counted_by, start, counts, told))
    return tuple(made)


def growth_table(found: tuple[Course, ...]) -> pa.Table:
    """Return every day of every course: what came, what was expected, where a burst was."""
    rows: list[dict[str, Any]] = []
    for course in found:
        expected = expected_course(course.counts)
        inside = {
            day: (burst, cause)
            for burst, cause in course.found
            for day in range(burst.first, burst.last + 1)
        }
        for day in np.flatnonzero(np.isfinite(course.counts)).tolist():
            burst, cause = inside.get(day, (None, ""))
            came = float(course.counts[day])
            rows.append(
                {
                    "channel": course.channel,
                    "day": course.first + dt.timedelta(days=day),
                    "counted_by": course.counted_by,
                    "gained": came,
                    "expected": float(expected[day]),
                    "is_burst": burst is not None,
                    "excess": max(0.0, came - float(expected[day])) if burst else 0.0,
                    "explained_by": cause,
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def burst_shares(found: tuple[Course, ...]) -> pa.Table:
    """Return for each day of a burst the thousandths of its arrivals that were beyond expectation.

    Where an event may explain the burst, half of them.
    """
    most: dict[tuple[str, int], int] = {}
    for course in found:
        for burst, cause in course.found:
            share = burst.excess / burst.came * (DOUBT if cause else 1.0)
            for day in range(burst.first, burst.last + 1):
                key = (course.channel, course.first.toordinal() + day)
                most[key] = max(most.get(key, 0), round(1000 * share))
    schema = pa.schema([("channel", pa.string()), ("day", pa.int64()), ("burst", pa.int64())])
    rows = [{"channel": c, "day": d, "burst": share} for (c, d), share in sorted(most.items())]
    return pa.Table.from_pylist(rows, schema=schema)


def _gained(audience: Frame) -> Frame:
    """Return new followers by channel and day; of two sources the greater figure."""
    known = audience.filter(~nw.col("gained").is_null())
    by_source = (
        known.select("source", "channel", "gained", day=day_number(nw.col("day")))
        .group_by("source", "channel", "day")
        .agg(came=whole_sum(nw.col("gained")))
    )
    return by_source.group_by("channel", "day").agg(came=nw.col("came").max())


def _causes(context: Context) -> dict[dt.date, str]:
    events = context.facts("event").filter(nw.col("kind").is_in(list(EXPLAINS)))
    rows = context.engine.collect(distinct(events.select("day", "kind"))).to_pylist()
    return {row["day"]: row["kind"] for row in sorted(rows, key=lambda r: (r["day"], r["kind"]))}


def _cause(burst: Burst, first: dt.date, causes: dict[dt.date, str]) -> str:
    for day in range(burst.first, burst.last + 1):
        for back in range(_AFTER + 1):
            cause = causes.get(first + dt.timedelta(days=day - back))
            if cause:
                return cause
    return ""
