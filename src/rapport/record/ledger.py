"""The ledger of loads: the one file that decides which rows of the record count.

It is a list of events, one JSON object a line, in `record/load/ledger.jsonl`. An event stands from
the instant its line end is written, and not before: whoever reads leaves a line without its end
alone, and the next writer cuts it off. So one write is the commit of a load over all its tables.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rapport.errors import Fault, Problem
from rapport.record.load import Load
from rapport.record.locks import locked
from rapport.workspace import write_whole

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """What the events add up to.

    Parameters
    ----------
    loads
        Every load that was ever committed, in the order of their ids.
    removed
        Loads that no longer count and whose rows are gone from the disk.
    tombstones
        Keyed hashes of the accounts and identifiers of people who were forgotten.
    final
        Loads that were replaced and that no undo can bring back.
    touched
        How many times rows of a table were taken out or struck for somebody to be forgotten.
    """

    loads: Mapping[str, Load] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    tombstones: frozenset[str] = frozenset()
    final: frozenset[str] = frozenset()
    touched: Mapping[str, int] = field(default_factory=dict)

    @property
    def visible(self) -> tuple[Load, ...]:
        """The loads that count, first to last."""
        return tuple(load for load in self.loads.values() if load.status == "committed")

    @property
    def left_over(self) -> tuple[Load, ...]:
        """The loads that no longer count and whose rows may still be on the disk.

        The rows of a load that was replaced are kept for as long as an undo could bring them back.
        """
        return tuple(
            load
            for load in self.loads.values()
            if load.load_id not in self.removed
            and load.status != "committed"
            and not self.can_return(load)
        )

    def can_return(self, load: Load) -> bool:
        """Return whether undoing the load that replaced this one brings it back."""
        if load.replaced_by is None or load.load_id in self.final | self.removed:
            return False
        return self.loads[load.replaced_by].status == "committed"


def _committed(state: State, event: Event) -> State:
    load = Load.from_dict(event["load"])
    loads = {**state.loads, load.load_id: load}
    for old in load.replaces:
        loads[old] = replace(loads[old], status="replaced", replaced_by=load.load_id)
    hashes = state.tombstones | frozenset(event["hashes"])
    return replace(state, loads=dict(sorted(loads.items())), tombstones=hashes)


def _undone(state: State, event: Event) -> State:
    loads = dict(state.loads)
    loads[event["load_id"]] = replace(loads[event["load_id"]], status="undone")
    for old in event["restores"]:
        loads[old] = replace(loads[old], status="committed", replaced_by=None)
    return replace(state, loads=loads)


def _removed(state: State, event: Event) -> State:
    return replace(state, removed=state.removed | frozenset(event["load_ids"]))


def _to_forget(state: State, event: Event) -> State:
    hashes = state.tombstones | frozenset(event["hashes"])
    touched = {**state.touched, **{t: state.touched.get(t, 0) + 1 for t in event["tables"]}}
    return replace(state, tombstones=hashes, touched=touched)


def _counted(state: State, event: Event) -> State:
    loads = dict(state.loads)
    for load_id, rows in event["forgotten"].items():
        loads[load_id] = replace(loads[load_id], forgotten=rows)
    return replace(state, loads=loads)


def _final(state: State, event: Event) -> State:
    return replace(state, final=state.final | frozenset(event["load_ids"]))


_FOLD: Mapping[str, Callable[[State, Event], State]] = {
    "load": _committed,
    "undo": _undone,
    "removed": _removed,
    "forget": _to_forget,
    "counted": _counted,
    "final": _final,
}


class Ledger:
    """The events of one record, read and appended.

    Parameters
    ----------
    folder
        Where the ledger, its lock and its leases stand: `record/load`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "ledger.jsonl"
        self.running = folder / "running"
        self.reading = folder / "reading"
        self.spill = folder / "spill"
        self._read_at: tuple[int, int] = (0, 0)
        self._state = State()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writers' lock; readers do not wait for it."""
        self.running.mkdir(parents=True, exist_ok=True)
        self.reading.mkdir(exist_ok=True)
        with locked(self.folder / "lock"):
            yield

    def state(self) -> State:
        """Return what the ledger says now."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return State()
        if (found.st_ino, found.st_size) != self._read_at:
            whole = self._whole_lines()
            self._state = _add_up(whole, self.path)
            self._read_at = (found.st_ino, len(whole))
        return self._state

    def append(self, kind: str, **values: Any) -> State:
        """Commit one event and return the state after it; to be called under the lock.

        Raises OSError when it could not be written; the ledger is then as before.
        """
        line = _line({"event": kind, **values})
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            end = len(self._whole_lines())
            os.ftruncate(descriptor, end)
            os.lseek(descriptor, end, os.SEEK_SET)
            try:
                _write(descriptor, line)
            except OSError:
                os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)
        keep_entry(self.folder)
        return self.state()

    def strike(self, change: Callable[[str], str]) -> None:
        """Change what loads say of their file; to be called under the lock."""
        before = [json.loads(line) for line in self._whole_lines().splitlines()]
        after = [_struck(event, change) for event in before]
        if after != before:
            write_whole(self.path, b"".join(_line(event) for event in after))
            keep_entry(self.folder)

    def _whole_lines(self) -> bytes:
        content = self.path.read_bytes()
        return content[: content.rfind(b"\n") + 1]


def _line(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def _struck(event: Event, change: Callable[[str], str]) -> Event:
    if event["event"] != "load":
        return event
    load = event["load"]
    notes = [change(note) for note in load["notes"]]
    return {**event, "load": {**load, "file": change(load["file"]), "notes": notes}}


def _write(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def keep_entry(folder: Path) -> None:
    """Make the names in a folder last through a power cut, as fsync does for a file's content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _add_up(lines: bytes, path: Path) -> State:
    state = State()
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            event = json.loads(line)
            state = _FOLD[event["event"]](state, event)
        except (ValueError, KeyError, TypeError) as error:
            fault = Fault(
                "This line is not an event of the ledger.",
                f"{path}, line {number}",
                "Bring the file back from a backup; Rapport only ever adds lines to it.",
            )
            raise Problem("The record's ledger is damaged.", [fault]) from error
    return state
