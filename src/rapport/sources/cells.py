"""Reads a column of cells: the plain ones all at once, each other distinct one with more care."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.amounts import AmountFormat, careful_number, quick_number, text_steps
from rapport.sources.date_text import careful_time, quick_time
from rapport.sources.dates import DateFormat
from rapport.sources.rows import trimmed
from rapport.sources.sql import Step, filled_steps, staged

# Steps, then the expressions that use them.
_Careful = tuple[Sequence[Step], Sequence[str]]
_FAULT = pa.string()
NO_FAULT = pa.scalar(None, _FAULT)


@dataclass(frozen=True, slots=True)
class Cells:
    """What a column of cells holds.

    `values` is null where a cell holds nothing or not what was expected; `faults` says which:
    `missing` or a code of `fields.sentence`.
    """

    values: pa.ChunkedArray
    faults: pa.ChunkedArray


def read_times(
    connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray, form: DateFormat
) -> tuple[Cells, pa.ChunkedArray]:
    """Return the times as written, without a zone, and their offsets in minutes, mostly null."""
    steps, local, offset = careful_time("cell", form)
    careful = (local, offset, "case when filled is null then 'missing' end")
    quick = (*quick_time("cell", form), "null::varchar")
    values, offsets, blank = _read(connection, column, quick, (steps, careful))
    return Cells(values, _faults(values, blank, "not_a_date")), pc.cast(offsets, pa.int32())


def read_numbers(
    connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray, form: AmountFormat
) -> Cells:
    """Return the numbers as decimal(18,6)."""
    large = f"abs({careful_number(form, 'double')}) >= 1e12"
    said = f"case when filled is null then 'missing' when {large} then 'too_large' end"
    careful = (text_steps("cell"), (careful_number(form), said))
    quick = (quick_number("cell", form), "null::varchar")
    values, blank = _read(connection, column, quick, careful)
    return Cells(values, _faults(values, blank, "not_a_number"))


def read_identifiers(
    connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray, *, point_zero: bool
) -> Cells:
    """Return ids trimmed, without the apostrophe that keeps a spreadsheet from rounding them."""
    plain = trimmed(column)
    if point_zero:
        plain = pc.replace_substring_regex(plain, r"\.0$", "")
    # Words for "nothing" are short; an id that a spreadsheet rounded holds E+.
    odd = pc.or_(pc.less(pc.binary_length(plain), 5), pc.match_substring(plain, "E+"))
    odd = pc.or_(odd, pc.starts_with(plain, "'"))
    bare = "case when cell[1] = '''' then substr(cell, 2) else cell end"
    rounded = r"regexp_full_match(cell, '''?\d([.,]\d+)?[eE]\+\d+')"
    careful = (
        f"case when filled is null then null else {bare} end",
        f"case when filled is null then 'missing' when {rounded} then 'rounded_id' end",
    )
    cells = pc.if_else(odd, plain, pa.scalar(None, pa.string()))
    values, faults = _lookup(connection, cells, (filled_steps("cell"), careful))
    return Cells(pc.if_else(odd, values, plain), faults)


def read_texts(column: pa.ChunkedArray) -> Cells:
    """Return texts trimmed, null where nothing stands."""
    plain = trimmed(column)
    blank = pc.equal(plain, "")
    values = pc.if_else(blank, pa.scalar(None, pa.string()), plain)
    return Cells(values, pc.if_else(blank, pa.scalar("missing", _FAULT), NO_FAULT))


_YES = ("true", "yes", "y", "1", "oui", "vrai", "ja", "wahr", "si", "sí", "sant", "x")
_NO = ("false", "no", "n", "0", "non", "faux", "nein", "falsch", "nej", "falskt")


def read_flags(column: pa.ChunkedArray) -> Cells:
    """Return yes and no as true and false."""
    cells = read_texts(column)
    small = pc.utf8_lower(cells.values)
    yes = pc.is_in(small, pa.array(_YES))
    known = pc.or_(yes, pc.is_in(small, pa.array(_NO)))
    values = pc.if_else(pc.and_(known, pc.is_valid(small)), yes, pa.scalar(None, pa.bool_()))
    return Cells(values, _faults(values, cells.faults, "not_yes_or_no"))


def whole(cells: Cells) -> Cells:
    """Return numbers as whole ones; those with a fraction are faults."""
    rounded = pc.round(cells.values)
    fits = pc.equal(cells.values, rounded)
    values = pc.if_else(fits, rounded, pa.scalar(None, rounded.type))
    wrong = pc.and_(pc.is_valid(cells.values), pc.invert(pc.fill_null(fits, False)))
    faults = pc.if_else(wrong, pa.scalar("not_a_whole_number", _FAULT), cells.faults)
    return Cells(pc.cast(pc.cast(values, pa.float64()), pa.int64()), faults)


def read_currencies(column: pa.ChunkedArray) -> Cells:
    """Return currencies as three capital letters."""
    cells = read_texts(pc.utf8_upper(column))
    valid = pc.match_substring_regex(cells.values, "^[A-Z]{3}$")
    wrong = pc.if_else(valid, NO_FAULT, pa.scalar("currency_invalid", _FAULT))
    return Cells(cells.values, pc.coalesce(cells.faults, wrong))


def _read(
    connection: duckdb.DuckDBPyConnection,
    column: pa.ChunkedArray,
    quick: Sequence[str],
    careful: _Careful,
) -> list[pa.ChunkedArray]:
    """Return what the quick expressions give, and the careful ones where the first gives null."""
    found = _select(connection, column, quick)
    missed = pc.is_null(found[0])
    if not pc.any(missed).as_py():
        return found
    cells = pc.if_else(missed, column, pa.scalar(None, pa.string()))
    looked = _lookup(connection, cells, careful)
    return [
        pc.coalesce(one, pc.cast(other, one.type)) for one, other in zip(found, looked, strict=True)
    ]


def _lookup(
    connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray, careful: _Careful
) -> list[pa.ChunkedArray]:
    """Return the expressions for each cell, worked out once for each distinct one."""
    steps, expressions = careful
    distinct = pc.unique(cells.drop_null())
    places = pc.index_in(cells, distinct)
    found = _select(connection, pa.chunked_array([distinct], pa.string()), expressions, steps)
    return [pc.take(values, places) for values in found]


def _select(
    connection: duckdb.DuckDBPyConnection,
    column: pa.ChunkedArray,
    expressions: Sequence[str],
    steps: Sequence[Step] = (),
) -> list[pa.ChunkedArray]:
    connection.register("cells", pa.table({"cell": column}))
    listed = ", ".join(f"{expression} as c{n}" for n, expression in enumerate(expressions))
    table = connection.sql(f"select {listed} from {staged('cells', steps)}").to_arrow_table()  # noqa: S608 - our own
    return list(table.columns)


def _faults(values: pa.ChunkedArray, said: pa.ChunkedArray, code: str) -> pa.ChunkedArray:
    wrong = pc.if_else(pc.is_valid(values), NO_FAULT, pa.scalar(code, _FAULT))
    return pc.coalesce(said, wrong)


def product(
    connection: duckdb.DuckDBPyConnection, factors: Sequence[Cells], kind: str
) -> pa.ChunkedArray:
    """Return the product of number columns as an SQL type; null where it does not fit."""
    columns = {f"c{n}": factor.values for n, factor in enumerate(factors)}
    connection.register("factors", pa.table(columns))
    # Two factors of decimal(19,6) give decimal(38,12), which holds the product of any two.
    value = " * ".join(f"cast({name} as decimal(19,6))" for name in columns)
    sql = f"select try_cast({value} as {kind}) as v from factors"  # noqa: S608 - names of our own
    return connection.sql(sql).to_arrow_table().column("v")
