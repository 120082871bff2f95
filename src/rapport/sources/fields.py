"""What a column of the record is made of, and the sentences for cells that break a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rapport.sources.amounts import AmountFormat
from rapport.sources.dates import DateFormat

Kind = Literal[
    "time", "day", "money", "number", "integer", "flag", "text", "identifier", "currency"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the record, made from one column of a file or as the product of two.

    Parameters
    ----------
    name
        The column of the record.
    kind
        What it holds. A `time` is UTC, with `zone` beside it; a `day` is the date as it is written,
        whatever the zone. A `flag` is a yes or no in English, French, German, Spanish or Swedish.
    columns
        The column of the file; two when their product is meant.
    required
        Whether a row without it is set aside.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    required: bool = False

    @property
    def spoken(self) -> str:
        """The column as the file calls it."""
        return " * ".join(self.columns)


def fields_in(
    header: Mapping[str, str], kinds: Mapping[str, Kind], required: Sequence[str] = ()
) -> tuple[Field, ...]:
    """Return a field for each of the named columns that a file has.

    Parameters
    ----------
    header
        The file's own name for each column; see `shapes.Header`.
    kinds
        What each column holds, under the name it is to have.
    required
        Those without which a row is set aside.

    Examples
    --------
    >>> fields_in({"day": "Jour"}, {"day": "day", "clicks": "integer"}, required=["day"])
    (Field(name='day', kind='day', columns=('Jour',), required=True),)
    """
    return tuple(
        Field(name, kind, (header[name],), name in required)
        for name, kind in kinds.items()
        if name in header
    )


@dataclass(frozen=True, slots=True)
class Formats:
    """How a file writes dates and numbers, and which of its ids carry a needless '.0'."""

    dates: DateFormat
    amounts: AmountFormat
    point_zero: frozenset[str] = frozenset()


_SENTENCES = {
    "missing": "{column} is empty.",
    "not_a_date": "{column} '{value}' is not a date.",
    "not_a_number": "{column} '{value}' is not a number.",
    "not_a_whole_number": "{column} '{value}' is not a whole number.",
    "not_yes_or_no": "{column} '{value}' is neither yes nor no.",
    "too_large": "{column} '{value}' is too large for an amount of money.",
    "rounded_id": "{column} '{value}': a spreadsheet rounded this number, and the digits are gone.",
    "currency_invalid": "{column} '{value}' is not a currency: three capital letters, such as EUR.",
    "date_in_future": "{column} '{value}' is in the future.",
    "date_too_old": "{column} '{value}' is before 1970.",
}


def sentence(code: str, field: Field, row: dict[str, object]) -> str:
    """Return what is wrong with one cell, in words.

    Examples
    --------
    >>> field = Field("ordered_on", "time", ("Date",))
    >>> sentence("not_a_date", field, {"Date": "31/31/2011"})
    "Date '31/31/2011' is not a date."
    """
    value = " * ".join(str(row.get(column, ""))[:80] for column in field.columns)
    return _SENTENCES[code].format(column=field.spoken, value=value)


def fault_code(code: str, field: Field) -> str:
    """Return the word that faults are counted by: which value is missing belongs to it."""
    return f"{code}_{field.name}" if code == "missing" else code
