"""Stages the events of Google Analytics 4 in a working file: one narrow row for each event.

The export nests its parameters, and a month of it is larger than memory, so events are parsed piece
by piece by DuckDB and only what the record needs is held, compressed and on disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.sources.opening import file_name, opened, refuse
from rapport.sources.other_tables import json_objects
from rapport.sources.records import LONGEST
from rapport.sources.rows import ROW
from rapport.sources.sql import literal

_PIECE = 8 << 20
_VALUES = ("string_value", "int_value", "double_value", "float_value")
# Column of the working table, and where in an event it stands; of several the first that says
# anything. `traffic_source` is where the person first came from, once and for all: it is no
# visit's source, and is not read.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "stamp": ("event_timestamp",),
    "name": ("event_name",),
    "browser_id": ("user_pseudo_id",),
    "user_id": ("user_id",),
    "first_seen": ("user_first_touch_timestamp",),
    "language": ("device.language",),
    "browser": ("device.web_info.browser",),
    "bundle": ("event_bundle_sequence_id",),
    "batch_event": ("batch_event_index",),
    "tag_source": ("collected_traffic_source.manual_source", "param.source"),
    "tag_medium": ("collected_traffic_source.manual_medium", "param.medium"),
    "tag_campaign": ("collected_traffic_source.manual_campaign_name", "param.campaign"),
    "gclid": ("collected_traffic_source.gclid", "param.gclid"),
    "dclid": ("collected_traffic_source.dclid",),
    "srsltid": ("collected_traffic_source.srsltid",),
    "session": ("param.ga_session_id",),
    "nth": ("param.ga_session_number",),
    "location": ("param.page_location",),
    "referrer": ("param.page_referrer",),
    "transaction": ("ecommerce.transaction_id", "param.transaction_id"),
    "revenue": ("ecommerce.purchase_revenue", "param.value"),
    "revenue_usd": ("ecommerce.purchase_revenue_in_usd",),
    "refund": ("ecommerce.refund_value", "param.value"),
    "currency": ("param.currency",),
    "coupon": ("param.coupon",),
}
COLUMNS = tuple(_PLACES)
_PARAM_TYPE = [{"key": "VARCHAR", "value": dict.fromkeys(_VALUES, "VARCHAR")}]


def stage(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fill the table `event`: `source_row`, `fault` (null, or why it is no event) and COLUMNS.

    Raises
    ------
    Problem
        When the file is damaged.
    """
    texts = ", ".join(f"{name} varchar" for name in COLUMNS)
    connection.execute(f"create table event (source_row bigint, fault varchar, {texts})")
    if _is_parquet(path):
        _stage_parquet(connection, path)
    else:
        _stage_lines(connection, path)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(4) == b"PAR1"


