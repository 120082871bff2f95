"""From people and their months to the sums behind a before/after comparison, in the engine.

What people brought is kept only for months in which they brought something; all other months
count as nothing, as they should.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.impact.before_after.moments import NEVER, Moments, Values, moments_of_sums
from rapport.record.frames import Frame

CELL = ("cohort", "stratum")


def people_cells(people: Frame) -> Frame:
    """Return how many people each cohort and stratum has.

    Parameters
    ----------
    people
        person_id (each once), cohort (the period of connecting, a whole number; null for who did
        not), stratum (a whole number).

    Returns
    -------
    Frame
        cohort, stratum, people.
    """
    return people.group_by(*CELL).agg(people=nw.len())


def period_sums(people: Frame, brought: Frame) -> Frame:
    """Return what the people of each cell brought together, period by period.

    Parameters
    ----------
    people
        As for `people_cells`.
    brought
        person_id, period (a whole number), outcome; what a person brought in one period may stand
        in several rows.

    Returns
    -------
    Frame
        cohort, stratum, period, total.
    """
    told = _of_people(people, brought)
    return told.group_by(*CELL, "period").agg(total=nw.col("outcome").sum())


def period_products(people: Frame, brought: Frame) -> Frame:
    """Return sums over people of the products of what they brought in two periods.

    Parameters
    ----------
    people, brought
        As for `period_sums`.

    Returns
    -------
    Frame
        cohort, stratum, period, later (not before `period`), total.
    """
    told = _of_people(people, brought)
    other = told.select("person_id", later=nw.col("period"), more=nw.col("outcome"))
    both = told.join(other, on="person_id", how="inner").filter(nw.col("period") <= nw.col("later"))
    return (
        both.with_columns(product=nw.col("outcome") * nw.col("more"))
        .group_by(*CELL, "period", "later")
        .agg(total=nw.col("product").sum())
    )


def _of_people(people: Frame, brought: Frame) -> Frame:
    amounts = brought.group_by("person_id", "period").agg(
        outcome=nw.col("outcome").cast(nw.Float64()).sum()
    )
    return amounts.join(people.select("person_id", *CELL), on="person_id", how="inner")


def moments_of_cells(
    people: pa.Table, sums: pa.Table, products: pa.Table, periods: tuple[int, int]
) -> Moments:
    """Return the moments from the collected cells.

    Parameters
    ----------
    people, sums, products
        What `people_cells`, `period_sums` and `period_products` give.
    periods
        The first and the last period, both inside; rows of others are left out.

    Examples
    --------
    >>> cell = {"cohort": [2], "stratum": [0]}
    >>> told = moments_of_cells(
    ...     pa.table({**cell, "people": [2]}),
    ...     pa.table({**cell, "period": [1], "total": [4.0]}),
    ...     pa.table({**cell, "period": [1], "later": [1], "total": [10.0]}),
    ...     (1, 2),
    ... )
    >>> told.mean.tolist(), told.spread.tolist()
    ([[2.0, 0.0]], [[[2.0, 0.0], [0.0, 0.0]]])
    """
    first, last = periods
    keys = sorted(_keys(people))
    place = {key: n for n, key in enumerate(keys)}
    many = last - first + 1
    count, total = np.zeros(len(keys)), np.zeros((len(keys), many))
    square = np.zeros((len(keys), many, many))
    np.add.at(count, [place[key] for key in _keys(people)], _column(people, "people"))
    at, when = [place[key] for key in _keys(sums)], _column(sums, "period").astype(int) - first
    inside = (when >= 0) & (when < many)
    np.add.at(total, (np.array(at, int)[inside], when[inside]), _column(sums, "total")[inside])
    cell = np.array([place[key] for key in _keys(products)], int)
    early, late = (_column(products, name).astype(int) - first for name in ("period", "later"))
    inside = (early >= 0) & (late < many)
    cell, early, late = cell[inside], early[inside], late[inside]
    square[cell, early, late] = square[cell, late, early] = _column(products, "total")[inside]
    found = moments_of_sums(
        count,
        total,
        square,
        np.array([key[0] for key in keys]),
        np.array([key[1] for key in keys], np.int64),
    )
    numbers = np.arange(first, last + 1, dtype=float)
    return Moments(
        numbers, found.cohort, found.stratum, found.people, found.mean, found.spread
    ).kept(found.people > 0)


def _keys(rows: pa.Table) -> list[tuple[float, int]]:
    cohorts, strata = (rows.column(name).to_pylist() for name in CELL)
    return [
        (NEVER if cohort is None else float(cohort), int(stratum))
        for cohort, stratum in zip(cohorts, strata, strict=True)
    ]


def _column(rows: pa.Table, name: str) -> Values:
    return np.asarray(rows.column(name).to_pylist(), float)
