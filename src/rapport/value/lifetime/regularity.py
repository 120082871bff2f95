"""How regularly people buy: what grouped counts cannot show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import Check, read_columns

FEWEST_PAIRS = 30
GAP_CHECKS = (
    Check(lambda c: c["first_gap"] <= 0, ("first_gap",), "must be greater than 0"),
    Check(lambda c: c["second_gap"] <= 0, ("second_gap",), "must be greater than 0"),
    Check(lambda c: c["weight"] < 0, ("weight",), "must be 0 or more"),
)


def regularity(
    first_gap: npt.ArrayLike, second_gap: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return the Erlang shape k of times between purchases: 1 at random, more when regular.

    From two successive gaps of each customer, by the variance of M = first / (first + second):
    k = (1 - 4·Var M) / (8·Var M), whatever the customers' rates (Wheat & Morrison 1990,
    "Estimating Purchase Regularity with Two Interpurchase Times", eq. 4). Below 1, purchases
    come in bursts.

    Raises
    ------
    Problem
        With fewer than 30 customers, or gaps that are not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rates = rng.gamma(1.5, 1.0, 2_000)
    >>> gaps = rng.gamma(3.0, 1.0, (2, 2_000)) / rates
    >>> round(regularity(gaps[0], gaps[1]), 1)
    3.0
    """
    columns = {"first_gap": first_gap, "second_gap": second_gap}
    values = read_columns(columns | {"weight": 1.0 if weight is None else weight}, GAP_CHECKS)
    people = values["weight"]
    if people.sum() < FEWEST_PAIRS:
        fault = Fault(f"{people.sum():g} customers have two gaps; {FEWEST_PAIRS} are needed.")
        raise Problem("Regularity cannot be told.", [fault])
    share = values["first_gap"] / (values["first_gap"] + values["second_gap"])
    # the mean of M is 1/2 whatever k, by symmetry
    variance = float(np.average((share - 0.5) ** 2, weights=people))
    return (1 - 4 * variance) / (8 * variance) if variance > 0 else float("inf")
