"""Finds the order numbers that come back in a file, within bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
_IN_MEMORY = 4_000_000


class Repeats:
    """The hashes that were met more than once, gathered on disk and sorted part by part.

    Examples
    --------
    >>> import numpy as np
    >>> with repeats() as found:
    ...     found.add(np.array([1, 2, 3], np.uint64))
    ...     found.add(np.array([3, 1], np.uint64))
    ...     found.hashes()
    array([1, 3], dtype=uint64)
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0

    def add(self, hashes: Hashes) -> None:
        """Add the hashes of some order numbers."""
        self._file.write(np.ascontiguousarray(hashes).data)
        self._count += len(hashes)

    def hashes(self) -> Hashes:
        """Return each hash that was added more than once, sorted."""
        parts = max(1, -(-self._count // _IN_MEMORY))
        found = [self._repeated(part, parts) for part in range(parts)]
        return np.sort(np.concatenate(found))

    def _repeated(self, part: int, parts: int) -> Hashes:
        chosen = [
            hashes[hashes % np.uint64(parts) == part] if parts > 1 else hashes
            for hashes in self._read()
        ]
        values = np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.uint64)
        return np.unique(values[1:][values[1:] == values[:-1]])

    def _read(self) -> Iterator[Hashes]:
        self._file.seek(0)
        while piece := self._file.read(8 << 20):
            yield np.frombuffer(piece, np.uint64)


@contextmanager
def repeats() -> Iterator[Repeats]:
    """Give a finder of repeats whose working file is gone afterwards."""
    with tempfile.TemporaryFile() as file:
        yield Repeats(file)
