"""What a reader of a table has to read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from rapport.record.delta import StoredFile, active_files
from rapport.record.ledger import State
from rapport.record.load import Load, Span
from rapport.record.schema import Table


@dataclass(frozen=True, slots=True)
class Visible:
    """The rows of one table that count.

    Parameters
    ----------
    table
        Name of the table.
    files
        Absolute paths of the Parquet files. They hold every column but `month`, which is in the
        path (`…/month=2011-03/…`; 'none' where a row has no time).
    load_ids
        The loads that count, first to last; a later one holds over an earlier one.
    mixed
        Whether the files may also hold rows of other loads: then filter by `load_ids`.
    duplicates
        Whether a key may occur more than once: then, of the rows with one key, keep the one with
        the greatest `load_id`, and in it the greatest `source_row` (see `Table.completed`).
    rows
        Rows that count, before duplicates are resolved.
    """

    table: str
    files: tuple[str, ...]
    load_ids: tuple[str, ...]
    mixed: bool
    duplicates: bool
    rows: int


def visible(folder: Path, table: Table, state: State) -> Visible:
    """Return what counts of a table in the given state of the ledger."""
    loads = [load for load in state.visible if load.rows_now(table.name) > 0]
    ids = [load.load_id for load in loads]
    files = [file for file in active_files(folder) if _between(file, ids)]
    others = sorted(set(state.loads).difference(ids))
    return Visible(
        table=table.name,
        files=tuple(str((folder / file.path).resolve()) for file in files),
        load_ids=tuple(ids),
        mixed=any(_between(file, others) for file in files),
        duplicates=_may_repeat(table, loads),
        rows=sum(load.rows_now(table.name) for load in loads),
    )


def _between(file: StoredFile, ids: list[str]) -> bool:
    """Return whether a sorted list has an id from the file's first to its last."""
    return bisect_left(ids, file.first_load) < bisect_right(ids, file.last_load)


def _may_repeat(table: Table, loads: list[Load]) -> bool:
    """Keys hold the source, so only loads of one source can meet, where their times meet.

    Parts of one fact need not have its time.
    """
    if table.time is None or table.completed:
        return bool(loads)
    spans: dict[str, list[Span]] = {}
    for load in loads:
        spans.setdefault(load.source, []).append(load.spans[table.name])
    return any(_meet(sorted(of_source)) for of_source in spans.values())


def _meet(spans: list[Span]) -> bool:
    ends = accumulate((last for _, last in spans), max)
    return any(later[0] <= end for end, later in zip(ends, spans[1:], strict=False))
