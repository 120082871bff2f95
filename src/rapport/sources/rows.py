"""Rows as they stand in a file: strings with their row number, and rows set aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import ASIDE

ROW = "source_row"
RAW_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class RawRows:
    """Some rows of a file.

    `table` has one string column for each column of the file (an empty string where nothing
    stands) and `source_row`; `aside` the rows whose structure is broken.
    """

    table: pa.Table
    aside: pa.Table = field(default_factory=ASIDE.empty_table)

    @property
    def rows(self) -> int:
        """How many rows of the file these are."""
        return int(self.table.num_rows + self.aside.num_rows)


@dataclass(frozen=True, slots=True)
class Aside:
    """One row that is not kept: where, which column, a stable word, a sentence, the row itself."""

    source_row: int
    column: str | None
    code: str
    reason: str
    raw: str


def aside_table(faults: Iterable[Aside]) -> pa.Table:
    """Return rows set aside as a table of the record's own shape."""
    rows = [
        {"source_row": f.source_row, "column": f.column, "code": f.code, "reason": f.reason}
        | {"raw": f.raw}
        for f in faults
    ]
    return pa.Table.from_pylist(rows, schema=ASIDE)


def raw_json(row: Mapping[str, object] | str) -> str:
    """Return a row as JSON; of a row that is only text, its beginning."""
    if isinstance(row, str):
        return json.dumps({"text": row[:RAW_LIMIT]}, ensure_ascii=False)
    return json.dumps(dict(row), ensure_ascii=False)


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return strings without blanks at their ends; columns of plain ASCII take the shorter way."""
    if pc.all(pc.string_is_ascii(column)).as_py():
        return pc.ascii_trim_whitespace(column)
    return pc.utf8_trim_whitespace(column)


def string_table(names: Sequence[str], columns: Sequence[pa.Array], numbers: pa.Array) -> pa.Table:
    """Return string columns and the row numbers as one table."""
    return pa.table([*columns, numbers], names=[*names, ROW])
