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
from rapport.settings import FileMapping, Settings, SourceSettings
from rapport.sources.amounts import Mark
from rapport.sources.conversion import Conversion
from rapport.sources.dates import Order
from rapport.sources.fields import Field
from rapport.sources.orders import LinePositions, RepeatedOrders
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, Aside, RawRows, aside_table, raw_json, trimmed
from rapport.sources.sql import engine
from rapport.sources.survey import Said, Survey, order_hashes, order_keys, survey

LINE = "line"
KEY = "order key"
Finish = Callable[[pa.Table], Mapping[str, pa.Table]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a file that are not facts: which, by a code to count by and a sentence why.

    `finds` takes the rows as they stand (strings) and returns which are meant; nulls are no.
    """

    code: str
    reason: str
    finds: Callable[[pa.Table], pa.ChunkedArray]


def total_row(column: str, *words: str) -> Rule:
    """Return the rule that sets aside rows of totals, told by what stands in one column.

    Examples
    --------
    >>> rows = pa.table({"Content": ["Total", "abc"]})
    >>> total_row("Content", "total", "gesamt").finds(rows).to_pylist()
    [True, False]
    """

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        return pc.is_in(pc.utf8_lower(trimmed(rows.column(column))), pa.array(words))

    return Rule("total_row", "The row is the total of the others.", finds)


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
        The columns of the file that tell orders (or whatever its rows are) apart; none when
        nothing does, and each row stands for itself.
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
    time_zone
        The zone of times that name none, where the system has its own; else the brand's.
    usual_dates, usual_decimal
        How the system writes dates and numbers, where the file leaves it open.
    rules
        Rows to set aside before anything else is looked at, such as the row of totals.
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
    time_zone: str | None = None
    usual_dates: Order | None = None
    usual_decimal: Mark | None = None
    rules: tuple[Rule, ...] = ()


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
    content = file.digest()
    how = settings.sources.get(recipe.source, SourceSettings())
    found = survey(
        file, recipe.fields, recipe.order, by_line=recipe.by_line, said=_said(recipe, how)
    )
    zone = zone_of(recipe, settings)
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


def _said(recipe: Recipe, how: SourceSettings) -> Said:
    if recipe.mapping:
        place = f"[mappings.{recipe.source}] of rapport.toml"
        return Said(recipe.mapping.dates, recipe.mapping.decimal, place=place)
    return Said(
        how.dates,
        how.decimal,
        recipe.usual_dates,
        recipe.usual_decimal,
        f"[sources.{recipe.source}] of rapport.toml",
    )


def zone_of(recipe: Recipe, settings: Settings) -> str:
    """Return the zone of times that name none: the mapping's, the user's, the system's, ours."""
    how = settings.sources.get(recipe.source, SourceSettings())
    mapped = recipe.mapping.time_zone if recipe.mapping else None
    return mapped or how.time_zone or recipe.time_zone or settings.time_zone


def reading_digest(recipe: Recipe, settings: Settings) -> str:
    """Return a digest of all that decides how a file is read: code, mapping, zone, currency."""
    parts = [
        recipe.source,
        recipe.version,
        recipe.mapping.model_dump(mode="json") if recipe.mapping else None,
        zone_of(recipe, settings),
        settings.currency,
        settings.sources.get(recipe.source, SourceSettings()).model_dump(mode="json"),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _batches(
    file: TableFile, recipe: Recipe, found: Survey, conversion: Conversion
) -> Iterator[Batch]:
    positions = LinePositions(found.repeated)
    spoken = " and ".join(recipe.order)
    once = bool(recipe.order) and not recipe.by_line and recipe.numbered
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
    rows, ruled = ruled_out(rows, recipe.rules)
    asides += ruled
    if not rows.num_rows:
        return Batch(raw.rows, {}, all_aside(raw, asides))
    keys = order_keys(rows, recipe.order or (ROW,))
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
    column = next((f.columns[0] for f in fields if f.required), fields[0].columns[0])
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


def ruled_out(rows: pa.Table, rules: Sequence[Rule]) -> tuple[pa.Table, list[Aside]]:
    """Set aside the rows that a rule finds; the first rule that finds a row names the reason."""
    asides: list[Aside] = []
    for rule in rules:
        found = pc.fill_null(rule.finds(rows), False)
        if pc.any(found).as_py():
            for row in rows.filter(found).to_pylist():
                number = row.pop(ROW)
                asides.append(Aside(number, None, rule.code, rule.reason, raw_json(row)))
            rows = rows.filter(pc.invert(found))
    return rows, asides


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
