"""Reading columns of any array or dataframe, checking them, and grouping identical rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._jet import Array

SHOWN_ROWS = 5
# 2^64 divided by the golden ratio, as Knuth's multiplicative hash has it.
_ODD_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Check:
    """A rule that every row keeps: `broken` finds the rows that do not."""

    broken: Callable[[Mapping[str, Array]], npt.NDArray[np.bool_]]
    columns: tuple[str, ...]
    what: str
    hint: str = ""


def as_floats(name: str, column: npt.ArrayLike) -> Array:
    """Return a column of any array or dataframe as one-dimensional float64."""
    try:
        values = np.asarray(column)
        if values.dtype == object:
            values = np.array([np.nan if v is None else float(v) for v in values.ravel()])
        values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        fault = Fault(f"holds something that is not a number ({error}).", where=name)
        raise Problem("The columns could not be read as numbers.", [fault]) from error
    return np.atleast_1d(values).ravel()


def read_columns(
    columns: Mapping[str, npt.ArrayLike], checks: tuple[Check, ...] = ()
) -> dict[str, Array]:
    """Return the columns as equally long float arrays; single values are repeated.

    Raises
    ------
    Problem
        With one fault for each rule broken, naming the first rows (counted from 0).
    """
    values = {name: as_floats(name, column) for name, column in columns.items()}
    lengths = {name: len(column) for name, column in values.items() if len(column) != 1}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        fault = Fault(f"The columns differ in length: {listed}.", hint="Give one row a customer.")
        raise Problem("The columns do not belong together.", [fault])
    rows = next(iter(lengths.values()), 1)
    values = {name: np.broadcast_to(column, rows) for name, column in values.items()}
    faults = list(_faults(values, checks))
    if faults:
        raise Problem("Some rows cannot be what they should be; nothing was computed.", faults)
    return values


def _faults(values: Mapping[str, Array], checks: tuple[Check, ...]) -> list[Fault]:
    finite = {name: np.isfinite(column) for name, column in values.items()}
    faults = [
        _fault((name,), "must be a finite number", "", ~usable)
        for name, usable in finite.items()
        if not usable.all()
    ]
    for check in checks:
        usable = np.logical_and.reduce([finite[name] for name in check.columns])
        with np.errstate(invalid="ignore"):
            broken = check.broken(values) & usable
        if broken.any():
            faults.append(_fault(check.columns, check.what, check.hint, broken))
    return faults


def _fault(columns: tuple[str, ...], what: str, hint: str, broken: npt.NDArray[np.bool_]) -> Fault:
    rows = np.flatnonzero(broken)
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    place = f"{', '.join(columns)}, row{'s' if len(rows) > 1 else ''} {shown}{more}"
    return Fault(f"{what}.", where=place, hint=hint)


def group_rows(columns: Mapping[str, Array], weight: Array | None = None) -> dict[str, Array]:
    """Return the distinct rows of the columns and `weight`: how many people share each.

    Rows are sorted by the first column; their order does not depend on the order given. Rows
    that nobody shares are left out.

    Examples
    --------
    >>> cells = group_rows({"frequency": np.array([1.0, 0.0, 1.0])})
    >>> cells["frequency"].tolist(), cells["weight"].tolist()
    ([0.0, 1.0], [1.0, 2.0])
    """
    order, begins = _groups(columns)
    cells = _cells(columns, weight, order, begins)
    kept = np.argsort(next(iter(cells.values())), kind="stable")
    kept = kept[cells["weight"][kept] > 0]
    return {name: column[kept] for name, column in cells.items()}


def distinct_rows(
    columns: Mapping[str, Array], weight: Array | None = None
) -> tuple[dict[str, Array], npt.NDArray[np.intp]]:
    """Return the distinct rows with `weight`, and for each given row the number of its own."""
    order, begins = _groups(columns)
    numbers = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(order))))
    row = np.empty(len(order), np.intp)
    row[order] = numbers
    return _cells(columns, weight, order, begins), row


def _groups(columns: Mapping[str, Array]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return an order in which equal rows stand together, and where each group begins.

    Sorting one number for each row, a hash with the row's position in its low bits, is many
    times faster than sorting by all columns. If two different rows ever share a hash, they
    might mix; then the columns are sorted instead.
    """
    # Adding 0.0 turns -0.0 into 0.0, so that both fall into one group.
    exact = [column + 0.0 for column in columns.values()]
    rows = len(exact[0])
    if not rows:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    keys = np.zeros(rows, np.uint64)
    for column in exact:
        keys = (keys ^ column.view(np.uint64)) * _ODD_MULTIPLIER
        keys ^= keys >> np.uint64(29)
    bits = np.uint64(rows.bit_length())
    keys = np.sort((keys << bits) | np.arange(rows, dtype=np.uint64))
    order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)
    changes = _changes(keys >> bits)
    for column in exact:
        if np.any(_changes(column[order]) & ~changes):
            order = np.lexsort(exact)
            changes = np.logical_or.reduce([_changes(column[order]) for column in exact])
            break
    return order, np.flatnonzero(changes)


def _changes(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    changes = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:])
    return changes


def _cells(
    columns: Mapping[str, Array],
    weight: Array | None,
    order: npt.NDArray[np.intp],
    begins: npt.NDArray[np.intp],
) -> dict[str, Array]:
    first = order[begins]
    cells = {name: column[first] + 0.0 for name, column in columns.items()}
    if weight is None:
        people = np.diff(np.append(begins, len(order))).astype(np.float64)
    else:
        people = np.add.reduceat(weight[order], begins) if len(begins) else weight
    return cells | {"weight": people}


WHOLE_FREQUENCY = Check(
    lambda c: (c["frequency"] < 0) | (c["frequency"] != np.floor(c["frequency"])),
    ("frequency",),
    "must be a whole number of repeat purchases, 0 or more",
    "Frequency counts the purchases after the first.",
)
POSITIVE_WEIGHT = Check(
    lambda c: c["weight"] < 0, ("weight",), "must be 0 or more", "Weight counts the people."
)
NOT_NEGATIVE_AGE = Check(lambda c: c["age"] < 0, ("age",), "must be 0 or more")
HISTORY_CHECKS = (
    WHOLE_FREQUENCY,
    Check(lambda c: c["recency"] < 0, ("recency",), "must be 0 or more"),
    NOT_NEGATIVE_AGE,
    Check(
        lambda c: c["recency"] > c["age"] * (1 + 1e-12),
        ("recency", "age"),
        "recency must not be greater than age",
        "Both count from the first purchase: recency to the last purchase, age to today.",
    ),
    Check(
        lambda c: (c["frequency"] == 0) & (c["recency"] > 0),
        ("frequency", "recency"),
        "recency must be 0 where there is no repeat purchase",
        "Recency counts from the first purchase to the last, not from the last to today.",
    ),
)
WHOLE_PERIODS = (
    Check(
        lambda c: (c["recency"] % 1 != 0) | (c["age"] % 1 != 0),
        ("recency", "age"),
        "must be whole numbers of periods",
        "This model counts in periods, such as years; use BetaGeo for days or weeks.",
    ),
    Check(
        lambda c: c["frequency"] > c["recency"],
        ("frequency", "recency"),
        "frequency must not be greater than recency",
        "At most one purchase counts in a period.",
    ),
)
