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
    return told.with_columns(level=_level(place, limits))


def _level(place: nw.Expr, limits: Mapping[str, np.ndarray]) -> nw.Expr:
    by_side = {}
    for side in SIDES:
        first, second, third = limits[side].tolist()
        far = nw.when(place < third).then(nw.lit(LEVELS[2])).otherwise(nw.lit(LEVELS[3]))
        middle = nw.when(place < second).then(nw.lit(LEVELS[1])).otherwise(far)
        by_side[side] = nw.when(place < first).then(nw.lit(LEVELS[0])).otherwise(middle)
    is_customer = nw.col("side") == SIDES[0]
    return nw.when(is_customer).then(by_side[SIDES[0]]).otherwise(by_side[SIDES[1]])


def places_of(probabilities: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return where levels end, so that as many people stand in each as the probabilities say.

    People are ranked by the mean of their probabilities (0 for fully engaged, 3 for actively
    disengaged). The most probable level of each would leave the two in the middle out, where
    little is known of anybody.

    Examples
    --------
    >>> sure = np.eye(4)
    >>> places_of(sure, np.ones(4)).tolist()
    [0.5, 1.5, 2.5]
    """
    place = probabilities @ np.arange(4.0)
    ranked = np.argsort(place, kind="stable")
    place, many = place[ranked], people[ranked]
    upto = np.cumsum(many) / many.sum()
    wanted = np.cumsum(people @ probabilities / people.sum())[:3]
    at = np.searchsorted(upto, wanted - 1e-9)
    after = np.minimum(at + 1, len(place) - 1)
    found: np.ndarray = (place[np.minimum(at, len(place) - 1)] + place[after]) / 2
    return found
