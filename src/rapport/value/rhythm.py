"""The time between purchases: how long, and how regular."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.record.frames import Frame, quantile, row_number, whole_sum


def gaps(buying_days: Frame) -> Frame:
    """Return the days between each buying day and the one before, customer by customer.

    The time from the last purchase to today is not over yet and is no gap.

    Parameters
    ----------
    buying_days
        As `rapport.value.customers.buying_days` gives them.

    Returns
    -------
    Frame
        person_id, nth (1 for the gap after the first buying day), gap (days, at least 1).
    """
    order = ["number"]
    earlier = nw.col("number").shift(1).over("person_id", order_by=order)
    numbered = buying_days.select(
        "person_id",
        gap=nw.col("number") - earlier,
        nth=row_number(["person_id"], order) - 1,
    )
    return numbered.filter(nw.col("nth") > 0)


def gap_quantiles(gaps: Frame, shares: Sequence[float]) -> Frame:
    """Return one row: gaps, people, and the quantiles in columns q0, q1, … in the order given."""
    found = {f"q{k}": quantile(nw.col("gap"), share) for k, share in enumerate(shares)}
    people = gaps.group_by("person_id").agg(n=nw.len()).select(people=nw.len())
    return gaps.select(gaps=nw.len(), mean=nw.col("gap").mean(), **found).join(people, how="cross")


def gaps_up_to(gaps: Frame, days: float) -> Frame:
    """Return one row of sums that tell how sure the share of gaps up to `days` is.

    Returns
    -------
    Frame
        people, gaps, below (gaps up to `days`), and sums over people of products of their own
        counts: below_below, below_gaps, gaps_gaps.
    """
    each = (
        gaps.with_columns(short=(nw.col("gap") <= days).cast(nw.Int64()))
        .group_by("person_id")
        .agg(n=nw.len(), b=whole_sum(nw.col("short")))
    )
    return each.select(
        people=nw.len(),
        gaps=whole_sum(nw.col("n")).fill_null(0),
        below=whole_sum(nw.col("b")).fill_null(0),
        below_below=whole_sum(nw.col("b") * nw.col("b")).fill_null(0),
        below_gaps=whole_sum(nw.col("b") * nw.col("n")).fill_null(0),
        gaps_gaps=whole_sum(nw.col("n") * nw.col("n")).fill_null(0),
    )


def gap_pairs(gaps: Frame) -> Frame:
    """Return the first two gaps of each customer who has two, and how many people share them.

    `rapport.value.lifetime.regularity` tells from them how regularly people buy.

    Returns
    -------
    Frame
        first_gap, second_gap (days), people.
    """
    is_first = nw.col("nth") == 1
    first_two = gaps.filter(nw.col("nth") <= 2).with_columns(
        first=nw.when(is_first).then(nw.col("gap")).otherwise(0),
        second=nw.when(is_first).then(nw.lit(0)).otherwise(nw.col("gap")),
    )
    pairs = (
        first_two.group_by("person_id")
        .agg(first_gap=whole_sum(nw.col("first")), second_gap=whole_sum(nw.col("second")))
        .filter(nw.col("second_gap") > 0)
    )
    return pairs.group_by("first_gap", "second_gap").agg(people=nw.len())


def silence(counts: Frame) -> Frame:
    """Return repeat customers with their own rhythm and how long they have been silent.

    Returns
    -------
    Frame
        person_id, last_order, frequency, usual_gap_days (mean of their gaps), silent_days,
        times_usual (silent_days in usual gaps).
    """
    repeat = counts.filter(nw.col("frequency") > 0).with_columns(
        usual_gap_days=nw.col("recency_days").cast(nw.Float64())
        / nw.col("frequency").cast(nw.Float64()),
        silent_days=nw.col("age_days") - nw.col("recency_days"),
    )
    return repeat.select(
        "person_id",
        "last_order",
        "frequency",
        "usual_gap_days",
        "silent_days",
        times_usual=nw.col("silent_days").cast(nw.Float64()) / nw.col("usual_gap_days"),
    )
