"""Who moved up, held, moved down, came and left, month by month, in people and in money.

A level is known as a probability, so a move is one as well. The least that must have moved between
two months is counted: what one month's probabilities hold beyond the other's (the maximal coupling
of two distributions, Lindvall 1992, section I.5). Drawing a level for each month by itself would
show movement where nobody moved: that is the most, and the truth lies between.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import numpy.typing as npt

from rapport.engagement.trajectory.silence import Habit, chance_left
from rapport.record.frames import Frame, month_number

Array = npt.NDArray[np.float64]

APART = 3  # months between the two that are compared
LEVELS = ("p_fully", "p_engaged", "p_not", "p_actively")
UP, HELD, DOWN = "moved up", "held", "moved down"
CAME, LEFT, BACK = "came", "left", "came back"
DIRECTIONS = (CAME, BACK, UP, HELD, DOWN, LEFT)


def level_moves(level_months: Frame, money: Frame) -> Frame:
    """Return how many people moved up, held and moved down against three months before.

    Parameters
    ----------
    level_months
        person_id, month (its first day), side, and the four probabilities.
    money
        person_id, year (what they bring a year); who is missing brings nothing.

    Returns
    -------
    Frame
        month, side, people, money, and for up and down: the least number that must have moved (up),
        its variance, the money a year of these people, and the number if the two months had
        nothing to do with each other (up_most), which is more than the truth.
    """
    told = level_months.with_columns(number=month_number(nw.col("month")))
    before = told.select(
        "person_id",
        number=nw.col("number") + APART,
        **{f"b{k}": nw.col(name) for k, name in enumerate(LEVELS)},
    )
    both = told.join(before, on=["person_id", "number"], how="inner").join(
        money, on="person_id", how="left"
    )
    rose, fell, apart = nw.lit(0.0), nw.lit(0.0), nw.lit(0.0)
    more = nw.lit(0.0)  # of the better levels now, less before
    better_now, better_then = nw.lit(0.0), nw.lit(0.0)
    rose_most, fell_most = nw.lit(0.0), nw.lit(0.0)
    for k, name in enumerate(LEVELS):
        now, then = nw.col(name), nw.col(f"b{k}")
        rose_most = rose_most + then * better_now
        fell_most = fell_most + now * better_then
        better_now, better_then = better_now + now, better_then + then
        apart = apart + (now - then).abs() / 2.0
        more = more + (now - then)
        if k < len(LEVELS) - 1:
            rose = rose + nw.when(more > 0).then(more).otherwise(0.0)
            fell = fell + nw.when(more < 0).then(-more).otherwise(0.0)
    steps = rose + fell
    share = nw.when(steps > 1e-12).then(rose / steps).otherwise(0.5)
    year = nw.col("year").fill_null(0.0)
    moved = both.with_columns(
        up=apart * share,
        down=apart * (1.0 - share),
        up_most=rose_most,
        down_most=fell_most,
        year=year,
    )
    sums = {
        f"{side}{what}": expression.sum()
        for side in ("up", "down")
        for what, expression in (
            ("", nw.col(side)),
            ("_variance", nw.col(side) * (1.0 - nw.col(side))),
            ("_money", nw.col(side) * nw.col("year")),
            ("_most", nw.col(f"{side}_most")),
        )
    }
    return moved.group_by("month", "side").agg(
        people=nw.len().cast(nw.Int64()), money=nw.col("year").sum(), **sums
    )


def histories(buying: Frame, money: Frame) -> Frame:
    """Return how many customers share a history, and what they bring a year in all.

    Returns
    -------
    Frame
        times (buying days after the first), first and last (days as numbers, by the week),
        people, year.
    """
    each = buying.group_by("person_id").agg(
        times=nw.len().cast(nw.Int64()) - 1,
        first=nw.col("number").min(),
        last=nw.col("number").max(),
    )
    weeks = {name: nw.col(name) // 7 * 7 + 3 for name in ("first", "last")}
    joined = each.join(money, on="person_id", how="left").with_columns(**weeks)
    return joined.group_by("times", "first", "last").agg(
        people=nw.len().cast(nw.Int64()), year=nw.col("year").fill_null(0.0).sum()
    )


def left_by_month(
    habit: Habit, cells: dict[str, Array], starts: Array, watched: float
) -> tuple[Array, Array, Array]:
    """Return expected leavers of each month, the variance of that, and what they brought a year.

    Parameters
    ----------
    cells
        times, first, last (days as numbers), people, year.
    starts
        The first day of each month, and of the one after.
    watched
        The last day of the record.

    Examples
    --------
    >>> habit = Habit(shape=2.0, scale=60.0, leaving=1 / 500)
    >>> cells = {"times": np.array([9.0]), "first": np.array([0.0]), "last": np.array([300.0]),
    ...          "people": np.array([100.0]), "year": np.array([5000.0])}
    >>> left, _, money = left_by_month(habit, cells, np.array([240, 270, 300, 330, 360]), 700)
    >>> left.round().tolist(), money.round(-2).tolist()
    ([0.0, 0.0, 58.0, 23.0], [0.0, 0.0, 2900.0, 1200.0])
    """
    last, people = cells["last"], cells["people"]
    spell, silent = np.maximum(last - cells["first"], 0.0), np.maximum(watched - last, 0.0)
    until = np.zeros_like(last)
    left, variance, money = [], [], []
    for k, start in enumerate(starts):
        by = np.minimum(np.maximum(start - last, 0.0), silent)
        now = np.where(by > 0, chance_left(habit, cells["times"], spell, by, silent), 0.0)
        if k:
            went = np.maximum(now - until, 0.0)
            left.append(float(people @ went))
            variance.append(float(people @ (went * (1 - went))))
            money.append(float(cells["year"] @ went))
        until = now
    return np.array(left), np.array(variance), np.array(money)


def brought_a_year(orders: Frame) -> Frame:
    """Return what each customer brought in the year that ended with their last order.

    Parameters
    ----------
    orders
        person_id, number (the day), money.

    Returns
    -------
    Frame
        person_id, year.
    """
    last = orders.group_by("person_id").agg(last=nw.col("number").max())
    joined = orders.join(last, on="person_id", how="inner")
    within = joined.filter(nw.col("last") - nw.col("number") < 365)
    return within.group_by("person_id").agg(year=nw.col("money").sum())


def came_by_month(buying: Frame, money: Frame) -> Frame:
    """Return first orders by month: first (month number, twelve a year), people, year."""
    first = buying.group_by("person_id").agg(first=nw.col("month").min())
    joined = first.join(money, on="person_id", how="left")
    return joined.group_by("first").agg(
        people=nw.len().cast(nw.Int64()), year=nw.col("year").fill_null(0.0).sum()
    )
