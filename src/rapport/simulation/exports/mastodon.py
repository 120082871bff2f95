"""Mastodon: the archive of the brand's own posts, whom it follows, and the API's answers."""

from __future__ import annotations

import datetime as dt
import html
from pathlib import Path
from typing import Any

from rapport.simulation.exports.delimited import Cells, names, write_filled
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

SERVER = "mastodon.example"
FOLLOWING = names("Account address, Show boosts, Notify on new posts, Languages")
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_TYPES = {"follow": "follow", "like": "favourite", "share": "reblog", "message": "mention"}


def _moment(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def content(text: str) -> str:
    r"""Return a text as the HTML that Mastodon makes of it.

    Examples
    --------
    >>> content("a < b\nc")
    '<p>a &lt; b<br />c</p>'
    """
    return f"<p>{html.escape(text, quote=False)}</p>".replace("\n", "<br />")


def _account(row: Any) -> dict[str, Any]:
    handle = row["handle"]
    return {
        "id": row["account_id"],
        "username": handle,
        "acct": handle,
        "display_name": row["display_name"],
        "locked": False,
        "bot": False,
        "group": False,
        "created_at": f"{row['created']:%Y-%m-%dT00:00:00.000Z}",
        "note": "",
        "url": f"https://{SERVER}/@{handle}",
        "uri": f"https://{SERVER}/users/{handle}",
        "followers_count": row["followers"],
        "following_count": row["following"],
        "statuses_count": row["posts"],
        "emojis": [],
        "fields": [],
    }


def _status(
    number: str, account: dict[str, Any], when: dt.datetime, text: str, language: str
) -> dict[str, Any]:
    handle = account["username"]
    return {
        "id": number,
        "created_at": _moment(when),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": language,
        "uri": f"https://{SERVER}/users/{handle}/statuses/{number}",
        "url": f"https://{SERVER}/@{handle}/{number}",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": None,
        "content": content(text),
        "reblog": None,
        "application": {"name": "Web", "website": None},
        "account": account,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "quote": None,
        "card": None,
        "poll": None,
    }


def write_all(history: History, folder: Path) -> list[Path]:
    """Write the archive's outbox, the accounts followed, and two answers of the API."""
    me = accounts(history, "mastodon").get(brand(history, "mastodon")["account_id"])
    if me is None:
        return []
    statuses = _statuses(history, _account(me))
    told = [_notification(n, one, statuses) for n, one in enumerate(notices(history, "mastodon"))]
    base = folder / "mastodon"
    paths = _write_following(history, base)
    if statuses:
        newest = list(statuses.values())[::-1]
        paths.append(write_bytes(base / "outbox.json", json_bytes(_outbox(statuses))))
        paths.append(write_bytes(base / "statuses.json", json_bytes(newest, indent=1)))
    if told:
        paths.append(write_bytes(base / "notifications.json", json_bytes(told, indent=1)))
    return paths


def _write_following(history: History, folder: Path) -> list[Path]:
    handles = [f"{row['handle']}@{SERVER}" for row in following(history, "mastodon")]
    cells: dict[str, Cells] = {
        "Account address": handles,
        "Show boosts": "true",
        "Notify on new posts": "false",
    }
    return write_filled(folder / "following_accounts.csv", FOLLOWING, cells)


def _statuses(history: History, me: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the brand's posts and answers by their id, in the order of time."""
    found = posts(history, "mastodon")
    made = []
    for place, row in enumerate(found.rows.to_pylist()):
        count = {name: int(values[place]) for name, values in found.figures.items()}
        status = _status(row["post_id"], me, row["published_on"], row["text"], row["language"])
        status |= {
            "replies_count": count["comments"],
            "reblogs_count": count["shares"],
            "favourites_count": count["likes"],
        }
        made.append((row["published_on"], status))
    known = accounts(history, "mastodon")
    for row in public_messages(history, "mastodon"):
        if not row["answer"] or row["account_id"] not in known:
            continue
        number = f"{row['message_id']}9"
        other = _account(known[row["account_id"]])
        text = f"@{other['acct']} {row['answer']}"
        status = _status(number, me, row["answered_on"], text, row["language"])
        status["in_reply_to_id"] = row["message_id"]
        status["in_reply_to_account_id"] = row["account_id"]
        status["mentions"] = [{key: other[key] for key in ("id", "username", "url", "acct")}]
        made.append((row["answered_on"], status))
    made.sort(key=lambda each: (each[0], str(each[1]["id"])))
    return {status["id"]: status for _, status in made}


def _outbox(statuses: dict[str, dict[str, Any]]) -> dict[str, Any]:
    items = [_create(status) for status in statuses.values()]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "outbox.json",
        "type": "OrderedCollection",
        "totalItems": len(items),
        "orderedItems": items,
    }


def _create(status: dict[str, Any]) -> dict[str, Any]:
    actor = status["account"]["uri"]
    replied = status["in_reply_to_id"]
    parent = (
        f"https://{SERVER}/users/{status['mentions'][0]['username']}/statuses/{replied}"
        if replied
        else None
    )
    address = {"to": [_PUBLIC], "cc": [f"{actor}/followers"]}
    return {
        "id": f"{status['uri']}/activity",
        "type": "Create",
        "actor": actor,
        "published": status["created_at"][:19] + "Z",
        **address,
        "object": {
            "id": status["uri"],
            "type": "Note",
            "summary": None,
            "inReplyTo": parent,
            "published": status["created_at"][:19] + "Z",
            "url": status["url"],
            "attributedTo": actor,
            **address,
            "sensitive": False,
            "content": status["content"],
            "contentMap": {status["language"]: status["content"]},
            "attachment": [],
            "tag": [
                {"type": "Mention", "href": one["url"], "name": f"@{one['acct']}"}
                for one in status["mentions"]
            ],
            "likes": {"type": "Collection", "totalItems": status["favourites_count"]},
            "shares": {"type": "Collection", "totalItems": status["reblogs_count"]},
        },
    }


def _notification(number: int, one: Notice, statuses: dict[str, dict[str, Any]]) -> dict[str, Any]:
    account = _account(one.account)
    told: dict[str, Any] = {
        "id": str(1_000_000 - number),
        "type": _TYPES[one.deed],
        "created_at": _moment(one.when),
        "group_key": f"ungrouped-{1_000_000 - number}",
        "account": account,
    }
    if one.message is not None:
        text, language = one.message["text"], one.message["language"]
        status = _status(one.message["message_id"], account, one.when, text, language)
        status["in_reply_to_id"] = one.post_id
        told["status"] = status
    elif one.post_id in statuses:
        told["status"] = statuses[one.post_id]
    return told
