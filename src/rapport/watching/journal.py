"""Where listening stands: which loads were looked through, and what was routed from them.

`listening/routed.jsonl` holds one event a line, each on the disk before the next step depends on
it. A load is looked through after its alerts lie in the outbox; a process that dies in between
looks through it again, and the outbox knows what it has already. So nothing is lost or repeated.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.actions.alerts.alert import digest_of
from rapport.record.ledger import keep_entry
from rapport.workspace import write_whole

NAME = "routed.jsonl"
PRAISE = "praise"  # the stream of it
EVER = dt.datetime.fromisoformat("1970-01-01")


@dataclass(frozen=True, slots=True)
class Open:
    """A complaint that nobody was seen to answer.

    Parameters
    ----------
    message_id
        The message.
    said
        When, UTC.
    told
        Hours of waiting that were told of.
    """

    message_id: str
    said: dt.datetime
    told: float = 0.0


class Journal:
    """What one listener has looked through and told; used by one process at a time.

    Parameters
    ----------
    folder
        The workspace's `listening` folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.loads: set[str] = set()
        self.routed: dict[str, str] = {}  # digest of the message id: the time it was said
        self.open: dict[str, Open] = {}
        self.crises: list[tuple[str, dt.datetime]] = []
        self.is_new = True
        self._size = 0
        self._read()

    def start(self, loads: Collection[str]) -> None:
        """Begin: the loads that are there now are the past, of which nobody is told."""
        self._write([{"event": "load", "loads": sorted(loads)}])

    def looked_through(self, load_id: str) -> None:
        """Say that all of a load was routed."""
        self._write([{"event": "load", "loads": [load_id]}])

    def route(self, messages: Iterable[tuple[str, dt.datetime, bool]]) -> None:
        """Say which messages were told of: id, when it was said, and whether it is a complaint."""
        told = [
            [digest_of(key), said.isoformat(), key if waits else None]
            for key, said, waits in messages
        ]
        if told:
            self._write([{"event": "routed", "messages": told}])

    def waited(self, told: Mapping[str, float]) -> None:
        """Say that it was told how many hours complaints have been waiting."""
        if told:
            self._write([{"event": "waited", "hours": dict(told)}])

    def close(self, message_ids: Collection[str]) -> None:
        """Say that complaints no longer wait."""
        if message_ids:
            self._write([{"event": "closed", "ids": sorted(message_ids)}])

    def knows(self, message_id: str) -> bool:
        """Return whether a message was told of."""
        return digest_of(message_id) in self.routed

    def crisis(self, stream: str, began: dt.datetime) -> None:
        """Say that a crisis was told of."""
        self._write([{"event": "crisis", "stream": stream, "began": began.isoformat()}])

    def knows_crisis(self, stream: str, began: dt.datetime) -> bool:
        """Return whether a crisis was told of; its beginning may have been seen a day off.

        Complaints and negative messages are one crisis; praise is another matter.
        """
        near = dt.timedelta(days=1)
        praise = stream == PRAISE
        return any(
            abs(began - at) <= near for name, at in self.crises if (name == PRAISE) == praise
        )

    def tidy(self, before: dt.datetime = EVER) -> None:
        """Write the file anew, without what no longer waits and what was said before a time."""
        start = before.isoformat()
        self.routed = {key: said for key, said in self.routed.items() if said >= start}
        self.open = {key: each for key, each in self.open.items() if each.said >= before}
        self.crises = [each for each in self.crises if each[1] >= before]
        if not self.path.is_file():
            return
        opened = {digest_of(key): key for key in self.open}
        events: list[dict[str, Any]] = [
            {"event": "load", "loads": sorted(self.loads)},
            {
                "event": "routed",
                "messages": [[key, said, opened.get(key)] for key, said in self.routed.items()],
            },
            {"event": "waited", "hours": {key: e.told for key, e in self.open.items() if e.told}},
            *(
                {"event": "crisis", "stream": name, "began": at.isoformat()}
                for name, at in self.crises
            ),
        ]
        content = b"".join(_line(event) for event in events)
        write_whole(self.path, content)
        keep_entry(self.folder)
        self._size = len(content)

    def _read(self) -> None:
        if not self.path.is_file():
            return
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for text in whole.splitlines():
            self._fold(json.loads(text))
        self._size = len(whole)
        self.is_new = not whole

    def _fold(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind == "load":
            self.loads.update(event["loads"])
        elif kind == "routed":
            for key, said, waits in event["messages"]:
                self.routed[key] = said
                if waits and waits not in self.open:
                    self.open[waits] = Open(waits, dt.datetime.fromisoformat(said))
        elif kind == "waited":
            for key, hours in event["hours"].items():
                if key in self.open:
                    self.open[key] = Open(key, self.open[key].said, hours)
        elif kind == "closed":
            for key in event["ids"]:
                self.open.pop(key, None)
        elif kind == "crisis":
            self.crises.append((event["stream"], dt.datetime.fromisoformat(event["began"])))

    def _write(self, events: Iterable[Mapping[str, Any]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        content = b"".join(_line(event) for event in events)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, self._size)  # a line that a crash left without its end
            os.lseek(descriptor, 0, os.SEEK_END)
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if self.is_new:
            keep_entry(self.folder)
            self.is_new = False
        self._size += len(content)
        for event in events:
            self._fold(event)


def _line(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=True).encode() + b"\n"
