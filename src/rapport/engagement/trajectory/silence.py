"""How likely it is that somebody who has stopped buying has left, and by when.

While a customer is here they buy at random at a rate of their own, gamma over people (the NBD,
Ehrenberg 1959), and leave at random at one rate for all (Schmittlein, Morrison & Colombo 1987, with
the spread of the rate of leaving taken away, which months of history can hardly tell). So a silence
speaks louder of somebody who used to buy often, and whoever bought again had not left before.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from rapport.record.frames import Frame, Keep, as_is

Array = npt.NDArray[np.float64]

NODES, WEIGHTS = (v.tolist() for v in np.polynomial.legendre.leggauss(5))
SLOWEST = 1 / 36_500
"""No silence is told apart from leaving at a rate under one in a hundred years."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a brand's customers buy and leave; times in days.

    Parameters
    ----------
    shape, scale
        Of the gamma distribution of rates of buying: its mean is shape / scale a day.
    leaving
        The rate of leaving a day.
    """

    shape: float
    scale: float
    leaving: float


@dataclass(frozen=True, slots=True)
class Silence:
    """The columns that `with_chance_left` reads, as `chance_left` names them."""

    times: nw.Expr
    spell: nw.Expr
    by: nw.Expr
    silent: nw.Expr


def fitted(frequency: Array, recency: Array, age: Array, people: Array) -> Habit:
    """Return the habit most likely to have made these histories.

    Parameters
    ----------
    frequency, recency, age
        Buying days after the first; days from the first to the last, and from the first to the end
        of the record.
    people
        How many share each history.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> age = np.full(4000, 700.0)
    >>> gone = np.minimum(rng.exponential(500, 4000), age)
    >>> times = rng.poisson(rng.gamma(2.0, 1 / 100, 4000) * gone)
    >>> last = np.where(times > 0, gone * rng.beta(np.maximum(times, 1), 1), 0.0)
    >>> found = fitted(times.astype(float), last, age, np.ones(4000))
    >>> 400 < 1 / found.leaving < 600, 80 < found.scale / found.shape * 2 < 120
    (True, True)
    """
    x, last, silent, n = frequency, recency, age - recency, people
    spell = max(float(n @ age) / max(float(n @ (x + 1)), 1.0), 1.0)

    def loss(logs: Array) -> float:
        shape, scale, leaving = np.exp(logs)
        k, c = shape + x, scale + last
        told = _share_left(k, c, leaving, silent) + _share_here(k, c, leaving, silent)
        each = special.gammaln(k) - special.gammaln(shape) + shape * np.log(scale) - k * np.log(c)
        each -= leaving * last
        return float(-(n @ (each + np.log(np.maximum(told, 1e-300)))) / n.sum())

    start = np.log([1.0, spell, 1 / 700])
    ends = [(np.log(0.02), np.log(50.0)), (0.0, np.log(1e5)), (np.log(SLOWEST), np.log(0.2))]
    best = optimize.minimize(loss, start, method="L-BFGS-B", bounds=ends)
    return Habit(*(float(value) for value in np.exp(best.x)))


def _share_left(k: Array, c: Array, leaving: float, silent: Array) -> Array:
    """Return the likelihood of having left within `silent` days after the last purchase.

    By Gauss-Legendre over the share of people who would not have bought yet: five points give the
    chance to within two thousandths.
    """
    end = (c / (c + silent)) ** k
    total = np.zeros_like(c)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        at = end + (1 - end) * (node + 1) / 2
        lasted = c * at ** (-1 / k)
        total += weight / 2 * lasted * np.exp(-leaving * (lasted - c))
    return leaving / k * (1 - end) * total


def _share_here(k: Array, c: Array, leaving: float, silent: Array) -> Array:
    found: Array = np.exp(-leaving * silent) * (c / (c + silent)) ** k
    return found


def chance_left(habit: Habit, times: Array, spell: Array, by: Array, silent: Array) -> Array:
    """Return the chance of having left within `by` days after the last purchase.

    Parameters
    ----------
    times, spell
        Buying days after the first, and days from the first to the last.
    by
        Days after the last purchase; beyond `silent` it is a forecast.
    silent
        Days since the last purchase in which nothing was bought.

    Examples
    --------
    >>> habit = Habit(shape=1.0, scale=100.0, leaving=1 / 500)
    >>> often, rarely = np.array([5.0]), np.array([1.0])
    >>> year = np.array([365.0])
    >>> chance_left(habit, often, year, year, year).round(2).item()
    0.91
    >>> chance_left(habit, rarely, year, year, year).round(2).item()
    0.67
    """
    k, c = habit.shape + times, habit.scale + spell
    seen = np.minimum(by, silent)
    left = _share_left(k, c, habit.leaving, silent)
    here = _share_here(k, c, habit.leaving, silent)
    chance = _share_left(k, c, habit.leaving, seen) / np.maximum(left + here, 1e-300)
    found: Array = 1 - (1 - chance) * np.exp(-habit.leaving * np.maximum(by - silent, 0.0))
    return found


def with_chance_left(
    rows: Frame, habit: Habit, name: str, silence: Silence, keep: Keep = as_is
) -> Frame:
    """Return rows with a column `name`: `chance_left` as an engine computes it, row by row.

    Parameters
    ----------
    keep
        What ends each half of the work: without it, an engine that puts all columns into one
        expression works each part out again wherever it stands, and takes for ever.
    """
    k, c, quiet, until = (nw.col(f"of_{part}") for part in ("k", "c", "quiet", "until"))
    told = rows.with_columns(
        of_k=silence.times.cast(nw.Float64()) + habit.shape,
        of_c=silence.spell.cast(nw.Float64()) + habit.scale,
        of_quiet=silence.silent.cast(nw.Float64()),
        of_until=silence.by.cast(nw.Float64()),
    )
    seen = nw.when(until < quiet).then(until).otherwise(quiet)
    told = told.with_columns(
        of_end=(((c + quiet) / c).log() * k * -1.0).exp(),
        of_end_seen=(((c + seen) / c).log() * k * -1.0).exp(),
        of_beyond=nw.when(until > quiet).then(until - quiet).otherwise(0.0),
    )
    told = keep(told)
    left, part = (_left_expr(habit, nw.col(end)) for end in ("of_end", "of_end_seen"))
    here = nw.col("of_end") * (quiet * -habit.leaving).exp()
    still = (nw.col("of_beyond") * -habit.leaving).exp()
    made = told.with_columns((1.0 - (1.0 - part / (left + here)) * still).alias(name))
    return keep(made.drop(*_WORKING))


_WORKING = ("of_k", "of_c", "of_quiet", "of_until", "of_end", "of_end_seen", "of_beyond")


def _left_expr(habit: Habit, end: nw.Expr) -> nw.Expr:
    k, c, total = nw.col("of_k"), nw.col("of_c"), nw.lit(0.0)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        share = (node + 1) / 2
        lasted = c * ((end * (1 - share) + share).log() / k * -1.0).exp()
        total = total + lasted * ((lasted - c) * -habit.leaving).exp() * (weight / 2)
    return (1.0 - end) * total * habit.leaving / k


def still_silent(habit: Habit, times: Array, spell: Array, silent: Array, more: Array) -> Array:
    """Return the chance that somebody who has not left at `silent` buys nothing for `more` days.

    They may leave by the usual rate meanwhile; nothing beyond it is counted.

    Examples
    --------
    >>> habit = Habit(shape=1.0, scale=100.0, leaving=1 / 500)
    >>> one = np.array([1.0])
    >>> still_silent(habit, 10 * one, 365 * one, 0 * one, 0 * one).item()
    1.0
    """
    k, c = habit.shape + times, habit.scale + spell + silent
    found: Array = _share_left(k, c, habit.leaving, more) + _share_here(k, c, habit.leaving, more)
    return found
