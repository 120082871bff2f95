"""What the tests of sources share: a shop's settings, files written by hand, facts gathered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapport.record.facts import Facts
from rapport.settings import FileMapping, Settings
from rapport.sources.registry import read

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
SETTINGS = Settings(brand="Maison", currency="EUR", time_zone="Europe/Paris")

ORDERS = FileMapping(
    files="*",
    columns={"purchase_id": "order", "ordered_on": "date", "account_id": "customer"}
    | {"revenue": "amount"},
    confirmed=True,
)


def settings(mapping: FileMapping | None = ORDERS, **changes: Any) -> Settings:
    """Settings with one mapping that fits every file."""
    mappings = {"shop": mapping.model_copy(update=changes)} if mapping else {}
    return SETTINGS.model_copy(update={"mappings": mappings})


@dataclass(frozen=True)
class Gathered:
    """All facts of one file, as plain rows."""

    facts: Facts
    rows: int
    tables: Mapping[str, list[dict[str, Any]]]
    aside: list[dict[str, Any]]

    @property
    def codes(self) -> Counter[str]:
        return Counter(row["code"] for row in self.aside)

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(row["source_row"], row["reason"]) for row in self.aside]

    def column(self, name: str, table: str = "purchase") -> list[Any]:
        return [row.get(name) for row in self.tables.get(table, [])]


def gather(path: Path, how: Settings | None = None) -> Gathered:
    """Read a file whole; every row must be kept or set aside exactly once, with its number."""
    facts = read(path, how or settings(), NOW)
    parts: dict[str, list[pa.Table]] = {}
    aside: list[dict[str, Any]] = []
    rows = 0
    for batch in facts.batches:
        kept = {n for table in batch.tables.values() for n in table["source_row"].to_pylist()}
        kept |= set(batch.folded.tolist())
        apart = batch.aside["source_row"].to_pylist()
        assert len(set(apart)) == len(apart)
        assert not kept & set(apart)
        assert len(kept) + len(apart) == batch.rows
        rows += batch.rows
        aside += batch.aside.to_pylist()
        for name, table in batch.tables.items():
            parts.setdefault(name, []).append(table)
    tables = {name: pa.concat_tables(several).to_pylist() for name, several in parts.items()}
    return Gathered(facts, rows, tables, aside)


def written(folder: Path, text: str | bytes, name: str = "orders.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


HEADER = "order,date,customer,amount\n"
GOOD = HEADER + "1,2024-01-31,ana,10.50\n2,2024-02-01,bo,20\n"
