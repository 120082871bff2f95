"""Looking early and often without fooling oneself.

Whoever looks every day at an ordinary range and stops when it leaves out zero finds an effect
where there is none, sooner or later. Two ways out: a sequence of ranges that all hold together
however often and whenever one looks, while people keep coming (`any_time`), and ranges for a fixed
number of looks at the same people (`planned`).
"""

from __future__ import annotations

import math

from rapport.estimate import LEVEL
from rapport.impact.experiments.regression import Reading, edge


def any_time(reading: Reading, people: int, expected: int | None = None) -> Reading:
    """Return the reading with a range that holds at all times together, nine times in ten.

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024
    (theorem 2.2), which needs a few hundred people before the first look.

    Parameters
    ----------
    reading
        The effect among the people so far.
    people
        How many they are.
    expected
        Where the range should be tightest: how many people are expected in all; must not be
        chosen by what was seen. 1,000 if not given.

    Examples
    --------
    >>> told = any_time(Reading.of(1.0, 0.2, 998), 1000)
    >>> round((told.high - told.low) / 2 / told.error, 2)  # an ordinary range: 1.65
    2.76
    """
    if not math.isfinite(reading.error) or people < 2:
        return reading
    half = multiple(people, expected or 1000) * reading.error
    return reading._replace(low=reading.value - half, high=reading.value + half)


def multiple(people: float, expected: float, level: float = LEVEL) -> float:
    """Return half the width of the range that holds at all times, in standard errors."""
    alpha = 1 - level
    # Waudby-Smith et al. 2024, appendix B.2: what makes the range tightest at `expected` people
    told = -2 * math.log(alpha)
    rho = (told + math.log(told) + 1) / expected
    grown = people * rho + 1
    return math.sqrt(2 * grown / (people * rho) * math.log(math.sqrt(grown) / alpha))


def planned(reading: Reading, looks: int) -> Reading:
    """Return the reading with a range that holds at all of a planned number of looks together.

    The looks are at the same people, whose outcomes add up; so they hang together in ways that
    no theory of accruing people covers. Šidák's inequality (1967) holds whatever they are.

    Examples
    --------
    >>> told = planned(Reading.of(1.0, 0.2, 10_000), 3)
    >>> round((told.high - told.low) / 2 / told.error, 2)
    2.11
    """
    if looks <= 1 or not math.isfinite(reading.error):
        return reading
    half = edge(reading.freedom, LEVEL ** (1 / looks)) * reading.error
    return reading._replace(low=reading.value - half, high=reading.value + half)
