"""How the tables of a history are declared: a sheet has columns, a column a kind and a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

Kind = Literal["text", "texts", "time", "day", "money", "number", "integer", "flag"]

ARROW: MappingProxyType[Kind, pa.DataType] = MappingProxyType(
    {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
        "money": pa.int64(),
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `null` says whether a row may lack it; money is whole cents."""

    name: str
    kind: Kind
    about: str
    null: bool = False

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field."""
        return pa.field(self.name, ARROW[self.kind])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a history: what a row is, and by which columns rows are sorted."""

    name: str
    one_row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema."""
        return pa.schema([column.arrow for column in self.columns])


def sheet(name: str, one_row_is: str, key: tuple[str, ...], *columns: str) -> Sheet:
    """Return a sheet from lines `name kind: meaning`; a kind with `?` may be null.

    Examples
    --------
    >>> made = sheet("dog", "one dog", ("name",), "name text: what it answers to",
    ...     "born day?: when known")
    >>> [(column.name, column.kind, column.null) for column in made.columns]
    [('name', 'text', False), ('born', 'day', True)]
    """
    return Sheet(name, one_row_is, tuple(_column(line) for line in columns), key)


def _column(line: str) -> Column:
    head, about = line.split(": ", 1)
    name, kind = head.split(" ")
    bare = next(known for known in ARROW if known == kind.removesuffix("?"))
    return Column(name, bare, about, kind.endswith("?"))
