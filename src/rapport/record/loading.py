"""One file's way in: written out of sight, then made to count by one line in the ledger."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
from deltalake.exceptions import DeltaError

from rapport.errors import Fault, Problem
from rapport.record.accounting import Tally, refusal, typed_tables
from rapport.record.delta import STORED, StoredFile, commit
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.late import Files, late_rows, without_rows
from rapport.record.ledger import Ledger, State
from rapport.record.load import Load, Span, load_name, load_number
from rapport.record.locks import Lease
from rapport.record.overlap import Overlap, replaced
from rapport.record.privacy import FORGOTTEN_CODE, Gate, hashed, put_aside, without_raw
from rapport.record.sweep import sweep
from rapport.record.writing import Origin, TableWriter

OnRows = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a record takes rows in: the key that hashes, whether it does, whose calendar."""

    key: bytes
    hash_identifiers: bool
    zone: str


@dataclass
class _Way:
    """A load under way."""

    root: Path
    origin: Origin
    rules: Rules
    tally: Tally
    gate: Gate
    writers: dict[str, TableWriter] = field(default_factory=dict)

    def writer(self, table: str) -> TableWriter:
        if table not in self.writers:
            folder = self.root / table
            self.writers[table] = TableWriter(folder, STORED[table], self.origin, self.rules.zone)
        return self.writers[table]


def load_facts(
    root: Path, ledger: Ledger, rules: Rules, facts: Facts, on_rows: OnRows | None, overlap: Overlap
) -> Load:
    """Load a file; see `Record.load`."""
    facts = replace(facts, reading=_digest(facts.reading, rules))
    known = repeat_of(ledger.state(), facts)
    if known:
        return known
    with ledger.locked():
        sweep(root, ledger)
        load_id, lease = _begin(ledger)
    way = _way(root, ledger.state(), rules, facts, load_id)
    try:
        for batch_rows in _take_in(way, facts):
            if on_rows:
                on_rows(batch_rows)
        files = _finished(way)
        load = _settle(way, ledger, facts, files, overlap)
    except BaseException:
        for writer in way.writers.values():
            writer.abandon()
        _clear_up(root, ledger, lease)
        raise
    if load.load_id == load_id:
        lease.end()
    _clear_up(root, ledger, lease)
    return load


def repeat_of(state: State, facts: Facts) -> Load | None:
    """Return the load that already brought this content, read this way, as a repeat."""
    for load in state.visible:
        if (load.content, load.reading) == (facts.content, facts.reading):
            return replace(load, status="repeat")
    return None


def _digest(reading: str, rules: Rules) -> str:
    """Return the digest of a reading; what is stored in hashes is read in another way."""
    way = f"{reading}\nhash_identifiers = {rules.hash_identifiers}"
    return hashlib.sha256(way.encode()).hexdigest()


def _begin(ledger: Ledger) -> tuple[str, Lease]:
    """Take the next id; under the lock."""
    begun = [load_number(path.name) or 0 for path in ledger.running.glob("L*")]
    known = [load_number(load_id) or 0 for load_id in ledger.state().loads]
    load_id = load_name(max([0, *begun, *known]) + 1)
    return load_id, Lease(ledger.running / load_id)


def _way(root: Path, state: State, rules: Rules, facts: Facts, load_id: str) -> _Way:
    origin = Origin(load_id, facts.source, facts.file, dt.datetime.now(dt.UTC))
    gate = Gate(rules.key, facts.source, state.tombstones)
    return _Way(root, origin, rules, Tally(facts.source, facts.file), gate)


def _take_in(way: _Way, facts: Facts) -> Iterator[int]:
    for batch in _read(facts):
        tables, aside, faults = typed_tables(batch)
        if faults:
            raise refusal(facts.source, facts.file, faults)
        if way.rules.hash_identifiers:
            key = way.rules.key
            tables = {name: hashed(name, rows, key) for name, rows in tables.items()}
            aside = without_raw(aside)
        tables, aside = way.gate.sift(tables, aside)
        way.tally.count(batch, tables, aside)
        for name, rows in tables.items():
            way.writer(name).add(rows)
        if aside.num_rows:
            way.writer("aside").add(aside)
        yield batch.rows


def _read(facts: Facts) -> Iterator[Batch]:
    """Return the batches; what the disk refuses the source is not the record's trouble."""
    try:
        yield from facts.batches
    except OSError as error:
        fault = Fault(f"{error.strerror or error}.", facts.file, "Look whether it is still there.")
        summary = f"{facts.file} could not be read to its end, so nothing of it was loaded."
        raise Problem(summary, [fault]) from error


def _finished(way: _Way) -> Files:
    """Finish the files, without the rows that turned out too late to be a forgotten person's."""
    files = {name: writer.close() for name, writer in way.writers.items()}
    late = late_rows(way.root, files, way.gate)
    if len(late):
        files = without_rows(way.root, files, late, way.origin.load_id)
        way.writer("aside").add(put_aside(late, ASIDE))
        files["aside"] = way.writer("aside").close()
        way.tally.move_aside(len(late), FORGOTTEN_CODE)
    return files


def _settle(way: _Way, ledger: Ledger, facts: Facts, files: Files, overlap: Overlap) -> Load:
    """Decide what the load replaces, and make it count."""
    while True:
        peers = _peers(ledger.state(), facts)
        same = tuple(load.load_id for load in peers if load.content == facts.content)
        others = [load for load in peers if load.content != facts.content]
        spill = ledger.spill / way.origin.load_id
        replaces = (*same, *replaced(way.root, files, others, overlap, spill))
        shutil.rmtree(spill, ignore_errors=True)
        with ledger.locked():
            state = ledger.state()
            known = repeat_of(state, facts)
            if known:
                return known
            if _peers(state, facts) != peers:
                continue
            load = _load(way, facts, files, replaces)
            for name, written in files.items():
                commit(way.root / name, STORED[name], written)
            ledger.append("load", load=load.to_dict(), hashes=sorted(way.gate.met))
            return load


def _peers(state: State, facts: Facts) -> Sequence[Load]:
    """Return the loads that count and came from this file, under its name or with its content."""
    return [
        load
        for load in state.visible
        if load.source == facts.source
        and (load.file == facts.file or load.content == facts.content)
    ]


def _load(way: _Way, facts: Facts, files: Files, replaces: tuple[str, ...]) -> Load:
    tables = {name: written for name, written in files.items() if name != "aside"}
    return Load(
        load_id=way.origin.load_id,
        source=facts.source,
        file=facts.file,
        content=facts.content,
        reading=facts.reading,
        loaded_at=way.origin.loaded_at,
        rows_in=way.tally.rows_in,
        rows_kept=way.tally.kept,
        rows_aside=way.tally.aside,
        reasons=dict(sorted(way.tally.reasons.items())),
        rows={name: sum(file.rows for file in written) for name, written in tables.items()},
        spans={name: span for name, written in tables.items() if (span := _span(written))},
        replaces=replaces,
        notes=facts.notes,
    )


def _span(files: list[StoredFile]) -> Span | None:
    ends = [(file.first, file.last) for file in files if file.first and file.last]
    return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None


def _clear_up(root: Path, ledger: Ledger, lease: Lease) -> None:
    """Clear away what does not count; when the disk refuses even that, the next writer does it."""
    lease.release()
    with suppress(OSError, DeltaError, pa.ArrowException), ledger.locked():
        sweep(root, ledger)
