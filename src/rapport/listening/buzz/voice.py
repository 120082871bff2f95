"""Share of voice and net sentiment, with ranges that know that one author may speak often."""

from __future__ import annotations

import datetime as dt
import math

import narwhals as nw

from rapport.estimate import EDGE
from rapport.record.frames import Frame, day_number, whole_sum

RIVALS = ("brand", "competitor")
_GROUP = ("week", "channel")


def rivals(said: Frame, mentions: Frame) -> Frame:
    """Return mentions of the brand and its competitors, with who wrote them, where and when.

    Parameters
    ----------
    said
        As `rapport.listening.buzz.counting.heard` gives it.
    mentions
        The result table `mentions`.

    Returns
    -------
    Frame
        week (whole weeks since Monday 1 January of the year 1), channel ("" stands for all), who,
        target, target_kind, up, down: one row for each message and target, once for its channel
        and once for all.
    """
    named = mentions.filter(nw.col("target_kind").is_in(list(RIVALS))).select(
        "message_id", "target", "target_kind", mood=nw.col("sentiment")
    )
    joined = said.join(named, on="message_id", how="inner").select(
        "target",
        "target_kind",
        week=(day_number(nw.col("day")) - 1) // 7,
        where=nw.coalesce(nw.col("channel"), nw.lit("other")),
        who=nw.coalesce(nw.col("person_id"), nw.col("message_id")),
        up=(nw.col("mood") == "positive").fill_null(value=False).cast(nw.Int64()),
        down=(nw.col("mood") == "negative").fill_null(value=False).cast(nw.Int64()),
    )
    columns = ("week", "channel", "who", "target", "target_kind", "up", "down")
    own = joined.with_columns(channel=nw.col("where")).select(*columns)
    every = joined.with_columns(channel=nw.lit("")).select(*columns)
    return nw.concat([own, every], how="vertical")


def voices(named: Frame) -> Frame:
    """Return, by week, channel and target, the sums that tell shares and their ranges.

    Parameters
    ----------
    named
        As `rivals` gives it.

    Returns
    -------
    Frame
        week, channel, target, target_kind, messages, people, positive, negative, all_messages and
        all_people (of every target), and sums over people of products of their own counts: own_own,
        own_all (own mentions of the target, all of every target), all_all, net_net, net_told,
        told_told.
    """
    by_who = named.group_by(*_GROUP, "who").agg(every=nw.len())
    by_who = by_who.with_columns(every=nw.col("every").cast(nw.Int64()))
    whole = by_who.group_by(*_GROUP).agg(
        all_messages=whole_sum(nw.col("every")),
        all_people=nw.len(),
        all_all=whole_sum(nw.col("every") * nw.col("every")),
    )
    target = ("target", "target_kind")
    own = named.group_by(*_GROUP, *target, "who").agg(
        own=nw.len(), up=whole_sum(nw.col("up")), down=whole_sum(nw.col("down"))
    )
    both = own.join(by_who, on=[*_GROUP, "who"], how="inner").with_columns(
        own=nw.col("own").cast(nw.Int64()),
        net=nw.col("up") - nw.col("down"),
        told=nw.col("up") + nw.col("down"),
    )
    products = {
        f"{a}_{b}": whole_sum(
            nw.col("every" if a == "all" else a) * nw.col("every" if b == "all" else b)
        )
        for a, b in (
            ("own", "own"),
            ("own", "all"),
            ("net", "net"),
            ("net", "told"),
            ("told", "told"),
        )
    }
    sums = both.group_by(*_GROUP, *target).agg(
        messages=whole_sum(nw.col("own")),
        people=nw.len(),
        positive=whole_sum(nw.col("up")),
        negative=whole_sum(nw.col("down")),
        **products,
    )
    joined = sums.join(whole, on=list(_GROUP), how="inner")
    return joined.with_columns(
        people=nw.col("people").cast(nw.Int64()), all_people=nw.col("all_people").cast(nw.Int64())
    )


def ratio(
    part: float, whole: float, squares: tuple[float, float, float], people: int
) -> tuple[float, float, float] | None:
    """Return part / whole with its range, authors taken as drawn and not messages.

    Parameters
    ----------
    part, whole
        Sums over people.
    squares
        Sums over people of part * part, part * whole, whole * whole.
    people
        How many there are.

    Returns
    -------
    value, low, high
        By the linearised variance of a ratio (Cochran 1977, section 6.9); None under two people
        or when there is nothing to divide by.

    Examples
    --------
    >>> value, low, high = ratio(30, 100, (30, 30, 100), 100)  # a message each
    >>> round(value, 2), round(low, 2), round(high, 2)
    (0.3, 0.22, 0.38)
    """
    if whole <= 0 or people < 2:
        return None
    value = part / whole
    left = max(squares[0] - 2 * value * squares[1] + value**2 * squares[2], 0.0)
    error = math.sqrt(left * people / (people - 1)) / whole
    return value, value - EDGE * error, value + EDGE * error


def monday(week: int) -> dt.date:
    """Return the Monday of a week as `rivals` numbers them.

    Examples
    --------
    >>> monday((dt.date(2026, 3, 5).toordinal() - 1) // 7)
    datetime.date(2026, 3, 2)
    """
    return dt.date.fromordinal(week * 7 + 1)
