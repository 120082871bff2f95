"""Turns rows of strings into typed columns of the record, and sets aside what breaks a rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.cells import (
    NO_FAULT,
    Cells,
    product,
    read_currencies,
    read_flags,
    read_identifiers,
    read_numbers,
    read_texts,
    read_times,
    whole,
)
from rapport.sources.fields import Field, Formats, fault_code, sentence
from rapport.sources.rows import ROW, Aside, raw_json

_TIME = pa.timestamp("us", tz="UTC")
OLDEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the rows of one file become typed.

    Parameters
    ----------
    fields
        What is made of which column.
    formats
        How the file writes dates and numbers.
    time_zone
        The zone of times that name none.
    latest
        Times after this lie in the future.
    """

    fields: tuple[Field, ...]
    formats: Formats
    time_zone: str
    latest: dt.datetime

    def apply(
        self, connection: duckdb.DuckDBPyConnection, rows: pa.Table
    ) -> tuple[pa.Table, list[Aside]]:
        """Return the rows that keep all rules, typed, and the others with their reasons.

        The table has a column for each field, `zone` for the first time among them, and
        `source_row`. A row that breaks several rules is set aside once and tells all of them.
        """
        columns: dict[str, pa.ChunkedArray] = {}
        faults: dict[str, pa.ChunkedArray] = {}
        for field in self.fields:
            if field.kind == "time":
                found, zones = self._times(connection, rows.column(field.columns[0]))
                columns.setdefault("zone", zones)
            elif field.kind == "day":
                found = self._days(connection, rows.column(field.columns[0]))
            else:
                found = self._read(connection, rows, field)
            columns[field.name] = found.values
            faults[field.name] = found.faults if field.required else _not_missing(found.faults)
        table = pa.table({**columns, ROW: rows.column(ROW)})
        broken = _any(list(faults.values()))
        if not pc.any(broken).as_py():
            return table, []
        asides = self._asides(rows.filter(broken), pa.table(faults).filter(broken))
        return table.filter(pc.invert(broken)), asides

    def _read(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table, field: Field) -> Cells:
        column = rows.column(field.columns[0])
        if field.kind in ("money", "number", "integer"):
            return self._amounts(connection, rows, field)
        if field.kind == "flag":
            return read_flags(column)
        if field.kind == "identifier":
            zero = field.columns[0] in self.formats.point_zero
            return read_identifiers(connection, column, point_zero=zero)
        return read_currencies(column) if field.kind == "currency" else read_texts(column)

    def _amounts(
        self, connection: duckdb.DuckDBPyConnection, rows: pa.Table, field: Field
    ) -> Cells:
        form = self.formats.amounts
        factors = [read_numbers(connection, rows.column(name), form) for name in field.columns]
        values = product(
            connection, factors, "decimal(18,4)" if field.kind == "money" else "double"
        )
        faults = pc.coalesce(*(factor.faults for factor in factors))
        fits = pc.or_(pc.is_valid(values), pc.is_valid(faults))
        cells = Cells(values, pc.if_else(fits, faults, pa.scalar("too_large")))
        return whole(cells) if field.kind == "integer" else cells

    def _days(self, connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray) -> Cells:
        """Return dates as they are written, without regard to the zone."""
        cells, _ = read_times(connection, column, self.formats.dates)
        days = pc.cast(pc.cast(cells.values, pa.timestamp("us")), pa.date32(), safe=False)
        # The latest moment is a day ahead of now, so every zone's today is allowed.
        latest = pa.scalar(self.latest.date(), pa.date32())
        oldest = pa.scalar(OLDEST.date(), pa.date32())
        faults = _fault_where(pc.greater(days, latest), "date_in_future", cells.faults)
        return Cells(days, _fault_where(pc.less(days, oldest), "date_too_old", faults))

    def _times(
        self, connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray
    ) -> tuple[Cells, pa.ChunkedArray]:
        cells, offset = read_times(connection, column, self.formats.dates)
        local = pc.cast(cells.values, pa.timestamp("us"))
        times = pc.cast(_at_zone(local, self.time_zone), _TIME)
        zone = pa.scalar(self.time_zone, pa.string())
        zones = pc.if_else(pc.is_valid(local), zone, pa.scalar(None, pa.string()))
        if offset.null_count < len(offset):
            east = pc.multiply(pc.cast(offset, pa.int64()), 60_000_000)
            shifted = pc.subtract(local, pc.cast(east, pa.duration("us")))
            known = pc.is_valid(offset)
            times = pc.if_else(known, pc.assume_timezone(shifted, "UTC"), times)
            zones = pc.if_else(known, _offset_names(offset), zones)
        latest, oldest = pa.scalar(self.latest, _TIME), pa.scalar(OLDEST, _TIME)
        faults = _fault_where(pc.greater(times, latest), "date_in_future", cells.faults)
        faults = _fault_where(pc.less(times, oldest), "date_too_old", faults)
        return Cells(times, faults), zones

    def _asides(self, rows: pa.Table, faults: pa.Table) -> list[Aside]:
        by_name = {field.name: field for field in self.fields}
        asides = []
        for row, codes in zip(rows.to_pylist(), faults.to_pylist(), strict=True):
            number = row.pop(ROW)
            found = [(by_name[name], code) for name, code in codes.items() if code]
            reason = " ".join(sentence(code, field, row) for field, code in found)
            field, code = found[0]
            asides.append(
                Aside(number, field.spoken, fault_code(code, field), reason, raw_json(row))
            )
        return asides


def _at_zone(local: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    # A clock that is set back shows an hour twice, and one that is set forward skips one.
    return pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="latest")


def _fault_where(mask: pa.ChunkedArray, code: str, fault: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.fill_null(mask, False), pa.scalar(code), fault)


def _not_missing(faults: pa.ChunkedArray) -> pa.ChunkedArray:
    missing = pc.fill_null(pc.equal(faults, "missing"), False)
    return pc.if_else(missing, NO_FAULT, faults)


def _any(faults: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    broken = pc.is_valid(faults[0])
    for fault in faults[1:]:
        broken = pc.or_(broken, pc.is_valid(fault))
    return broken


def _offset_names(offset: pa.ChunkedArray) -> pa.ChunkedArray:
    names = {value: offset_name(value) for value in pc.unique(offset).to_pylist()}
    encoded = pc.index_in(offset, pa.array(list(names), pa.int32()))
    return pc.take(pa.array(list(names.values()), pa.string()), encoded)


def offset_name(minutes: int | None) -> str | None:
    """Return an offset as ISO 8601 writes it.

    Examples
    --------
    >>> offset_name(120), offset_name(-210), offset_name(0)
    ('+02:00', '-03:30', 'UTC')
    """
    if minutes is None:
        return None
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"
