"""The download that Instagram gives an account of itself: who follows it since when, its posts.

This is the one file of Instagram that names followers. The handle stands in `value`, in newer files
in `title`; texts are UTF-8 whose bytes were written as letters. Posts have no number: the one in
the name of their first picture stands for it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.identifiers import identifiers_of
from rapport.sources.json_arrays import Object, array_table, head_of, unmangled
from rapport.sources.loading import Recipe, record_table
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Header, Shape, System, as_named

SOURCE = "instagram_archive"
CHANNEL = "instagram"
VERSION = 1
_PEOPLE = ("handle", "since")
_POSTS = ("post_id", "published_on", "text", "format")
_FOLLOWERS = re.compile(r"(^|/)followers(_\d+)?\.json$")
_OWN = re.compile(r"instagram-([A-Za-z0-9._]+?)-\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d{15,}")


def _followers(piece: Piece) -> TableFile | None:
    """Return the table of followers, or None when the piece is something else."""
    head = head_of(piece)
    named = b'"relationships_followers"' in head
    listed = head[:1] == b"[" and bool(_FOLLOWERS.search(piece.label.replace("\\", "/")))
    if b'"string_list_data"' not in head or not (named or listed):
        return None
    return array_table(piece, _PEOPLE, _person)


def _following(piece: Piece) -> TableFile | None:
    """Return the table of accounts followed, or None when the piece is something else."""
    if b'"relationships_following"' not in head_of(piece):
        return None
    return array_table(piece, ("followed", "since"), _followed)


def _followed(entry: Object) -> Object | None:
    person = _person(entry)
    return person and {"followed": person["handle"], "since": person["since"]}


def _person(entry: Object) -> Object | None:
    """Return whom an entry names and since when, in either of its two forms."""
    listed = entry.get("string_list_data")
    said = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(said, Mapping):
        return None
    address = PurePosixPath(str(said.get("href") or "")).name
    handle = said.get("value") or entry.get("title") or address
    return {"handle": handle, "since": _moment(said.get("timestamp"))}


def _moment(seconds: object) -> str:
    text = str(seconds or "")
    try:
        return dt.datetime.fromtimestamp(int(text), dt.UTC).isoformat() if int(text) > 0 else ""
    except (OverflowError, ValueError, OSError):
        return text


def _posts(piece: Piece, key: bytes, kind: str) -> TableFile | None:
    head = head_of(piece)
    if key not in head or b'"creation_timestamp"' not in head:
        return None
    if kind == "post" and not (head[:1] == b"[" and b'"uri"' in head):
        return None
    return array_table(piece, _POSTS, partial(_post, kind=kind))


def _post(entry: Object, kind: str) -> Object | None:
    media = entry.get("media")
    parts = [part for part in media if isinstance(part, Mapping)] if isinstance(media, list) else []
    first = parts[0] if parts else entry
    uri = str(first.get("uri") or "")
    if not uri:
        return None
    made = _moment(entry.get("creation_timestamp") or first.get("creation_timestamp"))
    numbers = _NUMBER.findall(PurePosixPath(uri).stem)
    film = uri.lower().endswith((".mp4", ".mov", ".webm"))
    form = "carousel" if len(parts) > 1 else "video" if film else "photo"
    return {
        "post_id": numbers[-1] if numbers else f"{made}/{PurePosixPath(uri).stem}",
        "published_on": made,
        "text": unmangled(str(entry.get("title") or first.get("title") or "")),
        "format": form if kind == "post" else kind,
    }


def _own_handle(file: TableFile) -> str | None:
    found = _OWN.search(file.name)
    return found[1] if found else None


def _people_recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how followers, or accounts followed, are read."""
    column = "followed" if "followed" in header else "handle"
    fields = (
        Field("handle", "text", (column,), required=True),
        Field("occurred_on", "time", ("since",)),
    )
    own = _own_handle(file)
    finish = partial(_people, own=own, by_brand=column == "followed")
    notes = () if own else ("The name of the archive does not say whose it is.",)
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (column,),
        finish,
        by_line=False,
        notes=(*notes, "Only accounts that follow today are in the file: those that left are not."),
        time_zone="UTC",
    )