def _stage_lines(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    structure = literal(json.dumps(_structure()))
    is_object = "(starts_with(line, '{') or regexp_matches(line, '^\\s*\\{'))"
    event = f"case when fault is null and {is_object} then try(from_json(line, {structure})) end"
    fault = "coalesce(fault, case when e is null then 'not_json' end)"
    # To trim long lines costs more than to parse them.
    filled = "strlen(line) > 9 or trim(line, ' \t\r\n') <> ''"
    parsed = f"(select source_row, fault, {event} as e from lines where {filled})"  # noqa: S608
    rows = f"(select source_row, {fault} as fault, e, e.event_params from {parsed})"  # noqa: S608
    sql = _insert(rows, _expressions("e."))
    with opened(path) as stream:
        start = stream.peek(64)[:64] if hasattr(stream, "peek") else stream.read(64)
        if not hasattr(stream, "peek"):
            stream.seek(0)
        array = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
        for lines in _elements(stream) if array else _lines(stream):
            connection.register("lines", lines)
            connection.execute(sql)
            connection.unregister("lines")


def _structure() -> dict[str, object]:
    """Return what of an event is parsed, as DuckDB's from_json wants it: texts in nested objects.

    Examples
    --------
    >>> _structure()["device"]
    {'language': 'VARCHAR', 'web_info': {'browser': 'VARCHAR'}}
    """
    found: dict[str, object] = {"event_params": _PARAM_TYPE}
    for places in _PLACES.values():
        for place in places:
            inside = found
            *outer, last = place.split(".")
            if outer != ["param"]:
                for name in outer:
                    inside = inside.setdefault(name, {})  # type: ignore[assignment]
                inside[last] = "VARCHAR"
    return found


def _insert(rows: str, expressions: Sequence[str], values: Sequence[str] = _VALUES) -> str:
    """Return SQL that adds rows with `event_params` beside the rest to the working table."""
    keys = "list_transform(event_params, lambda one: one.key)"
    told = ", ".join(f"cast(one.value.{value} as varchar)" for value in values)
    texts = f"list_transform(event_params, lambda one: coalesce({told}))"
    keyed = f"(select *, {keys} as keys, {texts} as texts from {rows})"  # noqa: S608 - our own
    found = ", ".join(expressions)
    return f"insert into event select source_row, fault, {found} from {keyed}"  # noqa: S608 - ours


def _expressions(event: str, schema: pa.Schema | None = None) -> list[str]:
    """Return SQL for each of COLUMNS; what a typed file does not have is null."""
    found = []
    for places in _PLACES.values():
        parts = []
        for place in places:
            outer, _, last = place.partition(".")
            if outer == "param":
                parts.append(f"texts[list_position(keys, '{last}')]")
            elif schema is None or _has(schema, place.split(".")):
                parts.append(f"cast({event}{place} as varchar)")
        whole = f"coalesce({', '.join(parts)})" if parts else "null"
        found.append(f"nullif({whole}, '')")
    return found


def _lines(stream: IO[bytes]) -> Iterator[pa.Table]:
    """Yield the lines of a stream with their numbers; a line that is no text says so in `fault`."""
    row, rest = 1, b""
    while True:
        piece = stream.read(_PIECE)
        data = rest + piece
        if piece and b"\n" not in piece:
            if len(data) <= LONGEST:
                rest = data
                continue
            yield _table([""], ["line_too_long"], row)
            row, rest = row + 1, _after_line(stream)
            continue
        if not piece and not data.strip():
            return
        data = data if piece else data + b"\n"
        whole = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(whole == ord("\n"))
        cut = int(ends[-1]) + 1
        rest = data[cut:]
        yield _cut(data[:cut].removeprefix(b"\xef\xbb\xbf") if row == 1 else data[:cut], row)
        row += len(ends)
        if not piece:
            return


def _after_line(stream: IO[bytes]) -> bytes:
    """Read on to the end of a line that is too long and return what stands behind it."""
    while piece := stream.read(_PIECE):
        _, found, behind = piece.partition(b"\n")
        if found:
            return behind
    return b""


def _cut(data: bytes, row: int) -> pa.Table:
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
    longest = int(np.diff(offsets).max())
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        longest = LONGEST + 1
    if longest <= LONGEST:
        numbers = pa.array(np.arange(row, row + len(ends)))
        return pa.table({"line": lines, "fault": pa.nulls(len(ends), pa.string()), ROW: numbers})
    texts, faults = [], []
    for line in data.split(b"\n")[:-1]:
        text, fault = "?", None
        if len(line) > LONGEST:
            fault = "line_too_long"
        else:
            try:
                text = line.decode()
            except UnicodeDecodeError:
                fault = "not_text"
        texts.append(text)
        faults.append(fault)
    return _table(texts, faults, row)


def _table(texts: Sequence[str], faults: Sequence[str | None], row: int) -> pa.Table:
    numbers = pa.array(range(row, row + len(texts)), pa.int64())
    shown = [text or "?" if fault else text for text, fault in zip(texts, faults, strict=True)]
    return pa.table({"line": shown, "fault": pa.array(faults, pa.string()), ROW: numbers})


def _elements(stream: IO[bytes]) -> Iterator[pa.Table]:
    """Yield the elements of a JSON array, numbered by their position."""
    texts: list[str] = []
    faults: list[str | None] = []
    start = 1
    for number, value, code in json_objects(stream):
        texts.append(json.dumps(value) if isinstance(value, dict) else value or "?")
        faults.append(code or None)
        if len(texts) >= 10_000:
            yield _table(texts, faults, start)
            texts, faults, start = [], [], number + 1
    if texts:
        yield _table(texts, faults, start)


def _stage_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    row = 2
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            wanted = [name for name in _structure() if name in schema.names]
            missing = [name for name in ("event_params",) if name not in wanted]
            if missing or not pa.types.is_list(schema.field("event_params").type):
                what = "Its event_params are not a list of parameters."
                raise refuse(file_name(path), what, "Export the table as it stands in BigQuery.")
            values = [value for value in _VALUES if value in _value_names(schema)]
            rows = "(select *, null as fault from events)"
            sql = _insert(rows, _expressions("", schema), values)
            for batch in file.iter_batches(1 << 15, columns=wanted):
                numbers = pa.array(range(row, row + batch.num_rows), pa.int64())
                events = pa.Table.from_batches([batch]).append_column(ROW, numbers)
                row += batch.num_rows
                connection.register("events", events)
                connection.execute(sql)
                connection.unregister("events")
    except (pa.ArrowException, OSError) as error:
        what = f"The Parquet file is damaged after row {row - 1:,}."
        raise refuse(file_name(path), what, "Write it again.") from error


def _has(schema: pa.Schema, path: Sequence[str]) -> bool:
    fields = {field.name: field.type for field in schema}
    for name in path:
        if name not in fields:
            return False
        kind = fields[name]
        fields = {field.name: field.type for field in kind} if pa.types.is_struct(kind) else {}
    return True


def _value_names(schema: pa.Schema) -> set[str]:
    value = schema.field("event_params").type.value_type.field("value").type
    return {field.name for field in value}
