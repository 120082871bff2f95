"""One table of the record as a Delta table: its files, and commits that add and remove files.

The Parquet files are written by `writing`; this module only says, in one atomic commit of the
Delta log, which of them belong to the table. The log keeps statistics of the load and of the time
of rows, never of a column that could name a person.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake import Schema as DeltaSchema
from deltalake.transaction import AddAction, RemoveAction

from rapport.record.schema import PROVENANCE, TABLES, Column, Table

PARTITION = "month"

ASIDE_TABLE = Table(
    "aside",
    "one row of a file that was not kept",
    (
        Column("column", about="the column at fault, where there is one"),
        Column("code", required=True, about="the reason, in a word to count by"),
        Column("reason", required=True, about="the reason, in a sentence"),
        Column("raw", personal=True, about="the row as it stood, as JSON"),
    ),
    ("load_id", "source_row"),
)

STORED: dict[str, Table] = {**TABLES, ASIDE_TABLE.name: ASIDE_TABLE}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One Parquet file: its path within the table, its size, its rows and whose they are."""

    path: str
    size: int
    rows: int
    first_load: str
    last_load: str
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    @property
    def month(self) -> str:
        """The partition."""
        return self.path.split("/", 1)[0].removeprefix(f"{PARTITION}=")


def stats_columns(table: Table) -> list[str]:
    """Return the columns of which the log and the files keep the least and greatest value."""
    return ["load_id", *([table.time] if table.time else [])]


def active_files(folder: Path) -> list[StoredFile]:
    """Return the files that the table holds now; none when there is no table."""
    if not (folder / "_delta_log").is_dir():
        return []
    actions = pa.table(DeltaTable(folder).get_add_actions(flatten=True))
    rows = actions.select(["path", "size_bytes", "num_records", "min.load_id", "max.load_id"])
    files = [
        StoredFile(
            row["path"],
            row["size_bytes"],
            row["num_records"],
            row["min.load_id"],
            row["max.load_id"],
        )
        for row in rows.to_pylist()
    ]
    return sorted(files, key=lambda file: file.path)


def commit(
    folder: Path, table: Table, add: Iterable[StoredFile], remove: Iterable[StoredFile] = ()
) -> None:
    """Add files to a table and remove others, in one commit; makes the table when it is new."""
    adds = [_add_action(table, file) for file in add]
    removes = [
        RemoveAction(file.path, True, _now(), file.size, {PARTITION: file.month}) for file in remove
    ]
    if not adds and not removes:
        return
    _open_or_make(folder, table).create_write_transaction(
        [*adds, *removes], "append", _delta_schema(table), partition_by=[PARTITION]
    )


def _open_or_make(folder: Path, table: Table) -> DeltaTable:
    if DeltaTable.is_deltatable(str(folder)):
        return DeltaTable(folder)
    return DeltaTable.create(
        folder,
        _delta_schema(table),
        mode="ignore",
        partition_by=[PARTITION],
        configuration={
            "delta.dataSkippingStatsColumns": ",".join(stats_columns(table)),
            "delta.logRetentionDuration": "interval 1 days",
        },
    )


def _delta_schema(table: Table) -> DeltaSchema:
    return DeltaSchema.from_arrow(table.arrow)


def _add_action(table: Table, file: StoredFile) -> AddAction:
    low: dict[str, str] = {"load_id": file.first_load}
    high: dict[str, str] = {"load_id": file.last_load}
    if table.time and file.first and file.last:
        low[table.time] = _stat(file.first, table)
        high[table.time] = _stat(file.last, table)
    stats = {"numRecords": file.rows, "minValues": low, "maxValues": high, "nullCount": {}}
    return AddAction(file.path, file.size, {PARTITION: file.month}, _now(), True, json.dumps(stats))


def _stat(instant: dt.datetime, table: Table) -> str:
    if table.time and table.column(table.time).kind == "day":
        return instant.date().isoformat()
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _now() -> int:
    return int(time.time() * 1000)


def month_columns(table: Table) -> pa.Schema:
    """Return the schema inside the files: all columns but the partition, which the path tells."""
    return pa.schema([field for field in table.arrow if field.name != PARTITION])


PROVENANCE_NAMES = tuple(column.name for column in PROVENANCE)
