"""Who complained, was answered and made good, and came back or praised afterwards.

As in `rapport.listening.answering.outcomes`, whether somebody was answered is looked at on a fixed
day after the complaint, and what they did is counted from that day on for all alike (the landmark
method, Anderson, Cain & Gelber 1983). Without that, whoever left at once would look unanswered.
"""

from __future__ import annotations

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.outcomes import LANDMARK
from rapport.listening.answering.waits import HIDDEN
from rapport.record.frames import Frame, day_number, distinct, row_number, whole_sum

ANSWERED, ALONE = "answered", "left alone"
ILL = ("complaint", "leaving")
FOLLOW = 90
"""Days after the landmark in which what critics brought is counted."""
CELLS = ("prior", "recency", "spent", "kind")
_BAD = "bad"


def critics(requests: Frame, today: int, *, kinds_known: bool = True) -> Frame:
    """Return each person's first complaint that can be followed, and what became of it.

    Parameters
    ----------
    requests
        As the step `answering` writes them; those whose answer is hidden are left out.
    today
        The last day of the record, as `date.toordinal`.
    kinds_known
        Whether requests say what they are; else each of them counts as a complaint.

    Returns
    -------
    Frame
        person_id, kind, opened (day number), answered ("answered" within LANDMARK days, or "left
        alone" then), ever (1: a person answered at any time), good (1: solved, not opened again,
        not rated badly; only where the help desk says when it was solved, else null).
    """
    known = ~nw.col("person_id").is_null() & (nw.col("state") != HIDDEN)
    if kinds_known:
        known = known & nw.col("kind").is_in([*ILL])
    waited = seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))
    soon = (waited <= LANDMARK * 86_400).fill_null(value=False)
    again = (nw.col("reopened").fill_null(0) > 0) | (nw.col("rating").fill_null("") == _BAD)
    solved = ~nw.col("solved_on").is_null()
    told = requests.filter(known).select(
        *("person_id", "request_id", "opened_on"),
        kind=nw.col("kind").fill_null("unknown"),
        opened=day_number(nw.col("opened_on")),
        answered=nw.when(soon).then(nw.lit(ANSWERED)).otherwise(nw.lit(ALONE)),
        ever=(~nw.col("answered_on").is_null()).cast(nw.Int64()),
        good=nw.when(solved).then((~again).cast(nw.Int64())),
    )
    seen = told.filter(nw.col("opened") + LANDMARK + FOLLOW <= today)
    ranked = seen.with_columns(place=row_number(["person_id"], ["opened_on", "request_id"]))
    return ranked.filter(nw.col("place") == 1).drop("place", "request_id", "opened_on")


def with_history(cases: Frame, money: Frame) -> Frame:
    """Return the cases with what people had bought before, in bands, and brought after.

    Parameters
    ----------
    cases
        As `critics` gives them.
    money
        person_id, number (day), money (a float): orders of known people.

    Returns
    -------
    Frame
        The cases with prior (buying days before: "0", "1", "2-3", "4+"), recency (days since the
        last: "30", "180", "older", "none"), spent ("none", "small", "large": against the mean of
        all cases), and gain (money in FOLLOW days after the landmark).
    """
    days = money.group_by("person_id", "number").agg(money=nw.col("money").sum())
    joined = cases.select("person_id", "opened").join(days, on="person_id", how="inner")
    before = joined.filter(nw.col("number") < nw.col("opened"))
    history = before.group_by("person_id").agg(
        times=nw.len(), last=nw.col("number").max(), sum_before=nw.col("money").sum()
    )
    start = nw.col("opened") + LANDMARK
    after = joined.filter(nw.col("number") > start, nw.col("number") <= start + FOLLOW)
    gained = after.group_by("person_id").agg(gain=nw.col("money").sum())
    told = cases.join(history, on="person_id", how="left").join(gained, on="person_id", how="left")
    filled = told.with_columns(
        times=nw.col("times").fill_null(0),
        since=nw.col("opened") - nw.col("last"),
        sum_before=nw.col("sum_before").fill_null(0.0),
        gain=nw.col("gain").fill_null(0.0),
    )
    mean = filled.select(mean=nw.col("sum_before").mean())
    whole = filled.join(mean, how="cross")
    return whole.with_columns(
        prior=_bands(nw.col("times")),
        recency=_recency(nw.col("since")),
        spent=nw.when(nw.col("times") == 0)
        .then(nw.lit("none"))
        .otherwise(
            nw.when(nw.col("sum_before") > nw.col("mean"))
            .then(nw.lit("large"))
            .otherwise(nw.lit("small"))
        ),
    ).drop("times", "last", "since", "sum_before", "mean")


def money_cells(cases: Frame) -> Frame:
    """Return how many people share a history and an answer, and what they then brought.

    Returns
    -------
    Frame
        answered, prior, recency, spent, kind, people, gain, squares.
    """
    marked = cases.with_columns(square=nw.col("gain") * nw.col("gain"))
    return marked.group_by("answered", *CELLS).agg(
        people=nw.len().cast(nw.Int64()), gain=nw.col("gain").sum(), squares=nw.col("square").sum()
    )


def outcomes(cases: Frame) -> Frame:
    """Return how many were approached, answered and made good.

    Returns
    -------
    Frame
        critics, ever, soon, known (whose solution is known), good: one row.
    """
    soon = (nw.col("answered") == ANSWERED).cast(nw.Int64())
    return cases.select(
        critics=nw.len().cast(nw.Int64()),
        ever=whole_sum(nw.col("ever")),
        soon=whole_sum(soon),
        known=whole_sum((~nw.col("good").is_null()).cast(nw.Int64())),
        good=whole_sum(nw.col("good").fill_null(0)),
    )


def turning(cases: Frame, deeds: Frame, today: int) -> Frame:
    """Return how long it took until critics praised or bought again, counted from the landmark.

    Parameters
    ----------
    cases
        As `critics` gives them.
    deeds
        person_id, number (day): on which people bought, or said something well.
    today
        The last day of the record.

    Returns
    -------
    Frame
        answered, days, turned (1) or not yet (0), people.
    """
    start = nw.col("opened") + LANDMARK
    joined = cases.select("person_id", "opened").join(
        distinct(deeds.select("person_id", "number")), on="person_id", how="inner"
    )
    first = (
        joined.filter(nw.col("number") > start)
        .group_by("person_id")
        .agg(turned_on=nw.col("number").min())
    )
    told = cases.join(first, on="person_id", how="left").with_columns(
        turned=(~nw.col("turned_on").is_null()).cast(nw.Int64()),
        days=nw.coalesce(nw.col("turned_on"), nw.lit(today).cast(nw.Int64())) - start,
    )
    return told.group_by("answered", "days", "turned").agg(people=nw.len().cast(nw.Int64()))


def _bands(times: nw.Expr) -> nw.Expr:
    many = nw.when(times >= 4).then(nw.lit("4+")).otherwise(nw.lit("2-3"))
    few = nw.when(times == 1).then(nw.lit("1")).otherwise(many)
    return nw.when(times == 0).then(nw.lit("0")).otherwise(few)


def _recency(days: nw.Expr) -> nw.Expr:
    far = nw.when(days <= 180).then(nw.lit("180")).otherwise(nw.lit("older"))
    near = nw.when(days <= 30).then(nw.lit("30")).otherwise(far)
    return nw.when(days.is_null()).then(nw.lit("none")).otherwise(near)
