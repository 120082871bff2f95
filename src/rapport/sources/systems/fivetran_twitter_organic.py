"""X accounts as Fivetran's connector "Twitter Organic" writes them into a warehouse.

`organic_tweet_report` counts what happened on one day alone, in one placement; the names of its
figures say so (`…_of_day`), since other files of X count a tweet's whole life. Placements are added
up. A day is written as the moment at which it began in the account's zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from rapport.record.facts import Batch, Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.mending import begun_days, mended
from rapport.sources.metrics import of_day
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.posts import (
    PostFile,
    older_versions,
    own_accounts,
    without_figures,
)
from rapport.sources.systems.x_ads import parts_of_placements

SOURCE = "fivetran_twitter_organic"
CHANNEL = "x"
VERSION = 1
_REPORT: dict[str, Aliases] = {
    "measured_on": "date",
    "post_id": "organic_tweet_id",
    "placement": "placement",
    "impressions": "impressions",
    "engagements": "engagements",
    "likes": "likes",
    "comments": "replies",
    "shares": "retweets",
    "clicks": "clicks",
    "link_clicks": "url_clicks",
    "follows": "follows",
    "video_views": "video_total_views",
    "account": "account_id",
    "synced": "_fivetran_synced",
}
_COUNTS = (
    *("impressions", "engagements", "likes", "comments", "shares", "clicks", "link_clicks"),
    *("follows", "video_views"),
)
_TWEETS: dict[str, Aliases] = {
    "post_id": "id",
    "published_on": "created_at",
    "text": "full_text",
    "likes": "favorite_count",
    "shares": "retweet_count",
    "kind": "tweet_type",
    "account_id": "user_id",
    "language": "lang",
    "measured_on": "_fivetran_synced",
}
_USERS: dict[str, Aliases] = {
    "account_id": "id",
    "synced": "_fivetran_synced",
    "handle": "screen_name",
    "name": "name",
    "created": "created_at",
    "followers": "followers_count",
    "following": "friends_count",
    "posts": "statuses_count",
}


def _report(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the report of tweets by day; raises Problem as `facts_of` does."""
    kinds: dict[str, Kind] = {"measured_on": "time", "post_id": "identifier"}
    kinds |= dict.fromkeys(_COUNTS, "integer")
    posts = PostFile(CHANNEL, "measured_on", {name: of_day(name) for name in _COUNTS})
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["measured_on", "post_id"]),
        (header["measured_on"], header["post_id"], header["placement"]),
        posts.figures,
        by_line=False,
        notes=("Figures count one day alone: their names end in _of_day.",),
        time_zone="UTC",
        rules=(
            parts_of_placements(file, header["placement"]),
            without_figures([header[name] for name in header.all_of(_COUNTS)]),
        ),
    )
    facts = facts_of(mended(file, begun_days(header["measured_on"])), recipe, settings, now)
    return replace(facts, batches=_placements_added_up(facts.batches))


def _placements_added_up(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield one batch in which the placements of a tweet's day are one."""
    read = list(batches)
    figures = [batch.tables["post_metric"] for batch in read if "post_metric" in batch.tables]
    if not figures:
        yield from read
        return
    every = pa.concat_tables(figures)
    key = ["post_id", "measured_on", "metric"]
    summed = every.group_by(key, use_threads=False).aggregate([("value", "sum"), (ROW, "min")])
    summed = summed.rename_columns([*key, "value", ROW])
    empty = pa.chunked_array([pa.nulls(summed.num_rows, pa.string())])
    whole = summed.append_column("denominator", empty).select(every.column_names)
    numbers = np.unique(every.column(ROW).to_numpy())
    folded = np.setdiff1d(numbers, whole.column(ROW).to_numpy())
    aside = pa.concat_tables([batch.aside for batch in read]).sort_by(ROW)
    rows = sum(batch.rows for batch in read)
    table = whole.cast(every.schema).sort_by([(ROW, "ascending"), ("metric", "ascending")])
    yield Batch(rows, {"post_metric": table}, aside, folded)


def _tweets(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of tweets, their last versions; raises Problem as `facts_of` does."""
    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time", "text": "text"}
    kinds |= {"account_id": "identifier", "measured_on": "time"}
    kinds |= {"likes": "integer", "shares": "integer"}
    posts = PostFile(CHANNEL, "measured_on", {"likes": "likes", "shares": "shares"})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return posts.tables(typed)

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["post_id", "published_on", "measured_on"]),
        (header["post_id"],),
        finish,
        by_line=False,
        time_zone="UTC",
        rules=(older_versions(file, header["post_id"], header["measured_on"]),),
    )
    return facts_of(file, recipe, settings, now)


def _users(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the accounts, their last versions."""
    kinds: dict[str, Kind] = {"account_id": "identifier", "handle": "text", "name": "text"}
    kinds |= {"created": "time", **dict.fromkeys(("followers", "following", "posts"), "integer")}

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return own_accounts(typed, CHANNEL)

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=["account_id"]),
        (header["account_id"],),
        finish,
        by_line=False,
        time_zone="UTC",
        rules=(older_versions(file, header["account_id"], header["synced"]),),
    )
    return facts_of(file, recipe, settings, now)


_NOT_NEEDED = Refusal(
    "It is the advertising account behind the tweets, which no answer needs.",
    "Add organic_tweet_report, tweet and twitter_user_history.",
    spare=True,
)

SYSTEM = System(
    SOURCE,
    "X (Twitter) by Fivetran",
    "warehouse",
    (
        Shape(
            name="report",
            title="Figures of tweets by day, from Fivetran",
            grain="one tweet on one day in one placement",
            tables=("post_metric",),
            columns=_REPORT,
            needs=("measured_on", "post_id", "placement", "impressions"),
            where="Table organic_tweet_report of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            facts=_report,
        ),
        Shape(
            name="tweets",
            title="Tweets, from Fivetran",
            grain="one version of a tweet",
            tables=("post", "post_metric", "account"),
            columns=_TWEETS,
            needs=("post_id", "published_on", "likes", "shares", "kind", "measured_on"),
            where="Table tweet of the connector's schema",
            since="2021",
            checked="the connector's published test data, which hides the texts",
            facts=_tweets,
        ),
        Shape(
            name="users",
            title="X accounts, from Fivetran",
            grain="one version of an account",
            tables=("account", "identifier"),
            columns=_USERS,
            needs=("account_id", "synced", "handle", "posts"),
            where="Table twitter_user_history of the connector's schema",
            since="2021",
            checked="the connector's published test data",
            facts=_users,
        ),
        Shape(
            name="advertising_accounts",
            title="Advertising accounts of X, from Fivetran",
            grain="one version of an account",
            tables=(),
            columns={
                "account": "id",
                "approval": "approval_status",
                "industry": "industry_type",
                "timezone": "timezone",
                "switch": "timezone_switch_at",
            },
            needs=("account", "approval", "industry", "switch"),
            refuses=_NOT_NEEDED,
        ),
    ),
)
