"""Mastodon: the archive's outbox.json, following_accounts.csv, and saved answers of its interface.

Neither archive nor CSV holds followers: no export of Mastodon does. Posts of a file of answers are
the brand's when all are by one account; messages to few people are set aside unread.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from rapport.errors import Problem
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.identifiers import identifiers_of
from rapport.sources.json_arrays import head_of
from rapport.sources.json_text import parse_json
from rapport.sources.live.deed_rows import deed_item, figure_rows, person_rows
from rapport.sources.live.deeds import Deed, seen_time, text_of
from rapport.sources.live.mastodon_records import (
    CHANNEL,
    SOURCE,
    address,
    counts_of,
    notified_deed,
    plain_text,
    status_deed,
    who,
)
from rapport.sources.loading import Recipe, record_table
from rapport.sources.metrics import counted_on
from rapport.sources.opening import opened
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
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
_LARGEST = 1 << 30
_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_STATUS = re.compile(r"^https?://([^/]+)/(?:ap/)?users/([^/]+)/statuses/(\d+)")
_FORMS = {"image": "photo", "video": "video", "audio": "audio"}


@lru_cache(maxsize=2)
def _document(path: Path, changed: int) -> Any:
    """Return the JSON that a file holds, a list where it is JSON lines; None when it is none."""
    del changed  # a file that was written anew is read anew
    try:
        with opened(path) as stream:
            content = stream.read(_LARGEST)
    except Problem:
        return None
    try:
        return parse_json(content)
    except (ValueError, RecursionError):
        pass
    try:
        return [parse_json(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _read(path: Path) -> Any:
    return _document(path, path.stat().st_mtime_ns)


def _open_outbox(piece: Piece) -> TableFile | None:
    head = head_of(piece)
    if head[:1] != b"{" or b"OrderedCollection" not in head or b"orderedItems" not in head:
        return None
    if not isinstance(_read(piece.path), Mapping):
        return None
    return entry_table(piece, partial(_outbox, piece.path))


def _outbox(path: Path) -> Entries:
    items = _read(path).get("orderedItems")
    return [
        {"kind": "activity", "name": "", "entry": item}
        for item in (items if isinstance(items, list) else [])
    ]


def _outbox_facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of an archive's outbox: what the brand said and boosted."""
    del header, settings

    def item(kind: str, name: str, entry: Any) -> Item | None:
        del kind, name
        deed = archived_deed(entry, present(now)) if isinstance(entry, Mapping) else None
        return deed_item(deed, CHANNEL, deed.account) if deed else None

    notes = ("The archive holds no figures of posts, and nothing that others did.",)
    return entry_facts(file, SOURCE, VERSION, item, notes)


def archived_deed(entry: Mapping[str, Any], began: dt.datetime) -> Deed | None:
    """Return what an entry of an outbox says that its account did; None for what is not public.

    Ids are those that the server itself counts by, so that an archive and a pull agree.
    """
    what = entry.get("object")
    note = what if isinstance(what, Mapping) else entry
    name = _local(note.get("id")) if note is what else _local(entry.get("id"))
    doer = _doer(entry.get("actor"))
    time = seen_time(entry.get("published") or note.get("published"), began)
    heard = [to for key in ("to", "cc") for to in _texts(entry.get(key))]
    if not name or not doer or time is None or not any(to in _PUBLIC for to in heard):
        return None
    if entry.get("type") == "Announce":
        boosted = what if isinstance(what, str) else None
        return Deed(name, "Announce", doer, time, "Note", _reference(boosted, name))
    if entry.get("type") != "Create" or note is entry:
        return None
    warning, text = text_of(note, "summary"), plain_text(text_of(note, "content") or "")
    said = f"{warning}\n\n{text}" if warning else text
    answered = text_of(note, "inReplyTo")
    return Deed(
        name,
        "Create",
        doer,
        time,
        "Note",
        _reference(text_of(note, "quote"), name),
        _reference(answered, name),
        said,
        text_of(note, "url"),
        _form(note.get("attachment")),
        answered is not None and _owner(answered) != _owner(text_of(note, "id")),
    )


def _local(uri: object) -> str | None:
    found = _STATUS.match(uri) if isinstance(uri, str) else None
    return f"{found[1]}/{found[3]}" if found else None


def _owner(uri: str | None) -> str | None:
    found = _STATUS.match(uri or "")
    return found[2] if found else None


def _reference(uri: str | None, own: str) -> str | None:
    """Return a post's id: a server counts its own posts, of others only the address is known."""
    name = _local(uri)
    same = name is not None and name.split("/")[0] == own.split("/", maxsplit=1)[0]
    return name if same else uri


def _doer(actor: object) -> str | None:
    parts = urlsplit(actor) if isinstance(actor, str) else None
    name = parts.path.rstrip("/").rpartition("/")[2].removeprefix("@") if parts else ""
    return f"{name}@{parts.netloc}".lower() if parts and name else None


def _texts(value: object) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str)]


def _form(attachments: object) -> str:
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    if not isinstance(first, Mapping):
        return "text"
    return _FORMS.get(str(first.get("mediaType", "")).split("/")[0], "text")


def _open_answers(piece: Piece) -> TableFile | None:
    head = head_of(piece)
    if head[:1] not in (b"[", b"{") or b'"acct"' not in head:
        return None
    if all(entry["kind"] == OTHER for entry in _answers(piece.path)):
        return None
    return entry_table(piece, partial(_answers, piece.path))


