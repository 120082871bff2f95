"""Was it settled the first time? Who had to ask again, and which requests were opened again."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, distinct, row_number, whole_sum


def contacts_again(requests: Frame, days: int) -> Frame:
    """Return requests that were answered, and whether the person asked again within so many days.

    Asking again counts from the first answer, on whatever channel. A request by nobody known, or
    answered so lately that asking again could not be seen yet, is left to the caller to filter:
    `settled` says the day from which on it is known.

    Parameters
    ----------
    requests
        person_id, source, request_id, channel, opened_on, answered_on, reopened, contacts.

    Returns
    -------
    Frame
        person_id, source, request_id, channel, again (1 when the person asked again in time),
        opened_again (1 when the request itself was opened again), settled (day number).
    """
    answered = requests.filter(~nw.col("answered_on").is_null() & ~nw.col("person_id").is_null())
    order = ["opened_on", "source", "request_id"]
    ranked = requests.filter(~nw.col("person_id").is_null()).select(
        "person_id", "source", "request_id", opened_day=day_number(nw.col("opened_on")),
        opened_on=nw.col("opened_on"), place=row_number(["person_id"], order),
    )  # fmt: skip
    following = ranked.select(
        "person_id", place=nw.col("place") - 1, next_on=nw.col("opened_on"),
        next_day=nw.col("opened_day"),
    )  # fmt: skip
    spaced = ranked.join(following, on=["person_id", "place"], how="left").select(
        "source", "request_id", "next_on", "next_day"
    )
    told = answered.join(spaced, on=["source", "request_id"], how="left")
    day = day_number(nw.col("answered_on"))
    again = (nw.col("next_on") > nw.col("answered_on")) & (nw.col("next_day") <= day + days)
    return told.select(
        "person_id",
        "source",
        "request_id",
        "channel",
        again=again.fill_null(False).cast(nw.Int64()),
        opened_again=(nw.col("reopened").fill_null(0) > 0).cast(nw.Int64()),
        settled=day + days,
    )


def resolution_counts(told: Frame, today: int) -> Frame:
    """Return by channel how many answered requests were settled at once.

    Returns
    -------
    Frame
        channel, requests (watched long enough), people, again, opened_again, settled_at_once
        (neither).
    """
    seen = told.filter(nw.col("settled") <= today)
    neither = (nw.col("again") == 0) & (nw.col("opened_again") == 0)
    people = distinct(seen.select("channel", "person_id")).group_by("channel").agg(people=nw.len())
    counts = seen.group_by("channel").agg(
        requests=nw.len(),
        again=whole_sum(nw.col("again")),
        opened_again=whole_sum(nw.col("opened_again")),
        settled_at_once=whole_sum(neither.cast(nw.Int64())),
    )
    return counts.join(people, on="channel", how="inner").select(
        "channel", "requests", "people", "again", "opened_again", "settled_at_once"
    )
