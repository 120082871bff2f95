"""What was spent in a period, by channel: media, fees and rewards, and the making of posts."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.record.frames import Frame, to_units, whole_sum


def spend_by_channel(spend: Frame, since: dt.date, until: dt.date) -> Frame:
    """Return what was spent from `since` to `until`, both included.

    Returns
    -------
    Frame
        channel (small letters; "" where none is named), currency, units (ten-thousandths), rows.
    """
    there = spend.filter((nw.col("day") >= since) & (nw.col("day") <= until))
    return _summed(there.with_columns(channel=_named(nw.col("channel"))), "channel")


def cost_of_posts(post: Frame, since: dt.date, until: dt.date) -> Frame:
    """Return what posts of a period say they cost, those that were paid to be seen apart.

    Returns
    -------
    Frame
        paid (1 for posts shown against payment), currency, units (ten-thousandths), rows.
    """
    day = nw.col("published_on_day")
    there = post.filter((day >= since) & (day <= until), ~nw.col("cost").is_null())
    paid = nw.when(nw.col("paid").fill_null(value=False)).then(nw.lit(1)).otherwise(nw.lit(0))
    return _summed(there.with_columns(paid=paid.cast(nw.Int64())), "paid")


def _summed(rows: Frame, by: str) -> Frame:
    one = nw.lit(1).cast(nw.Int64())
    units = rows.select(by, "currency", units=to_units(nw.col("cost")), one=one)
    return units.group_by(by, "currency").agg(
        units=whole_sum(nw.col("units")), rows=whole_sum(nw.col("one"))
    )


def _named(channel: nw.Expr) -> nw.Expr:
    return channel.fill_null("").str.strip_chars().str.to_lowercase()
