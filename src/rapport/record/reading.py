"""A table of the record as a frame: only what counts, each fact once."""

from __future__ import annotations

from typing import Protocol

import narwhals as nw
import pyarrow as pa

from rapport.record.engines import Engine
from rapport.record.frames import Frame, row_number
from rapport.record.schema import TABLES, Table
from rapport.record.visible import Visible


class Readable(Protocol):
    """What `table_frame` needs of a record."""

    def visible(self, table: str) -> Visible:
        """Return what counts of a table."""
        ...


def table_frame(engine: Engine, record: Readable, name: str) -> Frame:
    """Return the rows of a table that count, with its columns and the calendar days of its times.

    Of several rows with one key the one loaded last holds. Raises KeyError for an unknown table.
    """
    table = TABLES[name]
    shown = record.visible(name)
    rows = engine.scan(shown.files, _stored(table))
    if shown.mixed:
        rows = rows.filter(nw.col("load_id").is_in(list(shown.load_ids)))
    return last_loaded(rows, table.key) if shown.duplicates else rows


def last_loaded(rows: Frame, key: tuple[str, ...]) -> Frame:
    """Return one row for each key: of the last load, and in it the last of the file."""
    numbered = rows.with_columns(
        rapport_copies=nw.len().over(*key),
        rapport_copy=row_number(key, ["load_id", "source_row"]),
    )
    last = numbered.filter(nw.col("rapport_copy") == nw.col("rapport_copies"))
    return last.drop("rapport_copy", "rapport_copies")


def _stored(table: Table) -> pa.Schema:
    """Return the schema of the files, which hold no partition column."""
    return pa.schema([column.arrow for column in table.all_columns if column.name != "month"])
