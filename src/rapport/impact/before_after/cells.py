"""From people and their months to the sums behind a before/after comparison, in the engine.

What people brought is kept only for months in which they brought something; all other months
count as nothing, as they should.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.impact.before_after.moments import NEVER, Moments, Values, moments_of_sums
from rapport.record.frames import Frame

CELL = ("cohort", "stratum")


def cell_sums(people: Frame, brought: Frame, periods: tuple[int, int]) -> Frame:
    """Return what the people of each cell brought by period, and products of any two periods.

    Parameters
    ----------
    people
        person_id (each once), cohort (the period of connecting, a whole number; null for who did
        not), stratum (a whole number).
    brought
        person_id, period (a whole number), outcome; what a person brought in one period may stand
        in several rows.
    periods
        The first and the last period that count, both inside.

    Returns
    -------
    Frame
        cohort, stratum, people, sum_0, sum_1, … (from the first period on), product_0_0,
        product_0_1, … (an earlier and a later period).
    """
    first, last = periods
    there = range(last - first + 1)
    amount, when = nw.col("outcome").cast(nw.Float64()), nw.col("period")
    inside = brought.filter((when >= first) & (when <= last))
    each = inside.with_columns(
        **{f"at_{n}": nw.when(when == first + n).then(amount).otherwise(nw.lit(0.0)) for n in there}
    )
    wide = each.group_by("person_id").agg(**{f"at_{n}": nw.col(f"at_{n}").sum() for n in there})
    told = people.select("person_id", *CELL).join(wide, on="person_id", how="left")
    told = told.with_columns(**{f"at_{n}": nw.col(f"at_{n}").fill_null(0.0) for n in there})
    pairs = list(combinations_with_replacement(there, 2))
    told = told.with_columns(
        **{f"product_{a}_{b}": nw.col(f"at_{a}") * nw.col(f"at_{b}") for a, b in pairs}
    )
    return told.group_by(*CELL).agg(
        nw.len().alias("people"),
        *(nw.col(f"at_{n}").sum().alias(f"sum_{n}") for n in there),
        *(nw.col(f"product_{a}_{b}").sum() for a, b in pairs),
    )


def moments_of_cells(cells: pa.Table, periods: tuple[int, int]) -> Moments:
    """Return the moments from the collected cells.

    Parameters
    ----------
    cells
        What `cell_sums` gives.
    periods
        The same as there.

    Examples
    --------
    >>> told = moments_of_cells(
    ...     pa.table({"cohort": [2], "stratum": [0], "people": [2], "sum_0": [4.0],
    ...               "product_0_0": [10.0]}),
    ...     (1, 1),
    ... )
    >>> told.mean.tolist(), told.spread.tolist()
    ([[2.0]], [[[2.0]]])
    """
    first, last = periods
    there = range(last - first + 1)
    total = np.stack([_column(cells, f"sum_{n}") for n in there], axis=1)
    square = np.zeros((cells.num_rows, len(there), len(there)))
    for a, b in combinations_with_replacement(there, 2):
        square[:, a, b] = square[:, b, a] = _column(cells, f"product_{a}_{b}")
    cohort = [NEVER if g is None else float(g) for g in cells.column("cohort").to_pylist()]
    stratum = np.array(cells.column("stratum").to_pylist(), np.int64)
    found = moments_of_sums(_column(cells, "people"), total, square, np.array(cohort), stratum)
    numbers = np.arange(first, last + 1, dtype=float)
    return Moments(numbers, found.cohort, found.stratum, found.people, found.mean, found.spread)


def _column(rows: pa.Table, name: str) -> Values:
    return np.asarray(rows.column(name).to_pylist(), float)
