"""Several processes read at once: what a text says does not hang on who reads it.

Python runs one thing at a time in a process, so a second core helps only a second process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault
from rapport.listening.backends import Reader
from rapport.listening.copies import Sketch, sketches
from rapport.listening.heads import OUTPUTS
from rapport.processes import cores, processes

GB_EACH = 0.5
"""What a process may come to hold: Python, the model, and 100,000 words it met."""

MOST = 8
ENOUGH = 20_000  # texts: fewer are read before another process has begun
_AT_ONCE = 1_000  # texts
_AHEAD = 2  # batches that wait for each process

Open = Callable[[], Reader]


class Found(NamedTuple):
    """What texts say, a row a text.

    Parameters
    ----------
    scores
        A column for each of `OUTPUTS`.
    languages
        ISO 639-1, or "und".
    sketches
        As `copies.sketches` gives them.
    """

    scores: NDArray[np.float32]
    languages: NDArray[np.bytes_]
    sketches: Sketch


def read(reader: Reader, texts: Sequence[str]) -> Found:
    """Return what texts say, a thousand of them at a time."""
    scores = np.zeros((len(texts), len(OUTPUTS)), dtype=np.float32)
    languages = np.full(len(texts), b"und", dtype="S3")
    for start in range(0, len(texts), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        said = reader.read(texts[here], None)
        scores[here] = np.stack([said[name] for name in OUTPUTS], axis=1)
        languages[here] = np.array(said["language"], dtype="S3")
    return Found(scores, languages, sketches(texts))


def read_by_many(opened: Open, many: int, batches: Iterable[Sequence[str]]) -> Iterator[Found]:
    """Give what each batch of texts says, in their order; `many` processes read.

    Parameters
    ----------
    opened
        Opens the reader in each process; it can be pickled, and equal ones open equal readers.

    Raises
    ------
    Problem
        If a process is ended from outside.
    """
    fault = Fault(
        "A process that read messages was ended, most likely because memory ran out.",
        hint="Close other programs, or lower 'memory' in rapport.toml: then fewer read.",
    )
    waiting: deque[Future[Found]] = deque()
    summary = "The step was not computed; the results are as before."
    with processes(many, summary, fault) as pool:
        for texts in batches:
            waiting.append(pool.submit(_read_there, opened, texts))
            if len(waiting) > _AHEAD * many:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def how_many(texts: int, memory_gb: float) -> int:
    """Return how many processes should read so many texts.

    Examples
    --------
    >>> how_many(1_000, 4.0), how_many(1_000_000, 0.5)
    (1, 1)
    """
    if texts < ENOUGH:
        return 1
    return max(1, min(MOST, cores(), int(memory_gb / GB_EACH)))


def _read_there(opened: Open, texts: Sequence[str]) -> Found:
    return read(_reader(opened), texts)


@lru_cache(maxsize=1)
def _reader(opened: Open) -> Reader:
    return opened()
