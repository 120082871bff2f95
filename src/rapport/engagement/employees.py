"""Who of the brand's own people speaks of it, whom they reach, and what followed; never by name.

A person is counted only where the brand says that its people agreed to it, and what is told is of
all of them together.
"""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct, whole_sum

FOLLOWED = 30
"""Days within which an order of somebody reached counts as having followed, not as caused."""


def spoke(messages: Frame, staff: Frame) -> Frame:
    """Return what employees said of the brand in public, from their own accounts.

    Parameters
    ----------
    messages
        Messages of the period, with person_id, source, activity_id, day, channel.
    staff
        person_id of employees.
    """
    return messages.join(distinct(staff.select("person_id")), on="person_id", how="semi")


def voice(spoken: Frame) -> Frame:
    """Return how many employees spoke, how often, and how often well: people, messages, well.

    Parameters
    ----------
    spoken
        As `spoke` gives it, with says_well.
    """
    each = spoken.group_by("person_id").agg(
        messages=nw.len().cast(nw.Int64()), well=nw.col("says_well").sum()
    )
    return each.select(
        people=nw.len().cast(nw.Int64()),
        messages=whole_sum(nw.col("messages").fill_null(0)),
        well=nw.col("well").sum(),
    )


def followed(pairs: Frame, orders: Frame) -> Frame:
    """Return how many people employees' words reached, and of these who then ordered.

    Parameters
    ----------
    pairs
        other (who reacted), number (day on which they first did).
    orders
        person_id, number (day), money.

    Returns
    -------
    Frame
        reached, ordered (within FOLLOWED days), money: one row.
    """
    first = pairs.group_by("other").agg(since=nw.col("number").min())
    bought = first.join(
        orders.select("number", "money", other=nw.col("person_id")), on="other", how="inner"
    ).filter(nw.col("number") >= nw.col("since"), nw.col("number") <= nw.col("since") + FOLLOWED)
    sums = bought.group_by("other").agg(money=nw.col("money").sum())
    joined = first.join(sums, on="other", how="left")
    return joined.select(
        reached=nw.len().cast(nw.Int64()),
        ordered=whole_sum((~nw.col("money").is_null()).cast(nw.Int64())),
        money=nw.col("money").fill_null(0.0).sum(),
    )
