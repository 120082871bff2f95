"""Messages counted for a watch: by hour or day, in streams by kind, language, topic and brand."""

from __future__ import annotations

import narwhals as nw

from rapport.listening.messages import SURVEY
from rapport.record.frames import Frame, distinct, whole_sum

KINDS = ("volume", "negative", "complaint", "praise")
CUTS = ("all", "language", "topic", "brand")
_KNOWN_FROM = 20  # messages of a source before its times are judged


def heard(messages: Frame) -> Frame:
    """Return what others said unasked, each text once: no copies, nothing by the brand itself.

    Answers to surveys are left out: they come when the brand asks.

    Parameters
    ----------
    messages
        The result table `messages`.

    Returns
    -------
    Frame
        message_id, source, channel, occurred_on, day, account_id, person_id, in_reply_to, language,
        text, and is_negative, is_positive, is_complaint, is_praise.
    """
    unasked = nw.col("channel").is_null() | (nw.col("channel") != SURVEY)
    original = nw.col("copy_of").is_null() | (nw.col("copy_of") == nw.col("message_id"))
    return messages.filter(
        ~nw.col("from_brand"), original, unasked, ~nw.col("occurred_on").is_null()
    ).select(
        *("message_id", "source", "channel", "occurred_on", "day", "account_id", "person_id"),
        *("in_reply_to", "language", "text", "is_complaint", "is_praise"),
        is_negative=nw.col("sentiment") == "negative",
        is_positive=nw.col("sentiment") == "positive",
    )


def copies(messages: Frame) -> Frame:
    """Return how often each text was copied by others: message_id, copied."""
    again = nw.col("copy_of") != nw.col("message_id")
    return (
        messages.filter(~nw.col("from_brand"), ~nw.col("copy_of").is_null(), again)
        .group_by("copy_of")
        .agg(copied=nw.len())
        .select(message_id=nw.col("copy_of"), copied=nw.col("copied").cast(nw.Int64()))
    )


def precision(said: Frame) -> Frame:
    """Return for each source whether its times are days only.

    A source all of whose messages, twenty or more, stand at the full hour, and at two hours at most
    (midnight in summer and in winter), has days only.

    Returns
    -------
    Frame
        source, by_day.
    """
    time = nw.col("occurred_on").dt
    within = (time.minute() != 0) | (time.second() != 0)
    marked = said.select("source", hour=time.hour(), inside=within.cast(nw.Int64()))
    each = marked.group_by("source").agg(
        n=nw.len(), hours=nw.col("hour").n_unique(), inside=whole_sum(nw.col("inside"))
    )
    enough = nw.col("n").cast(nw.Int64()) >= _KNOWN_FROM
    few = nw.col("hours").cast(nw.Int64()) <= 2
    return each.select("source", by_day=enough & few & (nw.col("inside") == 0))


def stream_counts(said: Frame, parts: Frame, *, by_day: bool) -> Frame:
    """Return messages by stream and period.

    Parameters
    ----------
    said
        As `heard` gives it.
    parts
        What messages belong to beside all: message_id, cut ("topic" or "brand"), part.
    by_day
        Count by day instead of by hour.

    Returns
    -------
    Frame
        kind, cut, part, time (start of the period: UTC hours, or days of the brand's zone), count.
    """
    start = (
        nw.col("day").cast(nw.Datetime("us")) if by_day else nw.col("occurred_on").dt.truncate("1h")
    )
    timed = said.with_columns(time=start.cast(nw.Datetime("us")))
    flags = ("is_negative", "is_complaint", "is_praise")
    every = timed.select("time", *flags, cut=nw.lit("all"), part=nw.lit(""))
    spoken = timed.filter(~nw.col("language").is_null(), nw.col("language") != "und").select(
        "time", *flags, cut=nw.lit("language"), part=nw.col("language")
    )
    belonging = timed.join(parts, on="message_id", how="inner").select(
        "time", *flags, "cut", "part"
    )
    cuts = nw.concat([every, spoken, belonging], how="vertical")
    kinds = [
        (cuts if flag is None else cuts.filter(nw.col(flag))).select(
            "cut", "part", "time", kind=nw.lit(kind)
        )
        for kind, flag in zip(KINDS, (None, *flags), strict=True)
    ]
    counted = nw.concat(kinds, how="vertical").group_by("kind", "cut", "part", "time")
    return counted.agg(n=nw.len()).select(
        "kind", "cut", "part", "time", count=nw.col("n").cast(nw.Int64())
    )


def days(said: Frame) -> Frame:
    """Return messages of each day: day, volume, negative, complaint, praise."""
    flags = {kind: nw.col(f"is_{kind}").cast(nw.Int64()) for kind in KINDS[1:]}
    marked = said.select("day", **flags)
    sums = {kind: whole_sum(nw.col(kind)) for kind in flags}
    counted = marked.group_by("day").agg(volume=nw.len(), **sums)
    return counted.select("day", *flags, volume=nw.col("volume").cast(nw.Int64()))


def moods(said: Frame) -> Frame:
    """Return one row of sums that tell net sentiment and its range over authors.

    Returns
    -------
    Frame
        messages, people, positive, negative, and sums over people of products of their own
        counts: net_net, net_told, told_told (net is positive less negative, told is both).
    """
    who = nw.coalesce(nw.col("person_id"), nw.col("message_id"))
    marked = said.select(
        who=who,
        up=nw.col("is_positive").cast(nw.Int64()),
        down=nw.col("is_negative").cast(nw.Int64()),
    )
    each = marked.group_by("who").agg(
        n=nw.len(), up=whole_sum(nw.col("up")), down=whole_sum(nw.col("down"))
    )
    net, told = nw.col("up") - nw.col("down"), nw.col("up") + nw.col("down")
    return each.select("n", "up", "down", net=net, told=told).select(
        messages=whole_sum(nw.col("n")).fill_null(0),
        people=nw.len().cast(nw.Int64()),
        positive=whole_sum(nw.col("up")).fill_null(0),
        negative=whole_sum(nw.col("down")).fill_null(0),
        net_net=whole_sum(nw.col("net") * nw.col("net")).fill_null(0),
        net_told=whole_sum(nw.col("net") * nw.col("told")).fill_null(0),
        told_told=whole_sum(nw.col("told") * nw.col("told")).fill_null(0),
    )


def reach(said: Frame, accounts: Frame) -> Frame:
    """Return one row: the accounts that spoke and whose followers are known, and these followers.

    An account counts once, however often it speaks; people who follow two of them count twice.

    Parameters
    ----------
    said
        As `heard` gives it.
    accounts
        The table `account` of the record.

    Returns
    -------
    Frame
        accounts, followers.
    """
    known = (
        accounts.filter(~nw.col("followers").is_null())
        .group_by("source", "account_id")
        .agg(followers=nw.col("followers").max())
    )
    spoke = distinct(said.filter(~nw.col("account_id").is_null()).select("source", "account_id"))
    joined = spoke.join(known, on=["source", "account_id"], how="inner")
    return joined.select(
        accounts=nw.len().cast(nw.Int64()), followers=whole_sum(nw.col("followers")).fill_null(0)
    )
