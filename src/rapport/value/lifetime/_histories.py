"""Purchase histories and covariates as the models of repeat buying read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import as_floats
from rapport.value.lifetime._jet import Array


@dataclass(frozen=True)
class Histories:
    """Distinct purchase histories: repeat purchases, time of the last one, time observed."""

    frequency: Array
    recency: Array
    age: Array

    def part(self, rows: slice | npt.NDArray[np.intp]) -> Histories:
        """Return some of the rows."""
        return Histories(self.frequency[rows], self.recency[rows], self.age[rows])


Covariates: TypeAlias = Any


def read_covariates(covariates: Covariates, names: Sequence[str] | None) -> dict[str, Array]:
    """Return covariate columns by name, from a dataframe, a mapping or a two-dimensional array."""
    if covariates is None:
        return {}
    if hasattr(covariates, "columns") and not isinstance(covariates, Mapping):
        found = [str(name) for name in getattr(covariates, "column_names", covariates.columns)]
        covariates = {name: covariates[name] for name in found}
    if not isinstance(covariates, Mapping):
        table = np.asarray(covariates, dtype=np.float64)
        table = table[:, None] if table.ndim == 1 else table
        listed = list(names) if names else [f"covariate_{j + 1}" for j in range(table.shape[1])]
        covariates = {name: table[:, j] for j, name in enumerate(listed)}
    wanted = list(names) if names is not None else list(covariates)
    missing = [name for name in wanted if name not in covariates]
    if missing:
        hint = f"Given: {', '.join(map(str, covariates)) or 'none'}."
        raise Problem(
            "Covariates are missing.", [Fault(f"{name} is missing.", hint=hint) for name in missing]
        )
    return {name: as_floats(name, covariates[name]) for name in wanted}


def stacked(rows: list[Array], length: int = 0) -> Array:
    return np.vstack(rows) if rows else np.zeros((0, length))
