"""Alarms: what is out of the usual in streams of counts, with false alarms set beforehand."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from rapport.errors import Fault, Problem
from rapport.listening.buzz.alarm import Alarm
from rapport.listening.buzz.periods import Counts, read_counts
from rapport.listening.buzz.rules import Rules
from rapport.listening.buzz.watch import Watch

LONG_ENOUGH = 56  # days of history after which the weekly rhythm is known
_DIRECTIONS = {"up": ("up",), "down": ("down",), "both": ("up", "down")}


def alarms(
    counts: Any,
    *,
    false_alarms: float = 1.0,
    over: Literal["all", "each"] = "all",
    direction: Literal["up", "down", "both"] = "up",
    least: float = 1.5,
    fewest: int = 3,
    every: str | dt.timedelta | None = None,
    gaps: Literal["zero", "missing"] = "zero",
    zone: str | None = None,
    time: str = "time",
    count: str = "count",
    stream: str = "stream",
    of: str | None = None,
) -> Any:
    """Return what is out of the usual in streams of counts.

    What is usual is learnt from the past of each stream: its level, its rhythm through the week,
    how much it scatters, and how alike periods in a row are. Then evidence for a rise is added up
    from period to period (`rapport.listening.buzz.evidence`). While nothing changes, there are at
    most `false_alarms` a month on average.

    Parameters
    ----------
    counts
        A frame of pandas, Polars, PyArrow, DuckDB or Spark with a row for each period and stream. A
        count that is null says that nothing is known of that period.
    false_alarms
        False alarms a month that are accepted.
    over
        Whether that is for "all" streams together or for "each".
    direction
        "up" for more than usual, "down" for less, or "both".
    least
        The smallest rise that matters: 1.5 is half as much again.
    fewest
        Fewer messages than that are never an alarm.
    every
        Length of a period, such as "10min", "1h" or "1d"; found from the times when not given.
    gaps
        What a period without a row means: "zero", or "missing" when the source was silent.
    zone
        Time zone of the weekly rhythm when times are UTC, such as "Europe/Paris".
    time, count, stream, of
        Names of the columns. `of` is what the count is a part of, such as all messages.

    Returns
    -------
    frame
        Of the same kind as `counts` (PyArrow for DuckDB and Spark), an alarm a row: stream,
        direction, began (the most likely beginning), flagged_on (when enough was known), ended
        (null while it goes on), seen and expected messages from began to ended, size (their
        ratio) with size_low and size_high, chance (of so much from began to flagged_on by chance),
        doubling_hours with doubling_low and doubling_high (null where growth cannot be told, and
        doubling_high where it may not grow at all), history_days, grade ("model", or "assumption"
        while the weekly rhythm is hardly known). Ranges hold the truth nine times in ten.

    Raises
    ------
    Problem
        If the rows are no counts of regular periods, a setting is not allowed, or no stream has a
        past long enough to tell what is usual (14 days; 28 when counted by days).

    Examples
    --------
    >>> import pyarrow as pa
    >>> hours = [dt.datetime(2026, 1, 5) + dt.timedelta(hours=h) for h in range(24 * 20)]
    >>> seen = [5 + h % 2 + (40 if h >= 470 else 0) for h in range(len(hours))]
    >>> found = alarms(pa.table({"time": hours, "count": seen}))
    >>> found.select(["began", "flagged_on"]).to_pylist()[0]["began"]
    datetime.datetime(2026, 1, 24, 14, 0)
    """
    if direction not in _DIRECTIONS:
        fault = Fault(f"direction cannot be '{direction}'.", hint="Allowed: up, down, both.")
        raise Problem("Nothing was watched.", [fault])
    given = read_counts(
        counts, time=time, count=count, stream=stream, of=of, every=every, gaps=gaps
    )
    rules = Rules(
        given.every, false_alarms, over, _DIRECTIONS[direction], least, fewest, zone, gaps
    )
    watch = watched(given, rules)
    unwatched = watch.unwatched
    if len(unwatched) == len(watch.streams):
        days = rules.needed * rules.every / 86400
        fault = Fault(
            f"The history of {len(given.counts)} periods is too short.",
            hint=f"What is usual is known after {days:.0f} days.",
        )
        raise Problem("We cannot tell what is out of the usual.", [fault])
    if unwatched:
        names = ", ".join(unwatched[:10])
        warnings.warn(f"Too little is known of: {names}.", stacklevel=2)
    return _like(alarm_table(watch), counts)


def watched(counts: Counts, rules: Rules) -> Watch:
    """Return a watch that has taken in all periods of `counts`."""
    watch = Watch(counts.streams, counts.first, rules)
    ones = np.ones(len(counts.streams))
    wholes = counts.whole
    for number, row in enumerate(counts.counts):
        watch.step(row, ones if wholes is None else np.nan_to_num(wholes[number]))
    return watch


def alarm_table(watch: Watch, alarms: Sequence[Alarm] | None = None) -> Any:
    """Return alarms as a PyArrow table, a row each: the columns that `alarms` names."""
    import pyarrow as pa

    rows = [alarm_row(each, watch) for each in (watch.alarms if alarms is None else alarms)]
    schema = pa.schema(
        [
            ("stream", pa.string()), ("direction", pa.string()), ("began", pa.timestamp("us")),
            ("flagged_on", pa.timestamp("us")), ("ended", pa.timestamp("us")),
            *((name, pa.float64()) for name in (
                "seen", "expected", "size", "size_low", "size_high", "chance",
                "doubling_hours", "doubling_low", "doubling_high", "history_days",
            )),
            ("grade", pa.string()),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def alarm_row(alarm: Alarm, watch: Watch) -> dict[str, Any]:
    """Return one alarm in times and hours instead of periods."""
    every = watch.rules.every
    told = alarm.row()
    growth = told.pop("growth")
    days = alarm.known_for * every / 86400
    return {
        "stream": alarm.stream,
        "direction": alarm.direction,
        "began": watch.start_of(alarm.began),
        "flagged_on": watch.start_of(alarm.flagged + 1),
        "ended": None if alarm.ended is None else watch.start_of(alarm.ended),
        **told,
        **_doubling(growth, every / 3600),
        "history_days": days,
        "grade": "model" if days >= LONG_ENOUGH else "assumption",
    }


def _doubling(growth: tuple[float, float, float] | None, hours: float) -> dict[str, float | None]:
    """Return the time in which it doubles, in hours; null where it may not grow."""
    if growth is None or growth[0] <= 0:
        return dict.fromkeys(("doubling_hours", "doubling_low", "doubling_high"))
    value, low, high = (math.log(2) * hours / rate if rate > 0 else None for rate in growth)
    return {"doubling_hours": value, "doubling_low": high, "doubling_high": low}


def _like(table: Any, given: Any) -> Any:
    import narwhals as nw

    frame = nw.from_native(given)
    if frame.implementation.is_pandas():
        return table.to_pandas()
    if frame.implementation.is_polars():
        import polars as pl

        return pl.from_arrow(table)
    return table
