"""DuckDB, the engine on one machine: bounded memory, the rest on disk."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from rapport.errors import Fault, Problem
from rapport.record.duck_days import day_by_calendar, day_by_changes, learn_changes
from rapport.record.engines import DAY, Engine
from rapport.record.frames import Frame, plain
from rapport.record.troubles import disk_words

_LARGE = 32 * 2**20  # bytes of files: from here on days are told by changes of the zone
_BATCH = 122_880  # rows: one of DuckDB's own row groups
_KEPT_HOURS = 24  # a reader of an old version has this long to finish


@contextmanager
def open_duckdb(time_zone: str, temp: Path, memory: str) -> Iterator[Engine]:
    """Open DuckDB with a limit of memory and a place to spill."""
    config = {
        "memory_limit": memory.replace(" ", ""),
        "temp_directory": str(temp / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    try:
        yield _DuckDB(connection, time_zone, temp)
    finally:
        gc.collect()  # relations that the caller let go, before their connection goes
        connection.close()


class _DuckDB(Engine):
    name = "duckdb"

    def __init__(self, connection: Any, time_zone: str, temp: Path) -> None:
        self._connection = connection
        self._time_zone = time_zone
        self._temp = temp
        self._knows_changes = False

    def scan(self, files: Sequence[str | Path], schema: pa.Schema) -> Frame:
        paths = [str(file) for file in files]
        if not paths:
            return self.table(_with_days(schema).empty_table())
        relation = self._parquet(paths)
        there = set(relation.columns)
        columns = [_column(field, there) for field in schema]
        large = sum(map(os.path.getsize, paths)) >= _LARGE
        days = [self._day(field, there, large=large) for field in schema if _is_time(field)]
        return _frame(relation.select(*columns, *days))

    def cache(self, frame: Frame) -> Frame:
        path = self._temp / f"{uuid.uuid4().hex}.parquet"
        with _told():
            plain(frame).to_native().write_parquet(str(path), compression="lz4")
        return _frame(self._connection.read_parquet(str(path)))

    def table(self, rows: pa.Table) -> Frame:
        return _frame(self._connection.from_arrow(rows).select(*map(_naive, rows.schema)))

    def _collect(self, frame: Frame) -> pa.Table:
        with _told():
            return frame.to_native().to_arrow_table()

    def _write(self, frame: Frame, folder: Path) -> int:
        relation = frame.to_native()
        stamps = [_stamped(name, kind) for name, kind in frame.collect_schema().items()]
        with _told():
            reader = relation.select(*stamps).to_arrow_reader(_BATCH)
            write_deltalake(str(folder), reader, mode="overwrite", schema_mode="overwrite")
        table = DeltaTable(str(folder))
        table.vacuum(_KEPT_HOURS, dry_run=False, enforce_retention_duration=False)
        return int(table.count())

    def digest(self, folder: Path) -> str | None:
        files = DeltaTable(str(folder)).file_uris()
        if not files:
            return ""
        rows = self._parquet(files, hive=True)
        each = FunctionExpression("hash", *map(ColumnExpression, rows.columns))
        sums = "count(*)::VARCHAR, sum(h)::VARCHAR, bit_xor(h)::VARCHAR"
        (told,) = rows.select(each.alias("h")).aggregate(sums).fetchall()
        return " ".join([*rows.columns, *map(str, rows.types), *map(str, told)])

    def _read_delta(self, files: Sequence[str], schema: pa.Schema, folder: Path) -> Frame:  # noqa: ARG002 - Spark needs it
        if not files:
            return self.table(schema.empty_table())
        relation = self._parquet(list(files), hive=True)
        return _frame(relation.select(*map(_naive, schema)))

    def _parquet(self, paths: list[str], *, hive: bool = False) -> Any:
        return self._connection.read_parquet(paths, union_by_name=True, hive_partitioning=hive)

    def _day(self, field: pa.Field, there: set[str], *, large: bool) -> Any:
        time = _column(field, there)
        if not large:
            return day_by_calendar(self._time_zone, time).alias(f"{field.name}{DAY}")
        if not self._knows_changes:
            learn_changes(self._connection, self._time_zone)
            self._knows_changes = True
        return day_by_changes(time).alias(f"{field.name}{DAY}")


def _frame(relation: Any) -> Frame:
    frame: Frame = nw.from_native(relation)
    return frame


def _is_time(field: pa.Field) -> bool:
    return bool(pa.types.is_timestamp(field.type))


def _naive(field: pa.Field) -> Any:
    column = ColumnExpression(field.name)
    if _is_time(field):
        # a cast to TIMESTAMP would ask the calendar of UTC about every row
        moment = FunctionExpression("epoch_us", column)
        return FunctionExpression("make_timestamp", moment).alias(field.name)
    # the values of a partition stand in paths, where DuckDB would guess their type
    return column.cast("VARCHAR").alias(field.name) if field.type == pa.string() else column


def _stamped(name: str, kind: nw.dtypes.DType) -> Any:
    """Return a column as storage wants it: times carry their zone, UTC."""
    column = ColumnExpression(name)
    if kind != nw.Datetime:
        return column
    moment = FunctionExpression("epoch_us", column)
    return FunctionExpression("make_timestamptz", moment).alias(name)


def _column(field: pa.Field, there: set[str]) -> Any:
    if field.name in there:
        return _naive(field)
    empty = ConstantExpression(None)
    kind = "TIMESTAMP" if _is_time(field) else _sql_type(field.type)
    return empty.cast(kind).alias(field.name)


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {
        pa.string(): "VARCHAR",
        pa.int64(): "BIGINT",
        pa.float64(): "DOUBLE",
        pa.bool_(): "BOOLEAN",
        pa.date32(): "DATE",
    }
    return names[kind]


def _with_days(schema: pa.Schema) -> pa.Schema:
    days = [pa.field(f"{field.name}{DAY}", pa.date32()) for field in schema if _is_time(field)]
    return pa.schema([*schema, *days])


@contextmanager
def _told() -> Iterator[None]:
    """Say in plain words what stops DuckDB that a person can mend."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        fault = Fault(
            "DuckDB ran out of memory.",
            hint="Raise 'memory' in rapport.toml, or free space for temporary files.",
        )
        raise Problem("The step was not computed; the results are as before.", [fault]) from error
    except duckdb.IOException as error:
        what, hint = disk_words(error)
        fault = Fault(what, hint=hint)
        raise Problem("The step was not computed; the results are as before.", [fault]) from error


def _let_go() -> None:
    """Empty DuckDB's modules, which it otherwise reports as leaks when Python ends (2.0)."""
    for name in list(sys.modules):
        if name.split(".")[0] in {"duckdb", "_duckdb"} or name.startswith("narwhals._duckdb"):
            vars(sys.modules[name]).clear()
    gc.collect()


atexit.register(_let_go)
