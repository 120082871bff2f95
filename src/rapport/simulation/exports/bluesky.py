"""Bluesky as its API answers: the brand's feed, followers, accounts followed, notifications."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rapport.simulation.exports.packing import json_bytes, write_bytes
from rapport.simulation.exports.posts import brand, posts
from rapport.simulation.exports.social import (
    Notice,
    accounts,
    following,
    notices,
    public_messages,
)
from rapport.simulation.history import History

PAGE = 100
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"
_REASONS = {"follow": "follow", "like": "like", "share": "repost", "message": "mention"}
_KINDS = {
    "follow": "app.bsky.graph.follow",
    "like": "app.bsky.feed.like",
    "share": "app.bsky.feed.repost",
    "message": "app.bsky.feed.post",
}


def cid(uri: str) -> str:
    """Return a content id in the network's form, made from the address of the record.

    Examples
    --------
    >>> cid("at://did:plc:a/app.bsky.feed.post/b")[:7]
    'bafyrei'
    """
    digest = hashlib.sha256(uri.encode()).digest()
    return "b" + base64.b32encode(b"\x01\x71\x12\x20" + digest).decode().lower().rstrip("=")


def record_key(when: dt.datetime, salt: str = "") -> str:
    """Return the key of a record made at a moment: 13 letters that sort by time.

    Examples
    --------
    >>> record_key(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)) < record_key(
    ...     dt.datetime(2024, 1, 2, tzinfo=dt.UTC))
    True
    """
    since = when - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    micros = since // dt.timedelta(microseconds=1)
    clock = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:2], "big") % 1024
    number = micros << 10 | clock
    return "".join(_SORTED[number >> 5 * place & 31] for place in range(12, -1, -1))


def _moment(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def _uri(owner: str, kind: str, key: str) -> str:
    return key if key.startswith("at://") else f"at://{owner}/{kind}/{key}"


def _did(account: str) -> str:
    if account.startswith("did:"):
        return account
    digest = hashlib.sha256(account.encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def _handle(name: str) -> str:
    plain = name.replace("_", "-").lower()
    return plain if "." in plain else f"{plain}.bsky.social"


def _profile(account: dict[str, Any] | Any) -> dict[str, Any]:
    return {
        "did": _did(account["account_id"]),
        "handle": _handle(account["handle"]),
        "displayName": account["display_name"],
        "viewer": {"muted": False, "blockedBy": False},
        "labels": [],
        "createdAt": _moment(account["created"]),
        "description": "",
        "indexedAt": _moment(account["created"]),
    }


def write_answers(history: History, folder: Path) -> list[Path]:
    """Write the pages of the four answers that tell about the brand, as they come from the API."""
    own = brand(history, "bluesky")
    known = accounts(history, "bluesky")
    me = known.get(own["account_id"])
    if me is None:
        return []
    told = notices(history, "bluesky")
    fans = [_profile(one.account) for one in told if one.deed == "follow"]
    others = [_profile(row) for row in following(history, "bluesky")]
    subject = _profile(me)
    paths = _pages(folder, "getAuthorFeed", "feed", _feed(history, me), {})
    paths += _pages(folder, "getFollowers", "followers", fans, {"subject": subject})
    paths += _pages(folder, "getFollows", "follows", others, {"subject": subject})
    items = [_notification(one, me) for one in told]
    return paths + _pages(folder, "listNotifications", "notifications", items, {"priority": False})


def _pages(
    folder: Path, call: str, name: str, items: Sequence[object], more: dict[str, object]
) -> list[Path]:
    """Write an answer in pages of a hundred, each but the last with the cursor of the next."""
    paths = []
    for start in range(0, len(items), PAGE):
        answer: dict[str, object] = {**more, name: items[start : start + PAGE]}
        if start + PAGE < len(items):
            answer["cursor"] = f"{start + PAGE:012d}"
        path = folder / "bluesky" / f"{call}_{start // PAGE + 1}.json"
        paths.append(write_bytes(path, json_bytes(answer, indent=1)))
    return paths


def _feed(history: History, me: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the brand's posts and its answers to others, newest first."""
    found = posts(history, "bluesky")
    author, did = _profile(me), _did(me["account_id"])
    views: list[tuple[dt.datetime, dict[str, Any]]] = []
    for place, row in enumerate(found.rows.to_pylist()):
        count = {name: int(values[place]) for name, values in found.figures.items()}
        uri = _uri(did, "app.bsky.feed.post", row["post_id"])
        post = _post_view(uri, author, row["published_on"], row["text"], row["language"])
        post |= {
            "likeCount": count["likes"],
            "repostCount": count["shares"],
            "replyCount": count["comments"],
        }
        views.append((row["published_on"], {"post": post}))
    for row in public_messages(history, "bluesky"):
        if not row["answer"]:
            continue
        said = _uri(_did(row["account_id"]), "app.bsky.feed.post", row["message_id"])
        when = row["answered_on"]
        uri = _uri(did, "app.bsky.feed.post", record_key(when, row["message_id"]))
        post = _post_view(uri, author, when, row["answer"], row["language"])
        parent = {"cid": cid(said), "uri": said}
        post["record"]["reply"] = {"parent": parent, "root": parent}
        views.append((when, {"post": post}))
    views.sort(key=lambda view: (view[0], str(view[1]["post"]["uri"])), reverse=True)
    return [view for _, view in views]


