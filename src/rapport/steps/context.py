"""What a step of the pipeline works with: the engine, the facts, earlier results, the settings."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from rapport.record.engines import Engine
from rapport.record.frames import Frame
from rapport.record.reading import table_frame
from rapport.record.store import Record
from rapport.results import Results
from rapport.settings import Settings


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
        """Return a table of the record, each fact once."""
        return table_frame(self.engine, self.record, table)

    def result(self, table: str) -> Frame:
        """Return a table that an earlier step wrote."""
        return self.engine.scan_delta(self.results.path(table))

    def write(self, table: str, rows: Frame | pa.Table) -> int:
        """Replace a result table whole; returns how many rows it has."""
        frame = self.engine.table(rows) if isinstance(rows, pa.Table) else rows
        return self.engine.write(frame, self.results.path(table))
