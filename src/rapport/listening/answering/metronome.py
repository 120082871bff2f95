"""Answers on help desks that come after always the same minutes: a machine's, not a person's.

A desk's table says only when the first reply came. Where far more requests are answered after one
exact number of minutes than after a little less or a little more, day and night, an automatic reply
was counted as the first. When a person answered is then not known: the request was seen waiting
until the machine's reply, and no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.record.frames import Frame

FEWEST = 20
SOONEST = 3  # minutes: before that people answer chats and calls, and both sides must be seen
TIMES = 5.0
HOURS = 12


def delays(requests: Frame) -> Frame:
    """Return how many requests of a desk were answered after how many minutes, by hour of the day.

    Returns
    -------
    Frame
        source, channel, minutes (whole, at most a day), hour, requests.
    """
    told = requests.filter((nw.col("public") == 0) & ~nw.col("answered_on").is_null()).select(
        "source",
        "channel",
        minutes=delay_minutes(),
        hour=nw.col("opened_on").dt.hour().cast(nw.Int64()),
    )
    short = told.filter((nw.col("minutes") >= 0) & (nw.col("minutes") <= 1440))
    return short.group_by("source", "channel", "minutes", "hour").agg(requests=nw.len())


def metronomes(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    """Return the delays that are a machine's: source, channel, minutes.

    Parameters
    ----------
    rows
        As `delays` gives them.

    Examples
    --------
    >>> def answered(minutes, each):
    ...     base = {"source": "desk", "channel": "mail", "minutes": minutes, "requests": each}
    ...     return [{**base, "hour": hour} for hour in range(24)]
    >>> metronomes([*answered(3, 2), *answered(5, 30), *answered(8, 2)])
    [('desk', 'mail', 5)]
    """
    counts: dict[tuple[str, str], dict[int, int]] = {}
    hours: dict[tuple[str, str, int], set[int]] = {}
    for row in rows:
        desk, minutes = (row["source"], row["channel"]), row["minutes"]
        by = counts.setdefault(desk, {})
        by[minutes] = by.get(minutes, 0) + row["requests"]
        hours.setdefault((*desk, minutes), set()).add(row["hour"])
    found = []
    for desk, by in counts.items():
        for minutes, many in by.items():
            beside = max(by.get(minutes + k, 0) for k in (-3, -2, 2, 3))
            steady = many >= FEWEST and many >= TIMES * max(beside, 1)
            if minutes >= SOONEST and steady and len(hours[(*desk, minutes)]) >= HOURS:
                found.append((*desk, minutes))
    return sorted(found)


def hidden(requests: Frame, machines: Iterable[tuple[str, str, int]]) -> Frame:
    """Return requests with `hidden_on` where a machine's reply hides a person's, and no answer.

    Parameters
    ----------
    machines
        As `metronomes` gives them.
    """
    there = nw.lit(value=False)
    for source, channel, minutes in machines:
        same = (nw.col("source") == source) & (nw.col("channel") == channel)
        there = there | (same & (delay_minutes() == minutes)).fill_null(False)
    desk = there & (nw.col("public") == 0)
    return requests.with_columns(
        hidden_on=nw.when(desk).then(nw.col("answered_on")),
        answered_on=nw.when(~desk).then(nw.col("answered_on")),
        ended_on=nw.when(~desk).then(nw.col("ended_on")),
    )


def delay_minutes() -> nw.Expr:
    """Return the whole minutes from the opening to the answer."""
    return (seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))) // 60
