"""New customers whom posts of influencers brought without a link of theirs.

Who saw a post and came by themselves carries no mark. But on days after posts more people buy for
the first time than on others, and the rise says how likely one of them came because of a post.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from rapport.engagement.influencers.following import Following
from rapport.estimate import DRAWS
from rapport.record.frames import Frame
from rapport.value.referral.alone import Alone
from rapport.value.word_of_mouth.newness import Cohorts, new_among_unasked

Array = NDArray[np.float64]

MOST = 0.05
"""Before any data: the part of all new customers that posts bring together, as a half-normal of
this scale: posts drive nobody away, and seldom bring a tenth of all."""


def rises(found: Following, usual_work: float, *, seed: int) -> tuple[Array, bool]:
    """Return how much a post may raise new customers on the days after it.

    A normal range of the rise and the half-normal `MOST` before it, multiplied and cut off below
    nil.

    Parameters
    ----------
    usual_work
        The weight of posts at work on a day, in the mean.

    Returns
    -------
    tuple of Array and bool
        `DRAWS` logarithms; and whether the days tell more than what was assumed before.

    Examples
    --------
    >>> nothing = Following(0.0, 1.0, 5.0, 20, effect=-0.05, effect_error=0.05)
    >>> drawn, own = rises(nothing, 1.0, seed=1)
    >>> low, high = np.quantile(drawn, [0.05, 0.95])
    >>> bool(0 < low < 0.01 < high < 0.1), own
    (True, False)
    """
    most = MOST / max(usual_work, 1e-9)
    told, before = found.effect_error**-2, most**-2
    middle, spread = found.effect * told / (told + before), (told + before) ** -0.5
    start = ndtr(-middle / spread)
    steps = start + (1 - start) * (np.arange(DRAWS) + 0.5) / DRAWS
    drawn: Array = np.maximum(middle + spread * ndtri(steps), 0.0)
    return np.random.default_rng(seed).permutation(drawn), bool(told > before)


def chance_of(work: Array, rise: Array) -> Array:
    """Return the chance that a new customer of each day came because of a post: (days, draws).

    Examples
    --------
    >>> chance_of(np.array([0.0, 1.0]), np.array([np.log(1.25)])).round(2).tolist()
    [[0.0], [0.2]]
    """
    found: Array = -np.expm1(-work[:, None] * rise[None, :])
    return found


def newness(first_orders: Array, *, seed: int) -> Array:
    """Return how likely a first order on record is one of a new customer, month by month.

    Old customers show up in the first months of a record; the new ones are taken to come steadily
    (`rapport.value.word_of_mouth.newness`). Too few months give nothing but zeros.

    Examples
    --------
    >>> months = np.arange(24)
    >>> told = newness(20 + np.round(400 * np.exp(-months / 2)), seed=1)
    >>> bool(told[0] < 0.2), bool(told[-6:].mean() > 0.9)
    (True, True)
    """
    steady = np.full(len(first_orders), max(float(np.median(first_orders)), 1.0))
    known = Cohorts(steady, first_orders, steady, first_orders)
    found, _ = new_among_unasked(known, seed=seed)
    share: Array = found.mean(axis=0) / np.maximum(first_orders, 1.0)
    return np.clip(share, 0.0, 1.0)


def brought_orders(orders: Frame, chances: Frame, alone: Alone) -> Frame:
    """Return the orders of people who first bought in the days after posts.

    Parameters
    ----------
    orders
        source, purchase_id, person_id, number (day).
    chances
        number (day of the first order), chance: small, from the driver.

    Returns
    -------
    Frame
        person_id, source, purchase_id, first (day of the first order), share: the chance that a
        post brought the person, times that they would not have come by themselves by then.
    """
    first = orders.group_by("person_id").agg(first=nw.col("number").min())
    came = first.join(chances.rename({"number": "first"}), on="first", how="inner")
    joined = orders.join(came.filter(nw.col("chance") > 0), on="person_id", how="inner")
    share = nw.col("chance") * alone.share_of_days(nw.col("number") - nw.col("first"))
    return joined.select("person_id", "source", "purchase_id", "first", share=share)
