"""How long people wait when some of them are still waiting: survival curves on grouped counts.

Whoever still waits has waited for at least so long, and counts as that. A request that was closed
without an answer will never be answered: that is an end of its own, not a wait that was cut short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.errors import Fault, Problem
from rapport.estimate import EDGE, LEVEL

Array = npt.NDArray[np.float64]

_EXACT = 1e-12


@dataclass(frozen=True, slots=True)
class Span:
    """A figure and the ends of its 90 % range; NaN or infinite where the data cannot tell."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """True when the figure itself can be told."""
        return math.isfinite(self.value)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of requests that were answered within each time.

    Parameters
    ----------
    minutes
        Times at which answers came, rising.
    share, low, high
        The share answered by then, and its 90 % range.
    requests, answered, ended, waiting, hidden
        How many requests there are; how many were answered, ended otherwise, still wait, or were
        lost from sight.
    watched
        The longest time that any request was watched, in minutes.
    at_risk
        How many still waited when the last watched minute began and were neither answered nor
        ended in it: above zero, the curve is not known beyond.
    """

    minutes: Array
    share: Array
    low: Array
    high: Array
    requests: int
    answered: int
    ended: int
    waiting: int
    hidden: int
    watched: float
    at_risk: int

    def quantile(self, part: float) -> Span:
        """Return the time within which `part` of all requests are answered, in minutes.

        Its range holds the times whose own range holds `part` (Brookmeyer & Crowley 1982, by
        log-log). The figure is NaN when so many were never seen answered: then it is beyond the low
        end at the least. The high end is infinite when the data do not bound it.

        Examples
        --------
        >>> curve([10, 20, 30], answered=[2, 1, 0], waiting=[0, 0, 1]).quantile(0.5).value
        10.0
        """
        value = self._first(self.share, part)
        if not math.isfinite(value):
            value = math.nan
        low = min(self._first(self.high, part), self.watched)
        return Span(value, low, self._first(self.low, part))

    def within(self, minutes: float) -> Span:
        """Return the share answered within so many minutes, with its range.

        NaN when nobody was watched for so long and the share could still have grown.
        """
        if not self.requests or (minutes > self.watched and self.at_risk):
            return Span(math.nan, 0.0, 1.0)
        place = int(np.searchsorted(self.minutes, minutes, side="right")) - 1
        if place < 0:
            return Span(0.0, 0.0, _rule_of_none(self.requests))
        return Span(float(self.share[place]), float(self.low[place]), float(self.high[place]))

    def _first(self, shares: Array, part: float) -> float:
        reached = np.flatnonzero(shares >= part - _EXACT)
        return float(self.minutes[reached[0]]) if len(reached) else math.inf


def curve(
    minutes: npt.ArrayLike,
    answered: npt.ArrayLike,
    waiting: npt.ArrayLike,
    ended: npt.ArrayLike | None = None,
    hidden: npt.ArrayLike | None = None,
) -> Curve:
    """Return the share answered within each time, from counts of requests by how long they took.

    Without other ends this is one minus the curve of Kaplan & Meier (1958) with the variance of
    Greenwood (1926). With them it is the cumulative incidence of Aalen & Johansen (1978) with the
    variance by the delta method (Marubini & Valsecchi 1995, eq. 10.13), which is Greenwood's where
    there are none. Ranges by log(-log) of the share not answered (Kalbfleisch & Prentice 1980).

    Parameters
    ----------
    minutes
        Time from the request to the answer, to another end, or to now.
    answered, waiting, ended
        How many requests took that long and then were answered, are still open, or ended without
        an answer (closed, merged, deleted). A wait cut short in a minute counts as longer than an
        answer in it.
    hidden
        How many were seen waiting so long and no longer: what came of them is not known.

    Returns
    -------
    Curve
        One point for each time at which somebody was answered.

    Raises
    ------
    Problem
        If the columns differ in length, or hold negative or missing numbers.

    Examples
    --------
    >>> found = curve([5, 60, 120], answered=[1, 1, 0], waiting=[0, 0, 2])
    >>> found.share.tolist(), found.waiting
    ([0.25, 0.5], 2)
    """
    lost = 0.0 if hidden is None else hidden
    named = {"answered": answered, "ended": 0.0 if ended is None else ended, "waiting": waiting}
    times, events, others, still, unseen = _columns(minutes, {**named, "hidden": lost})
    cut = still + unseen
    whole = events + others + cut
    before = np.cumsum(whole) - whole
    at_risk = whole.sum() - before
    gone = events + others
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = np.where(at_risk > 0, (at_risk - gone) / at_risk, 1.0)
    left = np.concatenate([[1.0], np.cumprod(stays)[:-1]]) if len(times) else np.empty(0)
    share = np.cumsum(np.where(at_risk > 0, left * events / np.maximum(at_risk, 1), 0.0))
    spread = _variance(share, left, at_risk, events, gone)
    seen = events > 0
    low, high = _range(share[seen], spread[seen], int(whole.sum()))
    last_left = int(cut[-1]) if len(times) else 0
    return Curve(
        times[seen],
        np.minimum(share[seen], 1.0),
        low,
        high,
        int(whole.sum()),
        int(events.sum()),
        int(others.sum()),
        int(still.sum()),
        int(unseen.sum()),
        float(times[-1]) if len(times) else 0.0,
        last_left,
    )


