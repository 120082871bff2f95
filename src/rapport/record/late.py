"""Rows of a forgotten person that came in before their e-mail gave them away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.delta import STORED, StoredFile
from rapport.record.person import account_columns
from rapport.record.privacy import Gate
from rapport.record.rewriting import batches, rewrite

Files = dict[str, list[StoredFile]]


def late_rows(root: Path, files: Mapping[str, list[StoredFile]], gate: Gate) -> pa.Array:
    """Return the numbers of the rows, in files not yet committed, that the gate would now stop."""
    found = [pa.array([], pa.int64())]
    for table, column in account_columns() if gate.met else ():
        for file in files.get(table, []):
            found.extend(
                rows["source_row"].filter(gate.named(rows)).combine_chunks()
                for rows in batches(root / table / file.path, [column, "source_row"])
            )
    return pc.unique(pa.chunked_array(found))


def without_rows(root: Path, files: Files, numbers: pa.Array, name: str) -> Files:
    """Write the tables again without these rows; the old files are deleted."""

    def change(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(pc.is_in(rows["source_row"], value_set=numbers)))

    left: Files = {}
    for table, old in files.items():
        if table == "aside":
            left[table] = old
            continue
        if new := rewrite(root / table, STORED[table], old, f"{name}-late", change):
            left[table] = new
        for file in old:
            (root / table / file.path).unlink()
    return left
