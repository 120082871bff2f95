"""The objects in answers of Meta's Graph API, flattened into cells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from rapport.errors import Problem
from rapport.sources.json_arrays import Object, head_of
from rapport.sources.json_text import parse_json
from rapport.sources.opening import opened
from rapport.sources.other_tables import object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table

_LARGEST = 64 << 20
_MARKS = (b'"created_time"', b'"timestamp"', b'"fan_count"', b"/insights/")
_PAIR = re.compile(r"\d+_(\d+)")
_MEDIA_ID = re.compile(r"1[78]\d{14,16}")
_OF_COMMENT = re.compile(
    r"/posts/(?:\w+/)?(\d+)/?.*[?&]comment_id=(\d+)(?:&reply_comment_id=(\d+))?"
)
_FORMS = {"photo": "photo", "video": "video", "story": "link", "status_update": "text"}

Flat = Callable[[Object], Object | None]


def _objects(piece: Piece) -> list[object]:
    """Return the objects of an answer; none of what is no answer of the Graph API."""
    head = head_of(piece)
    if head[:1] not in (b"{", b"[") or not any(mark in head for mark in _MARKS):
        return []
    try:
        with opened(piece.path) as stream:
            text = stream.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            return []
        value = parse_json(text, parse_float=str, parse_int=str)
    except (Problem, ValueError, RecursionError):
        return []
    if isinstance(value, Mapping):
        inner = value.get("data")
        if isinstance(inner, list):
            return inner
        by_number = [v for k, v in value.items() if isinstance(v, Mapping) and v.get("id") == k]
        return list(by_number) if by_number and len(by_number) == len(value) else [value]
    return value if isinstance(value, list) else []


def opened_answer(piece: Piece, names: tuple[str, ...], flat: Flat) -> TableFile | None:
    """Return the table of an answer whose first object is of the kind meant, or None."""
    objects = _objects(piece)
    first = objects[0] if objects else None
    if not isinstance(first, Mapping) or flat(first) is None:
        return None

    def cells(value: object) -> Object | str:
        made = flat(value) if isinstance(value, Mapping) else None
        return json.dumps(value) if made is None else made

    rows = [(number, cells(value)) for number, value in enumerate(objects, start=1)]
    return made_table(piece, names, lambda: object_rows(rows, names))


def _count(entry: Object, *path: str) -> object:
    value: object = entry
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


POST = (
    *("fb_post", "fb_page", "fb_created", "fb_text", "fb_form", "fb_reactions"),
    *("fb_comments", "fb_shares"),
)


def _is_comment(entry: Object) -> bool:
    address = str(entry.get("permalink_url") or "")
    return bool({"comment_count", "like_count"} & set(entry)) or "comment_id=" in address


def post_cells(entry: Object) -> Object | None:
    """Return the cells of a post of a page, or None for what is none."""
    found = _PAIR.fullmatch(str(entry.get("id") or ""))
    if not found or "created_time" not in entry or _is_comment(entry):
        return None
    status = str(entry.get("status_type") or "")
    form = next((form for word, form in _FORMS.items() if word in status), "")
    return {
        "fb_post": found[1],
        "fb_page": str(entry["id"]).split("_")[0],
        "fb_created": entry["created_time"],
        "fb_text": entry.get("message"),
        "fb_form": form,
        "fb_reactions": _count(entry, "reactions", "summary", "total_count"),
        "fb_comments": _count(entry, "comments", "summary", "total_count"),
        "fb_shares": _count(entry, "shares", "count"),
    }


MEDIA = (
    *("ig_media", "ig_created", "ig_text", "ig_kind", "ig_link", "ig_likes"),
    *("ig_comments", "ig_handle"),
)


def media_cells(entry: Object) -> Object | None:
    """Return the cells of a post of an Instagram account, or None for what is none."""
    if not {"id", "media_type", "timestamp"} <= set(entry):
        return None
    return {
        "ig_media": entry["id"],
        "ig_created": entry["timestamp"],
        "ig_text": entry.get("caption"),
        "ig_kind": entry["media_type"],
        "ig_link": entry.get("permalink"),
        "ig_likes": entry.get("like_count"),
        "ig_comments": entry.get("comments_count"),
        "ig_handle": entry.get("username"),
    }


COMMENT = (
    *("comment", "commented_on", "comment_text", "author", "author_handle"),
    *("author_name", "network", "answers"),
)


def comment_cells(entry: Object) -> Object | None:
    """Return the cells of a comment on either network, or None for what is none."""
    facebook = "created_time" in entry and _is_comment(entry)
    number = str(entry.get("id") or "")
    instagram = bool(_MEDIA_ID.fullmatch(number)) and {"text", "timestamp"} <= set(entry)
    if not facebook and not instagram:
        return None
    said = entry.get("from")
    author = said if isinstance(said, Mapping) else {}
    cells = {"author": author.get("id"), "author_name": author.get("name")}
    if instagram:
        handle = entry.get("username") or author.get("username")
        media = entry.get("parent_id") or _count(entry, "media", "id")
        cells |= {"author": author.get("id") or handle, "author_handle": handle}
        told = {"comment": number, "network": "instagram", "answers": media}
        return cells | told | {"commented_on": entry["timestamp"], "comment_text": entry["text"]}
    post, _, own = number.partition("_")
    if linked := _OF_COMMENT.search(str(entry.get("permalink_url") or "")):
        # An answer to a comment names the comment too: that is what it answers.
        post = linked[2] if linked[3] else post or linked[1]
        own = own or linked[3] or linked[2]
    if isinstance(parent := entry.get("parent"), Mapping) and parent.get("id"):
        post = str(parent["id"]).rpartition("_")[2]
    told = {"comment": own, "network": "facebook", "answers": post}
    return (
        cells
        | told
        | {
            "commented_on": entry["created_time"],
            "comment_text": entry.get("message"),
        }
    )


PAGE = ("page", "page_name", "page_handle", "page_followers")


def page_cells(entry: Object) -> Object | None:
    """Return the cells of a page, or None for what is none."""
    if not {"id", "name"} <= set(entry) or not {"fan_count", "followers_count"} & set(entry):
        return None
    followers = entry.get("followers_count") or entry.get("fan_count")
    return dict(
        zip(PAGE, (entry["id"], entry["name"], entry.get("username"), followers), strict=True)
    )


INSIGHT = ("insight_of", "insight", "insight_value")


def insight_cells(entry: Object) -> Object | None:
    """Return the cells of one figure of a medium, or None for what is none."""
    of = re.fullmatch(r"(\d+)/insights/\w+/lifetime", str(entry.get("id") or ""))
    values = entry.get("values")
    if not of or not isinstance(values, list) or not values:
        return None
    return {
        "insight_of": of[1],
        "insight": entry.get("name"),
        "insight_value": _count(values[0], "value") if isinstance(values[0], Mapping) else None,
    }
