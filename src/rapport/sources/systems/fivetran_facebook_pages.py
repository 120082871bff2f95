"""Facebook pages as Fivetran's connector "Facebook Pages" writes them into a warehouse.

A post is named page_post there and by its own number here. Of its life's figures there is a row for
each day. Impressions and fans ended on 15 November 2025 and 15 June 2026; views (`post_media_view`)
are another figure and keep their own name.
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
from rapport.sources.mending import begun_days, mended
from rapport.sources.metrics import channel_metrics
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import (
    PostFile,
    different,
    older_versions,
    own_accounts,
    whole_of,
    without_figures,
)

SOURCE = "fivetran_facebook_pages"
CHANNEL = "facebook"
VERSION = 1
_REACTIONS = ("like", "love", "wow", "haha", "sorry", "anger")

_DAYS: dict[str, Aliases] = {
    "day": "date",
    "page": "page_id",
    "followers": ("page_follows", "page_fans"),
    "gained": ("page_daily_follows_unique", "page_fan_adds"),
    "lost": ("page_daily_unfollows_unique", "page_fan_removes"),
    "impressions": "page_impressions",
    "views": "page_media_view",
    "visits": "page_views_total",
    "interactions": "page_post_engagements",
    "video_views": "page_video_views",
    "synced": "_fivetran_synced",
}
_OF_CHANNEL = ("impressions", "views", "visits", "interactions", "video_views")
_LIFETIME: dict[str, Aliases] = {
    "measured_on": "date",
    "post_id": "post_id",
    "clicks": "post_clicks",
    "impressions": "post_impressions",
    "reach": "post_impressions_unique",
    "views": "post_media_view",
    "video_views": "post_video_views",
    "watched": "post_video_view_time",
    "negative_feedback": "post_negative_feedback",
    **{name: f"post_reactions_{name}_total" for name in _REACTIONS},
    "synced": "_fivetran_synced",
}
_HISTORY: dict[str, Aliases] = {
    "post_id": "id",
    "updated": "updated_time",
    "published_on": "created_time",
    "account_id": "page_id",
    "text": "message",
    "status": "status_type",
    "published": "is_published",
    "parent": "parent_id",
    "synced": "_fivetran_synced",
}
_PAGE: dict[str, Aliases] = {
    "account_id": "id",
    "name": "name",
    "handle": "username",
    "followers": ("followers_count", "fan_count"),
    "checkins": "checkins",
    "category": "category",
    "synced": "_fivetran_synced",
}


def _days(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the daily figures of pages; raises Problem as `facts_of` does."""
    names = ("followers", "gained", "lost", *_OF_CHANNEL)
    kinds: dict[str, Kind] = {"day": "day", "page": "identifier"}
    kinds |= dict.fromkeys(names, "integer")
    several = different(file, header["page"])[1] > 1

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        parts: dict[str, list[pa.Table]] = {}
        for page in pc.unique(typed.column("page")).to_pylist():
            rows = typed.filter(pc.equal(typed.column("page"), page))
            for name, table in _of_page(rows, f"{CHANNEL} {page}" if several else CHANNEL).items():
                parts.setdefault(name, []).append(table)
        return {name: pa.concat_tables(tables) for name, tables in parts.items()}

    notes = ("The file has several pages: each is a channel of its own.",) if several else ()
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["day", "page"]),
        (header["day"], header["page"]),
        finish,
        by_line=False,
        notes=notes,
        rules=(without_figures([header[name] for name in header.all_of(names)]),),
    )
    return facts_of(mended(file, begun_days(header["day"])), recipe, settings, now)


def _of_page(rows: pa.Table, channel: str) -> dict[str, pa.Table]:
    figures = channel_metrics(rows, channel, {name: name for name in _OF_CHANNEL})
    found = {"channel_metric": figures}
    told = [name for name in ("followers", "gained", "lost") if name in rows.column_names]
    if told:
        known = rows.filter(pc.is_valid(pc.coalesce(*(rows.column(name) for name in told))))
        columns: dict[str, object] = {name: known.column(name) for name in ("day", *told)}
        columns["channel"] = channel
        found["audience"] = record_table("audience", columns, known)
    return found


