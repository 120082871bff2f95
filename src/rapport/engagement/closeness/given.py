"""Answers and deeds as any dataframe brings them: which column is what, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.scoring import SCORED
from rapport.engagement.closeness.signals import BEFORE, COUNTS, DEEDS
from rapport.errors import Fault, Problem, nearest
from rapport.questionnaire import BY_CODE, item_of, score_of

FAILED = "The levels could not be told."
_PEOPLE = ("person_id", "person", "respondent", "customer_id")
_WHEN = ("answered_on", "date", "day")


@dataclass(frozen=True, slots=True)
class Given:
    """Questionnaires, a row for each person: the last one each filled in.

    Parameters
    ----------
    person
        As in the dataframe.
    items
        By code, a score for each person; not a number for skipped ones.
    """

    person: list[Any]
    items: dict[str, np.ndarray]


def arrow_of(frame: Any, name: str) -> pa.Table:
    """Return any dataframe as an Arrow table; raises Problem for what is none."""
    try:
        given = nw.from_native(frame)
    except TypeError as error:
        fault = Fault(f"It is {type(frame).__name__}, which is no dataframe.", name)
        raise Problem(FAILED, [fault]) from error
    eager = given if isinstance(given, nw.DataFrame) else given.collect(backend="pyarrow")
    return eager.to_arrow()


def like(frame: Any, made: pa.Table) -> Any:
    """Return a table as the caller's own kind of dataframe (PyArrow for DuckDB and Spark)."""
    kind = nw.from_native(frame).implementation
    if kind.is_pandas():
        return made.to_pandas()
    if kind.is_polars():
        import polars as pl

        return pl.from_arrow(made)
    return made


def answers_of(frame: Any) -> Given:
    """Return the last questionnaire of each person, from a row an answer or a row a person.

    Raises
    ------
    Problem
        If nobody is named, or no column or row is one of our items.
    """
    rows = arrow_of(frame, "answers")
    names = rows.column_names
    who = next((name for name in _PEOPLE if name in names), None)
    is_long = "item" in names and "score" in names
    items = {} if is_long else _columns_of(names)
    faults = []
    if who is None:
        hint = nearest("person_id", names)
        faults.append(Fault("There is no column 'person_id'.", "answers", hint))
    if not is_long and not items:
        hint = (
            f"Name columns {', '.join(SCORED)}, or give the columns person_id, item and score. "
            f"{nearest('satisfaction', names)}"
        ).strip()
        faults.append(Fault("No column is an item of the questionnaire.", "answers", hint))
    if faults or who is None:
        raise Problem(FAILED, faults)
    rows = _by_time(rows)
    return _long(rows, who) if is_long else _wide(rows, who, items)


def _columns_of(names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        code = item_of(name)
        if code in SCORED and code not in found:
            found[str(code)] = name
    return found


def _by_time(rows: pa.Table) -> pa.Table:
    when = next((name for name in _WHEN if name in rows.column_names), None)
    if when is None:
        return rows
    times = rows[when].to_pylist()
    ranked = sorted(range(len(times)), key=lambda k: (0,) if times[k] is None else (1, times[k]))
    return rows.take(pa.array(ranked, pa.int64()))


def _wide(rows: pa.Table, who: str, items: dict[str, str]) -> Given:
    people = rows[who].to_pylist()
    last = {person: place for place, person in enumerate(people) if person is not None}
    kept = pa.array(list(last.values()), pa.int64())
    columns = {
        code: np.array([_score(code, value) for value in rows[name].take(kept).to_pylist()], float)
        for code, name in items.items()
    }
    return Given(list(last), columns)


def _long(rows: pa.Table, who: str) -> Given:
    people = dict.fromkeys(person for person in rows[who].to_pylist() if person is not None)
    place = {person: k for k, person in enumerate(people)}
    columns: dict[str, np.ndarray] = {}
    given = (rows[name].to_pylist() for name in (who, "item", "score"))
    for person, item, value in zip(*given, strict=True):
        code = item_of(str(item)) if item is not None else None
        if person is None or code not in SCORED:
            continue
        column = columns.setdefault(str(code), np.full(len(place), np.nan))
        column[place[person]] = _score(str(code), value)
    if not columns:
        fault = Fault("No row is an item of the questionnaire.", "answers, column 'item'")
        raise Problem(FAILED, [fault])
    return Given(list(people), columns)


def _score(code: str, value: Any) -> float:
    """Return a score; not a number for what is skipped or off the scale."""
    if value is None or isinstance(value, bool):
        return float("nan")
    if isinstance(value, str):
        told = score_of(code, value)
        return float("nan") if told is None else told
    item = BY_CODE[code]
    return float(value) if item.low <= float(value) <= item.high else float("nan")


@dataclass(frozen=True, slots=True)
class Deeds:
    """What people did, a row for each person.

    Parameters
    ----------
    person
        As in the dataframe.
    x
        Shape (people, columns).
    before
        The weight of each column known beforehand: 0 for columns of the caller's own.
    """

    person: list[Any]
    x: np.ndarray
    before: np.ndarray


def deeds_of(frame: Any) -> Deeds:
    """Return what people did, from counts that we know and any other numbers.

    Counts named as in `person_months` are put together to kinds of deeds; several rows of one
    person are added up. Other numeric columns are brought to one spread.

    Raises
    ------
    Problem
        If nobody is named, or no column is a number.
    """
    rows = arrow_of(frame, "behaviour")
    names = rows.column_names
    who = next((name for name in _PEOPLE if name in names), None)
    numeric = [
        name
        for name in names
        if name != who and (_is_number(rows.schema.field(name).type)) and item_of(name) is None
    ]
    faults = []
    if who is None:
        hint = nearest("person_id", names)
        faults.append(Fault("There is no column 'person_id'.", "behaviour", hint))
    if not numeric:
        hint = f"Known ones are {', '.join(COUNTS)}; any other number is taken, too."
        faults.append(Fault("No column is a number.", "behaviour", hint))
    if faults or who is None:
        raise Problem(FAILED, faults)
    people = list(rows[who].to_pylist())
    place = {
        person: k for k, person in enumerate(dict.fromkeys(p for p in people if p is not None))
    }
    at = np.array([place.get(person, -1) for person in people])
    sums = {name: _summed(rows[name], at, len(place)) for name in numeric}
    return _columns(list(place), sums)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _summed(column: pa.ChunkedArray, at: np.ndarray, size: int) -> np.ndarray:
    values = np.nan_to_num(np.asarray(column.cast(pa.float64()).fill_null(0.0)))
    return np.bincount(at[at >= 0], weights=values[at >= 0], minlength=size)


def _columns(people: list[Any], sums: dict[str, np.ndarray]) -> Deeds:
    columns, before = [], []
    for deed, parts in DEEDS.items():
        there = [times * np.maximum(sums[name], 0) for name, times in parts.items() if name in sums]
        if there:
            columns.append(np.log1p(np.sum(there, axis=0)))
            before.append(BEFORE[deed])
    for name, many in sums.items():
        if name not in COUNTS:
            columns.append((many - many.mean()) / (many.std() or 1.0))
            before.append(0.0)
    return Deeds(people, np.stack(columns, axis=1), np.array(before))
