"""From what a cause brought in all, with its range, to the share of each order.

The error of a cause is common to all its orders: the ranges of the shares are drawn so that the
sum over orders of share x money has the range of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

CLAIM = ("cause", "person_id", "source", "purchase_id", "share", "low", "high", "grade")


@dataclass(frozen=True, slots=True)
class Ends:
    """How far the ends of each order's share lie from it.

    Parameters
    ----------
    down
        What the share is multiplied by at the low end.
    up
        What its distance from one is multiplied by at the high end.

    Examples
    --------
    >>> ends = Ends.of(mean=60.0, low=30.0, high=80.0, whole=100.0)
    >>> round(0.6 * ends.down, 3), round(1 - (1 - 0.6) * ends.up, 3)
    (0.3, 0.8)
    """

    down: float
    up: float

    @classmethod
    def of(cls, mean: float, low: float, high: float, whole: float) -> Ends:
        """Return the ends for which the shares of `whole` add up to `low` and to `high`."""
        down = max(min(low, mean) / mean, -1.0) if mean > 0 else 1.0
        room = whole - mean
        up = max(whole - max(high, mean), 0.0) / room if room > 0 else 1.0
        return cls(down, up)

    def columns(self, share: nw.Expr) -> dict[str, nw.Expr]:
        """Return the columns share, low, high of a claim, of shares from nothing to one."""
        return {"share": share, "low": share * self.down, "high": 1.0 - (1.0 - share) * self.up}


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the ends lie below and above each order's share, which may be negative as well.

    Examples
    --------
    >>> Shift.of(mean=10.0, low=-10.0, high=40.0, whole=100.0)
    Shift(below=0.2, above=0.3)
    """

    below: float
    above: float

    @classmethod
    def of(cls, mean: float, low: float, high: float, whole: float) -> Shift:
        """Return the shift for which the shares of `whole` add up to `low` and to `high`."""
        if whole <= 0:
            return cls(0.0, 0.0)
        return cls(max(mean - low, 0.0) / whole, max(high - mean, 0.0) / whole)

    def columns(self, share: nw.Expr) -> dict[str, nw.Expr]:
        """Return the columns share, low, high of a claim."""
        low, high = share - self.below, share + self.above
        return {
            "share": share,
            "low": nw.when(low < -1.0).then(nw.lit(-1.0)).otherwise(low),
            "high": nw.when(high > 1.0).then(nw.lit(1.0)).otherwise(high),
        }
