"""How small an effect an experiment can see: exact power of comparisons of two groups.

Sources: Student's t with one covariate (the noncentral t distribution; Cohen 1988, chapter 2);
the covariate's gain, Deng, Xu, Kohavi & Walker 2013, equation 4 ("CUPED"); what adjusting for
chance imbalance costs, Snedecor & Cochran 1980, section 18.2; two shares, Fleiss, Levin & Paik
2003, equation 4.14, without continuity correction; why it takes so many, Lewis & Rao 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special

MOST = 10**10
"""More people than there are: nothing is searched beyond."""


@dataclass(frozen=True, slots=True)
class Design:
    """How sure an experiment has to be.

    Parameters
    ----------
    power
        Chance that an effect of the size in question is seen, between 0 and 1.
    level
        Chance that no effect is seen where there is none: 0.9 is a two-sided test at 10 %, as
        every range of this product holds nine times in ten.
    treated
        Share of the people who get the treatment; the others are held out.

    Raises
    ------
    ValueError
        If one is not strictly between 0 and 1, or the power is not above 1 - level.
    """

    power: float = 0.8
    level: float = 0.9
    treated: float = 0.5

    def __post_init__(self) -> None:
        for name in ("power", "level", "treated"):
            if not 0 < getattr(self, name) < 1:
                msg = f"{name} must be above 0 and below 1, not {getattr(self, name)}"
                raise ValueError(msg)
        if self.power <= 1 - self.level:
            msg = f"a power of {self.power} is no more than chance at the level {self.level}"
            raise ValueError(msg)

    def arms(self, people: int) -> tuple[int, int]:
        """Return how many of the people are treated and how many are held out, one at least."""
        treated = min(max(round(people * self.treated), 1), people - 1)
        return treated, people - treated


def power_of_means(
    effect: float, sd: float, people: int, design: Design, covariates: int = 0
) -> float:
    """Return the chance that a difference of two means is seen.

    Parameters
    ----------
    effect
        The true difference.
    sd
        Standard deviation between people, what the covariates explain taken off.
    people
        In both groups together.
    covariates
        How many columns from before the experiment the comparison is adjusted for, 0 or 1.

    Examples
    --------
    R's `power.t.test(n = 20, delta = 1, sd = 1)` says 0.8689528:

    >>> round(power_of_means(1.0, 1.0, 40, Design(level=0.95)), 6)
    0.868953
    """
    freedom = people - 2 - covariates
    if freedom < 1 or effect == 0:
        return 1 - design.level
    if sd == 0:
        return 1.0
    return _power(effect / standard_error(sd, people, design, covariates), freedom, design)


def standard_error(sd: float, people: int, design: Design, covariates: int = 0) -> float:
    """Return the standard error of the difference of two means.

    With a covariate the groups differ by chance on it; adjusting for that costs a factor of
    1 + 1/(n - 4) on average (Snedecor & Cochran 1980, section 18.2), nothing among thousands.
    """
    treated, held = design.arms(people)
    cost = 1 + covariates / (people - 4) if people > 4 else 1.0
    return sd * math.sqrt((1 / treated + 1 / held) * cost)


def detectable_mean(sd: float, people: int, design: Design, covariates: int = 0) -> float:
    """Return the smallest difference of two means that is seen with the design's power.

    Infinite when there are too few people for any test.

    Examples
    --------
    Lewis & Rao 2015: sales of $7 a person with a standard deviation of $75, a
    million people in each group. The smallest effect that can be seen is $0.26, or 3.8 % of
    sales, more than most advertising brings:

    >>> round(detectable_mean(75.0, 2_000_000, Design()), 2)
    0.26
    """
    freedom = people - 2 - covariates
    if freedom < 1:
        return math.inf
    return _distance(freedom, design) * standard_error(sd, people, design, covariates)


def people_for_mean(effect: float, sd: float, design: Design, covariates: int = 0) -> int | None:
    """Return how many people it takes to see a difference of two means; None beyond `MOST`.

    Examples
    --------
    R's `power.t.test(power = .90, delta = 1)` says 22.02 in each group, so 23:

    >>> people_for_mean(1.0, 1.0, Design(power=0.9, level=0.95))
    46
    """

    def enough(people: int) -> bool:
        return power_of_means(abs(effect), sd, people, design, covariates) >= design.power

    return _fewest(enough)


def power_of_shares(base: float, share: float, people: float, design: Design) -> float:
    """Return the chance that a change from one share to another is seen.

    Parameters
    ----------
    base, share
        The share among those held out, and among those treated.
    people
        In both groups together; divided by 1 - correlation² when a covariate is used.

    Examples
    --------
    R's `power.prop.test(n = 50, p1 = .50, p2 = .75)` says 0.740:

    >>> round(power_of_shares(0.5, 0.75, 100, Design(level=0.95)), 3)
    0.74
    """
    treated, held = people * design.treated, people * (1 - design.treated)
    pooled = base * (1 - design.treated) + share * design.treated
    without = math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / held))
    with_it = math.sqrt(base * (1 - base) / held + share * (1 - share) / treated)
    if with_it == 0:
        return 1.0 if abs(share - base) > 0 else 1 - design.level
    edge = float(special.ndtri(0.5 + design.level / 2)) * without
    return float(special.ndtr((abs(share - base) - edge) / with_it))


def detectable_share(base: float, people: float, design: Design) -> float:
    """Return the smallest rise of a share that is seen, up to 1 - base; infinite when none is.

    Examples
    --------
    R's `power.prop.test(p1 = .5, n = 50, power = .90)` says p2 = 0.8026:

    >>> round(0.5 + detectable_share(0.5, 100, Design(power=0.9, level=0.95)), 4)
    0.8026
    """
    if not 0 < base < 1 or power_of_shares(base, 1.0, people, design) < design.power:
        return math.inf

    def missing(rise: float) -> float:
        return power_of_shares(base, base + rise, people, design) - design.power

    return float(optimize.brentq(missing, 0.0, 1 - base))


def people_for_share(base: float, share: float, design: Design) -> int | None:
    """Return how many people it takes to see a change of a share; None beyond `MOST`.

    Examples
    --------
    R's `power.prop.test(p1 = .50, p2 = .75, power = .90)` says 76.65 in each group:

    >>> people_for_share(0.5, 0.75, Design(power=0.9, level=0.95))
    154
    """

    def enough(people: int) -> bool:
        return power_of_shares(base, share, people, design) >= design.power

    return _fewest(enough)


def _power(distance: float, freedom: float, design: Design) -> float:
    """Return the chance that |t| lies beyond its limit when t is `distance` off centre."""
    limit = float(special.stdtrit(freedom, 0.5 + design.level / 2))
    above = 1 - float(special.nctdtr(freedom, distance, limit))
    below = float(special.nctdtr(freedom, -distance, limit))
    return above + (1 - below)


def _distance(freedom: float, design: Design) -> float:
    """Return how many standard errors an effect must be from zero to be seen."""

    def missing(distance: float) -> float:
        return _power(distance, freedom, design) - design.power

    top = 1.0
    while missing(top) < 0:
        top *= 2
    return float(optimize.brentq(missing, 0.0, top))


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """Return the smallest even number of people, four at least, that is enough."""
    top = 4
    while not enough(top):
        top *= 2
        if top > MOST:
            return None
    low = top // 2
    while top - low > 2:
        middle = (low + top) // 4 * 2
        low, top = (low, middle) if enough(middle) else (middle, top)
    return top
