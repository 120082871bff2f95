"""What is usual: each stream's level, its rhythm through the week, and how much it scatters.

All of it is sums that forget, so one more period costs the same however long the past is. A factor
of an hour or a weekday is drawn towards one by as many counts as make it known, so a stream of one
message a week has hardly any rhythm and one of a thousand an hour has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEVEL_DAYS = 14.0  # half of what the level knows is newer than this
RHYTHM_DAYS = 56.0
PULL_HOUR, PULL_DAY, PULL_CELL = 2.0, 10.0, 25.0  # what "no rhythm" weighs, in messages
USUAL_SPREAD, PULL_SPREAD = 0.15, 10.0
PULL_BLOCKS = 5.0
CUT = 3.5  # standard deviations beyond which a count is cut before it is learnt from
WIDEST = 20.0


@dataclass
class Baseline:
    """The usual counts of several streams.

    Parameters
    ----------
    cells
        Periods of the week with a rhythm of their own: 168 hours, 7 days, or 1.
    window
        Periods of an hour, or 1 for longer ones: what scatters together.
    keep, keep_rhythm
        What a period leaves of the level, and of rhythm and spread, from one to the next.
    level_seen, level_part
        Discounted counts and what they would be at level one: shape (streams,). A count weighs
        patience / (1 + spread * mean), as quasi-likelihood has it: what it tells, in messages.
    seen, part
        The same for each cell: shape (streams, cells).
    rhythm
        Factor of each cell, one on average.
    over, basis
        Discounted numerator and denominator of the spread.
    drift, blocks
        Discounted squares of sums over blocks, against what independent periods would give.
    """

    cells: int
    window: int
    keep: float
    keep_rhythm: float
    level_seen: Floats
    level_part: Floats
    seen: Floats
    part: Floats
    rhythm: Floats
    over: Floats
    basis: Floats
    drift: Floats
    blocks: Floats

    @classmethod
    def empty(cls, streams: int, every: int) -> Baseline:
        """Return a baseline that knows nothing yet, for periods of `every` seconds."""
        cells = cells_of(every)
        days = every / 86400
        one, many = np.zeros(streams), np.zeros((streams, cells))
        return cls(
            cells, window_of(every), 0.5 ** (days / LEVEL_DAYS), 0.5 ** (days / RHYTHM_DAYS),
            one.copy(), one.copy(), many.copy(), many.copy(), np.ones((streams, cells)),
            one.copy(), one.copy(), one.copy(), one.copy(),
        )  # fmt: skip

    @property
    def level(self) -> Floats:
        """Counts a period at a factor of one."""
        return (self.level_seen + 0.5) / np.maximum(self.level_part, 1e-9)

    @property
    def spread(self) -> Floats:
        """Variance of a window's sum beyond Poisson, relative to the square of its mean."""
        told = (self.over + PULL_SPREAD * USUAL_SPREAD) / (self.basis + PULL_SPREAD)
        return np.clip(told, 1e-6, WIDEST)

    @property
    def patience(self) -> Floats:
        """How much less evidence a period is worth, since periods in a row are alike: 0 to 1.

        The variance of sums over blocks, divided by what independent periods would give, is the
        factor by which sums scatter more (McCullagh & Nelder 1989, section 9.2).
        """
        return 1.0 / np.maximum(1.0, (self.drift + PULL_BLOCKS) / (self.blocks + PULL_BLOCKS))

    def error(self, cell: int) -> Floats:
        """Return the variance of the logarithm of what is expected in a cell."""
        told = 1.0 / (self.level_seen + 0.5)
        if self.cells == 7:
            told = told + 1.0 / (self.seen[:, cell] + PULL_DAY)
        elif self.cells > 7:
            hour = self.seen.reshape(len(told), 7, -1).sum(axis=1)[:, cell % (self.cells // 7)]
            told = told + 1.0 / (hour + PULL_HOUR) + 1.0 / (self.seen[:, cell] + PULL_CELL)
        return told

    def expected(self, cell: int, whole: Floats) -> Floats:
        """Return the expected count of a period of that cell, for each stream."""
        told: Floats = self.level * self.rhythm[:, cell] * whole
        return told

    def learn(self, rows: Whole, counts: Floats, cells: Whole, wholes: Floats) -> None:
        """Take in a period of some streams.

        Parameters
        ----------
        rows
            Which streams.
        counts, cells, wholes
            Of each of them; counts are known.
        """
        factor = self.rhythm[rows, cells] * wholes
        level = self.level[rows]
        usual, spread = level * factor, self.spread[rows]
        most = usual + CUT * np.sqrt(usual + spread * usual**2) + 1.0
        cut = np.minimum(counts, most)
        weight = self.patience[rows] / (1.0 + spread * usual * self.window)
        self.level_seen[rows] = self.keep * self.level_seen[rows] + weight * cut
        self.level_part[rows] = self.keep * self.level_part[rows] + weight * factor
        own = weight * level * wholes
        self.seen[rows, cells] = self._cell_keep * self.seen[rows, cells] + weight * cut
        self.part[rows, cells] = self._cell_keep * self.part[rows, cells] + own

    def learn_window(self, rows: Whole, counts: Floats, usual: Floats) -> None:
        """Take in how far the sums of an hour (or of one longer period) were off."""
        most = usual + CUT * np.sqrt(usual + self.spread[rows] * usual**2) + 1.0
        over, basis = _spread_parts(np.minimum(counts, most), usual)
        keep = self.keep_rhythm**self.window
        self.over[rows] = keep * self.over[rows] + over
        self.basis[rows] = keep * self.basis[rows] + basis

    @property
    def _cell_keep(self) -> float:
        return float(self.keep_rhythm**self.cells)

    def learn_block(self, rows: Whole, excess: Floats, variance: Floats, length: int) -> None:
        """Take in how far sums over a block of periods were off, against their variance."""
        most = CUT**2 / self.patience[rows]
        ratio = np.minimum(excess**2 / np.maximum(variance, 1e-9), most)
        heavy = variance / (variance + 1.0)  # a block without messages tells nothing
        keep = self.keep_rhythm**length
        self.drift[rows] = keep * self.drift[rows] + heavy * ratio
        self.blocks[rows] = keep * self.blocks[rows] + heavy

    def find_rhythm(self, rows: Whole | slice = slice(None)) -> None:
        """Work the factors out anew from the sums."""
        self.rhythm[rows] = rhythm_of(self.seen[rows], self.part[rows])

    def restart(self, row: int, counts: Floats, cells: Whole, wholes: Floats, block: int) -> None:
        """Learn one stream from a stretch of its past, of which some may be out of the usual.

        Counts far above those of the same hour are cut, and what is usual is found again, until
        both agree. `block` is how many periods `learn_block` takes together.
        """
        known = ~np.isnan(counts)
        y, cell, whole = counts[known], cells[known], wholes[known]
        rhythm, spread = np.ones(self.cells), USUAL_SPREAD
        cut = np.minimum(y, _first_cut(y, cell, whole, self.cells))
        usual = np.full(len(y), (cut.sum() + 0.5) / len(y))
        blocks = np.array_split(np.arange(len(y)), max(len(y) // block, 1))
        hours = np.arange(0, len(y), self.window)
        for turn in range(6):
            weight = self.patience[row] / (1.0 + spread * usual * self.window)
            factor = rhythm[cell] * whole
            level = ((weight * cut).sum() + 0.5) / max((weight * factor).sum(), 1e-9)
            seen = np.bincount(cell, weight * cut, self.cells)
            part = np.bincount(cell, weight * level * whole, self.cells)
            rhythm = rhythm_of(seen[None].astype(float), part[None].astype(float))[0]
            usual = level * rhythm[cell] * whole
            sums = np.add.reduceat(np.stack([cut, usual]), hours, axis=1)
            over, basis = _spread_parts(*sums)
            spread = max(
                1e-6, (over.sum() + PULL_SPREAD * USUAL_SPREAD) / (basis.sum() + PULL_SPREAD)
            )
            variance = usual + spread * self.window * usual**2
            self._find_patience(row, cut - usual, variance, blocks)
            if turn < 5:
                cut = np.minimum(y, usual + CUT * np.sqrt(variance) + 1.0)
        self.rhythm[row], self.seen[row], self.part[row] = rhythm, seen, part
        self.level_seen[row] = (weight * cut).sum()
        self.level_part[row] = (weight * rhythm[cell] * whole).sum()
        self.over[row], self.basis[row] = over.sum(), basis.sum()

    def _find_patience(self, row: int, off: Floats, variance: Floats, blocks: list[Whole]) -> None:
        self.drift[row] = self.blocks[row] = 0.0
        for block in blocks:
            excess, wide = np.array([off[block].sum()]), np.array([variance[block].sum()])
            self.learn_block(np.array([row]), excess, wide, len(block))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain lists, for JSON."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in told.items()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Baseline:
        """Return the baseline that `to_dict` wrote."""
        read: dict[str, Any] = {
            name: np.array(value, float) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        return cls(**read)


def cells_of(every: int) -> int:
    """Return how many parts of the week have a rhythm, for periods of `every` seconds."""
    if every < 86400:
        return 168 if every <= 3600 else 7 * (86400 // every)
    return 7 if every == 86400 else 1


def window_of(every: int) -> int:
    """Return how many periods of `every` seconds an hour has, or 1 for longer ones."""
    return max(3600 // every, 1)


def rhythm_of(seen: Floats, part: Floats) -> Floats:
    """Return the factor of each cell from counts and their parts at level one: shape (n, cells).

    Hour of the day first, then weekday, then what is left of the hour of the week; each drawn to
    one by the counts that "no rhythm" weighs (gamma prior of mean one).
    """
    cells = seen.shape[1]
    if cells == 1:
        return np.ones_like(seen)
    shape = (len(seen), 7, cells // 7)
    y, e = seen.reshape(shape), part.reshape(shape)
    hour = (y.sum(1) + PULL_HOUR) / (e.sum(1) + PULL_HOUR)
    e = e * hour[:, None, :]
    day = (y.sum(2) + PULL_DAY) / (e.sum(2) + PULL_DAY)
    e = e * day[:, :, None]
    cell = (y + PULL_CELL) / (e + PULL_CELL)
    told = (hour[:, None, :] * day[:, :, None] * cell).reshape(len(seen), cells)
    factor: Floats = told / told.mean(axis=1, keepdims=True)
    return factor


def _spread_parts(y: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """Return what a period adds to numerator and denominator of the spread.

    The moment estimator sum w ((y - m)^2 - m) / sum w m^2, with weights that are about the best
    for negative binomial counts (Cameron & Trivedi 2013, section 3.3).
    """
    weight = 1.0 / (1.0 + usual) ** 2
    return weight * ((y - usual) ** 2 - usual), weight * usual**2


def _first_cut(y: Floats, cell: Whole, whole: Floats, cells: int) -> Floats:
    """Return the most that a count may be at first: by the upper part of its hour of the day."""
    hours = max(cells // 7, 1)
    hour = cell % hours
    most = np.zeros(hours)
    rate = y / np.maximum(whole, 1e-9)
    for number in range(hours):
        own = rate[hour == number]
        most[number] = (
            2.0 * np.quantile(own, 0.8) + 3.0 / max(whole.mean(), 1e-9) if len(own) else 0
        )
    told: Floats = most[hour] * whole
    return told
