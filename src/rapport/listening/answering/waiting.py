"""How long people wait for an answer, in any dataframe of requests for help."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.listening.answering.business_hours import BusinessHours, calendar
from rapport.listening.answering.survival import Curve, Span, curve
from rapport.listening.answering.waits import (
    ANSWERED,
    ENDED,
    HIDDEN,
    WAITING,
    states,
    wait_counts,
    waited,
)
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

_LENGTH = re.compile(r"^(\d+(?:\.\d+)?)\s*(min|m|h|d)$")
_FAILED = "The waiting times could not be told."
_MINUTES = {"min": 1, "m": 1, "h": 60, "d": 1440}


def waiting_time(
    tickets: Any,
    *,
    by: str | Sequence[str] = (),
    now: dt.datetime | None = None,
    hours: BusinessHours | None = None,
    within: Sequence[str] = ("1h", "24h"),
    columns: Mapping[str, str] | None = None,
) -> Any:
    """Return how long people wait for the first answer of a person, group by group.

    Whoever is still waiting counts as waiting until `now`: nobody is dropped. A request that ended
    without an answer (closed, merged, deleted by its author) counts as one that will not be
    answered. So the median is the time within which half of all requests were answered, and it is
    missing (null) where fewer ever were: then it cannot be told.

    Parameters
    ----------
    tickets
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark, one row for each request.
    by
        Columns that set groups apart.
    now
        Until when people have waited who still wait (UTC if it names no zone); the latest time in
        the data if not given.
    hours
        Counts only the time in which the brand is open; all time if not given.
    within
        Times of which the share answered is told: "30min", "1h", "24h", "2d".
    columns
        Which of your columns is what: `opened_on`, `answered_on` (null while waiting), `ended_on`
        (closed without an answer; optional). If not given, columns of these names are taken, or
        `opened` and `answered`, or those of the record's tickets.

    Returns
    -------
    dataframe
        Of the same kind (PyArrow for DuckDB and Spark), one row for each group, largest first: the
        columns of `by`; requests, answered, ended, waiting (counts); median, p90 (minutes) with
        median_low, median_high, …, the ends of their 90 % ranges; within_1h, … (shares) with
        theirs. An open end of a range is null, as is what cannot be told.

    Raises
    ------
    Problem
        If columns are missing or no times, or `within` cannot be read: everything at once.

    Notes
    -----
    Kaplan & Meier (1958), or Aalen & Johansen (1978) where requests end without an answer; ranges
    after Brookmeyer & Crowley (1982). See `rapport.listening.answering.survival`.

    Examples
    --------
    >>> start = dt.datetime(2026, 5, 4, 9)
    >>> waits = [5, 12, 30, 45, 60, 90, None, None]
    >>> tickets = pa.table({
    ...     "opened_on": [start] * 8,
    ...     "answered_on": [w and start + dt.timedelta(minutes=w) for w in waits],
    ... })
    >>> told = waiting_time(tickets, now=start + dt.timedelta(days=2)).to_pylist()[0]
    >>> told["requests"], told["waiting"], told["median"], told["p90"], told["within_24h"]
    (8, 2, 45.0, None, 0.75)
    """
    groups = (by,) if isinstance(by, str) else tuple(by)
    limits = {f"within_{name.replace(' ', '')}": _length(name) for name in _lengths(within)}
    with _opened(tickets, groups, columns or {}) as (engine, frame):
        until = _utc(now) if now is not None else _latest(engine, frame)
        if until is None:
            made = []
        else:
            counts = engine.collect(_counted(engine, frame, groups, until, hours))
            made = told(counts, groups, limits)
        schema = _schema(frame, groups, limits)
        del frame
    return _like(tickets, pa.Table.from_pylist(made, schema))


def curves(counts: pa.Table, by: Sequence[str]) -> dict[tuple[Any, ...], Curve]:
    """Return the curve of each group from counts as `waits.wait_counts` gives them."""
    if not counts.num_rows:
        return {}
    names = ("minutes", ANSWERED, WAITING, ENDED, HIDDEN)
    columns = [np.asarray(counts.column(name)) for name in names]
    place = np.zeros(counts.num_rows, np.int64)
    for name in by:
        coded = pa.concat_arrays(counts.column(name).chunks).dictionary_encode("encode")
        place = place * len(coded.dictionary) + np.asarray(coded.indices)
    _, first, group = np.unique(place, return_index=True, return_inverse=True)
    ranked = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[ranked], np.arange(len(first) + 1))
    found = {}
    for k, one in enumerate(first.tolist()):
        rows = ranked[ends[k] : ends[k + 1]]
        key = tuple(counts.column(name)[one].as_py() for name in by)
        found[key] = curve(*(column[rows] for column in columns))
    return found


def told(counts: pa.Table, by: Sequence[str], limits: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one row for each group, largest first, from counts as `wait_counts` gives them.

    Parameters
    ----------
    limits
        Name of a share and the minutes within which an answer must have come.
    """
    found = []
    for key, waits in curves(counts, by).items():
        row: dict[str, Any] = dict(zip(by, key, strict=True))
        row |= {"requests": waits.requests, ANSWERED: waits.answered}
        row |= {ENDED: waits.ended, WAITING: waits.waiting, HIDDEN: waits.hidden}
        row |= _spread("median", waits.quantile(0.5)) | _spread("p90", waits.quantile(0.9))
        for name, minutes in limits.items():
            row |= _spread(name, waits.within(minutes))
        found.append(row)
    return sorted(found, key=lambda row: (-row["requests"], *(str(row[name]) for name in by)))


