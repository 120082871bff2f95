"""Hashes of the runs of letters in many words at once: what zlib.crc32 gives run by run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Numbers = NDArray[np.int64]
_ALL = np.uint32(0xFFFFFFFF)


def _table() -> Hashes:
    """Return the 256 remainders of CRC-32 (ISO 3309, its polynomial read backwards)."""
    rows = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        rows = np.where(rows & 1, (rows >> 1) ^ np.uint32(0xEDB88320), rows >> 1)
    return rows.astype(np.uint32)


_TABLE = _table()


def run_hashes(
    words: Sequence[bytes], sizes: Sequence[int], *, whole_signs: bool = False
) -> tuple[Hashes, NDArray[np.bool_], Numbers]:
    """Return the CRC-32 of every run of some sizes in some words.

    Parameters
    ----------
    words
        Each as UTF-8.
    sizes
        How long the runs are: numbers that follow each other.
    whole_signs
        Count signs rather than bytes, so that an accented letter is not torn.

    Returns
    -------
    hashes
        A row for each place where a run may begin, word after word, and a column a size.
    there
        Whether a run of that size that begins there ends within its word.
    starts
        The first row of each word.

    Examples
    --------
    >>> import zlib
    >>> hashes, there, starts = run_hashes([b"abc", b"xy"], [1, 2])
    >>> there.sum(), starts.tolist()
    (np.int64(8), [0, 3])
    >>> int(hashes[0, 1]) == zlib.crc32(b"ab"), int(hashes[4, 0]) == zlib.crc32(b"y")
    (True, True)
    """
    joined = np.frombuffer(b"".join(words), dtype=np.uint8)
    ends = np.cumsum([len(word) for word in words], dtype=np.int64)
    begins = np.arange(len(joined), dtype=np.int64)
    if whole_signs and len(joined) and joined.max() > 127:
        begins = begins[(joined & 0xC0) != 0x80]
        ends = np.searchsorted(begins, ends)
    many = len(begins)
    widths = np.diff(begins, append=len(joined))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])[: len(words)]
    left = np.repeat(ends, ends - starts) - np.arange(many)
    # runs that pass the end of the last word are not there; what they read does not matter
    longest = max(sizes)
    joined = np.concatenate([joined, np.zeros(4 * longest, np.uint8)])
    widths = np.concatenate([widths, np.ones(longest, np.int64)])
    state = np.full(many, _ALL)
    at = begins
    hashes = np.empty((many, len(sizes)), dtype=np.uint32)
    widest = int(widths.max()) if many else 0
    for size in range(1, longest + 1):
        width = widths[size - 1 : size - 1 + many]
        for byte in range(widest):
            moved = _TABLE[(state ^ joined[at + byte]) & np.uint32(255)] ^ (state >> np.uint32(8))
            state = np.where(width > byte, moved, state) if byte else moved
        at = at + width
        if size >= sizes[0]:
            hashes[:, size - sizes[0]] = state ^ _ALL
    return hashes, left[:, None] >= np.asarray(sizes), starts


def flat(
    hashes: Hashes, there: NDArray[np.bool_], starts: Numbers, buckets: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Return the buckets of the runs that are there, the first of each word, and how many it has.

    Examples
    --------
    >>> flat(*run_hashes([b"abc", b"", b"xy"], [2]), 1 << 15)[1:]
    (array([0, 2, 2]), array([2, 0, 1]))
    """
    each = np.concatenate([np.zeros(1, np.int64), np.cumsum(there.sum(axis=1))])
    firsts = each[np.append(starts, len(there))]
    numbers = (hashes[there] & np.uint32(buckets - 1)).astype(np.int64)
    return numbers, firsts[:-1], np.diff(firsts)
