"""Cells that a platform or a spreadsheet spoilt, set right before the rows are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.reading import TableFile
from rapport.sources.rows import RawRows, trimmed
from rapport.sources.shapes import Aliases, plain_name

Change = Callable[[pa.Table], pa.Table]
# Spreadsheets keep fifteen digits of a number and write zeros for the rest.
_KEPT = 15
_NOON = 12
ROUNDED = r"^'?\d([.,]\d+)?[eE]\+?\d+$"


def mended(file: TableFile, *changes: Change) -> TableFile:
    """Return a file whose rows are changed as they are read, always in the same way.

    A change takes rows of strings with `source_row` and returns as many, with the same columns.
    """

    def rows() -> Iterator[RawRows]:
        for part in file.rows():
            table = part.table
            for change in changes:
                table = change(table)
            yield RawRows(table, part.aside)

    return replace(file, made=rows) if changes else file


def ids_from_links(ids: str, links: str, pattern: str) -> Change:
    r"""Return the change that takes an id from a link where a spreadsheet rounded the id.

    Parameters
    ----------
    ids, links
        The columns.
    pattern
        What the link must hold, with a group named `id`.

    Examples
    --------
    >>> links = ["x.com/a/status/1234567890123456789", ""]
    >>> rows = pa.table({"id": ["1.23457E+18", "7"], "url": links})
    >>> ids_from_links("id", "url", r"/status/(?P<id>\d+)")(rows)["id"].to_pylist()
    ['1234567890123456789', '7']
    """

    def change(rows: pa.Table) -> pa.Table:
        known = trimmed(rows.column(ids))
        found = pc.struct_field(pc.extract_regex(rows.column(links), pattern), "id")
        beginning = pc.utf8_slice_codeunits(known, 0, _KEPT)
        zeroed = pc.and_(
            pc.greater(pc.utf8_length(known), _KEPT),
            pc.equal(pc.utf8_slice_codeunits(found, 0, _KEPT), beginning),
        )
        spoilt = pc.or_(pc.match_substring_regex(known, ROUNDED), pc.fill_null(zeroed, False))
        better = pc.and_(spoilt, pc.is_valid(found))
        column = pc.if_else(better, found, known)
        return rows.set_column(rows.column_names.index(ids), ids, column)

    return change


def twin_columns(names: Sequence[str], columns: Mapping[str, Aliases]) -> tuple[Change, ...]:
    """Return the changes that fill a column from another one that means the same.

    Some exports hold a column twice, in two languages, each filled for a part of the rows.

    Parameters
    ----------
    names
        The columns of the file.
    columns
        What files call each column; see `shapes.Shape`.
    """
    plain = {plain_name(name): name for name in reversed(names)}
    changes = []
    for aliases in columns.values():
        several = aliases if isinstance(aliases, tuple) else (aliases,)
        found = dict.fromkeys(
            plain[plain_name(alias)]
            for alias in several
            if isinstance(alias, str) and plain_name(alias) in plain
        )
        first, *others = found or ("",)
        changes += [_filled(first, other) for other in others]
    return tuple(changes)


def _filled(column: str, other: str) -> Change:
    def change(rows: pa.Table) -> pa.Table:
        blank = pc.equal(trimmed(rows.column(column)), "")
        filled = pc.if_else(blank, rows.column(other), rows.column(column))
        return rows.set_column(rows.column_names.index(column), column, filled)

    return change


def begun_days(column: str) -> Change:
    """Return the change that makes days of the moments, in UTC, at which they began in some zone.

    A day that began at noon or later in UTC began east of it and is the next one's.

    Examples
    --------
    >>> rows = pa.table({"date": ["2022-05-20T07:00:00Z", "2022-05-19T22:00:00", "2022-05-20"]})
    >>> begun_days("date")(rows)["date"].to_pylist()
    ['2022-05-20', '2022-05-20', '2022-05-20']
    """

    def change(rows: pa.Table) -> pa.Table:
        cells = trimmed(rows.column(column))
        moments = pc.unique(cells)
        days = pa.array([_begun(cell) for cell in moments.to_pylist()], pa.string())
        made = pc.take(days, pc.index_in(cells, moments))
        return rows.set_column(rows.column_names.index(column), column, made)

    return change


def _begun(cell: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(cell)
    except ValueError:
        return cell
    late = moment.hour >= _NOON
    return (moment.date() + dt.timedelta(days=1 if late else 0)).isoformat()
