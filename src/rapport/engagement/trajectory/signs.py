"""Signs of a break-up beside silence: not heard, said so, stopped following, still around."""

from __future__ import annotations

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.waits import HIDDEN
from rapport.record.frames import Frame, day_number, distinct

HEARD_WITHIN = 7  # days: who is answered later was not heard
ASKED = ("question", "purchase_intent", "suggestion")
TRACES = (
    *("visits", "store_visits", "messages", "reactions", "tickets"),
    *("referrals", "events", "surveys"),
)
LATELY = 3  # months
LEVELS = {"fully engaged": 1, "engaged": 2, "not engaged": 3, "actively disengaged": 4}


def asked(requests: Frame) -> Frame:
    """Return complaints heard and not heard, and questions not heard, from the day that is known.

    Requests whose answer is hidden are left out: nobody can say whether they were heard.

    Parameters
    ----------
    requests
        person_id, kind, state, opened_on, answered_on.

    Returns
    -------
    Frame
        person_id, number (a day), sign, opened (a date).
    """
    waited = seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))
    heard = (waited <= HEARD_WITHIN * 86_400).fill_null(False)
    known = requests.filter(~nw.col("person_id").is_null() & (nw.col("state") != HIDDEN))
    opened = day_number(nw.col("opened_on"))
    complaint = nw.col("kind") == "complaint"
    told = known.filter(complaint | nw.col("kind").is_in(list(ASKED))).select(
        "person_id",
        number=nw.when(heard).then(opened).otherwise(opened + HEARD_WITHIN).cast(nw.Int64()),
        opened=nw.col("opened_on").cast(nw.Date()),
        sign=nw.when(complaint & heard)
        .then(nw.lit("complaint_heard"))
        .otherwise(
            nw.when(complaint)
            .then(nw.lit("complaint_unheard"))
            .otherwise(nw.when(heard).then(nw.lit("")).otherwise(nw.lit("question_unheard")))
        ),
    )
    return told.filter(nw.col("sign") != "")


def said(messages: Frame) -> Frame:
    """Return who said they would leave, and when: person_id, number, sign, opened (a date)."""
    told = messages.filter(
        nw.col("is_leaving") & ~nw.col("from_brand") & ~nw.col("person_id").is_null()
    )
    return told.select(
        "person_id",
        number=day_number(nw.col("day")),
        sign=nw.lit("said_leaving"),
        opened=nw.col("day"),
    )


def ended(connections: Frame) -> Frame:
    """Return who stopped following or unsubscribed, and when: person_id, number, sign, opened.

    Parameters
    ----------
    connections
        person_id, kind, until (null while it lasts).
    """
    over = connections.filter(~nw.col("until").is_null() & (nw.col("kind") != "contact"))
    return over.select(
        "person_id",
        number=day_number(nw.col("until")),
        sign=nw.lit("unfollowed"),
        opened=nw.col("until").cast(nw.Date()),
    )


def seen_at(standing: Frame, person_months: Frame) -> Frame:
    """Return whether people were seen otherwise than buying, after the month they last bought in.

    Parameters
    ----------
    standing
        person_id, snapshot, last (days as numbers).
    person_months
        person_id, month (a date) and counts of what they did (`TRACES`).

    Returns
    -------
    Frame
        person_id, snapshot, seen: 2 for a trace of the last three months and after the month of
        the last order, 1 for any older one; who left none is missing.
    """
    trace = nw.lit(0)
    for name in TRACES:
        trace = trace + nw.col(name)
    months = person_months.filter(trace > 0).select("person_id", begins=day_number(nw.col("month")))
    begun = months.group_by("person_id").agg(begun=nw.col("begins").min())
    # of the months before a day, the newest alone says whether a trace is fresh
    recent = _within(months, distinct(standing.select("snapshot")), 0, 31 * LATELY)
    newest = recent.group_by("person_id", "snapshot").agg(newest=nw.col("begins").max())
    rows = standing.select("person_id", "snapshot", "last").join(begun, on="person_id", how="inner")
    told = rows.filter(nw.col("begun") <= nw.col("snapshot")).join(
        newest, on=["person_id", "snapshot"], how="left"
    )
    fresh = (nw.col("newest") > nw.col("last")).fill_null(value=False)
    return told.select(
        "person_id", "snapshot", seen=nw.when(fresh).then(2).otherwise(1).cast(nw.Int64())
    )


def _within(rows: Frame, snapshots: Frame, least: int, under: int) -> Frame:
    """Return rows with each day that is so many days after the month (`begins`) that they tell of.

    Months and days are few: they are matched before the many rows are joined.
    """
    days = nw.col("snapshot") - nw.col("begins")
    pairs = (
        distinct(rows.select("begins"))
        .join(snapshots.select("snapshot"), how="cross")
        .filter((days >= least) & (days < under))
    )
    return rows.join(pairs, on="begins", how="inner")


def level_at(snapshots: Frame, level_months: Frame) -> Frame:
    """Return each person's level in the month before each day: person_id, snapshot, level (1-4).

    Parameters
    ----------
    snapshots
        snapshot (a day, as a number).
    level_months
        person_id, month (a date), level.
    """
    code = nw.lit(0)
    for name, number in LEVELS.items():
        code = nw.when(nw.col("level") == name).then(number).otherwise(code)
    told = level_months.select(
        "person_id", begins=day_number(nw.col("month")), number=code.cast(nw.Int64())
    )
    near = _within(told, snapshots, 27, 58)
    return near.group_by("person_id", "snapshot").agg(level=nw.col("number").max())
