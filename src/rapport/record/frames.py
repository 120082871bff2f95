"""Relational helpers that mean the same on both engines.

A relational step is a plain function from lazy Narwhals frames to a lazy frame. What either engine
does in its own way (days between two times, sums of whole numbers, quantiles, exact money) has one
helper here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any]

Keep = Callable[[Frame], Frame]
"""What a step does with a frame that it reads several times: `Engine.cache`, or nothing."""

MONEY = nw.Decimal(18, 4)
SUM_OF_MONEY = nw.Decimal(28, 4)
UNIT = Decimal("0.0001")  # money is exact to this part of a currency unit


def as_is(frame: Frame) -> Frame:
    """Return the frame itself: a `Keep` that computes it anew at each use."""
    return frame


def distinct(rows: Frame) -> Frame:
    """Return each row once.

    `LazyFrame.unique` numbers all rows of a kind, and takes five times as long on DuckDB.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     frame = nw.from_native(connection.sql("select unnest([1, null, 1, null]) as a"))
    ...     many = distinct(frame).select(nw.len()).collect().item()
    ...     del frame
    >>> many
    2
    """
    names = rows.collect_schema().names()
    return rows.group_by(*names).agg(rapport_rows=nw.len()).select(*names)


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


def weeks(days: nw.Expr) -> nw.Expr:
    """Return days as weeks, a float."""
    return days.cast(nw.Float64()) / 7.0


def month_number(time: nw.Expr) -> nw.Expr:
    """Return the month as a number, twelve a year: differences are calendar months."""
    return time.dt.year().cast(nw.Int64()) * 12 + time.dt.month().cast(nw.Int64()) - 1


def month_start(time: nw.Expr) -> nw.Expr:
    """Return the first day of the month as a date."""
    return time.dt.truncate("1mo").cast(nw.Date())


def whole_sum(values: nw.Expr) -> nw.Expr:
    """Return the sum of whole numbers as Int64 (DuckDB's own answer is a 128-bit number)."""
    return values.sum().cast(nw.Int64())


def light_sum(values: nw.Expr) -> nw.Expr:
    """Return the sum of whole numbers as Int64, where it stays under 2 to the power of 53.

    It is added up as floats, which are exact that far: of millions of groups, DuckDB holds half as
    much in memory as for `whole_sum`, whose sums are numbers of 128 bits.
    """
    return values.cast(nw.Float64()).sum().cast(nw.Int64())


def running_sum(values: nw.Expr, within: Sequence[str], order: Sequence[str]) -> nw.Expr:
    """Return the running sum of whole numbers within groups; `order` must leave no ties."""
    return values.cum_sum().over(*within, order_by=list(order)).cast(nw.Int64())


def row_number(within: Sequence[str], order: Sequence[str]) -> nw.Expr:
    """Return 1, 2, 3, … within groups; `order` must leave no ties."""
    ones = nw.col(order[0]).is_null() | ~nw.col(order[0]).is_null()
    return running_sum(ones.cast(nw.Int64()), within, order)


def total(money: nw.Expr) -> nw.Expr:
    """Return the exact sum of money; zero when there is nothing to add."""
    return money.sum().fill_null(0).cast(SUM_OF_MONEY)


def quantile(values: nw.Expr, share: float) -> nw.Expr:
    """Return the quantile with linear interpolation between neighbours, as NumPy's default."""
    return values.cast(nw.Float64()).quantile(share, interpolation="linear")


def to_units(money: nw.Expr) -> nw.Expr:
    """Return money as a whole number of ten-thousandths, for exact arithmetic in windows."""
    return (money.cast(SUM_OF_MONEY) * 10_000).cast(nw.Int64())


def from_units(units: nw.Expr) -> nw.Expr:
    """Return money from ten-thousandths; exact."""
    return (units.cast(nw.Decimal(19, 0)) * nw.lit(UNIT)).cast(MONEY)


def as_number(money: nw.Expr) -> nw.Expr:
    """Return money as a float, for statistics."""
    return money.cast(nw.Float64())


def plain(frame: Frame) -> Frame:
    """Return the frame with types that every reader of Parquet knows (no 128-bit numbers)."""
    schema = frame.collect_schema()
    return frame.select(
        nw.col(name).cast(nw.Int64()) if kind.is_integer() and kind != nw.Int64 else nw.col(name)
        for name, kind in schema.items()
    )
