"""What people did after they asked and were answered fast, slowly, or not at all.

Whether somebody was answered is looked at on a fixed day after the request, and what they did is
counted from that day on for all alike. Otherwise whoever wrote to us again in time would look
answered because of it (the landmark method, Anderson, Cain & Gelber 1983).
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.waits import HIDDEN
from rapport.record.frames import Frame, day_number, distinct, row_number, whole_sum

LANDMARK = 7  # days
HORIZONS = (30, 90)
FAST, SLOW, NEVER = "fast", "slow", "never"
CELLS = ("prior", "recency", "kind")


def cases(requests: Frame, today: int, fast_hours: float, follow: int = HORIZONS[0]) -> Frame:
    """Return each person's first request that can be followed, and how it was answered.

    Parameters
    ----------
    requests
        person_id, opened_on, answered_on, state, kind; requests of nobody known, and those whose
        answer is hidden, are left out.
    today
        The last day of the record, as `date.toordinal`.
    follow
        Days after the landmark in which people must have been watched.

    Returns
    -------
    Frame
        person_id, kind, opened (day number), answered: "fast" (within `fast_hours`), "slow"
        (within `LANDMARK` days), "never" (not by then).
    """
    waited = seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))
    fast = (waited <= int(fast_hours * 3600)).fill_null(False)
    slow = (waited <= LANDMARK * 86_400).fill_null(False)
    known = ~nw.col("person_id").is_null() & (nw.col("state") != HIDDEN)
    told = requests.filter(known).select(
        "person_id",
        "request_id",
        "opened_on",
        kind=nw.col("kind").fill_null("unknown"),
        opened=day_number(nw.col("opened_on")),
        answered=nw.when(fast)
        .then(nw.lit(FAST))
        .otherwise(nw.when(slow).then(nw.lit(SLOW)).otherwise(nw.lit(NEVER))),
    )
    seen = told.filter(nw.col("opened") + LANDMARK + follow <= today)
    ranked = seen.with_columns(place=row_number(["person_id"], ["opened_on", "request_id"]))
    first = ranked.filter(nw.col("place") == 1)
    return first.select("person_id", "kind", "opened", "answered")


def outcome_cells(cases: Frame, buying: Frame, events: Frame, follow: Sequence[int]) -> Frame:
    """Return how many people share a history and an answer, and what how many of them then did.

    Parameters
    ----------
    cases
        As `cases` gives them.
    buying
        person_id, number (day of an order), on which histories rest.
    events
        person_id, number (day), what ("bought", "praised", "complained", "left").
    follow
        Days after the landmark, for each of which is counted who did it at least once.

    Returns
    -------
    Frame
        answered, prior (buying days before: "0", "1", "2-3", "4+"), recency (days since the last:
        "30", "180", "older", "none"), kind, people, and bought_30, praised_30, … (people).
    """
    days = distinct(buying.select("person_id", bought_on=nw.col("number")))
    before = cases.join(days, on="person_id", how="inner").filter(
        nw.col("bought_on") < nw.col("opened")
    )
    history = before.group_by("person_id").agg(times=nw.len(), last=nw.col("bought_on").max())
    told = cases.join(history, on="person_id", how="left")
    times, since = nw.col("times").fill_null(0), nw.col("opened") - nw.col("last")
    told = told.with_columns(prior=_bands(times), recency=_recency(since))
    start = nw.col("opened") + LANDMARK
    names = [f"{what}_{span}" for what in WHATS for span in follow]
    later = cases.join(events, on="person_id", how="inner").filter(nw.col("number") > start)
    did = later.group_by("person_id").agg(
        *(
            ((nw.col("what") == what) & (nw.col("number") <= start + span))
            .cast(nw.Int64())
            .max()
            .alias(f"{what}_{span}")
            for what in WHATS
            for span in follow
        )
    )
    joined = told.join(did, on="person_id", how="left")
    return joined.group_by("answered", *CELLS).agg(
        nw.len().alias("people"),
        *(whole_sum(nw.col(name).fill_null(0)).alias(name) for name in names),
    )


WHATS = ("bought", "praised", "complained", "left")


def _bands(times: nw.Expr) -> nw.Expr:
    many = nw.when(times >= 4).then(nw.lit("4+")).otherwise(nw.lit("2-3"))
    return (
        nw.when(times == 0)
        .then(nw.lit("0"))
        .otherwise(nw.when(times == 1).then(nw.lit("1")).otherwise(many))
    )


def _recency(days: nw.Expr) -> nw.Expr:
    far = nw.when(days <= 180).then(nw.lit("180")).otherwise(nw.lit("older"))
    near = nw.when(days <= 30).then(nw.lit("30")).otherwise(far)
    return nw.when(days.is_null()).then(nw.lit("none")).otherwise(near)
