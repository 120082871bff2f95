"""What connected people brought beyond what their own past and comparable others let expect.

Buying differs between people by a factor: who buys twice as much swings twice as much with the
season. So trends are taken as parallel in proportion, not in money: without connecting, each
amount of the months before would have grown as that of comparable others did (Wooldridge 2023,
"Simple approaches to nonlinear difference-in-differences"; Puhani 2012). People's own level, with
the love nobody records in it, drops out.

Both what growth depends on and who connects are modelled, on money rather than on heads: each euro
before is a unit. The estimate is right if either model is (the doubly robust estimate of Sant'Anna
& Zhao 2020, carried over to growth). Both need only sums by cell: month, months since the last
purchase, length of the months before. A person's own purchases before are not among the traits
compared: among people chosen for having bought little before, those who connect are more often
good customers who happened to buy little, and would rise by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.impact.connected.histories import Values, Whole
from rapport.impact.connected.trial import Trial

_RIDGE = 1e-3
_MOST = 0.9
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Growth:
    """What connected people brought, and what they would have.

    Parameters
    ----------
    people, months
        How many connected people were compared, and over how many months of theirs.
    left_out
        Connected people who had nobody like them.
    brought, expected
        Sums over connected people: what they brought, and what they would have.
    each_brought, each_expected
        What each person of the histories adds to both sums: the others through the weights they
        carry. Standard errors follow from them, people being independent.
    each_months
        The months of each connected person.
    """

    people: int
    months: float
    left_out: int
    brought: float
    expected: float
    each_brought: Values
    each_expected: Values
    each_months: Values

    @property
    def effect(self) -> float:
        """What connecting added, a month."""
        return (self.brought - self.expected) / self.months

    @property
    def effect_error(self) -> float:
        """The standard error of `effect`, clustered by person."""
        off = self.each_brought - self.each_expected - self.effect * self.each_months
        return self._rooted(off) / self.months

    @property
    def lift(self) -> float:
        """What connecting added, as a share of what was to be expected."""
        return self.brought / self.expected - 1

    @property
    def lift_error(self) -> float:
        """The standard error of `lift`."""
        off = self.each_brought - (1 + self.lift) * self.each_expected
        return self._rooted(off) / self.expected

    def _rooted(self, off: Values) -> float:
        """Return the root of the sum of squares, with the usual correction for few people."""
        if self.people < 2:
            return float("inf")
        return float(np.sqrt((off**2).sum() * self.people / (self.people - 1)))

    @property
    def known(self) -> bool:
        """Whether there is anything to tell."""
        return self.people > 0 and self.months > 0 and self.expected > 0


def growth(
    rows: Trial,
    before: Values,
    after: Values,
    *,
    people: int,
    months: Values | None = None,
    joined: Values | None = None,
) -> Growth:
    """Return what connected people brought beyond their own past, as comparable others grew.

    Parameters
    ----------
    before, after
        What each row brought in the months before and after.
    people
        How many people the histories hold.
    months
        How many months `after` sums; those after connecting if not given.
    joined
        For the others the share of those months in which they were connected themselves; none of
        them if not given. What it raised the others by is taken off.

    Examples
    --------
    Others fall to half; those who connect keep their level, which is twice as high:

    >>> zero = np.zeros(40, np.int64)
    >>> own = np.arange(40) < 10
    >>> rows = Trial(np.arange(40), zero, zero, zero, zero + 6, zero + 7, own, zero + 99)
    >>> before = np.where(rows.connected, 120.0, 60.0)
    >>> after = np.where(rows.connected, 120.0, 30.0)
    >>> found = growth(rows, before, after, people=40)
    >>> round(found.lift, 3), round(found.effect, 2)
    (1.0, 10.0)
    """
    mass = np.maximum(before, 0.0)
    design, cell = _cells(rows.strata())
    d = rows.connected
    own = _sums(cell[d], mass[d], len(design))
    others = _sums(cell[~d], mass[~d], len(design))
    rise = np.where(others > 0, _sums(cell[~d], after[~d], len(design)), 0.0)
    if own.sum() <= 0 or others.sum() <= 0 or rise.sum() <= 0:
        return _nothing(people)
    chance = _chance(design, own, others)
    kept = (chance <= _MOST)[cell]
    rate = _rate(design, others, rise)
    usual = rate[cell] * mass
    odds = (chance / (1 - chance))[cell]
    own_rows, other_rows = kept & d, kept & ~d
    if not own_rows.any():
        return _nothing(people)
    brought = np.where(own_rows, after, 0.0)
    expected = np.where(own_rows, usual, 0.0) + np.where(other_rows, odds * (after - usual), 0.0)
    if joined is not None:
        expected /= _raised(float(brought.sum()), expected, odds * usual * other_rows, joined)
    counted = np.where(own_rows, rows.after if months is None else months, 0.0)
    each = [_sums(rows.person, values, people) for values in (brought, expected, counted)]
    return Growth(
        int(own_rows.sum()), float(counted.sum()), int((d & ~kept).sum()),
        float(brought.sum()), float(expected.sum()), each[0], each[1], each[2],
    )  # fmt: skip


def _raised(brought: float, expected: Values, weight: Values, joined: Values) -> float:
    """Return by which factor the others were raised since some of them connected as well.

    With a share s of their months connected, they are raised by 1 + s x lift; the lift found
    against them is (1 + lift) / (1 + s x lift) - 1, which is solved for the lift.
    """
    total = float(weight.sum())
    share = float((weight * joined).sum()) / total if total > 0 else 0.0
    ratio = brought / float(expected.sum()) if expected.sum() > 0 else 1.0
    lift = (ratio - 1) / max(1 - share * ratio, 0.5)
    return max(1 + share * lift, 0.5)


def _sums(place: Whole, values: Values, count: int) -> Values:
    return np.bincount(place, weights=values, minlength=count).astype(float)


def _nothing(people: int) -> Growth:
    none = np.zeros(people)
    return Growth(0, 0.0, 0, 0.0, 0.0, none, none, none)


def _cells(strata: Whole) -> tuple[Values, NDArray[np.int64]]:
    """Return the design of each cell, a column for each value of each trait, and rows' cells."""
    sizes = tuple((strata.max(axis=0, initial=0) + 1).tolist())
    key = np.ravel_multi_index(tuple(strata.T), sizes)
    there = np.flatnonzero(np.bincount(key))
    place = np.zeros(int(np.prod(sizes)), np.int64)
    place[there] = np.arange(len(there))
    kinds = np.stack(np.unravel_index(there, sizes), axis=1)
    columns = [np.ones(len(kinds))]
    for trait in kinds.T:
        columns += [(trait == value).astype(float) for value in np.unique(trait)[1:]]
    return np.stack(columns, axis=1), place[key]


