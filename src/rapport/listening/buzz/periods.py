"""Counts by regular periods: read from any dataframe, gaps filled, every fault told at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem

Floats = NDArray[np.float64]

_UNITS = {"min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EVERY = re.compile(r"^\s*(\d+)\s*(min|m|h|d|w)\s*$")
_SHOWN = 5
DAY = 86400
LONGEST = 2_000_000  # periods: nineteen years of five minutes


@dataclass(frozen=True)
class Counts:
    """Counts of several streams over one calendar.

    Parameters
    ----------
    streams
        Their names.
    first
        The start of the first period.
    every
        Length of a period in seconds.
    counts
        One row a period, one column a stream; NaN where nothing is known.
    whole
        What the counts are a part of, in the same shape; None when they stand for themselves.
    """

    streams: tuple[str, ...]
    first: dt.datetime
    every: int
    counts: Floats
    whole: Floats | None


def seconds_of(every: str | dt.timedelta) -> int:
    """Return the length of a period in seconds.

    Parameters
    ----------
    every
        "10min", "1h", "1d", "1w", or a time span.

    Raises
    ------
    Problem
        If it is no whole number of seconds, or neither divides a day nor is made of whole days.

    Examples
    --------
    >>> seconds_of("10min"), seconds_of("1d")
    (600, 86400)
    """
    found = _EVERY.match(every) if isinstance(every, str) else None
    if isinstance(every, dt.timedelta):
        length = int(every.total_seconds())
        good = length > 0 and length == every.total_seconds()
    else:
        length = int(found[1]) * _UNITS[found[2]] if found else 0
        good = length > 0
    if not good or (DAY % length if length < DAY else length % DAY):
        hint = "Write 5min, 1h, 1d or 1w: a part of a day, or whole days."
        raise Problem("Nothing was watched.", [Fault(f"every cannot be '{every}'.", hint=hint)])
    return length


def read_counts(
    counts: Any,
    *,
    time: str = "time",
    count: str = "count",
    stream: str = "stream",
    of: str | None = None,
    every: str | dt.timedelta | None = None,
    gaps: str = "zero",
) -> Counts:
    """Return counts of any dataframe on one regular calendar.

    Parameters
    ----------
    counts
        A frame of pandas, Polars, PyArrow, DuckDB or Spark: a row a period and stream. A count that
        is null says that nothing is known of the period.
    time, count, stream, of
        Its columns. Without a column `stream` all rows are one stream. `of` is what a count is a
        part of, such as all messages of the period.
    every
        Length of a period; found from the times when it is not given.
    gaps
        What a period without a row means: "zero", or "missing" (the source was silent).

    Raises
    ------
    Problem
        If columns are missing, or a row is no count of a regular period: all faults at once.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _as_arrow(counts)
    names = [time, count, *([of] if of else [])]
    missing = [name for name in names if name not in table.column_names]
    if gaps not in {"zero", "missing"}:
        raise Problem(
            "Nothing was watched.",
            [Fault(f"gaps cannot be '{gaps}'.", hint="Allowed: zero, missing.")],
        )
    if missing:
        hint = f"Given: {', '.join(table.column_names) or 'none'}."
        raise Problem(
            "Nothing was watched.",
            [Fault(f"The column {m} is missing.", hint=hint) for m in missing],
        )
    if not table.num_rows:
        raise Problem("Nothing was watched.", [Fault("There is no row.", hint="Give counts.")])
    when, faults = _times(table.column(time), time)
    values, bad = _numbers(table.column(count), count)
    wholes, worse = _numbers(table.column(of), of) if of else (None, [])
    faults += bad + worse
    if faults:
        raise Problem("Nothing was watched.", faults)
    if stream in table.column_names:
        named = pc.fill_null(table.column(stream).cast(pa.string()), "").to_pylist()
    else:
        named = [""] * table.num_rows
    return _calendar(when, values, wholes, named, _length(when, every), gaps)


