"""Who reacts to posts that were asked for, and to the same authors' own posts."""

from __future__ import annotations

import narwhals as nw

from rapport.people.gathering import REACTIONS
from rapport.record.frames import Frame, distinct, whole_sum


def reactions_to(activity: Frame, posts: Frame) -> Frame:
    """Return every account that reacted to one of these posts, once for each post.

    Parameters
    ----------
    activity
        source, account_id, verb, object_id, in_reply_to.
    posts
        post_id, person_id (the author).

    Returns
    -------
    Frame
        author, post_id, source, account_id.
    """
    deeds = activity.filter(
        nw.col("verb").is_in(list(REACTIONS)) & ~nw.col("account_id").is_null()
    ).select(
        "source",
        "account_id",
        post_id=nw.when(nw.col("verb") == "Create")
        .then(nw.col("in_reply_to"))
        .otherwise(nw.col("object_id")),
    )
    known = distinct(posts.select("post_id", author=nw.col("person_id")))
    return distinct(deeds.join(known, on="post_id", how="inner"))


def audiences(reactions: Frame, links: Frame, judged: Frame, customers: Frame) -> Frame:
    """Return whom each author reaches, of those who were seen to react.

    Parameters
    ----------
    reactions
        As `reactions_to` gives them.
    links
        source, account_id, person_id.
    judged
        source, account_id, suspicion (0 to 1).
    customers
        person_id of everybody who has bought.

    Returns
    -------
    Frame
        person_id (the author), reached (accounts), judged (of them), suspicious (a sum of
        chances), customers (who have bought already).
    """
    accounts = distinct(reactions.select("author", "source", "account_id"))
    told = (
        accounts.join(links, on=["source", "account_id"], how="left")
        .join(
            judged.select("source", "account_id", "suspicion"),
            on=["source", "account_id"],
            how="left",
        )
        .join(
            distinct(customers.select("person_id", is_customer=nw.lit(1))),
            on="person_id",
            how="left",
        )
    )
    return told.group_by("author").agg(
        reached=nw.len().cast(nw.Int64()),
        judged=whole_sum((~nw.col("suspicion").is_null()).cast(nw.Int64())),
        suspicious=nw.col("suspicion").fill_null(0.0).sum(),
        customers=whole_sum(nw.col("is_customer").fill_null(0)),
    )


def by_post(reactions: Frame, posts: Frame) -> Frame:
    """Return how many accounts reacted to each post, 0 for those to which nobody did.

    Returns
    -------
    Frame
        person_id, post_id, asked_for (1 for a post that was asked for), reactions.
    """
    counted = reactions.group_by("post_id").agg(reactions=nw.len().cast(nw.Int64()))
    joined = posts.join(counted, on="post_id", how="left")
    return joined.select(
        "person_id", "post_id", "asked_for", reactions=nw.col("reactions").fill_null(0)
    )
