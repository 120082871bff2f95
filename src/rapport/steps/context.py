"""What a step of the pipeline works with: the engine, the facts, earlier results, the settings."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from rapport.record.engines import Engine
from rapport.record.frames import Frame
from rapport.record.reading import table_frame
from rapport.record.store import Record
from rapport.results import Results
from rapport.settings import Settings

ORDERS = ("purchase", "purchase_line")
# They see an order when a browser shows it, and not when it is refunded, or made in a store.
WATCHERS = ("ga4", "matomo")


def seen_twice(record: Record) -> tuple[str, ...]:
    """Return the sources that only watched orders of which the record has the shop's own files."""
    loads = [load for load in record.loads() if load.status == "committed"]
    sources = {load.source for load in loads if any(load.rows_now(name) for name in ORDERS)}
    watched = tuple(sorted(sources.intersection(WATCHERS)))
    return watched if sources.difference(WATCHERS) else ()


@dataclass(frozen=True)
class Context:
    """The world of one run.

    Parameters
    ----------
    engine
        DuckDB or Spark.
    record
        Where the facts are.
    results
        Where tables and numbers go.
    settings
        All of rapport.toml.
    """

    engine: Engine
    record: Record
    results: Results
    settings: Settings

    def facts(self, table: str) -> Frame:
        """Return a table of the record, each fact once.

        Orders that a browser was seen to make are left out where the shop's own are there.
        """
        rows = table_frame(self.engine, self.record, table)
        seen = seen_twice(self.record) if table in ORDERS else ()
        return rows.filter(~nw.col("source").is_in(list(seen))) if seen else rows

    def result(self, table: str) -> Frame:
        """Return a table that an earlier step wrote."""
        return self.engine.scan_delta(self.results.path(table))

    def write(self, table: str, rows: Frame | pa.Table) -> int:
        """Replace a result table whole; returns how many rows it has."""
        frame = self.engine.table(rows) if isinstance(rows, pa.Table) else rows
        return self.engine.write(frame, self.results.path(table))
