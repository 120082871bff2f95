"""What was known of each customer on some past days, and whether they had left soon after.

A past day can be judged by what came later: whoever bought more than three months on had not left
then. Of the others only a chance is known (`silence`), and that chance is the label.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import narwhals as nw

from rapport.engagement.trajectory.silence import Habit, Silence, with_chance_left
from rapport.record.frames import Frame, Keep, as_is, light_sum

AHEAD = 91  # days: the three months within which somebody leaves
HALF_YEAR = 182
YEAR = 365
SIGNS = ("complaint_unheard", "complaint_heard", "question_unheard", "said_leaving", "unfollowed")
CELLS = ("rhythm", "often", "slowing", "tenure", "seen", "level", *SIGNS)
EDGE = 8  # the highest and lowest band of the chance that the rhythm gives


def standing_at(buying: Frame, snapshots: Frame, watched: int) -> Frame:
    """Return each customer's buying as it was known on each day, and how it went on.

    Parameters
    ----------
    buying
        person_id, number (day of an order, as `date.toordinal`), each day once.
    snapshots
        snapshot (a day, as a number).
    watched
        The last day of the record; later orders are left out.

    Returns
    -------
    Frame
        person_id, snapshot, times (buying days after the first), first, last, recent (buying days
        of the last half year); times_in_all and last_in_all up to `watched`.
    """
    there = buying.filter(nw.col("number") <= watched).join(snapshots, how="cross")
    before = nw.col("number") <= nw.col("snapshot")
    lately = before & (nw.col("number") > nw.col("snapshot") - HALF_YEAR)
    told = there.with_columns(
        so_far=nw.when(before).then(nw.col("number")),
        is_before=before.cast(nw.Int64()),
        is_recent=lately.cast(nw.Int64()),
    )
    known = told.group_by("person_id", "snapshot").agg(
        times=light_sum(nw.col("is_before")) - 1,
        first=nw.col("number").min(),
        last=nw.col("so_far").max(),
        recent=light_sum(nw.col("is_recent")),
        times_in_all=nw.len().cast(nw.Int64()) - 1,
        last_in_all=nw.col("number").max(),
    )
    return known.filter(nw.col("times") >= 0)


def judged_later(standing: Frame, habit: Habit, watched: int, keep: Keep = as_is) -> Frame:
    """Return the same rows with left: the chance of having left within `AHEAD` days after.

    It rests on all that came until `watched`: 0 for whoever bought later.
    """
    last = nw.col("last_in_all")
    silence = Silence(
        times=nw.col("times_in_all"),
        spell=last - nw.col("first"),
        by=nw.col("snapshot") + AHEAD - last,
        silent=watched - last,
    )
    told = with_chance_left(standing, habit, "left", silence, keep)
    bought = nw.col("snapshot") + AHEAD <= last
    return told.with_columns(left=nw.when(bought).then(0.0).otherwise(nw.col("left")))


def with_rhythm(standing: Frame, habit: Habit, keep: Keep = as_is) -> Frame:
    """Return the same rows with what their own rhythm says, on that day and three months on.

    Returns
    -------
    Frame
        The rows with gone (chance of having left already) and soon (within `AHEAD` days), both
        from what was known on the day.
    """
    times, spell = nw.col("times"), nw.col("last") - nw.col("first")
    silent = nw.col("snapshot") - nw.col("last")
    silence = Silence(times, spell, silent, silent)
    told = with_chance_left(standing, habit, "gone", silence, keep)
    # until then as well, only the usual rate of leaving is added
    later = 1.0 - (1.0 - nw.col("gone")) * math.exp(-habit.leaving * AHEAD)
    return told.with_columns(soon=later)


def signs_at(standing: Frame, signs: Frame) -> Frame:
    """Return for each row which signs there had been within a year: a column for each of `SIGNS`.

    Parameters
    ----------
    standing
        person_id, snapshot, last.
    signs
        person_id, number (the day from which it was known), sign (one of `SIGNS`).

    Returns
    -------
    Frame
        person_id, snapshot and a column for each sign: 0 for none, 1 for one after which they
        bought again, 2 for one after which they have not.
    """
    rows = standing.select("person_id", "snapshot", "last").join(signs, on="person_id", how="inner")
    known = (nw.col("number") <= nw.col("snapshot")) & (
        nw.col("number") > nw.col("snapshot") - YEAR
    )
    state = nw.when(nw.col("number") >= nw.col("last")).then(2).otherwise(1)
    return (
        rows.filter(known)
        .with_columns(state=state.cast(nw.Int64()))
        .group_by("person_id", "snapshot")
        .agg(
            *(
                (nw.col("state") * (nw.col("sign") == sign).cast(nw.Int64())).max().alias(sign)
                for sign in SIGNS
            )
        )
    )


def in_cells(standing: Frame, extras: Sequence[Frame]) -> Frame:
    """Return each row with the cell it falls into, a column for each of `CELLS`.

    Parameters
    ----------
    standing
        As `with_rhythm` gives it.
    extras
        Frames with person_id, snapshot and some of `CELLS`; who is missing there gets 0.
    """
    rows = standing
    for extra in extras:
        rows = rows.join(extra, on=["person_id", "snapshot"], how="left")
    given = set(rows.collect_schema().names())
    there = [
        (nw.col(name).fill_null(0) if name in given else nw.lit(0)).cast(nw.Int64()).alias(name)
        for name in CELLS
        if name not in ("rhythm", "often", "slowing", "tenure")
    ]
    return rows.with_columns(
        *there,
        rhythm=_logit_band(nw.col("soon")),
        often=_steps(nw.col("times"), (1, 2, 5, 10)),
        slowing=_slowing(),
        tenure=_steps(nw.col("snapshot") - nw.col("first"), (HALF_YEAR, YEAR, 2 * YEAR)),
    )


def counted(cells: Frame) -> Frame:
    """Return how many rows fall into each cell of each day, and how many of them had left.

    Parameters
    ----------
    cells
        As `in_cells` gives it, with left.

    Returns
    -------
    Frame
        snapshot, the columns of `CELLS`, people, left (a sum of chances).
    """
    return cells.group_by("snapshot", *CELLS).agg(
        people=nw.len().cast(nw.Int64()), left=nw.col("left").sum()
    )


def _logit_band(chance: nw.Expr) -> nw.Expr:
    safe = chance * 0.9998 + 0.0001
    band = ((safe / (1.0 - safe)).log() * 1.5).round(0).cast(nw.Int64())
    return (
        nw.when(band > EDGE)
        .then(nw.lit(EDGE))
        .otherwise(nw.when(band < -EDGE).then(nw.lit(-EDGE)).otherwise(band))
    ).cast(nw.Int64())


def _steps(value: nw.Expr, edges: Sequence[int]) -> nw.Expr:
    passed = [(value >= edge).cast(nw.Int64()) for edge in edges]
    found = passed[0]
    for each in passed[1:]:
        found = found + each
    return found


def _slowing() -> nw.Expr:
    """Return 0 where too little is known, 1 for who buys as before, 2 for under half as often."""
    days = nw.col("snapshot") - nw.col("first")
    before = (days - HALF_YEAR).cast(nw.Float64())
    earlier = (nw.col("times") + 1 - nw.col("recent")).cast(nw.Float64())
    usual = earlier * HALF_YEAR / nw.when(before > 0).then(before).otherwise(1.0)
    slower = nw.when(nw.col("recent").cast(nw.Float64()) < 0.5 * usual).then(2).otherwise(1)
    known = (days >= YEAR) & (usual >= 1.0)
    return nw.when(known).then(slower).otherwise(0).cast(nw.Int64())