def _post_view(
    uri: str, author: dict[str, Any], when: dt.datetime, text: str, language: str
) -> dict[str, Any]:
    return {
        "uri": uri,
        "cid": cid(uri),
        "author": author,
        "record": _post_record(when, text, language),
        "replyCount": 0,
        "repostCount": 0,
        "likeCount": 0,
        "quoteCount": 0,
        "indexedAt": _moment(when),
        "viewer": {"threadMuted": False, "embeddingDisabled": False},
        "labels": [],
    }


def _post_record(when: dt.datetime, text: str, language: str) -> dict[str, Any]:
    return {
        "$type": "app.bsky.feed.post",
        "createdAt": _moment(when),
        "langs": [language],
        "text": text,
    }


def _mention(text: str, account: str) -> dict[str, Any]:
    """Return the mark that a text mentions an account: on its handle, or its first word."""
    start = max(text.find("@"), 0)
    before, word = text[:start].encode(), text[start:].split(" ", maxsplit=1)[0].encode()
    return {
        "index": {"byteStart": len(before), "byteEnd": len(before) + len(word)},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": account}],
    }


def _notification(one: Notice, me: dict[str, Any]) -> dict[str, Any]:
    own, kind = _did(me["account_id"]), _KINDS[one.deed]
    owner, reason = _did(one.account["account_id"]), _REASONS[one.deed]
    subject = _uri(own, "app.bsky.feed.post", one.post_id) if one.post_id else None
    key = record_key(one.when, f"{owner} {one.deed} {one.post_id}")
    record: dict[str, Any] = {"$type": kind, "createdAt": _moment(one.when)}
    if one.message is not None:
        key, reason = one.message["message_id"], "reply" if subject else "mention"
        record = _post_record(one.when, one.message["text"], one.message["language"])
        if subject:
            parent = {"cid": cid(subject), "uri": subject}
            record["reply"] = {"parent": parent, "root": parent}
        else:
            record["facets"] = [_mention(one.message["text"], own)]
    elif one.deed == "follow":
        record["subject"] = own
    elif subject:
        record["subject"] = {"cid": cid(subject), "uri": subject}
    uri = _uri(owner, kind, key)
    answer = {
        "uri": uri,
        "cid": cid(uri),
        "author": _profile(one.account),
        "reason": reason,
        "record": record,
        "isRead": True,
        "indexedAt": _moment(one.when),
        "labels": [],
    }
    if subject:
        answer["reasonSubject"] = subject
    return answer
