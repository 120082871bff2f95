"""What a step of the pipeline works with: the engine, the facts, earlier results, the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
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
# They see orders of a shop that has files of its own: in a browser, or as payments.
WATCHERS = ("ga4", "matomo", "stripe")


def seen_twice(record: Record, settings: Settings) -> tuple[str, ...]:
    """Return the sources whose orders are left out, since the shop's own files hold them.

    `orders` under `[sources.NAME]` of rapport.toml decides where it is given.
    """
    loads = [load for load in record.loads() if load.status == "committed"]
    sources = {load.source for load in loads if any(load.rows_now(name) for name in ORDERS)}
    said = {name: how.orders for name, how in settings.sources.items() if how.orders is not None}
    shops = sources.difference(WATCHERS)
    return tuple(
        sorted(
            source
            for source in sources
            if not said.get(source, source not in WATCHERS or not shops)
        )
    )


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
    since
        The first day of which facts may have changed since the step was last computed; None where
        all may have.
    """

    engine: Engine
    record: Record
    results: Results
    settings: Settings
    since: dt.date | None = None

    def facts(self, table: str) -> Frame:
        """Return a table of the record, each fact once.

        Orders that were only watched are left out where the shop's own are there.
        """
        rows = table_frame(self.engine, self.record, table)
        seen = seen_twice(self.record, self.settings) if table in ORDERS else ()
        return rows.filter(~nw.col("source").is_in(list(seen))) if seen else rows

    def holds(self, *tables: str) -> bool:
        """Return whether a table of the record has rows: without them a step has little to do."""
        return any(self.record.visible(table).rows for table in tables)

    def result(self, table: str) -> Frame:
        """Return a table that an earlier step wrote."""
        return self.engine.scan_delta(self.results.path(table))

    def kept(self, name: str, make: Callable[[], Frame], *, anew: bool = False) -> Frame:
        """Return what one step finds once a run for others, from the results folder.

        Parameters
        ----------
        name
            Of its folder. It is no result table: whoever reads it names in `reads` all that it is
            made from, so that a change is seen.
        make
            Makes it, where it is not there.
        anew
            Make it whether it is there or not: for the step whose it is.
        """
        folder = self.results.folder / name
        if anew or not (folder / "_delta_log").is_dir():
            self.engine.write(make(), folder)
        return self.engine.scan_delta(folder)

    def write(self, table: str, rows: Frame | pa.Table) -> int:
        """Replace a result table whole; returns how many rows it has."""
        frame = self.engine.table(rows) if isinstance(rows, pa.Table) else rows
        return self.engine.write(frame, self.results.path(table))
