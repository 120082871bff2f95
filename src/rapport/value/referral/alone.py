"""Would they have come by themselves? How much of a referred customer's buying the code brought.

Kumar, Petersen & Leone (2010, "Driving Profitability by Encouraging Customer Referrals", Journal of
Marketing 74) tell customers who would not have joined without the referral (type one) from those
who would have (type two). Whoever comes by themselves at a steady rate, in time comes anyway: the
code brought the orders until then. So the incremental share of an order falls with the months since
the code was used, and type two is who would have come within a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import narwhals as nw
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapport.estimate import DRAWS
from rapport.record.frames import Frame

Array = NDArray[np.float64]

MONTH = 365.25 / 12
PRIOR_SHAPE, PRIOR_RATE = 2.0, 0.015
"""Before any data: 1.5 % of prospects a month come by themselves, from 0.3 to 3.6 % (90 %)."""
UNAIDED = (6.0, 3.0)
"""Beta: of friends who came later without their code, two thirds unaided, from 40 to 89 %."""
KEENER, KEENER_SPREAD = 1.4, 0.21
"""Who uses a code and goes on to buy is keener than who leaves it unused, and would have come as
much sooner: log-normal, from 1 to 2 times (90 %)."""
LATE = (1.0, 6.0)
"""Beta: of the same friends, one in seven was brought by the recommendation, up to 39 %."""
YEAR = 12.0
_BLOCK = 2000


@dataclass(frozen=True, slots=True)
class Alone:
    """How soon friends would have come by themselves: a rate a month that is itself unsure.

    Parameters
    ----------
    shape, months
        Of the gamma distribution of the rate: its mean is shape / months.
    came, people
        Friends with an unused code who came later, and all of those watched.
    """

    shape: float
    months: float
    came: int = 0
    people: int = 0

    @classmethod
    def seen(cls, came: int, days: float, people: int, *, seed: int = 0) -> Self:
        """Return what friends with an unused code say of those who used it.

        Gamma-Poisson, with the prior above. Some of those who came later were brought by something
        else, so that only a part of them (`UNAIDED`) counts, and those who use a code are keener
        (`KEENER`): both are assumptions. The gamma has the moments of what follows.

        Examples
        --------
        >>> few, many = Alone.seen(0, 0.0, 0), Alone.seen(90, 90 * 2000.0, 400)
        >>> round(few.rate, 3), round(many.rate, 3)
        (0.021, 0.015)
        """
        rng = np.random.default_rng(seed)
        counted = PRIOR_SHAPE + came * rng.beta(*UNAIDED, 20_000)
        whole = PRIOR_SHAPE / PRIOR_RATE + days / MONTH
        keener = KEENER * np.exp(KEENER_SPREAD * rng.standard_normal(20_000))
        rates = rng.gamma(counted) / whole * keener
        mean, spread = float(rates.mean()), float(rates.var())
        return cls(mean**2 / spread, mean / spread, came, people)

    @property
    def rate(self) -> float:
        """The mean rate, in people a month."""
        return self.shape / self.months

    def share(self, months: ArrayLike) -> Array:
        """Return the chance that somebody would not have come by so many months after.

        The mean of exp(-rate t) over a gamma distributed rate (Lomax 1954).

        Examples
        --------
        >>> Alone(2.0, 100.0).share([0, 100]).tolist()
        [1.0, 0.25]
        """
        found: Array = (self.months / (self.months + np.asarray(months, float))) ** self.shape
        return found

    def share_of_days(self, days: nw.Expr) -> nw.Expr:
        """Return the same of a column of days."""
        gone = days.cast(nw.Float64()) / MONTH
        found: nw.Expr = (self.months / (gone + self.months)) ** self.shape
        return found

    def ahead(self, months: ArrayLike, horizon: float) -> Array:
        """Return the mean share from so many months after on, over a horizon."""
        start = np.asarray(months, float)
        steps = (np.arange(24) + 0.5) / 24 * horizon
        found: Array = self.share(start[..., None] + steps).mean(axis=-1)
        return found

    def rates(self, seed: int) -> Array:
        """Return possible rates, `DRAWS` of them."""
        return np.random.default_rng(seed).gamma(self.shape, 1 / self.months, DRAWS)


@dataclass(frozen=True, slots=True)
class Bought:
    """Orders of friends who were handed a code.

    Parameters
    ----------
    person
        A number from 0 on for each order's customer.
    months, gain
        Months since that customer's first order, and what each order brought.
    redeemed
        For each order, whether its customer came with the code, rather than later without it.
    """

    person: NDArray[np.int64]
    months: Array
    gain: Array
    redeemed: NDArray[np.bool_]


def brought(alone: Alone, bought: Bought, *, seed: int) -> Array:
    """Return what codes may have brought in all: possible totals, `DRAWS` of them.

    Each draw has its own rate, for each person a day from which they would have come anyway, and
    for those who came without the code a toss whether it brought them all the same.

    Examples
    --------
    >>> one = Bought(np.zeros(1, int), np.array([12.0]), np.array([10.0]), np.ones(1, bool))
    >>> totals = brought(Alone(50.0, 1000.0), one, seed=1)
    >>> bool(abs(totals.mean() / 10 - float(Alone(50.0, 1000.0).share(12.0))) < 0.03)
    True
    """
    rng = np.random.default_rng(seed)
    rates, parts = alone.rates(seed + 1), rng.beta(*LATE, DRAWS)
    people = int(bought.person.max()) + 1 if len(bought.person) else 0
    totals = np.zeros(DRAWS)
    order = np.argsort(bought.person, kind="stable")
    starts = np.searchsorted(bought.person[order], np.arange(people + 1))
    for begin in range(0, people, _BLOCK):  # so many people at a time, whatever their number
        end = min(begin + _BLOCK, people)
        rows = order[starts[begin] : starts[end]]
        who, gain = bought.person[rows] - begin, bought.gain[rows]
        months, sure = bought.months[rows], bought.redeemed[rows]
        for draw in range(DRAWS):
            until = rng.exponential(1 / rates[draw], end - begin)[who]
            led = sure | (rng.random(end - begin)[who] < parts[draw])
            totals[draw] += gain[led & (months < until)].sum()
    return totals


def claims(alone: Alone, gains: Frame, referred: Frame) -> Frame:
    """Return the orders of customers who came with a code.

    Returns
    -------
    Frame
        person_id, source, purchase_id, gain, days (since the first order), share, redeemed (1).
    """
    came = referred.filter(nw.col("brought")).select("person_id", "came")
    return _since(gains, came, alone, 1.0).with_columns(redeemed=nw.lit(1).cast(nw.Int64()))


def late_claims(alone: Alone, gains: Frame, late: Frame) -> Frame:
    """Return the orders of friends who came later without their code, as `claims` does.

    Parameters
    ----------
    late
        As `codes.late` gives them.
    """
    part = LATE[0] / sum(LATE)
    return _since(gains, late, alone, part).with_columns(redeemed=nw.lit(0).cast(nw.Int64()))


def _since(gains: Frame, came: Frame, alone: Alone, part: float) -> Frame:
    theirs = gains.join(came, on="person_id", how="inner").filter(
        nw.col("number") >= nw.col("came")
    )
    days = nw.col("number") - nw.col("came")
    return theirs.select(
        "person_id",
        "source",
        "purchase_id",
        "gain",
        days=days,
        share=alone.share_of_days(days) * part,
    )
