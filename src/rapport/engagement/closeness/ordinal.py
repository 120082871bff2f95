"""A cumulative-logit model of the four levels, penalised towards weights known beforehand.

P(level is j or closer) = 1 / (1 + exp(-(cut_j + x·weights))), with rising cuts (McCullagh 1980,
proportional odds).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A fitted model.

    Parameters
    ----------
    weights
        One for each column; a larger x·weights means closer to the brand.
    cuts
        Shape (3,), rising.
    """

    weights: np.ndarray
    cuts: np.ndarray

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of each level, closest first. Shape (rows, 4)."""
        return level_probabilities(x @ self.weights, self.cuts)


def level_probabilities(score: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the probability of each level given a linear score.

    Examples
    --------
    >>> level_probabilities(np.array([0.0]), np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [[0.269, 0.231, 0.231, 0.269]]
    """
    upto = expit(np.asarray(score, float)[:, None] + cuts)
    edges = np.concatenate([np.zeros((len(upto), 1)), upto, np.ones((len(upto), 1))], axis=1)
    found: np.ndarray = np.diff(edges, axis=1)
    return found


def cuts_for(shares: np.ndarray, score: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the cuts at which people with these scores have these shares of the four levels.

    Examples
    --------
    >>> cuts = cuts_for(np.array([0.2, 0.3, 0.3, 0.2]), np.array([-1.0, 1.0]), np.ones(2))
    >>> level_probabilities(np.array([-1.0, 1.0]), cuts).mean(0).round(6).tolist()
    [0.2, 0.3, 0.3, 0.2]
    """
    wanted = np.cumsum(shares)[:3]
    low, high = np.full(3, -60.0), np.full(3, 60.0)
    share = weight / weight.sum()
    for _ in range(60):
        middle = (low + high) / 2
        over = (expit(score[:, None] + middle) * share[:, None]).sum(0) > wanted
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    found: np.ndarray = (low + high) / 2
    return found


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is known before any answer: normal priors.

    Parameters
    ----------
    weights, trust
        Mean of the weight of each column, and one over its variance.
    cuts, hold
        Mean of the first cut and of the logs of the steps to the others, told as cuts; and one
        over their variance.
    """

    weights: np.ndarray
    trust: np.ndarray
    cuts: np.ndarray
    hold: float


def fitted(x: np.ndarray, level: np.ndarray, weight: np.ndarray, before: Beforehand) -> Ordinal:
    """Return the weights and cuts that explain the levels best, near those known beforehand.

    Parameters
    ----------
    x
        Shape (rows, columns).
    level
        0 to 3.
    weight
        Of each row.
    before
        What is held to, as far as answers are few.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((4000, 1))
    >>> felt = 1.5 * x[:, 0] + rng.logistic(size=4000)
    >>> level = np.digitize(-felt, [-1.0, 0.0, 1.0])
    >>> before = Beforehand(np.zeros(1), np.ones(1), np.array([-1.0, 0.0, 1.0]), 1.0)
    >>> told = fitted(x, level, np.ones(4000), before)
    >>> bool(abs(told.weights[0] - 1.5) < 0.1)
    True
    """
    count = x.shape[1]
    start = np.concatenate([before.weights, _packed(before.cuts)])
    trust = np.concatenate([before.trust, np.full(3, before.hold)])

    def cost(packed: np.ndarray) -> tuple[float, np.ndarray]:
        return _cost(packed, (x, level, weight), start, trust)

    found = minimize(cost, start, jac=True, method="L-BFGS-B").x
    return Ordinal(found[:count], _unpacked(found[count:]))


def _packed(cuts: np.ndarray) -> np.ndarray:
    return np.concatenate([cuts[:1], np.log(np.maximum(np.diff(cuts), 1e-3))])


def _unpacked(packed: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.cumsum(np.concatenate([packed[:1], np.exp(packed[1:])]))
    return found


def _cost(
    packed: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
    held: np.ndarray,
    trust: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Return the penalised negative log-likelihood, and its slope."""
    x, level, weight = rows
    count = x.shape[1]
    gaps = np.clip(packed[count + 1 :], -20, 8)
    cuts = np.cumsum(np.concatenate([packed[count : count + 1], np.exp(gaps)]))
    score = x @ packed[:count]
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    upper, lower = expit(score + edges[level + 1]), expit(score + edges[level])
    chance = np.maximum(upper - lower, _TINY)
    up, down = upper * (1 - upper) / chance * weight, lower * (1 - lower) / chance * weight
    by_cut = np.array([up[level == k].sum() - down[level == k + 1].sum() for k in range(3)])
    by_first, by_gaps = by_cut.sum(), np.array([by_cut[1:].sum(), by_cut[2]]) * np.exp(gaps)
    off = packed - held
    cost = -(weight * np.log(chance)).sum() + 0.5 * (trust * off**2).sum()
    slope = np.concatenate([-(x.T @ (up - down)), [-by_first], -by_gaps]) + trust * off
    return float(cost), slope
