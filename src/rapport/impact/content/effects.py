"""What makes posts do better than comparable ones: small cells are drawn to the others.

A post's count is negative binomial around its base times what its channel, its channel's month and
its own kind (format, hour, call …) usually bring. Posts scatter far more than people do, so the
post is the unit: the dispersion says how much. Effects of one factor come from a common normal
distribution whose spread is learnt from the data (penalised quasi-likelihood, Breslow & Clayton
1993; MacKay 1992 for the spread), so that a kind of three posts is drawn to the others and a factor
that says nothing vanishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special

from rapport.estimate import EDGE, LEVEL

Floats = NDArray[np.float64]
FREE = 1e-6  # precision of what is not drawn in
START = 0.1  # variance of a factor's effects to begin with
LEAST = 1e-5
ROUNDS, CLOSE = 60, 1e-4
FEWEST = 5
"""Posts of a kind from which on it is told apart from others."""
MOST_LEVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class Fit:
    """Effects of all factors, on the log scale.

    Parameters
    ----------
    levels
        Names of each factor's levels, in the order of their effects.
    first
        Where each factor's effects begin.
    effect, covariance
        All effects, and how sure they are.
    spread
        Variance of each drawn-in factor's effects.
    dispersion
        Variance of a post beyond Poisson, relative to the square of its mean.
    expected
        What each post was expected to have.
    leverage
        How much of that the post itself decided, from 0 to 1.
    """

    levels: Mapping[str, Sequence[str]]
    first: Mapping[str, int]
    effect: Floats
    covariance: Floats
    spread: Mapping[str, float]
    dispersion: float
    expected: Floats
    leverage: Floats

    def without_itself(self, counts: Floats) -> Floats:
        """Return what was expected of each post from all others, to the first order.

        A post in a month of few would else be expected to do what it did (Cook & Weisberg 1982,
        section 2.2).
        """
        shape = 1 / self.dispersion
        off = np.log((counts + shape) / (self.expected + shape))
        made: Floats = self.expected * np.exp(-self.leverage / (1 - self.leverage) * off)
        return made

    def ratio(self, factor: str, weights: Floats) -> tuple[float, float, float]:
        """Return how a weighted mix of a factor's levels compares, as a ratio with its range.

        Parameters
        ----------
        weights
            One number for each level; they add up to zero.
        """
        here = slice(self.first[factor], self.first[factor] + len(weights))
        value = float(weights @ self.effect[here])
        variance = float(weights @ self.covariance[here, here] @ weights)
        error = float(np.sqrt(max(variance, 0.0)))
        low, high = np.exp(value - EDGE * error), np.exp(value + EDGE * error)
        return float(np.exp(value)), float(low), float(high)

    def against_rest(self, factor: str, level: str, posts: Floats) -> tuple[float, float, float]:
        """Return a level against the posts of all other levels, as a ratio with its range."""
        names = list(self.levels[factor])
        weights = np.where(np.array(names) == level, 0.0, posts)
        rest = weights.sum()
        weights = -weights / rest if rest else weights
        weights[names.index(level)] += 1.0
        return self.ratio(factor, weights)


def fitted(
    counts: Floats,
    base: Floats,
    free: Mapping[str, Sequence[str]],
    drawn: Mapping[str, Sequence[str]],
) -> Fit:
    """Return the effects of factors on a count.

    Parameters
    ----------
    counts, base
        Of each post; the base is above zero.
    free
        Factors that are not drawn in (the channel), each with its level of each post.
    drawn
        Factors whose levels are drawn to each other.

    Examples
    --------
    >>> base = np.full(200, 1000.0)
    >>> kind = ["video", "photo"] * 100
    >>> counts = np.tile([60.0, 30.0], 100) + np.tile([8, -8, 8, -8, -8, 8, -8, 8], 25)
    >>> fit = fitted(counts, base, {"channel": ["x"] * 200}, {"format": kind})
    >>> round(fit.against_rest("format", "video", np.array([100.0, 100.0]))[0], 1)
    2.0
    """
    design, levels, first = _design(free, drawn)
    sizes = {name: len(levels[name]) for name in levels}
    spread = {name: START for name in drawn if name in levels}
    offset = np.log(base)
    start = float(np.log((counts.sum() + 0.5) / base.sum()))
    effect = np.zeros(design.shape[1])
    effect[first[next(iter(free))] : first[next(iter(free))] + sizes[next(iter(free))]] = start
    dispersion = 0.5
    for _ in range(ROUNDS):
        before = effect.copy()
        precision = _precision(sizes, spread)
        effect, covariance = _step(design, counts, offset, effect, (precision, dispersion))
        expected = np.exp(offset + design @ effect)
        dispersion = _dispersion(counts, expected, design, covariance, dispersion)
        for name, last in spread.items():
            here = slice(first[name], first[name] + sizes[name])
            known = sizes[name] - float(np.trace(covariance[here, here])) / last
            seen = float(effect[here] @ effect[here])
            spread[name] = max(LEAST, seen / max(known, 1e-3))
        if float(np.abs(effect - before).max()) < CLOSE:
            break
    weight = expected / (1 + dispersion * expected)
    leverage = np.minimum(weight * _variance(design, covariance), MOST_LEVERAGE)
    return Fit(levels, first, effect, covariance, spread, dispersion, expected, leverage)


def _design(
    free: Mapping[str, Sequence[str]], drawn: Mapping[str, Sequence[str]]
) -> tuple[sparse.csr_matrix, dict[str, list[str]], dict[str, int]]:
    """Return which level each post has of each factor, as columns of ones.

    A drawn-in level of fewer than `FEWEST` posts would be explained by them alone: they count with
    the commonest.
    """
    blocks, levels, first, begin = [], {}, {}, 0
    for name, values in {**free, **drawn}.items():
        names, codes, many = np.unique(
            np.asarray(values, dtype=str), return_inverse=True, return_counts=True
        )
        kept = np.flatnonzero(many >= FEWEST) if name in drawn else np.arange(len(names))
        if not len(kept):
            continue
        rare = ~np.isin(codes, kept)
        column = np.searchsorted(kept, np.where(rare, np.argmax(many), codes))
        ones = (np.ones(len(codes)), (np.arange(len(codes)), column))
        blocks.append(sparse.csr_matrix(ones, shape=(len(codes), len(kept))))
        levels[name], first[name] = names[kept].tolist(), begin
        begin += len(kept)
    return sparse.hstack(blocks, format="csr"), levels, first


def _precision(sizes: Mapping[str, int], spread: Mapping[str, float]) -> Floats:
    return np.concatenate(
        [
            np.full(many, 1 / spread[name] if name in spread else FREE)
            for name, many in sizes.items()
        ]
    )


def _step(
    design: sparse.csr_matrix,
    counts: Floats,
    offset: Floats,
    effect: Floats,
    known: tuple[Floats, float],
) -> tuple[Floats, Floats]:
    """Return effects after one round of weighted least squares, and their covariance."""
    precision, dispersion = known
    linear = np.clip(design @ effect, -30.0, 30.0)
    expected = np.maximum(np.exp(offset + linear), 1e-8)
    weight = expected / (1 + dispersion * expected)
    working = linear + np.clip((counts - expected) / expected, -3.0, 3.0)
    gram = (design.T @ sparse.diags(weight) @ design).toarray() + np.diag(precision)
    covariance = np.linalg.inv(gram)
    found: Floats = covariance @ (design.T @ (weight * working))
    return found, covariance


def _dispersion(
    counts: Floats, expected: Floats, design: sparse.csr_matrix, covariance: Floats, last: float
) -> float:
    """Return the dispersion at which Pearson's statistic fits what is left (Breslow 1984)."""
    weight = expected / (1 + last * expected)
    used = float(weight @ _variance(design, covariance))
    left = max(len(counts) - used, 1.0)

    def excess(dispersion: float) -> float:
        variance = expected + dispersion * expected**2
        return float(np.sum((counts - expected) ** 2 / variance)) - left

    if excess(LEAST) <= 0:
        return LEAST
    return float(optimize.brentq(excess, LEAST, 100.0, rtol=1e-5)) if excess(100.0) < 0 else 100.0


def _variance(design: sparse.csr_matrix, covariance: Floats) -> Floats:
    """Return how unsure each post's expectation is, on the log scale."""
    made: Floats = np.asarray(design.multiply(design @ covariance).sum(axis=1)).ravel()
    return made


def own(counts: Floats, expected: Floats, dispersion: float) -> tuple[Floats, Floats, Floats]:
    """Return each post against what was expected of it: a ratio drawn to one, with its range.

    A gamma with the posts' own dispersion, after the post's count (Poisson-gamma).

    Examples
    --------
    >>> ratio, low, high = own(np.array([40.0]), np.array([10.0]), 0.25)
    >>> round(float(ratio[0]), 2), bool(low[0] > 1)
    (3.14, True)
    """
    shape = 1 / max(dispersion, LEAST)
    tail = (1 - LEVEL) / 2
    ends = [special.gammaincinv(shape + counts, q) / (shape + expected) for q in (tail, 1 - tail)]
    return (shape + counts) / (shape + expected), ends[0], ends[1]
