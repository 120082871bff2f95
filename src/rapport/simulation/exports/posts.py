"""The brand's own posts on one network, with what they came to by the day of the export."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import Ints, ints
from rapport.simulation.exports.view import days_of, late, missing, places, where
from rapport.simulation.history import ZONE, History

METRICS = ("views", "reach", "likes", "comments", "shares", "clicks", "saves", "follows")
UNIQUE = 0.8
"""Share of the daily reach that is people not reached on another day."""


@dataclass(frozen=True)
class Posts:
    """Posts of one network in the order of their time, and each one's figures to the last day."""

    rows: pa.Table
    figures: dict[str, Ints]

    def __getitem__(self, column: str) -> pa.ChunkedArray:
        """Return a column of the posts."""
        return self.rows.column(column)

    def taken(self, at: np.ndarray) -> Posts:
        """Return some of the posts."""
        figures = {name: values[at] for name, values in self.figures.items()}
        return Posts(self.rows.take(pa.array(np.arange(self.rows.num_rows)[at])), figures)

    def words(self, column: str) -> list[str]:
        """Return a column of text as a list, empty text where there is none."""
        return [value or "" for value in self.rows.column(column).to_pylist()]


def posts(history: History, network: str) -> Posts:
    """Return the posts of a network.

    Lifetime reach counts nobody twice, so it is less than the sum of its days.
    """
    rows = where(history.post, network=network)
    days = history.post_day
    at = places(rows.column("post_id"), days.column("post_id"))
    mine = (at >= 0) & (
        days_of(days.column("day")) <= Period(history.last_day, history.last_day).numbers[0]
    )
    figures = {
        name: np.bincount(at[mine], ints(days.column(name))[mine], rows.num_rows).astype(np.int64)
        for name in METRICS
    }
    figures["reach"] = np.minimum(
        np.rint(figures["reach"] * UNIQUE).astype(np.int64), figures["views"]
    )
    return Posts(rows, figures)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that one export covers, both inside."""

    first: dt.date
    last: dt.date

    @property
    def numbers(self) -> tuple[int, int]:
        """The two days as days since 1970."""
        epoch = dt.date(1970, 1, 1).toordinal()
        return self.first.toordinal() - epoch, self.last.toordinal() - epoch


def half_years(history: History) -> list[Period]:
    """Return the half-years of a history, the first and the last cut to it."""
    periods, day = [], history.first_day
    while day <= history.last_day:
        end = dt.date(day.year, 6, 30) if day.month <= 6 else dt.date(day.year, 12, 31)
        periods.append(Period(day, min(end, history.last_day)))
        day = end + dt.timedelta(days=1)
    return periods


def by_half_year(
    history: History, network: str, found: Posts, *, overlap: int = 0, zone: str = ZONE
) -> list[tuple[Period, Posts]]:
    """Return the posts of each half-year's file.

    Posts of late days come with the next file (after the last one, not yet), those of lost days
    with none. With an `overlap`, a
    file begins so many days early and repeats what the one before had.
    """
    day = days_of(found["published_on"], zone)
    lost, delayed = missing(history, network, day), late(history, network, day)
    periods = half_years(history)
    starts = np.asarray([period.numbers[0] for period in periods])
    index = np.clip(np.searchsorted(starts, day, side="right") - 1, 0, len(periods) - 1)
    index = index + delayed
    files = []
    for number, period in enumerate(periods):
        inside = index == number
        if number and overlap:
            inside |= (index == number - 1) & (day >= period.numbers[0] - overlap)
        files.append((period, found.taken(np.flatnonzero(inside & ~lost))))
    return files


def daily(history: History, network: str) -> tuple[list[dt.date], dict[str, Ints]]:
    """Return the days of a history and, for each, the sum over a network's posts of each figure."""
    first = Period(history.first_day, history.last_day).numbers
    length = first[1] - first[0] + 1
    rows = where(history.post, network=network)
    days = history.post_day
    mine = np.asarray(
        pc.is_in(days.column("post_id"), value_set=rows.column("post_id").combine_chunks())
    )
    day = days_of(days.column("day")) - first[0]
    mine &= (day >= 0) & (day < length)
    sums = {
        name: np.bincount(day[mine], ints(days.column(name))[mine], length).astype(np.int64)
        for name in METRICS
    }
    published = days_of(rows.column("published_on")) - first[0]
    published = published[(published >= 0) & (published < length)]
    sums["posts"] = np.bincount(published, minlength=length)
    return [history.first_day + dt.timedelta(days=i) for i in range(length)], sums


def audience(history: History, network: str) -> pa.Table:
    """Return the followers of a network day by day, without the days that its export lacks."""
    rows = where(history.audience, network=network)
    return rows.filter(pa.array(~missing(history, network, days_of(rows.column("day")))))


def brand(history: History, network: str) -> dict[str, str]:
    """Return the brand's account on a network: its id, handle and name."""
    rows = where(history.account, network=network, kind="brand").to_pylist()
    if not rows:
        return {"account_id": "0", "handle": "maison_alize", "display_name": "Maison Alizé"}
    return {key: str(rows[0][key]) for key in ("account_id", "handle", "display_name")}
