"""Each post of the brand once, with its figures: how many saw it, reacted, and clicked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import narwhals as nw

from rapport.record.frames import Frame

OF_DAY = "_of_day"
FIGURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reach": ("reach",),
        "impressions": ("impressions",),
        "views": ("views",),
        "likes": ("likes", "reactions"),
        "comments": ("comments", "replies"),
        "shares": ("shares", "reposts", "quotes"),
        "saves": ("saves",),
        "clicks": ("clicks",),
        "link_clicks": ("link_clicks",),
        "follows": ("follows", "net_subscribers"),
    }
)
"""Figures of a post, and what networks call them."""
BASES = ("reach", "impressions", "views")
"""What a rate is a share of: of each channel the first that most of its posts have."""
ABOUT = ("text", "format", "goal", "campaign")


def totals(post_metric: Frame) -> Frame:
    """Return each figure of each post once: its newest total, or the sum of its days.

    Parameters
    ----------
    post_metric
        The table of the record.

    Returns
    -------
    Frame
        source, post_id, metric, value.
    """
    told = post_metric.filter(nw.col("denominator").is_null())
    daily = nw.col("metric").str.ends_with(OF_DAY)
    keys = ["source", "post_id", "metric"]
    newest = told.filter(~daily).group_by(*keys).agg(measured_on=nw.col("measured_on").max())
    whole = (
        told.join(newest, on=[*keys, "measured_on"], how="inner")
        .group_by(*keys)
        .agg(value=nw.col("value").max())
        .with_columns(rank=nw.lit(0))
    )
    plain = nw.col("metric").str.replace_all(OF_DAY, "", literal=True)
    days = told.filter(daily).with_columns(metric=plain).group_by(*keys)
    summed = days.agg(value=nw.col("value").sum()).with_columns(rank=nw.lit(1))
    every = nw.concat([whole, summed], how="vertical")
    best = every.group_by(*keys).agg(rank=nw.col("rank").min())
    return every.join(best, on=[*keys, "rank"], how="inner").select(*keys, "value")


def posts(post: Frame, post_metric: Frame) -> Frame:
    """Return the posts that have figures, one row each, whichever systems report them.

    Replies to somebody, which begin with their handle, are no posts.

    Parameters
    ----------
    post, post_metric
        The tables of the record.

    Returns
    -------
    Frame
        channel, post_id, published_on, text, format, goal, campaign, paid (1, 0 or null), cost, and
        the figures of `FIGURES`, each the largest that a system reports.
    """
    known = totals(post_metric)
    columns = {}
    for name, metrics in FIGURES.items():
        value = nw.when(nw.col("metric").is_in(list(metrics))).then(nw.col("value"))
        columns[name] = value.sum()
        columns[f"{name}_rows"] = value.count()
    wide = known.group_by("source", "post_id").agg(**columns)
    wide = wide.select(
        "source",
        "post_id",
        **{
            name: nw.when(nw.col(f"{name}_rows") > 0).then(nw.col(name).cast(nw.Float64()))
            for name in FIGURES
        },
    )
    answer = nw.col("text").fill_null("").str.starts_with("@")
    told = post.filter(~nw.col("channel").is_null(), ~answer).select(
        "source", "post_id", "channel", "published_on", *ABOUT,
        paid=nw.col("paid").cast(nw.Int64()), cost=nw.col("cost").cast(nw.Float64()),
    )  # fmt: skip
    joined = told.join(wide, on=["source", "post_id"], how="inner")
    return joined.group_by("channel", "post_id").agg(
        *(nw.col(name).max() for name in ("published_on", *ABOUT, "paid", "cost", *FIGURES))
    )


def orders_by_code(orders: Frame, codes: list[str]) -> Frame:
    """Return how many orders used each coupon, and their net revenue: code, orders, revenue.

    Parameters
    ----------
    orders
        The result table `orders`.
    codes
        Coupons that posts name, in capitals.
    """
    used = orders.filter(~nw.col("cancelled"), ~nw.col("coupon").is_null()).select(
        code=nw.col("coupon").str.to_uppercase(), net=nw.col("net").cast(nw.Float64())
    )
    summed = used.filter(nw.col("code").is_in(codes)).group_by("code")
    return summed.agg(n=nw.len(), revenue=nw.col("net").sum()).select(
        "code", "revenue", orders=nw.col("n").cast(nw.Int64())
    )
