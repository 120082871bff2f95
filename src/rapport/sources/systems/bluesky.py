"""Bluesky: an account's repository (a CAR file), and saved answers of its interface.

A repository is read as that of the brand itself. Of answers, the brand is the account that others
follow, like, answer or mention; where nobody does, the one that wrote most. Lists of followers bear
no dates: those stand in the records of the followers (`rapport pull bluesky` reads them).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from rapport.errors import Problem
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.json_arrays import head_of
from rapport.sources.json_text import parse_json
from rapport.sources.live.bluesky_records import (
    CHANNEL,
    FOLLOW,
    POST,
    PROFILE,
    SOURCE,
    counts_of,
    deed_of,
    owner,
    parts,
    who_of,
)
from rapport.sources.live.bluesky_repo import BrokenRepositoryError, Repository, read_repository
from rapport.sources.live.deed_rows import deed_item, figure_rows, person_rows
from rapport.sources.live.deeds import Deed, Who, text_of
from rapport.sources.metrics import counted_on
from rapport.sources.opening import opened, refuse
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Header, Shape, System, as_named
from rapport.sources.systems.deed_files import (
    COLUMNS,
    OTHER,
    Entries,
    Item,
    entry_facts,
    entry_table,
    names_people,
    present,
)

VERSION = 1
_LARGEST = 512 << 20
_LISTS = ("records", "feed", "posts", "notifications", "followers", "follows")


@lru_cache(maxsize=2)
def _repository(path: Path, changed: int) -> Repository:
    del changed  # a file that was written anew is read anew
    with opened(path) as stream:
        return read_repository(stream.read())


def _open_repository(piece: Piece) -> TableFile | None:
    """Return the records of a CAR file as a table, None for any other file."""
    head = head_of(piece)[:100]
    if b"eroots" not in head or b"gversion" not in head:
        return None
    try:
        _repository(piece.path, piece.path.stat().st_mtime_ns)
    except (BrokenRepositoryError, Problem):
        return None
    except ModuleNotFoundError as error:
        what = "It is the repository of a Bluesky account, which needs the package atproto."
        raise refuse(piece.label, what, "Install it with: pip install 'rapport[live]'") from error
    return entry_table(piece, partial(_records, piece.path))


def _records(path: Path) -> Entries:
    repository = _repository(path, path.stat().st_mtime_ns)
    return [
        {"kind": "record", "name": f"at://{repository.account}/{place}", "entry": record}
        for place, record in repository.records.items()
    ]


def _repository_facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of a repository: what its account, the brand, did."""
    del header, settings
    brand = _repository(file.path, file.path.stat().st_mtime_ns).account
    notes = ("The repository is read as the brand's own account; what others did is not in it.",)

    def item(kind: str, name: str, entry: Any) -> Item | None:
        del kind
        if parts(name)[1] == PROFILE:
            who = Who(brand, name=text_of(entry, "displayName"))
            return person_rows(who, CHANNEL, is_brand=True)
        deed = deed_of(name, entry, brand, present(now))
        return deed_item(deed, CHANNEL, brand) if deed else None

    return entry_facts(file, SOURCE, VERSION, item, notes)


@lru_cache(maxsize=2)
def _answers(path: Path, changed: int) -> tuple[Any, ...]:
    """Return the documents of a JSON file, or of a file of JSON lines; none of any other."""
    del changed
    try:
        with opened(path) as stream:
            content = stream.read(_LARGEST)
    except Problem:
        return ()
    try:
        return (parse_json(content),)
    except (ValueError, RecursionError):
        pass
    try:
        return tuple(parse_json(line) for line in content.splitlines() if line.strip())
    except (ValueError, RecursionError):
        return ()


def _open_answers(piece: Piece) -> TableFile | None:
    """Return the entries of answers as a table, None for any other file."""
    head = head_of(piece)
    if head[:1] not in (b"{", b"[") or (b"at://" not in head and b"did:" not in head):
        return None
    if all(entry["kind"] == OTHER for entry in _entries(piece.path)):
        return None
    return entry_table(piece, partial(_entries, piece.path))


def _entries(path: Path) -> Entries:
    documents = _answers(path, path.stat().st_mtime_ns)
    return [entry for document in documents for entry in _entries_in(document)]


