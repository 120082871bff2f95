"""Does the model follow purchases through time? Expected against actual, period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rapport.errors import Fault, Problem
from rapport.value.lifetime._columns import as_floats
from rapport.value.lifetime._jet import Array
from rapport.value.lifetime._model import Caution
from rapport.value.lifetime._repeat_buying import RepeatBuying

SEASONAL = 0.2
DRIFT = 0.1


@dataclass(frozen=True)
class Tracking:
    """Expected and actual repeat purchases of each period, and what to beware of."""

    expected: Array
    actual: Array
    warnings: tuple[Caution, ...]

    @property
    def cumulative_error(self) -> float:
        """Expected over actual at the end, less one."""
        return float(self.expected.sum() / self.actual.sum() - 1)


def track(
    model: RepeatBuying,
    repeats: npt.ArrayLike,
    new_customers: npt.ArrayLike,
    period: float = 1.0,
) -> Tracking:
    """Return expected against actual repeat purchases for a series of periods.

    Parameters
    ----------
    model
        A fitted model without covariates.
    repeats
        Repeat purchases of all customers in each period.
    new_customers
        First purchases in each period; each is taken to happen in its middle.
    period
        Length of a period in the model's unit of time: 7 for weeks of a model in days.

    Returns
    -------
    Tracking
        With `warnings`: `seasonality` where actual swings around expected by more than chance
        and by over a fifth, `drift` where the total is off by more than a tenth.

    Raises
    ------
    Problem
        When the series differ in length or hold negative numbers.
    """
    actual, births = as_floats("repeats", repeats), as_floats("new_customers", new_customers)
    faults = []
    if len(actual) != len(births):
        faults.append(Fault(f"repeats has {len(actual)} periods, new_customers {len(births)}."))
    for name, series in (("repeats", actual), ("new_customers", births)):
        if not np.isfinite(series).all() or (series < 0).any():
            faults.append(Fault("Every number must be finite and 0 or more.", where=name))
    if faults:
        raise Problem("The series cannot be compared.", faults)
    moments = np.append(0.0, np.arange(len(actual)) + 0.5) * period
    by_age = np.diff(np.asarray(model.expected_purchases_new(moments)))
    expected = np.convolve(births, by_age)[: len(actual)]
    return Tracking(expected, actual, tuple(_warnings(expected, actual)))


def _warnings(expected: Array, actual: Array) -> list[Caution]:
    cautions = []
    total = float(actual.sum())
    if total == 0:
        return [Caution("no_repeats", "No repeat purchases were seen in the series.")]
    seen = expected >= 5
    level = np.where(seen, actual / np.maximum(expected, 1e-300), 1.0)
    swing = float(np.std(level[seen] / np.mean(level[seen]))) if seen.sum() >= 8 else 0.0
    chance = float(np.sqrt(np.mean(1 / expected[seen]))) if seen.any() else 0.0
    if swing > SEASONAL and swing > 2 * chance:
        highest = int(np.argmax(level)) + 1
        cautions.append(
            Caution(
                "seasonality",
                f"Purchases swing {swing:.0%} around what the model expects (most in period "
                f"{highest}); it knows no seasons, so compare whole years only.",
            )
        )
    drift = float(expected.sum()) / total - 1
    if abs(drift) > DRIFT:
        cautions.append(Caution("drift", f"The model's total is {drift:+.0%} off what was bought."))
    return cautions