def _spread(name: str, span: Span) -> dict[str, float | None]:
    import math

    ends = {name: span.value, f"{name}_low": span.low, f"{name}_high": span.high}
    return {key: value if math.isfinite(value) else None for key, value in ends.items()}


def _counted(
    engine: Engine,
    frame: Frame,
    groups: Sequence[str],
    now: dt.datetime,
    hours: BusinessHours | None,
) -> Frame:
    stood = states(frame, now)
    if hours is None:
        return wait_counts(waited(stood), groups)
    first = engine.collect(frame.select(first=nw.col("opened_on").min())).to_pylist()[0]["first"]
    days = calendar(hours, (first or now).date(), now.date())
    return wait_counts(waited(stood, engine.table(days)), groups)


_ALSO = {
    "opened_on": ("opened_on", "opened"),
    "answered_on": ("answered_on", "first_human_answer_on", "answered"),
    "ended_on": ("ended_on", "ended"),
}
_TAKEN = frozenset({"requests", ANSWERED, ENDED, WAITING, "median", "p90", *_ALSO})


@contextmanager
def _opened(
    tickets: Any, groups: Sequence[str], columns: Mapping[str, str]
) -> Iterator[tuple[Engine, Frame]]:
    """Give an engine and, as its frame, the columns that count: times in naive UTC."""
    try:
        given = nw.from_native(tickets)
    except TypeError as error:
        fault = Fault(f"It is {type(tickets).__name__}, which is no dataframe.")
        raise Problem(_FAILED, [fault]) from error
    chosen = _chosen(given.collect_schema().names(), groups, columns)
    rows = given.select(*groups, **{role: nw.col(name) for role, name in chosen.items()})
    on_spark = given.implementation.is_pyspark()
    with open_engine("spark" if on_spark else "duckdb", time_zone="UTC") as engine:
        if on_spark:
            frame = _naive(rows, chosen)
        else:
            eager = rows if isinstance(rows, nw.DataFrame) else rows.collect(backend="pyarrow")
            frame = engine.table(_timed(eager.to_arrow(), chosen))
        if "ended_on" not in chosen:
            frame = frame.with_columns(ended_on=nw.lit(None).cast(nw.Datetime("us")))
        yield engine, frame
        del frame


