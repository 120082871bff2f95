"""Texts that their authors deleted, taken off the disk and not only out of sight."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.delta import STORED, StoredFile, active_files, commit
from rapport.record.locks import has_readers
from rapport.record.lookup import connect, quoted
from rapport.record.rewriting import rewrite
from rapport.record.store import Record
from rapport.record.sweep import delete_unused, live_loads, maintenance
from rapport.record.troubles import plain_words


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a table keeps what was said: its key, the test of an emptied row, what goes."""

    table: str
    key: str
    emptied: str
    columns: tuple[str, ...]


_ALL = (
    _Said(
        "activity",
        "activity_id",
        "verb = 'Delete'",
        ("text", "url", "in_reply_to", "object_id"),
    ),
    _Said("post", "post_id", "format = 'deleted'", ("text",)),
)


def retract(record: Record, source: str, *, patience: float = 10.0) -> int | None:
    """Take what was deleted on a network out of the rows that were loaded before.

    A row whose key was loaded again, emptied, keeps its place, its time and its account; what was
    said goes for good, and undoing the load that emptied it does not bring it back.

    Parameters
    ----------
    record
        The record.
    source
        The network.
    patience
        Seconds to wait for loads and runs that are under way.

    Returns
    -------
    int or None
        How many rows were emptied; None when others were at work: call it again later.
    """
    with plain_words(record.root, "What was deleted is out of sight, but not off the disk yet."):
        found = [(said, _still_saying(record, source, said)) for said in _ALL]
        if not any(names for _, names in found):
            return 0
        end = time.monotonic() + patience
        while True:
            with record.ledger.locked():
                if not live_loads(record.ledger) and not has_readers(record.ledger.reading):
                    return sum(_empty(record, source, said, names) for said, names in found)
            if time.monotonic() > end:
                return None
            time.sleep(0.1)


def _still_saying(record: Record, source: str, said: _Said) -> list[str]:
    """Return the keys of rows that still say what a later row with that key says was deleted."""
    with record.reading():
        shown = record.visible(said.table)
        if not shown.files:
            return []
        key, order = quoted(said.key), "order by load_id desc, source_row desc"
        sql = (
            f"select {key} from (select {key}, {_says(said)} as says, "  # noqa: S608
            f"{said.emptied} as emptied, row_number() over (partition by {key} {order}) as nth "
            "from read_parquet(?, hive_partitioning = false) where source = ? "
            f"and list_contains(?, load_id)) group by {key} "
            "having bool_or(emptied and nth = 1) and bool_or(says and nth > 1)"
        )
        with connect() as connection:
            values = [list(shown.files), source, list(shown.load_ids)]
            return [row[0] for row in connection.execute(sql, values).fetchall()]


def _says(said: _Said) -> str:
    return "(" + " or ".join(f"{quoted(name)} is not null" for name in said.columns) + ")"


def _empty(record: Record, source: str, said: _Said, names: list[str]) -> int:
    """Write the files that hold these rows again, emptied; to be called under the lock."""
    old, rows = _files_with(record, source, said, names) if names else ([], 0)
    if not old:
        return 0
    folder, wanted = record.root / said.table, pa.array(names, pa.string())

    def change(found: pa.Table) -> pa.Table:
        hit = pc.and_(
            pc.equal(found.column("source"), source),
            pc.is_in(found.column(said.key), value_set=wanted),
        )
        for name in said.columns:
            nothing = pa.scalar(None, found.schema.field(name).type)
            left = pc.if_else(hit, nothing, found.column(name))
            found = found.set_column(found.column_names.index(name), name, left)
        return found

    with maintenance(record.ledger) as lease:
        new = rewrite(folder, STORED[said.table], old, lease.path.name, change)
        commit(folder, STORED[said.table], new, old)
        delete_unused(folder, live_loads(record.ledger) - {lease.path.name})
    record.ledger.append("forget", hashes=[], tables=[said.table])
    return rows


def _files_with(
    record: Record, source: str, said: _Said, names: list[str]
) -> tuple[list[StoredFile], int]:
    """Return the files of a table with rows of these keys that say something, and how many rows."""
    folder = record.root / said.table
    files = {str(folder / file.path): file for file in active_files(folder)}
    sql = (
        "select filename, count(*) from "  # noqa: S608
        "read_parquet(?, filename = true, hive_partitioning = false) where source = ? "
        f"and list_contains(?, {quoted(said.key)}) and {_says(said)} group by filename"
    )
    with connect() as connection:
        found = connection.execute(sql, [list(files), source, names]).fetchall()
    return [files[name] for name, _ in found], sum(count for _, count in found)
