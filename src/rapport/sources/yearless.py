"""Dates without a year, as TikTok writes them: which year is meant, and how that is known."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa

from rapport.sources.date_text import MONTHS
from rapport.sources.mending import mended
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW

_NUMBERS = {name: number for number, names in MONTHS.items() for name in names}
_DAY_FIRST = re.compile(r"^(\d{1,2})(?:er|\.)?\s+(?:de\s+)?([a-zà-ÿ]+)\.?$")
_MONTH_FIRST = re.compile(r"^([a-zà-ÿ]+)\.?\s+(\d{1,2})$")
_EAST_ASIAN = re.compile(r"^(\d{1,2})月\s*(\d{1,2})日$")


def month_and_day(cell: str) -> tuple[int, int] | None:
    """Return the month and the day of a date that names no year; None when it is none.

    Examples
    --------
    >>> [month_and_day(cell) for cell in ("October 1", "28 août", "9月16日", "2026-10-01")]
    [(10, 1), (8, 28), (9, 16), None]
    """
    text = cell.strip().casefold()
    if found := _EAST_ASIAN.match(text):
        return int(found[1]), int(found[2])
    if found := _DAY_FIRST.match(text):
        day, name = found[1], found[2]
    elif found := _MONTH_FIRST.match(text):
        name, day = found[1], found[2]
    else:
        return None
    month = _NUMBERS.get(name)
    return (month, int(day)) if month and 1 <= int(day) <= 31 else None


def latest(month: int, day: int, until: dt.date) -> dt.date | None:
    """Return the last such day that is not after `until`; None when there never is one.

    Examples
    --------
    >>> str(latest(12, 31, dt.date(2026, 3, 1))), str(latest(2, 29, dt.date(2026, 3, 1)))
    ('2025-12-31', '2024-02-29')
    """
    for year in range(until.year, until.year - 8, -1):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            continue
        if found <= until:
            return found
    return None


def with_years(
    file: TableFile, column: str, until: dt.date, *, in_order: bool
) -> tuple[TableFile, tuple[str, ...]]:
    """Return a file whose dates have a year, and what is to be said of it.

    Parameters
    ----------
    file
        The file; one whose dates have years is returned as it is.
    column
        Its dates.
    until
        When it was exported, at the latest.
    in_order
        Whether its days follow each other, so that a day is not after the one below it; else each
        is taken for the last such day until then.
    """
    cells: list[tuple[int, str]] = []
    for part in file.rows([column]):
        rows = zip(
            part.table.column(ROW).to_pylist(), part.table.column(column).to_pylist(), strict=True
        )
        cells += rows
    if not any(month_and_day(cell) for _, cell in cells):
        return file, ()
    found: dict[int, str] = {}
    end = until
    for row, cell in reversed(cells):
        parts = month_and_day(cell)
        day = latest(*parts, end) if parts else None
        if day:
            found[row] = day.isoformat()
            end = day if in_order else until

    def change(rows: pa.Table) -> pa.Table:
        numbers = rows.column(ROW).to_pylist()
        dates = rows.column(column).to_pylist()
        whole = [found.get(row, cell) for row, cell in zip(numbers, dates, strict=True)]
        place = rows.column_names.index(column)
        return rows.set_column(place, column, pa.array(whole, pa.string()))

    last = max(found.values(), default=until.isoformat())
    note = f"Dates have no year: the last day is taken for {last}, until {until} at the latest."
    return mended(file, change), (note,)
