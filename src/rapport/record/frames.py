"""Relational helpers that mean the same on both engines.

A relational step is a plain function from lazy Narwhals frames to a lazy frame. What either engine
does in its own way (days between two times, ordering inside a group, quantiles) has one helper
here.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any]


def day_number(time: nw.Expr) -> nw.Expr:
    """Return the day as a number: what Python's `date.toordinal` gives.

    Written with year and day of the year alone, since Spark's durations cannot be turned into
    numbers through Narwhals.

    Examples
    --------
    >>> import datetime as dt
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     frame = nw.from_native(connection.sql("select timestamp '2024-02-29 10:00' as t"))
    ...     number = frame.select(n=day_number(nw.col("t"))).collect().item()
    ...     del frame
    >>> number == dt.date(2024, 2, 29).toordinal()
    True
    """
    before = (time.dt.year() - 1).cast(nw.Int64())
    leaps = before // 4 - before // 100 + before // 400
    return before * 365 + leaps + time.dt.ordinal_day().cast(nw.Int64())


def days_between(start: nw.Expr, end: nw.Expr) -> nw.Expr:
    """Return whole calendar days from `start` to `end`."""
    return day_number(end) - day_number(start)
