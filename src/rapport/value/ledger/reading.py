"""Any dataframe of ledger lines, read as a frame with all that a statement needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame, to_units
from rapport.value.ledger.causes import COSTS, LINE_OF, RESTS

FAILED = "The statement was not made."
TEXTS = ("line", "cause", "function", "grade", "kind")
_ROLES = (
    "person", "period", "line", "cause", "function", "amount", "low", "high", "grade", "kind",
)  # fmt: skip
_MONEY = ("amount", "low", "high")
_ALSO = {"person": ("person", "person_id"), "amount": ("amount", "value", "credited")}


@contextmanager
def opened(ledger: Any, columns: Mapping[str, str]) -> Iterator[tuple[Engine, Frame]]:
    """Give an engine and, as its frame, the columns that count: amounts in ten-thousandths."""
    try:
        given = nw.from_native(ledger)
    except TypeError as error:
        fault = Fault(f"It is {type(ledger).__name__}, which is no dataframe.")
        raise Problem(FAILED, [fault]) from error
    chosen = _chosen(given.collect_schema().names(), columns)
    rows = given.select(**{role: nw.col(name) for role, name in chosen.items()})
    on_spark = given.implementation.is_pyspark()
    with open_engine("spark" if on_spark else "duckdb", time_zone="UTC") as engine:
        if on_spark:
            frame = rows
        else:
            eager = rows if isinstance(rows, nw.DataFrame) else rows.collect(backend="pyarrow")
            frame = engine.table(_typed(eager.to_arrow()))
        yield engine, _completed(_read(frame, chosen))
        del frame


def _typed(rows: pa.Table) -> pa.Table:
    """Return the rows with plain types: a column of nothing is one of amounts or of texts."""
    empty = {role: pa.float64() if role in _MONEY else pa.string() for role in rows.column_names}
    fields = [
        pa.field(field.name, empty[field.name] if pa.types.is_null(field.type) else field.type)
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))


def _read(frame: Frame, chosen: Mapping[str, str]) -> Frame:
    """Return texts as texts and amounts as whole ten-thousandths; raises Problem for others."""
    schema = frame.collect_schema()
    faults, made = [], {}
    for role in chosen:
        kind = schema[role]
        if role not in _MONEY:
            made[role] = nw.col(role).cast(nw.String())
        elif kind == nw.Decimal:
            made[role] = to_units(nw.col(role))
        elif kind.is_numeric():
            made[role] = _units(nw.col(role).cast(nw.Float64()))
        else:
            what = f"'{chosen[role]}' holds {kind}, not amounts."
            faults.append(Fault(what, "ledger", "Turn it into numbers first."))
    if faults:
        raise Problem(FAILED, faults)
    return frame.select(**made)


def _units(number: nw.Expr) -> nw.Expr:
    known = nw.when(number.is_finite()).then((number * 10_000 + 0.5).floor())
    return known.cast(nw.Int64())


def _completed(frame: Frame) -> Frame:
    """Return the rows with what they leave out, from what is known of their cause."""
    there = frame.collect_schema().names()
    nothing = nw.lit(None).cast(nw.String())
    absent = {name: nothing for name in TEXTS if name not in there}
    amount = nw.col("amount")
    ends = {
        end: nw.col(end).fill_null(amount) if end in there else amount for end in ("low", "high")
    }
    made = frame.with_columns(**absent).with_columns(
        **ends, units=amount, missing=amount.is_null().cast(nw.Int64())
    )
    lines = nothing
    for cause, line in LINE_OF.items():
        lines = nw.when(nw.col("cause") == cause).then(nw.lit(line)).otherwise(lines)
    kind = (
        nw.when(nw.col("cause").is_in(list(RESTS)))
        .then(nw.lit("baseline"))
        .when(nw.col("line").is_in(list(COSTS)))
        .then(nw.lit("cost"))
        .otherwise(nw.lit("return"))
    )
    outside = (nw.col("low") > nw.col("units")) | (nw.col("high") < nw.col("units"))
    return made.with_columns(line=nw.coalesce("line", lines)).with_columns(
        kind=nw.coalesce("kind", kind), turned=outside.fill_null(value=False).cast(nw.Int64())
    )


def _chosen(there: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return which column plays which role; raises Problem with every fault."""
    faults = [
        Fault(f"There is no role '{role}'.", "columns", nearest(role, _ROLES))
        for role in given
        if role not in _ROLES
    ]
    chosen: dict[str, str] = {}
    for role in _ROLES:
        name = given.get(role) or next((n for n in _ALSO.get(role, (role,)) if n in there), None)
        if name is not None and name in there:
            chosen[role] = name
        elif name is not None or role in {"amount", "cause"}:
            hint = nearest(name or role, list(there))
            faults.append(Fault(f"There is no column '{name or role}'.", "ledger", hint))
    if faults:
        raise Problem(FAILED, faults)
    return chosen
