"""Which message answers which: conversations rebuilt from what each message replies to."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, Keep, as_is, distinct

DESK_KINDS = ("ticket", "call", "conversation")
"""Kinds of an activity that is the opening of a help desk's own request."""

_DOUBLINGS = 6  # replies to replies, 64 deep


def of_talk(activity: Frame) -> Frame:
    """Return what was written, and the openings of requests at help desks.

    It is a small part of what people do, most of which has no words, and worth keeping by itself.
    """
    wrote = (nw.col("verb") == "Create") & ~nw.col("text").is_null()
    opened = nw.col("object_kind").fill_null("").is_in(list(DESK_KINDS))
    return activity.filter(wrote | opened).select(
        *("source", "activity_id", "occurred_on", "channel", "account_id", "verb", "object_kind"),
        *("object_id", "in_reply_to", "text", "url"),
    )


def public_messages(activity: Frame, brand: Frame) -> Frame:
    """Return each message that somebody wrote, once, with whether the brand wrote it.

    Two sources may hold one message of a network, under its own id: what either knows is kept.

    Parameters
    ----------
    activity
        The record's table.
    brand
        channel, account_id of the brand's own accounts and people.

    Returns
    -------
    Frame
        channel, message_id, source, account_id, from_brand, occurred_on, in_reply_to, text, url.
    """
    kind = nw.col("object_kind").fill_null("")
    wrote = activity.filter(
        (nw.col("verb") == "Create") & ~nw.col("text").is_null() & ~kind.is_in(list(DESK_KINDS))
    ).with_columns(nw.col("channel").fill_null(nw.col("source")))
    ours = distinct(brand.select("channel", "account_id")).with_columns(ours=nw.lit(1))
    known = wrote.join(ours, on=["channel", "account_id"], how="left")
    mine = nw.col("ours").fill_null(0)
    return (
        known.with_columns(mine=mine)
        .group_by("channel", nw.col("activity_id").alias("message_id"))
        .agg(
            source=nw.col("source").min(),
            account_id=nw.col("account_id").max(),
            from_brand=nw.col("mine").max() > 0,
            occurred_on=nw.col("occurred_on").min(),
            in_reply_to=nw.col("in_reply_to").max(),
            text=nw.col("text").max(),
            url=nw.col("url").max(),
        )
    )


def brand_accounts(account: Frame, post: Frame) -> Frame:
    """Return the accounts that speak for the brand: its own, its people's, and who posts for it.

    Returns
    -------
    Frame
        channel, account_id.
    """
    ours = nw.col("is_brand").fill_null(False) | nw.col("is_employee").fill_null(False)
    named = account.filter(ours).select(
        "account_id", channel=nw.col("channel").fill_null(nw.col("source"))
    )
    posts = post.filter(~nw.col("account_id").is_null()).select(
        "account_id", channel=nw.col("channel").fill_null(nw.col("source"))
    )
    both = nw.concat([named, posts.select("account_id", "channel")], how="vertical")
    return distinct(both.select("channel", "account_id"))


def threads(messages: Frame, keep: Keep = as_is) -> Frame:
    """Return each message with the one that began its conversation.

    A conversation begins with a message that answers nothing in the record, or with a customer's
    answer to a post of the brand: each such answer begins one of its own. Replies in a circle
    belong to none and are left out.

    Parameters
    ----------
    messages
        As `public_messages` gives them, whole: `in_reply_to` may lead to any of them.
    keep
        What is done with the links between rounds.

    Returns
    -------
    Frame
        The rows with root (message_id of the first), parent (message_id of the one answered, null
        where it is not in the record) and reacted (time of that one).
    """
    above = messages.select(
        "channel",
        parent=nw.col("message_id"),
        parent_from_brand=nw.col("from_brand"),
        parent_answers=nw.col("in_reply_to"),
        reacted=nw.col("occurred_on"),
    )
    linked = messages.with_columns(parent=nw.col("in_reply_to")).join(
        above, on=["channel", "parent"], how="left"
    )
    there = messages.select("channel", parent_answers=nw.col("message_id"), there=nw.lit(1))
    linked = linked.join(there, on=["channel", "parent_answers"], how="left")
    found = ~nw.col("reacted").is_null()
    under_a_post = ~nw.col("from_brand") & nw.col("parent_from_brand") & nw.col("there").is_null()
    first = ~found | under_a_post
    linked = keep(
        linked.with_columns(
            parent=nw.when(found).then(nw.col("parent")),
            root=nw.when(first).then(nw.col("message_id")).otherwise(nw.col("parent")),
            begins=first,
        ).drop("there", "parent_from_brand", "parent_answers")
    )
    roots = linked.select("channel", "message_id", "root")
    for _ in range(_DOUBLINGS):
        up = roots.select("channel", root=nw.col("message_id"), higher=nw.col("root"))
        roots = keep(
            roots.join(up, on=["channel", "root"], how="inner").select(
                "channel", "message_id", root=nw.col("higher")
            )
        )
    own = linked.filter(nw.col("begins")).select("channel", root=nw.col("message_id"))
    placed = keep(roots.join(own, on=["channel", "root"], how="inner"))
    return linked.drop("root", "begins").join(placed, on=["channel", "message_id"], how="inner")
