"""Spark, the engine on a cluster; the same steps, the same rows."""

from __future__ import annotations

import importlib
import json
import os
import time
import uuid
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
from rapport.record import spark_sessions as sessions
from rapport.record.engines import DAY, Engine, unified
from rapport.record.frames import Frame

_KEPT_HOURS = 24


@contextmanager
def open_spark(address: str, time_zone: str) -> Iterator[Engine]:
    """Open the session that is there, a new one, or the server at a Spark Connect address.

    A new session runs at the master that the environment variable SPARK_MASTER names, or on this
    machine. A session that was there before is left as it was.
    """
    if address.startswith("sc://"):
        opened = _for_now(sessions.connect(address))
    elif (there := sessions.running()) is not None:
        opened = _as_it_was(there)
    else:
        opened = _for_now(sessions.start(os.environ.get("SPARK_MASTER", "local[*]")))
    with opened as session:
        yield SparkEngine(session, time_zone)


@contextmanager
def _for_now(session: Any) -> Iterator[Any]:
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def _as_it_was(session: Any) -> Iterator[Any]:
    before = {key: session.conf.get(key, None) for key in sessions.SETTINGS}
    for key, value in sessions.SETTINGS.items():
        session.conf.set(key, value)
    try:
        yield session
    finally:
        for key, earlier in before.items():
            session.conf.unset(key) if earlier is None else session.conf.set(key, earlier)


class SparkEngine(Engine):
    """A Spark session as an engine."""

    name = "spark"

    def __init__(self, session: Any, time_zone: str) -> None:
        self._session = session
        self._time_zone = time_zone
        room = "pyspark.sql.connect" if sessions.is_remote(session) else "pyspark.sql"
        self._functions = importlib.import_module(f"{room}.functions")

    def scan(self, files: Sequence[str | Path], schema: pa.Schema) -> Frame:
        """See `Engine.scan`."""
        sf = self._functions
        read = self._parquet([str(file) for file in files], schema)
        days = [
            sf.to_date(sf.from_utc_timestamp(field.name, self._time_zone)).alias(
                f"{field.name}{DAY}"
            )
            for field in schema
            if pa.types.is_timestamp(field.type)
        ]
        return _frame(read.select(*map(self._naive, schema), *days))

    def cache(self, frame: Frame) -> Frame:
        """See `Engine.cache`."""
        # a checkpoint ends the plan here; after persist() the plan of every later step would
        # still be planned from the files on, in exponential time
        with _told():
            return _frame(frame.to_native().localCheckpoint(eager=True))

    def table(self, rows: pa.Table) -> Frame:
        """See `Engine.table`."""
        made = self._session.createDataFrame(
            unified(rows), schema=_spark_schema(unified(rows).schema)
        )
        return _frame(made)

    def _collect(self, frame: Frame) -> pa.Table:
        with _told():
            return frame.to_native().toArrow()

    def _write(self, frame: Frame, folder: Path) -> int:
        sf = self._functions
        part = f"part-{uuid.uuid4().hex}"
        columns = [
            sf.col(name).cast("timestamp").alias(name) if kind == nw.Datetime else sf.col(name)
            for name, kind in frame.collect_schema().items()
        ]
        with _told():
            frame.to_native().select(*columns).write.parquet(str(folder / part))
        return _register(folder, part)

    def _read_delta(self, files: Sequence[str], schema: pa.Schema, folder: Path) -> Frame:
        read = self._parquet(list(files), schema, base=folder)
        return _frame(read.select(*map(self._naive, schema)))

    def _parquet(self, paths: list[str], schema: pa.Schema, base: Path | None = None) -> Any:
        kinds = _spark_schema(schema)
        if not paths:
            return self._session.createDataFrame([], schema=kinds)
        reader = self._session.read.schema(kinds)
        if base is not None:
            reader = reader.option("basePath", str(base))
        with _told():
            read = reader.parquet(*paths)
            read.schema  # noqa: B018 - Spark Connect looks for the files only when asked
        return read

    def _naive(self, field: pa.Field) -> Any:
        column = self._functions.col(field.name)
        if pa.types.is_timestamp(field.type):
            return column.cast("timestamp_ntz").alias(field.name)
        return column


def _frame(native: Any) -> Frame:
    frame: Frame = nw.from_native(native)
    return frame


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _register(folder: Path, part: str) -> int:
    """Make the Parquet files under folder/part the whole content of the Delta table."""
    files = sorted((folder / part).glob("*.parquet"))
    if not files:
        raise _unseen("The rows that Spark wrote do not stand on this machine.")
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


@contextmanager
def _told() -> Iterator[None]:
    """Say in plain words what a cluster refuses; what is wrong with a plan is a fault of ours."""
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        raise _unseen(sessions.first_words(error)) from error
    except PySparkException as error:
        fault = Fault(sessions.first_words(error), hint="Look at the log of Spark or its server.")
        raise Problem("The step was not computed; the results are as before.", [fault]) from error


def _unseen(what: str) -> Problem:
    hint = "A Spark server must see the workspace under the same path as this machine."
    return Problem(
        "The step was not computed; the results are as before.", [Fault(what, hint=hint)]
    )
