"""Shares of messages, corrected for the model's errors by shipped counts or own labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.listening.heads import KINDS
from rapport.listening.trust.judged import Judged
from rapport.listening.trust.quantification import (
    BINS,
    DRAWS,
    DRIFT,
    Correction,
    Share,
    labelled_draws,
    told,
)

FEWEST = 50  # own labels from which on they speak for all messages
FEWEST_EACH = 5  # of them that are of a kind, and that are not
_SHIPPED = 40.0  # what all shipped counts of a side are worth beside own labels
PARTS = ("negative", "positive", *KINDS)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """Messages of one group: how many in each bin of a kind's score, and taken for the kind."""

    counts: Numbers
    said: int


class Corrector:
    """Corrects the shares of one kind, whatever the group.

    Parameters
    ----------
    name
        The kind.
    known
        Shipped counts of it; None where nothing is known of who reads.
    judged
        Own labels; None without any.
    """

    def __init__(self, name: str, known: Numbers | None, judged: Judged | None) -> None:
        self.name = name
        self._own = judged if judged is not None and _enough(judged, name) else None
        self._correction: Correction | None = None
        if self._own is not None:
            places = self._own.histogram(name)
            if known is not None:
                total = known.sum(axis=0)
                sizes = total.sum(axis=1, keepdims=True)
                small = total * np.minimum(1.0, _SHIPPED / np.maximum(sizes, 1.0))
                places = np.concatenate([places, small[None]])
            self._correction = Correction(places, drift=DRIFT / 2)
        elif known is not None:
            self._correction = Correction(known)

    @property
    def labelled(self) -> int:
        """How many own labels it rests on; 0 when on shipped counts alone."""
        return 0 if self._own is None else len(self._own)

    @property
    def can_tell(self) -> bool:
        """Whether anything is known of the model's errors."""
        return self._correction is not None

    def draws(self, cell: Cell, *, whole: bool) -> Numbers:
        """Return shares that the messages of a cell may truly have. Shape (DRAWS,).

        Parameters
        ----------
        cell
            The group.
        whole
            Whether it is all messages, which own labels were drawn from.
        """
        assert self._correction is not None  # noqa: S101 - asked only where it can tell
        if whole and self._own is not None:
            tried, hits = self._own.by_bin(self.name)
            prior = self._correction.rates(cell.counts)
            return labelled_draws(cell.counts, tried, hits, prior)[:DRAWS]
        return self._correction.draws(cell.counts)

    @property
    def correction(self) -> Correction | None:
        """What is known of the model's errors, from shipped counts, own labels or both."""
        return self._correction

    def share(self, cell: Cell, drawn: Numbers) -> Share:
        """Return the share of a cell from its draws."""
        messages = int(cell.counts.sum())
        return told(drawn, cell.said / messages, messages, self.labelled)


def neutral(negative: Numbers, positive: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return draws of the three sentiments that add up to 1 in each draw."""
    both = np.maximum(negative + positive, 1.0)
    less, more = negative / both, positive / both
    return less, np.maximum(1.0 - less - more, 0.0), more


def _enough(judged: Judged, name: str) -> bool:
    are = int(judged.truth[name].sum())
    return len(judged) >= FEWEST and min(are, len(judged) - are) >= FEWEST_EACH


def correctors(known: Mapping[str, Numbers], judged: Judged | None) -> dict[str, Corrector]:
    """Return a corrector for each of PARTS."""
    return {name: Corrector(name, known.get(name), judged) for name in PARTS}


__all__ = ["BINS", "PARTS", "Cell", "Corrector", "correctors", "neutral"]
