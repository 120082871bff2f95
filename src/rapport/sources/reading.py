"""Any table file as one stream of numbered rows of strings, and a cheap sample of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from rapport.sources.delimited import read_delimited
from rapport.sources.encoding import Encoding, decide_encoding, utf8_chunks
from rapport.sources.layout import Layout, find_layout, unique_names
from rapport.sources.opening import (
    FileKind,
    content_digest,
    file_kind,
    file_name,
    opened,
    refuse,
)
from rapport.sources.other_tables import (
    json_names,
    parquet_names,
    read_json,
    read_parquet,
    read_rows,
    rendered,
)
from rapport.sources.pieces import Piece
from rapport.sources.rows import ROW, RawRows
from rapport.sources.workbooks import sheet_rows

_HEAD = 256 << 10
_SAMPLE = 2000


@dataclass(frozen=True)
class TableFile:
    """A file that is a table: its columns, its first rows, and all of its rows on demand.

    Parameters
    ----------
    path
        The file.
    kind
        How it is stored.
    names
        Its columns, unique, in their order.
    layout, encoding
        How its text is laid out and written; None unless `kind` is text.
    header_row
        The row of the names as a spreadsheet counts, 0 when the file has none.
    notes
        Plain sentences on what was found.
    exact
        Columns that the file itself types as numbers or times: nothing about them is in doubt.
    label
        What people call it, when that is not the file's name.
    sheet
        The sheet of a workbook that is meant; empty for the one with the most rows.
    made
        Gives the rows of a file that is no table as it stands, such as an archive's JSON.
    """

    path: Path
    kind: FileKind
    names: tuple[str, ...]
    header_row: int
    layout: Layout | None = None
    encoding: Encoding | None = None
    notes: tuple[str, ...] = field(default=())
    exact: frozenset[str] = frozenset()
    label: str = ""
    sheet: str = ""
    made: Callable[[], Iterator[RawRows]] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """What people call it: its own name, without its folder, or its place in an archive."""
        return self.label or file_name(self.path)

    def digest(self) -> str:
        """Return the SHA-256 of its bytes and its sheet, in hexadecimal."""
        content = content_digest(self.path)
        if not self.sheet:
            return content
        return hashlib.sha256(f"{content}|{self.sheet}".encode()).hexdigest()

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[RawRows]:
        """Yield all rows in the order of the file; only `columns`, where they are given.

        A fully empty row counts as a row. Raises Problem when the file turns out to be damaged.
        """
        wanted = list(self.names if columns is None else columns)
        if self.made:
            yield from (_only(rows, wanted) for rows in self.made())
        elif self.kind == "parquet":
            yield from read_parquet(self.path, self.names, wanted)
        elif self.kind == "json":
            yield from (_only(rows, wanted) for rows in read_json(self.path, self.names))
        elif self.kind == "spreadsheet":
            _, _, cells = sheet_rows(self.path, self.sheet)
            below = islice(cells, self.header_row, None)
            for rows in read_rows(below, self.names, self.header_row + 1):
                yield _only(rows, wanted)
        elif self.layout and self.encoding:
            with opened(self.path) as stream:
                yield from read_delimited(utf8_chunks(stream, self.encoding), self.layout, wanted)

    def sample(self, limit: int = _SAMPLE) -> pa.Table:
        """Return the first rows, all columns as strings, with `source_row`."""
        parts = []
        count = 0
        for rows in self.rows():
            parts.append(rows.table.slice(0, limit - count))
            count += parts[-1].num_rows
            if count >= limit:
                break
        if not parts:
            return pa.table({name: pa.array([], pa.string()) for name in [*self.names, ROW]})
        return pa.concat_tables(parts)


def _only(rows: RawRows, columns: Sequence[str]) -> RawRows:
    return RawRows(rows.table.select([*columns, ROW]), rows.aside)


def made_table(
    piece: Piece, names: Sequence[str], rows: Callable[[], Iterator[RawRows]]
) -> TableFile:
    """Return a table whose rows are made from a file that is none, such as an archive's JSON.

    `rows` gives the rows anew each time it is called: they are read twice.
    """
    return TableFile(
        piece.path, "json", tuple(names), 1, label=piece.label, sheet=piece.sheet, made=rows
    )


def table_of(piece: Piece, header_row: int | None = None) -> TableFile:
    """Look at one piece of a file; see `open_table`."""
    table = open_table(piece.path, header_row, piece.sheet)
    return replace(table, label=piece.label, sheet=piece.sheet)


def open_table(path: Path, header_row: int | None = None, sheet: str = "") -> TableFile:
    """Look at a file and say how it is to be read.

    Parameters
    ----------
    path
        CSV, TSV and the like (also as .gz or alone in a .zip), XLSX, XLS, JSON lines, Parquet.
    header_row
        The row of the names, when it is known; 0 when the file has none.
    sheet
        The sheet of a workbook that is meant.

    Raises
    ------
    Problem
        When the file is not a table with two columns and a row, in one sentence.
    """
    kind = file_kind(path)
    if kind == "spreadsheet":
        table = _spreadsheet(path, header_row, sheet)
    else:
        reader = {"text": _text, "json": _json, "parquet": _parquet}[kind]
        table = reader(path, header_row)
    if next((True for rows in table.rows() if rows.rows), False):
        return table
    hint = "Export it again, over the days that are meant."
    raise refuse(file_name(path), "The file has a header and no rows.", hint)


def _text(path: Path, header_row: int | None) -> TableFile:
    with opened(path) as stream:
        encoding = decide_encoding(stream)
    with opened(path) as stream:
        head = next(chain(utf8_chunks(stream, encoding, _HEAD), [b""]))
    if _is_binary(head):
        hint = "Export the table as CSV, XLSX, JSON lines or Parquet."
        raise refuse(file_name(path), "It is not a table: its bytes are not text.", hint)
    text = head.decode("utf-8", "replace")
    if len(head) >= _HEAD:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text[:4096]
    layout = find_layout(text, header_row)
    if layout is None:
        raise refuse(file_name(path), *_why_no_layout(text, header_row))
    return TableFile(
        path,
        "text",
        layout.names,
        layout.header_row,
        layout,
        encoding,
        _text_notes(layout, encoding),
    )


def _is_binary(head: bytes) -> bool:
    odd = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 32)) if code != 27)
    return odd > max(3, len(head) / 200)


def _why_no_layout(text: str, header_row: int | None) -> tuple[str, str]:
    if not text.strip("\ufeff \t\r\n"):
        return "The file holds nothing but blanks.", "Export it again."
    if header_row:
        return f"There is no header of two columns in row {header_row}.", "Correct header_row."
    what = "It has one column only; a table of purchases needs at least a date and an amount."
    return what, "Columns are parted by a comma, a semicolon, a tab, a bar or blanks."


def _text_notes(layout: Layout, encoding: Encoding) -> tuple[str, ...]:
    notes = []
    if encoding.codec != "utf-8":
        notes.append(f"The text is {encoding.spoken}: {encoding.why}.")
    if layout.delimiter != ",":
        notes.append(f"Columns are parted by {layout.spoken}.")
    if layout.header_row == 0:
        notes.append("The file has no header: columns are called c1, c2 and so on.")
    if layout.header_row > 1:
        notes.append(f"The names of the columns stand in row {layout.header_row}.")
    return tuple(notes)


def _spreadsheet(path: Path, header_row: int | None, wanted: str) -> TableFile:
    sheet, filled, rows = sheet_rows(path, wanted)
    head = [[rendered(cell) for cell in row] for row in islice(rows, _SAMPLE)]
    head = [row[: _last_filled(row)] for row in head]
    text = "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in head)
    layout = find_layout(f"sep=\t\n{text}\n", None if header_row is None else header_row + 1)
    if layout is None:
        raise refuse(file_name(path), *_why_no_layout(text, header_row))
    found = max(layout.header_row - 1, 0)
    names = unique_names(head[found - 1]) if found else layout.names
    notes = [f"The sheet '{sheet}' was read."] if len(filled) > 1 and not wanted else []
    if found > 1:
        notes.append(f"The names of the columns stand in row {found}.")
    return TableFile(path, "spreadsheet", names, found, notes=tuple(notes), sheet=wanted)


def _last_filled(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)


def _json(path: Path, _: int | None) -> TableFile:
    names = json_names(path)
    if len(names) < 2:
        what = "It holds no JSON objects with two keys or more."
        raise refuse(file_name(path), what, "Write one object a line, or an array of objects.")
    return TableFile(path, "json", names, 1)


def _parquet(path: Path, _: int | None) -> TableFile:
    names, exact = parquet_names(path)
    return TableFile(path, "parquet", names, 1, exact=exact)
