"""What an unsure line of the statement would need to become sure: people to ask, or to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rapport.estimate import EDGE, Estimate

SURE = 0.25
"""A line is sure when neither end of its range is further away than this part of it."""

_POWER = 0.8416212335729143

EXPERIMENT, SURVEY, TIME = "experiment", "survey", "time"
HOW = {
    "referral": SURVEY,
    "word of mouth": SURVEY,
    "influencer": SURVEY,
    "answer": EXPERIMENT,
    "connection": EXPERIMENT,
    "contacts avoided": EXPERIMENT,
}
"""What would tell of each cause: asking new customers what brought them, or a lot drawn."""


@dataclass(frozen=True, slots=True)
class Need:
    """What would make a line sure.

    Parameters
    ----------
    how
        "experiment", "survey", "time" where either would take more people than there are, or ""
        where the line is sure.
    people
        How many are to be drawn or asked, all groups together; None where it cannot be worked out.
    """

    how: str = ""
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of the people of a period.

    Parameters
    ----------
    people
        Who bought or asked in the period.
    touched
        How many of them a cause is credited with something.
    variance
        Of one person's margin in the period.
    share
        Of the margin of the period that the cause is credited with.
    """

    people: int
    touched: int
    variance: float
    share: float = 0.0


def need(cause: str, number: Estimate, basis: Basis) -> Need:
    """Return what would make a line sure.

    An experiment compares two groups of equal size, at the level of 90 % and with a power of 80 %
    for an effect as large as is claimed now for each person touched: n = 2 (z.95 + z.80)² s² / d²
    in each (Fleiss, Levin & Paik 2003, chapter 4). A survey asks so many new customers that the
    share of this cause is known to a quarter of itself: n = (z.95 / .25)² (1 - p) / p, with p the
    share of the margin that it is credited with now.

    Examples
    --------
    >>> unsure = Estimate.normal(20_000.0, 10_000.0, "EUR", source="connection")
    >>> need("connection", unsure, Basis(8000, 2000, 900.0))
    Need(how='experiment', people=224)
    >>> need("referral", unsure, Basis(8000, 80, 900.0, 0.01))
    Need(how='survey', people=4286)
    """
    if sure(number):
        return Need()
    how = HOW.get(cause, EXPERIMENT)
    if how == SURVEY:
        known = 0 < basis.share < 1
        wanted = (EDGE / SURE) ** 2 * (1 - basis.share) / basis.share if known else 0.0
        return _within(how, math.ceil(wanted), basis) if known else Need(how)
    if not basis.touched or not number.value:
        return Need(how)
    effect = number.value / basis.touched
    each = 2 * (EDGE + _POWER) ** 2 * basis.variance / effect**2
    return _within(how, 2 * math.ceil(each), basis)


def _within(how: str, people: int, basis: Basis) -> Need:
    return Need(how if people <= basis.people else TIME, people)


def sure(number: Estimate) -> bool:
    """Return whether a number is known to a quarter of itself."""
    reach = max(number.high - number.value, number.value - number.low)
    return reach <= SURE * abs(number.value)
