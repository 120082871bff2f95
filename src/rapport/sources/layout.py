"""How a text table is laid out: what parts its columns, which row holds the names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "  # columns parted by runs of blanks, as statistical packages print them
_SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", BLANKS: "blanks"}
_NUMBER = re.compile(r"^[^\w]*\d[\d.,\s:/'\-]*[^\w]*$|^[\d.,]+[eE][+-]?\d+$")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is cut into rows and columns.

    `header_row` is the row of the names as a spreadsheet counts (0 when there is none); `first_row`
    is the first row of data.
    """

    delimiter: str
    names: tuple[str, ...]
    header_row: int
    said: bool = False

    @property
    def first_row(self) -> int:
        """The row on which the data begin."""
        return self.header_row + 1

    @property
    def spoken(self) -> str:
        """What parts the columns, in words."""
        return _SPOKEN[self.delimiter]


def split_rows(text: str, delimiter: str) -> list[list[str]]:
    r"""Return the rows of a sample; a blank line is a row without cells.

    Examples
    --------
    >>> split_rows('a;"b\nc"\n\n1;2', ";")
    [['a', 'b\nc'], [], ['1', '2']]
    """
    if delimiter == BLANKS:
        return [line.split() for line in text.splitlines()[:SAMPLE_ROWS]]
    csv.field_size_limit(1 << 24)
    rows: list[list[str]] = []
    # The csv module splits at any line end of Unicode when given `splitlines`; files do not.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for row in csv.reader((f"{line}\n" for line in lines), delimiter=delimiter):
        rows.append(row)
        if len(rows) >= SAMPLE_ROWS:
            break
    return rows


def find_layout(text: str, header_row: int | None = None) -> Layout | None:
    r"""Find out how a sample of text is laid out; None when it has no two columns in common.

    The delimiter is the one under which most rows have the same number of cells, more than one.
    Rows above the names (a title, a `sep=` line, notes) are found by their other width.

    Examples
    --------
    >>> find_layout("Exported on Monday\n\nid;date\n1;2024-01-31\n")
    Layout(delimiter=';', names=('id', 'date'), header_row=3, said=False)
    """
    said = re.match(r'^"?sep=(.)"?[ \t]*(\r\n|\r|\n)', text, re.IGNORECASE)
    candidates = [said[1]] if said and said[1] in _SPOKEN else [*DELIMITERS, BLANKS]
    best: tuple[float, list[list[str]], str] | None = None
    for delimiter in candidates:
        rows = split_rows(text, delimiter)
        score = _score(rows, delimiter)
        if score and (best is None or score > best[0]):
            best = (score, rows, delimiter)
    if best is None:
        return None
    _, rows, delimiter = best
    found = _header(rows) if header_row is None else header_row
    if found > len(rows):
        return None
    width = _width(rows[found:] or rows)
    names = rows[found - 1] if found else [f"c{n}" for n in range(1, width + 1)]
    if len(names) < 2:
        return None
    return Layout(delimiter, unique_names(names), found, said is not None)


def _below_notes(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Return the rows from the first with two cells: a report may begin with more notes than rows.

    Examples
    --------
    >>> _below_notes([["Report"], [], ["Weekly"], ["a", "b"], ["1"]])
    [['a', 'b'], ['1']]
    """
    return rows[next((n for n, row in enumerate(rows) if len(row) > 1), len(rows)) :]


def _width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _score(rows: Sequence[Sequence[str]], delimiter: str) -> float:
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    width = _width(_below_notes(filled))
    if width < 2:
        return 0.0
    share = sum(len(row) == width for row in filled) / len(filled)
    # Numbers with decimal commas can look like columns: cells that begin in the middle of a number
    # or hold other delimiters speak against; many columns speak for, a little.
    body = filled[:200]
    foreign = sum(any(d in cell for d in ";\t|") for row in body for cell in row)
    cells = sum(len(row) for row in body)
    score = share * (1 - foreign / cells) + min(width, 50) / 500
    return score * (0.5 if delimiter == BLANKS else 1.0)


def _header(rows: Sequence[Sequence[str]]) -> int:
    """Return the row of the names, counted from 1, or 0 when the first full row is data."""
    width = _width(_below_notes(rows))
    for number, row in enumerate(rows[:100], start=1):
        if len(row) != width or sum(bool(cell.strip()) for cell in row) < max(2, width // 2):
            continue
        named = [cell.strip() for cell in row if cell.strip()]
        data = sum(bool(_NUMBER.match(cell) or _DATE.search(cell)) for cell in named)
        if data > len(named) / 3 or (data and len(set(named)) < len(named)):
            return 0
        return number
    return 0


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return one name for each column: trimmed, the empty named, the repeated numbered.

    Examples
    --------
    >>> unique_names(["id", "", "id "])
    ('id', 'column 2', 'id (2)')
    """
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = base = " ".join(cell.replace("\0", "").split()) or f"column {number}"
        repeat = 2
        while name in names:
            name, repeat = f"{base} ({repeat})", repeat + 1
        names.append(name)
    return tuple(names)