def _chosen(
    there: Sequence[str], groups: Sequence[str], given: Mapping[str, str]
) -> dict[str, str]:
    """Return which column plays which role; raises Problem with every fault."""
    faults = [
        Fault(f"There is no role '{role}'.", "columns", nearest(role, list(_ALSO)))
        for role in given
        if role not in _ALSO
    ]
    chosen: dict[str, str] = {}
    for role, usual in _ALSO.items():
        name = given.get(role) or next((n for n in usual if n in there), None)
        if name is not None and name in there:
            chosen[role] = name
        elif name is not None or role != "ended_on":
            hint = nearest(name or role, list(there))
            faults.append(Fault(f"There is no column '{name or role}'.", "tickets", hint))
    for name in groups:
        if name not in there:
            faults.append(Fault(f"There is no column '{name}'.", "by", nearest(name, list(there))))
        elif name in _TAKEN:
            faults.append(Fault(f"'{name}' is a column of the answer.", "by", "Rename it first."))
    if faults:
        raise Problem(_FAILED, faults)
    return chosen


def _timed(rows: pa.Table, chosen: Mapping[str, str]) -> pa.Table:
    """Return the rows with the roles as timestamps; raises Problem for columns of no times."""
    faults = []
    for role, name in chosen.items():
        kind = rows.schema.field(role).type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind):
            zone = kind.tz if pa.types.is_timestamp(kind) else None
            times = rows.column(role).cast(pa.timestamp("us", zone), safe=False)
            rows = rows.set_column(rows.column_names.index(role), role, times)
        else:
            faults.append(_no_times(name, str(kind)))
    if faults:
        raise Problem(_FAILED, faults)
    return rows


def _naive(rows: Frame, chosen: Mapping[str, str]) -> Frame:
    """Return a Spark frame, whose session is in UTC, with the roles as naive times."""
    schema = rows.collect_schema()
    wrong = [
        _no_times(name, str(schema[role]))
        for role, name in chosen.items()
        if schema[role] not in (nw.Datetime, nw.Date)
    ]
    if wrong:
        raise Problem(_FAILED, wrong)
    return rows.with_columns(
        nw.col(role).cast(nw.Datetime("us", "UTC")).dt.replace_time_zone(None) for role in chosen
    )


def _no_times(name: str, kind: str) -> Fault:
    return Fault(f"'{name}' holds {kind}, not times.", "tickets", "Turn it into times first.")


def _latest(engine: Engine, frame: Frame) -> dt.datetime | None:
    names = ("opened_on", "answered_on", "ended_on")
    row = engine.collect(frame.select(nw.col(name).max() for name in names)).to_pylist()[0]
    return max((time for time in row.values() if time is not None), default=None)


def _utc(time: dt.datetime) -> dt.datetime:
    return time if time.tzinfo is None else time.astimezone(dt.UTC).replace(tzinfo=None)


def _lengths(within: Sequence[str]) -> list[str]:
    wrong = [name for name in within if not _LENGTH.match(str(name).strip())]
    if wrong:
        hint = "Write it like 30min, 1h, 24h or 2d."
        faults = [Fault(f"'{name}' is not a length of time.", "within", hint) for name in wrong]
        raise Problem(_FAILED, faults)
    return [str(name).strip() for name in within]


def _length(text: str) -> float:
    found = _LENGTH.match(text)
    assert found is not None  # noqa: S101 - `_lengths` has looked
    return float(found[1]) * _MINUTES[found[2]]


def _schema(frame: Frame, groups: Sequence[str], limits: Mapping[str, float]) -> pa.Schema:
    kinds = frame.select(*groups).head(0).collect("pyarrow").to_arrow().schema if groups else []
    counts = [(name, pa.int64()) for name in ("requests", ANSWERED, ENDED, WAITING)]
    figures = [
        (f"{name}{end}", pa.float64())
        for name in ("median", "p90", *limits)
        for end in ("", "_low", "_high")
    ]
    return pa.schema([*kinds, *counts, *figures])


def _like(tickets: Any, made: pa.Table) -> Any:
    """Return the table as the caller's own kind of dataframe."""
    kind = nw.from_native(tickets).implementation
    if kind.is_pandas():
        return made.to_pandas()
    if kind.is_polars():
        import polars as pl

        return pl.from_arrow(made)
    return made
