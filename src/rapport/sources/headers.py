"""The rows of a file's head that could hold the names of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rapport.sources.encoding import utf8_chunks
from rapport.sources.layout import split_rows, unique_names
from rapport.sources.opening import opened
from rapport.sources.other_tables import rendered
from rapport.sources.reading import TableFile
from rapport.sources.workbooks import sheet_rows

_LOOKED_AT = 60
_HEAD = 64 << 10


def headers_in(file: TableFile) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each row of the head with two cells or more, as column names, by its number."""
    if file.made or file.kind in ("json", "parquet"):
        return
    for number, cells in enumerate(_head(file), start=1):
        filled = max((n for n, cell in enumerate(cells, start=1) if cell.strip()), default=0)
        if filled > 1:
            yield number, unique_names(cells[:filled])


def rows_above(file: TableFile) -> list[list[str]]:
    """Return the filled cells of each row above the header: titles, dates, notes."""
    if file.made or file.kind in ("json", "parquet"):
        return []
    above = islice(_head(file), max(file.header_row - 1, 0))
    filled = ([cell.strip() for cell in row if cell.strip()] for row in above)
    return [row for row in filled if row and not row[0].lower().startswith("sep=")]


def _head(file: TableFile) -> Iterator[list[str]]:
    if file.kind == "spreadsheet":
        _, _, rows = sheet_rows(file.path, file.sheet)
        for row in islice(rows, _LOOKED_AT):
            yield [rendered(cell) for cell in row]
    elif file.layout and file.encoding:
        with opened(file.path) as stream:
            head = next(utf8_chunks(stream, file.encoding, _HEAD), b"")
        text = head.decode("utf-8", "replace")
        yield from islice(split_rows(text, file.layout.delimiter), _LOOKED_AT)