def _bare(typed: pa.Table) -> pa.Table:
    """Name posts by their own number, without the page's."""
    bare = pc.replace_substring_regex(typed.column("post_id"), r"^\d+_(\d+)$", r"\1")
    return typed.set_column(typed.column_names.index("post_id"), "post_id", bare)


_FIGURES = {
    name: name
    for name in (
        *("clicks", "impressions", "reach", "views", "video_views", "negative_feedback"),
        *("watch_seconds", "reactions"),
    )
}


_READ = (*_FIGURES, *_REACTIONS, "watched")


def _lifetime(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the figures of posts, as of each day, are read."""
    kinds: dict[str, Kind] = {"measured_on": "time", "post_id": "identifier"}
    kinds |= {**dict.fromkeys(_READ, "integer"), "watched": "number"}
    posts = PostFile(CHANNEL, "measured_on", _FIGURES)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        if (reactions := whole_of(typed, *_REACTIONS)) is not None:
            typed = typed.append_column("reactions", reactions)
        if "watched" in typed.column_names:
            seconds = pc.divide(pc.cast(typed.column("watched"), pa.float64()), 1000.0)
            typed = typed.append_column("watch_seconds", seconds)
        return posts.figures(_bare(typed))

    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["measured_on", "post_id"]),
        (header["measured_on"], header["post_id"]),
        finish,
        by_line=False,
        notes=("Figures are of a post's whole life until the day of the row.",),
        time_zone="UTC",
        rules=(without_figures([header[name] for name in header.all_of(_READ)]),),
    )


def _history(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of posts, their last versions; raises Problem as `facts_of` does."""
    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time", "text": "text"}
    kinds |= {"account_id": "identifier", "status": "text"}
    posts = PostFile(CHANNEL, now or dt.datetime.now(dt.UTC), {})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        known = pa.array(list(_STATUS), pa.string())
        places = pc.index_in(typed.column("status"), known)
        form = pc.take(pa.array(list(_STATUS.values()), pa.string()), places)
        found = posts.tables(_bare(typed).append_column("format", form))
        return {"post": found["post"]}

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["post_id", "published_on"]),
        (header["post_id"],),
        finish,
        by_line=False,
        time_zone="UTC",
        rules=(older_versions(file, header["post_id"], header["updated"]),),
    )
    return facts_of(file, recipe, settings, now)


_STATUS = {
    "added_photos": "photo",
    "added_video": "video",
    "shared_story": "link",
    "mobile_status_update": "text",
    "wall_post": "text",
}


def _pages(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the pages themselves are read."""
    kinds: dict[str, Kind] = {"account_id": "identifier", "name": "text", "handle": "text"}
    kinds["followers"] = "integer"

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return own_accounts(typed, CHANNEL)

    fields = fields_in(header, kinds, required=["account_id"])
    return Recipe(SOURCE, VERSION, fields, (header["account_id"],), finish, by_line=False)


SYSTEM = System(
    SOURCE,
    "Facebook Pages by Fivetran",
    "warehouse",
    (
        Shape(
            name="page_days",
            title="Daily figures of Facebook pages, from Fivetran",
            grain="one page on one day",
            tables=("audience", "channel_metric"),
            columns=_DAYS,
            needs=("day", "page", "interactions"),
            where="Table daily_page_metrics_total of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            facts=_days,
        ),
        Shape(
            name="post_figures",
            title="Figures of Facebook posts by day, from Fivetran",
            grain="one post on one day",
            tables=("post_metric",),
            columns=_LIFETIME,
            needs=("measured_on", "post_id", "clicks"),
            where="Table lifetime_post_metrics_total of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            recipe=_lifetime,
        ),
        Shape(
            name="posts",
            title="Facebook posts, from Fivetran",
            grain="one version of a post",
            tables=("post",),
            columns=_HISTORY,
            needs=("post_id", "updated", "published_on", "account_id", "status"),
            where="Table post_history of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            facts=_history,
        ),
        Shape(
            name="pages",
            title="Facebook pages, from Fivetran",
            grain="one page",
            tables=("account", "identifier"),
            columns=_PAGE,
            needs=("account_id", "name", "followers", "checkins"),
            where="Table page of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            recipe=_pages,
        ),
    ),
)
