"""What is to be told and what was: one file that a crash cannot tear, and nothing told twice.

`listening/outbox.jsonl` is a list of events, one JSON object a line, each on the disk before
anything depends on it. A delivery is known by the digest of its alert's key and its channel, so
whatever is asked to be told again is known and left alone. Before a delivery is sent its start is
written, and after it its end: a process that dies between the two leaves a delivery of which nobody
can know whether it arrived. It is then sent again **under the same key**, which receivers that heed
keys drop, and says so. What was told loses its text with the next start; its key stays.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rapport.actions.alerts.alert import Alert, digest_of
from rapport.record.ledger import keep_entry
from rapport.record.locks import locked
from rapport.workspace import write_whole

State = Literal["waiting", "sent", "joined", "dead", "dropped"]
NAME = "outbox.jsonl"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one channel.

    Parameters
    ----------
    delivery_id
        The digest of the alert's key and the channel: the key under which it is sent.
    channel
        Where it goes.
    alert
        What is told; None once it was told and its text is gone.
    put
        When it was put here, seconds since 1970.
    state
        "waiting", "sent", "joined" (told as part of a digest), "dead" (given up) or "dropped".
    tries, due
        How often it was tried, and when the next try may be.
    maybe
        Whether a try was cut off, so that it may have arrived.
    ended
        When it was sent or given up.
    why
        Why the last try failed.
    route
        The alert's route.
    """

    delivery_id: str
    channel: str
    alert: Alert | None
    put: float
    state: State = "waiting"
    tries: int = 0
    due: float = 0.0
    maybe: bool = False
    ended: float | None = None
    why: str = ""
    route: str = ""


