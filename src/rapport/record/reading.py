"""A table of the record as a frame: only what counts, each fact once."""

from __future__ import annotations

from typing import Protocol

import narwhals as nw
import pyarrow as pa

from rapport.record.engines import Engine
from rapport.record.frames import Frame, row_number
from rapport.record.schema import TABLES, Table
from rapport.record.visible import Visible

_LOADED = ("load_id", "source_row")  # the order in which rows came into the record


class Readable(Protocol):
    """What `table_frame` needs of a record."""

    def visible(self, table: str) -> Visible:
        """Return what counts of a table."""
        ...


def table_frame(engine: Engine, record: Readable, name: str) -> Frame:
    """Return the rows of a table that count, with its columns and the calendar days of its times.

    Of several rows with one key the one loaded last holds; in a table that is completed, what it
    leaves empty is taken from the rows before. Raises KeyError for an unknown table.
    """
    table = TABLES[name]
    shown = record.visible(name)
    rows = engine.scan(shown.files, _stored(table))
    if shown.mixed:
        rows = rows.filter(nw.col("load_id").is_in(list(shown.load_ids)))
    if not shown.duplicates:
        return rows
    return last_loaded(_completed(rows, table.key) if table.completed else rows, table.key)


def last_loaded(rows: Frame, key: tuple[str, ...]) -> Frame:
    """Return one row for each key: of the last load, and in it the last of the file."""
    numbered = rows.with_columns(
        rapport_copies=nw.len().over(*key),
        rapport_copy=row_number(key, list(_LOADED)),
    )
    last = numbered.filter(nw.col("rapport_copy") == nw.col("rapport_copies"))
    return last.drop("rapport_copy", "rapport_copies")


def _completed(rows: Frame, key: tuple[str, ...]) -> Frame:
    """Return rows of which each has what the rows loaded before it say and it does not."""
    others = [name for name in rows.collect_schema().names() if name not in (*key, *_LOADED)]
    known = nw.col(*others).fill_null(strategy="forward")
    return rows.with_columns(known.over(*key, order_by=list(_LOADED)))


def _stored(table: Table) -> pa.Schema:
    """Return the schema of the files, which hold no partition column."""
    return pa.schema([column.arrow for column in table.all_columns if column.name != "month"])
