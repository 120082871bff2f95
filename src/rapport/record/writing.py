"""Rows on their way to Parquet files: one file for each month at a time, in bounded memory."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapport.record.delta import PARTITION, StoredFile, month_columns, stats_columns
from rapport.record.load import Span
from rapport.record.schema import Table

NO_MONTH = "none"
Months = np.ndarray[tuple[int], np.dtype[np.int64]]

ROW_GROUP = 250_000
ROWS_IN_FILE = 4_000_000
ROWS_WAITING = 1_000_000
OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Origin:
    """Where all rows of a load come from."""

    load_id: str
    source: str
    file: str
    loaded_at: dt.datetime


def by_month(table: Table, rows: pa.Table, zone: str) -> Iterator[tuple[str, pa.Table]]:
    """Cut rows into those of each month of the table's time, in the zone's calendar.

    Rows without a time, and tables without one, are of the month 'none'.

    Examples
    --------
    >>> from rapport.record.schema import TABLES
    >>> days = pa.table({"day": [dt.date(2011, 3, 31), dt.date(2011, 4, 1), dt.date(2011, 3, 1)]})
    >>> [(month, part.num_rows) for month, part in by_month(TABLES["audience"], days, "UTC")]
    [('2011-03', 2), ('2011-04', 1)]
    """
    if table.time is None or table.time not in rows.column_names:
        yield NO_MONTH, rows
        return
    months = _months(rows.column(table.time), zone)
    if months.size and (np.diff(months) < 0).any():
        order = np.argsort(months, kind="stable")
        months, rows = months[order], rows.take(pa.array(order))
    starts = np.flatnonzero(np.r_[True, np.diff(months) != 0]) if months.size else np.array([], int)
    for start, end in zip(starts, [*starts[1:], months.size], strict=True):
        yield _month_name(int(months[start])), rows.slice(start, end - start)


_NULL_MONTH = np.iinfo(np.int64).min


def _months(times: pa.ChunkedArray, zone: str) -> Months:
    """Return months since 1970-01 as integers."""
    if pa.types.is_timestamp(times.type):
        local = times if zone == "UTC" else pc.local_timestamp(times.cast(pa.timestamp("us", zone)))
        instants = pc.fill_null(local.cast(pa.int64()), _NULL_MONTH).to_numpy()
        months = instants.view("datetime64[us]").astype("datetime64[M]")
    else:
        days = pc.fill_null(times.cast(pa.int32()).cast(pa.int64()), _NULL_MONTH).to_numpy()
        months = days.view("datetime64[D]").astype("datetime64[M]")
    numbers: Months = months.astype(np.int64)
    return numbers


def _month_name(month: int) -> str:
    return NO_MONTH if month == _NULL_MONTH else str(np.datetime64(month, "M"))


class TableWriter:
    """Writes the rows of one table of one load; `close` returns the files.

    Rows wait in memory until a month has a row group of them, or too many wait in all.
    """

    def __init__(self, folder: Path, table: Table, origin: Origin, zone: str) -> None:
        self.folder, self.table, self.origin, self.zone = folder, table, origin, zone
        self._files: list[MonthFile] = []
        self._open: dict[str, MonthFile] = {}
        self._waiting: dict[str, list[pa.Table]] = {}

    def add(self, rows: pa.Table) -> None:
        """Take typed rows: the columns of the fact and `source_row`."""
        for month, part in by_month(self.table, rows, self.zone):
            self._waiting.setdefault(month, []).append(part)
            if self._waits(month) >= ROW_GROUP:
                self._flush(month)
        while sum(map(self._waits, self._waiting)) > ROWS_WAITING:
            self._flush(max(self._waiting, key=self._waits))

    def close(self) -> list[StoredFile]:
        """Write what waits and finish every file."""
        for month in sorted(self._waiting):
            self._flush(month)
        for file in self._open.values():
            file.close()
        self._open = {}
        return [file.stored() for file in self._files]

    def abandon(self) -> None:
        """Close what is open, without caring for what it holds."""
        for file in self._open.values():
            file.abandon()
        self._open = {}

    def _waits(self, month: str) -> int:
        return sum(part.num_rows for part in self._waiting[month])

    def _flush(self, month: str) -> None:
        rows = pa.concat_tables(self._waiting.pop(month), promote_options="default")
        self._file(month).write(stamped(self.table, rows, self.origin))

    def _file(self, month: str) -> MonthFile:
        file = self._open.get(month)
        if file and file.rows >= ROWS_IN_FILE:
            self._open.pop(month).close()
            file = None
        if file is None:
            if len(self._open) >= OPEN_FILES:
                self._open.pop(next(iter(self._open))).close()
            name = f"{self.origin.load_id}-{len(self._files) + 1:05d}.parquet"
            file = MonthFile(self.folder, f"{PARTITION}={month}/{name}", self.table)
            self._open[month] = file
            self._files.append(file)
        return file


def stamped(table: Table, rows: pa.Table, origin: Origin) -> pa.Table:
    """Return rows with their provenance, in the order of the stored columns; absent ones null."""
    same = {
        "source": _constant(origin.source, rows.num_rows),
        "source_file": _constant(origin.file, rows.num_rows),
        "load_id": _constant(origin.load_id, rows.num_rows),
        "loaded_at": pa.repeat(pa.scalar(origin.loaded_at, pa.timestamp("us", "UTC")), len(rows)),
    }
    given = dict(zip(rows.column_names, rows.columns, strict=True))
    columns = {**given, **same}
    stored = month_columns(table)
    return pa.table(
        {field.name: columns.get(field.name, pa.nulls(len(rows), field.type)) for field in stored}
    )


def _constant(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [text])


class MonthFile:
    """One Parquet file being written: rows of one table and month, of one load or several."""

    def __init__(self, folder: Path, path: str, table: Table) -> None:
        self.folder, self.path, self.table = folder, path, table
        self.rows = 0
        self.span: Span | None = None
        self.loads: tuple[str, str] | None = None
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table) -> None:
        """Add stamped rows."""
        if self._writer is None:
            self._writer = parquet_writer(self.folder / self.path, rows.schema, self.table)
        self._writer.write_table(rows, row_group_size=ROW_GROUP)
        self.rows += rows.num_rows
        self.span = _wider(self.span, _span(self.table, rows))
        least = pc.min_max(pc.unique(rows.column("load_id")).cast(pa.string())).as_py()
        before = self.loads or (least["min"], least["max"])
        self.loads = (min(before[0], least["min"]), max(before[1], least["max"]))

    def close(self) -> None:
        """Finish the file and see it safely on the disk."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            _keep(self.folder / self.path)

    def abandon(self) -> None:
        """Close the file without caring for what it holds."""
        try:
            self.close()
        except (OSError, pa.ArrowException):
            self._writer = None

    def stored(self) -> StoredFile:
        """Return what the log has to know of the finished file."""
        size = (self.folder / self.path).stat().st_size
        first, last = self.span or (None, None)
        low, high = self.loads or ("", "")
        return StoredFile(self.path, size, self.rows, low, high, first, last)


def parquet_writer(path: Path, schema: pa.Schema, table: Table) -> pq.ParquetWriter:
    """Open a Parquet file for rows of a table; decimals as integers, statistics of no person."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        store_schema=False,
        store_decimal_as_integer=True,
        write_statistics=[*stats_columns(table), "source_row"],
    )


def _keep(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _span(table: Table, rows: pa.Table) -> Span | None:
    if table.time is None:
        return None
    ends = pc.min_max(rows.column(table.time))
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low is None:
        return None
    if not isinstance(low, dt.datetime):
        midnight = dt.time(tzinfo=dt.UTC)
        return dt.datetime.combine(low, midnight), dt.datetime.combine(high, midnight)
    return low.astimezone(dt.UTC), high.astimezone(dt.UTC)


def _wider(a: Span | None, b: Span | None) -> Span | None:
    if a is None or b is None:
        return a or b
    return min(a[0], b[0]), max(a[1], b[1])
