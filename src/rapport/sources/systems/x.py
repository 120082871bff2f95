"""What X (Twitter) exports of an account: posts of two generations, days of the account, video.

Times are UTC. Replies are `comments`, reposts and retweets `shares` and bookmarks `saves`, as the
other networks call them; `Shares` of the newer files, a post passed on through the share menu, is
`sends`. The account's number is in no file: its handle, from the links, names it.
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
from rapport.sources.mending import Change, ids_from_links, mended
from rapport.sources.metrics import channel_metrics, counted_on
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import PostFile, without_figures

SOURCE = "x"
VERSION = 1

_TWEETS: dict[str, Aliases] = {
    "post_id": "Tweet id",
    "link": "Tweet permalink",
    "text": "Tweet text",
    "published_on": "time",
    "impressions": "impressions",
    "engagements": "engagements",
    "rate": "engagement rate",
    "shares": "retweets",
    "comments": "replies",
    "likes": "likes",
    "profile_visits": "user profile clicks",
    "link_clicks": "url clicks",
    "hashtag_clicks": "hashtag clicks",
    "expands": "detail expands",
    "permalink_clicks": "permalink clicks",
    "follows": "follows",
    "media_views": "media views",
    "media_engagements": "media engagements",
}
_TWEET_DAYS: dict[str, Aliases] = {
    **{name: words for name, words in _TWEETS.items() if name not in ("post_id", "link", "text")},
    "day": "Date",
    "posted": "Tweets published",
}
_CONTENT: dict[str, Aliases] = {
    "post_id": ("Post id", "Post ID"),
    "published_on": "Date",
    "text": "Post text",
    "link": "Post Link",
    "impressions": "Impressions",
    "likes": "Likes",
    "engagements": "Engagements",
    "saves": "Bookmarks",
    "sends": "Shares",
    "follows": "New follows",
    "comments": "Replies",
    "shares": "Reposts",
    "profile_visits": "Profile visits",
    "expands": "Detail Expands",
    "link_clicks": "URL Clicks",
    "hashtag_clicks": "Hashtag Clicks",
    "permalink_clicks": "Permalink Clicks",
}
_OVERVIEW: dict[str, Aliases] = {
    "day": "Date",
    "impressions": "Impressions",
    "likes": "Likes",
    "engagements": "Engagements",
    "saves": "Bookmarks",
    "sends": "Shares",
    "gained": "New follows",
    "lost": "Unfollows",
    "comments": "Replies",
    "shares": "Reposts",
    "profile_visits": "Profile visits",
    "posted": "Create Post",
    "video_views": "Video views",
    "media_views": "Media views",
}
_VIDEO: dict[str, Aliases] = {
    "day": "Date",
    "video_views": "Views",
    "watched": "Watch Time (ms)",
    "completion": "Completion Rate",
    "average": "Average Watch Time (ms)",
    "revenue": "Estimated Revenue",
}
_METRICS = {
    name: name
    for name in (
        *("impressions", "engagements", "likes", "comments", "shares", "sends", "saves"),
        *("follows", "profile_visits", "link_clicks"),
    )
}
_STATUS = r"/status(?:es)?/(?P<id>\d+)"
_HANDLE = r"(?:twitter|x)\.com/(?P<handle>[A-Za-z0-9_]{2,15})/status"


def _posts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of a file of posts; raises Problem as `loading.facts_of` does."""
    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time", "text": "text"}
    kinds |= {"link": "text", **dict.fromkeys(_METRICS, "integer")}
    posts = PostFile(SOURCE, counted_on(file, now), _METRICS)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return posts.tables(_with_account(typed))

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["post_id", "published_on"]),
        (header["post_id"],),
        finish,
        by_line=False,
        notes=("Times that name no zone are UTC, as X reports them.",),
        time_zone="UTC",
        usual_dates="month-first",
    )
    changes: list[Change] = []
    if "link" in header:
        changes.append(ids_from_links(header["post_id"], header["link"], _STATUS))
    return facts_of(mended(file, *changes), recipe, settings, now)


def _with_account(typed: pa.Table) -> pa.Table:
    if "link" not in typed.column_names:
        return typed
    found = pc.struct_field(pc.extract_regex(typed.column("link"), _HANDLE), "handle")
    small = pc.utf8_lower(found)
    return typed.append_column("account_id", small).append_column("handle", found)


def _days(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the days of the whole account are read."""
    figures = (*_METRICS, "video_views", "gained", "lost")
    kinds: dict[str, Kind] = {"day": "day", **dict.fromkeys(figures, "integer")}
    kinds["watched"] = "number"
    fields = fields_in(header, kinds, required=["day"])
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["day"],),
        _of_days,
        by_line=False,
        time_zone="UTC",
        usual_dates="month-first",
        rules=(without_figures([header[name] for name in header.all_of((*figures, "watched"))]),),
    )


def _of_days(typed: pa.Table) -> Mapping[str, pa.Table]:
    metrics = {**_METRICS, "video_views": "video_views", "watch_seconds": "watch_seconds"}
    if "watched" in typed.column_names:
        seconds = pc.divide(pc.cast(typed.column("watched"), pa.float64()), 1000.0)
        typed = typed.append_column("watch_seconds", seconds)
    found = {"channel_metric": channel_metrics(typed, SOURCE, metrics)}
    if "gained" in typed.column_names:
        columns: dict[str, object] = {
            name: typed.column(name) for name in ("day", "gained", "lost")
        } | {"channel": SOURCE}
        found["audience"] = record_table("audience", columns, typed)
    return found


SYSTEM = System(
    SOURCE,
    "X (Twitter)",
    "social",
    (
        Shape(
            name="tweets",
            title="Tweets of an account, Twitter Analytics of old",
            grain="one post",
            tables=("post", "post_metric", "account", "identifier"),
            columns=_TWEETS,
            needs=("post_id", "published_on", "impressions", "shares"),
            where="analytics.twitter.com › Tweets › Export data › By Tweet",
            since="2014",
            checked="the documented columns",
            facts=_posts,
        ),
        Shape(
            name="tweet_days",
            title="Days of the tweets of an account, Twitter Analytics of old",
            grain="one day",
            tables=("channel_metric",),
            columns=_TWEET_DAYS,
            needs=("day", "posted", "impressions", "shares"),
            where="analytics.twitter.com › Tweets › Export data › By day",
            since="2014",
            checked="the columns that public importers read",
            recipe=_days,
        ),
        Shape(
            name="content",
            title="Posts of an X account",
            grain="one post",
            tables=("post", "post_metric", "account", "identifier"),
            columns=_CONTENT,
            needs=("post_id", "published_on", "impressions", "shares"),
            where="X › Premium › Analytics › Content › Download",
            since="2024",
            checked="the documented columns, as public importers read real files",
            facts=_posts,
        ),
        Shape(
            name="overview",
            title="Days of an X account",
            grain="one day",
            tables=("audience", "channel_metric"),
            columns=_OVERVIEW,
            needs=("day", "gained", "lost", "impressions"),
            where="X › Premium › Analytics › Overview › Download",
            since="2024",
            checked="the documented columns, as public importers read real files",
            recipe=_days,
        ),
        Shape(
            name="video",
            title="Days of the videos of an X account",
            grain="one day",
            tables=("channel_metric",),
            columns=_VIDEO,
            needs=("day", "video_views", "watched", "completion"),
            where="X › Premium › Analytics › Video › Download",
            since="2024",
            checked="the documented columns",
            recipe=_days,
        ),
    ),
)
