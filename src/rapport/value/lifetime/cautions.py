"""Where a model of repeat buying does not suit the data: reasons for caution in plain words."""

from __future__ import annotations

import numpy as np

from rapport.value.lifetime._jet import Array
from rapport.value.lifetime._model import Caution

FEW_REPEATS = 100.0
FEW_REPEATERS = 0.05
LOOSE = 1.0
REGULAR = 1.5


def history_cautions(
    frequency: Array,
    age: Array,
    people: Array,
    covariance: Array,
    regularity: float | None,
) -> list[Caution]:
    """Return the cautions that grouped purchase histories and the fit itself justify."""
    cautions = []
    repeats = float(frequency @ people)
    repeaters = float(people[frequency > 0].sum() / people.sum())
    if repeats < FEW_REPEATS:
        cautions.append(
            Caution(
                "few_repeats", f"Only {repeats:.0f} repeat purchases were seen: ranges are wide."
            )
        )
    if repeaters < FEW_REPEATERS:
        cautions.append(
            Caution(
                "few_repeaters",
                f"Only {repeaters:.1%} of the customers bought again: the forecast rests on few.",
            )
        )
    exposure = float(age @ people)
    longest = float(age.max())
    typical_gap = exposure / repeats if repeats else np.inf
    busiest = frequency > 0
    gap_of_repeaters = float((age * people)[busiest].sum() / max(repeats, 1e-300))
    if min(typical_gap, 2 * gap_of_repeaters) > longest:
        cautions.append(
            Caution(
                "short_history",
                f"The longest history ({longest:.3g}) is shorter than the typical time between "
                f"two purchases ({typical_gap:.3g}): those who left look like those who wait.",
            )
        )
    if np.sqrt(np.max(np.diag(covariance))) > LOOSE:
        cautions.append(
            Caution(
                "loose_parameters",
                "At least one parameter is known only to within a factor of "
                f"{np.exp(1.645 * np.sqrt(np.max(np.diag(covariance)))):.3g}: "
                "use ranges, not single numbers.",
            )
        )
    if regularity is not None and regularity > REGULAR:
        cautions.append(
            Caution(
                "regular_buyers",
                f"Purchases come {regularity:.1f} times as regularly as chance, which this model "
                "assumes: a missed purchase says more about leaving than the model believes.",
            )
        )
    return cautions
