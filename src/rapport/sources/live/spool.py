"""What was fetched and is not in the record yet: one JSON line a page, safe on the disk."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapport.record.ledger import keep_entry

OLDEST = 7 * 24 * 3600.0  # seconds; what was fetched longer ago is fetched anew
FOLDER = "live"  # in the folder of the record
NAME = "pages.jsonl"


class Spool:
    """Pages of answers on their way into the record.

    A page counts from the instant its line end is written. A pull that was broken off goes on
    with the pages of the one before, if both start from the same `base`.

    Parameters
    ----------
    folder
        The account's folder.
    base
        From where the pull started: pages of another start are thrown away.
    """

    def __init__(self, folder: Path, base: str) -> None:
        self.path = folder / NAME
        self.began, self._pages = self._taken_up(base)
        if not self._pages and not self.path.is_file():
            self.began = time.time()
            self._append({"base": base, "began": self.began})
            keep_entry(folder)
        self.resumed = bool(self._pages)

    def _taken_up(self, base: str) -> tuple[float, list[dict[str, Any]]]:
        if not self.path.is_file():
            return 0.0, []
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        lines = [json.loads(line) for line in whole.splitlines()]
        head = lines[0] if lines else {}
        began = head.get("began", 0.0)
        if head.get("base") != base or not 0 <= time.time() - began <= OLDEST:
            self.path.unlink()
            return 0.0, []
        if len(whole) != len(content):
            os.truncate(self.path, len(whole))
        return began, lines[1:]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Return the pages, first to last."""
        return iter(self._pages)

    def pages(self, kind: str) -> list[dict[str, Any]]:
        """Return the pages of one kind, first to last."""
        return [page for page in self._pages if page["kind"] == kind]

    def keep(self, kind: str, **page: Any) -> dict[str, Any]:
        """Write a page and see it safely on the disk; return it as it will be read."""
        kept = self._append({"kind": kind, **page})
        self._pages.append(kept)
        return kept

    def _append(self, page: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(page, ensure_ascii=False, default=_readable)
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        read: dict[str, Any] = json.loads(text)
        return read

    def discard(self) -> None:
        """Throw the pages away: they are in the record."""
        self.path.unlink(missing_ok=True)
        self._pages = []


def discard_pages(record: Path) -> int:
    """Throw away all that was fetched and is not in the record; return how many files it was.

    For when somebody is forgotten: the next pull fetches it again, without them.
    """
    found = list(record.glob(f"{FOLDER}/*/{NAME}"))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _readable(value: object) -> object:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return str(value)
