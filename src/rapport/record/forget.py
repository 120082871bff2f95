"""Forgetting a person for good: out of every table, every old file, every log, and proved."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rapport.errors import Fault, Problem
from rapport.record.delta import STORED, active_files, commit, month_columns
from rapport.record.kept import Kept
from rapport.record.ledger import Ledger
from rapport.record.locks import has_readers
from rapport.record.mentions import Hits, search, struck_text, without
from rapport.record.person import Person, find
from rapport.record.proof import Proof, is_named, prove
from rapport.record.rewriting import rewrite
from rapport.record.store import Record
from rapport.record.sweep import delete_unused, live_loads, maintenance, recount, sweep
from rapport.record.troubles import plain_words

# Who is who goes last: until then a forgetting that was broken off finds its way again.
_LAST = ("account", "identifier")
HASHED = ("understood",)  # results that hold keyed hashes of texts, not the texts
QUOTING = ("topics", "questions", "texts_read")  # results that quote people without their names
_ORDER = (*(name for name in STORED if name not in _LAST), *_LAST)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was, or in a preview would be, removed.

    Parameters
    ----------
    accounts
        The accounts that the identifier names: source and id, as stored.
    rows
        Rows of each table that are the person's.
    mentions
        Rows of each table that are somebody else's, or were set aside, and mention the person:
        there the mention is struck out.
    results
        Names of the results that held the person; they are deleted, and `rapport run` makes them
        again.
    files_read, rows_read, logs_read, hits
        The proof: what was read again afterwards, and how often the person was found in it.
    done
        False for a preview.
    """

    accounts: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]
    mentions: Mapping[str, int]
    results: tuple[str, ...] = ()
    files_read: int = 0
    rows_read: int = 0
    logs_read: int = 0
    hits: int = 0
    done: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        accounts = [{"source": source, "account": account} for source, account in self.accounts]
        return {**asdict(self), "accounts": accounts, "results": list(self.results)}


def forget(
    record: Record,
    identifier: str,
    *,
    results: Path | None = None,
    dry_run: bool = False,
    patience: float = 60.0,
) -> Forgotten:
    """Remove a person's rows from every table and every old version, and prove it.

    First a keyed hash of the person is put into the ledger, so that their rows are set aside when
    a file brings them again ("forgotten person"). Then every Parquet file that holds them is
    written again without them and the old one deleted. Broken off at any instant, the same call
    completes it.

    Parameters
    ----------
    record
        The record.
    identifier
        An e-mail, phone or other identifier, a handle, an account's id or a respondent.
    results
        The folder of results: tables and files in it that hold the person are deleted.
    dry_run
        Only count what would go.
    patience
        Seconds to wait for loads and runs that are under way.

    Raises
    ------
    Problem
        When nothing names the person, when others stay at work for too long, or when the disk
        refuses.
    """
    summary = "The person is not wholly forgotten yet; run the same command again."
    with plain_words(record.root, summary):
        person = find(record.root, record.rules.key, identifier)
        if dry_run:
            return _found(record, person, _hits(record.root, person), results)
        with _alone(record.ledger, patience):
            sweep(record.root, record.ledger)
            person = find(record.root, record.rules.key, identifier)
            return _forget(record, person, results)


def _found(
    record: Record, person: Person, hits: list[tuple[str, Hits]], results: Path | None
) -> Forgotten:
    known = person.tombstones & record.ledger.state().tombstones
    if not known and not any(hit.theirs or hit.mentions for _, hit in hits):
        fault = Fault(
            f"Nothing in the record names '{person.identifier}'.",
            hint="Write it as the files do: an e-mail, a phone, a handle, or an account's id.",
        )
        raise Problem("Nobody was forgotten.", [fault])
    rows: dict[str, int] = {}
    mentions: dict[str, int] = {}
    for table, hit in hits:
        for counts, count in ((rows, hit.theirs), (mentions, hit.mentions)):
            if count:
                counts[table] = counts.get(table, 0) + count
    named = tuple(path.name for path in _results(results, person))
    return Forgotten(tuple(sorted(person.accounts)), rows, mentions, named)


def _hits(root: Path, person: Person) -> list[tuple[str, Hits]]:
    found = []
    for name in _ORDER:
        files = [str(root / name / file.path) for file in active_files(root / name)]
        found += [(name, hit) for hit in search(person, files, month_columns(STORED[name]))]
    return [(name, hit) for name, hit in found if hit.theirs or hit.mentions]


def _forget(record: Record, person: Person, results: Path | None) -> Forgotten:
    hits = _hits(record.root, person)
    found = _found(record, person, hits, results)
    tables = sorted({*found.rows, *found.mentions})
    record.ledger.append("forget", hashes=sorted(person.tombstones), tables=tables)
    record.ledger.strike(lambda text: struck_text(person, text))
    Kept(record.root).forget(person)
    with maintenance(record.ledger) as lease:
        for name in _ORDER:
            paths = {hit.path for table, hit in hits if table == name}
            _take_out(record, name, paths, person, lease.path.name)
    recount(record.root, record.ledger)
    for path in _results(results, person):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    record.ledger.append("forget", hashes=[], tables=tables)
    proof = prove(record.root, person)
    if proof.hits:
        faults = [Fault("The person is still found here.", where) for where in proof.where]
        raise Problem("The person is not wholly forgotten: please report this.", faults)
    return _proved(found, proof)


def _take_out(record: Record, name: str, paths: set[str], person: Person, lease: str) -> None:
    folder, table = record.root / name, STORED[name]
    if not folder.is_dir():
        return
    old = [file for file in active_files(folder) if str(folder / file.path) in paths]
    new = rewrite(folder, table, old, lease, lambda rows: without(person, rows))
    commit(folder, table, new, old)
    delete_unused(folder, live_loads(record.ledger))


def _results(folder: Path | None, person: Person) -> list[Path]:
    """Return the entries of the results folder that hold the person, and the state beside them."""
    if folder is None or not folder.is_dir():
        return []
    named = [
        path
        for path in sorted(folder.iterdir())
        if any(is_named(file, person) for file in _all_files(path))
    ]
    state = folder / "state.json"
    if named and state.is_file() and state not in named:
        named.append(state)
    # hashes and quotations name nobody, yet a person's go too; the next run makes the others anew
    hashed = [folder / name for name in (*HASHED, *QUOTING) if (folder / name).is_dir()]
    return [*named, *(path for path in hashed if path not in named)]


def _all_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


@contextmanager
def _alone(ledger: Ledger, patience: float) -> Iterator[None]:
    """Hold the writers' lock while no load runs and nobody reads."""
    end = time.monotonic() + patience
    while True:
        with ledger.locked():
            if not live_loads(ledger) and not has_readers(ledger.reading):
                yield
                return
        if time.monotonic() > end:
            fault = Fault(
                "A load or a run is under way, and its files may hold the person.",
                str(ledger.running.parent),
                "Let it end, then do this again.",
            )
            raise Problem("Nobody was forgotten yet.", [fault])
        time.sleep(0.1)


def _proved(found: Forgotten, proof: Proof) -> Forgotten:
    return Forgotten(
        found.accounts,
        found.rows,
        found.mentions,
        found.results,
        proof.files,
        proof.rows,
        proof.logs,
        proof.hits,
        done=True,
    )