def _chance(design: Values, own: Values, others: Values) -> Values:
    """Return for each cell the chance that a euro belongs to somebody who connected (logistic)."""
    total = own + others
    size = total.sum() / len(total)
    total, own = total / size, own / size
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(own.sum() / (total.sum() - own.sum()))
    ridge = _RIDGE * np.eye(len(beta))
    ridge[0, 0] = 1e-9
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        slope = design.T @ (own - total * p) - ridge @ beta
        bend = (design * (total * p * (1 - p))[:, None]).T @ design + ridge
        step = _solved(bend, slope)
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    chance: Values = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
    return chance


def _solved(bend: Values, slope: Values) -> Values:
    """Return the Newton step; the shortest where few euros in many cells leave it open."""
    try:
        step = np.linalg.solve(bend, slope)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(bend, slope, rcond=None)[0]
    return np.asarray(step, np.float64)


def _rate(design: Values, before: Values, after: Values) -> Values:
    """Return for each cell the growth of those who did not connect (log-linear).

    What a cell brought that had brought nothing before is no growth: its `after` must be nothing.
    """
    size = before.sum() / len(before)
    before, after = before / size, after / size
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(after.sum() / before.sum())
    ridge = _RIDGE * np.eye(len(beta))
    ridge[0, 0] = 1e-9
    for _ in range(_ROUNDS):
        told = np.exp(np.clip(design @ beta, -30, 30)) * before
        slope = design.T @ (after - told) - ridge @ beta
        step = _solved((design * told[:, None]).T @ design + ridge, slope)
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    rate: Values = np.exp(np.clip(design @ beta, -30, 30))
    return rate
