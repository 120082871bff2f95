"""Probabilities and levels of everybody, as an engine computes them."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np

from rapport.engagement.closeness.model import GONE
from rapport.engagement.closeness.scoring import LEVELS
from rapport.record.frames import Frame

CHANCES = ("p_fully", "p_engaged", "p_not", "p_actively")
SIDES = ("customer", "prospect")
FINE, COARSE = 20.0, 20.0  # cells: scores to a twentieth, chances of having left too


def cells(scored: Frame) -> Frame:
    """Return how many people share a side, a score and a chance of having left, nearly.

    Parameters
    ----------
    scored
        side, score, gone.

    Returns
    -------
    Frame
        side, score, gone (to a twentieth), people.
    """
    score, left = (nw.col("score") * FINE).round(0), (nw.col("gone") * COARSE).round(0)
    grouped = scored.with_columns(score=score, gone=left).group_by("side", "score", "gone")
    counted = grouped.agg(people=nw.len().cast(nw.Int64()))
    return counted.with_columns(score=nw.col("score") / FINE, gone=nw.col("gone") / COARSE)


def chances(cuts: np.ndarray) -> dict[str, nw.Expr]:
    """Return the probability of each level as an expression on score and gone."""
    upto = [1.0 / (1.0 + ((nw.col("score") + cut) * -1.0).exp()) for cut in cuts.tolist()]
    here = [upto[0], upto[1] - upto[0], upto[2] - upto[1], 1.0 - upto[2]]
    return {
        name: (1.0 - nw.col("gone")) * chance + nw.col("gone") * left
        for name, chance, left in zip(CHANCES, here, GONE.tolist(), strict=True)
    }


def with_levels(scored: Frame, cuts: np.ndarray, limits: Mapping[str, np.ndarray]) -> Frame:
    """Return the rows with the four probabilities and one level.

    Parameters
    ----------
    scored
        side, score, gone, and what else is to stay.
    limits
        By side, the mean places in the order of levels (0 to 3) at which one level ends and the
        next begins: `places_of` finds them.

    Returns
    -------
    Frame
        The same rows with p_fully, p_engaged, p_not, p_actively, level.
    """
    told = scored.with_columns(**chances(cuts))
    place = nw.col("p_engaged") + 2.0 * nw.col("p_not") + 3.0 * nw.col("p_actively")
    customer, prospect = (_level(place, limits[side]) for side in SIDES)
    is_customer = nw.col("side") == SIDES[0]
    return told.with_columns(level=nw.when(is_customer).then(customer).otherwise(prospect))


def _level(place: nw.Expr, limits: np.ndarray) -> nw.Expr:
    first, second, third = limits.tolist()
    far = nw.when(place < third).then(nw.lit(LEVELS[2])).otherwise(nw.lit(LEVELS[3]))
    middle = nw.when(place < second).then(nw.lit(LEVELS[1])).otherwise(far)
    return nw.when(place < first).then(nw.lit(LEVELS[0])).otherwise(middle)


def places_of(probabilities: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return where levels end, so that as many people stand on each as the probabilities say.

    People are ranked by the mean of their probabilities (0 for fully engaged, 3 for actively
    disengaged); those of one mean stand on one level, by the middle of their ranks. The most
    probable level of each would leave out the two in the middle, where little is known of anybody.

    Examples
    --------
    >>> places_of(np.eye(4), np.ones(4)).tolist()
    [0.5, 1.5, 2.5]
    """
    place, group = np.unique(probabilities @ np.arange(4.0), return_inverse=True)
    many = np.bincount(group, weights=people)
    rank = (np.cumsum(many) - many / 2) / many.sum()
    wanted = np.cumsum(people @ probabilities / people.sum())[:3]
    level = np.searchsorted(wanted, rank)
    after = np.searchsorted(level, np.arange(3), side="right")  # the first group beyond each level
    padded = np.concatenate([[place[0] - 1], place, [place[-1] + 1]])
    found: np.ndarray = (padded[after] + padded[after + 1]) / 2
    return found
