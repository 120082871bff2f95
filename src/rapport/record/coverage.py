"""How well the record covers its time: rows by day, silent days, ends that come early."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import narwhals as nw

from rapport.record.frames import Frame, day_number
from rapport.record.schema import TABLES

# Tables of which each day has a row; in the others a day may well be empty.
DAILY = frozenset({"spend", "audience", "sales"})
CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one source holds of one table, by channel where the table has channels.

    Parameters
    ----------
    source, table, channel
        What it is about.
    rows
        Facts that count.
    first, last
        The first and the last day with a fact.
    gaps
        Stretches without a fact that are too long to be chance, first and last silent day.
    behind
        Days from `last` to the newest fact of the whole record, where that is too long to be
        chance; else 0.
    """

    source: str
    table: str
    channel: str | None
    rows: int
    first: dt.date
    last: dt.date
    gaps: tuple[tuple[dt.date, dt.date], ...]
    behind: int


def rows_by_day(rows: Frame, table: str) -> Frame:
    """Return how many facts each source has on each day, by channel where there are channels.

    Columns: source, channel (null where the table has none), day_number, rows. Rows without a
    time are left out.
    """
    time = TABLES[table].time
    if time is None:
        msg = f"the rows of {table} have no time"
        raise ValueError(msg)
    day = f"{time}_day" if TABLES[table].column(time).kind == "time" else time
    columns = {column.name for column in TABLES[table].columns}
    channel = nw.col("channel") if "channel" in columns else nw.lit(None, nw.String())
    dated = rows.filter(~nw.col(time).is_null()).select(
        "source", channel=channel, day_number=day_number(nw.col(day))
    )
    return dated.group_by("source", "channel", "day_number").agg(rows=nw.len().cast(nw.Int64()))


def coverage(table: str, days: Iterable[Mapping[str, object]], newest: dt.date) -> list[Coverage]:
    """Return what each source covers, from the rows of `rows_by_day`.

    Parameters
    ----------
    table
        The table that the rows are of.
    days
        The collected rows of `rows_by_day`.
    newest
        The newest day of the whole record.
    """
    found: dict[tuple[str, str | None], dict[int, int]] = {}
    for row in days:
        channel = None if row["channel"] is None else str(row["channel"])
        key = (str(row["source"]), channel)
        found.setdefault(key, {})[int(str(row["day_number"]))] = int(str(row["rows"]))
    return [
        _covered(table, source, channel, counts, newest)
        for (source, channel), counts in sorted(found.items(), key=lambda item: repr(item[0]))
    ]


def _covered(
    table: str, source: str, channel: str | None, counts: Mapping[int, int], newest: dt.date
) -> Coverage:
    days = sorted(counts)
    allowed = 0 if table in DAILY else longest_silence(counts)
    gaps = tuple(
        (dt.date.fromordinal(before + 1), dt.date.fromordinal(after - 1))
        for before, after in pairwise(days)
        if after - before - 1 > allowed
    )
    last = dt.date.fromordinal(days[-1])
    behind = (newest - last).days
    return Coverage(
        source,
        table,
        channel,
        sum(counts.values()),
        dt.date.fromordinal(days[0]),
        last,
        gaps,
        behind if behind > max(allowed, 1) else 0,
    )


def longest_silence(counts: Mapping[int, int]) -> int:
    """Return how many days in a row may well be empty by chance alone.

    With an empty day of probability q, the longest run of empty days among n is longer than L with
    a probability of at most n (1 - q) q^(L+1) (the union bound over where it begins); L is the
    least with which that is under one in a hundred. q is the share of empty days outside the
    longest run, which may be the gap that is looked for, and at least what a Poisson count with
    the median of the days that have facts gives.

    Examples
    --------
    >>> longest_silence({day: 40 for day in range(100)})
    3
    >>> longest_silence({day: 1 for day in range(0, 100, 2)})
    11
    """
    days = sorted(counts)
    span = days[-1] - days[0] + 1
    runs = [after - before - 1 for before, after in pairwise(days)]
    if span < 2 or not runs:
        return 0
    outside = max(span - max(runs), 1)
    empty = (sum(runs) - max(runs)) / outside
    middle = sorted(counts.values())[len(days) // 2]
    q = min(max(empty, math.exp(-middle)), 0.99)
    allowed = math.ceil(math.log(CHANCE / (span * (1 - q))) / math.log(q)) - 1
    # Shops and offices close: a long weekend is no gap.
    return max(allowed, 3)


@dataclass(frozen=True, slots=True)
class Series:
    """One figure of the posts of one source: over which days of publication it is known."""

    source: str
    metric: str
    posts: int
    first: dt.date
    last: dt.date


def figures(post: Frame, post_metric: Frame) -> Frame:
    """Return from when to when each figure of posts is known, by the day the post was published.

    Columns: source, metric, posts, first, last (day numbers).
    """
    figure = post_metric.select("source", "post_id", "metric").unique()
    dated = post.select("source", "post_id", day=day_number(nw.col("published_on_day")))
    both = figure.join(dated, on=["source", "post_id"], how="inner")
    return both.group_by("source", "metric").agg(
        posts=nw.len().cast(nw.Int64()), first=nw.col("day").min(), last=nw.col("day").max()
    )


def series(rows: Iterable[Mapping[str, object]]) -> list[Series]:
    """Return the collected rows of `figures`, by source and metric."""
    made = [
        Series(
            str(row["source"]),
            str(row["metric"]),
            int(str(row["posts"])),
            dt.date.fromordinal(int(str(row["first"]))),
            dt.date.fromordinal(int(str(row["last"]))),
        )
        for row in rows
    ]
    return sorted(made, key=lambda each: (each.source, each.metric))


def cut_short(found: Sequence[Series], days: int = 45) -> list[tuple[Series, str]]:
    """Return the figures that stop or start while others of the same source go on, and which way.

    The second of a pair is "ends" or "begins".
    """
    told = []
    for each in found:
        beside = [other for other in found if other.source == each.source]
        if (max(o.last for o in beside) - each.last).days > days:
            told.append((each, "ends"))
        if (each.first - min(o.first for o in beside)).days > days:
            told.append((each, "begins"))
    return told
