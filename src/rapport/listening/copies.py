"""Copies of one text: the same words sent by many hands, word for word or nearly.

Broder (1997), "On the resemblance and containment of documents": the share of equal minima of two
texts' hashed word triples estimates how much of them is shared.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rapport.listening.normalise import cut, folded

FEWEST_WORDS = 8  # shorter texts are alike without being copies
MINIMA = 16
SKETCHED = 1  # raised when the same text has another sketch than before
BANDS = 8  # of two minima each: texts alike in 0.8 share a band with probability 0.9997
ALIKE = 0.8
_MOST_WORDS = 200
_FLUSH = 100_000  # words at a time
_MOST_MARKS = 200_000  # kept, then forgotten and begun again
_NONE = np.uint64((1 << 64) - 1)
_TURN = np.uint64(0x9E3779B97F4A7C15)
_RANDOM = np.random.Generator(np.random.PCG64(20_26))
_TIMES = _RANDOM.integers(0, 1 << 63, MINIMA, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_PLUS = _RANDOM.integers(0, 1 << 63, MINIMA, dtype=np.uint64)

Sketch = NDArray[np.uint64]


def sketches(texts: Sequence[object]) -> Sketch:
    """Return the minima of each text, a row a text; zeros where it is too short to be a copy.

    Links, names, numbers and signs do not count, nor do accents and capitals.
    """
    found = np.zeros((len(texts), MINIMA), dtype=np.uint64)
    marked = _Marks()
    rows: list[int] = []
    marks: list[int] = []
    lengths: list[int] = []
    for row, text in enumerate(texts):
        parts = map(marked.__getitem__, cut(text)[: 2 * _MOST_WORDS])
        words = [mark for mark in parts if mark is not None][:_MOST_WORDS]
        if len(words) >= FEWEST_WORDS:
            rows.append(row)
            lengths.append(len(words))
            marks += words
        if len(marks) > _FLUSH:
            found[rows] = _minima(np.array(marks, dtype=np.uint64), np.array(lengths))
            rows, marks, lengths = [], [], []
            if len(marked) > _MOST_MARKS:
                marked.clear()
    if marks:
        found[rows] = _minima(np.array(marks, dtype=np.uint64), np.array(lengths))
    return found


class _Marks(dict[str, int | None]):
    """What each part of a text counts as, worked out once; None for what does not count."""

    def __missing__(self, part: str) -> int | None:
        mark = zlib.crc32(folded(part).encode("utf-8", "replace")) if _counts(part) else None
        self[part] = mark
        return mark


def _minima(marks: Sketch, lengths: NDArray[np.int64]) -> Sketch:
    """Return the minima over each text's word triples; a triple lies within one text."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    triples = np.full(len(marks), _NONE)
    whole = (marks[:-2] * _TURN + marks[1:-1]) * _TURN + marks[2:]
    within = np.ones(len(marks), dtype=bool)
    within[ends - 1] = within[ends - 2] = False
    triples[:-2] = whole
    spread = np.where(within[:, None], triples[:, None] * _TIMES + _PLUS, _NONE)
    return np.minimum.reduceat(spread, starts, axis=0)


def _counts(part: str) -> bool:
    return part[0].isalpha() and not part.startswith(("http", "www."))


def groups(minima: Sketch) -> NDArray[np.int64]:
    """Return for each text the number of the first text it is a copy of; its own when of none.

    Two texts are copies when at least `ALIKE` of their minima are equal; copies of copies belong
    together. Each text is compared with few others: the time grows as n log n.

    Examples
    --------
    >>> text = "Notre site est en panne depuis ce matin, toutes nos excuses aux clients touchés"
    >>> groups(sketches([text, "Merci", text + " https://x.org/1", "Merci"])).tolist()
    [0, 1, 0, 3]
    """
    order = np.lexsort(minima.T)  # so that the answer does not hang on the order of the texts
    found = _grouped(minima[order])
    first = np.full(len(minima), len(minima), dtype=np.int64)
    np.minimum.at(first, found, order)
    numbers = np.empty(len(minima), dtype=np.int64)
    numbers[order] = first[found]
    return numbers


def _grouped(minima: Sketch) -> NDArray[np.int64]:
    parent = np.arange(len(minima), dtype=np.int64)
    there = np.flatnonzero(minima.any(axis=1))
    each = MINIMA // BANDS
    for band in range(BANDS):
        part = minima[there, band * each : (band + 1) * each]
        key = part[:, 0] * _TURN + part[:, 1]
        order = np.argsort(key, kind="stable")
        rows, keys = there[order], key[order]
        same = keys[1:] == keys[:-1]
        # the first of a run of equal bands, and the one just before: two chances to be compared
        first = np.maximum.accumulate(np.where(np.append(True, ~same), np.arange(len(rows)), 0))
        for other in (rows[:-1][same], rows[first[1:]][same]):
            mine = rows[1:][same]
            alike = (minima[mine] == minima[other]).mean(axis=1) >= ALIKE
            _join(parent, mine[alike], other[alike])
    return _roots(parent, np.arange(len(parent)))


def _join(parent: NDArray[np.int64], ones: NDArray[np.int64], others: NDArray[np.int64]) -> None:
    for one, other in zip(ones.tolist(), others.tolist(), strict=True):
        a, b = _root(parent, one), _root(parent, other)
        if a != b:
            parent[max(a, b)] = min(a, b)


def _root(parent: NDArray[np.int64], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def _roots(parent: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    roots = parent[places]
    while True:
        further = parent[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further
