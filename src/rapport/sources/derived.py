"""A file with columns of our own beside its own, made from them before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.reading import TableFile
from rapport.sources.rows import RawRows, trimmed

Make = Callable[[pa.Table], pa.ChunkedArray]


def derived(file: TableFile, makes: Mapping[str, Make]) -> TableFile:
    """Return a file that has more columns.

    Parameters
    ----------
    file
        The file.
    makes
        For each new column, how it is made from the rows as they stand: strings in, strings out,
        an empty one where nothing stands.
    """

    def rows() -> Iterator[RawRows]:
        for raw in file.rows():
            table = raw.table
            for name, make in makes.items():
                table = table.append_column(name, make(raw.table))
            yield RawRows(table, raw.aside)

    return replace(file, names=(*file.names, *makes), made=rows)


def joined(*columns: str) -> Make:
    """Return how columns are put together with a blank between, such as a date and its time.

    Where the first stands empty nothing is made.

    Examples
    --------
    >>> rows = pa.table({"Date": ["01/02/2026", ""], "Heure": ["9:30", "10:00"]})
    >>> joined("Date", "Heure")(rows).to_pylist()
    ['01/02/2026 9:30', '']
    """

    def make(rows: pa.Table) -> pa.ChunkedArray:
        parts = [trimmed(rows.column(name)) for name in columns]
        whole = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))
        return pc.if_else(pc.equal(parts[0], ""), "", whole)

    return make


def with_time(file: TableFile, day: str, time: str | None) -> tuple[TableFile, str]:
    """Return a file, and the column of it that holds the moment of each row.

    Parameters
    ----------
    file
        The file.
    day, time
        Its columns of the date and of the time of day; without the second, dates stand as they are.
    """
    if time is None:
        return file, day
    moment = f"{day}, {time}"
    return derived(file, {moment: joined(day, time)}), moment


def where(column: str, holds: Make) -> Make:
    """Return how a column is kept in some rows and left empty in the others.

    Examples
    --------
    >>> rows = pa.table({"Close": ["2026-01-31", "2027-01-31"], "Won": ["1", "0"]})
    >>> where("Close", lambda rows: pc.equal(rows.column("Won"), "1"))(rows).to_pylist()
    ['2026-01-31', '']
    """

    def make(rows: pa.Table) -> pa.ChunkedArray:
        return pc.if_else(pc.fill_null(holds(rows), False), rows.column(column), "")

    return make
