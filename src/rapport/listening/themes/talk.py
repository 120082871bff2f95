"""How much each topic is talked about, by whom, when and how: sums that the engine makes."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.listening.messages import SURVEY
from rapport.listening.themes.rising import BEFORE_DAYS, RECENT_DAYS
from rapport.record.frames import Frame, day_number, month_start, whole_sum


def spoken(messages: Frame) -> Frame:
    """Return what people wrote: each text once, nothing by the brand itself.

    Parameters
    ----------
    messages
        The result table `messages`.

    Returns
    -------
    Frame
        message_id, text, language, person_id, day, number (the day as `date.toordinal`), unasked
        (no answer to a survey), and negative, positive, complaint (1 or 0).
    """
    original = nw.col("copy_of").is_null() | (nw.col("copy_of") == nw.col("message_id"))
    return messages.filter(~nw.col("from_brand"), original, ~nw.col("day").is_null()).select(
        *("message_id", "text", "language", "person_id", "day"),
        number=day_number(nw.col("day")),
        unasked=nw.col("channel").fill_null("") != SURVEY,
        negative=(nw.col("sentiment") == "negative").cast(nw.Int64()),
        positive=(nw.col("sentiment") == "positive").cast(nw.Int64()),
        complaint=nw.col("is_complaint").cast(nw.Int64()),
    )


def with_late(said: Frame, last: int) -> Frame:
    """Return each distinct text and language with whether somebody wrote it of late."""
    late = (nw.col("number") > last - RECENT_DAYS).cast(nw.Int64()).max()
    return said.group_by("text", "language").agg(late=late)


def with_copies_placed(messages: Frame, placed: Frame) -> Frame:
    """Return the topic of every message of others: message_id, topic_id; a copy has its original's.

    Parameters
    ----------
    messages
        The result table `messages`.
    placed
        text, language, topic_id of distinct texts.
    """
    own = messages.filter(~nw.col("from_brand")).with_columns(
        first=nw.coalesce(nw.col("copy_of"), nw.col("message_id"))
    )
    told = (
        messages.join(placed, on=["text", "language"], how="inner")
        .select(first=nw.col("message_id"), topic_id=nw.col("topic_id"))
        .filter(~nw.col("topic_id").is_null())
    )
    return own.join(told, on="first", how="inner").select("message_id", "topic_id")


def topic_sums(said: Frame, topics: Frame, last: int) -> Frame:
    """Return one row a topic: how much is said, by how many, since when, how, of late and before.

    Parameters
    ----------
    said
        As `spoken` gives it.
    topics
        message_id, topic_id.
    last
        The last day, as `date.toordinal`.

    Returns
    -------
    Frame
        topic_id, messages, people, first_seen, last_seen, negative, positive, complaints; and of
        what was said unasked: recent (messages of the last 28 days), before (of the 84 days before
        those), earlier (of all days before the last 28).
    """
    start = last - RECENT_DAYS
    number, unasked = nw.col("number"), nw.col("unasked")
    recent = unasked & (number > start)
    before = unasked & (number <= start) & (number > start - BEFORE_DAYS)
    joined = said.join(topics, on="message_id", how="inner").with_columns(
        recent=recent.cast(nw.Int64()),
        before=before.cast(nw.Int64()),
        earlier=(unasked & (number <= start)).cast(nw.Int64()),
    )
    return joined.group_by("topic_id").agg(
        messages=nw.len().cast(nw.Int64()),
        people=nw.col("person_id").n_unique().cast(nw.Int64()),
        first_seen=nw.col("day").min(),
        last_seen=nw.col("day").max(),
        negative=whole_sum(nw.col("negative")),
        positive=whole_sum(nw.col("positive")),
        complaints=whole_sum(nw.col("complaint")),
        recent=whole_sum(nw.col("recent")),
        before=whole_sum(nw.col("before")),
        earlier=whole_sum(nw.col("earlier")),
    )


def topic_weeks(said: Frame, topics: Frame, last: int, weeks: int) -> Frame:
    """Return messages of each topic in each of the last weeks: topic_id, week (0: the last).

    Of answers to surveys nothing is counted: they come when the brand asks.
    """
    back = last - nw.col("number")
    joined = said.filter(nw.col("unasked")).join(topics, on="message_id", how="inner")
    return (
        joined.with_columns(week=back // 7)
        .filter((nw.col("week") >= 0) & (nw.col("week") < weeks))
        .group_by("topic_id", "week")
        .agg(messages=nw.len().cast(nw.Int64()))
    )


def topics_by_month(said: Frame, topics: Frame, least: int) -> Frame:
    """Return topic_id, month, messages, people, negative, complaints; small groups left out.

    Parameters
    ----------
    least
        People that a group must hold: of fewer, only that they wrote is told.
    """
    joined = said.join(topics, on="message_id", how="inner")
    rows = (
        joined.with_columns(month=month_start(nw.col("day")))
        .group_by("topic_id", "month")
        .agg(
            messages=nw.len().cast(nw.Int64()),
            people=nw.col("person_id").n_unique().cast(nw.Int64()),
            negative=whole_sum(nw.col("negative")),
            complaints=whole_sum(nw.col("complaint")),
        )
    )
    enough = nw.col("people") >= least
    return rows.select(
        *("topic_id", "month", "messages", "people"),
        negative=nw.when(enough).then(nw.col("negative")),
        complaints=nw.when(enough).then(nw.col("complaints")),
    )


def as_ordinal(day: dt.date) -> int:
    """Return a day, or the day of a time, as `date.toordinal`."""
    return day.toordinal()
