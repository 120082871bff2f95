"""What connecting does to those who connected because a lot had them invited.

The lot decides who is invited, not who connects. So the effect of the invitation on everybody drawn
is divided by how many more connected because of it (Wald 1940; Imbens & Angrist 1994: the effect on
those whom the invitation moved; Bloom 1984: on all who connected, where nobody does uninvited). It
supposes that the invitation itself sells nothing, and keeps nobody from connecting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rapport.estimate import LEVEL
from rapport.impact.experiments.arms import Arm, adjusted
from rapport.impact.experiments.looking import planned
from rapport.impact.experiments.regression import Reading, Values, edge


@dataclass(frozen=True, slots=True)
class Moved:
    """What an invitation did, to everybody invited and to those who connected because of it.

    Parameters
    ----------
    invited
        The effect on a person invited, connected or not.
    uptake
        How many more connected, as a share.
    value
        The effect on a person who connected because of the invitation; NaN where the range of
        `uptake` holds nothing or less.
    low, high
        Its range (Anderson & Rubin 1949): infinite where uptake is too weak for an end.
    """

    invited: Reading
    uptake: Reading
    value: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether anything is said of those who connected: the range has both its ends."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def moved(sent: Arm, held: Arm, looks: int = 1) -> Moved:
    """Return what connecting does to those whom an invitation moved, with an honest range.

    The range holds every effect which, taken off those who connected, leaves no difference between
    the arms that chance could not explain. It holds the truth nine times in ten however few
    connected, where the usual range around a ratio is too short (Staiger & Stock 1997). For sums as
    here it is that of Fieller 1954.

    Parameters
    ----------
    sent, held
        Arms of the outcome, connected (0 or 1), and what was known before.
    looks
        At how many planned looks together the ranges hold.

    Examples
    --------
    Half of those invited connect and bring 8 more each, which is 4 a person invited:

    >>> sent = Arm.of(np.array([[18.0, 1], [19, 1], [11, 0], [10, 0]] * 20))
    >>> held = Arm.of(np.array([[10.0, 0], [11, 0], [9, 0], [12, 0]] * 20))
    >>> told = moved(sent, held)
    >>> told.invited.value, told.uptake.value, told.value
    (4.0, 0.5, 8.0)
    >>> round(told.low, 2), round(told.high, 2)
    (7.53, 8.47)
    >>> moved(held, held).bounded  # nobody connects
    False
    """
    outcome, share = (_effect(sent, held, weights) for weights in ((1.0, 0.0), (0.0, 1.0)))
    invited, uptake = planned(outcome, looks), planned(share, looks)
    blank = Moved(invited, uptake, math.nan, -math.inf, math.inf)
    if not (uptake.low > 0 and math.isfinite(outcome.error)):
        return blank
    times = edge(outcome.freedom, LEVEL ** (1 / max(looks, 1)))
    # |outcome - effect * share| <= times * its error, squared: a parabola in the effect
    steep = share.value**2 - (times * share.error) ** 2
    middle = outcome.value * share.value - times**2 * _together(sent, held, outcome, share)
    start = outcome.value**2 - (times * outcome.error) ** 2
    if not steep > 0:
        return blank
    half = math.sqrt(max(middle**2 - steep * start, 0.0))
    value = outcome.value / share.value
    return Moved(invited, uptake, value, (middle - half) / steep, (middle + half) / steep)


def _effect(sent: Arm, held: Arm, weights: tuple[float, float]) -> Reading:
    """Return the adjusted effect on a weighted sum of outcome and connected."""
    return adjusted(*(_weighted(arm, weights) for arm in (sent, held)))


def _weighted(arm: Arm, weights: tuple[float, float]) -> Arm:
    kept = len(arm.mean) - 2
    turn: Values = np.zeros((kept + 2, kept + 1))
    turn[:2, 0] = weights
    turn[2:, 1:] = np.eye(kept)
    return Arm(arm.people, arm.mean @ turn, turn.T @ arm.spread @ turn)


def _together(sent: Arm, held: Arm, outcome: Reading, share: Reading) -> float:
    """Return how the errors of both effects vary together, from that of their sum."""
    if not (outcome.error > 0 and share.error > 0):
        return 0.0
    scale = outcome.error / share.error  # else the smaller one is lost in rounding
    both = _effect(sent, held, (1.0, scale)).error ** 2
    return (both - 2 * outcome.error**2) / (2 * scale)
