"""Reads CSV and its kin as a stream: every row with its number, no row lost, memory bounded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from rapport.sources.layout import BLANKS, Layout
from rapport.sources.records import LONGEST, NOT_CLOSED, TOO_LONG, blocks, end_of_first
from rapport.sources.rows import ROW, Aside, RawRows, aside_table, raw_json

_INNER_BLANKS = re.compile(rb"[ \t]+")
_OUTER_BLANKS = re.compile(rb"^\t|\t$", re.MULTILINE)
# Stands for bytes that are not text: a code point that no text may hold. PyArrow cannot tell of a
# row with too few columns when there are such bytes in it.
_MARK = "\ufdd0"
_MARKED = "rapport.marked"
codecs.register_error(_MARKED, lambda error: (_MARK, getattr(error, "end", 0)))


def read_delimited(
    chunks: Iterable[bytes], layout: Layout, columns: Sequence[str] | None = None
) -> Iterator[RawRows]:
    """Yield the rows of a text table, given as UTF-8 bytes.

    Parameters
    ----------
    chunks
        The text in pieces of any size.
    layout
        How it is laid out; see `layout.find_layout`.
    columns
        Only these columns are kept in the tables; all when None. Structure is checked in full.
    """
    quoting = layout.delimiter != BLANKS
    delimiter = layout.delimiter.encode() if quoting else b"\t"
    row = 1
    skip = layout.header_row
    for whole in blocks(_lines(chunks), delimiter, quoting=quoting):
        block = whole
        if skip:
            block = block[end_of_first(block, skip, delimiter) :]
            row, skip = 1 + skip, 0
        if not block:
            continue
        rows = _parse(_Block(block, row, delimiter.decode(), quoting), layout.names, columns)
        row += rows.rows
        yield rows


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Yield the text with `\n` at the end of lines wherever the file ends them with `\r` alone."""
    only_returns: bool | None = None
    for chunk in chunks:
        text = chunk
        if only_returns is None:
            only_returns = b"\r" in text and b"\n" not in text
        if only_returns:
            text = text.replace(b"\r", b"\n")
        yield text


@dataclass(frozen=True, slots=True)
class _Block:
    text: bytes
    first_row: int
    delimiter: str
    quoting: bool


def _parse(block: _Block, names: Sequence[str], columns: Sequence[str] | None) -> RawRows:
    text = block.text if block.quoting else _tabbed(block.text)
    if text == codecs.BOM_UTF8:
        text = b"\n"  # PyArrow takes the mark off, and a block of nothing is refused
    valid = text.isascii() or _is_utf8(text)
    clean = valid and b"\0" not in text
    if not valid:
        text = text.decode("utf-8", _MARKED).encode()
    bad: list[csv.InvalidRow] = []

    def aside(row: csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    wanted = [name for name in names if columns is None or name in columns]
    kind = pa.string() if clean else pa.binary()
    table = csv.read_csv(
        pa.py_buffer(text),
        read_options=csv.ReadOptions(
            use_threads=False, column_names=list(names), block_size=len(text) + 1
        ),
        parse_options=csv.ParseOptions(
            delimiter=block.delimiter,
            quote_char='"' if block.quoting else False,
            newlines_in_values=block.quoting,
            ignore_empty_lines=False,
            invalid_row_handler=aside,
        ),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            # A byte that is not text may stand in any column.
            column_types=dict.fromkeys(names, kind),
            include_columns=wanted if clean else list(names),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            null_values=[],
        ),
    )
    faults = [_structure_fault(row, block.first_row, len(names)) for row in bad]
    numbers = _row_numbers(table.num_rows, [row.number for row in bad], block.first_row)
    table = table.append_column(ROW, numbers).combine_chunks()
    if not clean:
        table, more = _text_rows(table, names)
        faults = sorted([*faults, *more], key=lambda fault: fault.source_row)
        table = table.select([*wanted, ROW])
    return RawRows(table, aside_table(faults))


def _tabbed(text: bytes) -> bytes:
    lines = _INNER_BLANKS.sub(b"\t", text.replace(b"\r\n", b"\n"))
    return _OUTER_BLANKS.sub(b"", lines)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _row_numbers(kept: int, skipped: Sequence[int], first: int) -> pa.Array:
    numbers = np.arange(first, first + kept + len(skipped), dtype=np.int64)
    if skipped:
        numbers = np.delete(numbers, np.array(skipped, np.int64) - 1)
    return pa.array(numbers)


def _structure_fault(row: csv.InvalidRow, first_row: int, width: int) -> Aside:
    number = first_row + row.number - 1
    text = row.text.replace(_MARK, "\ufffd")
    return Aside(number, None, *_what_is_broken(text, row.actual_columns, width), raw_json(text))


def _what_is_broken(text: str, found: int, width: int) -> tuple[str, str]:
    if text.startswith(TOO_LONG.decode()):
        return "line_too_long", f"The line is longer than {LONGEST // 1024:,} KB."
    if text.startswith(NOT_CLOSED.decode()):
        return "quote_not_closed", "A quotation mark opens a text that is never closed."
    code = "too_many_columns" if found > width else "too_few_columns"
    many = "column" if found == 1 else "columns"
    return code, f"The row has {found:,} {many}, the header {width:,}."


def _text_rows(table: pa.Table, names: Sequence[str]) -> tuple[pa.Table, list[Aside]]:
    """Part the rows that are text from those that hold bytes which are not."""
    broken = np.zeros(table.num_rows, bool)
    where = np.full(table.num_rows, -1)
    mark = _MARK.encode()
    for index, name in enumerate(names):
        column = table.column(name)
        # Plain bytes have no search for a zero byte that does not also check UTF-8 first.
        for position, value in enumerate(column.to_pylist()):
            if b"\0" in value or mark in value:
                broken[position] = True
                where[position] = index if where[position] < 0 else where[position]
    faults = [
        _not_text(table.slice(int(position), 1).to_pylist()[0], names[int(where[position])], names)
        for position in np.flatnonzero(broken)
    ]
    kept = table.filter(pa.array(~broken))
    columns = [pc.cast(kept.column(name), pa.string()) for name in names]
    return pa.table([*columns, kept.column(ROW)], names=[*names, ROW]), faults


def _not_text(row: dict[str, object], column: str, names: Sequence[str]) -> Aside:
    cells = {name: _shown(row[name]) for name in names}
    number = int(str(row[ROW]))
    first = cells[names[0]]
    if first.startswith((TOO_LONG.decode(), NOT_CLOSED.decode())):
        return Aside(number, None, *_what_is_broken(first, 0, 0), raw_json(cells))
    reason = f"{column} holds bytes that are not text."
    return Aside(number, column, "not_text", reason, raw_json(cells))


def _shown(value: object) -> str:
    return value.decode().replace(_MARK, "\ufffd") if isinstance(value, bytes) else str(value)