def _answers(path: Path) -> Entries:
    document = _read(path)
    entries = document if isinstance(document, list) else [document]
    flat = [each for e in entries for each in (e if isinstance(e, list) else [e])]
    return [{"kind": _kind(each), "name": "", "entry": each} for each in flat]


def _kind(entry: object) -> str:
    """Return what an entry is; an answer to a deletion, which has no content, is none of these."""
    if not isinstance(entry, Mapping) or not entry.get("id"):
        return OTHER
    if "acct" in entry:
        return "account"
    if not isinstance(entry.get("account"), Mapping) or "acct" not in entry["account"]:
        return OTHER
    return "notification" if "type" in entry else "status" if "content" in entry else OTHER


def _answer_facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of saved answers."""
    del header, settings
    entries, began, counted = _answers(file.path), present(now), counted_on(file, now)
    host = _host(entries)
    brand = _brand(entries, host)
    told = f"The answers are read as those about {brand}." if brand else "They name no brand."

    def item(kind: str, name: str, entry: Any) -> Item | None:
        del name
        if kind == OTHER:
            return None
        if kind == "account":
            return _person(entry)
        if kind == "status":
            return _with_doer(status_deed(entry, host, began), entry)
        return _with_doer(notified_deed(entry, host, brand, began), entry)

    def _person(account: Mapping[str, Any]) -> Item:
        told = who(account, host, began)
        return person_rows(told, CHANNEL, is_brand=told.account == brand)

    def _with_doer(deed: Deed | None, entry: Mapping[str, Any]) -> Item | None:
        if deed is None:
            return None
        rows = deed_item(deed, CHANNEL, brand) | dict(_person(entry["account"]))
        if deed.verb == "Create" and deed.account == brand:
            rows["post_metric"] = figure_rows(deed.deed_id, counts_of(entry), counted)
        return rows

    return entry_facts(file, SOURCE, VERSION, item, (told,))


def _host(entries: Entries) -> str:
    """Return the server that answered: where accounts are whose address names none."""
    for each in entries:
        if each["kind"] == OTHER:
            continue
        account = each["entry"].get("account", each["entry"])
        if "@" not in str(account.get("acct", "@")):
            return urlsplit(str(account.get("url", ""))).netloc.lower()
    return "unknown"


def _brand(entries: Entries, host: str) -> str | None:
    """Return the account that the answers are about: whose posts are liked, or who wrote all."""
    liked: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    for each in entries:
        status = each["entry"].get("status") if each["kind"] == "notification" else None
        if not isinstance(status, Mapping):
            continue
        if each["entry"].get("type") == "mention":
            mentioned.update(address(to, host) for to in _objects(status.get("mentions")))
        else:
            liked.update(address(by, host) for by in _objects([status.get("account")]))
    wrote = {address(e["entry"]["account"], host) for e in entries if e["kind"] == "status"}
    for names in (liked, mentioned):
        if names:
            return names.most_common(1)[0][0]
    return wrote.pop() if len(wrote) == 1 else None


def _objects(values: object) -> list[Mapping[str, Any]]:
    return [x for x in values if isinstance(x, Mapping)] if isinstance(values, list) else []


def _following(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the list of accounts that the brand follows is read."""
    del file, settings

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        account = typed.column("account_id")
        columns: dict[str, object] = {"account_id": account, "handle": account, "channel": CHANNEL}
        return {
            "account": record_table("account", columns, typed),
            "identifier": identifiers_of(account, {"handle": [account]}, typed.column(ROW)),
        }

    column = header["account"]
    fields = (Field("account_id", "identifier", (column,), required=True),)
    notes = ("Mastodon does not say since when the brand follows them, nor who follows the brand.",)
    return Recipe(SOURCE, VERSION, fields, (column,), finish, by_line=False, notes=notes)


SYSTEM = System(
    SOURCE,
    "Mastodon",
    "social",
    (
        Shape(
            name="outbox",
            title="Archive of a Mastodon account",
            grain="one post or boost",
            tables=("activity", "post"),
            columns=as_named(*COLUMNS),
            needs=COLUMNS,
            where="Mastodon › Preferences › Import and export › Request your archive › outbox.json",
            since="2018",
            checked="the documented structure",
            opens=_open_outbox,
            examine=names_people,
            facts=_outbox_facts,
        ),
        Shape(
            name="answers",
            title="Answers of Mastodon's interface",
            grain="one post, notification or account",
            tables=("activity", "post", "post_metric", "account", "identifier"),
            columns=as_named(*COLUMNS),
            needs=COLUMNS,
            where="Mastodon API: accounts/:id/statuses, notifications, accounts/:id/followers",
            since="2018",
            checked="answers recorded from a server of 4.5",
            opens=_open_answers,
            examine=names_people,
            facts=_answer_facts,
        ),
        Shape(
            name="following",
            title="Accounts that a Mastodon account follows",
            grain="one account",
            tables=("account", "identifier"),
            columns={
                "account": "Account address",
                "boosts": "Show boosts",
                "notify": "Notify on new posts",
                "languages": "Languages",
            },
            needs=("account", "boosts"),
            where="Mastodon › Preferences › Import and export › Data export › Follows",
            since="2018",
            checked="the documented columns",
            recipe=_following,
        ),
    ),
)
