"""A number with its range, unit, grade and definition; sums and differences keep the range."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

DRAWS = 2000
LEVEL = 0.90
EDGE = float(special.ndtri(0.5 + LEVEL / 2))
"""How many standard errors a range reaches to either side of a normal number."""

Draws = NDArray[np.float64]


class Grade(StrEnum):
    """What kind of evidence a number rests on, from strong to weak (design, section 2)."""

    EXPERIMENT = "experiment"
    NATURAL_EXPERIMENT = "natural experiment"
    ADJUSTED = "adjusted comparison"
    MODEL = "model"
    COUNT = "count"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """One number and what is known about it.

    Estimates that come from one source of chance share it: their draws are paired by position, so
    a sum, difference or ratio of them keeps their correlation, and `a - a` is exactly zero.
    Estimates from different sources of chance are independent.

    Parameters
    ----------
    value
        The number itself.
    unit
        A currency code ("EUR"), a noun ("people", "orders", "days"), "share" (0 to 1), "number",
        or "X per Y".
    grade
        What it rests on.
    low, high
        Ends of the central range that holds the truth with probability `level`.
    people, rows
        How many people and rows of the record stand behind it; None where nobody has said.
    name
        The key of its definition in `rapport.definitions`.
    table
        The result table that holds its rows.
    draws
        Shape (DRAWS,): possible values; None for a number known exactly.

    Examples
    --------
    >>> kept = Estimate.of_share(30, 100, source="kept")
    >>> print(kept)
    30% (23% to 38%)
    >>> orders = Estimate.exact(120, "orders")
    >>> sales = Estimate.normal(6000.0, 300.0, "EUR", source="sales")
    >>> each = sales / orders
    >>> each.unit, round(each.value, 2), each.grade.value
    ('EUR per order', 50.0, 'model')
    >>> (sales - sales).high
    0.0
    """

    value: float
    unit: str
    grade: Grade
    low: float
    high: float
    level: float = LEVEL
    people: int | None = None
    rows: int | None = None
    name: str = ""
    table: str = ""
    draws: Draws | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.draws is not None and self.draws.shape != (DRAWS,):
            msg = f"draws must have shape ({DRAWS},), not {self.draws.shape}"
            raise ValueError(msg)
        if not (math.isnan(self.value) or self.low <= self.high):
            msg = f"the range runs from {self.low} to {self.high}: turn it round"
            raise ValueError(msg)

    @classmethod
    def exact(
        cls, value: float, unit: str, *, grade: Grade = Grade.COUNT, **basis: Any
    ) -> Estimate:
        """Return a number that was counted and leaves nothing to chance."""
        return cls(float(value), unit, grade, float(value), float(value), **basis)

    @classmethod
    def from_draws(
        cls,
        draws: ArrayLike,
        unit: str,
        *,
        value: float | None = None,
        grade: Grade = Grade.MODEL,
        **basis: Any,
    ) -> Estimate:
        """Return an estimate from DRAWS possible values; `value` is their mean unless given."""
        drawn = np.asarray(draws, dtype=float)
        low, high = _range(drawn)
        centre = float(drawn.mean()) if value is None else float(value)
        return cls(centre, unit, grade, min(low, centre), max(high, centre), draws=drawn, **basis)

    @classmethod
    def normal(
        cls,
        value: float,
        standard_error: float,
        unit: str,
        *,
        source: str,
        grade: Grade = Grade.MODEL,
        **basis: Any,
    ) -> Estimate:
        """Return an estimate with a normal range; `source` names where its chance comes from."""
        if standard_error < 0 or not math.isfinite(standard_error):
            msg = f"the standard error must be zero or more, not {standard_error}"
            raise ValueError(msg)
        half = EDGE * standard_error
        drawn = value + standard_error * special.ndtri(_chances(source))
        return cls(float(value), unit, grade, value - half, value + half, draws=drawn, **basis)

    @classmethod
    def lognormal(
        cls,
        value: float,
        relative_error: float,
        unit: str,
        *,
        source: str,
        grade: Grade = Grade.MODEL,
        **basis: Any,
    ) -> Estimate:
        """Return a positive estimate whose logarithm is normal with sd `relative_error`."""
        if value <= 0 or relative_error < 0:
            msg = f"value must be positive and its error not negative: {value}, {relative_error}"
            raise ValueError(msg)
        half = EDGE * relative_error
        drawn = value * np.exp(relative_error * special.ndtri(_chances(source)))
        low, high = value * math.exp(-half), value * math.exp(half)
        return cls(float(value), unit, grade, low, high, draws=drawn, **basis)

    @classmethod
    def of_share(
        cls, part: float, whole: float, *, source: str, grade: Grade = Grade.COUNT, **basis: Any
    ) -> Estimate:
        """Return the share part/whole with Jeffreys' interval (Brown, Cai & DasGupta 2001, s. 4.3).

        Raises
        ------
        ValueError
            If `whole` is not positive or `part` is not between 0 and `whole`.
        """
        if not 0 <= part <= whole or whole <= 0:
            msg = f"a share needs 0 <= part <= whole and whole > 0, not {part} of {whole}"
            raise ValueError(msg)
        a, b = part + 0.5, whole - part + 0.5
        tail = (1 - LEVEL) / 2
        low = 0.0 if part == 0 else float(special.betaincinv(a, b, tail))
        high = 1.0 if part == whole else float(special.betaincinv(a, b, 1 - tail))
        drawn = special.betaincinv(a, b, _chances(source))
        return cls(part / whole, "share", grade, low, high, draws=drawn, **basis)

    def based_on(
        self,
        *,
        people: int | None = None,
        rows: int | None = None,
        name: str | None = None,
        table: str | None = None,
    ) -> Estimate:
        """Return the same number with who and what stands behind it."""
        return replace(
            self,
            people=self.people if people is None else people,
            rows=self.rows if rows is None else rows,
            name=self.name if name is None else name,
            table=self.table if table is None else table,
        )

    def graded(self, grade: Grade) -> Estimate:
        """Return the same number with another grade."""
        return replace(self, grade=grade)

    def __add__(self, other: Estimate) -> Estimate:
        return _combine(self, other, self._same_unit(other, "added to"), np.add)

    def __sub__(self, other: Estimate) -> Estimate:
        return _combine(self, other, self._same_unit(other, "taken from"), np.subtract)

    def __mul__(self, other: Estimate | float) -> Estimate:
        if not isinstance(other, Estimate):
            return self._scaled(float(other))
        return _combine(self, other, _product_unit(self.unit, other.unit), np.multiply)

    __rmul__ = __mul__

    def __truediv__(self, other: Estimate | float) -> Estimate:
        if not isinstance(other, Estimate):
            return self._scaled(1.0 / float(other))
        return _combine(self, other, _ratio_unit(self.unit, other.unit), _divide)

    def __neg__(self) -> Estimate:
        return self._scaled(-1.0)

    def __float__(self) -> float:
        return self.value

    @property
    def is_exact(self) -> bool:
        """True for a number that leaves nothing to chance."""
        return self.draws is None and self.low == self.high

    def chance_above(self, threshold: float) -> float:
        """Return the probability that the truth lies above `threshold`."""
        if self.draws is None:
            return float(self.value > threshold)
        return float(np.mean(self.draws > threshold))

    def text(self, language: str = "en") -> str:
        """Return the number and its range as a reader of that language writes them."""
        from rapport.words import Words

        return Words.of(language).estimate(self.value, self.low, self.high, self.unit)

    def __str__(self) -> str:
        return self.text("en")

    def to_dict(self) -> dict[str, Any]:
        """Return all but the draws, for machines."""
        return {
            "name": self.name, "value": self.value, "low": self.low, "high": self.high,
            "level": self.level, "unit": self.unit, "grade": self.grade.value,
            "people": self.people, "rows": self.rows, "table": self.table,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Estimate:
        """Return the estimate that `to_dict` wrote; its draws are gone, its range is kept."""
        return cls(**{**stored, "grade": Grade(stored["grade"])})

    def _same_unit(self, other: Estimate, verb: str) -> str:
        if self.unit != other.unit:
            msg = f"{other.unit} cannot be {verb} {self.unit}: bring both to one unit first"
            raise ValueError(msg)
        return self.unit

    def _scaled(self, factor: float) -> Estimate:
        ends = sorted((self.low * factor, self.high * factor))
        drawn = None if self.draws is None else self.draws * factor
        return replace(self, value=self.value * factor, low=ends[0], high=ends[1], draws=drawn)


def total(parts: Iterable[Estimate]) -> Estimate:
    """Return the sum of estimates of one unit, range and correlation kept.

    Raises
    ------
    ValueError
        If there are no parts, or their units differ.
    """
    summed = list(parts)
    if not summed:
        msg = "there is nothing to add up"
        raise ValueError(msg)
    return reduce(lambda a, b: a + b, summed)


def weakest(grades: Iterable[Grade]) -> Grade:
    """Return the grade of a number made from several: the weakest of them.

    A count is a fact, so it takes nothing from what it is combined with.

    Examples
    --------
    >>> weakest([Grade.COUNT, Grade.MODEL]).value
    'model'
    >>> weakest([Grade.EXPERIMENT, Grade.ASSUMPTION]).value
    'assumption'
    """
    ranked = list(Grade)
    told = [grade for grade in grades if grade is not Grade.COUNT]
    return max(told, key=ranked.index, default=Grade.COUNT)


def _combine(
    left: Estimate, right: Estimate, unit: str, operation: Callable[[Any, Any], Any]
) -> Estimate:
    value = float(operation(left.value, right.value))
    grade = weakest([left.grade, right.grade])
    people = left.people if left.people == right.people else None
    rows = left.rows if left.rows == right.rows else None
    if left.is_exact and right.is_exact:
        return Estimate(value, unit, grade, value, value, people=people, rows=rows)
    drawn = np.asarray(operation(_drawn(left), _drawn(right)), dtype=float)
    drawn = np.broadcast_to(drawn, (DRAWS,)).copy()
    low, high = _range(drawn)
    return Estimate(
        value, unit, grade, min(low, value), max(high, value),
        people=people, rows=rows, draws=drawn,
    )  # fmt: skip


def _drawn(estimate: Estimate) -> Draws | float:
    if estimate.draws is not None:
        return estimate.draws
    if estimate.is_exact:
        return estimate.value
    msg = f"{estimate.name or 'an estimate'} was read from storage without its draws"
    raise ValueError(msg)


def _divide(left: Any, right: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(left, right)


def _range(drawn: Draws) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _chances(source: str) -> Draws:
    """Return DRAWS evenly spread probabilities in an order that belongs to `source` alone."""
    seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "big")
    even = (np.arange(DRAWS) + 0.5) / DRAWS
    return np.random.default_rng(seed).permutation(even)


_SINGULAR = {
    "people": "person",
    "orders": "order",
    "customers": "customer",
    "purchases": "purchase",
}


def _ratio_unit(above: str, below: str) -> str:
    if above == below:
        return "number"
    if below in {"number", "share"}:
        return above
    return f"{above} per {_SINGULAR.get(below, below)}"


def _product_unit(left: str, right: str) -> str:
    for a, b in ((left, right), (right, left)):
        if a in {"share", "number"}:
            return b
        if a.endswith(f" per {_SINGULAR.get(b, b)}"):
            return a.rsplit(" per ", 1)[0]
    return f"{left} × {right}"
