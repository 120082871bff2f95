"""How a network's news gets into the record: fetched, compared, loaded, and what went struck.

Everything is fetched into a spool on the disk first. The cursor for the next pull is written before
the load, and holds only once the ledger commits the load: a pull that dies at any instant has
either happened or not, and the next one goes on with the pages that are there.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rapport.errors import Fault, Problem
from rapport.pipeline import open_record
from rapport.record.load import Load
from rapport.record.privacy import hash_account
from rapport.record.retract import retract
from rapport.record.store import Record
from rapport.record.troubles import plain_words
from rapport.sources.live.changes import Changes, Setting, changes
from rapport.sources.live.cloak import Cloak
from rapport.sources.live.cursor import CursorLog, Position
from rapport.sources.live.deeds import Found
from rapport.sources.live.known import known
from rapport.sources.live.rows import facts_of
from rapport.sources.live.source import Live
from rapport.sources.live.spool import FOLDER, Spool
from rapport.workspace import Workspace

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought.

    Parameters
    ----------
    load
        The load; None when there was nothing new.
    told
        How many deeds, accounts and figures were new, changed, gone or measured: (what happened,
        to what) and the number.
    struck
        Rows of earlier loads that were emptied, since their authors deleted them; None when that
        was put off, because others were at work.
    resumed
        Whether it went on with the pages of a pull that was broken off.
    handle
        The brand's handle.
    notes
        Plain sentences.
    """

    load: Load | None
    told: Mapping[tuple[str, str], int]
    struck: int | None
    resumed: bool
    handle: str
    notes: tuple[str, ...] = field(default=())


def pull(
    workspace: Workspace,
    live: Live,
    *,
    since: dt.date | None = None,
    tell: Tell = lambda **_: None,
) -> Pulled:
    """Bring the record to what a network says now, once.

    Parameters
    ----------
    workspace
        The brand's folder.
    live
        The brand's account on the network.
    since
        Leave out what was done before this day (in the brand's time zone); remembered. An earlier
        day than the last time's makes everything be fetched anew.
    tell
        Told how far it is: `step=`, `done=`, `of=`.

    Raises
    ------
    Problem
        When somebody else pulls the account, or the network refuses; what was fetched is kept.
    """
    record = open_record(workspace)
    folder = record.root / FOLDER / _name(record, live)
    with plain_words(record.root, "Nothing was loaded; the record is as it was."):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, live):
            return _pull(workspace, record, live, folder, since, tell)


def _pull(
    workspace: Workspace,
    record: Record,
    live: Live,
    folder: Path,
    since: dt.date | None,
    tell: Tell,
) -> Pulled:
    log = CursorLog(folder)
    first = _since(log, since)
    position = log.position(record.loads())
    cursor = dict(position.cursor) if first == position.cursor.get("since") else _anew(position)
    cloak = Cloak(live.source, record, live.owner)
    spool = Spool(folder, Position({**cursor, "since": first}, position.loads).base)
    before = known(record, live.source, position.loads)
    found = live.fetch(cursor, before, spool, cloak, tell)
    setting = Setting(
        live.channel,
        _audience_channel(log, folder, live),
        ZoneInfo(workspace.settings.time_zone),
        cloak,
        _midnight(first, workspace.settings.time_zone),
    )
    made = changes(found, before, setting)
    found.cursor["since"] = first
    _fetch_again(found, made, record)
    load = _load(record, live, log, found, made)
    spool.discard()
    struck = retract(record, live.source)
    return Pulled(load, made.told, struck, spool.resumed, found.handle, tuple(found.notes))


def _load(record: Record, live: Live, log: CursorLog, found: Found, made: Changes) -> Load | None:
    if not made.items:
        log.move(found.cursor, None, record.loads())
        return None
    name = f"{live.source}:{found.handle}/{found.began:%Y-%m-%dT%H:%M:%S.%f}Z"
    facts = facts_of(live.source, name, made.items, tuple(found.notes), found.cursor)
    log.move(found.cursor, facts.content, record.loads())
    return record.load(facts, overlap="keep")


def _name(record: Record, live: Live) -> str:
    """Return the name of an account's folder, which names nobody."""
    return f"{live.source}-{hash_account(record.rules.key, live.brand)[:16]}"


@contextmanager
def _alone(folder: Path, live: Live) -> Iterator[None]:
    """Pull an account only once at a time."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        fault = Fault("Another pull of this account is under way.", live.handle, "Let it end.")
        raise Problem("Nothing was fetched.", [fault]) from None
    finally:
        os.close(descriptor)


def _since(log: CursorLog, since: dt.date | None) -> str | None:
    """Return the first day that counts, as it is kept: the one asked for, else the last one."""
    if since is None:
        before: str | None = log.about.get("since")
        return before
    if log.about.get("since") != since.isoformat():
        log.about["since"] = since.isoformat()
        log.write()
    return since.isoformat()


def _anew(position: Position) -> dict[str, Any]:
    """Return a cursor that makes everything be fetched again, the same way as before."""
    return {"mode": position.cursor["mode"]} if "mode" in position.cursor else {}


def _midnight(day: str | None, zone: str) -> dt.datetime | None:
    if day is None:
        return None
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), ZoneInfo(zone))


def _audience_channel(log: CursorLog, folder: Path, live: Live) -> str:
    """Return the channel whose followers are counted; a second account has one of its own."""
    if "channel" not in log.about:
        others = [p for p in folder.parent.glob(f"{live.source}-*/cursor.json") if p != log.path]
        log.about["channel"] = f"{live.channel}:{live.handle}" if others else live.channel
        log.write()
    return str(log.about["channel"])


def _fetch_again(found: Found, made: Changes, record: Record) -> None:
    """Take what is known of accounts whose block was lifted out of the cursor."""
    revisions = found.cursor.get("revisions", {})
    for account in made.again:
        for key in (account, hash_account(record.rules.key, account)):
            revisions.pop(key, None)
