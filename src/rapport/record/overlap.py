"""Whether a file of a known name is a correction of the old one or the next period's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from rapport.errors import Fault, Problem
from rapport.record.delta import StoredFile, active_files
from rapport.record.load import Load
from rapport.record.lookup import connect, quoted
from rapport.record.schema import TABLES

Overlap = Literal["ask", "replace", "keep"]

CORRECTION = 0.8
COMPARED = 5_000_000  # of longer loads, one key in two, in three … is compared


@dataclass(frozen=True, slots=True)
class Shared:
    """How many of a load's facts, told apart by their key, a new file has too."""

    load: Load
    table: str
    old: int
    common: int

    @property
    def share(self) -> float:
        """Share of the old facts that the new file has; 1 when there were none."""
        return self.common / self.old if self.old else 1.0


def replaced(
    root: Path,
    new: Mapping[str, list[StoredFile]],
    peers: Sequence[Load],
    overlap: Overlap,
    spill: Path,
) -> tuple[str, ...]:
    """Return the ids of the earlier loads of the same file that the new files take the place of.

    A file that has at least four fifths of an earlier load's facts is its correction; one that has
    none of them is another period, and both stand. In between, "replace" and "keep" decide, and
    "ask" raises Problem. What does not fit into memory goes to the folder `spill`.
    """
    if overlap == "keep":
        return ()
    found = [shared(root, new, load, spill) for load in peers]
    if overlap == "replace":
        return tuple(each.load.load_id for each in found if each.common or not each.old)
    unclear = [each for each in found if 0 < each.share < CORRECTION]
    if unclear:
        raise _question(unclear)
    return tuple(each.load.load_id for each in found if each.share >= CORRECTION)


def shared(root: Path, new: Mapping[str, list[StoredFile]], load: Load, spill: Path) -> Shared:
    """Count an earlier load's facts, in its largest table, and those that the new files repeat."""
    tables = [name for name in load.rows if load.rows_now(name)]
    if not tables:
        return Shared(load, "", 0, 0)
    name = max(tables, key=lambda table: (table in new, load.rows_now(table)))
    old_files = [
        str(root / name / file.path)
        for file in active_files(root / name)
        if file.first_load <= load.load_id <= file.last_load
    ]
    new_files = [str(root / name / file.path) for file in new.get(name, [])]
    every = 1 + load.rows_now(name) // COMPARED
    facts = _facts(TABLES[name].key, every)
    with connect(spill) as connection:
        parameters = [old_files, load.load_id]
        connection.execute(f"create table old as {facts} and load_id = ?", parameters)
        old = _number(connection, "select count(*) from old")
        common = 0
        if new_files and old:
            both = f"select count(*) from (select * from old intersect {facts})"  # noqa: S608
            common = _number(connection, both, [new_files])
    return Shared(load, name, old * every, common * every)


def _facts(key: Sequence[str], every: int) -> str:
    """Return SQL for the distinct keys, as hashes of 64 bits, of which one in `every` is taken.

    Which ones depends on the hash alone, so that two files are compared on the same keys.
    """
    columns = ", ".join(quoted(name) for name in key)
    return (
        f"select distinct hash({columns}) as fact "  # noqa: S608
        f"from read_parquet(?, hive_partitioning = false) where hash({columns}) % {every} = 0"
    )


def _number(connection: duckdb.DuckDBPyConnection, sql: str, values: object = None) -> int:
    row = connection.execute(sql, values).fetchone()
    return int(row[0])


def _question(unclear: Sequence[Shared]) -> Problem:
    faults = [
        Fault(
            f"Of the {each.old:,} rows of load {each.load.load_id} in '{each.table}', "
            f"{each.common:,} ({each.share:.0%}) are in the new file too.",
            f"{each.load.file}, loaded {each.load.loaded_at:%Y-%m-%d %H:%M} UTC",
            "Say overlap 'replace' or 'keep'.",
        )
        for each in unclear
    ]
    return Problem(
        "Nothing was loaded: this file shares a part of its rows with an earlier file of the same "
        "name, and it cannot be told whether it corrects that file or continues it. "
        "Choose overlap = 'replace' to let it take the earlier file's place, or 'keep' to let both "
        "stand; of two rows with the same key the one loaded last holds either way.",
        faults,
    )
