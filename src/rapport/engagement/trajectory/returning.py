"""Who came back after so long a silence that they seemed gone, and after what."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.engagement.trajectory.silence import Habit, Silence, with_chance_left
from rapport.record.frames import Frame, Keep, as_is, row_number

SEEMED_GONE = 0.5  # more likely gone than not
BEFORE = 30  # days before the return in which something may have brought it about
AFTER = ("answered", "referral", "event", "offer", "campaign", "wrote", "nothing known")
"""After what they came back, the first that holds: what the brand did for them comes first."""


def returns(buying: Frame, habit: Habit, since: int, keep: Keep = as_is) -> Frame:
    """Return everybody's last return after they had been silent for so long that they seemed gone.

    Parameters
    ----------
    buying
        person_id, number (day of an order), each day once.
    since
        Earlier returns are left out.

    Returns
    -------
    Frame
        person_id, back (the day of the return), silent (days before it), gone (the chance of
        having left that their silence gave on that day, `SEEMED_GONE` at the least).
    """
    within, by = ["person_id"], ["number"]
    told = buying.with_columns(
        earlier=nw.col("number").shift(1).over(*within, order_by=by),
        first=nw.col("number").min().over(*within),
        nth=row_number(within, by),
    ).filter((nw.col("nth") > 1) & (nw.col("number") >= since))
    silent = nw.col("number") - nw.col("earlier")
    silence = Silence(
        times=nw.col("nth") - 2,
        spell=nw.col("earlier") - nw.col("first"),
        by=silent,
        silent=silent,
    )
    long = (
        with_chance_left(told, habit, "gone", silence, keep)
        .filter(nw.col("gone") >= SEEMED_GONE)
        .select("person_id", "gone", back=nw.col("number"), silent=silent)
    )
    last = long.group_by("person_id").agg(back=nw.col("back").max())
    return long.join(last, on=["person_id", "back"], how="inner")


def after_what(returns: Frame, triggers: Sequence[Frame]) -> Frame:
    """Return the same rows with after: what had happened within `BEFORE` days.

    Parameters
    ----------
    triggers
        Frames of person_id, number (a day), what (one of `AFTER`).
    """
    if not triggers:
        return returns.with_columns(after=nw.lit(AFTER[-1]))
    told = nw.concat(list(triggers), how="vertical")
    rank = nw.lit(len(AFTER))
    for place, name in enumerate(AFTER):
        rank = nw.when(nw.col("what") == name).then(place).otherwise(rank)
    near = returns.select("person_id", "back").join(told, on="person_id", how="inner")
    days = nw.col("back") - nw.col("number")
    first = (
        near.filter((days >= 0) & (days <= BEFORE))
        .with_columns(rank=rank.cast(nw.Int64()))
        .group_by("person_id")
        .agg(rank=nw.col("rank").min())
    )
    after = nw.lit(AFTER[-1])
    for place, name in enumerate(AFTER):
        after = nw.when(nw.col("rank") == place).then(nw.lit(name)).otherwise(after)
    joined = returns.join(first, on="person_id", how="left")
    return joined.with_columns(after=after).drop("rank")
