"""Order numbers that come back: repeated orders, and the position of a line in its order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rapport.errors import Fault, Problem
from rapport.sources.repeats import Hashes
from rapport.sources.rows import ROW, Aside, raw_json

# More than this many order numbers that come back are not held in memory.
MOST_REPEATS = 2_000_000


@dataclass
class RepeatedOrders:
    """Sets aside the second and later rows of an order in a file with one row for each order.

    Parameters
    ----------
    hashes
        The hashes that come back, sorted; see `survey.Survey`.
    column
        What the file calls the number of an order.
    file
        The name of the file, for messages.
    """

    hashes: Hashes
    column: str
    file: str
    _first: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.hashes) > MOST_REPEATS:
            what = f"More than {len(self.hashes):,} values of {self.column} come back."
            hint = 'If each row is a line of an order, write table = "purchase_line".'
            raise Problem(f"{self.file} was not read.", [Fault(what, self.file, hint)])

    def split(
        self, rows: pa.Table, keys: pa.ChunkedArray, hashes: Hashes, also: Hashes | None = None
    ) -> tuple[pa.Table, list[Aside]]:
        """Part the rows that are first of their order from the repeats.

        `also` are hashes that are known to come back besides those found before.
        """
        looked = self.hashes if also is None else np.union1d(self.hashes, also)
        if not len(looked):
            return rows, []
        suspects = np.flatnonzero(np.isin(hashes, looked))
        keep = np.ones(len(hashes), bool)
        asides = []
        for place, row in zip(suspects, rows.take(suspects).to_pylist(), strict=True):
            aside = self._repeat(row, keys[int(place)].as_py())
            if aside:
                keep[place] = False
                asides.append(aside)
        return (rows.filter(pa.array(keep)), asides) if asides else (rows, [])

    def _repeat(self, row: dict[str, object], order: str) -> Aside | None:
        number = int(str(row.pop(ROW)))
        if not order:
            return None
        content = hash(tuple(row.values()))
        if order not in self._first:
            self._first[order] = (number, content)
            return None
        first, before = self._first[order]
        if content == before:
            return Aside(
                number, self.column, "repeated_row", f"It repeats row {first:,}.", raw_json(row)
            )
        reason = f"{self.column} '{order}' stands in row {first:,} already, with other content."
        return Aside(number, self.column, "repeated_order", reason, raw_json(row))


@dataclass
class LinePositions:
    """Numbers the lines of each order from 1, also where an order comes back later in the file.

    Parameters
    ----------
    hashes
        The hashes of orders whose lines do not all stand together, sorted.
    """

    hashes: Hashes
    _last: tuple[str | None, int] = (None, 0)
    _counts: dict[str, int] = field(default_factory=dict)

    @property
    def by_row(self) -> bool:
        """Whether the orders are so mixed that lines are numbered by their row in the file."""
        return len(self.hashes) > MOST_REPEATS

    def of(self, rows: pa.Table, orders: pa.ChunkedArray, hashes: Hashes) -> pa.Array:
        """Return the position of each row in its order; rows come in the order of the file."""
        if self.by_row or not rows.num_rows:
            return rows.column(ROW).combine_chunks()
        starts = np.ones(len(hashes), bool)
        starts[1:] = hashes[1:] != hashes[:-1]
        begins = np.flatnonzero(starts)
        lengths = np.diff(np.append(begins, len(hashes)))
        before = np.zeros(len(begins), np.int64)
        first = orders[0].as_py()
        if first == self._last[0]:
            before[0] = self._last[1]
        self._add_scattered(begins, lengths, before, orders, hashes)
        positions = np.arange(1, len(hashes) + 1) - np.repeat(begins - before, lengths)
        self._last = (orders[-1].as_py(), int(positions[-1]))
        return pa.array(positions, pa.int64())

    def _add_scattered(
        self,
        begins: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
        before: npt.NDArray[np.int64],
        orders: pa.ChunkedArray,
        hashes: Hashes,
    ) -> None:
        if not len(self.hashes):
            return
        scattered = np.flatnonzero(np.isin(hashes[begins], self.hashes))
        for run in scattered:
            order = orders[int(begins[run])].as_py()
            before[run] = self._counts.get(order, 0)
            self._counts[order] = int(before[run] + lengths[run])
