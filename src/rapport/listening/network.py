"""The small model's arithmetic: three words at a time, pooled, then heads. NumPy alone.

Kim (2014), "Convolutional neural networks for sentence classification", section 2, over word
vectors; since a window's sum is a sum over words, each word's share is computed once and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rapport.listening.features import Floats, WordVectors
from rapport.listening.normalise import cut, token

MOST_TOKENS = 400  # a longer message is judged by its first words
_BATCH_TOKENS = 12_000
_MOST_WORDS = 60_000  # kept in memory; then forgotten and begun again
_EMPTY = ["‹url›"]
Numbers = NDArray[np.int64]


class Network:
    """Word vectors, one convolution over three words, and a hidden layer.

    Parameters
    ----------
    words
        The words' vectors.
    windows
        What the word before, the word itself and the word after add: 3 by vector by channel.
    bias
        One number a channel.
    hidden
        Weights and bias of the hidden layer.
    """

    def __init__(
        self, words: WordVectors, windows: Floats, bias: Floats, hidden: tuple[Floats, Floats]
    ) -> None:
        self.words = words
        self.size = windows.shape[1]
        self.channels = windows.shape[2]
        self._bias = bias
        self._hidden = hidden
        self._turn = np.concatenate([*windows, np.eye(self.size, dtype=np.float32)], axis=1)
        self._forget()

    @property
    def width(self) -> int:
        """How many numbers describe a message."""
        return 2 * self.channels + self.size + self._hidden[0].shape[1]

    def _forget(self) -> None:
        self._numbers: dict[str, int] = {}
        # the first row is the word that is not there, before the first and after the last
        self._rows = np.zeros((1024, self._turn.shape[1]), dtype=np.float32)
        self._kept = 1

    def describe(self, texts: Sequence[object]) -> Floats:
        """Return one row of `width` numbers for each text: what the heads see."""
        found = np.empty((len(texts), self.width), dtype=np.float32)
        for first, parts in self._batches(texts):
            found[first : first + len(parts)] = self._pooled(parts)
        return found

    def describe_parts(self, parts: Sequence[Sequence[str]]) -> Floats:
        """Return the same for messages that are cut already."""
        return self._pooled([list(each) or _EMPTY for each in parts])

    def _batches(self, texts: Sequence[object]) -> Iterator[tuple[int, list[list[str]]]]:
        first, many = 0, 0
        parts: list[list[str]] = []
        for text in texts:
            each = cut(text)[:MOST_TOKENS] or _EMPTY
            parts.append(each)
            many += len(each)
            if many >= _BATCH_TOKENS:
                yield first, parts
                first, many, parts = first + len(parts), 0, []
        if parts:
            yield first, parts

    def _number(self, flat: list[str]) -> Numbers:
        """Return the row of each word, made where it is new."""
        if self._kept > _MOST_WORDS:
            self._forget()
        get = self._numbers.get
        numbers = [get(part, 0) for part in flat]
        if not all(numbers):
            new = list(dict.fromkeys(p for p, n in zip(flat, numbers, strict=True) if not n))
            self._learn(new)
            numbers = [self._numbers[part] for part in flat]
        return np.array(numbers, dtype=np.int64)

    def _learn(self, parts: list[str]) -> None:
        rows = self.words([token(part) for part in parts]) @ self._turn
        end = self._kept + len(parts)
        if end > len(self._rows):
            grown = np.zeros((max(end, 2 * len(self._rows)), rows.shape[1]), dtype=np.float32)
            grown[: self._kept] = self._rows[: self._kept]
            self._rows = grown
        self._rows[self._kept : end] = rows
        self._numbers.update(zip(parts, range(self._kept, end), strict=True))
        self._kept = end

    def _pooled(self, parts: list[list[str]]) -> Floats:
        lengths = np.fromiter(map(len, parts), np.int64, len(parts))
        numbers = self._number(list(chain.from_iterable(parts)))
        starts = np.cumsum(lengths) - lengths
        wide = self.channels
        h = self._rows[numbers, wide : 2 * wide]
        before = np.empty_like(numbers)
        before[1:] = numbers[:-1]
        before[starts] = 0
        h += self._rows[before, :wide]
        before[:-1] = numbers[1:]
        before[starts + lengths - 1] = 0
        h += self._rows[before, 2 * wide : 3 * wide]
        h += self._bias
        np.maximum(h, 0, out=h)
        root = np.sqrt(lengths, dtype=np.float32)[:, None]
        pooled = np.concatenate(
            [
                np.maximum.reduceat(h, starts, axis=0),
                np.add.reduceat(h, starts, axis=0) / root,
                np.add.reduceat(self._rows[numbers, 3 * wide :], starts, axis=0) / root,
            ],
            axis=1,
        )
        weights, bias = self._hidden
        return np.concatenate([pooled, np.maximum(pooled @ weights + bias, 0)], axis=1)
