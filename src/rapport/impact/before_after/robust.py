"""Effects of each cohort in each period among people alike in numbers: doubly robust.

Sant'Anna & Zhao 2020, "Doubly robust difference-in-differences estimators", equation 3.1 with
logistic chances of connecting and least squares for what the others would have brought (their
traditional estimator, `drdid_panel` of R's DRDID). Each person is a cell of the moments, so
averages and their errors are those of `averages`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from rapport.impact.before_after.effects import Control, Estimates, GroupTimes
from rapport.impact.before_after.moments import NEVER, Flags, Moments, Values

OVERLAP = 0.995
"""Others so like those who connected that hardly anybody else is left out."""


@dataclass(frozen=True, slots=True)
class People:
    """People one by one.

    Parameters
    ----------
    periods
        Shape (T,).
    outcome
        Shape (n, T).
    covariates
        What each was like in each period, shape (n, T, p).
    cohort
        Shape (n,); `NEVER` for who did not connect.
    """

    periods: Values
    outcome: Values
    covariates: Values
    cohort: Values

    def moments(self) -> Moments:
        """Return each person as a cell without spread."""
        many = len(self.outcome)
        none = np.zeros((many, 0, 0))
        return Moments(
            self.periods, self.cohort, np.zeros(many, np.int64), np.ones(many), self.outcome, none
        )


def robust_times(people: People, control: Control, *, one_base: bool) -> GroupTimes:
    """Return the effect of each cohort in each period, as `effects.group_times` does."""
    moments = people.moments()
    cohorts, periods, sizes, values, levels = [], [], [], [], []
    for cohort in moments.cohorts:
        before = int(np.searchsorted(people.periods, cohort)) - 1
        for place in range(len(people.periods)):
            base = before if one_base or place > before else place - 1
            if base < 0 or place == base:
                continue
            treated = people.cohort == cohort
            others = _others(people, cohort, max(base, place), control)
            if others.sum() < 2:
                continue
            both = treated | others
            change = people.outcome[both, place] - people.outcome[both, base]
            like = people.covariates[both, min(base, place)]
            effect, influence = doubly_robust(change, treated[both], like)
            level = np.zeros(len(people.cohort))
            level[both] = influence * len(level) / both.sum()
            cohorts.append(cohort)
            periods.append(people.periods[place])
            sizes.append(float(treated.sum()))
            values.append(effect)
            levels.append(level)
    many = len(people.cohort)
    told = np.stack(levels, axis=1) if levels else np.zeros((many, 0))
    estimates = Estimates(np.array(values), told, np.zeros((many, 0, len(values))), moments)
    left_out = np.zeros(len(values))
    return GroupTimes(np.array(cohorts), np.array(periods), np.array(sizes), left_out, estimates)


def doubly_robust(change: Values, treated: Flags, covariates: Values) -> tuple[float, Values]:
    """Return the effect on those treated, and the influence of each person on it.

    Parameters
    ----------
    change
        What each brought more in the later of two periods, shape (n,).
    covariates
        Shape (n, p).
    """
    design = _design(covariates)
    chance, vary = _logistic(design, treated.astype(float))
    kept = treated | (chance < OVERLAP)
    own = treated.astype(float)
    weight = np.where(treated | ~kept, 0.0, chance / (1 - chance))
    others = (~treated).astype(float)
    scale = _inverse((design * others[:, None]).T @ design / len(change))
    slope = scale @ (design.T @ (others * change)) / len(change)
    rest = change - design @ slope
    fitted = (others * rest)[:, None] * design @ scale
    scored = (own - chance)[:, None] * design @ vary
    first = own @ rest / own.sum()
    second = weight @ rest / weight.sum()
    of_treated = own * (rest - first) - fitted @ (own @ design / len(change))
    tilt = (weight * (rest - second)) @ design / len(change)
    of_others = weight * (rest - second) + scored @ tilt - fitted @ (weight @ design / len(change))
    influence: Values = of_treated / own.mean() - of_others / weight.mean()
    return float(first - second), influence


def _others(people: People, cohort: float, latest: int, control: Control) -> Flags:
    chosen: Flags = people.cohort == NEVER
    if control != "never":
        chosen = (people.cohort > people.periods[latest]) & (people.cohort != cohort)
    return chosen


def _design(covariates: Values) -> Values:
    """Return a constant and the covariates on one scale, those that do not vary left out."""
    spread = covariates.std(axis=0)
    varying = spread > 0
    centred = (covariates[:, varying] - covariates[:, varying].mean(axis=0)) / spread[varying]
    return np.column_stack([np.ones(len(covariates)), centred])


def _logistic(design: Values, treated: Values) -> tuple[Values, Values]:
    """Return chances by maximum likelihood (Newton), and the covariance of slopes times people."""
    slope: Values = np.zeros(design.shape[1])
    for _ in range(60):
        chance: Values = special.expit(design @ slope)
        weight = np.maximum(chance * (1 - chance), 1e-10)
        step: Values = _inverse((design * weight[:, None]).T @ design) @ (
            design.T @ (treated - chance)
        )
        slope = np.asarray(slope + step, float)
        if np.abs(step).max() < 1e-10 or np.abs(slope).max() > 50:
            break
    chance = np.asarray(np.clip(special.expit(design @ slope), 1e-12, 1 - 1e-12), float)
    weight = chance * (1 - chance)
    vary = _inverse((design * weight[:, None]).T @ design / len(treated))
    return chance, vary


def _inverse(matrix: Values) -> Values:
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), float)
