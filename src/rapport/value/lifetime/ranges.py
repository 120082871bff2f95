"""Ranges of anything that a fitted model tells.

Two sources of doubt: the parameters (`parameter_draws`), which shrinks with the number of
customers seen, and the chance of future purchases (`purchase_draws`), which does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rapport.value.lifetime._columns import as_floats
from rapport.value.lifetime._jet import Array
from rapport.value.lifetime._model import FittedModel
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime.customers import Customers

Model = TypeVar("Model", bound=FittedModel)

# People of one history drawn one by one; beyond, their noise is scaled by a square root.
DRAWN_PEOPLE = 32
# People drawn in all, which bounds the time whatever the number of histories.
DRAWN_IN_ALL = 200_000


def parameter_draws(
    model: Model, quantity: Callable[[Model], npt.ArrayLike], n: int = 200, seed: int = 0
) -> Array:
    """Return draws of a quantity, with the uncertainty of the parameters and nothing else.

    `quantity` takes a model and returns a number or an array; the result has one more axis in
    front, of length n. Right for expectations, such as the expected value of a customer base.

    Examples
    --------
    >>> from rapport.value.lifetime import ShiftedBetaGeometric
    >>> model = ShiftedBetaGeometric.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> interval(parameter_draws(model, lambda m: m.survival([8, 12]))).round(2).tolist()
    [[0.43, 0.48], [0.35, 0.41]]
    """
    draws = model.sample_parameters(n, seed)
    return np.array([quantity(model.with_parameters(draw)) for draw in draws], dtype=np.float64)


def purchase_draws(
    model: RepeatBuying,
    customers: Customers,
    horizon: float,
    group: npt.ArrayLike | None = None,
    n: int = 200,
    seed: int = 0,
) -> Array:
    """Return draws of the total purchases in the next `horizon`: shape (n,), or (n, groups).

    Includes both the uncertainty of the parameters and the chance of what these people do.
    Rows of up to 32 people are drawn person by person; of larger rows 32 are (fewer where there
    are very many rows), and their deviation from the expectation is scaled by √(people / 32),
    which keeps mean and variance.
    `group` numbers the groups from 0.
    """
    groups = np.zeros(len(customers.weights)) if group is None else as_floats("group", group)
    codes = groups.astype(np.intp)
    count = int(codes.max(initial=0)) + 1
    most = min(DRAWN_PEOPLE, max(1, DRAWN_IN_ALL // max(len(codes), 1)))
    drawn = np.minimum(np.ceil(customers.weights), most).astype(np.intp)
    scale = np.sqrt(customers.weights / np.maximum(drawn, 1))
    rows = np.repeat(np.arange(len(drawn)), drawn)
    history = customers.history
    covariates = history.pop("covariates")
    each = {name: column[rows] for name, column in history.items()}
    z = {name: column[rows] for name, column in covariates.items()} if covariates else None
    rng = np.random.default_rng(seed)
    totals = np.empty((n, count))
    for draw, parameters in enumerate(model.sample_parameters(n, seed)):
        other = model.with_parameters(parameters)
        expected = np.asarray(other.expected_purchases(horizon, **history, covariates=covariates))
        made = other.simulate_purchases(horizon, **each, seed=rng, covariates=z)
        noise = np.bincount(rows, made, len(drawn)) - drawn * expected
        totals[draw] = np.bincount(codes, customers.weights * expected + scale * noise, count)
    return totals[:, 0] if group is None else totals


def interval(draws: npt.ArrayLike, level: float = 0.9) -> Array:
    """Return the central interval over the first axis: low and high in the last axis."""
    tail = (1 - level) / 2
    return np.moveaxis(np.quantile(np.asarray(draws), [tail, 1 - tail], axis=0), 0, -1)
