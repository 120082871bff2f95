"""Comments under the brand's posts on Facebook and Instagram, as Meta's Graph API answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from rapport.simulation.exports.packing import json_bytes, write_bytes
from rapport.simulation.exports.posts import brand
from rapport.simulation.exports.social import accounts, public_messages
from rapport.simulation.history import History

_FORM = "%Y-%m-%dT%H:%M:%S+0000"


def own_part(number: str) -> str:
    """Return a number without the page's that Facebook sets before it.

    Examples
    --------
    >>> own_part("104857600123456_97"), own_part("97")
    ('97', '97')
    """
    return number.rpartition("_")[2]


def media_number(number: str) -> str:
    """Return a comment's number as Instagram's interface has it: 17 digits from 17.

    Examples
    --------
    >>> media_number("2901095551606981212")
    '17095551606981212'
    """
    return f"17{int(number) % 10**15:015d}"


def write_comments(history: History, folder: Path) -> list[Path]:
    """Write the comments of both networks, each with who wrote it, and the brand's answers."""
    paths = []
    for network, make in (("facebook", _facebook), ("instagram", _instagram)):
        known, own = accounts(history, network), brand(history, network)
        rows = [
            row
            for row in public_messages(history, network)
            if row["post_id"] and row["account_id"] in known
        ]
        items = [item for row in rows for item in make(row, known[row["account_id"]], own)]
        if items:
            answer = {"data": items, "paging": {"cursors": {"before": "MAZD", "after": "NQZD"}}}
            path = folder / "meta" / f"{network}_comments.json"
            paths.append(write_bytes(path, json_bytes(answer, indent=1)))
    return paths


def _facebook(
    row: dict[str, Any], author: dict[str, Any], own: dict[str, str]
) -> list[dict[str, Any]]:
    post, number = own_part(row["post_id"]), own_part(row["message_id"])
    items = [_fb_comment(post, number, row["sent_on"], row["text"], author)]
    if row["answer"]:
        reply = _fb_comment(post, f"{number}9", row["answered_on"], row["answer"], own)
        items.append({**reply, "parent": {"id": f"{post}_{number}"}})
    return items


def _fb_comment(
    post: str, number: str, when: dt.datetime, text: str, author: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"{post}_{number}",
        "created_time": f"{when:{_FORM}}",
        "message": text,
        "like_count": 0,
        "comment_count": 0,
        "from": {"id": own_part(author["account_id"]), "name": author["display_name"]},
    }


def _instagram(
    row: dict[str, Any], author: dict[str, Any], own: dict[str, str]
) -> list[dict[str, Any]]:
    number = media_number(row["message_id"])
    items = [_ig_comment(row["post_id"], number, row["sent_on"], row["text"], author)]
    if row["answer"]:
        answer = f"{int(number) + 7}"
        reply = _ig_comment(row["post_id"], answer, row["answered_on"], row["answer"], own)
        items.append({**reply, "parent_id": number})
    return items


def _ig_comment(
    media: str, number: str, when: dt.datetime, text: str, author: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": number,
        "timestamp": f"{when:{_FORM}}",
        "text": text,
        "username": author["handle"],
        "from": {"id": author["account_id"], "username": author["handle"]},
        "like_count": 0,
        "media": {"id": media},
    }
