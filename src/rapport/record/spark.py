"""Spark, the engine on a cluster; the same steps, the same rows."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from deltalake.transaction import AddAction, RemoveAction

from rapport.errors import Fault, Problem
from rapport.record.engines import DAY, Engine, unified
from rapport.record.frames import Frame

_KEPT_HOURS = 24

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.log.level": "ERROR",
}


def start(master: str, **more: str) -> Any:
    """Return a Spark session at `master`; raises Problem when PySpark or Java is missing."""
    session_class = _session_class()
    local = master.startswith("local")
    if local and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        fault = Fault("Java is missing.", hint="Install Java 17 or newer, or set JAVA_HOME.")
        raise Problem("Spark cannot be started.", [fault])
    builder = session_class.builder.appName("rapport").master(master)
    for key, value in {**(_LOCAL if local else {}), **_SETTINGS, **more}.items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return builder.getOrCreate()


@contextmanager
def open_spark(address: str, time_zone: str) -> Iterator[Engine]:
    """Open the session that is there, a new one, or the server at a Spark Connect address.

    A new session runs at the master that the environment variable SPARK_MASTER names, or on this
    machine. A session that was there before is left as it was.
    """
    running = _session_class().getActiveSession()
    session = _connect(address) if address.startswith("sc://") else running
    if session is None:
        session = start(os.environ.get("SPARK_MASTER", "local[*]"))
    before = {key: session.conf.get(key, None) for key in _SETTINGS}
    for key, value in _SETTINGS.items():
        session.conf.set(key, value)
    try:
        yield SparkEngine(session, time_zone)
    finally:
        if session is not running:
            session.stop()
        else:
            for key, earlier in before.items():
                session.conf.unset(key) if earlier is None else session.conf.set(key, earlier)


def _connect(address: str) -> Any:
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which pandas Spark likes best: we use none
            return _session_class().builder.remote(address).getOrCreate()
    except ImportError as error:
        fault = Fault(
            "The client of Spark Connect is not installed.",
            hint="Install it: pip install 'pyspark[connect]'.",
        )
        raise Problem(f"{address} cannot be reached.", [fault]) from error
    except PySparkException as error:
        fault = Fault(str(error).splitlines()[0], hint="Look at 'engine' in rapport.toml.")
        raise Problem(f"{address} cannot be reached.", [fault]) from error


class SparkEngine(Engine):
    """A Spark session as an engine."""

    name = "spark"

    def __init__(self, session: Any, time_zone: str) -> None:
        self._session = session
        self._time_zone = time_zone

    def scan(self, files: Sequence[str | Path], schema: pa.Schema) -> Frame:
        """See `Engine.scan`."""
        from pyspark.sql import functions as sf

        read = self._parquet([str(file) for file in files], schema)
        days = [
            sf.to_date(sf.from_utc_timestamp(field.name, self._time_zone)).alias(
                f"{field.name}{DAY}"
            )
            for field in schema
            if pa.types.is_timestamp(field.type)
        ]
        return _frame(read.select(*map(_naive, schema), *days))

    def cache(self, frame: Frame) -> Frame:
        """See `Engine.cache`."""
        # a checkpoint ends the plan here; after persist() the plan of every later step would
        # still be planned from the files on, in exponential time
        return _frame(frame.to_native().localCheckpoint(eager=True))

    def table(self, rows: pa.Table) -> Frame:
        """See `Engine.table`."""
        made = self._session.createDataFrame(
            unified(rows), schema=_spark_schema(unified(rows).schema)
        )
        return _frame(made)

    def _collect(self, frame: Frame) -> pa.Table:
        return frame.to_native().toArrow()

    def _write(self, frame: Frame, folder: Path) -> int:
        from pyspark.sql import functions as sf

        part = f"part-{uuid.uuid4().hex}"
        columns = [
            sf.col(name).cast("timestamp").alias(name) if kind == nw.Datetime else sf.col(name)
            for name, kind in frame.collect_schema().items()
        ]
        frame.to_native().select(*columns).write.parquet(str(folder / part))
        return _register(folder, part)

    def _read_delta(self, files: Sequence[str], schema: pa.Schema, folder: Path) -> Frame:
        read = self._parquet(list(files), schema, base=folder)
        return _frame(read.select(*map(_naive, schema)))

    def _parquet(self, paths: list[str], schema: pa.Schema, base: Path | None = None) -> Any:
        kinds = _spark_schema(schema)
        if not paths:
            return self._session.createDataFrame([], schema=kinds)
        reader = self._session.read.schema(kinds)
        if base is not None:
            reader = reader.option("basePath", str(base))
        return reader.parquet(*paths)


def _frame(native: Any) -> Frame:
    frame: Frame = nw.from_native(native)
    return frame


def _naive(field: pa.Field) -> Any:
    from pyspark.sql import functions as sf

    column = sf.col(field.name)
    if pa.types.is_timestamp(field.type):
        return column.cast("timestamp_ntz").alias(field.name)
    return column


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _register(folder: Path, part: str) -> int:
    """Make the Parquet files under folder/part the whole content of the Delta table."""
    files = sorted((folder / part).glob("*.parquet"))
    counts = [pq.read_metadata(file).num_rows for file in files]
    kept = [(file, count) for file, count in zip(files, counts, strict=True) if count]
    schema = pq.read_schema(files[0]).remove_metadata()
    if not DeltaTable.is_deltatable(str(folder)):
        DeltaTable.create(str(folder), schema)
    table = DeltaTable(str(folder))
    actions: list[AddAction | RemoveAction] = [_action(file, count, folder) for file, count in kept]
    if actions:
        table.create_write_transaction(actions, "overwrite", schema)
    else:
        write_deltalake(table, schema.empty_table(), mode="overwrite", schema_mode="overwrite")
    DeltaTable(str(folder)).vacuum(_KEPT_HOURS, dry_run=False, enforce_retention_duration=False)
    return sum(counts)


def _action(file: Path, rows: int, folder: Path) -> AddAction:
    return AddAction(
        path=str(file.relative_to(folder)),
        size=file.stat().st_size,
        partition_values={},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def _session_class() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        fault = Fault("PySpark is not installed.", hint="Install it: pip install 'rapport[spark]'.")
        raise Problem("Spark cannot be started.", [fault]) from error
    return SparkSession
