"""Rows of a file that are parts of one fact, added up, so that none of them is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Batch
from rapport.sources.rows import ROW

_SUM = pc.ScalarAggregateOptions(min_count=1)  # the sum of nothing known is not nought


@dataclass(frozen=True, slots=True)
class Sums:
    """How rows of one table of the record are added up: what tells facts apart, what is added."""

    key: Sequence[str]
    figures: Sequence[str]


def summed(batches: Iterator[Batch], tables: Mapping[str, Sums]) -> Iterator[Batch]:
    """Yield one batch in which rows of one key are one row, with the number of the first of them.

    A platform may break a figure down further than the record does, and of two rows with one key
    only the last would hold. Memory grows with the facts, not with the rows.

    Parameters
    ----------
    batches
        What was read; its tables are those named, and no others.
    tables
        For each table, how its rows are added up.
    """
    whole: dict[str, pa.Table] = {}
    asides: list[pa.Table] = []
    numbers: list[npt.NDArray[np.int64]] = []
    rows = 0
    for batch in batches:
        rows += batch.rows
        asides.append(batch.aside)
        for name, part in batch.tables.items():
            numbers.append(part.column(ROW).to_numpy())
            both = pa.concat_tables([whole[name], part]) if name in whole else part
            whole[name] = _grouped(both, tables[name])
    if not rows:
        return
    own = [table.column(ROW).to_numpy() for table in whole.values()]
    kept = np.unique(np.concatenate(numbers)) if numbers else np.empty(0, np.int64)
    folded = np.setdiff1d(kept, np.concatenate(own)) if own else kept
    tidy = {name: table.sort_by(ROW) for name, table in whole.items()}
    yield Batch(rows, tidy, pa.concat_tables(asides).sort_by(ROW), folded)


def _grouped(rows: pa.Table, how: Sums) -> pa.Table:
    key = [name for name in how.key if name in rows.column_names]
    figures = [name for name in how.figures if name in rows.column_names]
    others = [name for name in rows.column_names if name not in (*key, *figures, ROW)]
    found = rows.group_by(key, use_threads=False).aggregate(
        [
            *((name, "sum", _SUM) for name in figures),
            *((name, "first") for name in others),
            (ROW, "min"),
        ]
    )
    found = found.rename_columns([*key, *figures, *others, ROW])
    return found.select(rows.column_names).cast(rows.schema)