def _as_arrow(counts: Any) -> Any:
    import narwhals as nw

    try:
        frame = nw.from_native(counts)
    except TypeError:
        hint = "Give a frame of pandas, Polars, PyArrow, DuckDB or Spark."
        what = f"A {type(counts).__name__} is no dataframe."
        raise Problem("Nothing was watched.", [Fault(what, hint=hint)]) from None
    if isinstance(frame, nw.LazyFrame):
        return frame.collect("pyarrow").to_native()
    return frame.to_arrow()


def _times(column: Any, name: str) -> tuple[NDArray[np.int64], list[Fault]]:
    import pyarrow as pa

    if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
        hint = "Times, or days: turn texts into times first."
        return np.zeros(0, np.int64), [Fault(f"{name} holds {column.type}.", hint=hint)]
    if column.null_count:
        return np.zeros(0, np.int64), [Fault(f"{name} is empty in {column.null_count} rows.")]
    plain = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    micro = plain.cast(pa.int64()).to_numpy()
    rest = np.flatnonzero(micro % 1_000_000)
    if len(rest):
        return micro, [Fault(f"{name} has parts of seconds.", f"row {rest[0] + 1}")]
    return micro // 1_000_000, []


def _numbers(column: Any, name: str | None) -> tuple[Floats, list[Fault]]:
    import pyarrow as pa

    try:
        values = column.cast(pa.float64()).to_numpy().astype(float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.zeros(0), [Fault(f"{name} holds {column.type}.", hint="Give whole numbers.")]
    known = ~np.isnan(values)
    wrong = np.flatnonzero(known & ((values < 0) | ~np.isfinite(values) | (values % 1 != 0)))
    faults = [
        Fault(f"{name} is {values[row]:g}.", f"row {row + 1}", "Counts are 0, 1, 2, …")
        for row in wrong[:_SHOWN]
    ]
    if len(wrong) > _SHOWN:
        faults.append(Fault(f"{len(wrong) - _SHOWN} more rows of {name} are no counts."))
    return values, faults


def _length(when: NDArray[np.int64], every: str | dt.timedelta | None) -> int:
    if every is not None:
        return seconds_of(every)
    steps = np.unique(np.diff(np.unique(when)))
    if not len(steps):
        hint = 'Say how long a period is, such as every="1h".'
        raise Problem("Nothing was watched.", [Fault("All rows are of one time.", hint=hint)])
    return seconds_of(dt.timedelta(seconds=gcd(*(int(step) for step in steps))))


def _calendar(
    when: NDArray[np.int64],
    values: Floats,
    wholes: Floats | None,
    named: Sequence[str],
    every: int,
    gaps: str,
) -> Counts:
    first = int(when.min())
    off = np.flatnonzero((when - first) % every)
    if len(off):
        at = _moment(int(when[off[0]]))
        hint = "Give each period by its beginning."
        fault = Fault(f"{at:%Y-%m-%d %H:%M:%S} begins no period.", f"row {off[0] + 1}", hint)
        raise Problem("Nothing was watched.", [fault])
    rows = (when - first) // every
    if int(rows.max()) >= LONGEST:
        fault = Fault(f"There are {int(rows.max()) + 1} periods.", hint="Count by longer periods.")
        raise Problem("Nothing was watched.", [fault])
    streams = tuple(sorted(set(named)))
    place = {name: number for number, name in enumerate(streams)}
    columns = np.array([place[name] for name in named])
    shape = (int(rows.max()) + 1, len(streams))
    key, times = np.unique(rows * shape[1] + columns, return_counts=True)
    if (times > 1).any():
        row, column = divmod(int(key[times > 1][0]), shape[1])
        at = _moment(first + row * every)
        what = f"{streams[column] or 'The stream'} has two counts at {at:%Y-%m-%d %H:%M:%S}."
        raise Problem("Nothing was watched.", [Fault(what, hint="Add them up first.")])
    told = np.full(shape, 0.0 if gaps == "zero" else np.nan)
    told[rows, columns] = values
    whole = None
    if wholes is not None:
        whole = np.full(shape, np.nan)
        whole[rows, columns] = wholes
    return Counts(streams, _moment(first), every, told, whole)


def _moment(seconds: int) -> dt.datetime:
    moment: dt.datetime = np.datetime64(seconds, "s").item()
    return moment