def _people(typed: pa.Table, own: str | None, *, by_brand: bool) -> Mapping[str, pa.Table]:
    handle = typed.column("handle")
    known: dict[str, object] = {"account_id": handle, "handle": handle, "channel": CHANNEL}
    dated = typed.filter(pc.is_valid(typed.column("occurred_on")))
    them = dated.column("handle")
    deed = "following" if by_brand else "follow"
    seconds = pc.cast(pc.cast(dated.column("occurred_on"), pa.timestamp("s", "UTC")), pa.int64())
    ids = pc.binary_join_element_wise(deed, them, pc.cast(seconds, pa.string()), "/")
    columns: dict[str, object] = {
        "activity_id": ids,
        "occurred_on": dated.column("occurred_on"),
        "zone": dated.column("zone"),
        "channel": CHANNEL,
        "verb": "Follow",
        "object_kind": "account",
        "account_id": own if by_brand else them,
        "object_id": them if by_brand else own,
    }
    return {
        "account": record_table("account", known, typed),
        "identifier": identifiers_of(handle, {"handle": [handle]}, typed.column(ROW)),
        "activity": record_table("activity", columns, dated),
    }


def _posts_recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how posts, reels and stories are read."""
    fields = (
        Field("post_id", "text", ("post_id",), required=True),
        Field("published_on", "time", ("published_on",), required=True),
        Field("text", "text", ("text",)),
        Field("format", "text", ("format",)),
    )
    own = _own_handle(file)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        names = ("post_id", "published_on", "zone", "text", "format")
        columns: dict[str, object] = {name: typed.column(name) for name in names}
        columns |= {"channel": CHANNEL, "account_id": own}
        return {"post": record_table("post", columns, typed)}

    notes = (
        "The archive has no figures of posts and no number of theirs: the number of the first"
        " picture stands for it, so Meta Business Suite's export names the same posts otherwise.",
    )
    return Recipe(
        SOURCE, VERSION, fields, ("post_id",), finish, by_line=False, notes=notes, time_zone="UTC"
    )


SYSTEM = System(
    SOURCE,
    "Instagram data download",
    "social",
    (
        Shape(
            name="followers",
            title="Followers of an Instagram account, with the day they came",
            grain="one follower",
            tables=("account", "identifier", "activity"),
            columns=as_named("handle", "since"),
            needs=("handle", "since"),
            where="Instagram › Accounts Centre › Your information and permissions › Download, as"
            " JSON",
            since="2022",
            checked="the documented structure, both forms, as public importers read real files",
            opens=_followers,
            recipe=_people_recipe,
        ),
        Shape(
            name="following",
            title="Accounts that an Instagram account follows",
            grain="one account",
            tables=("account", "identifier", "activity"),
            columns=as_named("followed", "since"),
            needs=("followed", "since"),
            where="Instagram › Accounts Centre › Your information and permissions › Download, as"
            " JSON",
            since="2022",
            checked="the documented structure, as public importers read real files",
            opens=_following,
            recipe=_people_recipe,
        ),
        *(
            Shape(
                name=name,
                title="Posts, reels and stories of an Instagram data download",
                grain="one post",
                tables=("post",),
                columns=as_named(*_POSTS),
                needs=_POSTS,
                where="Instagram › Accounts Centre › Your information and permissions › Download,"
                " as JSON",
                since="2022",
                checked="the documented structure, as public importers read real files",
                opens=partial(_posts, key=key, kind=kind),
                recipe=_posts_recipe,
            )
            for name, key, kind in (
                ("reels", b'"ig_reels_media"', "reel"),
                ("stories", b'"ig_stories"', "story"),
                ("posts", b'"media"', "post"),
            )
        ),
    ),
)
