"""Messages of one language as points: alike where their words keep the same company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.listening.themes.wording import Wording

Points = NDArray[np.float32]
Embed = Callable[[Sequence[object]], Any]
"""Texts in, one row of numbers each out: better vectors than words give, where there are some."""

DIMENSIONS = 60
RAREST = 3
COMMONEST = 0.3
_FEWEST = 6  # words; with fewer there is nothing to tell apart
_EMBEDDED = 1.5  # how much more such vectors count than words
_TOLD = 0.2  # of a message's length that the main directions must hold
_BATCH = 4_096


@dataclass(frozen=True)
class Space:
    """Where messages lie: rare words count more, and the main directions are kept.

    Deerwester, Dumais, Furnas, Landauer & Harshman (1990), "Indexing by latent semantic analysis".

    Parameters
    ----------
    numbers
        The place of each known stem.
    weights
        What each stem counts: its inverse document frequency (Spärck Jones 1972).
    turn
        Stems by dimensions.
    """

    numbers: dict[str, int]
    weights: Points
    turn: Points

    def counts(self, wordings: Sequence[Wording]) -> Any:
        """Return a sparse matrix, messages by stems: 1 + ln(how often) times the stem's weight."""
        from scipy import sparse

        columns: list[int] = []
        ends = [0]
        values: list[float] = []
        for each in wordings:
            seen: dict[int, int] = {}
            for stem in each.stems:
                place = self.numbers.get(stem)
                if place is not None:
                    seen[place] = seen.get(place, 0) + 1
            columns += seen
            values += seen.values()
            ends.append(len(columns))
        flat = np.array(columns, dtype=np.int32)
        often = (
            1 + np.log(np.array(values, dtype=np.float32)) if values else np.zeros(0, np.float32)
        )
        data = often * self.weights[flat]
        shape = (len(wordings), len(self.numbers))
        return sparse.csr_matrix((data.astype(np.float32), flat, np.array(ends)), shape=shape)

    def points(
        self, wordings: Sequence[Wording], texts: Sequence[object] = (), embed: Embed | None = None
    ) -> Points:
        """Return one row of length 1 for each message; zeros where too little is known of it."""
        made = np.empty((len(wordings), self.turn.shape[1]), dtype=np.float32)
        for start in range(0, len(wordings), _BATCH):
            rows = self.counts(wordings[start : start + _BATCH])
            part = rows @ self.turn
            whole = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)))
            part[np.linalg.norm(part, axis=1) < _TOLD * whole[:, 0]] = 0
            made[start : start + _BATCH] = part
        made = unit(made)
        if embed is None or not len(wordings):
            return made
        more = unit(np.asarray(embed(texts), dtype=np.float32)) * np.float32(_EMBEDDED)
        return unit(np.concatenate([made, more], axis=1))


def fitted(wordings: Sequence[Wording]) -> Space | None:
    """Return the space of these messages; None when too few words are shared by any.

    The same messages in the same order give the same space.
    """
    flat = weighed(wordings)
    if len(flat.numbers) < _FEWEST:
        return None
    return turned(flat, wordings)


def turned(flat: Space, wordings: Sequence[Wording]) -> Space:
    """Return the space with the main directions of these messages."""
    return Space(flat.numbers, flat.weights, _directions(flat.counts(wordings)))


def weighed(
    wordings: Sequence[Wording], *, rarest: int = RAREST, commonest: float = COMMONEST
) -> Space:
    """Return which stems count, and how much; without directions yet.

    Parameters
    ----------
    rarest
        Messages that a word must stand in to count.
    commonest
        Share of messages; a word that stands in more says nothing of any.
    """
    found: dict[str, int] = {}
    for each in wordings:
        for stem in set(each.stems):
            found[stem] = found.get(stem, 0) + 1
    many = len(wordings)
    most = max(commonest * many, rarest)
    kept = sorted(stem for stem, n in found.items() if rarest <= n <= most)
    often = np.array([found[stem] for stem in kept], dtype=np.float32)
    weights = np.log((1 + many) / (1 + often)) + np.float32(1)
    numbers = {stem: place for place, stem in enumerate(kept)}
    return Space(numbers, weights.astype(np.float32), np.zeros((len(kept), 0), np.float32))


def _directions(counts: Any) -> Points:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    rows = normalize(counts)
    size = min(DIMENSIONS, rows.shape[1] - 1, max(2, rows.shape[0] // 4))
    svd = TruncatedSVD(size, random_state=0).fit(rows)
    turn: Points = np.ascontiguousarray(svd.components_.T, dtype=np.float32)
    return turn


def unit(rows: Points) -> Points:
    """Return rows scaled to length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Points = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-9)
    return scaled
