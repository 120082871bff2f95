"""The two engines: DuckDB on one machine, Spark on a cluster, behind one small interface."""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from rapport.errors import Fault, Problem
from rapport.record.frames import Frame, plain

DAY = "_day"  # the calendar day of the time column `x` stands in `x_day`


class Engine(ABC):
    """What a step needs of an engine: read, keep for later, write, and hand over small results.

    Times leave `scan` as naive UTC timestamps; beside each time column `x` stands `x_day`, the
    calendar day in the brand's time zone.
    """

    name: str

    @abstractmethod
    def scan(self, files: Sequence[str | Path], schema: pa.Schema) -> Frame:
        """Return the rows of Parquet files, with exactly the columns of `schema` and the days.

        Columns that a file lacks are null. Without files the frame is empty.
        """

    @abstractmethod
    def cache(self, frame: Frame) -> Frame:
        """Compute a frame once, into temporary storage, for use by several later steps."""

    @abstractmethod
    def table(self, rows: pa.Table) -> Frame:
        """Return a small Arrow table as a frame of this engine."""

    @abstractmethod
    def _collect(self, frame: Frame) -> pa.Table: ...

    @abstractmethod
    def _write(self, frame: Frame, folder: Path) -> int: ...

    @abstractmethod
    def _read_delta(self, files: Sequence[str], schema: pa.Schema, folder: Path) -> Frame: ...

    def collect(self, frame: Frame) -> pa.Table:
        """Return a small result, with the same types whichever engine computed it.

        Whole numbers are int64, other numbers float64, money decimal128(38, 4), times naive UTC.
        """
        return unified(self._collect(plain(frame)))

    def write(self, frame: Frame, folder: Path) -> int:
        """Write a frame as a Delta table that replaces the old one in one commit.

        Readers see the old rows or the new ones, never a mixture; a crash leaves the old ones.
        Returns how many rows were written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        return self._write(plain(frame), folder)

    def digest(self, folder: Path) -> str | None:  # noqa: ARG002 - for those that can
        """Return a digest of the rows of a Delta table, whatever their order; None: it cannot."""
        return None

    def scan_delta(self, folder: Path) -> Frame:
        """Return the current rows of a Delta table; raises Problem when there is none."""
        try:
            table = DeltaTable(str(folder))
        except TableNotFoundError as error:
            fault = Fault("There is no Delta table.", str(folder), "Run 'rapport run' first.")
            raise Problem("A result could not be read.", [fault]) from error
        return self._read_delta(table.file_uris(), pa.schema(table.schema().to_arrow()), folder)


@contextmanager
def open_engine(
    engine: str, *, time_zone: str, temp: Path | None = None, memory: str = "4GB"
) -> Iterator[Engine]:
    """Open "duckdb", "spark" or a Spark Connect address, and close it at the end.

    Parameters
    ----------
    engine
        As `engine` in rapport.toml.
    time_zone
        The brand's time zone: it says when a day begins.
    temp
        Where rows that do not fit in memory go; emptied at the end. The system's own if not given.
    memory
        What DuckDB may use, such as "4GB".

    Raises
    ------
    Problem
        If Spark is asked for and Java or PySpark is missing.

    Examples
    --------
    >>> import narwhals as nw
    >>> import pyarrow as pa
    >>> with open_engine("duckdb", time_zone="Europe/Paris") as engine:
    ...     frame = engine.table(pa.table({"a": [1, 2]}))
    ...     engine.collect(frame.select(total=nw.col("a").sum())).to_pylist()
    [{'total': 3}]
    """
    if temp is not None:
        temp.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="rapport-", dir=temp))
    try:
        with _open(engine, time_zone, folder, memory) as opened:
            yield opened
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_spark(master: str, **more: str) -> Any:
    """Start a quiet Spark session at a master such as "local[2]"; see `spark_sessions.start`."""
    from rapport.record import spark_sessions

    return spark_sessions.start(master, **more)


def _open(engine: str, time_zone: str, folder: Path, memory: str) -> Any:
    if engine == "duckdb":
        from rapport.record.duck import open_duckdb

        return open_duckdb(time_zone, folder, memory)
    from rapport.record.spark import open_spark

    return open_spark(engine, time_zone)


def unified(rows: pa.Table) -> pa.Table:
    """Return an Arrow table with the types that `Engine.collect` promises."""
    fields = [pa.field(field.name, _unified(field.type)) for field in rows.schema]
    return rows.cast(pa.schema(fields)).replace_schema_metadata(None)


def _unified(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_decimal(kind):
        return pa.decimal128(38, kind.scale)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind
