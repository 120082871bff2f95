"""Counts of requests by how long they took: what the engine brings to a waiting time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import narwhals as nw

from rapport.listening.answering.business_hours import open_seconds, seconds
from rapport.record.frames import Frame, whole_sum

ANSWERED, ENDED, WAITING, HIDDEN = "answered", "ended", "waiting", "hidden"


def states(requests: Frame, now: dt.datetime) -> Frame:
    """Return each request with how it stands on `now`, and since when.

    An answer after `now` has not come yet. A request that ended without an answer (`ended_on`)
    will not get one; if an answer came all the same, it was answered. Requests opened after `now`,
    without a time, or answered before they were opened are left out.

    Parameters
    ----------
    requests
        opened_on, answered_on, and ended_on, in UTC; the rest is kept. With `hidden_on`, when a
        machine's reply came that hides a person's, a request is known to have waited until then.

    Returns
    -------
    Frame
        The rows with `state` ("answered", "ended", "waiting" or "hidden") and `until` (the time of
        it).
    """
    answered, ended = nw.col("answered_on"), nw.col("ended_on")
    came = ~answered.is_null() & (answered <= now)
    over = ~ended.is_null() & (ended <= now)
    state = (
        nw.when(came)
        .then(nw.lit(ANSWERED))
        .otherwise(nw.when(over).then(nw.lit(ENDED)).otherwise(nw.lit(WAITING)))
    )
    until = nw.when(came).then(answered).otherwise(nw.when(over).then(ended).otherwise(nw.lit(now)))
    if "hidden_on" in requests.collect_schema().names():
        unknown = ~came & ~nw.col("hidden_on").is_null() & (nw.col("hidden_on") <= now)
        state = nw.when(unknown).then(nw.lit(HIDDEN)).otherwise(state)
        until = nw.when(unknown).then(nw.col("hidden_on")).otherwise(until)
    told = requests.with_columns(state=state, until=until)
    return told.filter((nw.col("opened_on") <= now) & (nw.col("until") >= nw.col("opened_on")))


def waited(stood: Frame, clock: Frame | None = None) -> Frame:
    """Return requests with `seconds` from their opening until they were answered, ended, or now.

    Parameters
    ----------
    stood
        As `states` gives them.
    clock
        A calendar of business hours, to count only the time that the brand was open.
    """
    if clock is None:
        passed = seconds(nw.col("until")) - seconds(nw.col("opened_on"))
        return stood.with_columns(seconds=passed)
    both = open_seconds(stood, clock, {"open_then": "opened_on", "open_by": "until"})
    made = both.with_columns(seconds=nw.col("open_by") - nw.col("open_then"))
    return made.drop("open_then", "open_by")


def wait_counts(waits: Frame, by: Sequence[str]) -> Frame:
    """Return how many requests share a group, a wait to the nearest minute, and a state.

    It is all that a waiting time needs, however many requests there are.

    Returns
    -------
    Frame
        The columns of `by`, minutes, answered, ended, waiting, hidden (requests).
    """
    minutes = (nw.col("seconds") + 30) // 60
    told = waits.select(*by, "state", minutes=minutes.cast(nw.Int64()))
    each = {
        name: whole_sum((nw.col("state") == name).cast(nw.Int64()))
        for name in (ANSWERED, ENDED, WAITING, HIDDEN)
    }
    return told.group_by(*by, "minutes").agg(**each)


def left_out(requests: Frame, now: dt.datetime) -> Frame:
    """Return one row: requests, and why some cannot be counted.

    Returns
    -------
    Frame
        requests, without_time, later (opened after `now`), backwards (answered before opened).
    """
    opened, answered = nw.col("opened_on"), nw.col("answered_on")
    counted = {
        "without_time": opened.is_null(),
        "later": ~opened.is_null() & (opened > now),
        "backwards": ~answered.is_null() & ~opened.is_null() & (answered < opened),
    }
    sums = {k: whole_sum(test.cast(nw.Int64())).fill_null(0) for k, test in counted.items()}
    return requests.select(requests=nw.len(), **sums)
