"""Customers as columns: what each model needs to know of them, and how many share a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rapport.value.lifetime._columns import (
    HISTORY_CHECKS,
    POSITIVE_WEIGHT,
    distinct_rows,
    read_columns,
)
from rapport.value.lifetime._histories import read_covariates
from rapport.value.lifetime._jet import Array


@dataclass(frozen=True)
class Customers:
    """Purchase histories, one row a person or a group of people with the same history.

    Parameters
    ----------
    frequency, recency, age
        Repeat purchases, time from the first purchase to the last, and to the end.
    weight
        How many people share the row; 1 if not given.
    covariates
        Where the model has them: a dataframe, a mapping, or an array with a column for each.

    Raises
    ------
    Problem
        When rows cannot be histories: all of them at once.

    Examples
    --------
    >>> Customers([0, 2], [0, 3.5], [8, 8], weight=[120, 4]).people
    124.0
    """

    frequency: npt.ArrayLike
    recency: npt.ArrayLike
    age: npt.ArrayLike
    weight: npt.ArrayLike | None = None
    covariates: Any = None

    def __post_init__(self) -> None:
        columns = {"frequency": self.frequency, "recency": self.recency, "age": self.age}
        columns["weight"] = 1.0 if self.weight is None else self.weight
        read = read_covariates(self.covariates, None)
        named = {f"covariate {name}": column for name, column in read.items()}
        values = read_columns(columns | named, (*HISTORY_CHECKS, POSITIVE_WEIGHT))
        for name in columns:
            object.__setattr__(self, name, values[name])
        kept = {name: values[f"covariate {name}"] for name in read}
        object.__setattr__(self, "covariates", kept or None)

    @property
    def people(self) -> float:
        """How many people there are: the sum of the weights."""
        return float(np.sum(self.weights))

    @property
    def weights(self) -> Array:
        """How many people share each row."""
        return np.asarray(self.weight, np.float64)

    @property
    def history(self) -> dict[str, Any]:
        """What a model's methods take: `frequency`, `recency`, `age`, `covariates`."""
        return {
            "frequency": np.asarray(self.frequency),
            "recency": np.asarray(self.recency),
            "age": np.asarray(self.age),
            "covariates": self.covariates,
        }

    def distinct(self) -> tuple[Customers, npt.NDArray[np.intp]]:
        """Return the distinct histories, and for each row the number of its history.

        >>> cells, row = Customers([1, 0, 1], [2, 0, 2], 5).distinct()
        >>> np.asarray(cells.weight)[row].tolist()
        [2.0, 1.0, 2.0]
        """
        columns = {
            name: np.asarray(getattr(self, name)) for name in ("frequency", "recency", "age")
        }
        covariates: Mapping[str, Array] = self.covariates or {}
        cells, row = distinct_rows(
            columns | {f"covariate {n}": c for n, c in covariates.items()}, self.weights
        )
        named = {name: cells[f"covariate {name}"] for name in covariates}
        found = Customers(
            cells["frequency"], cells["recency"], cells["age"], cells["weight"], named or None
        )
        return found, row