class Outbox:
    """The deliveries of a workspace; several processes may look and add, one delivers.

    Parameters
    ----------
    folder
        The workspace's `listening` folder; made when something is put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._known: dict[str, Delivery] = {}
        self._open: dict[str, set[str]] = {}  # what waits, by channel
        self._read: tuple[int, int] = (0, 0)  # inode and offset
        self._guard = threading.RLock()

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return all deliveries, in the order in which they were put."""
        with self._guard:
            self._refresh()
            return tuple(self._known.values())

    def waiting(self, channel: str) -> list[Delivery]:
        """Return the deliveries that a channel has yet to get."""
        with self._guard:
            self._refresh()
            there = (self._known[key] for key in self._open.get(channel, ()))
            return sorted(there, key=lambda each: each.put)

    def find(self, typed: str) -> Delivery | None:
        """Return the delivery whose id begins as typed; None when none or several do."""
        found = [each for each in self.deliveries() if each.delivery_id.startswith(typed)]
        return found[0] if len(found) == 1 else None

    def put(self, wanted: Iterable[tuple[Alert, Sequence[str]]], now: float) -> list[Delivery]:
        """Put alerts for channels; return those that are new, safe on the disk."""
        with self._writing():
            events: dict[str, dict[str, Any]] = {}
            for alert, channels in wanted:
                for channel in channels:
                    key = digest_of(alert.key, channel)
                    if key not in self._known and key not in events:
                        told = {"channel": channel, "alert": alert.to_dict()}
                        events[key] = {"event": "put", "id": key, "now": now, **told}
            self._append(events.values())
            return [self._known[key] for key in events]

    def begin(self, delivery_id: str, now: float) -> None:
        """Say that a delivery is about to be sent."""
        self._say("begin", delivery_id, now)

    def sent(self, delivery_id: str, now: float) -> None:
        """Say that a delivery has arrived."""
        self._say("sent", delivery_id, now)

    def failed(self, delivery_id: str, now: float, due: float, why: str, *, maybe: bool) -> None:
        """Say that a try failed and when the next one may be."""
        self._say("failed", delivery_id, now, due=due, why=why, maybe=maybe)

    def give_up(self, delivery_id: str, now: float, why: str) -> None:
        """Say that a delivery is given up; it is kept and shown until it is retried or dropped."""
        self._say("dead", delivery_id, now, why=why)

    def retry(self, delivery_id: str, now: float) -> None:
        """Let a delivery that was given up be tried anew."""
        self._say("retry", delivery_id, now)

    def drop(self, delivery_id: str, now: float) -> None:
        """Throw a delivery that was given up away."""
        self._say("dropped", delivery_id, now)

    def join(self, digest: Alert, channel: str, parts: Sequence[Delivery], now: float) -> Delivery:
        """Tell deliveries as one digest, which takes their place; in one line, or not at all."""
        key = digest_of(digest.key, channel)
        told = {"channel": channel, "alert": digest.to_dict()}
        of = [part.delivery_id for part in parts]
        with self._writing():
            self._append([{"event": "join", "id": key, "now": now, "of": of, **told}])
            return self._known[key]

    def tidy(self, before: float = 0.0) -> None:
        """Write the file anew, without the texts of what was told; for the one who delivers.

        What was told or dropped before `before` (seconds since 1970) goes whole.
        """
        with self._writing():
            if not self.path.is_file():
                return
            kept = [
                replace(each, alert=_kept_text(each))
                for each in self._known.values()
                if each.state in {"waiting", "dead"} or (each.ended or each.put) >= before
            ]
            lines = (_line({"event": "known", **_packed(each)}) for each in kept)
            write_whole(self.path, b"".join(lines))
            keep_entry(self.folder)
            self._known, self._open = {}, {}
            for each in kept:
                self._set(each)
            self._read = (self.path.stat().st_ino, self.path.stat().st_size)

    def forget_texts(self) -> int:
        """Throw away every text that is kept here; return how many.

        For when somebody is forgotten: what was told stays told, what was not is not told any more.
        """
        if not self.path.is_file():
            return 0
        with self._writing():
            with_text = [each for each in self._known.values() if each.alert is not None]
            open_ones = [e for e in with_text if e.state in {"waiting", "dead"}]
            now = max((each.put for each in with_text), default=0.0)
            self._append({"event": "dropped", "id": e.delivery_id, "now": now} for e in open_ones)
        self.tidy()
        return len(with_text)

    def _say(self, event: str, delivery_id: str, now: float, **more: Any) -> None:
        with self._writing():
            self._append([{"event": event, "id": delivery_id, "now": now, **more}])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._guard:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "outbox.lock"):
                self._refresh()
                yield

    def _append(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Write events and see them safely on the disk; under the lock."""
        content = b"".join(_line(event) for event in events)
        if not content:
            return
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            inode, offset = self._read
            os.ftruncate(descriptor, offset if inode == os.fstat(descriptor).st_ino else 0)
            os.lseek(descriptor, 0, os.SEEK_END)
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            keep_entry(self.folder)
        self._refresh()

    def _refresh(self) -> None:
        """Read what was written since the last look; a line without its end does not count."""
        try:
            found = self.path.stat()
            if (found.st_ino, found.st_size) == self._read:
                return
            with self.path.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._read[0]:
                    self._known, self._open, self._read = {}, {}, (inode, 0)
                file.seek(self._read[1])
                content = file.read()
        except FileNotFoundError:
            self._known, self._open, self._read = {}, {}, (0, 0)
            return
        whole = content[: content.rfind(b"\n") + 1]
        for text in whole.splitlines():
            self._fold(json.loads(text))
        self._read = (inode, self._read[1] + len(whole))

    def _fold(self, event: Mapping[str, Any]) -> None:
        kind, key = event["event"], event["id"]
        if kind == "known":
            self._set(_unpacked(event))
        elif kind in {"put", "join"}:
            alert = Alert.from_dict(event["alert"])
            if key not in self._known:
                self._set(Delivery(key, event["channel"], alert, event["now"], route=alert.route))
            for part in event.get("of", ()):
                if part in self._known:
                    self._set(replace(self._known[part], state="joined", ended=event["now"]))
        elif key in self._known:
            self._set(_after(self._known[key], event))

    def _set(self, delivery: Delivery) -> None:
        self._known[delivery.delivery_id] = delivery
        there = self._open.setdefault(delivery.channel, set())
        if delivery.state == "waiting":
            there.add(delivery.delivery_id)
        else:
            there.discard(delivery.delivery_id)


def _after(delivery: Delivery, event: Mapping[str, Any]) -> Delivery:
    kind, now = event["event"], event["now"]
    if kind == "begin":
        return replace(delivery, tries=delivery.tries + 1, maybe=True)
    if kind == "failed":
        told = {"due": event["due"], "why": event["why"], "maybe": event["maybe"]}
        return replace(delivery, **told)
    if kind == "retry":
        return replace(delivery, state="waiting", tries=0, due=now, ended=None)
    why = event.get("why", delivery.why)
    return replace(delivery, state=kind, ended=now, why=why)


def _kept_text(delivery: Delivery) -> Alert | None:
    return delivery.alert if delivery.state in {"waiting", "dead"} else None


def _line(event: Mapping[str, Any]) -> bytes:
    """Return an event as a line; JSON's own escapes hold lone surrogates as well."""
    return json.dumps(event, ensure_ascii=True).encode() + b"\n"


def _packed(delivery: Delivery) -> dict[str, Any]:
    names = ("channel", "put", "state", "tries", "due", "maybe", "ended", "why", "route")
    alert = delivery.alert.to_dict() if delivery.alert else None
    told = {name: getattr(delivery, name) for name in names}
    return {"id": delivery.delivery_id, "alert": alert, **told}


def _unpacked(stored: Mapping[str, Any]) -> Delivery:
    alert = Alert.from_dict(stored["alert"]) if stored["alert"] else None
    rest = {n: v for n, v in stored.items() if n not in {"event", "id", "alert"}}
    return Delivery(stored["id"], alert=alert, **rest)
