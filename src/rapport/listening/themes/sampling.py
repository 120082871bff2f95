"""A sample of texts that is the same in whatever order they come, kept while they stream by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from heapq import nsmallest

from rapport.listening.themes.finding import SAMPLE

Marked = tuple[bytes, str]


class Sampler:
    """The texts of one language with the smallest hashes; half of the places are for late ones.

    Parameters
    ----------
    size
        Texts that are kept.

    Examples
    --------
    >>> one, other = Sampler(3), Sampler(3)
    >>> one.add(["a", "b", "c", "d", "e"])
    >>> other.add(["e", "d"])
    >>> other.add(["c", "b", "a"])
    >>> one.texts() == other.texts(), len(one.texts()), one.seen
    (True, 3, 5)
    """

    def __init__(self, size: int = SAMPLE) -> None:
        self.seen = 0
        self._size = size
        self._every: list[Marked] = []
        self._late: list[Marked] = []

    def add(self, texts: Sequence[str], late: Iterable[bool] = ()) -> None:
        """Take in texts; `late` says which were written of late."""
        marked = [(_mark(text), text) for text in texts]
        self.seen += len(marked)
        self._every += marked
        self._late += [each for each, is_late in zip(marked, late, strict=False) if is_late]
        if len(self._every) > 3 * self._size:
            self._prune()

    def _prune(self) -> None:
        self._every = nsmallest(self._size, self._every)
        self._late = nsmallest(self._size // 2, self._late)

    def texts(self) -> list[str]:
        """Return the sample, in the order of the hashes."""
        self._prune()
        chosen = dict.fromkeys(self._late)
        for each in self._every:
            if len(chosen) >= self._size:
                break
            chosen[each] = None
        return [text for _, text in sorted(chosen)]


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
