"""Goes once through a whole file before it is read: how it writes dates, numbers and ids."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem
from rapport.sources import amounts, date_text
from rapport.sources.amounts import AmountEvidence, Mark, decide_amounts, mark_of_counts
from rapport.sources.dates import DateEvidence, Order, Undecided, decide_dates
from rapport.sources.fields import Field, Formats
from rapport.sources.opening import refuse
from rapport.sources.reading import TableFile
from rapport.sources.repeats import Hashes, repeats
from rapport.sources.rows import trimmed
from rapport.sources.sql import engine, quoted

_DATED = ("time", "day")
_LOOKED_AT = (*_DATED, "money", "number", "integer", "identifier")
NO_HASHES: Hashes = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a file found.

    `repeated` holds the hashes of order numbers that come back: on any second row where a row is an
    order, after other orders' rows where a row is a line.
    """

    formats: Formats
    repeated: Hashes
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What is known beforehand of how a file writes dates and numbers.

    Parameters
    ----------
    dates, decimal
        What the user said: it holds, and cells that do not fit are set aside.
    usual_dates, usual_decimal
        How the system writes them: it decides only what the file leaves open.
    place
        Where the user may say it.
    """

    dates: Order | None = None
    decimal: Mark | None = None
    usual_dates: Order | None = None
    usual_decimal: Mark | None = None
    place: str = "a mapping of rapport.toml"


@dataclass
class _Evidence:
    dates: DateEvidence = field(default_factory=DateEvidence)
    amounts: AmountEvidence = field(default_factory=AmountEvidence)
    counts: AmountEvidence = field(default_factory=AmountEvidence)
    not_point_zero: set[str] = field(default_factory=set)
    with_point_zero: set[str] = field(default_factory=set)
    last_order: str | None = None


def survey(
    file: TableFile,
    fields: Sequence[Field],
    order: Sequence[str] = (),
    *,
    by_line: bool = False,
    said: Said | None = None,
) -> Survey:
    """Gather the evidence of all rows and decide.

    Parameters
    ----------
    file
        The file.
    fields
        What is to be made of it.
    order
        The columns of the file that tell orders apart, to find those that come back.
    by_line
        Whether an order may take several rows, one after the other.
    said
        What is known about its dates and decimals beforehand, if anything.

    Raises
    ------
    Problem
        When the file does not decide how a date or a number is meant, with examples.
    """
    wanted = [
        column
        for item in fields
        if item.kind in (*_LOOKED_AT, "currency")
        for column in item.columns
    ]
    wanted = [column for column in wanted if column not in file.exact]
    columns = list(dict.fromkeys([*wanted, *order]))
    evidence = _Evidence()
    if any(item.kind in _DATED and item.columns[0] in file.exact for item in fields):
        evidence.dates.add([("iso", None, 1, 2, "", "", "")])
    with _room_to_work(file), engine() as connection, repeats() as found:
        for rows in file.rows(columns) if columns else ():
            if not rows.table.num_rows:
                continue
            connection.register("batch", rows.table)
            _gather(connection, fields, file.exact, evidence)
            if order:
                keys = order_keys(rows.table, order)
                hashes = order_hashes(connection, keys)
                found.add(_run_starts(keys, hashes, evidence) if by_line else hashes)
        repeated = found.hashes() if order else NO_HASHES
    return _decide(file, evidence, repeated, said or Said())


@contextmanager
def _room_to_work(file: TableFile) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"A working file could not be written: {error.strerror or error}."
        hint = f"Make room in {tempfile.gettempdir()}, or set TMPDIR to another folder."
        raise refuse(file.name, what, hint) from error


def _gather(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    exact: frozenset[str],
    evidence: _Evidence,
) -> None:
    looked: set[str] = set()
    for item in fields:
        for column in item.columns:
            if column in looked or column in exact or item.kind not in _LOOKED_AT:
                continue
            looked.add(column)
            name = quoted(column)
            if item.kind in _DATED:
                _gather_dates(connection, name, evidence.dates)
            elif item.kind == "identifier":
                _gather_ids(connection, column, evidence)
            else:
                whole = item.kind == "integer"
                _gather_amounts(connection, name, evidence.counts if whole else evidence.amounts)


def _gather_amounts(
    connection: duckdb.DuckDBPyConnection, name: str, evidence: AmountEvidence
) -> None:
    other, row, example = connection.execute(amounts.plain_sql(name)).fetchall()[0]
    if other:
        evidence.add(connection.execute(amounts.evidence_sql(name)).fetchall())
    elif row is not None:
        evidence.add([("9.99", 1, row, example)])


def _gather_dates(connection: duckdb.DuckDBPyConnection, name: str, evidence: DateEvidence) -> None:
    sql = date_text.plain_iso_sql(name)
    plain, other, least, most, first = connection.execute(sql).fetchall()[0]
    if not other:
        if plain:
            evidence.add([("iso", None, plain, first, most, least, most)])
        return
    evidence.add(connection.execute(date_text.evidence_sql(name)).fetchall())


def _gather_ids(connection: duckdb.DuckDBPyConnection, column: str, evidence: _Evidence) -> None:
    if column in evidence.not_point_zero:
        return
    name = quoted(column)
    sql = f"""
        select count(*) filter (regexp_full_match({name}, '\\d+\\.0')), count(*)
        from batch where trim({name}) <> ''"""  # noqa: S608 - the name is quoted
    ending, all_ids = connection.execute(sql).fetchall()[0]
    if ending:
        evidence.with_point_zero.add(column)
    if ending < all_ids:
        evidence.not_point_zero.add(column)


def _run_starts(keys: pa.ChunkedArray, hashes: Hashes, evidence: _Evidence) -> Hashes:
    """Return the hash of each order that begins after rows of another."""
    starts = np.ones(len(hashes), bool)
    starts[1:] = hashes[1:] != hashes[:-1]
    starts[0] = keys[0].as_py() != evidence.last_order
    evidence.last_order = keys[-1].as_py()
    return hashes[starts]


def order_keys(rows: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """Return what tells orders apart: one column trimmed, or several joined by a bar."""
    parts = [_text(rows.column(name)) for name in columns]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "|")


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_integer(column.type):
        return pc.cast(column, pa.string())
    return trimmed(column)


def order_hashes(connection: duckdb.DuckDBPyConnection, keys: pa.ChunkedArray) -> Hashes:
    """Return a hash of each order key, in the order of the rows."""
    connection.register("keys", pa.table({"key": keys}))
    return np.asarray(connection.execute("select hash(key) as h from keys").fetchnumpy()["h"])


def _decide(file: TableFile, evidence: _Evidence, repeated: Hashes, said: Said) -> Survey:
    faults = []
    date_format = amount_format = None
    try:
        date_format = decide_dates(evidence.dates, said.dates, said.usual_dates)
    except Undecided as question:
        hint = question.hint.replace("the mapping", said.place)
        faults.append(Fault(question.what, file.name, hint))
    try:
        usual = mark_of_counts(evidence.counts) or said.usual_decimal
        amount_format = decide_amounts(evidence.amounts, said.decimal, usual)
    except Undecided as question:
        hint = question.hint.replace("the mapping", said.place)
        faults.append(Fault(question.what, file.name, hint))
    if date_format is None or amount_format is None:
        raise Problem(f"{file.name} was not read.", faults)
    point_zero = frozenset(evidence.with_point_zero - evidence.not_point_zero)
    notes = [date_format.why, amount_format.why]
    notes += [f"'.0' at the end of every {name} was taken off." for name in sorted(point_zero)]
    formats = Formats(date_format, amount_format, point_zero)
    return Survey(formats, repeated, tuple(note for note in notes if note))
