"""Instagram accounts as Fivetran's connector "Instagram Business" writes them into a warehouse.

Figures stand in columns of their own for albums, stories, reels, and single pictures and films: one
of them is filled. They are of a post's whole life until the row was synchronised. Impressions ended
on 21 April 2025; views keep their own name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import (
    PostFile,
    different,
    formats,
    older_versions,
    own_accounts,
    without_figures,
)

SOURCE = "fivetran_instagram_business"
CHANNEL = "instagram"
VERSION = 1

# Of these columns one is filled, by what the post is; the first that says anything holds.
_ONE_OF = {
    "views": ("carousel_album_views", "story_views", "video_photo_views", "reel_views"),
    "impressions": (
        *("carousel_album_impressions", "story_impressions", "video_photo_impressions"),
    ),
    "reach": ("carousel_album_reach", "story_reach", "video_photo_reach", "reel_reach"),
    "saves": ("carousel_album_saved", "video_photo_saved"),
    "shares": ("carousel_album_shares", "story_shares", "video_photo_shares", "reel_shares"),
}
_PARTS = tuple(column for columns in _ONE_OF.values() for column in columns)
_INSIGHTS: dict[str, Aliases] = {
    "post_id": "id",
    "measured_on": "_fivetran_synced",
    "likes": "like_count",
    "comments": "comment_count",
    "replies": "story_replies",
    "video_views": "video_views",
    **{column: column for column in _PARTS},
}
_MEDIA: dict[str, Aliases] = {
    "post_id": "id",
    "synced": "_fivetran_synced",
    "published_on": "created_time",
    "text": "caption",
    "link": "permalink",
    "kind": "media_type",
    "story": "is_story",
    "account_id": "user_id",
    "handle": "username",
    "own_id": "ig_id",
}
_USERS: dict[str, Aliases] = {
    "account_id": "id",
    "synced": "_fivetran_synced",
    "followers": "followers_count",
    "following": "follows_count",
    "posts": "media_count",
    "name": "name",
    "handle": "username",
}


def _media(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of posts, their last versions; raises Problem as `facts_of` does."""
    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time", "text": "text"}
    kinds |= {"account_id": "identifier", "handle": "text", "kind": "text", "story": "flag"}
    kinds["link"] = "text"
    posts = PostFile(CHANNEL, now or dt.datetime.now(dt.UTC), {})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        found = posts.tables(typed.append_column("format", _forms(typed)))
        return {name: table for name, table in found.items() if name != "post_metric"}

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["post_id", "published_on"]),
        (header["post_id"],),
        finish,
        by_line=False,
        time_zone="UTC",
        rules=(older_versions(file, header["post_id"], header["synced"]),),
    )
    return facts_of(file, recipe, settings, now)


def _forms(typed: pa.Table) -> pa.ChunkedArray:
    found = formats(typed.column("kind"))
    if "link" in typed.column_names:
        reel = pc.fill_null(pc.match_substring_regex(typed.column("link"), "/reels?/"), False)
        found = pc.if_else(reel, pa.scalar("reel"), found)
    if "story" in typed.column_names:
        found = pc.if_else(pc.fill_null(typed.column("story"), False), pa.scalar("story"), found)
    return found


def _insights(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the figures of posts are read."""
    counts = ("likes", "comments", "replies", "video_views", *_PARTS)
    kinds: dict[str, Kind] = {"post_id": "identifier", "measured_on": "time"}
    kinds |= dict.fromkeys(counts, "integer")
    metrics = ("likes", "comments", "replies", "video_views", *_ONE_OF)
    posts = PostFile(CHANNEL, "measured_on", {name: name for name in metrics})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        for name, columns in _ONE_OF.items():
            there = [typed.column(each) for each in columns if each in typed.column_names]
            if there:
                typed = typed.append_column(name, pc.coalesce(*there))
        return posts.figures(typed)

    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["post_id", "measured_on"]),
        (header["post_id"], header["measured_on"]),
        finish,
        by_line=False,
        notes=("Figures are of a post's whole life until it was synchronised.",),
        time_zone="UTC",
        rules=(without_figures([header[name] for name in header.all_of(counts)]),),
    )


def _users(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the accounts themselves are read."""
    kinds: dict[str, Kind] = {"account_id": "identifier", "name": "text", "handle": "text"}
    kinds |= dict.fromkeys(("followers", "following", "posts"), "integer")
    kinds["synced"] = "day"

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        columns: dict[str, object] = {
            "day": typed.column("synced"),
            "followers": typed.column("followers"),
            "channel": CHANNEL,
        }
        size = {} if several else {"audience": record_table("audience", columns, typed)}
        return {**own_accounts(typed, CHANNEL), **size}

    several = different(file, header["account_id"])[1] > 1
    fields = fields_in(header, kinds, required=["account_id", "synced"])
    order = (header["account_id"], header["synced"])
    notes = (
        ("The file has several accounts: sizes of audiences are told by account only.",)
        if several
        else ()
    )
    return Recipe(SOURCE, VERSION, fields, order, finish, by_line=False, notes=notes)


SYSTEM = System(
    SOURCE,
    "Instagram Business by Fivetran",
    "warehouse",
    (
        Shape(
            name="media",
            title="Instagram posts, from Fivetran",
            grain="one version of a post",
            tables=("post", "account", "identifier"),
            columns=_MEDIA,
            needs=("post_id", "synced", "published_on", "kind", "story"),
            where="Table media_history of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            facts=_media,
        ),
        Shape(
            name="insights",
            title="Figures of Instagram posts, from Fivetran",
            grain="one post when it was synchronised",
            tables=("post_metric",),
            columns=_INSIGHTS,
            needs=("post_id", "measured_on", "likes", "comments"),
            where="Table media_insights of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            recipe=_insights,
        ),
        Shape(
            name="users",
            title="Instagram accounts, from Fivetran",
            grain="one account when it was synchronised",
            tables=("account", "identifier", "audience"),
            columns=_USERS,
            needs=("account_id", "synced", "followers", "posts", "handle"),
            where="Table user_history of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            recipe=_users,
        ),
    ),
)
