"""What happened in a simulated world: plain Arrow tables, declared once, one line a column.

Times are UTC with microseconds, days are dates in the brand's zone, money is whole cents of EUR
(int64). `person_id` is truth and never appears in an export: systems know a person by the cards of
`profile` and by the accounts of `account`. Rows stand in the order of their table's key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa

from rapport.simulation import schema_events, schema_people
from rapport.simulation.schema import Column, Sheet

BRAND = "Maison Alizé"
ZONE = "Europe/Paris"
CURRENCY = "EUR"

SHEETS: MappingProxyType[str, Sheet] = MappingProxyType(
    {sheet.name: sheet for sheet in (*schema_people.SHEETS, *schema_events.SHEETS)}
)

__all__ = ["BRAND", "CURRENCY", "SHEETS", "ZONE", "Column", "History", "Sheet", "sheet"]

Name = Literal[
    "person",
    "profile",
    "account",
    "follow",
    "level",
    "store",
    "product",
    "post",
    "post_day",
    "reaction",
    "message",
    "order",
    "order_line",
    "visit",
    "spend",
    "ticket",
    "answer",
    "lead",
    "mention",
    "audience",
    "event",
    "referral",
    "contact",
    "approach",
    "competitor_price",
    "heard",
    "gap",
]


@dataclass(frozen=True)
class History:
    """Everything that happened between two days, one Arrow table a sheet (see `SHEETS`).

    `first_day` and `last_day` are both inside; `seed` is what a writer spawns its own chance from.
    """

    first_day: dt.date
    last_day: dt.date
    seed: int
    person: pa.Table
    profile: pa.Table
    account: pa.Table
    follow: pa.Table
    level: pa.Table
    store: pa.Table
    product: pa.Table
    post: pa.Table
    post_day: pa.Table
    reaction: pa.Table
    message: pa.Table
    order: pa.Table
    order_line: pa.Table
    visit: pa.Table
    spend: pa.Table
    ticket: pa.Table
    answer: pa.Table
    lead: pa.Table
    mention: pa.Table
    audience: pa.Table
    event: pa.Table
    referral: pa.Table
    contact: pa.Table
    approach: pa.Table
    competitor_price: pa.Table
    heard: pa.Table
    gap: pa.Table

    def tables(self) -> dict[str, pa.Table]:
        """Return every table by its sheet's name, in the order of `SHEETS`."""
        return {name: getattr(self, name) for name in SHEETS}


def sheet(name: Name, columns: Mapping[str, Any]) -> pa.Table:
    """Return the table of a sheet, from one array or list a column, cast to the sheet's types.

    A column that may lack values can be left out; it is null then. Raises KeyError for a column
    that the sheet does not have or cannot lack.

    Examples
    --------
    >>> made = sheet("store", {"store_id": ["s1"], "name": ["Alizé Lille"], "city": ["Lille"],
    ...     "region": ["Hauts-de-France"], "country": ["FR"]})
    >>> made.num_rows, made.schema.names
    (1, ['store_id', 'name', 'city', 'region', 'country'])
    """
    wanted = SHEETS[name]
    unknown = sorted(set(columns) - {column.name for column in wanted.columns})
    missing = [c.name for c in wanted.columns if not c.null and c.name not in columns]
    if unknown or missing:
        raise KeyError(f"{name}: not known {unknown}, missing {missing}")
    rows = len(next(iter(columns.values())))
    arrays = [
        _array(columns[c.name], c) if c.name in columns else _nulls(c, rows) for c in wanted.columns
    ]
    return pa.table(arrays, schema=wanted.arrow)


def _nulls(column: Column, rows: int) -> pa.Array:
    return pa.nulls(rows, column.arrow.type)


def _array(values: Any, column: Column) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values.cast(column.arrow.type)
    return pa.array(values, from_pandas=True).cast(column.arrow.type)
