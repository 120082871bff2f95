"""The stream of commits of a server of the AT protocol: what every account changes, as it does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rapport.sources.live.bluesky_repo import BrokenRepositoryError, link_text, read_blocks

IDLE = 3.0  # seconds without news after which there is none


@dataclass(frozen=True, slots=True)
class Operation:
    """One record that was made, changed (both: with the record) or deleted (without)."""

    path: str
    record: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Commit:
    """What an account changed at once.

    `since` is the revision it builds on; `operations` is None where the stream does not tell what
    was changed, so that the account's repository has to be fetched.
    """

    sequence: int
    account: str
    time: str
    revision: str | None = None
    since: str | None = None
    operations: tuple[Operation, ...] | None = None
    handle: str | None = None


def commits(address: str, after: int, idle: float = IDLE) -> Iterator[Commit]:
    """Yield what was committed after a place in the stream, until there is no more news.

    What the server no longer remembers it leaves out: whoever reads has to compare revisions.
    """
    from atproto import FirehoseSubscribeReposClient  # type: ignore[import-untyped]

    base = f"ws{address.removeprefix('http')}/xrpc"
    client = FirehoseSubscribeReposClient({"cursor": after}, base_uri=base, recv_timeout=10 * idle)
    frames: queue.Queue[object] = queue.Queue(maxsize=10_000)

    def listen() -> None:
        with suppress(Exception):  # an unread stream is no harm: repositories are fetched instead
            client.start(frames.put)
        with suppress(queue.Full):
            frames.put_nowait(None)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        while (frame := _next(frames, idle)) is not None:
            if commit := _read(frame):
                yield commit
    finally:
        client.stop()
        while thread.is_alive():
            with suppress(queue.Empty):
                while True:
                    frames.get_nowait()
            thread.join(0.05)


def _next(frames: queue.Queue[object], idle: float) -> object | None:
    try:
        return frames.get(timeout=idle)
    except queue.Empty:
        return None


def _read(frame: Any) -> Commit | None:
    from atproto import models, parse_subscribe_repos_message

    try:
        message = parse_subscribe_repos_message(frame)
    except Exception:
        return None  # the revisions will not fit, and the repository is fetched
    events = models.ComAtprotoSyncSubscribeRepos
    if isinstance(message, events.Identity):
        return Commit(message.seq, message.did, message.time, handle=message.handle)
    if isinstance(message, events.Sync):
        return Commit(message.seq, message.did, message.time, message.rev)
    if isinstance(message, events.Commit):
        return Commit(
            message.seq,
            message.repo,
            message.time,
            message.rev,
            message.since,
            None if message.too_big else _operations(message),
        )
    return None


def _operations(message: Any) -> tuple[Operation, ...] | None:
    try:
        _, blocks = read_blocks(bytes(message.blocks))
    except BrokenRepositoryError:
        return () if not message.ops else None
    found = []
    for operation in message.ops:
        record = blocks.get(link_text(operation.cid)) if operation.cid else None
        if operation.cid and not isinstance(record, Mapping):
            return None
        found.append(Operation(str(operation.path), record))
    return tuple(found)
