"""Who is compared with whom: a trial that was never run, read from the record.

For each month in which somebody connected, those who did are set beside those who had not yet
(target trial emulation, Hernán & Robins 2016). Some of these connect later; they stay among the
others all the same, since who buys much in the months that follow connects more often, and leaving
them out would choose the others by what is measured. How much of the others' months they make up
is kept, and taken off. People follow
right after a purchase, so the two are compared within the same time since the last purchase: in
the very month, one or two months before. Whoever bought so lately is still a customer, which is
what makes what follows comparable. The months since that purchase count neither as before nor as
after: a rise that made people connect is no effect of it (Ashenfelter 1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.impact.connected.histories import NEVER, Beginnings, Histories, Whole

BEFORE, AFTER, LEAST_AFTER = 12, 6, 3
"""Months before and after that are looked at, and how many after there must be."""
LATELY = 3
"""Months, the one of connecting counted in, within which people must have bought."""
_SPANS = (2, 4, 7, 11)
_MOST_ROWS = 400_000


@dataclass(frozen=True, slots=True)
class Trial:
    """Rows of people in the month they connected, or might have; shape (rows,) each.

    Parameters
    ----------
    person
        Number of the person; the same person stands among the others in several months.
    month
        The month.
    silent
        Months since the last purchase: 0, 1 or 2.
    start, stop
        The months before: from `start` up to, not with, `stop`.
    end
        The months after: from the one after `month` up to, not with, `end`.
    connected
        Who connected in that month.
    later
        For the others, the month in which they connected themselves.
    """

    person: Whole
    month: Whole
    silent: Whole
    start: Whole
    stop: Whole
    end: Whole
    connected: NDArray[np.bool_]
    later: Whole

    def kept(self, chosen: NDArray[np.bool_]) -> Trial:
        """Return only some of the rows."""
        return Trial(*(getattr(self, name)[chosen] for name in self.__slots__))

    @property
    def after(self) -> Whole:
        """How many months after there are."""
        return self.end - self.month - 1

    @property
    def people(self) -> int:
        """How many people connected."""
        return int(self.connected.sum())

    def joined(self) -> NDArray[np.float64]:
        """Return for the others the share of the months after in which they were connected."""
        months = np.clip(self.end - 1 - np.maximum(self.later, self.month), 0, None)
        share = months / np.maximum(self.after, 1)
        return np.where(self.connected, 0.0, np.minimum(share, 1.0))

    def strata(self) -> Whole:
        """Return month, silence and length of the months before; shape (rows, 3)."""
        return np.stack(
            [self.month, self.silent, np.digitize(self.stop - self.start, _SPANS)], axis=1
        )


def trial(
    told: Histories,
    began: Beginnings,
    *,
    barred: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> Trial:
    """Return the trial of one definition of connected.

    The months before begin after the first order on record, since who is not yet known cannot buy.
    With very many rows the others are a sample, drawn by person.

    Parameters
    ----------
    barred
        Months of people in which something else came with connecting, such as a complaint by
        which somebody got in touch: they are left out. Shape (people, months).
    """
    person = np.arange(told.people)
    share = _share(told, began)
    drawn = np.random.default_rng(seed).random(told.people) < share
    parts = []
    for month in range(2, told.months - LEAST_AFTER):
        silent = _silent(told, month)
        end = min(told.months, month + 1 + AFTER)
        joined = (began.since == month) & (began.anywhere == month)
        if barred is not None:
            joined &= ~barred[:, month]
        others = (began.anywhere > month) & drawn
        start = np.maximum(told.first + 1, month - BEFORE)
        stop = month - silent
        fits = (silent < LATELY) & (stop > start) & (joined | others)
        rows = person[fits]
        size = len(rows)
        parts.append(
            Trial(
                rows, np.full(size, month), silent[fits], start[fits], stop[fits],
                np.full(size, end), joined[fits], began.anywhere[fits],
            )
        )  # fmt: skip
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Trial(
            nothing, nothing, nothing, nothing, nothing, nothing, np.zeros(0, np.bool_), nothing
        )
    return _together(parts)


def _together(parts: list[Trial]) -> Trial:
    joined = [np.concatenate([getattr(part, name) for part in parts]) for name in Trial.__slots__]
    return Trial(*joined)


def _silent(told: Histories, month: int) -> Whole:
    """Return the months since each person's last purchase, `LATELY` for longer."""
    silent = np.full(told.people, LATELY, np.int64)
    for back in reversed(range(min(LATELY, month + 1))):
        silent[told.bought[:, month - back]] = back
    return silent


def _share(told: Histories, began: Beginnings) -> float:
    """Return which share of those who never connect is enough."""
    others = int((began.anywhere == NEVER).sum())
    expected = others * told.months * float(told.bought.mean() if told.bought.size else 0.0)
    return min(1.0, _MOST_ROWS / max(LATELY * expected, 1.0))
