"""YouTube channels as Fivetran's connector writes them into a warehouse.

`channel_basic` counts one day, broken down by country, by subscription and by whether a film was
live: the parts are added up. Rows without a video belong to the channel alone. Days are Pacific
ones, as YouTube reports them. `video` holds the videos and their totals until the last sync.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.metrics import channel_metrics, of_day, post_metrics
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.summing import Sums, summed
from rapport.sources.systems.posts import PostFile

SOURCE = "fivetran_youtube"
CHANNEL = "youtube"
VERSION = 1
PACIFIC = "America/Los_Angeles"
_BASIC: dict[str, Aliases] = {
    "day": "date",
    "post_id": "video_id",
    "channel_id": "channel_id",
    "country": "country_code",
    "views": "views",
    "watch_minutes": "watch_time_minutes",
    "likes": "likes",
    "dislikes": "dislikes",
    "comments": "comments",
    "shares": "shares",
    "follows": "subscribers_gained",
    "unfollows": "subscribers_lost",
    "synced": "_fivetran_synced",
}
_SENTENCES = {
    "parts": "Countries, kinds of viewers and live films are added up to a video's day.",
}
_COUNTS = ("views", "likes", "dislikes", "comments", "shares", "follows", "unfollows")
_VIDEOS: dict[str, Aliases] = {
    "post_id": "id",
    "published_on": "snippet_published_at",
    "text": "snippet_title",
    "account_id": "snippet_channel_id",
    "name": "snippet_channel_title",
    "views": "statistics_view_count",
    "likes": "statistics_like_count",
    "dislikes": "statistics_dislike_count",
    "comments": "statistics_comment_count",
    "measured_on": "_fivetran_synced",
}


def _basic(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    kinds: dict[str, Kind] = {"day": "day", "measured_on": "time", "post_id": "identifier"}
    kinds |= {**dict.fromkeys(_COUNTS, "integer"), "watch_minutes": "number"}
    names = (*_COUNTS, "watch_seconds")

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        typed = _in_seconds(typed)
        of_video = typed.filter(pc.is_valid(typed.column("post_id")))
        named = {name: of_day(name) for name in names}
        return {
            "post_metric": post_metrics(of_video, of_video.column("measured_on"), named),
            "channel_metric": channel_metrics(typed, CHANNEL, {name: name for name in names}),
        }

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in({**header, "measured_on": header["day"]}, kinds, ("day", "measured_on", "views")),
        order=(),
        finish=finish,
        by_line=False,
        notes=(_SENTENCES["parts"],),
        time_zone=PACIFIC,
    )
    facts = facts_of(file, recipe, settings, now)
    sums = {
        "post_metric": Sums(("post_id", "measured_on", "metric"), ("value",)),
        "channel_metric": Sums(("day", "channel", "metric"), ("value",)),
    }
    return replace(facts, batches=summed(facts.batches, sums))


def _in_seconds(typed: pa.Table) -> pa.Table:
    if "watch_minutes" not in typed.column_names:
        return typed
    seconds = pc.multiply(typed.column("watch_minutes"), 60.0)
    return typed.append_column("watch_seconds", seconds)


def _videos(file: TableFile, header: Header, settings: Settings) -> Recipe:
    figures = ("views", "likes", "dislikes", "comments")
    shown = PostFile(CHANNEL, "measured_on", {name: name for name in figures})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return shown.tables(typed.append_column("format", pa.repeat("video", typed.num_rows)))

    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time"}
    kinds |= {"measured_on": "time", "text": "text", "account_id": "identifier", "name": "text"}
    kinds |= dict.fromkeys(figures, "integer")
    needed = ("post_id", "published_on", "measured_on")
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=needed),
        order=(header["post_id"],),
        finish=finish,
        by_line=False,
        time_zone="UTC",
    )


_CHECKED = "the connector's published test data"


SYSTEM = System(
    SOURCE,
    "YouTube by Fivetran",
    "warehouse",
    (
        Shape(
            name="days",
            title="Days of YouTube videos, from Fivetran",
            grain="a part of one video's day",
            tables=("post_metric", "channel_metric"),
            columns=_BASIC,
            needs=("day", "post_id", "channel_id", "views", "watch_minutes", "synced"),
            where="Table channel_basic of the connector's schema",
            since="2021",
            checked=_CHECKED,
            facts=_basic,
        ),
        Shape(
            name="videos",
            title="YouTube videos, from Fivetran",
            grain="one video",
            tables=("post", "post_metric", "account"),
            columns=_VIDEOS,
            needs=("post_id", "published_on", "views", "measured_on"),
            where="Table video of the connector's schema",
            since="2021",
            checked=_CHECKED,
            recipe=_videos,
        ),
        Shape(
            name="groups",
            title="Groups of YouTube viewers, from Fivetran",
            grain="",
            tables=(),
            columns={"age": "age_group", "gender": "gender", "share": "views_percentage"},
            needs=("age", "gender", "share"),
            refuses=Refusal(
                "It tells shares of viewers by age and sex: no row is a day, a post or a person.",
                "Add the tables video and channel_basic.",
                spare=True,
            ),
        ),
    ),
)
