"""Stay, test, leave, or it cannot be told: what a platform returns a year against what it costs.

What a platform returns is known as a range. Its low end is what connecting there was found to cause
at the least; its high end adds every purchase on a visit from there, as if none of it would have
come otherwise, and every request answered there, as if each would have been a contact elsewhere.
The middle is what connecting there was found to cause, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

STAY, TEST, LEAVE, UNTOLD = "stay", "test", "leave", "cannot tell"
TRIED = 20
"""Posts in a year from which on a platform has been tried."""


@dataclass(frozen=True, slots=True)
class Yearly:
    """What one platform brings and costs in a year.

    Parameters
    ----------
    people
        Customers and prospects known to be there.
    posts
        Posts of the brand there.
    caused, caused_low, caused_high
        What connecting there was found to cause; None where it was not measured.
    visits
        Margin of purchases on visits from there; None where visits are not known.
    answered
        Cost of contacts that answers there may have spared; None where it is not known.
    cost
        Of posts, spending and time; None where nothing of it is known.
    """

    people: int
    posts: int
    caused: float | None = None
    caused_low: float | None = None
    caused_high: float | None = None
    visits: float | None = None
    answered: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a platform returns a year, and what follows from it.

    Parameters
    ----------
    value, low, high
        The return; None where nothing of it was measured.
    said
        STAY, TEST, LEAVE or UNTOLD.
    why
        "returns more", "costs more", "nobody there", "range holds the cost", "no cost",
        "nothing measured", "not tried".
    """

    value: float | None
    low: float | None
    high: float | None
    said: str
    why: str


def verdict(year: Yearly, smallest: int) -> Verdict:
    """Return what the brand should do about a platform.

    Stay where the low end exceeds the cost; leave where the high end stays below it. Where the
    range holds the cost, test: stop for a while, or in some regions, and look. Where the cost is
    not known, the range alone says whether there is something to test. A platform on which the
    brand has been for a year and on which fewer than `smallest` customers and prospects are known
    is left when the most it can return is less than it costs, or nothing.

    Examples
    --------
    >>> verdict(Yearly(400, 100, 900.0, 500.0, 1400.0, visits=300.0, cost=400.0), 10).said
    'stay'
    >>> verdict(Yearly(400, 100, 900.0, -500.0, 1400.0, visits=300.0, cost=400.0), 10).said
    'test'
    >>> verdict(Yearly(400, 100, visits=300.0, cost=4000.0), 10).why
    'nothing measured'
    """
    parts = [part for part in (year.visits, year.answered) if part is not None]
    measured = year.caused is not None
    alone = year.people < smallest
    if not measured and not (alone and parts):
        if year.posts < TRIED and alone:
            return Verdict(None, None, None, UNTOLD, "not tried")
        return Verdict(None, None, sum(parts) if parts else None, UNTOLD, "nothing measured")
    value, low = (year.caused or 0.0), (year.caused_low or 0.0)
    high = (year.caused_high or 0.0) + sum(parts)
    said, why = _against(year, low, high, alone=alone)
    return Verdict(value, low, max(high, value), said, why)


def _against(year: Yearly, low: float, high: float, *, alone: bool) -> tuple[str, str]:
    if year.cost is None:
        if alone and high <= 0 and year.posts >= TRIED:
            return LEAVE, "nobody there"
        return (TEST if high > 0 else UNTOLD), "no cost"
    if low > year.cost:
        return STAY, "returns more"
    if high < year.cost:
        return LEAVE, "nobody there" if alone else "costs more"
    return TEST, "range holds the cost"
