"""Files written again without some of their rows, or several as one; the rows keep their loads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapport.record.delta import PARTITION, StoredFile
from rapport.record.schema import Table
from rapport.record.writing import ROW_GROUP, ROWS_IN_FILE, MonthFile

Change = Callable[[pa.Table], pa.Table]


def rewrite(
    folder: Path, table: Table, files: Iterable[StoredFile], name: str, change: Change
) -> list[StoredFile]:
    """Write the rows of `files` again, changed, into new files of the same months.

    The new files are called `name` and belong to nothing until they are committed. What `change`
    leaves nothing of gives no file.
    """
    written: list[MonthFile] = []
    months = groupby(sorted(files, key=lambda file: file.path), key=lambda file: file.month)
    for month, of_month in months:
        open_file: MonthFile | None = None
        for file in of_month:
            for rows in batches(folder / file.path):
                left = change(rows)
                if not left.num_rows:
                    continue
                if open_file is None or open_file.rows >= ROWS_IN_FILE:
                    if open_file:
                        open_file.close()
                    path = f"{PARTITION}={month}/{name}-{len(written) + 1:05d}.parquet"
                    open_file = MonthFile(folder, path, table)
                    written.append(open_file)
                open_file.write(left)
        if open_file:
            open_file.close()
    return [file.stored() for file in written]


def batches(path: Path, columns: list[str] | None = None) -> Iterable[pa.Table]:
    """Read a file piece by piece."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROW_GROUP, columns=columns):
            yield pa.Table.from_batches([batch])


def without_loads(load_ids: Iterable[str]) -> Change:
    """Return the change that leaves out all rows of these loads."""
    gone = pa.array(sorted(load_ids), pa.string())

    def change(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(pc.is_in(rows.column("load_id"), value_set=gone)))

    return change


def loads_in(path: Path) -> set[str]:
    """Return the ids of the loads that a file holds rows of."""
    found: set[str] = set()
    for rows in batches(path, ["load_id"]):
        found.update(pc.unique(rows.column("load_id")).to_pylist())
    return found
