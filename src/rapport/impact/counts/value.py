"""Value week by week, and what a brand knows of each week before it begins."""

from __future__ import annotations

import narwhals as nw

from rapport.impact.counts.series import week_number
from rapport.record.frames import Frame, as_number, distinct

OUTCOMES = ("margin", "new customers")
KNOWN = ("promotion", "holiday", "launch", "store_event", "price", "competitor")
"""Kinds of days that a brand knows without counting anything."""


def weekly_value(orders: Frame, share: float | None, *, in_margin: bool) -> Frame:
    """Return margin, orders and new customers by week; orders of staff and resellers left out.

    Parameters
    ----------
    orders
        The result table `orders`.
    share
        Margin as a share of net revenue, for orders whose own is not known.
    in_margin
        Whether money is margin; net revenue otherwise.

    Returns
    -------
    Frame
        week, margin, orders, new (people whose first order it was).
    """
    kept = orders.filter(~nw.col("cancelled"), nw.col("role").is_null())
    net = as_number(nw.col("net"))
    scaled = net * (share or 0.0)
    known = nw.when(nw.col("margin").is_null()).then(scaled).otherwise(as_number(nw.col("margin")))
    sold = kept.select(
        "person_id", week=week_number(nw.col("day")), money=known if in_margin else net
    )
    sums = sold.group_by("week").agg(margin=nw.col("money").sum(), orders=nw.len())
    first = (
        sold.filter(~nw.col("person_id").is_null())
        .group_by("person_id")
        .agg(week=nw.col("week").min())
        .group_by("week")
        .agg(new=nw.len())
    )
    joined = sums.join(first, on="week", how="left")
    return joined.select(
        "week",
        "margin",
        orders=nw.col("orders").cast(nw.Int64()),
        new=nw.col("new").fill_null(0).cast(nw.Int64()),
    )


def weekly_spend(spend: Frame) -> Frame:
    """Return cost by channel and week: channel, week, cost."""
    named = spend.with_columns(
        week=week_number(nw.col("day")), channel=nw.coalesce(nw.col("channel"), nw.lit("other"))
    )
    return named.group_by("channel", "week").agg(cost=as_number(nw.col("cost")).sum())


def known_days(event: Frame) -> Frame:
    """Return how many days of each week hold an event of each kind in `KNOWN`: kind, week, days."""
    days = distinct(event.filter(nw.col("kind").is_in(list(KNOWN))).select("kind", "day"))
    counted = days.with_columns(week=week_number(nw.col("day"))).group_by("kind", "week")
    return counted.agg(n=nw.len()).select("kind", "week", days=nw.col("n").cast(nw.Int64()))
