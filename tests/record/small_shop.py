"""A small shop whose files can be made at will."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import MONEY
from rapport.record.store import Record

MARCH = dt.datetime(2011, 3, 1, 12, tzinfo=dt.UTC)


def purchases(
    ids: Sequence[str], *, first_row: int = 2, start: dt.datetime = MARCH, step_hours: int = 24
) -> pa.Table:
    """One order a day, or in so many hours, of the customer with the order's number."""
    count = len(ids)
    return pa.table(
        {
            "purchase_id": pa.array(ids, pa.string()),
            "ordered_on": pa.array(
                [start + dt.timedelta(hours=step_hours * n) for n in range(count)],
                pa.timestamp("us", "UTC"),
            ),
            "account_id": pa.array([f"customer-{text}" for text in ids], pa.string()),
            "revenue": pa.array([Decimal("9.90")] * count, MONEY),
            "currency": pa.array(["EUR"] * count, pa.string()),
            "source_row": pa.array(range(first_row, first_row + count), pa.int64()),
        }
    )


def aside(rows: Sequence[tuple[int, str, str]]) -> pa.Table:
    """Rows set aside: number, reason's code, the row."""
    return pa.Table.from_pylist(
        [
            {
                "source_row": n,
                "column": "date",
                "code": code,
                "reason": f"'{raw}' is {code}",
                "raw": raw,
            }
            for n, code, raw in rows
        ],
        schema=ASIDE,
    )


def orders(
    ids: Sequence[str], *, file: str = "orders.csv", source: str = "shop", **more: Any
) -> Facts:
    """A file of orders, in one batch."""
    batch = Batch(len(ids), {"purchase": purchases(ids, **more)})
    return facts([batch], file=file, source=source)


def facts(
    batches: Sequence[Batch], *, file: str = "orders.csv", source: str = "shop", reading: str = "r"
) -> Facts:
    content = hashlib.sha256()
    for batch in batches:
        for name, rows in sorted(batch.tables.items()):
            content.update(f"{name} {rows.to_pylist()}".encode())
        content.update(str(batch.aside.to_pylist()).encode())
    return Facts(source, file, content.hexdigest(), reading, iter(batches))


def names(count: int, prefix: str = "o", first: int = 0) -> list[str]:
    return [f"{prefix}{n}" for n in range(first, first + count)]


def stored(record: Record, table: str = "purchase") -> list[dict[str, Any]]:
    """What a reader sees of a table, duplicates and all."""
    shown = record.visible(table)
    rows = [
        row
        for file in shown.files
        for row in pq.read_table(file, partitioning=None).to_pylist()
        if row["load_id"] in shown.load_ids
    ]
    assert len(rows) == shown.rows
    return rows


def order_ids(record: Record) -> list[str]:
    return sorted(row["purchase_id"] for row in stored(record))
