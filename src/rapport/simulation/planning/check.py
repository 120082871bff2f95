"""Whether a plan keeps its word: the experiment is run many times on people whose past is known.

Nothing is assumed of how people buy: their own outcomes are used. In each round people are drawn,
half of them treated by lot, the effect added to what they brought, and the groups compared as the
product compares them. The share of rounds that see the effect is the power, to be set beside the
formula's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.simulation.planning.power import Design

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A power that was measured: the share of rounds that saw the effect.

    Parameters
    ----------
    power
        That share.
    error
        Its Monte-Carlo standard error.
    rounds
        How many experiments were run.
    """

    power: float
    error: float
    rounds: int


def seen(past: Values, outcome: Values, treated: NDArray[np.bool_], design: Design) -> bool:
    """Return whether a comparison adjusted for the past tells the groups apart.

    Least squares of the outcome on the treatment and the past, with one variance for all (Deng et
    al. 2013 show that this is CUPED with the best weight). Without a varying past, Student's t.
    """
    columns = [np.ones(len(outcome)), treated.astype(float)]
    if np.ptp(past) > 0:
        columns.append(past)
    design_matrix = np.column_stack(columns)
    gram = np.linalg.inv(design_matrix.T @ design_matrix)
    slopes = gram @ (design_matrix.T @ outcome)
    rest = outcome - design_matrix @ slopes
    freedom = len(outcome) - len(columns)
    error = math.sqrt(float(rest @ rest) / freedom * gram[1, 1])
    limit = float(special.stdtrit(freedom, 0.5 + design.level / 2))
    return bool(abs(slopes[1]) > limit * error)


@dataclass(frozen=True, slots=True)
class Crowd:
    """People whose past and outcome are known.

    Parameters
    ----------
    past, outcome
        What each person brought before and during the weeks, shape (people there are,).
    binary
        True when the outcome is 0 or 1.
    """

    past: Values
    outcome: Values
    binary: bool = False


def measured_power(
    rng: np.random.Generator,
    crowd: Crowd,
    effect: float,
    people: int,
    design: Design,
    rounds: int = 400,
) -> Measured:
    """Return how often an effect is seen when people like these are drawn and treated by lot.

    Parameters
    ----------
    effect
        Over all the weeks: added to the outcome of everybody treated; of a share, the share of
        all by which it rises, since some of those treated who would not have, do.
    people
        Drawn in each round, with replacement: there may be more people like these.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> past = rng.normal(size=2000)
    >>> crowd = Crowd(past, 0.6 * past + 0.8 * rng.normal(size=2000))
    >>> from rapport.simulation.planning.power import detectable_mean
    >>> effect = detectable_mean(0.8, 200, Design(), covariates=1)
    >>> found = measured_power(rng, crowd, effect, 200, Design(), rounds=300)
    >>> abs(found.power - 0.8) < 4 * found.error
    True
    """
    treated = np.arange(people) < design.arms(people)[0]
    hits = 0
    for _ in range(rounds):
        rows = rng.integers(0, len(crowd.outcome), people)
        outcome = _moved(rng, crowd, rows, effect, treated)
        hits += seen(crowd.past[rows], outcome, treated, design)
    power = hits / rounds
    return Measured(power, math.sqrt(max(power * (1 - power), 0.25 / rounds) / rounds), rounds)


def _moved(
    rng: np.random.Generator,
    crowd: Crowd,
    rows: NDArray[np.int64],
    effect: float,
    treated: NDArray[np.bool_],
) -> Values:
    """Return the outcome of some people with the effect in it."""
    outcome = crowd.outcome[rows]
    if not crowd.binary:
        return outcome + effect * treated
    chance = effect / (1 - float(crowd.outcome.mean()))
    won = treated & (rng.random(len(rows)) < chance)
    return np.maximum(outcome, won)
