"""The command that writes whole tables, and lists them."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable

from rapport.commands.terminal import Terminal, plain
from rapport.errors import Fault, Problem, nearest
from rapport.pipeline import open_record
from rapport.record.schema import TABLES
from rapport.results import Results
from rapport.tables import defused
from rapport.workspace import Workspace


def table(
    terminal: Terminal,
    workspace: Workspace,
    name: str | None,
    kind: str,
    out: Path | None,
    limit: int | None,
) -> dict[str, Any]:
    """Write a table, or list the tables there are."""
    results = Results(workspace.results)
    if name is None:
        _list(terminal, workspace, results)
        return {}
    source = _source(workspace, results, name)
    try:
        with _opened(out, binary=kind == "parquet") as stream:
            written = _WRITERS[kind](source, stream, limit)
    except OSError as error:
        if out is None:
            raise
        fault = Fault(f"{error.strerror}.", str(out), "Name another place with --out.")
        raise Problem("The table was not written.", [fault]) from error
    if out is not None:
        words = terminal.words
        terminal.say(words("{rows} rows in {path}", rows=words.number(written), path=out))
    return {}


def _list(terminal: Terminal, workspace: Workspace, results: Results) -> None:
    words = terminal.words
    record = open_record(workspace)
    rows = [[name, words("result"), words.number(n)] for name, n in results.tables.items()]
    rows += [
        [name, words("record"), words.number(visible.rows)]
        for name in TABLES
        if (visible := record.visible(name)).rows
    ]
    terminal.table([words("Table"), words("Kind"), words("Rows")], rows, right=[2])


def _source(workspace: Workspace, results: Results, name: str) -> ds.Scanner:
    if name in results.tables:
        return DeltaTable(results.path(name)).to_pyarrow_dataset().scanner()
    if name in TABLES:
        visible = open_record(workspace).visible(name)
        schema = TABLES[name].arrow
        if not visible.files:
            return ds.dataset(schema.empty_table()).scanner()
        wanted = ds.field("load_id").isin(list(visible.load_ids))
        partitioning = ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive")
        dataset = ds.dataset(
            list(visible.files), schema=schema, format="parquet", partitioning=partitioning
        )
        return dataset.scanner(filter=wanted)
    known = [*results.tables, *TABLES]
    fault = Fault(f"There is no table '{name}'.", hint=nearest(name, known))
    raise Problem("The table was not written.", [fault])


def _batches(source: ds.Scanner, limit: int | None) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in source.to_batches():
        if left is None:
            yield batch
            continue
        if left <= 0:
            return
        yield batch.slice(0, left)
        left -= batch.num_rows


def _as_csv(source: ds.Scanner, stream: IO[Any], limit: int | None) -> int:
    import csv

    writer = csv.writer(stream, lineterminator="\n")
    shown = plain if stream.isatty() else str
    writer.writerow(source.projected_schema.names)
    rows = 0
    for batch in _batches(source, limit):
        columns = [
            [shown(defused(_cell(v))) if isinstance(v, str) else _cell(v) for v in c.to_pylist()]
            for c in batch.columns
        ]
        writer.writerows(zip(*columns, strict=True))
        rows += batch.num_rows
    return rows


def _as_json(source: ds.Scanner, stream: IO[Any], limit: int | None) -> int:
    rows = 0
    for batch in _batches(source, limit):
        for row in batch.to_pylist():
            stream.write(json.dumps(row, ensure_ascii=False, default=_cell) + "\n")
        rows += batch.num_rows
    return rows


def _as_parquet(source: ds.Scanner, stream: IO[Any], limit: int | None) -> int:
    rows = 0
    with pq.ParquetWriter(stream, source.projected_schema) as writer:
        for batch in _batches(source, limit):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


_WRITERS: dict[str, Callable[[ds.Scanner, IO[Any], int | None], int]] = {
    "csv": _as_csv,
    "json": _as_json,
    "parquet": _as_parquet,
}


@contextmanager
def _opened(out: Path | None, *, binary: bool) -> Iterator[IO[Any]]:
    if out is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        yield sys.stdout.buffer if binary else sys.stdout
    elif binary:
        with out.open("wb") as file:
            yield file
    else:
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
