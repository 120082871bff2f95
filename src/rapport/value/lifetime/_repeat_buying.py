"""What BG/NBD, MBG/NBD and Pareto/NBD share: fitting on grouped histories, covariates, draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import (
    HISTORY_CHECKS,
    POSITIVE_WEIGHT,
    Check,
    as_floats,
    group_rows,
    read_columns,
)
from rapport.value.lifetime._jet import Array, Jet, Value, variables
from rapport.value.lifetime._model import FittedModel
from rapport.value.lifetime._newton import (
    Derivatives,
    FitError,
    Meaning,
    check_optimum,
    maximise,
)
from rapport.value.lifetime.cautions import history_cautions

# Cells worked on at once, so that memory stays bounded whatever the data.
CHUNK = 16384


@dataclass(frozen=True)
class Histories:
    """Distinct purchase histories: repeat purchases, time of the last one, time observed."""

    frequency: Array
    recency: Array
    age: Array

    def part(self, rows: slice) -> Histories:
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


class RepeatBuying(FittedModel):
    """Base of the models of repeat buying without contract, in continuous time.

    Parameters
    ----------
    regularity
        The regularity of the times between purchases (see `regularity`), where known: buyers
        more regular than chance (1) earn a caution, for grouped counts cannot show it.
    """

    # Which parameter each covariate moves: (prefix of the coefficient, {parameter: sign}).
    effects: tuple[tuple[str, dict[str, float]], ...] = ()
    meanings: tuple[Meaning, ...] = ()
    time_parameters: tuple[str, ...] = ("alpha",)
    starts: tuple[tuple[float, ...], ...] = ()

    covariate_names_: tuple[str, ...]

    def __init__(self, regularity: float | None = None) -> None:
        self.regularity = regularity

    # ---- what each model says ------------------------------------------------------------

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        raise NotImplementedError

    # ---- fitting -------------------------------------------------------------------------

    def fit(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
        covariates: Covariates = None,
    ) -> Self:
        """Fit by maximum likelihood and return the model.

        Parameters
        ----------
        frequency
            Repeat purchases (the first does not count).
        recency
            Time from the first purchase to the last, 0 without repeats.
        age
            Time from the first purchase to the end of observation.
        weight
            How many people share the row; every row is one person if not given. Identical rows
            are grouped first, so that the cost follows the distinct histories.
        covariates
            Time-invariant covariates: a dataframe, a mapping or an array with one row a person.

        Raises
        ------
        Problem
            When rows break the rules above: all of them at once.
        FitError
            When the data do not determine the parameters.
        """
        histories, people, design = self._read_for_fit(
            {"frequency": frequency, "recency": recency, "age": age}, weight, covariates
        )
        self._refuse_hopeless(histories, people)
        total = float(people.sum())
        names = self._names()

        def derivatives(point: Array) -> Derivatives:
            return self._derivatives(point, histories, people, design)

        optimum = maximise(derivatives, self._starting_points(histories, people, len(names)), total)
        natural = np.zeros(len(names))
        for name in self.time_parameters:
            natural[names.index(name)] = np.log(np.average(histories.age, weights=people))
        gradient = derivatives(optimum.point)[1]
        self.covariance_ = check_optimum(optimum, gradient, names, natural, self.meanings)
        k = len(self.parameter_names)
        values = np.concatenate([np.exp(optimum.point[:k]), optimum.point[k:]])
        self.params_ = dict(zip(names, map(float, values), strict=True))
        self.log_likelihood_ = optimum.log_likelihood
        self.n_customers_ = total
        self.converged_ = True
        self.warnings_ = history_cautions(
            histories.frequency, histories.age, people, self.covariance_[:k, :k], self.regularity
        )
        return self

    def log_likelihood(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the log-likelihood of each history at the fitted parameters."""
        parameters, histories = self._at(frequency, recency, age, covariates)
        jets = [Jet(value) for value in parameters]
        value = self._log_likelihood(jets, histories).value
        return np.broadcast_to(np.asarray(value), np.shape(histories.age)).copy()

    def _names(self) -> list[str]:
        slopes = [f"{prefix}:{z}" for prefix, _ in self.effects for z in self.covariate_names_]
        return [*self.parameter_names, *slopes]

    def _read_for_fit(
        self,
        columns: dict[str, npt.ArrayLike],
        weight: npt.ArrayLike | None,
        covariates: Covariates,
    ) -> tuple[Histories, Array, Array]:
        read = read_covariates(covariates, None)
        self.covariate_names_ = tuple(read)
        checks: tuple[Check, ...] = HISTORY_CHECKS
        everything = dict(columns) | {f"covariate {name}": c for name, c in read.items()}
        if weight is not None:
            everything["weight"] = weight
            checks = (*checks, POSITIVE_WEIGHT)
        values = read_columns(everything, checks)
        cells = group_rows(values, values.pop("weight", None))
        histories = Histories(cells["frequency"], cells["recency"], cells["age"])
        return histories, cells["weight"], _stacked([cells[f"covariate {name}"] for name in read])

    def _refuse_hopeless(self, histories: Histories, people: Array) -> None:
        faults = []
        repeaters = float(people[histories.frequency > 0].sum())
        k = len(self.parameter_names)
        if repeaters == 0:
            faults.append(
                Fault(
                    "Nobody bought a second time, so there is nothing to learn about when "
                    "customers return or leave.",
                    hint="Wait for repeat purchases, or give a longer history.",
                )
            )
        elif people.sum() < 2 * k or len(people) < k:
            faults.append(
                Fault(
                    f"{people.sum():g} customers with {len(people)} different histories are too "
                    f"few for {k} parameters.",
                    hint="Pool groups, or give a longer history.",
                )
            )
        if faults:
            raise FitError(f"{type(self).__name__} was not fitted.", faults)

    def _starting_points(self, histories: Histories, people: Array, size: int) -> list[Array]:
        age = float(np.average(histories.age, weights=people))
        per_person = float(np.average(histories.frequency, weights=people))
        points = []
        for start in self.starts:
            point = np.zeros(size)
            point[: len(start)] = np.log(start)
            for name in self.time_parameters:
                point[self.parameter_names.index(name)] += np.log(age)
            # the purchase rate r/alpha starts where an unheard-of dropout would leave it
            point[1] -= np.log(max(per_person, 0.05))
            point[0] = np.log(start[0])
            points.append(point)
        return points

    def _designs(self, design: Array, rows: slice) -> list[Array]:
        """Return, for each parameter, how its logarithm depends on the estimated numbers."""
        k = len(self.parameter_names)
        z = design[:, rows]
        size = k + len(self.effects) * len(z)
        matrices = []
        for slot, name in enumerate(self.parameter_names):
            matrix = np.zeros((size, z.shape[1] if len(z) else 1))
            matrix[slot] = 1.0
            for position, (_, moved) in enumerate(self.effects):
                if name in moved and len(z):
                    begin = k + position * len(z)
                    matrix[begin : begin + len(z)] = moved[name] * z
            matrices.append(matrix)
        return matrices

    def _derivatives(
        self, point: Array, histories: Histories, people: Array, design: Array
    ) -> Derivatives:
        value = 0.0
        gradient = np.zeros(len(point))
        hessian = np.zeros((len(point), len(point)))
        for begin in range(0, len(people), CHUNK):
            rows = slice(begin, begin + CHUNK)
            matrices = self._designs(design, rows)
            logarithms: list[Value] = [
                point @ m if m.shape[1] > 1 else float(point @ m[:, 0]) for m in matrices
            ]
            with np.errstate(over="ignore", under="ignore"):
                jet = self._log_likelihood(variables(logarithms), histories.part(rows))
            weight = people[rows]
            value += float(np.sum(weight * jet.value))
            for i, slope in jet.first.items():
                gradient += _dot(matrices[i], weight * slope)
            for (i, j), bend in jet.second.items():
                block = _outer(matrices[i], matrices[j], weight * bend)
                hessian += block if i == j else block + block.T
        return value, gradient, hessian

    # ---- answering -----------------------------------------------------------------------

    def _at(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates,
    ) -> tuple[list[Value], Histories]:
        self._require_fit()
        columns = {"frequency": frequency, "recency": recency, "age": age}
        read = read_covariates(covariates, self._wanted_covariates())
        values = read_columns(
            columns | {f"covariate {n}": c for n, c in read.items()}, HISTORY_CHECKS
        )
        design = _stacked([values[f"covariate {name}"] for name in read])
        if not read and all(np.ndim(column) == 0 for column in columns.values()):
            values = {name: column[0] for name, column in values.items()}
        histories = Histories(values["frequency"], values["recency"], values["age"])
        return self._parameters(design), histories

    def _wanted_covariates(self) -> tuple[str, ...] | None:
        return getattr(self, "covariate_names_", ()) or None

    def _parameters(self, design: Array) -> list[Value]:
        """Return the model's parameters, one value for each row of covariates if there are any."""
        names = list(self.params_)
        k = len(self.parameter_names)
        point = np.array([np.log(v) if i < k else v for i, v in enumerate(self.params_.values())])
        if len(names) > k and not len(design):
            wanted = ", ".join(self.covariate_names_)
            fault = Fault("This model was fitted with covariates.", hint=f"Give {wanted}.")
            raise Problem("Covariates are missing.", [fault])
        if not len(design):
            return [float(self.params_[name]) for name in self.parameter_names]
        return [np.exp(point @ matrix) for matrix in self._designs(design, slice(None))]

    def _for_new(self, covariates: Covariates) -> list[Value]:
        self._require_fit()
        read = read_covariates(covariates, self._wanted_covariates())
        return self._parameters(_stacked(list(read.values())))


def _stacked(rows: list[Array]) -> Array:
    return np.vstack(rows) if rows else np.zeros((0, 0))


def _dot(matrix: Array, column: Array) -> Array:
    return np.asarray(matrix[:, 0] * column.sum() if matrix.shape[1] == 1 else matrix @ column)


def _outer(left: Array, right: Array, column: Array) -> Array:
    if left.shape[1] == 1:
        return np.asarray(np.outer(left[:, 0], right[:, 0]) * column.sum())
    return np.asarray((left * column) @ right.T)
