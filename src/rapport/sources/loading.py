"""The way from a table file to facts: survey it once, then convert it batch by batch."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES
from rapport.settings import FileMapping, Settings
from rapport.sources.conversion import Conversion
from rapport.sources.fields import Field
from rapport.sources.opening import content_digest
from rapport.sources.orders import LinePositions, RepeatedOrders
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, Aside, RawRows, aside_table, raw_json, trimmed
from rapport.sources.sql import engine
from rapport.sources.survey import Survey, order_hashes, order_keys, survey

LINE = "line"
KEY = "order key"
Finish = Callable[[pa.Table], Mapping[str, pa.Table]]


@dataclass(frozen=True)
class Recipe:
    """How the files of one system become facts.

    Parameters
    ----------
    source, version
        The system, and the version of how it is read: a new one makes another load of old files.
    fields
        What is made of which column.
    order
        The columns of the file that tell orders apart.
    by_line
        Whether one row is a line of an order; then `line` is numbered within the order.
    numbered
        Whether `order` is a real order number, so that its second row is a repeat.
    finish
        Makes tables of the record from typed rows, which hold the fields, `zone`, `line`, the
        `order key` and `source_row`.
    mapping
        What the user said about the file, for files that are read through a mapping.
    notes
        Plain sentences on how the system is read.
    """

    source: str
    version: int
    fields: tuple[Field, ...]
    order: tuple[str, ...]
    finish: Finish
    by_line: bool = True
    numbered: bool = True
    mapping: FileMapping | None = None
    notes: tuple[str, ...] = ()


def facts_of(
    file: TableFile, recipe: Recipe, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of a file, surveyed already, read as they are asked for.

    Raises
    ------
    Problem
        When the file does not decide how its dates or numbers are meant, or is damaged.
    """

    def batches(found: Survey, conversion: Conversion) -> Iterator[Batch]:
        return _batches(file, recipe, found, conversion)

    return facts_through(file, recipe, settings, batches, now)


def facts_through(
    file: TableFile,
    recipe: Recipe,
    settings: Settings,
    batches: Callable[[Survey, Conversion], Iterator[Batch]],
    now: dt.datetime | None = None,
) -> Facts:
    """Return the facts of a file whose batches are made in a way of their own."""
    content = content_digest(file.path)
    found = survey(
        file,
        recipe.fields,
        recipe.order,
        by_line=recipe.by_line,
        mapping=recipe.mapping,
        section=recipe.source if recipe.mapping else "",
    )
    zone = (recipe.mapping.time_zone if recipe.mapping else None) or settings.time_zone
    conversion = Conversion(
        recipe.fields, found.formats, zone, (now or dt.datetime.now(dt.UTC)) + dt.timedelta(days=1)
    )
    return Facts(
        source=recipe.source,
        file=file.name,
        content=content,
        reading=reading_digest(recipe, settings),
        batches=batches(found, conversion),
        notes=(*file.notes, *found.notes, *recipe.notes),
    )


def reading_digest(recipe: Recipe, settings: Settings) -> str:
    """Return a digest of all that decides how a file is read: code, mapping, zone, currency."""
    parts = [
        recipe.source,
        recipe.version,
        recipe.mapping.model_dump(mode="json") if recipe.mapping else None,
        settings.time_zone,
        settings.currency,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _batches(
    file: TableFile, recipe: Recipe, found: Survey, conversion: Conversion
) -> Iterator[Batch]:
    positions = LinePositions(found.repeated)
    spoken = " and ".join(recipe.order)
    once = not recipe.by_line and recipe.numbered
    repeated = RepeatedOrders(found.repeated, spoken, file.name) if once else None
    with engine() as connection:
        for raw in file.rows():
            yield _batch(connection, raw, (recipe, conversion, positions, repeated))


def _batch(
    connection: duckdb.DuckDBPyConnection,
    raw: RawRows,
    how: tuple[Recipe, Conversion, LinePositions, RepeatedOrders | None],
) -> Batch:
    recipe, conversion, positions, repeated = how
    rows, asides = without_blank(raw.table, recipe.fields)
    if not rows.num_rows:
        return Batch(raw.rows, {}, all_aside(raw, asides))
    keys = order_keys(rows, recipe.order)
    hashes = order_hashes(connection, keys)
    typed, broken = conversion.apply(connection, rows)
    numbers = rows.column(ROW).to_numpy()
    kept = pa.array(np.searchsorted(numbers, typed.column(ROW).to_numpy()))
    if repeated:
        first, again = repeated.split(rows, keys, hashes)
        typed, kept = _only_rows(typed, kept, first.column(ROW))
        told = {aside.source_row for aside in broken}
        broken = [*broken, *(aside for aside in again if aside.source_row not in told)]
    else:
        lines = positions.of(rows, keys, hashes)
        typed = typed.append_column(LINE, pc.take(lines, kept))
    typed = typed.append_column(KEY, pc.take(keys, kept))
    tables = recipe.finish(typed) if typed.num_rows else {}
    return Batch(raw.rows, tables, all_aside(raw, [*asides, *broken]))


def _only_rows(typed: pa.Table, kept: pa.Array, rows: pa.ChunkedArray) -> tuple[pa.Table, pa.Array]:
    wanted = pc.is_in(typed.column(ROW), rows)
    return typed.filter(wanted), pc.filter(kept, wanted)


def without_blank(rows: pa.Table, fields: Sequence[Field]) -> tuple[pa.Table, list[Aside]]:
    """Set aside rows in which nothing stands at all."""
    column = next(field.columns[0] for field in fields if field.required)
    if not pc.any(pc.equal(rows.column(column), "")).as_py():
        return rows, []
    blank = np.ones(rows.num_rows, bool)
    for name in rows.column_names:
        if name != ROW:
            blank &= pc.equal(trimmed(rows.column(name)), "").to_numpy()
    asides = [
        Aside(number, None, "blank_row", "The row is empty.", raw_json({}))
        for number in rows.column(ROW).filter(pa.array(blank)).to_pylist()
    ]
    return (rows.filter(pa.array(~blank)), asides) if asides else (rows, [])


def all_aside(raw: RawRows, asides: list[Aside]) -> pa.Table:
    """Return the rows set aside for their structure and for their content, by row."""
    if not asides:
        return raw.aside
    tables = pa.concat_tables([raw.aside, aside_table(asides)])
    return tables.sort_by(ROW)


def record_table(name: str, columns: Mapping[str, object], rows: pa.Table) -> pa.Table:
    """Return rows of one table of the record, typed as it is declared there.

    Parameters
    ----------
    name
        The table of the record.
    columns
        For each of its columns an array, or one value for all rows.
    rows
        The rows they come from, for `source_row`.
    """
    table = TABLES[name]
    arrays: dict[str, object] = {}
    for column, value in {**columns, ROW: rows.column(ROW)}.items():
        kind = table.column(column).arrow.type
        if isinstance(value, pa.Array | pa.ChunkedArray):
            arrays[column] = pc.cast(value, kind)
        else:
            arrays[column] = pa.repeat(pa.scalar(value, kind), rows.num_rows)
    return pa.table(arrays)


def present(typed: pa.Table, names: Sequence[str]) -> dict[str, object]:
    """Return those of the named columns that typed rows have."""
    return {name: typed.column(name) for name in names if name in typed.column_names}
