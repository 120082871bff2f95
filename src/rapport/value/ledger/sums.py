"""What the statement needs of all orders together: one small row for each part of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from rapport.estimate import EDGE, Estimate, Grade
from rapport.record.frames import UNIT, Frame, as_number, whole_sum
from rapport.value.ledger.causes import CAUSES

Array = NDArray[np.float64]

_NEARLY_ALL = 1 - 1e-9


def credit_sums(parted: Frame) -> Frame:
    """Return what each part of the orders holds, and how far the causes' errors move it.

    Parameters
    ----------
    parted
        As `rapport.value.ledger.claims.credited` gives them.

    Returns
    -------
    Frame
        part, n (orders), units and refunded (ten-thousandths, whole), rest, credit_KEY (whole),
        and n_KEY (orders credited); up_KEY_BY and down_KEY_BY: by how much the credit of the cause
        KEY changes when the shares claimed for the cause BY all stand at the upper or lower end
        of their range (to first order; a cause moves what is left to those after it).
    """
    columns: dict[str, nw.Expr] = {"refunded": nw.col("refunded"), "units": nw.col("units")}
    made: dict[str, nw.Expr] = {}
    for place, cause in enumerate(CAUSES):
        for end in ("up", "down"):
            made[f"{end}_{cause.key}_{cause.key}"] = _reach(cause.key, end) * as_number(
                nw.col(f"left_{cause.key}")
            )
            for before in CAUSES[:place]:
                made[f"{end}_{cause.key}_{before.key}"] = _crowded(cause.key, before.key, end)
        columns[f"credit_{cause.key}"] = nw.col(f"credit_{cause.key}")
        columns[f"n_{cause.key}"] = (nw.col(f"credit_{cause.key}") != 0).cast(nw.Int64())
    columns["rest"] = nw.col("rest")
    each = parted.select("part", **columns, **made)
    return each.group_by("part").agg(
        nw.len().alias("n"),
        *(whole_sum(nw.col(name)).alias(name) for name in columns),
        *(nw.col(name).sum().alias(name) for name in made),
    )


def _reach(key: str, end: str) -> nw.Expr:
    """Return how far the share may lie above ("up") or below ("down", negative) what is said."""
    return nw.col(f"{'high' if end == 'up' else 'low'}_{key}") - nw.col(f"share_{key}")


def _crowded(key: str, before: str, end: str) -> nw.Expr:
    """Return how a credit changes when an earlier cause takes more, or less, of the order."""
    share = nw.col(f"share_{before}")
    leaves = nw.when((share > 0.0) & (share < _NEARLY_ALL)).then(1.0 - share)
    moved = -as_number(nw.col(f"credit_{key}")) * _reach(before, end) / leaves
    return moved.fill_null(0.0)


@dataclass(frozen=True, slots=True)
class Credit:
    """What one cause is credited with: exactly, and with its range.

    Parameters
    ----------
    exact
        The sum of what orders were credited with, to the ten-thousandth.
    number
        The same with its draws.
    orders
        How many orders it is.
    """

    exact: Decimal
    number: Estimate
    orders: int


def credits_of(
    rows: Iterable[Mapping[str, Any]], unit: str, grades: Mapping[str, Grade]
) -> dict[str, Credit]:
    """Return the credit of each cause that is claimed for, from `credit_sums`.

    Within a cause the error is common to all its orders: each cause has one draw, at the 5 % and
    95 % points of which its shares stand at the ends of their ranges. Between causes errors are
    independent; a cause that takes more leaves less to those after it, which is kept.

    Parameters
    ----------
    grades
        By the key of each cause that claims anything, what its claims rest on.
    """
    summed: dict[str, Any] = {}
    for row in rows:
        for name, value in row.items():
            if name != "part":
                summed[name] = summed.get(name, 0) + (value or 0)
    chances = {cause.key: cause_chance(cause.name) for cause in CAUSES}
    found: dict[str, Credit] = {}
    for place, cause in enumerate(CAUSES):
        if cause.key not in grades:
            continue
        exact = summed.get(f"credit_{cause.key}", 0) * UNIT
        drawn = np.full(len(chances[cause.key]), float(exact))
        for by in CAUSES[: place + 1]:
            up, down = (
                float(summed.get(f"{end}_{cause.key}_{by.key}", 0.0)) * float(UNIT)
                for end in ("up", "down")
            )
            drawn = drawn + moved(chances[by.key], up, down)
        number = Estimate.from_draws(drawn, unit, value=float(exact), grade=grades[cause.key])
        if not drawn.any() or np.ptp(drawn) == 0:
            number = Estimate.exact(float(exact), unit, grade=grades[cause.key])
        found[cause.key] = Credit(exact, number, int(summed.get(f"n_{cause.key}", 0)))
    return found


def moved(chance: Array, up: float, down: float) -> Array:
    """Return deviations from a value: `up` at the 95 % point of a normal chance, `down` at the 5 %.

    Parameters
    ----------
    up, down
        Signed: how far the value moves when what is uncertain stands at the upper or lower end.

    Examples
    --------
    >>> moved(np.array([-1.6448536269514722, 0.0, 1.6448536269514722]), 4.0, -2.0).tolist()
    [-2.0, 0.0, 4.0]
    """
    scaled = chance / EDGE
    return np.where(scaled > 0, scaled * up, -scaled * down)


def cause_chance(cause: str) -> Array:
    """Return standard normal draws that belong to one cause alone."""
    drawn = Estimate.normal(0.0, 1.0, "number", source=f"cause {cause}").draws
    assert drawn is not None  # noqa: S101 - a normal estimate has draws
    return drawn
