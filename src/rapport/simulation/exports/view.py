"""What every writer asks of a history: its rows, its chance, the cards and gaps of a system."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.history import ZONE, History

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
DAY = 86_400_000_000


def rng(history: History, name: str) -> np.random.Generator:
    """Return the chance of one file: the same for the same history, whatever else is written."""
    return np.random.default_rng([history.seed, zlib.crc32(name.encode())])


def where(table: pa.Table, **equal: Any) -> pa.Table:
    """Return the rows whose columns hold these values.

    Examples
    --------
    >>> where(pa.table({"a": [1, 2], "b": ["x", "y"]}), a=2).to_pylist()
    [{'a': 2, 'b': 'y'}]
    """
    for name, value in equal.items():
        table = table.filter(pc.equal(table.column(name), value))
    return table


def micros(column: pa.Array | pa.ChunkedArray) -> Places:
    """Return moments as microseconds since 1970, 0 where there is none."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), 0), dtype=np.int64)


def moments(values: Places) -> pa.Array:
    """Return microseconds since 1970 as moments."""
    return pa.array(values).cast(pa.timestamp("us", tz="UTC"))


def days_of(column: pa.Array | pa.ChunkedArray, zone: str = ZONE) -> Places:
    """Return the day of each moment in a zone, or of each date, as days since 1970."""
    if pa.types.is_timestamp(column.type):
        local = pc.local_timestamp(pc.cast(column, pa.timestamp("us", tz=zone)))
        column = pc.cast(pc.floor_temporal(local, unit="day"), pa.date32())
    return np.asarray(pc.fill_null(pc.cast(column, pa.int32()), -1), dtype=np.int64)


def places(keys: pa.Array | pa.ChunkedArray, wanted: pa.Array | pa.ChunkedArray) -> Places:
    """Return where each wanted key stands among keys, -1 where it does not.

    Examples
    --------
    >>> places(pa.array(["a", "b"]), pa.array(["b", None, "c"])).tolist()
    [1, -1, -1]
    """
    known = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    found = pc.index_in(wanted, value_set=known, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1), dtype=np.int64)


def looked_up(table: pa.Table, column: str, at: Places) -> pa.ChunkedArray:
    """Return a column's values at these places, null at places below zero."""
    return pc.take(table.column(column), pa.array(at, mask=at < 0))


def cards(history: History, system: str, person: Any, on: Any) -> tuple[pa.Table, Places]:
    """Return a system's cards and, for each person at a moment, the place of the card used then.

    Somebody may have two cards in one system: the one made last before the moment is used, or the
    first. Place -1 means that the system has no card of this person.
    """
    known = where(history.profile, system=system)
    owner, made = micros(known.column("person_id")), micros(known.column("created_on"))
    if not len(owner):
        return known, np.full(len(person), -1)
    order = np.lexsort((made, owner))
    start, middle = np.searchsorted(owner[order], [micros(person)] * 2, side="left")
    end = np.searchsorted(owner[order], micros(person), side="right")
    for turn in range(1, 4):
        after = start + turn
        later = (after < end) & (made[order][np.minimum(after, len(order) - 1)] <= micros(on))
        middle = np.where(later, after, middle)
    found = order[np.minimum(middle, len(order) - 1)]
    return known, np.where(start < end, found, -1)


def _in_gap(history: History, system: str, days: Places, kind: str) -> Mask:
    inside = np.zeros(len(days), bool)
    for gap in where(history.gap, system=system, kind=kind).to_pylist():
        first, last = (np.datetime64(gap[k]).astype(np.int64) for k in ("first_day", "last_day"))
        inside |= (days >= first) & (days <= last)
    return inside


def missing(history: History, system: str, days: Places) -> Mask:
    """Say which days a system's export lacks for good."""
    return _in_gap(history, system, days, "missing")


def late(history: History, system: str, days: Places) -> Mask:
    """Say which days come only with the next export of a system."""
    return _in_gap(history, system, days, "late")


def present(history: History, system: str, table: pa.Table, column: str) -> pa.Table:
    """Return the rows whose day (in a column) the system's export has."""
    lost = missing(history, system, days_of(table.column(column)))
    return table.filter(pa.array(~lost)) if lost.any() else table


def months_of(days: Places) -> Places:
    """Return the month of each day, as months since 1970.

    Examples
    --------
    >>> months_of(np.array([0, 31, 365])).tolist()
    [0, 1, 12]
    """
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_name(month: int) -> str:
    """Return a month as YYYY-MM.

    Examples
    --------
    >>> month_name(12)
    '1971-01'
    """
    return str(np.datetime64(month, "M"))
