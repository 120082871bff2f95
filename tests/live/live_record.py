"""What the tests of the live networks look at: the record, as a reader of it sees it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rapport.pipeline import open_record
from rapport.pulling import Pulled, pull
from rapport.record.engines import open_engine
from rapport.record.reading import table_frame
from rapport.workspace import Workspace

Rows = list[dict[str, Any]]


def rows(workspace: Workspace, table: str) -> Rows:
    """Return the rows of a table that count, each fact once."""
    record = open_record(workspace)
    if not record.visible(table).files:
        return []
    with record.reading(), open_engine("duckdb", memory="1GB", time_zone="UTC") as engine:
        found: Rows = table_frame(engine, record, table).collect("pyarrow").to_arrow().to_pylist()
    return found


def standing(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return what stands: deeds by their id, without those that were deleted or undone."""
    found = {row["activity_id"]: row for row in rows(workspace, "activity")}
    undone = {r["object_id"] for r in found.values() if r["verb"] == "Undo"}
    return {
        name: row
        for name, row in found.items()
        if row["verb"] not in {"Undo", "Delete"} and name not in undone
    }


def on_disk(workspace: Workspace, text: str) -> list[Path]:
    """Return the files of the workspace that hold a text, Parquet files taken apart."""
    found = []
    for path in sorted(workspace.root.rglob("*")):
        if path.suffix == ".parquet" and "_delta_log" not in path.parts:
            if text in str(pq.read_table(path).to_pylist()):
                found.append(path)
        elif path.is_file() and text.encode() in path.read_bytes():
            found.append(path)
    return found


class Brand:
    """A brand's account on a Bluesky server, pulled into a workspace."""

    def __init__(
        self, workspace: Workspace, address: str, handle: str, password: str | None = None
    ) -> None:
        self.workspace, self.address, self.handle = workspace, address, handle
        self.password = password

    def hash_identifiers(self) -> None:
        """Store names of people as keyed hashes only."""
        path = self.workspace.root / "rapport.toml"
        text = path.read_text().replace("hash_identifiers = false", "hash_identifiers = true")
        path.write_text(text)
        self.workspace.reload()
        assert self.workspace.settings.people.hash_identifiers

    def pull(self, **asked: Any) -> Pulled:
        from rapport.sources.live.bluesky import connect

        live = connect(
            self.handle, address=self.address, secret=lambda: self.password, first_wait=0.01
        )
        with closing(live):
            return pull(self.workspace, live, **asked)

    def rows(self, table: str) -> Rows:
        return rows(self.workspace, table)

    def standing(self) -> dict[str, dict[str, Any]]:
        return standing(self.workspace)
