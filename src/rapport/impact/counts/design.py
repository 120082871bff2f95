"""What is known of a week before it begins: season, trend, what went before, days, spending."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YEAR = 365.2425 / 7  # weeks
AHEAD = 4  # weeks that a slow memory holds
LARGEST = 3  # channels of spend that stand by themselves


def scaled(value: Floats) -> tuple[Floats, bool]:
    """Return a weekly outcome on the scale on which its errors are alike, and whether that is log.

    Logarithms where every week is above zero, so that a link is a share of value; as it is,
    divided by its mean, otherwise.

    Examples
    --------
    >>> scaled(np.array([100.0, 100.0]))[1], scaled(np.array([100.0, -5.0]))[1]
    (True, False)
    """
    if (value > 0).all():
        return np.log(value), True
    mean = float(np.abs(value).mean())
    return value / (mean or 1.0), False


def remembered(counts: Floats) -> Floats:
    """Return what the four weeks before each left: the last one weighs 8, then 4, 2 and 1 of 15.

    Weeks without four known ones before them are not a number.

    Examples
    --------
    >>> remembered(np.array([0.0, 0.0, 0.0, 15.0, 0.0, 0.0]))[4:].tolist()
    [8.0, 4.0]
    """
    made = np.full(counts.shape, np.nan)
    made[AHEAD:] = sum(
        0.5**back * counts[AHEAD - back : len(counts) - back] for back in range(1, AHEAD + 1)
    )
    return made / sum(0.5**back for back in range(1, AHEAD + 1))


def own_past(y: Floats) -> Floats:
    """Return, for each week, the week before and the mean of the four before: shape (weeks, 2).

    Examples
    --------
    >>> own_past(np.arange(6.0))[4:].tolist()
    [[3.0, 1.5], [4.0, 2.5]]
    """
    made = np.full((len(y), 2), np.nan)
    for week in range(AHEAD, len(y)):
        made[week] = y[week - 1], y[week - AHEAD : week].mean()
    return made


def season(first: int, weeks: int) -> Floats:
    """Return waves of the year, as many as the weeks can tell apart: shape (weeks, 2 × waves).

    One for less than eighteen months, two for less than twenty-one, else six: a wave that was not
    seen to come back is not told from a trend. Six follow a peak of a month, such as Christmas.
    """
    waves = 1 if weeks < 78 else 2 if weeks < 91 else 6
    turn = 2 * np.pi * (first + np.arange(weeks))[:, None] / YEAR * np.arange(1, waves + 1)
    return np.concatenate([np.sin(turn), np.cos(turn)], axis=1)


def baseline(
    y: Floats,
    first: int,
    days: Mapping[str, Floats],
    spend: Mapping[str, Floats],
) -> Floats:
    """Return what is known of each week without any count: shape (weeks, features).

    Parameters
    ----------
    y
        The outcome as `scaled` gives it.
    first
        The number of the first week, as `week_number` counts.
    days
        Days of each week that hold an event, by kind; those of the week to come are known ahead.
    spend
        Cost of each week by channel.
    """
    weeks = len(y)
    parts = [own_past(y), season(first, weeks), np.arange(weeks)[:, None] / YEAR]
    for kind in sorted(days):
        if np.ptp(days[kind]) > 0:
            parts.append(days[kind][:, None])
            if kind == "holiday":  # people buy before a holiday
                parts.append(_before(days[kind])[:, None])
    ranked = sorted(spend, key=lambda name: -float(spend[name].sum()))
    parts += [np.log1p(spend[name])[:, None] for name in ranked[:LARGEST]]
    if rest := ranked[LARGEST:]:
        parts.append(np.log1p(sum(spend[name] for name in rest))[:, None])
    return np.concatenate(parts, axis=1)


def _before(days: Floats) -> Floats:
    later = np.concatenate([days, np.zeros(3)])
    made: Floats = later[1:-2] + later[2:-1] + later[3:]
    return made
