"""What a known file looks like: its columns in every language, what it fills, how it is read."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.pieces import Piece

if TYPE_CHECKING:
    from rapport.sources.loading import Recipe
    from rapport.sources.reading import TableFile

Alias = str | re.Pattern[str]
Aliases = Alias | tuple[Alias, ...]


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """Return a column's name as it is compared: one case, one kind of blank and apostrophe.

    Examples
    --------
    >>> plain_name("  Date de\u00a0publication "), plain_name('"Gilla-markeringar"')
    ('date de publication', 'gilla-markeringar')
    """
    text = unicodedata.normalize("NFKC", name).replace("\ufeff", "").replace("’", "'")
    return " ".join(text.strip().strip('"').casefold().split())


def as_named(*names: str) -> dict[str, Aliases]:
    """Return columns that are called in the file as they are called here.

    Examples
    --------
    >>> as_named("Name", "Email")
    {'Name': 'Name', 'Email': 'Email'}
    """
    return {name: name for name in names}


class Header(Mapping[str, str]):
    """Which column of a file is meant by each name that a shape uses.

    `header["views"]` is the file's own name for it (KeyError when the file has none); `said` holds
    what the first group of a pattern caught, such as the currency in "Amount spent (USD)".
    """

    def __init__(self, found: Mapping[str, str], said: Mapping[str, str]) -> None:
        self._found = dict(found)
        self.said = dict(said)

    def __getitem__(self, name: str) -> str:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def all_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of the names that the file has, in the order given."""
        return tuple(name for name in names if name in self._found)


@dataclass(frozen=True)
class Shape:
    """One kind of file that a system writes.

    Parameters
    ----------
    name
        A short stable word, unique within its system: `posts`, `followers`.
    title
        What it is, for a person: "Posts of a Facebook page".
    grain
        What one row is, for a person: "one post".
    tables
        The tables of the record that it fills.
    columns
        For each name that the recipe uses, what the file may call it: English first, then other
        languages and years. A pattern's first group is kept in `Header.said`.
    needs
        Names without which it is not this shape.
    without
        Names with which it is not this shape.
    exact
        Whether the file may hold no other columns: for headers that any file could have.
    named
        A pattern that the file's name or its place in an archive must hold, when the columns alone
        do not tell; empty when they do.
    where
        The way through the platform's menus to the export.
    since
        Since when its columns are known to be so: a year or a month.
    checked
        What the columns were verified against.
    recipe
        How a table file becomes facts; or `facts`, for what a recipe cannot say.
    opens
        Makes a table of a file that is none (an archive's JSON, a repository); None when the piece
        is something else. Then `columns` speaks of the table that was made.
    examine
        Looks into the file before it is read and returns why it must not be: the export doctor.
    refuses
        For a file that is known and must never be loaded: why, and what to export instead.
    """

    name: str
    title: str
    grain: str
    tables: tuple[str, ...]
    columns: Mapping[str, Aliases]
    needs: tuple[str, ...]
    where: str = ""
    since: str = ""
    checked: str = ""
    without: tuple[str, ...] = ()
    exact: bool = False
    named: str = ""
    recipe: Callable[[TableFile, Header, Settings], Recipe] | None = None
    facts: Callable[[TableFile, Header, Settings, dt.datetime | None], Facts] | None = None
    opens: Callable[[Piece], TableFile | None] | None = None
    examine: Callable[[TableFile, Header, Settings], Sequence[Fault]] | None = None
    refuses: Refusal | None = None

    def header(self, names: Sequence[str], label: str = "") -> Header | None:
        """Return which column is which, or None when a file of these columns is another shape."""
        if self.named and not re.search(self.named, label, re.IGNORECASE):
            return None
        plain = _plainly(tuple(names))
        found: dict[str, str] = {}
        said: dict[str, str] = {}
        for name, aliases in self.columns.items():
            for alias in aliases if isinstance(aliases, tuple) else (aliases,):
                if _find(alias, plain, name, found, said):
                    break
        if not set(self.needs) <= set(found) or set(self.without) & set(found):
            return None
        if self.exact and set(plain.values()) - set(found.values()):
            return None
        return Header(found, said)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a known file is never loaded, and what to do: sentences of the catalogue.

    One that is `spare` (a connector writes dozens of tables that no answer needs) is left alone
    where it comes with other files, and refused only where it comes alone.
    """

    what: str
    hint: str
    spare: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """One system that files come from.

    Parameters
    ----------
    name
        What the record calls it in `source`.
    title
        Its name, as people know it.
    shapes
        The files it writes.
    kind
        Under which heading `rapport sources` lists it.
    """

    name: str
    title: str
    kind: str
    shapes: tuple[Shape, ...] = field(default=())


@lru_cache(maxsize=256)
def _plainly(names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the columns by their compared names; of two alike the first."""
    return {plain_name(name): name for name in reversed(names)}


def _find(
    alias: Alias,
    plain: Mapping[str, str],
    name: str,
    found: dict[str, str],
    said: dict[str, str],
) -> bool:
    if isinstance(alias, str):
        if (column := plain.get(plain_name(alias))) is None:
            return False
        found[name] = column
        return True
    for text, column in plain.items():
        caught = alias.fullmatch(column.strip()) or alias.fullmatch(text)
        if caught:
            found[name] = column
            if caught.groups():
                said[name] = caught[1] or ""
            return True
    return False


def best(
    shapes: Sequence[tuple[System, Shape]], names: Sequence[str], label: str = ""
) -> tuple[System, Shape, Header] | None:
    """Return the shape that explains the most columns of a header; None when none fits."""
    fitting = [
        (system, shape, header)
        for system, shape in shapes
        if (header := shape.header(names, label)) is not None
    ]
    return max(fitting, key=lambda each: _rank(each[1], each[2]), default=None)


def _rank(shape: Shape, header: Header) -> tuple[int, int, int]:
    return (len(set(header.values())), len(shape.needs), bool(shape.named))
