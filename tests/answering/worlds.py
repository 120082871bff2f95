"""Small worlds of messages and tickets that the tests of answering share."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from rapport.record.schema import TABLES

at = dt.datetime.fromisoformat


def rows_of(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as the engine scans them from the record: all columns, naive UTC times."""
    fields = [
        pa.field(f.name, pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type)
        for f in TABLES[table].arrow
    ]
    schema = pa.schema(fields)
    return pa.Table.from_pylist([{n: row.get(n) for n in schema.names} for row in rows], schema)


def message(
    number: str, who: str, when: str, text: str, answers: str | None = None, channel: str = "x"
) -> dict[str, Any]:
    """Return one public message."""
    return {
        "activity_id": number,
        "account_id": who,
        "occurred_on": at(when),
        "text": text,
        "in_reply_to": answers,
        "channel": channel,
        "source": channel,
        "verb": "Create",
        "object_kind": "note",
    }