def _variance(share: Array, left: Array, at_risk: Array, events: Array, gone: Array) -> Array:
    """Return the variance of the cumulative incidence at each time."""
    n = np.maximum(at_risk, 1.0)
    rest = np.maximum(at_risk - gone, 0.0)
    hazard = np.where(rest > 0, gone / (n * np.maximum(rest, 1.0)), 0.0)
    cross = left * events / n**2
    own = left**2 * (n - events) * events / n**3
    first = share**2 * np.cumsum(hazard) - 2 * share * np.cumsum(hazard * share)
    first += np.cumsum(hazard * share**2)
    third = share * np.cumsum(cross) - np.cumsum(cross * share)
    variance: Array = np.maximum(first + np.cumsum(own) - 2 * third, 0.0)
    return variance


def _range(share: Array, variance: Array, requests: int) -> tuple[Array, Array]:
    """Return the ends of the range at each time; where all are answered the last known low end."""
    if not len(share):
        return np.empty(0), np.empty(0)
    half = EDGE
    inner = (share > _EXACT) & (share < 1 - _EXACT)
    kept = np.where(inner, 1 - share, 0.5)
    width = half * np.sqrt(variance) / (kept * np.abs(np.log(kept)))
    low = 1 - kept ** np.exp(-np.minimum(width, 500.0))
    high = 1 - kept ** np.exp(np.minimum(width, 500.0))
    low, high = np.where(inner, low, 0.0), np.where(inner, high, 1.0)
    if not inner[-1] and not inner.any():
        low[-1] = float(special.betaincinv(requests + 0.5, 0.5, (1 - LEVEL) / 2))
    return np.maximum.accumulate(low), np.maximum.accumulate(high)


def _rule_of_none(requests: int) -> float:
    """Return the high end of a share of which nothing was seen (Jeffreys)."""
    return float(special.betaincinv(0.5, requests + 0.5, 1 - (1 - LEVEL) / 2))


def _columns(minutes: npt.ArrayLike, named: Mapping[str, npt.ArrayLike]) -> list[Array]:
    """Return the counts at each distinct time, rising; raises Problem for what cannot be counts."""
    times = np.asarray(minutes, np.float64).ravel()
    faults = []
    columns = []
    for name, given in named.items():
        values = np.asarray(given, np.float64).ravel()
        values = np.full(len(times), values[0]) if values.size == 1 else values
        columns.append(values)
        if len(values) != len(times):
            faults.append(Fault(f"{name} has {len(values)} rows, minutes {len(times)}."))
        elif not np.all(np.isfinite(values) & (values >= 0)):
            faults.append(Fault(f"{name} must be counts: zero or more, none missing."))
    if not np.all(np.isfinite(times) & (times >= 0)):
        faults.append(Fault("minutes must be zero or more, none missing."))
    if faults:
        raise Problem("The waiting times could not be read.", faults)
    distinct, place = np.unique(times, return_inverse=True)
    summed: list[Array] = [
        np.bincount(place, column, len(distinct)).astype(np.float64) for column in columns
    ]
    return [distinct, *summed]
