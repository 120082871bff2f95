"""From where the next pull goes on: decided by the ledger, so that it cannot run ahead of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapport.record.ledger import keep_entry
from rapport.record.load import Load
from rapport.workspace import write_whole

NAME = "cursor.json"
KEPT = 3  # how many of the last cursors are kept, for loads that are undone


@dataclass(frozen=True, slots=True)
class Position:
    """Where an account's pulls stand.

    Parameters
    ----------
    cursor
        What the last pull that counts left for the next; empty at the start, or when a load was
        undone whose cursor is no longer known: all is then fetched again, and nothing doubled.
    loads
        Ids of the loads that brought this account's facts, first to last.
    base
        A digest of all this.
    """

    cursor: Mapping[str, Any] = field(default_factory=dict)
    loads: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """A digest of the position: pages fetched from another one are of no use."""
        text = json.dumps([dict(self.cursor), self.loads], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class CursorLog:
    """The cursors that an account's pulls have left, each with the digest of its load.

    A cursor is written before its load is made to count, and holds if and only if the load does:
    the one line in the ledger that commits the load moves the cursor too. Undoing a load moves it
    back.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._entries: list[dict[str, Any]] = []
        self.about: dict[str, Any] = {}
        if self.path.is_file():
            content = json.loads(self.path.read_text("utf-8"))
            self._entries, self.about = content["entries"], content["about"]

    def position(self, loads: Collection[Load]) -> Position:
        """Return where the pulls stand; `loads` are the record's, of any status."""
        standing = {load.content: load.load_id for load in loads if load.status == "committed"}
        known = [entry for entry in self._entries if entry["content"]]
        cursor: Mapping[str, Any] = {}
        for entry in self._entries:
            if entry["content"] and entry["content"] not in standing:
                break
            cursor = entry["cursor"] or {}
        ids = [standing[entry["content"]] for entry in known if entry["content"] in standing]
        return Position(cursor, tuple(sorted(ids)))

    def move(self, cursor: Mapping[str, Any], content: str | None, loads: Collection[Load]) -> None:
        """Write the cursor that holds once the load with this content counts; None: at once."""
        standing = {load.content for load in loads if load.status == "committed"}
        kept = [entry for entry in self._entries if entry["content"] in standing]
        kept.append({"content": content, "cursor": dict(cursor)})
        old = kept[:-KEPT]
        self._entries = [{**entry, "cursor": None} for entry in old] + kept[-KEPT:]
        self.write()

    def write(self) -> None:
        """Write what is known, whole or not at all."""
        content = {"about": self.about, "entries": self._entries}
        write_whole(self.path, json.dumps(content, ensure_ascii=False).encode())
        keep_entry(self.folder)
