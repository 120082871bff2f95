"""What follows a post of an influencer: days after posts against days without.

Days are compared within the same month and weekday, posts weighed by what they reached. A Poisson
regression with errors that hold for days that resemble their neighbours (Newey & West 1987).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rapport.estimate import EDGE

Array = npt.NDArray[np.float64]

AFTER = 14  # days in which a post may work
LAGS = 21
FEWEST_DAYS = 90
FEWEST_POSTS = 5


@dataclass(frozen=True, slots=True)
class Following:
    """What one post of usual reach adds: its value and standard error, and the usual day.

    Parameters
    ----------
    each, error, usual
        In counts.
    posts
        As many of usual reach as were seen.
    effect, effect_error
        What a post raises a day by, as a logarithm.
    """

    each: float
    error: float
    usual: float
    posts: int
    effect: float
    effect_error: float

    @property
    def low(self) -> float:
        """The lower end of the 90 % range."""
        return self.each - EDGE * self.error

    @property
    def high(self) -> float:
        """The upper end of the 90 % range."""
        return self.each + EDGE * self.error


def weighed(posted: Array, reach: Array) -> tuple[Array, Array]:
    """Return the days of posts, and what each reached as a part of the usual reach.

    Parameters
    ----------
    posted, reach
        Of each approach; not a number where there was no post, or its reach is not known.

    Examples
    --------
    >>> posted, reach = np.array([5, np.nan, 9.0]), np.array([30, np.nan, 10.0])
    >>> [each.tolist() for each in weighed(posted, reach)]
    [[5.0, 9.0], [1.5, 0.5]]
    """
    made = np.isfinite(posted)
    seen = reach[made]
    usual = np.nanmean(seen) if np.isfinite(seen).any() else np.nan
    return posted[made], np.where(np.isfinite(seen), seen / usual, 1.0)


def working(days: Array, posted: Array, weight: Array) -> Array:
    """Return for each day the weight of the posts of the `AFTER` days up to it.

    Examples
    --------
    >>> working(np.arange(16.0), np.array([1.0]), np.array([2.0])).tolist()[:3]
    [0.0, 2.0, 2.0]
    """
    since = days[:, None] - posted[None, :]
    return ((since >= 0) & (since < AFTER)).astype(float) @ weight


def following(counts: Array, work: Array, months: Array, weekdays: Array) -> Following | None:
    """Return what one post adds to a daily count.

    Parameters
    ----------
    counts
        Of each day, in the order of time.
    work
        As `working` gives it.
    months, weekdays
        Of each day, as numbers: each has its own level.

    Returns
    -------
    Following
        In counts for one post; None where days or posts are too few, or posts fell on all days
        alike.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> days = np.arange(700.0)
    >>> work = working(days, np.arange(10.0, 700, 40), np.ones(18))
    >>> made = rng.poisson(5 * (1 + 0.3 * work)).astype(float)
    >>> found = following(made, work, days // 30, days % 7)
    >>> found.low < 0.3 * 5 * 14 < found.high
    True
    """
    posts = round(float(work.sum()) / AFTER)
    if len(counts) < FEWEST_DAYS or posts < FEWEST_POSTS or counts.sum() <= 0:
        return None
    made = _design(work, months, weekdays)
    if np.linalg.matrix_rank(made) < made.shape[1]:
        return None
    effects = _fit(made, counts)
    if effects is None:
        return None
    mean = np.exp(made @ effects)
    bread = np.linalg.inv((made * mean[:, None]).T @ made)
    scores = made * (counts - mean)[:, None]
    meat = scores.T @ scores
    for lag in range(1, LAGS + 1):
        near = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (LAGS + 1)) * (near + near.T)
    error = float(np.sqrt(max((bread @ meat @ bread)[0, 0], 0.0)))
    usual = float(np.exp(made[:, 1:] @ effects[1:]).mean())
    # the range of the ratio is drawn through to a difference by its slope (delta method)
    rise, slope = float(np.expm1(effects[0])), float(np.exp(effects[0]))
    return Following(
        each=AFTER * usual * rise,
        error=AFTER * usual * slope * error,
        usual=usual,
        posts=posts,
        effect=float(effects[0]),
        effect_error=error,
    )


def _design(work: Array, months: Array, weekdays: Array) -> Array:
    columns = [work]
    for kind, drop in ((months, 0), (weekdays, 1)):
        columns += [(kind == value).astype(float) for value in np.unique(kind)[drop:]]
    made = np.stack(columns, axis=1)
    kept: Array = made[:, np.r_[True, made[:, 1:].any(axis=0)]]
    return kept


def _fit(made: Array, counts: Array) -> Array | None:
    effects: Array = np.zeros(made.shape[1])
    ridge = 1e-4 * np.eye(made.shape[1])  # months without anything have no level of their own
    effects[1:] = np.log(max(counts.mean(), 1e-3)) / 2
    for _ in range(100):
        mean = np.exp(np.clip(made @ effects, -20, 20))
        pull = made.T @ (counts - mean) - ridge @ effects
        step = np.linalg.solve((made * mean[:, None]).T @ made + ridge, pull)
        effects = effects + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-8:
            return effects
    return None
