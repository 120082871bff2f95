"""What future purchases are worth today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._jet import Array
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime.customers import Customers

# Expectations worked out at once, to bound memory.
AT_ONCE = 4_000_000


def rate_per_step(annual: float, steps_a_year: float = 52.0, *, continuous: bool = False) -> float:
    """Return the discount rate for one step of time that compounds to the annual rate.

    Examples
    --------
    >>> round(rate_per_step(0.15), 6)
    0.002691
    >>> round(rate_per_step(0.15, continuous=True), 6)
    0.002688
    """
    if continuous:
        return float(np.log1p(annual) / steps_a_year)
    return float(np.expm1(np.log1p(annual) / steps_a_year))


@dataclass(frozen=True)
class Discounting:
    """How future purchases are discounted to today.

    Parameters
    ----------
    rate
        Discount rate for one unit of the model's time (a week, where ages are in weeks).
    horizon
        How far to look ahead, in the same unit.
    step
        The purchases of each step of this length are taken together.
    continuous
        Discount by exp(-rate·t) instead of (1 + rate)^-t.
    at_end
        Value a step's purchases at its end, as spreadsheets do; otherwise at its middle, which
        is nearer to the truth.
    """

    rate: float
    horizon: float
    step: float = 1.0
    continuous: bool = False
    at_end: bool = False

    def __post_init__(self) -> None:
        faults = []
        if not self.rate > -1 or not np.isfinite(self.rate):
            faults.append(Fault(f"The rate must be above -1, not {self.rate}.", where="rate"))
        if not self.horizon > 0 or not np.isfinite(self.horizon):
            faults.append(
                Fault(f"The horizon must be greater than 0, not {self.horizon}.", where="horizon")
            )
        if not self.step > 0:
            faults.append(Fault(f"The step must be greater than 0, not {self.step}.", where="step"))
        if faults:
            raise Problem("Discounting is not possible like this.", faults)

    @property
    def ends(self) -> Array:
        """The end of each step, the last one being the horizon."""
        count = int(np.ceil(self.horizon / self.step - 1e-9))
        return np.asarray(np.minimum(np.arange(1, count + 1) * self.step, self.horizon))

    @property
    def factors(self) -> Array:
        """What one unit in each step is worth today."""
        ends = self.ends
        moments = ends if self.at_end else (ends + np.append(0.0, ends[:-1])) / 2
        per_unit = self.rate if self.continuous else np.log1p(self.rate)
        return np.asarray(np.exp(-per_unit * moments))


def discounted_purchases(
    model: RepeatBuying, customers: Customers, discounting: Discounting
) -> Array:
    """Return the discounted purchases expected of each customer within the horizon.

    Σ over steps of (E[Y(end)] - E[Y(begin)])·factor, with E[Y] the model's conditional
    expectation; each distinct history is worked out once. For Pareto/NBD and BG/BB without a
    horizon, `expected_discounted_purchases` has the closed form.

    Examples
    --------
    >>> from rapport.value.lifetime import ParetoNBD
    >>> model = ParetoNBD().with_parameters(
    ...     {"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67}
    ... )
    >>> weekly = Discounting(0.0027, horizon=5000, continuous=True)
    >>> bool(abs(discounted_purchases(model, Customers(7, 35, 38), weekly)
    ...      - model.expected_discounted_purchases(0.0027, 7, 35, 38)) < 0.001)
    True
    """
    cells, row = customers.distinct()
    ends, factors = discounting.ends, discounting.factors
    # Σ factor_k (E_k - E_{k-1}) = Σ E_k (factor_k - factor_{k+1}), with 0 after the last
    steps = factors - np.append(factors[1:], 0.0)
    value = np.zeros(len(cells.weights))
    at_once = max(1, AT_ONCE // max(len(value), 1))
    for begin in range(0, len(ends), at_once):
        part = slice(begin, begin + at_once)
        value += steps[part] @ model.expected_purchases(ends[part, None], **cells.history)
    return np.asarray(value[row])


class SpendModel(Protocol):
    """A model of how much a customer spends, such as `GammaGamma`."""

    def expected_value(self, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> Array:
        """Return the expected mean spend of each customer."""


def discounted_margin(
    model: RepeatBuying,
    spend: SpendModel,
    customers: Customers,
    monetary_value: npt.ArrayLike,
    discounting: Discounting,
    margin: float = 1.0,
) -> Array:
    """Return the lifetime margin of each customer: purchases × spend × margin, discounted.

    Spend and purchases are taken as independent, given the history (Fader, Hardie & Lee 2005,
    "RFM and CLV", eq. 1). `margin` is the share of spend that is kept; the unit is that of
    `monetary_value`. Past purchases and the cost of acquiring are not in it.
    """
    purchases = discounted_purchases(model, customers, discounting)
    value = spend.expected_value(customers.frequency, monetary_value)
    return np.asarray(margin * purchases * value)
