"""What a before/after comparison needs of the people: counts, means and products by cohort.

People who connected in the same month form a cohort. Of each cohort (and stratum of like people)
only how many they are, what they brought on average in each period, and how those amounts vary
together are kept. Every estimate and its variance follow exactly from these, so no person leaves
the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
NEVER = np.inf
"""The cohort of those who had not connected by the last period."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Cells of people, one for each cohort and stratum.

    Parameters
    ----------
    periods
        Whole numbers, ascending, one apart, such as months counted from any start; shape (T,).
    cohort
        The first period in which people of the cell were connected, `NEVER` for those who were
        not; shape (C,).
    stratum
        A number for each kind of people who are compared among themselves; shape (C,).
    people
        How many there are; shape (C,).
    mean
        What they brought on average in each period; shape (C, T).
    spread
        Sums over people of the products of deviations from that mean; shape (C, T, T).

    Examples
    --------
    >>> told = moments_of([[1.0, 2.0], [3.0, 6.0]], cohort=[2, 2], periods=[1, 2])
    >>> told.people.tolist(), told.mean.tolist(), told.spread.tolist()
    ([2.0], [[2.0, 4.0]], [[[2.0, 4.0], [4.0, 8.0]]])
    """

    periods: Values
    cohort: Values
    stratum: NDArray[np.int64]
    people: Values
    mean: Values
    spread: Values

    def kept(self, cells: Flags) -> Moments:
        """Return only some of the cells."""
        return Moments(
            self.periods,
            self.cohort[cells],
            self.stratum[cells],
            self.people[cells],
            self.mean[cells],
            self.spread[cells],
        )

    @property
    def cohorts(self) -> list[float]:
        """The cohorts that connected within the periods, each with a period before it."""
        inside = (self.cohort > self.periods[0]) & (self.cohort <= self.periods[-1])
        return sorted({float(g) for g in self.cohort[inside]})

    def people_of(self, cohort: float) -> float:
        """Return how many people a cohort has."""
        return float(self.people[self.cohort == cohort].sum())


def moments_of(
    outcome: ArrayLike,
    cohort: ArrayLike,
    periods: ArrayLike,
    stratum: ArrayLike | None = None,
) -> Moments:
    """Return the moments of people whose outcomes are known one by one.

    Parameters
    ----------
    outcome
        Shape (people, T).
    cohort
        Shape (people,); `NEVER` for who did not connect.
    stratum
        Shape (people,), whole numbers; all alike if not given.
    """
    values = np.asarray(outcome, float)
    first = np.asarray(cohort, float)
    kind = np.zeros(len(first), np.int64) if stratum is None else np.asarray(stratum, np.int64)
    keys, cell = np.unique(np.stack([first, kind.astype(float)]), axis=1, return_inverse=True)
    cell = cell.reshape(-1)
    people = np.bincount(cell, minlength=keys.shape[1]).astype(float)
    sums = [np.bincount(cell, weights=column) for column in values.T]
    mean = np.stack(sums, axis=1).astype(float) / people[:, None]
    spread = np.zeros((len(people), values.shape[1], values.shape[1]))
    ranked = np.argsort(cell, kind="stable")
    ends = np.cumsum(people).astype(int)
    for place, (end, size) in enumerate(zip(ends, people.astype(int), strict=True)):
        off = values[ranked[end - size : end]] - mean[place]
        spread[place] = off.T @ off
    numbers = np.asarray(periods, float)
    return Moments(numbers, keys[0], keys[1].astype(np.int64), people, mean, spread)


def moments_of_sums(
    people: Values, sums: Values, products: Values, cohort: Values, stratum: NDArray[np.int64]
) -> Moments:
    """Return the moments from plain sums, periods numbered from 0 on.

    Parameters
    ----------
    people, sums, products
        How many people each cell has, what they brought together in each period, and the sums of
        products of any two periods; shapes (C,), (C, T), (C, T, T).
    """
    mean = sums / people[:, None]
    spread = products - people[:, None, None] * mean[:, :, None] * mean[:, None, :]
    return Moments(np.arange(sums.shape[1], dtype=float), cohort, stratum, people, mean, spread)
