"""Words as numbers: each word's vector from its own entry and from the parts of its spelling."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from rapport.listening.grams import flat, run_hashes
from rapport.listening.normalise import folded, is_long, is_loud

BUCKETS = 1 << 15
_SHORTEST, _LONGEST = 3, 5
Floats = NDArray[np.float32]


def word_hash(word: str) -> int:
    """Return the 32-bit hash under which a folded word is kept.

    Examples
    --------
    >>> word_hash("merci")
    2259885686
    """
    return zlib.crc32(word.encode("utf-8", "replace"))


def spelling(word: str) -> list[int]:
    """Return the buckets of a folded word's spelling: itself and its runs of 3 to 5 letters.

    The start and the end of the word count as letters, so that "un-" at the start is known.

    Examples
    --------
    >>> len(spelling("nul")), spelling("nul") == spelling("nul")
    (7, True)
    """
    found = [zlib.crc32(b"=" + word.encode("utf-8", "replace")) % BUCKETS]
    if not word[:1].isalpha():
        return found
    letters = f"<{word}>".encode("utf-8", "replace")
    n = len(letters)
    found += [
        zlib.crc32(letters[start : start + size]) % BUCKETS
        for size in range(_SHORTEST, min(_LONGEST, n) + 1)
        for start in range(n - size + 1)
    ]
    return found


def summed(rows: Floats, numbers: NDArray[np.int64], starts: NDArray[np.int64]) -> Floats:
    """Return, for each group of numbers, the sum of the rows that they name.

    Examples
    --------
    >>> rows = np.array([[1.0], [10.0], [100.0]], dtype=np.float32)
    >>> summed(rows, np.array([0, 2, 1, 1]), np.array([0, 2])).tolist()
    [[101.0], [20.0]]
    """
    ends = np.append(starts, len(numbers))
    ones = np.ones(len(numbers), dtype=np.float32)
    sums: Floats = csr_matrix((ones, numbers, ends), shape=(len(starts), len(rows))) @ rows
    return sums


@dataclass(frozen=True, slots=True)
class WordVectors:
    """The words' part of the model.

    Parameters
    ----------
    hashes
        Hashes of known words, ascending.
    known
        One row a known word.
    spellings
        One row a bucket.
    manner
        What a drawn-out and a loud word add.
    """

    hashes: NDArray[np.uint32]
    known: Floats
    spellings: Floats
    manner: Floats

    def __call__(self, words: Sequence[str]) -> Floats:
        """Return one vector for each word, as it was written."""
        low = [folded(word) for word in words]
        marks = np.array([word_hash(word) for word in low], dtype=np.uint32)
        places = np.minimum(np.searchsorted(self.hashes, marks), len(self.hashes) - 1)
        there = self.hashes[places] == marks
        vectors: Floats = self.known.take(places, axis=0)
        vectors[~there] = 0
        vectors += self._spelt(low)
        manner = np.array(
            [(len(w) > 2 and is_long(w), is_loud(w)) for w in words], dtype=np.float32
        )
        vectors += manner @ self.manner
        return vectors

    def _spelt(self, low: Sequence[str]) -> Floats:
        """Return the mean of the rows that `spelling` names, for many words at once."""
        written = [word.encode("utf-8", "replace") for word in low]
        hashed = (zlib.crc32(b"=" + word) % BUCKETS for word in written)
        whole = np.fromiter(hashed, np.int64, len(written))
        marked = [
            b"<%b>" % each if word[:1].isalpha() else b""
            for word, each in zip(low, written, strict=True)
        ]
        runs = run_hashes(marked, range(_SHORTEST, _LONGEST + 1))
        numbers, starts, sizes = flat(*runs, BUCKETS)
        sums = summed(self.spellings, numbers, starts) + self.spellings[whole]
        sums /= (sizes + 1)[:, None].astype(np.float32)
        return sums
