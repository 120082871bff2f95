"""Arrays of objects inside files that are no tables: archives that networks give of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rapport.errors import Problem
from rapport.sources.opening import opened
from rapport.sources.other_tables import json_objects, object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table

_HEAD = 1 << 14
Object = Mapping[str, object]
Flat = Callable[[Object], Object | None]


def head_of(piece: Piece) -> bytes:
    """Return the first bytes of a piece, without blanks; none of what cannot be opened."""
    try:
        with opened(piece.path) as stream:
            return stream.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    except Problem:
        return b""


def array_table(piece: Piece, names: tuple[str, ...], flat: Flat) -> TableFile:
    """Return a table of the first array of a file.

    Parameters
    ----------
    piece
        The file; what stands before its first `[` does not matter.
    names
        The columns.
    flat
        Makes the cells of a row from an object of the array; None for one of another form, which
        is then set aside.
    """

    def objects() -> Iterator[tuple[int, Object | str]]:
        for number, value in _objects_in(piece.path):
            cells = flat(value) if isinstance(value, Mapping) else None
            yield number, str(value) if cells is None else cells

    return made_table(piece, names, lambda: object_rows(objects(), names))


def _objects_in(path: Path) -> Iterator[tuple[int, Object | str]]:
    with opened(path) as stream:
        before = stream.read(_HEAD).find(b"[")
    if before < 0:
        return
    with opened(path) as stream:
        stream.read(before)
        for number, value, _ in json_objects(stream):
            yield number, value


def unmangled(text: str) -> str:
    r"""Return a text whose UTF-8 bytes were written as if each were a letter, as Meta does.

    Examples
    --------
    >>> unmangled("\u00c3\u00a9t\u00c3\u00a9"), unmangled("été ☀")
    ('été', 'été ☀')
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
