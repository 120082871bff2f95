"""Clearing away what no longer counts: rows of loads undone, replaced or never finished."""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rapport.record.delta import STORED, StoredFile, active_files, commit
from rapport.record.ledger import Ledger, State
from rapport.record.locks import Lease, has_readers, is_live
from rapport.record.lookup import connect
from rapport.record.rewriting import loads_in, rewrite, without_loads
from rapport.record.schema import TABLES, Table


def sweep(root: Path, ledger: Ledger) -> bool:
    """Clear away what no longer counts; to be called under the lock.

    Returns False when it had to be put off, since somebody is reading: what has to go is out of
    sight all the same, and the next writer tries again. Loads that still run are left alone.
    """
    dead = dead_leases(ledger)
    left_over = [load.load_id for load in ledger.state().left_over]
    if not dead and not left_over:
        return True
    if has_readers(ledger.reading):
        return False
    with maintenance(ledger) as lease:
        for name, table in STORED.items():
            _clear_table(root / name, table, ledger, lease.path.name)
    if left_over:
        ledger.append("removed", load_ids=left_over)
    if any(path.name.startswith("M") for path in dead):
        recount(root, ledger)
    for path in dead:
        shutil.rmtree(ledger.spill / path.name, ignore_errors=True)
        path.unlink(missing_ok=True)
    return True


def recount(root: Path, ledger: Ledger) -> None:
    """Count the rows that forgetting somebody left of each load, and note what changed."""
    left: Counter[tuple[str, str]] = Counter()
    for name in TABLES:
        files = [str(root / name / file.path) for file in active_files(root / name)]
        left.update({(load_id, name): rows for load_id, rows in _rows_by_load(files)})
    changed = {}
    state = ledger.state()
    for load in state.loads.values():
        if load.status != "committed" and not state.can_return(load):
            continue
        gone = {t: rows - left[load.load_id, t] for t, rows in load.rows.items()}
        gone = {table: rows for table, rows in gone.items() if rows}
        if gone != load.forgotten:
            changed[load.load_id] = gone
    if changed:
        ledger.append("counted", forgotten=changed)


def _rows_by_load(files: list[str]) -> list[tuple[str, int]]:
    if not files:
        return []
    sql = (
        "select load_id, count(*) from read_parquet(?, hive_partitioning = false) group by load_id"
    )
    with connect() as connection:
        rows: list[tuple[str, int]] = connection.execute(sql, [files]).fetchall()
        return rows


def dead_leases(ledger: Ledger) -> list[Path]:
    """Return the leases of processes that died before they had put all in order."""
    if not ledger.running.is_dir():
        return []
    return [path for path in sorted(ledger.running.iterdir()) if not is_live(path)]


def live_loads(ledger: Ledger) -> set[str]:
    """Return the names of what is being written now, by any process."""
    if not ledger.running.is_dir():
        return set()
    return {path.name for path in ledger.running.iterdir() if is_live(path)}


@contextmanager
def maintenance(ledger: Ledger) -> Iterator[Lease]:
    """Hold a lease under whose name files are rewritten; it stays behind when that fails."""
    lease = Lease(ledger.running / f"M{secrets.token_hex(4)}")
    try:
        yield lease
    except BaseException:
        lease.release()
        raise
    lease.end()


def _clear_table(folder: Path, table: Table, ledger: Ledger, name: str) -> None:
    if not folder.is_dir():
        return
    state = ledger.state()
    whole, mixed = _to_clear(folder, table, state)
    gone = [load.load_id for load in state.left_over]
    again = rewrite(folder, table, mixed, name, without_loads(gone))
    commit(folder, table, again, [*whole, *mixed])
    delete_unused(folder, live_loads(ledger) - {name})


def _to_clear(
    folder: Path, table: Table, state: State
) -> tuple[list[StoredFile], list[StoredFile]]:
    """Return the files that hold nothing that counts, and those that hold some that does not."""
    gone = {load.load_id for load in state.left_over if load.rows_now(table.name)}
    known = {load_id for load_id in state.loads if load_id not in state.removed}
    whole, mixed = [], []
    for file in active_files(folder):
        if file.first_load == file.last_load:
            if file.first_load in gone or file.first_load not in known:
                whole.append(file)
        elif any(file.first_load <= load_id <= file.last_load for load_id in gone) and (
            loads_in(folder / file.path) & gone
        ):
            mixed.append(file)
    return whole, mixed


def delete_unused(folder: Path, running: set[str]) -> int:
    """Delete the Parquet files that are not of the table, nor of what is being written now.

    Returns how many there were; only for when nobody reads.
    """
    used = {file.path for file in active_files(folder)}
    count = 0
    for path in sorted(folder.glob("*/*.parquet")):
        of = path.name.split("-", 1)[0]
        if path.relative_to(folder).as_posix() not in used and of not in running:
            path.unlink()
            count += 1
    for month in sorted(folder.glob("month=*")):
        if not any(month.iterdir()):
            month.rmdir()
    return count
