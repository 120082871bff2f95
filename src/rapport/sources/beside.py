"""Tables that lie beside a file: a warehouse connector parts one order among several of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Problem
from rapport.record.facts import Facts
from rapport.sources.derived import Make
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, table_of
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Shape

_MOST = 1000  # files of a folder that are looked at


@dataclass(frozen=True, slots=True)
class Beside:
    """A table beside a file, and which of its columns is which."""

    file: TableFile
    header: Header

    def table(self, *names: str) -> pa.Table:
        """Return some of its columns, trimmed strings, under the names they are known by."""
        wanted = {name: self.header[name] for name in names if name in self.header}
        parts = [
            pa.table({name: trimmed(part.table.column(own)) for name, own in wanted.items()})
            for part in self.file.rows(list(dict.fromkeys(wanted.values())))
        ]
        schema = pa.schema([(name, pa.string()) for name in wanted])
        found = pa.concat_tables(parts) if parts else schema.empty_table()
        missing = [name for name in names if name not in wanted]
        for name in missing:
            found = found.append_column(name, pa.repeat("", found.num_rows))
        return found.select(list(names))


def tables_beside(
    file: TableFile, wanted: Mapping[str, tuple[Mapping[str, Aliases], tuple[str, ...]]]
) -> dict[str, Beside]:
    """Return those of the wanted tables that lie in the folder, or the archive, of a file.

    Parameters
    ----------
    file
        The file.
    wanted
        For each name, the columns a table has and those that it needs, as a `Shape` has them. Of
        several that fit, the one that explains the most columns is taken, then the first by name.
    """
    shapes = {
        name: Shape(name, "", "", (), columns, needs) for name, (columns, needs) in wanted.items()
    }
    best: dict[str, tuple[int, Beside]] = {}
    for path in _around(file):
        try:
            other = table_of(Piece(path, path.name))
        except Problem:
            continue
        for name, shape in shapes.items():
            header = shape.header(other.names)
            if header is not None and len(header) > best.get(name, (0, None))[0]:
                best[name] = (len(header), Beside(other, header))
    return {name: found for name, (_, found) in best.items()}


def _around(file: TableFile) -> list[Path]:
    folder = file.path.parent
    # The members of an archive lie unpacked, each in a numbered folder of its own.
    unpacked = "/" in file.label and folder.name.isdigit()
    found = folder.parent.glob("*/*") if unpacked else folder.iterdir()
    paths = (path for path in found if path.is_file() and path != file.path)
    return sorted(path for path in paths if not path.name.startswith("."))[:_MOST]


def read_with(facts: Facts, tables: Mapping[str, Beside]) -> Facts:
    """Return facts that are read anew when a table beside their file has changed."""
    if not tables:
        return facts
    parts = [facts.reading, *(f"{name}={tables[name].file.digest()}" for name in sorted(tables))]
    reading = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return replace(facts, reading=reading)


def numbers(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the plain numbers that a connector writes; null for all else.

    Examples
    --------
    >>> numbers(pa.chunked_array([["4.40", "-465", "", "x"]])).to_pylist()
    [4.4, -465.0, None, None]
    """
    plain = pc.match_substring_regex(cells, r"^-?\d+(\.\d+)?$")
    return pc.cast(pc.if_else(plain, cells, pa.scalar(None, pa.string())), pa.float64())


def looked_up(column: str, keys: pa.ChunkedArray, values: pa.ChunkedArray) -> Make:
    """Return how a column is made from a table beside: the value for each row's key, else empty.

    Of several rows of one key the first holds.

    Examples
    --------
    >>> make = looked_up("order", pa.chunked_array([["1", "2"]]), pa.chunked_array([["a", "b"]]))
    >>> make(pa.table({"order": ["2", "3"]})).to_pylist()
    ['b', '']
    """
    known, told = keys.combine_chunks(), values.combine_chunks()

    def make(rows: pa.Table) -> pa.ChunkedArray:
        place = pc.index_in(trimmed(rows.column(column)), known)
        return pc.fill_null(pc.take(told, place), "")

    return make
