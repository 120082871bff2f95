"""Who is breaking up, why, and what is at risk: one row for each customer."""

from __future__ import annotations

import narwhals as nw

from rapport.engagement.trajectory.snapshots import CELLS
from rapport.record.frames import Frame

GONE = 0.5  # more likely than not has left already
BREAKING = 1 / 3  # the chance from which somebody counts as breaking up
STAYING, GOING, AWAY = "staying", "breaking up", "gone"
REASONS = (
    *("said_leaving", "complaint_unheard", "question_unheard", "complaint_heard"),
    *("unfollowed", "slowing", "silent"),
)
"""Why somebody is thought to be leaving, the plainest first."""


def listed(cells: Frame, chances: Frame, money: Frame, reach: Frame) -> Frame:
    """Return every customer with the chance of having left in three months and what goes with them.

    Parameters
    ----------
    cells
        As `snapshots.in_cells` gives them, of the last day alone.
    chances
        The columns of `CELLS`, chance, chance_low, chance_high.
    money
        person_id, year.
    reach
        person_id, channel (by which they can be reached), unheard_since (a date, or null).

    Returns
    -------
    Frame
        person_id, state, chance with its range, gone (chance of having left already), margin_year,
        margin_at_risk with low and high, because (codes of `REASONS`, parted by spaces), unheard
        (1 where a complaint or question waits), unheard_since, channel, orders (buying days),
        silent_days.
    """
    told = cells.join(chances, on=list(CELLS), how="inner")
    told = told.join(money, on="person_id", how="left").join(reach, on="person_id", how="left")
    year = nw.col("year").fill_null(0.0)
    state = (
        nw.when(nw.col("gone") >= GONE)
        .then(nw.lit(AWAY))
        .otherwise(
            nw.when(nw.col("chance") >= BREAKING).then(nw.lit(GOING)).otherwise(nw.lit(STAYING))
        )
    )
    waits = (nw.col("complaint_unheard") == 2) | (nw.col("question_unheard") == 2)
    return told.select(
        "person_id",
        "chance",
        "chance_low",
        "chance_high",
        "gone",
        "channel",
        state=state,
        margin_year=year,
        margin_at_risk=year * nw.col("chance"),
        low=year * nw.col("chance_low"),
        high=year * nw.col("chance_high"),
        because=_because(),
        unheard=waits.cast(nw.Int64()),
        unheard_since=nw.when(waits).then(nw.col("unheard_since")),
        orders=nw.col("times") + 1,
        silent_days=nw.col("snapshot") - nw.col("last"),
    )


def _because() -> nw.Expr:
    holds = {
        "said_leaving": nw.col("said_leaving") == 2,
        "complaint_unheard": nw.col("complaint_unheard") == 2,
        "question_unheard": nw.col("question_unheard") == 2,
        "complaint_heard": nw.col("complaint_heard") == 2,
        "unfollowed": nw.col("unfollowed") > 0,
        "slowing": nw.col("slowing") == 2,
        "silent": nw.col("gone") >= BREAKING / 2,
    }
    words = [
        nw.when(holds[name]).then(nw.lit(f"{name} ")).otherwise(nw.lit("")) for name in REASONS
    ]
    return nw.concat_str(words).str.strip_chars()


def waiting_since(asked: Frame, standing: Frame) -> Frame:
    """Return since when each person waits to be heard, of what they asked after their last order.

    Parameters
    ----------
    asked
        person_id, number (the day from which it was known), sign, opened (a date).
    standing
        person_id, last.

    Returns
    -------
    Frame
        person_id, unheard_since.
    """
    rows = asked.filter(nw.col("sign").is_in(["complaint_unheard", "question_unheard"])).join(
        standing.select("person_id", "last"), on="person_id", how="inner"
    )
    open_ = rows.filter(nw.col("number") >= nw.col("last"))
    return open_.group_by("person_id").agg(unheard_since=nw.col("opened").min())


def summed(listed: Frame, cells: Frame) -> Frame:
    """Return people and money by cell and state: all that the ranges of sums need.

    Parameters
    ----------
    listed
        As `listed` gives it.
    cells
        person_id and the columns of `CELLS`.

    Returns
    -------
    Frame
        The columns of `CELLS`, state, people, year, year_squared, gone.
    """
    joined = listed.select("person_id", "state", "margin_year", "gone").join(
        cells.select("person_id", *CELLS), on="person_id", how="inner"
    )
    return joined.group_by("state", *CELLS).agg(
        people=nw.len().cast(nw.Int64()),
        year=nw.col("margin_year").sum(),
        year_squared=(nw.col("margin_year") * nw.col("margin_year")).sum(),
        gone=nw.col("gone").sum(),
    )
