"""Small files made into large ones, and what no reader needs deleted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rapport.record.delta import STORED, StoredFile, active_files, commit
from rapport.record.ledger import Ledger
from rapport.record.locks import has_readers
from rapport.record.rewriting import rewrite
from rapport.record.sweep import delete_unused, live_loads, maintenance, sweep
from rapport.record.writing import ROWS_IN_FILE


@dataclass(frozen=True, slots=True)
class Compacted:
    """Files and bytes of the tables before and after; `later` when a reader kept old files."""

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    later: bool = False


def compact(root: Path, ledger: Ledger) -> Compacted:
    """Merge the small files of each month; see `Record.compact`."""
    with ledger.locked():
        state = ledger.state()
        files_before, bytes_before = _sizes(root)
        final = [load.load_id for load in state.loads.values() if state.can_return(load)]
        if final:
            ledger.append("final", load_ids=final)
        later = not sweep(root, ledger)
        with maintenance(ledger) as lease:
            for name, table in STORED.items():
                small = _small(active_files(root / name))
                merged = rewrite(root / name, table, small, lease.path.name, lambda rows: rows)
                commit(root / name, table, merged, small)
            if has_readers(ledger.reading):
                lease.release()
                later = True
            else:
                for name in STORED:
                    delete_unused(root / name, live_loads(ledger))
        return Compacted(files_before, _sizes(root)[0], bytes_before, _sizes(root)[1], later)


def _small(files: list[StoredFile]) -> list[StoredFile]:
    """Return the files of less than half the full size, where a month has several of them."""
    small = [file for file in files if file.rows < ROWS_IN_FILE // 2]
    chosen: list[StoredFile] = []
    for _, group in groupby(small, key=lambda file: file.month):
        of_month = list(group)
        if len(of_month) > 1:
            chosen += of_month
    return chosen


def _sizes(root: Path) -> tuple[int, int]:
    found = [path.stat().st_size for name in STORED for path in (root / name).glob("*/*.parquet")]
    return len(found), sum(found)
