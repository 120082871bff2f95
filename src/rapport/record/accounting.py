"""The record's own count of what a source hands over: rows in = rows kept + rows set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem, nearest
from rapport.record.facts import ASIDE, Batch
from rapport.record.schema import TABLES, Table

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

_SHOWN = 5


@dataclass
class Tally:
    """Counts of one load, added to batch by batch."""

    source: str
    file: str
    rows_in: int = 0
    kept: int = 0
    aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    last_row: int | None = None

    def count(self, batch: Batch, tables: Mapping[str, pa.Table], aside: pa.Table) -> None:
        """Count a batch, `tables` and `aside` being what is stored of it.

        Raises Problem when the rows do not add up: a row lost, counted twice, or out of order.
        """
        kept = _union([batch.folded, *(_numbers(rows) for rows in tables.values())])
        away = _numbers(aside)
        faults = self._faults(batch.rows, kept, away)
        if faults:
            raise refusal(self.source, self.file, faults)
        self.rows_in += batch.rows
        self.kept += kept.size
        self.aside += away.size
        for pair in pc.value_counts(aside.column("code")).to_pylist():
            self.reasons[pair["values"]] += pair["counts"]
        ends = [int(rows.max()) for rows in (kept, away) if rows.size]
        self.last_row = max(ends) if ends else self.last_row

    def move_aside(self, rows: int, code: str) -> None:
        """Count rows that were kept as set aside after all."""
        self.kept -= rows
        self.aside += rows
        self.reasons[code] += rows

    def _faults(self, rows: int, kept: Rows, away: Rows) -> list[Fault]:
        faults = []
        if _distinct(away).size != away.size:
            faults.append(Fault("A row was set aside twice.", self.file))
        both = away[_has(kept, away)]
        if both.size:
            shown = ", ".join(map(str, both[:_SHOWN]))
            faults.append(Fault(f"Rows {shown} were both kept and set aside.", self.file))
        if rows != kept.size + away.size:
            sum_ = f"{rows} rows were read, {kept.size} kept and {away.size} set aside"
            faults.append(Fault(f"{sum_}: they do not add up.", self.file))
        starts = [int(found.min()) for found in (kept, away) if found.size]
        if starts and self.last_row is not None and min(starts) <= self.last_row:
            faults.append(Fault(f"Row {min(starts)} came after row {self.last_row}.", self.file))
        return faults


def refusal(source: str, file: str, faults: list[Fault]) -> Problem:
    """Return the problem of a source that broke its word; nothing of its file is kept."""
    return Problem(
        f"The source '{source}' read {file} wrongly, so nothing of it was loaded. "
        "This is a fault of Rapport, not of the file: please report it.",
        faults,
    )


def _numbers(rows: pa.Table) -> Rows:
    numbers: Rows = rows.column("source_row").to_numpy()
    return numbers


def _union(parts: list[Rows]) -> Rows:
    """Return the distinct numbers, in order."""
    distinct = [_distinct(part) for part in parts]
    if len(distinct) == 1:
        return distinct[0]
    return _distinct(np.concatenate([np.array([], np.int64), *distinct]))


def _distinct(numbers: Rows) -> Rows:
    """Return the distinct numbers, in order; a rising run, the common shape, costs no sorting."""
    if (np.diff(numbers) > 0).all():
        return numbers
    ordered = np.sort(numbers)
    return ordered[np.r_[True, np.diff(ordered) > 0]]


def _has(ordered: Rows, asked: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each number asked whether it is among the ordered ones."""
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.zeros(asked.size, np.bool_)
    if ordered.size and asked.size:
        places = np.minimum(np.searchsorted(ordered, asked), ordered.size - 1)
        found = ordered[places] == asked
    return found


def typed_tables(batch: Batch) -> tuple[dict[str, pa.Table], pa.Table, list[Fault]]:
    """Return the batch's tables and rows set aside as the record stores them, and every fault.

    Each table has `source_row` and the columns that the source gave, in the declared types.
    """
    faults: list[Fault] = []
    tables = {}
    for name, rows in batch.tables.items():
        if name not in TABLES:
            faults.append(Fault(f"There is no table '{name}'.", hint=nearest(name, list(TABLES))))
        elif rows.num_rows:
            tables[name] = _typed(TABLES[name], rows, faults)
    return tables, _typed_aside(batch.aside, faults), faults


def _typed(table: Table, rows: pa.Table, faults: list[Fault]) -> pa.Table:
    wanted = [column.arrow for column in table.columns] + [pa.field("source_row", pa.int64())]
    names = [field.name for field in wanted]
    faults.extend(
        Fault(f"There is no column '{name}'.", table.name, nearest(name, names))
        for name in rows.column_names
        if name not in names
    )
    required = {column.name for column in table.columns if column.required} | {"source_row"}
    given = [field for field in wanted if field.name in {*rows.column_names, *required}]
    columns = [
        _column(table.name, field, rows, faults, required=field.name in required) for field in given
    ]
    return pa.table(columns, [field.name for field in given])


def _column(
    table: str, field: pa.Field, rows: pa.Table, faults: list[Fault], *, required: bool
) -> pa.ChunkedArray:
    if field.name not in rows.column_names:
        column = pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
    else:
        column = rows.column(field.name)
    try:
        column = column if column.type == field.type else column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        why = str(error).splitlines()[0]
        faults.append(Fault(f"'{field.name}' is not {field.type}: {why}.", table))
        return pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
    if required and column.null_count:
        where = pc.indices_nonzero(pc.is_null(column)).to_pylist()
        known = rows.column("source_row") if "source_row" in rows.column_names else None
        lines = [known[i].as_py() if known else i for i in where[:_SHOWN]]
        shown = ", ".join(map(str, lines))
        faults.append(Fault(f"'{field.name}' is required and missing in rows {shown}.", table))
    return column


def _typed_aside(aside: pa.Table, faults: list[Fault]) -> pa.Table:
    required = ("source_row", "code", "reason")
    columns = [
        _column("aside", field, aside, faults, required=field.name in required) for field in ASIDE
    ]
    return pa.table(columns, ASIDE.names)
