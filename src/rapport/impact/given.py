"""What a caller hands over: any dataframe, its columns checked, every fault at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapport.errors import Fault, Problem, nearest

Values = NDArray[np.float64]


@dataclass(slots=True)
class Given:
    """The columns that count of a caller's dataframe, and what is wrong with them.

    Parameters
    ----------
    rows
        The columns asked for.
    failed
        What to say when something is wrong.
    faults
        What was found wrong so far; `check` raises them all together.
    """

    rows: pa.Table
    failed: str
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, frame: Any, columns: Sequence[str], failed: str) -> Given:
        """Return the columns of a frame of pandas, Polars, PyArrow, DuckDB or Spark.

        Raises
        ------
        Problem
            If it is no dataframe, or columns are missing.

        Examples
        --------
        >>> Given.of(pa.table({"spent": [1.0]}), ["spend"], "Nothing was compared.")
        Traceback (most recent call last):
        ...
        rapport.errors.Problem: Nothing was compared.
          - frame: There is no column 'spend'. Did you mean spent?
        """
        try:
            told = nw.from_native(frame)
        except TypeError as error:
            fault = Fault(f"It is {type(frame).__name__}, which is no dataframe.")
            raise Problem(failed, [fault]) from error
        names = told.collect_schema().names()
        wanted = list(dict.fromkeys(columns))
        faults = [
            Fault(f"There is no column '{name}'.", "frame", nearest(str(name), names))
            for name in wanted
            if name not in names
        ]
        if faults:
            raise Problem(failed, faults)
        chosen = told.select(*wanted)
        eager = chosen if isinstance(chosen, nw.DataFrame) else chosen.collect(backend="pyarrow")
        return cls(eager.to_arrow(), failed)

    def fault(self, what: str, where: str, hint: str = "") -> None:
        """Note that something is wrong."""
        self.faults.append(Fault(what, where, hint))

    def check(self) -> None:
        """Raise Problem with everything that is wrong, if anything is."""
        if self.faults:
            raise Problem(self.failed, self.faults)

    def numbers(self, name: str) -> Values:
        """Return a column as numbers, missing ones as NaN; notes a fault when it holds none."""
        column = self._whole(name)
        kind = column.type
        if pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
            column = pc.cast(column, pa.float64(), safe=False)
        elif not (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)
        ):
            self.fault(f"It holds {kind}, and numbers are needed.", name)
            return np.full(len(column), np.nan)
        found = pc.cast(column, pa.float64(), safe=False)
        values: Values = np.array(found.fill_null(np.nan).to_numpy(zero_copy_only=False), float)
        if np.isinf(values).any():
            self.fault("Some of its values are infinite.", name, "Leave those rows out.")
        return values

    def labels(self, name: str) -> tuple[list[Any], NDArray[np.int64]]:
        """Return the distinct values of a column in order, and which each row has (-1: none)."""
        coded = self._whole(name).dictionary_encode()
        known = coded.dictionary.to_pylist()
        ranked = sorted(range(len(known)), key=lambda n: _key(known[n]))
        place = np.empty(len(known), np.int64)
        place[ranked] = np.arange(len(known))
        codes = np.asarray(coded.indices.fill_null(-1)).astype(np.int64)
        return [known[n] for n in ranked], np.where(codes >= 0, place[codes], -1)

    def _whole(self, name: str) -> pa.Array:
        column = self.rows.column(name)
        whole = column.combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
        if pa.types.is_dictionary(whole.type):
            whole = whole.dictionary_decode()
        return whole


def _key(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool) or not isinstance(value, int | float | dt.date | str):
        return ("", str(value))
    if isinstance(value, int | float):
        return ("0", value)
    return (type(value).__name__, value)


def months_since_zero(values: Sequence[Any]) -> list[float]:
    """Return days and times as numbers of months, twelve a year; None as infinity.

    Examples
    --------
    >>> months_since_zero([dt.date(2025, 3, 1), None])
    [24302.0, inf]
    """
    return [np.inf if v is None else float(v.year * 12 + v.month - 1) for v in values]
