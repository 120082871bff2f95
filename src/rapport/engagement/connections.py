"""Who is connected with the brand, where and how, since when and until when."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame

FOLLOW, MEMBER, SUBSCRIPTION, CONTACT = "follow", "member", "subscription", "contact"
"""Ways to be connected: follows an account, joined a programme, gets the letter, has talked with
us."""

_LINK = ("person_id", "platform", "kind")


def followings(activity: Frame, links: Frame) -> Frame:
    """Return who began to follow, to be a member or to subscribe, and until when.

    A `Follow` or `Join` that was taken back (`Undo` of it) ended then. Of several accounts of one
    person on one platform the first beginning counts, and the end only when all have ended.

    Parameters
    ----------
    activity
        source, account_id, activity_id, occurred_on, verb, object_kind, object_id, channel.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id, platform, kind, since, until (times; until is null while it lasts).
    """
    verb, what = nw.col("verb"), nw.col("object_kind").fill_null("")
    member = (verb == "Join") & (what == "loyalty programme")
    begun = activity.filter((verb == "Follow") | member)
    kind = (
        nw.when(verb == "Join")
        .then(nw.lit(MEMBER))
        .otherwise(
            nw.when(what == "newsletter").then(nw.lit(SUBSCRIPTION)).otherwise(nw.lit(FOLLOW))
        )
    )
    named = begun.select(
        "source",
        "account_id",
        "activity_id",
        since=nw.col("occurred_on"),
        platform=nw.col("channel").fill_null(nw.col("source")),
        kind=kind,
    )
    ends = (
        activity.filter((verb == "Undo") & ~nw.col("object_id").is_null())
        .group_by("source", nw.col("object_id").alias("activity_id"))
        .agg(until=nw.col("occurred_on").min())
    )
    ended = named.join(ends, on=["source", "activity_id"], how="left")
    return _of_people(ended.join(links, on=["source", "account_id"], how="inner"))


def contacts(messages: Frame) -> Frame:
    """Return who has talked with the brand, on which channel, since when.

    Parameters
    ----------
    messages
        person_id, channel, occurred_on, from_brand.
    """
    own = messages.filter(~nw.col("from_brand") & ~nw.col("person_id").is_null())
    named = own.select(
        "person_id",
        since=nw.col("occurred_on"),
        until=nw.lit(None).cast(nw.Datetime("us")),
        platform=nw.col("channel").fill_null("other"),
        kind=nw.lit(CONTACT),
    )
    return _of_people(named)


def _of_people(named: Frame) -> Frame:
    open_ones = nw.col("until").is_null().cast(nw.Int64())
    grouped = named.group_by(*_LINK).agg(
        since=nw.col("since").min(), until=nw.col("until").max(), lasting=open_ones.max()
    )
    return grouped.select(
        *_LINK, "since", until=nw.when(nw.col("lasting") == 0).then(nw.col("until"))
    )
