"""How much an outcome varies between people, and how much of that their past explains.

Sums over people are made by the engine; what is left for the driver is fifteen numbers.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy import special

from rapport.record.engines import Engine
from rapport.record.frames import Frame, day_number

ACTIVE_DAYS = 365
"""Who is in an experiment: people who bought in the year before it."""
ORDERS = [(a, b) for a in range(5) for b in range(5 - a) if a + b >= 2]
"""The moments that a range needs: up to the fourth."""


@dataclass(frozen=True, slots=True)
class Window:
    """The weeks of an imagined experiment, and those before it that explain who buys.

    Parameters
    ----------
    last
        Its last day.
    weeks, before
        How many weeks it lasts, and how many are looked at before it.
    """

    last: dt.date
    weeks: int
    before: int

    @property
    def start(self) -> int:
        """The number of the last day before it."""
        return self.last.toordinal() - 7 * self.weeks


@dataclass(frozen=True, slots=True)
class Spread:
    """How an outcome over some weeks varies between people.

    Parameters
    ----------
    weeks, before
        The length of the experiment and of the past that explains.
    people
        How many there are to draw from.
    mean, sd, skew
        Of the outcome, a person, over all the weeks.
    correlation
        Between the outcome and the same people's past.
    error
        Relative standard error of `left`, from the fourth moment of what is left.
    windows
        How many stretches of weeks were looked at.
    drift, drift_share, drift_mean
        How far the next stretch may lie from these, as standard deviations of the logarithm of
        `left`, of `left` as a share of the mean, and of the mean: seasons differ.
    """

    weeks: int
    before: int
    people: int
    mean: float
    sd: float
    skew: float
    correlation: float
    error: float
    windows: int = 1
    drift: float = 0.0
    drift_share: float = 0.0
    drift_mean: float = 0.0

    @property
    def left(self) -> float:
        """Standard deviation of what the past does not explain (Deng et al. 2013, equation 4)."""
        return self.sd * math.sqrt(max(1 - self.correlation**2, 0.0))

    @property
    def covariates(self) -> int:
        """How many columns of the past are used: one, or none where there is no past."""
        return int(self.correlation != 0)

    def trusted(self, people: int, treated: int) -> bool:
        """Return whether so many people are enough for outcomes as unequal as these.

        Their own spread has to be known within a tenth, and the skewness of the difference has to
        be below 1/√355, from which a mean is as good as normal (Boos & Hughes-Oliver 2000; Kohavi,
        Deng, Longbotham & Xu 2014, rule 7). In groups of one size skewness cancels.
        """
        a, b = 1 / treated, 1 / (people - treated)
        skew = abs(self.skew * (a**2 - b**2)) / (a + b) ** 1.5
        return self.error * math.sqrt(self.people / people) <= 0.1 and skew <= 1 / math.sqrt(355)


def totals(orders: Frame, window: Window, *, share: bool = False) -> Frame:
    """Return what each person brought before and during a window.

    Parameters
    ----------
    orders
        person_id, day, value (a float): margin, revenue, or 1 for each order.
    share
        True when the outcome is whether somebody bought at all: 0 or 1.

    Returns
    -------
    Frame
        person_id, past, outcome: of everybody who bought in the `ACTIVE_DAYS` before the window.
    """
    start, end = window.start, window.last.toordinal()
    earliest = start - max(7 * window.before, ACTIVE_DAYS)
    number = day_number(nw.col("day"))
    rows = orders.filter(~nw.col("person_id").is_null()).with_columns(number=number)
    rows = rows.filter((nw.col("number") > earliest) & (nw.col("number") <= end))
    earlier = nw.col("number") <= start
    past = earlier & (nw.col("number") > start - 7 * window.before)
    member = earlier & (nw.col("number") > start - ACTIVE_DAYS)
    by_person = rows.group_by("person_id").agg(
        member=member.cast(nw.Int64()).sum(),
        past=nw.when(past).then(nw.col("value")).otherwise(nw.lit(0.0)).sum(),
        outcome=nw.when(~earlier).then(nw.col("value")).otherwise(nw.lit(0.0)).sum(),
    )
    known = by_person.filter(nw.col("member") > 0)
    if share:
        bought = (nw.col("outcome") > 0).cast(nw.Float64())
        return known.select("person_id", "past", outcome=bought)
    return known.select("person_id", "past", "outcome")


def spread(engine: Engine, totals: Frame, window: Window) -> Spread | None:
    """Return how the outcome varies between people; None where nobody is left.

    Parameters
    ----------
    totals
        As `totals` gives them, kept by the engine: they are read twice.
    """
    centre = totals.select(
        people=nw.len(), past=nw.col("past").mean(), outcome=nw.col("outcome").mean()
    )
    (found,) = engine.collect(centre).to_pylist()
    if not found["people"]:
        return None
    x, y = nw.col("past") - found["past"], nw.col("outcome") - found["outcome"]
    sums = totals.with_columns(x=x, y=y).select(
        **{f"m{a}{b}": _product(a, b).mean() for a, b in ORDERS}
    )
    (moments,) = engine.collect(sums).to_pylist()
    return spread_of(moments, found["people"], found["outcome"], window)


def _product(a: int, b: int) -> nw.Expr:
    """Return x to the power a times y to the power b."""
    factors = [nw.col("x")] * a + [nw.col("y")] * b
    made = factors[0]
    for factor in factors[1:]:
        made = made * factor
    return made


def spread_of_values(past: NDArray[Any], outcome: NDArray[Any], window: Window) -> Spread:
    """Return the same as `spread`, from arrays.

    Examples
    --------
    >>> window = Window(dt.date(2025, 6, 30), 4, 26)
    >>> found = spread_of_values(np.array([0., 1., 2., 3.]), np.array([1., 0., 3., 4.]), window)
    >>> found.people, found.mean, round(found.correlation, 2), round(found.left, 2)
    (4, 2.0, 0.85, 0.97)
    """
    x, y = past - past.mean(), outcome - outcome.mean()
    moments = {f"m{a}{b}": float(np.mean(x**a * y**b)) for a, b in ORDERS}
    return spread_of(moments, len(outcome), float(outcome.mean()), window)


def spread_of(moments: Mapping[str, float], people: int, mean: float, window: Window) -> Spread:
    """Return the spread from central moments: `m21` is the mean of (x - x̄)² (y - ȳ).

    The range of a variance follows from the fourth moment (Cramér 1946, section 27.4); that the
    slope on the past was estimated as well changes nothing in the first order.
    """
    explains, varies, both = moments["m20"], moments["m02"], moments["m11"]
    usable = explains > 0 and varies > 0
    slope = both / explains if usable else 0.0
    correlation = both / math.sqrt(explains * varies) if usable else 0.0
    left = max(varies - slope * both, 0.0)
    fourth = sum(math.comb(4, k) * (-slope) ** k * moments[f"m{k}{4 - k}"] for k in range(5))
    error = 0.5 * math.sqrt(max(fourth / left**2 - 1, 0.0) / people) if left > 0 else 0.0
    unbiased = people / (people - 1) if people > 1 else 1.0
    return Spread(
        window.weeks,
        window.before,
        people,
        mean,
        math.sqrt(varies * unbiased),
        moments["m03"] / varies**1.5 if varies > 0 else 0.0,
        correlation,
        error,
    )


def together(spreads: Sequence[Spread]) -> Spread:
    """Return one spread for a stretch of weeks that nobody has seen yet, from several seen.

    Their average, and how far another may lie from it: the prediction interval of a normal sample,
    written as a standard deviation (so that 1.645 of them hold nine in ten).

    Parameters
    ----------
    spreads
        Of stretches of one length, the latest first, at least one.

    Examples
    --------
    >>> calm = Spread(8, 26, 900, 10.0, 20.0, 3.0, 0.6, 0.05)
    >>> busy = Spread(8, 26, 950, 15.0, 26.0, 3.0, 0.6, 0.05)
    >>> both = together([busy, calm, calm])
    >>> both.people, round(both.mean, 2), both.windows, both.drift > calm.error
    (950, 11.67, 3, True)
    """
    latest, count = spreads[0], len(spreads)
    mean = sum(each.mean for each in spreads) / count
    correlation = sum(each.correlation for each in spreads) / count
    left = math.exp(sum(math.log(max(each.left, 1e-300)) for each in spreads) / count)
    return replace(
        latest,
        mean=mean,
        correlation=correlation,
        sd=left / math.sqrt(max(1 - correlation**2, 1e-12)),
        windows=count,
        drift=_next([each.left for each in spreads]),
        drift_share=_next([each.left / each.mean if each.mean > 0 else 0.0 for each in spreads]),
        drift_mean=_next([each.mean for each in spreads]),
    )


def _next(values: Sequence[float]) -> float:
    """Return how far the next value may lie from the average of these, in logarithms."""
    count = len(values)
    if count < 2 or min(values) <= 0:
        return 0.0
    factor = float(special.stdtrit(count - 1, 0.95)) / float(special.ndtri(0.95))
    return float(np.std(np.log(values), ddof=1)) * math.sqrt(1 + 1 / count) * factor
