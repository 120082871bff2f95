"""Everything that a brand counts, by week and channel, under one name for one thing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import narwhals as nw

from rapport.record.frames import Frame, Keep, as_is, day_number, distinct

SAME: Mapping[str, str] = MappingProxyType(
    {
        "reactions": "likes",
        "replies": "comments",
        "reposts": "shares",
        "quotes": "shares",
        "net_subscribers": "gained",
        "follows": "gained",
        "net_follows": "gained",
    }
)
"""What networks call differently and means the same."""
VERBS: Mapping[str, str] = MappingProxyType(
    {"Like": "likes", "Announce": "shares", "Follow": "gained"}
)
OF_DAY = "_of_day"
LATE = 1  # weeks after a post's own in which nearly all of its figures have come
PRIVATE = ("email", "phone", "chat", "social messaging", "survey")
"""Channels on which people write to the brand, and to nobody else."""
LEVELS = ("followers",)
"""Counts that stand, rather than come anew each week."""
_COLUMNS = ("channel", "count", "week", "value", "rank")


def week_number(day: nw.Expr) -> nw.Expr:
    """Return whole weeks since Monday 1 January of the year 1."""
    return (day_number(day) - 1) // 7


def of_audience(audience: Frame) -> Frame:
    """Return followers (the most of the week), gained and lost of each channel by week.

    Parameters
    ----------
    audience
        The table `audience` of the record.

    Returns
    -------
    Frame
        channel, count, week, value, rank: of two series of one count, that of the smaller rank
        holds.
    """
    by_week = audience.with_columns(week=week_number(nw.col("day")))
    parts = []
    for name in ("followers", "gained", "lost"):
        known = by_week.filter(~nw.col(name).is_null())
        value = nw.col(name).cast(nw.Float64())
        summed = value.max() if name in LEVELS else value.sum()
        parts.append(_named(known, nw.lit(name), summed, rank=1))
    return nw.concat(parts, how="vertical")


def of_channels(channel_metric: Frame) -> Frame:
    """Return the figures of whole channels by week; see `of_audience`.

    Figures of unpaid posts alone are left out where the channel has the whole.
    """
    told = channel_metric.filter(nw.col("denominator").is_null())
    own = told.filter(~nw.col("metric").str.starts_with("organic_"))
    return _named(
        own.with_columns(week=week_number(nw.col("day"))),
        _same(nw.col("metric")),
        nw.col("value").sum(),
        rank=2,
    )


def of_deeds(activity: Frame, own: Frame) -> Frame:
    """Return likes, shares and new followers that the record knows one by one, by week.

    Parameters
    ----------
    activity
        The table `activity`.
    own
        source, account_id of the brand's own accounts and its employees', left out.
    """
    counted = activity.filter(nw.col("verb").is_in(list(VERBS)), ~nw.col("channel").is_null())
    others = counted.join(own, on=["source", "account_id"], how="anti")
    named = others.with_columns(
        week=week_number(nw.col("occurred_on_day")), count=_replaced(nw.col("verb"), VERBS)
    )
    return _named(named, nw.col("count"), nw.col("one").sum(), rank=3)


def of_posts(post: Frame, post_metric: Frame) -> Frame:
    """Return the figures of posts by week: those of one day on it, totals a week after the post.

    A total of a post's life holds what came after its first week as well. Dated a week late, hardly
    anything in it was still to come, so that it cannot tell what it could not have told. Of several
    systems that report one post, the one that reports the most holds.

    Parameters
    ----------
    post, post_metric
        The tables of the record.
    """
    where = post.filter(~nw.col("channel").is_null())
    published = where.group_by("channel", "post_id").agg(
        week=week_number(nw.col("published_on_day")).max()
    )
    channel = distinct(where.select("source", "post_id", "channel"))
    told = post_metric.filter(nw.col("denominator").is_null())
    told = told.join(channel, on=["source", "post_id"], how="inner")
    daily = nw.col("metric").str.ends_with(OF_DAY)
    of_source = ["source", "channel", "post_id", "metric"]
    newest = told.filter(~daily).group_by(*of_source).agg(measured_on=nw.col("measured_on").max())
    totals = (
        told.filter(~daily)
        .join(newest, on=[*of_source, "measured_on"], how="inner")
        .group_by("channel", "post_id", "metric")
        .agg(value=nw.col("value").max())
        .join(published, on=["channel", "post_id"], how="inner")
        .with_columns(week=nw.col("week") + LATE)
    )
    plain = nw.col("metric").str.replace_all(OF_DAY, "", literal=True)
    days = (
        told.filter(daily)
        .with_columns(week=week_number(nw.col("measured_on_day")), metric=plain)
        .group_by(*of_source, "week")
        .agg(value=nw.col("value").sum())
        .group_by("channel", "post_id", "metric", "week")
        .agg(value=nw.col("value").max())
    )
    name, value = _same(nw.col("metric")), nw.col("value").sum()
    parts = [_named(totals, name, value, rank=5), _named(days, name, value, rank=4)]
    return nw.concat(parts, how="vertical")


def of_talk(said: Frame) -> Frame:
    """Return public mentions, and those that praise or complain, of each channel by week.

    Parameters
    ----------
    said
        What others said unasked, as `rapport.listening.buzz.counting.heard` gives it.
    """
    named = said.with_columns(channel=nw.coalesce(nw.col("channel"), nw.lit("other")))
    by_week = named.filter(~nw.col("channel").is_in(list(PRIVATE))).with_columns(
        week=week_number(nw.col("day"))
    )
    parts = [_named(by_week, nw.lit("mentions"), nw.col("one").sum(), rank=1)]
    for flag, name in (("is_praise", "praise"), ("is_complaint", "complaints")):
        parts.append(
            _named(by_week.filter(nw.col(flag)), nw.lit(name), nw.col("one").sum(), rank=1)
        )
    return nw.concat(parts, how="vertical")


def of_visits(visit: Frame) -> Frame:
    """Return visits of the site by week, by the channel that they came from."""
    by_week = visit.with_columns(
        week=week_number(nw.col("started_on_day")),
        channel=nw.coalesce(nw.col("channel"), nw.lit("Unassigned")),
    )
    return _named(by_week, nw.lit("site visits"), nw.col("one").sum(), rank=1)


def weekly(parts: list[Frame], keep: Keep = as_is) -> Frame:
    """Return each count of each channel once: of several series, the one known day by day.

    Returns
    -------
    Frame
        channel, count, week, value.
    """
    every = keep(nw.concat(parts, how="vertical"))
    best = every.group_by("channel", "count").agg(rank=nw.col("rank").min())
    return every.join(best, on=["channel", "count", "rank"], how="inner").select(
        "channel", "count", "week", "value"
    )


def _named(rows: Frame, count: nw.Expr, value: nw.Expr, *, rank: int) -> Frame:
    """Return rows as a count by week; `one` may be summed where rows are counted."""
    marked = rows.with_columns(count=count, one=nw.lit(1.0))
    summed = marked.group_by("channel", "count", "week").agg(value=value.cast(nw.Float64()))
    return summed.with_columns(rank=nw.lit(rank).cast(nw.Int64())).select(*_COLUMNS)


def _same(name: nw.Expr) -> nw.Expr:
    return _replaced(name, SAME)


def _replaced(name: nw.Expr, names: Mapping[str, str]) -> nw.Expr:
    told = name
    for old, new in names.items():
        told = nw.when(name == old).then(nw.lit(new)).otherwise(told)
    return told
