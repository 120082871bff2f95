"""Reads spreadsheets, JSON and Parquet as the same stream of strings that CSV gives."""

from __future__ import annotations

import codecs
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.json_text import parse_json, whole
from rapport.sources.layout import unique_names
from rapport.sources.opening import file_name, opened, refuse
from rapport.sources.records import LONGEST
from rapport.sources.rows import Aside, RawRows, aside_table, raw_json, string_table

BATCH = 1 << 16


def rendered(value: object) -> str:
    """Return a typed cell as the text that stands for exactly that value.

    Examples
    --------
    >>> import datetime as dt
    >>> [rendered(value) for value in (536365.0, 2.55, None, dt.datetime(2010, 12, 1, 8, 26))]
    ['536365', '2.55', '', '2010-12-01 08:26:00']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 2**53
        return str(int(value)) if whole else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def read_rows(
    rows: Iterable[Sequence[object]], names: Sequence[str], first_row: int
) -> Iterator[RawRows]:
    """Yield rows of typed cells as strings; trailing empty cells beyond the names do not count."""
    width = len(names)
    columns: list[list[str]] = [[] for _ in names]
    numbers: list[int] = []
    faults: list[Aside] = []
    for number, row in enumerate(rows, start=first_row):
        cells = [rendered(cell) for cell in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if len(cells) > width:
            reason = f"The row has {len(cells):,} columns, the header {width:,}."
            faults.append(Aside(number, None, "too_many_columns", reason, json.dumps(cells)))
        else:
            for column, cell in zip(columns, cells + [""] * (width - len(cells)), strict=True):
                column.append(cell)
            numbers.append(number)
        if len(numbers) + len(faults) >= BATCH:
            yield _strings(names, columns, numbers, faults)
            columns, numbers, faults = [[] for _ in names], [], []
    if numbers or faults:
        yield _strings(names, columns, numbers, faults)


def _strings(
    names: Sequence[str], columns: Sequence[list[str]], numbers: list[int], faults: list[Aside]
) -> RawRows:
    arrays = [pa.array(column, pa.string()) for column in columns]
    table = string_table(names, arrays, pa.array(numbers, pa.int64()))
    return RawRows(table, aside_table(faults))


def object_rows(
    objects: Iterable[tuple[int, Mapping[str, object] | str]], names: Sequence[str]
) -> Iterator[RawRows]:
    """Yield numbered objects as rows of strings; a text in place of an object is set aside.

    For files that are no tables as they stand: see `reading.made_table`. The numbers rise.
    """
    columns: list[list[str]] = [[] for _ in names]
    numbers: list[int] = []
    faults: list[Aside] = []
    for number, value in objects:
        if isinstance(value, str):
            reason = _JSON_REASONS["not_json"]
            faults.append(Aside(number, None, "not_json", reason, raw_json(value)))
        else:
            for column, name in zip(columns, names, strict=True):
                column.append(rendered(value.get(name)))
            numbers.append(number)
        if len(numbers) + len(faults) >= BATCH:
            yield _strings(names, columns, numbers, faults)
            columns, numbers, faults = [[] for _ in names], [], []
    if numbers or faults:
        yield _strings(names, columns, numbers, faults)


def json_objects(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str, str]]:
    """Yield each JSON object with its number, or the text of what is not one, and why.

    JSON lines are numbered by their line, the elements of an array by their position. Numbers keep
    the digits they are written with.
    """
    start = stream.peek(64)[:64] if hasattr(stream, "peek") else stream.read(64)
    if not hasattr(stream, "peek"):
        stream.seek(0)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
        yield from _json_array(stream)
        return
    number = 0
    while line := stream.readline(LONGEST + 2):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST)
            yield number, "", "line_too_long"
            continue
        if line.strip():
            yield (number, *_json_line(line))


def _json_line(line: bytes) -> tuple[dict[str, Any] | str, str]:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("utf-8", "replace"), "not_text"
    try:
        value = parse_json(text, parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError):
        return text.strip(), "not_json"
    return (value, "") if isinstance(value, dict) else (text.strip(), "not_json")


def _json_array(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | str, str]]:
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    letters = codecs.getincrementaldecoder("utf-8-sig")("replace")
    text = letters.decode(stream.read(1 << 20)).lstrip()[1:]
    number = 0
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(text)
        except (json.JSONDecodeError, RecursionError):
            more = stream.read(1 << 20)
            if more and len(text) <= 4 * LONGEST:
                text += letters.decode(more)
                continue
            if text.strip():
                yield number + 1, text[:LONGEST], "not_json"
            return
        number += 1
        value = whole(value) if "\\ud" in text[:end].lower() else value
        text = text[end:]
        if isinstance(value, dict):
            yield number, value, ""
        else:
            yield number, json.dumps(value), "not_json"


_JSON_REASONS = {
    "line_too_long": f"The line is longer than {LONGEST // 1024:,} KB.",
    "not_text": "The line holds bytes that are not text.",
    "not_json": "It is not one JSON object.",
}


def json_names(path: Path, limit: int = 1000) -> tuple[str, ...]:
    """Return the keys of the first objects of a JSON file, in the order they are met."""
    keys: dict[str, None] = {}
    with opened(path) as stream:
        for count, (_, value, _) in enumerate(json_objects(stream)):
            if isinstance(value, dict):
                keys.update(dict.fromkeys(value))
            if count >= limit:
                break
    return tuple(keys)


def read_json(path: Path, names: Sequence[str]) -> Iterator[RawRows]:
    """Yield the objects of a JSON file as rows; a key that is missing is an empty string."""
    with opened(path) as stream:
        columns: list[list[str]] = [[] for _ in names]
        numbers: list[int] = []
        faults: list[Aside] = []
        for number, value, code in json_objects(stream):
            if isinstance(value, dict):
                for column, name in zip(columns, names, strict=True):
                    column.append(rendered(value.get(name)))
                numbers.append(number)
            else:
                reason = _JSON_REASONS[code]
                faults.append(Aside(number, None, code, reason, raw_json(value)))
            if len(numbers) + len(faults) >= BATCH:
                yield _strings(names, columns, numbers, faults)
                columns, numbers, faults = [[] for _ in names], [], []
        if numbers or faults:
            yield _strings(names, columns, numbers, faults)


def parquet_names(path: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the columns of a Parquet file, and those that are numbers or times without a zone.

    Raises Problem when the file is damaged.
    """
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        what = "The Parquet file is damaged or cut off."
        raise refuse(file_name(path), what, "Write it again.") from error
    names = unique_names(schema.names)
    exact = [name for name, kind in zip(names, schema.types, strict=True) if _is_exact(kind)]
    return names, frozenset(exact)


def _is_exact(kind: pa.DataType) -> bool:
    if pa.types.is_timestamp(kind):
        return kind.tz is None
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_date(kind))


def read_parquet(path: Path, names: Sequence[str], columns: Sequence[str]) -> Iterator[RawRows]:
    """Yield the rows of a Parquet file as strings; the first row is row 2, as under a header."""
    import pyarrow.parquet as pq

    row = 2
    stored = dict(zip(names, pq.read_schema(path).names, strict=True))
    wanted = [name for name in names if name in columns]
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(1 << 17, columns=[stored[name] for name in wanted]):
                arrays = [_as_strings(batch.column(stored[name])) for name in wanted]
                numbers = pa.array(range(row, row + batch.num_rows), pa.int64())
                row += batch.num_rows
                yield RawRows(string_table(wanted, arrays, numbers))
    except (pa.ArrowException, OSError) as error:
        what = f"The Parquet file is damaged after row {row - 1:,}."
        raise refuse(file_name(path), what, "Write it again.") from error


def _as_strings(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_timestamp(kind):
        array = pc.cast(array, pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        values = [rendered(value) for value in array.to_pylist()]
        return pa.array(values, pa.string())
    return pc.fill_null(pc.cast(array, pa.string()), "")
