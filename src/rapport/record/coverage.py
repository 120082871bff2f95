"""How well the record covers its time: rows by day, silent days, ends that come early."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import narwhals as nw

from rapport.record.frames import Frame, day_number, distinct
from rapport.record.schema import TABLES

# Tables of which each day has a row, channel by channel; in the others a day may well be empty.
DAILY = frozenset({"spend", "audience", "sales", "channel_metric"})
CHANCE = 0.01
NEAR = 90  # days on either side that tell how often a source has facts
SHORTEST = 4  # a long weekend is no gap
PAUSING = 0.1  # a daily table with a greater share of empty days comes and goes


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one source holds of one table; of daily tables, by channel.

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
    pauses
        Whether it is daily and comes and goes, as flights of advertising do: then `gaps` are its
        pauses.
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
    pauses: bool = False


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
    found: dict[tuple[str, str | None], Counter[int]] = {}
    for row in days:
        apart = table in DAILY and row["channel"] is not None
        key = (str(row["source"]), str(row["channel"]) if apart else None)
        found.setdefault(key, Counter())[int(str(row["day_number"]))] += int(str(row["rows"]))
    return [
        _covered(table, source, channel, counts, newest)
        for (source, channel), counts in sorted(found.items(), key=lambda item: repr(item[0]))
    ]


def _covered(
    table: str, source: str, channel: str | None, counts: Mapping[int, int], newest: dt.date
) -> Coverage:
    days = sorted(counts)
    span = days[-1] - days[0] + 1
    daily = table in DAILY
    gaps = _runs(days) if daily else silences(counts)
    last = dt.date.fromordinal(days[-1])
    behind = (newest - last).days
    expected = 1 if daily else _patience(_empty_before(days, days[-1]), 1)
    return Coverage(
        source,
        table,
        channel,
        sum(counts.values()),
        dt.date.fromordinal(days[0]),
        last,
        tuple((dt.date.fromordinal(a), dt.date.fromordinal(b)) for a, b in gaps),
        behind if behind > expected else 0,
        daily and len(days) < (1 - PAUSING) * span,
    )


def silences(counts: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the stretches of empty days that are too long to be chance.

    How often days are empty is told by the `NEAR` days before a stretch and after it, whichever are
    emptier (days before the first fact are empty: a slow beginning is no gap), and at the least by
    a Poisson count of the usual size: q. A run of more than L empty
    days among n has a probability of at most n (1 - q) q^(L+1) (the union bound over where it
    begins); a stretch is told when that is under `CHANCE`.

    Parameters
    ----------
    counts
        Facts of each day that has any, by day number.

    Returns
    -------
    list
        The first and the last empty day of each.

    Examples
    --------
    >>> daily = {day: 40 for day in range(300) if not 150 <= day < 158}
    >>> silences(daily)
    [(150, 157)]
    >>> silences({day: 1 for day in range(0, 200, 2)})
    []
    """
    days = sorted(counts)
    span = days[-1] - days[0] + 1
    usual = math.exp(-sorted(counts.values())[len(days) // 2])
    told = []
    for first, last in _runs(days):
        length = last - first + 1
        if length < SHORTEST:
            continue
        q = max(_empty_before(days, first - 1), _empty_after(days, last + 1), usual)
        if length > _patience(q, span):
            told.append((first, last))
    return told


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    return [(before + 1, after - 1) for before, after in pairwise(days) if after - before > 1]


def _empty_before(days: Sequence[int], edge: int) -> float:
    """Return the share of empty days in the `NEAR` days that end with day `edge`."""
    filled = bisect_right(days, edge) - bisect_right(days, edge - NEAR)
    return 1 - filled / NEAR


def _empty_after(days: Sequence[int], edge: int) -> float:
    """Return the share of empty days in the `NEAR` days that begin with day `edge`."""
    filled = bisect_left(days, edge + NEAR) - bisect_left(days, edge)
    return 1 - filled / NEAR


def _patience(q: float, span: int) -> float:
    """Return the longest run of empty days that chance alone may well bring."""
    q = min(max(q, 1e-9), 1 - 0.5 / NEAR)
    return max(math.log(CHANCE / (span * (1 - q))) / math.log(q) - 1, SHORTEST - 1)


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
    figure = distinct(post_metric.select("source", "post_id", "metric"))
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
