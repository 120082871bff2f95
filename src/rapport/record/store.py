"""The record of a brand: files go in, counted; what counts can be read, taken back, compacted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
from deltalake.exceptions import DeltaError

from rapport.errors import Fault, Problem, nearest
from rapport.record.compact import Compacted, compact
from rapport.record.delta import ASIDE_TABLE, STORED, month_columns
from rapport.record.facts import Facts
from rapport.record.ledger import Ledger, State
from rapport.record.load import Load, load_name, load_number
from rapport.record.loading import OnRows, Rules, load_facts
from rapport.record.locks import reader_lease
from rapport.record.overlap import Overlap
from rapport.record.rewriting import batches
from rapport.record.sweep import sweep
from rapport.record.troubles import plain_words
from rapport.record.visible import Visible, visible


class Record:
    """Everything that happened, in tables that many processes may read while others write.

    Parameters
    ----------
    root
        The folder of the record; it is made by the first load.
    key
        The secret that identifiers are hashed with.
    hash_identifiers
        Whether e-mails, phones, handles, names and account ids are stored as keyed hashes only.
    zone
        The time zone whose months partition the tables.
    """

    def __init__(
        self, root: Path, *, key: bytes, hash_identifiers: bool = False, zone: str = "UTC"
    ) -> None:
        self.root = root
        self.rules = Rules(key, hash_identifiers, zone)
        self.ledger = Ledger(root / "load")
        self._pinned: State | None = None

    def load(
        self, facts: Facts, *, on_rows: OnRows | None = None, overlap: Overlap = "ask"
    ) -> Load:
        """Take a file in, whole or not at all.

        The same content read the same way is not read again: the answer is the earlier load, with
        status "repeat". A file of the same source and name that has at least four fifths of an
        earlier load's facts (by the key of its largest table) takes its place; one that has none
        of them stands beside it; in between, `overlap` decides: "ask" raises Problem, "replace"
        and "keep" do what they say.

        Parameters
        ----------
        facts
            The file, read batch by batch.
        on_rows
            Called with the number of rows of each batch that has been taken in.
        overlap
            What to do when the file shares facts with an earlier one of its name.

        Raises
        ------
        Problem
            When rows in are not rows kept plus rows set aside, when the overlap is unclear, or
            when the disk refuses. Nothing of the file counts then.
        """
        with plain_words(self.root, f"{facts.file} was not loaded; the record is as it was."):
            return load_facts(self.root, self.ledger, self.rules, facts, on_rows, overlap)

    def loads(self) -> tuple[Load, ...]:
        """Return every load, first to last, with its status."""
        return tuple(self._state().loads.values())

    def undo(self, load_id: str) -> Load:
        """Take a load back; the load that it replaced counts again, unless `compact` removed it.

        Raises Problem when there is no such load, or it does not count.
        """
        with plain_words(self.root, f"Load {load_id} was not undone; the record is as it was."):
            return self._undo(load_id)

    def _undo(self, typed: str) -> Load:
        self.find(typed)
        with self.ledger.locked():
            state = self.ledger.state()
            load = self.find(typed)
            if load.status != "committed":
                by = f" by {load.replaced_by}; undo that one" if load.replaced_by else ""
                fault = Fault(f"It was {load.status} already{by}.", load.load_id)
                raise Problem("There is nothing to undo.", [fault])
            there = {(each.content, each.reading) for each in state.visible}
            olds = [state.loads[old] for old in load.replaces]
            restores = [
                old.load_id
                for old in olds
                if state.can_return(old) and (old.content, old.reading) not in there
            ]
            after = self.ledger.append("undo", load_id=load.load_id, restores=restores)
            with suppress(OSError, DeltaError):  # it is undone; the next to write sweeps again
                sweep(self.root, self.ledger)
            return after.loads[load.load_id]

    def find(self, typed: str) -> Load:
        """Return the load with an id as a person types it (`L000012`, `l12`, `12`)."""
        loads = self._state().loads
        number = load_number(typed)
        load = loads.get(load_name(number)) if number is not None else None
        if load is None:
            fault = Fault(f"There is no load '{typed}'.", hint=_loads_hint(typed, list(loads)))
            raise Problem("The load was not found.", [fault])
        return load

    def aside(self, load_id: str | None = None, *, limit: int | None = None) -> pa.Table:
        """Return the rows that were set aside, of one load or of all that count.

        Columns: `column`, `code`, `reason`, `raw`, `source`, `source_file`, `source_row`,
        `loaded_at`, `load_id`; at most `limit` rows.
        """
        parts, left = [], limit
        for part in self.aside_batches(load_id):
            parts.append(part if left is None else part.slice(0, left))
            left = None if left is None else left - parts[-1].num_rows
            if left is not None and left <= 0:
                break
        schema = month_columns(ASIDE_TABLE)
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def aside_batches(self, load_id: str | None = None) -> Iterator[pa.Table]:
        """Return the rows that were set aside, piece by piece, in the order of the files."""
        wanted = self.visible("aside")
        ids = wanted.load_ids if load_id is None else (self.find(load_id).load_id,)
        shown = pa.array([found for found in ids if found in wanted.load_ids], pa.string())
        for path in sorted(wanted.files, key=lambda file: Path(file).name):
            for rows in batches(Path(path)):
                part = rows.filter(pa.compute.is_in(rows.column("load_id"), value_set=shown))
                if part.num_rows:
                    yield part

    def visible(self, table: str) -> Visible:
        """Return what a reader of a table must read.

        Inside `reading`, all tables are those of one instant, and their files stay.
        """
        if table not in STORED:
            raise Problem(f"There is no table '{table}'. {nearest(table, list(STORED))}")
        return visible(self.root / table, STORED[table], self._state())

    @contextmanager
    def reading(self, moment: State | None = None) -> Iterator[None]:
        """See the record of one instant for the length of the block, whatever others write.

        No writer waits, nor does the reader; what is undone meanwhile is cleared away later.

        Parameters
        ----------
        moment
            What somebody else is reading, as `moment` gives it; now if not given.
        """
        with reader_lease(self.ledger.reading) if self.root.is_dir() else _nothing():
            before, self._pinned = self._pinned, moment or self._state()
            try:
                yield
            finally:
                self._pinned = before

    @property
    def moment(self) -> State:
        """The instant that is seen, for another process to see the same."""
        return self._state()

    def _state(self) -> State:
        return self._pinned or self.ledger.state()

    def compact(self) -> Compacted:
        """Merge small files and delete what no reader needs.

        What counts stays as it is. Loads that were replaced go for good: undoing the load that
        took their place no longer brings them back.
        """
        with plain_words(self.root, "The record was not compacted; it is as it was."):
            return compact(self.root, self.ledger)

    def fingerprint(self, tables: Iterable[str]) -> str:
        """Return a digest that changes if and only if what counts in these tables changes."""
        names, state = sorted(tables), self._state()
        seen = [
            [load.load_id, load.content, load.reading, name, load.rows_now(name)]
            for load in state.visible
            for name in names
            if load.rows_now(name)
        ]
        touched = [state.touched.get(name, 0) for name in names]
        return hashlib.sha256(json.dumps([names, seen, touched]).encode()).hexdigest()


def _loads_hint(typed: str, loads: list[str]) -> str:
    near = nearest(typed, loads)
    return near if "?" in near else "'rapport status' lists them."


@contextmanager
def _nothing() -> Iterator[None]:
    yield