def _entries_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the records, posts, notifications and accounts that an answer holds."""
    if isinstance(value, list):
        for each in value:
            yield from list(_entries_in(each)) or [{"kind": OTHER, "name": "", "entry": each}]
        return
    if not isinstance(value, Mapping):
        return
    uri, did = value.get("uri"), value.get("did")
    if isinstance(uri, str) and uri.startswith("at://"):
        kind = _kind(value)
        if kind:
            yield {"kind": kind, "name": uri, "entry": value}
    elif isinstance(did, str) and isinstance(value.get("handle"), str) and "didDoc" not in value:
        yield {"kind": "account", "name": did, "entry": value}
    else:
        for name in _LISTS:
            yield from _entries_in(value.get(name))
        yield from _entries_in(value.get("post"))
        yield from _thread(value.get("thread"))


def _thread(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        yield from _entries_in(value.get("post"))
        yield from _thread(value.get("parent"))
        for reply in value.get("replies") or []:
            yield from _thread(reply)


def _kind(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("value"), Mapping):
        return "record"
    if isinstance(value.get("author"), Mapping) and isinstance(value.get("record"), Mapping):
        return "notification" if "reason" in value else "post"
    return ""


def _brand(path: Path) -> str | None:
    """Return the account that the answers are about."""
    followed = [
        document["subject"]["did"]
        for document in _answers(path, path.stat().st_mtime_ns)
        if isinstance(document, Mapping) and isinstance(document.get("subject"), Mapping)
    ]
    if followed:
        return str(followed[0])
    entries = _entries(path)
    about = [_about(each["entry"]) for each in entries if each["kind"] == "notification"]
    wrote = [owner(each["name"]) for each in entries if each["kind"] in {"record", "post"}]
    for names in (about, wrote):
        known = Counter(name for name in names if name)
        if known:
            return known.most_common(1)[0][0]
    return None


def _about(note: Mapping[str, Any]) -> str | None:
    """Return whom a notification was sent to, as its record says."""
    record = note["record"]
    if parts(str(note["uri"]))[1] == FOLLOW:
        return str(record.get("subject"))
    subject = record.get("subject") or (record.get("reply") or {}).get("parent") or {}
    return owner(str(subject.get("uri", ""))) if isinstance(subject, Mapping) else None


def _answer_facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of saved answers."""
    del header, settings
    brand, began, counted = _brand(file.path), present(now), counted_on(file, now)
    told = f"The answers are read as those about {brand}." if brand else "They name no brand."

    def item(kind: str, name: str, entry: Any) -> Item | None:
        if kind == OTHER:
            return None
        if kind == "account":
            return person_rows(who_of(entry, began), CHANNEL, is_brand=name == brand)
        record = entry["value"] if kind == "record" else entry["record"]
        deed = deed_of(name, record, brand or "", began)
        if deed is None or "author" not in entry:
            return deed_item(deed, CHANNEL, brand) if deed else None
        return _with_author(deed, entry)

    def _with_author(deed: Deed, entry: Mapping[str, Any]) -> Item:
        rows = deed_item(deed, CHANNEL, brand)
        rows |= person_rows(who_of(entry["author"], began), CHANNEL, is_brand=deed.account == brand)
        figures = counts_of(entry)
        if figures and deed.account == brand and parts(deed.deed_id)[1] == POST:
            rows["post_metric"] = figure_rows(deed.deed_id, figures, counted)
        return rows

    return entry_facts(file, SOURCE, VERSION, item, (told,))


SYSTEM = System(
    SOURCE,
    "Bluesky",
    "social",
    (
        Shape(
            name="repository",
            title="Repository of a Bluesky account",
            grain="one record",
            tables=("activity", "post", "account", "identifier"),
            columns=as_named(*COLUMNS),
            needs=COLUMNS,
            where="Bluesky › Settings › Account › Export my data",
            since="2023",
            checked="repositories of the server @atproto/pds 0.4",
            opens=_open_repository,
            examine=names_people,
            facts=_repository_facts,
        ),
        Shape(
            name="answers",
            title="Answers of Bluesky's interface",
            grain="one record, post, notification or account",
            tables=("activity", "post", "post_metric", "account", "identifier"),
            columns=as_named(*COLUMNS),
            needs=COLUMNS,
            where="Bluesky API: listRecords, getAuthorFeed, listNotifications, getFollowers",
            since="2023",
            checked="answers recorded by the client atproto",
            opens=_open_answers,
            examine=names_people,
            facts=_answer_facts,
        ),
    ),
)
