"""Records of the AT protocol, as Bluesky writes them, and what was done with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from rapport.sources.live.changes import METRICS, QUOTES, REPLIES
from rapport.sources.live.deeds import PERSON, Deed, Who, seen_time, text_of, whole_number

SOURCE = "bluesky"
CHANNEL = "bluesky"

POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"
REPOST, FOLLOW = "app.bsky.feed.repost", "app.bsky.graph.follow"
BLOCK, PROFILE = "app.bsky.graph.block", "app.bsky.actor.profile"

_VERBS = {LIKE: "Like", REPOST: "Announce", FOLLOW: "Follow", BLOCK: "Block"}
_MENTION = "app.bsky.richtext.facet#mention"
_FORMS = {"images": "photo", "gallery": "photo", "video": "video", "external": "link"}
_COUNTS = {
    METRICS["Like"]: "likeCount",
    METRICS["Announce"]: "repostCount",
    REPLIES: "replyCount",
    QUOTES: "quoteCount",
}
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = 13


def parts(uri: str) -> tuple[str, str, str]:
    """Return the account, the collection and the key in an at:// address; '' where one lacks.

    Examples
    --------
    >>> parts("at://did:plc:abc/app.bsky.feed.like/3k5u5ammyg72r")
    ('did:plc:abc', 'app.bsky.feed.like', '3k5u5ammyg72r')
    """
    found = uri.removeprefix("at://").split("/") if uri.startswith("at://") else []
    account, collection, key = (*found, "", "", "")[:3]
    return account, collection, key


def owner(uri: str) -> str | None:
    """Return the account that a record is of."""
    return parts(uri)[0] or None


def deed_of(uri: str, record: Mapping[str, Any], brand: str, began: dt.datetime) -> Deed | None:
    """Return what somebody did by a record, if it has to do with the brand; else None.

    That is: everything that the brand itself posts, likes, reposts, follows and blocks, and what
    others post in answer to it, mentioning or quoting it, their likes and reposts of its posts,
    their following and blocking it.

    Parameters
    ----------
    uri
        The record's address.
    record
        The record.
    brand
        The brand's account (a did).
    began
        The present: the time of a record that claims a later one. A record without a time that can
        be read has that of its key, which says when it was made.
    """
    account, collection, key = parts(uri)
    time = seen_time(record.get("createdAt"), began) or _made(key, began) or began
    if collection == POST:
        return _post(uri, record, brand, time)
    verb = _VERBS.get(collection)
    subject = record.get("subject")
    if verb in {"Like", "Announce"}:
        to, kind = _uri(subject), "Note"
        wanted = account == brand or owner(to or "") == brand
    else:
        to, kind = (subject if isinstance(subject, str) else None), PERSON
        wanted = account == brand or to == brand
    if verb is None or not to or not wanted:
        return None
    return Deed(uri, verb, account, time, kind, to)


def _post(uri: str, record: Mapping[str, Any], brand: str, time: dt.datetime) -> Deed | None:
    account, _, key = parts(uri)
    reply = record.get("reply")
    reply = reply if isinstance(reply, Mapping) else {}
    parent, root = _uri(reply.get("parent")), _uri(reply.get("root"))
    quoted = _quoted(record.get("embed"))
    about = {owner(to) for to in (parent, root, quoted) if to} | set(_mentioned(record))
    if account != brand and brand not in about:
        return None
    return Deed(
        uri,
        "Create",
        account,
        time,
        "Note",
        quoted,
        parent,
        text_of(record, "text") or "",
        f"https://bsky.app/profile/{account}/post/{key}",
        _form(record.get("embed")),
        parent is not None and owner(parent) != account,
    )


def _uri(reference: object) -> str | None:
    found = reference.get("uri") if isinstance(reference, Mapping) else None
    return found if isinstance(found, str) and found.startswith("at://") else None


def _quoted(embed: object) -> str | None:
    if not isinstance(embed, Mapping):
        return None
    inner = embed.get("record")
    if isinstance(inner, Mapping) and isinstance(inner.get("record"), Mapping):
        inner = inner["record"]
    return _uri(inner)


def _mentioned(record: Mapping[str, Any]) -> Iterable[str]:
    for facet in _list(record.get("facets")):
        for feature in _list(facet.get("features")):
            if feature.get("$type") == _MENTION and isinstance(feature.get("did"), str):
                yield feature["did"]


def _list(value: object) -> list[Mapping[str, Any]]:
    return [x for x in value if isinstance(x, Mapping)] if isinstance(value, list) else []


def _form(embed: object) -> str:
    """Return what a post holds besides its text."""
    if not isinstance(embed, Mapping):
        return "text"
    kind = str(embed.get("$type", "")).removeprefix("app.bsky.embed.").split("#")[0]
    if kind == "recordWithMedia":
        return _form(embed.get("media"))
    return _FORMS.get(kind, "text")


def _made(key: str, began: dt.datetime) -> dt.datetime | None:
    """Return when a record's key was made: keys count microseconds, in letters that sort.

    Examples
    --------
    >>> _made("3n2w7kepmwk2i", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)).isoformat()[:19]
    '2026-11-22T18:09:25'
    """
    if len(key) != _TID or any(letter not in _LETTERS for letter in key):
        return None
    number = 0
    for letter in key:
        number = number * 32 + _LETTERS.index(letter)
    micro = number >> 10
    try:
        time = dt.datetime.fromtimestamp(micro / 1_000_000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return seen_time(time.isoformat(), began)


def counts_of(view: Mapping[str, Any]) -> dict[str, int]:
    """Return the figures that a view of a post tells, under the record's names."""
    told = {metric: whole_number(view.get(name)) for metric, name in _COUNTS.items()}
    return {metric: count for metric, count in told.items() if count is not None}


def who_of(told: Mapping[str, Any], began: dt.datetime) -> Who:
    """Return what a view of an account tells."""
    return Who(
        str(told["did"]),
        text_of(told, "handle"),
        text_of(told, "displayName"),
        whole_number(told.get("followersCount")),
        whole_number(told.get("followsCount")),
        whole_number(told.get("postsCount")),
        seen_time(told.get("createdAt"), began),
    )
