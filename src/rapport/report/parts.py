"""What a letter is made of: sections, figures, tables and their cells."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture, drawn for a page and for a phone.

    Parameters
    ----------
    key
        A name that is an anchor of the page.
    title
        What is seen, in a sentence; coloured words in it name the colours of the picture.
    wide, narrow
        SVG, 680 and 340 pixels wide.
    note
        How to read it, or what was left out.
    table
        The result table that holds its rows.
    """

    key: str
    title: Markup
    wide: Markup
    narrow: Markup
    note: str | Markup = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its text, and how it stands ("text", "figure", "person", "range")."""

    text: str | Markup
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table that is read whole.

    Parameters
    ----------
    title
        What its rows are.
    heads
        Column titles, each standing as its column does.
    rows
        Cells, one for each head.
    table
        The result table that it is taken from.
    note
        What was left out.
    under
        What stands in small under each row; empty when nothing does.
    """

    title: str | Markup
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    table: str = ""
    note: str | Markup = ""
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of a section: what it is, its range, evidence, and the way to its rows."""

    name: str
    title: str
    value: str
    range: str
    grade: str
    people: str
    rows: str
    table: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that could not be answered, why, and which data would answer it."""

    question: str
    why: str
    needs: str


@dataclass(frozen=True, slots=True)
class Section:
    """One question, its answer in a sentence, and what stands behind it."""

    key: str
    title: str | Markup
    answer: Markup
    figures: tuple[Figure, ...] = ()
    numbers: tuple[NumberRow, ...] = ()
    grids: tuple[Grid, ...] = ()
    entries: tuple[Entry, ...] = ()
    basis: tuple[str | Markup, ...] = ()
    as_of: str | Markup = ""
