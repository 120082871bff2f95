"""Text files of rows: quoting, line ends and encodings as each platform writes them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROWS_AT_ONCE = 100_000
_BOMS = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform writes its rows: delimiter, line end, quotes, encoding.

    `preamble` stands above the header, as it is. `utf-16-le` is written with its byte order mark.
    """

    delimiter: str = ","
    line_end: str = "\n"
    quotes: Literal["needed", "all"] = "needed"
    encoding: str = "utf-8"
    preamble: str = ""


PLAIN = Dialect()
WINDOWS = Dialect(line_end="\r\n")
WITH_MARK = Dialect(encoding="utf-8-sig")
FRENCH = Dialect(delimiter=";", line_end="\r\n", encoding="cp1252")

Cells: TypeAlias = str | pa.Array | pa.ChunkedArray | np.ndarray | Sequence[object]


def names(*listed: str) -> tuple[str, ...]:
    """Return column names from texts that hold them with commas between.

    Examples
    --------
    >>> names("Name, Email", "City")
    ('Name', 'Email', 'City')
    """
    return tuple(name for text in listed for name in text.split(", "))


def as_text(cells: Cells) -> pa.Array:
    """Return cells as text, empty where there is nothing.

    Examples
    --------
    >>> as_text([1, None, 3]).to_pylist()
    ['1', '', '3']
    """
    array = pa.array(cells) if not isinstance(cells, pa.Array | pa.ChunkedArray) else cells
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not pa.types.is_string(array.type):
        array = pc.cast(array, pa.string())
    return array.fill_null("") if array.null_count else array


def _quoted(text: pa.Array, dialect: Dialect) -> pa.Array:
    if dialect.quotes == "all":
        return _held(text)
    if not any(
        sign in text_bytes(text) for sign in (dialect.delimiter.encode(), b'"', b"\r", b"\n")
    ):
        return text
    must = pc.match_substring_regex(text, f'[{re.escape(dialect.delimiter)}"\r\n]')
    return pc.if_else(must, _held(text), text)


def _held(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")


def _quoted_word(word: str, dialect: Dialect) -> str:
    special = any(sign in word for sign in (dialect.delimiter, '"', "\r", "\n"))
    if dialect.quotes == "all" or special:
        return '"' + word.replace('"', '""') + '"'
    return word


def joined(parts: Sequence[str | pa.Array]) -> pa.Array:
    """Return the parts of each row set side by side; what is the same in all rows is a str.

    Examples
    --------
    >>> joined(["a=", pa.array(["1", "2"]), ";"]).to_pylist()
    ['a=1;', 'a=2;']
    """
    merged: list[str | pa.Array] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return pc.binary_join_element_wise(*merged, "")


def text_bytes(lines: pa.Array) -> bytes:
    """Return the texts of an array one after the other, as UTF-8.

    Examples
    --------
    >>> text_bytes(pa.array(["ab", "c"]).slice(1))
    b'c'
    """
    if len(lines) == 0:
        return b""
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :]
    return bytes(lines.buffers()[2][int(offsets[0]) : int(offsets[len(lines)])])


def _lines(columns: Sequence[str | pa.Array], dialect: Dialect) -> pa.Array:
    parts: list[str | pa.Array] = []
    for number, cells in enumerate(columns):
        if number:
            parts.append(dialect.delimiter)
        word = isinstance(cells, str)
        parts.append(_quoted_word(cells, dialect) if word else _quoted(cells, dialect))
    return joined([*parts, dialect.line_end])


def pieces(
    header: Sequence[str], columns: Mapping[str, Cells], dialect: Dialect = PLAIN
) -> Iterator[bytes]:
    r"""Yield the bytes of a file, some rows at a time.

    Parameters
    ----------
    header
        The names of all columns of the file, in order. A column that `columns` lacks is empty.
    columns
        The cells of a column, or one text that stands in every row.
    dialect
        How they are written.

    Raises
    ------
    ValueError
        When `columns` has a name that the header lacks, or columns differ in length.

    Examples
    --------
    >>> b"".join(pieces(["Name", "Note", "City"], {"Name": ["A", "B, C"], "City": "Lyon"}))
    b'Name,Note,City\nA,,Lyon\n"B, C",,Lyon\n'
    """
    stray = [name for name in columns if name not in header]
    if stray:
        raise ValueError(f"Not in the header: {', '.join(stray)}.")
    texts = {
        name: cells if isinstance(cells, str) else as_text(cells) for name, cells in columns.items()
    }
    lengths = {len(cells) for cells in texts.values() if not isinstance(cells, str)}
    if len(lengths) != 1:
        raise ValueError(f"Columns of one file have {sorted(lengths)} rows.")
    line = dialect.delimiter.join(_quoted_word(name, dialect) for name in header)
    head = dialect.preamble + line + dialect.line_end
    yield _BOMS.get(dialect.encoding, b"") + encoded(head.encode(), dialect.encoding)
    rows = lengths.pop()
    for start in range(0, rows, ROWS_AT_ONCE):
        part = [texts.get(name, "") for name in header]
        cut = [c if isinstance(c, str) else c.slice(start, ROWS_AT_ONCE) for c in part]
        yield encoded(text_bytes(_lines(cut, dialect)), dialect.encoding)


def encoded(text: bytes, encoding: str) -> bytes:
    r"""Return UTF-8 text in another encoding; what that cannot hold becomes a question mark.

    Examples
    --------
    >>> encoded("é😀".encode(), "cp1252")
    b'\xe9?'
    """
    if encoding in ("utf-8", "utf-8-sig"):
        return text
    return text.decode().encode(encoding, "replace")


def rendered(
    header: Sequence[str], columns: Mapping[str, Cells], dialect: Dialect = PLAIN
) -> bytes:
    """Return the bytes of a whole file; see `pieces`."""
    return b"".join(pieces(header, columns, dialect))


def write_rows(
    path: Path,
    header: Sequence[str],
    columns: Mapping[str, Cells],
    dialect: Dialect = PLAIN,
) -> Path:
    """Write a file and return its path; see `pieces`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for piece in pieces(header, columns, dialect):
            file.write(piece)
    return path


def write_filled(
    path: Path,
    header: Sequence[str],
    columns: Mapping[str, Cells],
    dialect: Dialect = PLAIN,
) -> list[Path]:
    """Write a file when there is a row for it, and return its path, or none.

    Nobody gathers an export without rows, and readers rightly refuse one.
    """
    lengths = {len(cells) for cells in columns.values() if not isinstance(cells, str)}
    return [] if lengths == {0} else [write_rows(path, header, columns, dialect)]
