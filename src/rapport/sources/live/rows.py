"""What a pull brings, as facts that the record can load: each item is one row of its 'file'."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES

Item = Mapping[str, Sequence[Mapping[str, Any]]]

_IN_BATCH = 20_000
_READING = "live 1"


def facts_of(
    source: str, file: str, items: Sequence[Item], notes: tuple[str, ...], cursor: Mapping[str, Any]
) -> Facts:
    """Return items as the facts of one load; its content is a digest of all that it brings."""
    text = json.dumps([file, items, dict(cursor)], default=str, sort_keys=True)
    content = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Facts(source, file, content, _READING, batches_of(items), notes)


def batches_of(items: Sequence[Item], first_row: int = 1) -> Iterator[Batch]:
    """Return items as batches of the record's tables; the first item is row `first_row`.

    Examples
    --------
    >>> item = {"audience": [{"day": None, "channel": "bluesky", "followers": 3}]}
    >>> [batch.tables["audience"]["source_row"].to_pylist() for batch in batches_of([item, item])]
    [[1, 2]]
    """
    for start in range(0, len(items), _IN_BATCH):
        some = items[start : start + _IN_BATCH]
        rows: dict[str, list[dict[str, Any]]] = {}
        for number, item in enumerate(some, start=first_row + start):
            for table, of_item in item.items():
                rows.setdefault(table, []).extend({**r, "source_row": number} for r in of_item)
        tables = {name: typed(name, found) for name, found in rows.items()}
        yield Batch(len(some), tables)


def typed(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table of the record, with the columns that any of them has."""
    given = {name for row in rows for name in row}
    columns = [column.arrow for column in TABLES[table].columns if column.name in given]
    schema = pa.schema([*columns, pa.field("source_row", pa.int64())])
    return pa.Table.from_pylist([_without_halves(row) for row in rows], schema=schema)


def _without_halves(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose texts can be written: networks let half characters through."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in row.items()
    }
