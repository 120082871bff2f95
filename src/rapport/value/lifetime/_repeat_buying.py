"""What BG/NBD, MBG/NBD and Pareto/NBD share: fitting on grouped histories, covariates, draws."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import (
    HISTORY_CHECKS,
    NOT_NEGATIVE_AGE,
    POSITIVE_WEIGHT,
    Check,
    group_rows,
    read_columns,
)
from rapport.value.lifetime._histories import (
    Covariates,
    Histories,
    read_covariates,
    stacked,
)
from rapport.value.lifetime._jet import Array, Jet, Value, variables
from rapport.value.lifetime._model import FittedModel
from rapport.value.lifetime._newton import (
    Derivatives,
    FitError,
    Meaning,
    Optimum,
    check_optimum,
    maximise,
)
from rapport.value.lifetime.cautions import history_cautions

# Numbers worked on at once, so that memory stays bounded whatever the data.
CHUNK = 16384 * 32
# With more than twice as many cells, a search over this many, drawn at random, finds the start.
PILOT = 8192


class RepeatBuying(FittedModel):
    """Base of the models of repeat buying without contract, in continuous time.

    Parameters
    ----------
    regularity
        The regularity of the times between purchases (see `regularity`), where known: buyers
        more regular than chance (1) earn a caution, for grouped counts cannot show it.
    """

    meanings: tuple[Meaning, ...] = ()
    time_parameters: tuple[str, ...] = ("alpha",)
    starts: tuple[tuple[float, ...], ...] = ()
    checks: tuple[Check, ...] = HISTORY_CHECKS
    terms: int = 32

    covariate_names_: tuple[str, ...]

    def __init__(self, regularity: float | None = None) -> None:
        self.regularity = regularity

    @property
    def effects(self) -> dict[str, dict[str, float]]:
        """What covariates move: the coefficient's prefix, and the sign for each parameter."""
        return {}

    # ---- what each model says ------------------------------------------------------------

    def _log_likelihood(self, parameters: list[Jet], histories: Histories) -> Jet:
        raise NotImplementedError

    def _terms(self, histories: Histories) -> int:  # noqa: ARG002 - some models need them
        """Return how many numbers the likelihood of one history works with at once."""
        return self.terms

    def _draw_new(
        self, parameters: list[Value], age: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        raise NotImplementedError

    def _draw_future(
        self,
        horizon: float,
        parameters: list[Value],
        histories: Histories,
        rng: np.random.Generator,
    ) -> Array:
        """Return purchases in the next `horizon` of customers who are all still active."""
        raise NotImplementedError

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the chance that each customer is still active at the end of observation."""
        raise NotImplementedError

    def expected_purchases(
        self,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        covariates: Covariates = None,
    ) -> Array:
        """Return the purchases each customer is expected to make in the next `horizon`."""
        raise NotImplementedError

    def expected_purchases_new(self, t: npt.ArrayLike, covariates: Covariates = None) -> Array:
        """Return the repeat purchases expected of a new customer in the first `t`."""
        raise NotImplementedError

    # ---- simulating ----------------------------------------------------------------------

    def simulate(
        self, age: npt.ArrayLike, seed: int = 0, covariates: Covariates = None
    ) -> dict[str, Array]:
        """Return `frequency`, `recency` and `age` of simulated customers, one for each age."""
        ages = read_columns({"age": age}, (NOT_NEGATIVE_AGE,))["age"]
        rng = np.random.default_rng(seed)
        frequency, recency = self._draw_new(self._for_new(covariates), ages, rng)
        return {"frequency": frequency, "recency": recency, "age": ages}

    def simulate_purchases(
        self,
        horizon: float,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        seed: int | np.random.Generator = 0,
        covariates: Covariates = None,
    ) -> Array:
        """Return one possible number of purchases in the next `horizon` for each customer.

        Includes the chance of having left, the spread of rates among customers with the same
        history, and the randomness of purchases; not the uncertainty of the parameters.
        """
        rng = np.random.default_rng(seed)
        parameters, histories = self._at(frequency, recency, age, covariates)
        alive = rng.random(np.shape(histories.age)) < self.probability_alive(
            frequency, recency, age, covariates
        )
        return np.where(alive, self._draw_future(horizon, parameters, histories, rng), 0.0)

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
        self._forget_fit()
        histories, people, design = self._read_for_fit(
            {"frequency": frequency, "recency": recency, "age": age}, weight, covariates
        )
        self._refuse_hopeless(histories, people)
        names = self._names()
        starts = self._starting_points(histories, people, len(names))
        if len(people) > 2 * PILOT:
            pilot = np.sort(np.random.default_rng(0).choice(len(people), PILOT, replace=False))
            part = self._search(histories.part(pilot), people[pilot], design[:, pilot], starts)
            starts = [part.point, *starts]
        optimum = self._search(histories, people, design, starts)
        natural = np.zeros(len(names))
        for name in self.time_parameters:
            natural[names.index(name)] = np.log(np.average(histories.age, weights=people))
        self.covariance_ = check_optimum(optimum, names, natural, self.meanings)
        k = len(self.parameter_names)
        values = np.concatenate([np.exp(optimum.point[:k]), optimum.point[k:]])
        self.params_ = dict(zip(names, map(float, values), strict=True))
        self.log_likelihood_ = optimum.log_likelihood
        self.n_customers_ = float(people.sum())
        self.converged_ = True
        self.warnings_ = history_cautions(
            histories.frequency, histories.age, people, self.covariance_[:k, :k], self.regularity
        )
        return self

    def _search(
        self, histories: Histories, people: Array, design: Array, starts: list[Array]
    ) -> Optimum:
        def derivatives(point: Array) -> Derivatives:
            return self._derivatives(point, histories, people, design)

        return maximise(derivatives, starts, float(people.sum()))

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
        slopes = [f"{prefix}:{z}" for prefix in self.effects for z in self.covariate_names_]
        return [*self.parameter_names, *slopes]

    def _read_for_fit(
        self,
        columns: dict[str, npt.ArrayLike],
        weight: npt.ArrayLike | None,
        covariates: Covariates,
    ) -> tuple[Histories, Array, Array]:
        read = read_covariates(covariates, None)
        if read and not self.effects:
            fault = Fault(f"{type(self).__name__} takes no covariates.", hint="Fit groups apart.")
            raise Problem("The model was not fitted.", [fault])
        self.covariate_names_ = tuple(read)
        checks = self.checks
        everything = dict(columns) | {f"covariate {name}": c for name, c in read.items()}
        if weight is not None:
            everything["weight"] = weight
            checks = (*checks, POSITIVE_WEIGHT)
        values = read_columns(everything, checks)
        cells = group_rows(values, values.pop("weight", None))
        histories = Histories(cells["frequency"], cells["recency"], cells["age"])
        people = cells["weight"]
        design = stacked([cells[f"covariate {name}"] for name in read], len(people))
        return histories, people, design

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
            if "alpha" in self.time_parameters:
                # the rate of purchases starts near the observed one
                point[1] -= np.log(max(per_person, 0.05))
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
            for position, moved in enumerate(self.effects.values()):
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
        step = max(1, CHUNK // self._terms(histories))
        for begin in range(0, len(people), step):
            rows = slice(begin, begin + step)
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
        values = read_columns(columns | {f"covariate {n}": c for n, c in read.items()}, self.checks)
        design = stacked([values[f"covariate {name}"] for name in read])
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
        return self._parameters(stacked(list(read.values())))


def _dot(matrix: Array, column: Array) -> Array:
    return np.asarray(matrix[:, 0] * column.sum() if matrix.shape[1] == 1 else matrix @ column)


def _outer(left: Array, right: Array, column: Array) -> Array:
    if left.shape[1] == 1:
        return np.asarray(np.outer(left[:, 0], right[:, 0]) * column.sum())
    return np.asarray((left * column) @ right.T)
