"""What is known of one load: which file it brought, how many rows, and whether it still stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["committed", "undone", "replaced", "repeat"]
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Load:
    """One file's way into the record.

    Parameters
    ----------
    load_id
        Such as "L000012": sorts in the order in which loads began; `12` and `L12` are understood.
    content, reading
        Digest of the file's bytes, and of the way it was read.
    rows_in, rows_kept, rows_aside
        Rows of the file; `rows_in` is the sum of the two others.
    reasons
        How many rows were set aside for each reason's code.
    rows
        Rows written to each table (a row of the file may give rows in several tables).
    spans
        First and last time of the rows of each table that has a time.
    status
        "committed" counts; "undone" and "replaced" no longer do; "repeat" is what `Record.load`
        answers when the file was in the record already, and nothing was done.
    replaces, replaced_by
        The loads of the same file that this one took the place of, and the one that took its own.
    forgotten
        Rows taken out of each table since, because a person was forgotten.
    """

    load_id: str
    source: str
    file: str
    content: str
    reading: str
    loaded_at: dt.datetime
    rows_in: int
    rows_kept: int
    rows_aside: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    status: Status = "committed"
    replaces: tuple[str, ...] = ()
    replaced_by: str | None = None
    notes: tuple[str, ...] = ()
    forgotten: Mapping[str, int] = field(default_factory=dict)

    def rows_now(self, table: str) -> int:
        """Return how many rows of this load a table holds today."""
        if table == "aside":
            return self.rows_aside
        return self.rows.get(table, 0) - self.forgotten.get(table, 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the load for machines; times as ISO 8601 texts."""
        spans = {name: [end.isoformat() for end in span] for name, span in self.spans.items()}
        return {
            **asdict(self),
            "loaded_at": self.loaded_at.isoformat(),
            "spans": spans,
            "replaces": list(self.replaces),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Load:
        """Return the load that `to_dict` described."""
        read = dt.datetime.fromisoformat
        spans = {name: (read(a), read(b)) for name, (a, b) in values["spans"].items()}
        return cls(
            **{
                **values,
                "loaded_at": read(values["loaded_at"]),
                "spans": spans,
                "replaces": tuple(values["replaces"]),
                "notes": tuple(values["notes"]),
            }
        )


def load_name(number: int) -> str:
    """Return the id of the load with this number.

    Examples
    --------
    >>> load_name(12)
    'L000012'
    """
    return f"L{number:06d}"


def load_number(load_id: str) -> int | None:
    """Return the number in an id as a person may type it, or None when it is not one.

    Examples
    --------
    >>> [load_number(typed) for typed in ("L000012", "l12", "12", "twelve")]
    [12, 12, 12, None]
    """
    digits = load_id.strip().upper().removeprefix("L")
    return int(digits) if digits.isascii() and digits.isdigit() else None
