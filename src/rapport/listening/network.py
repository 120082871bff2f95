"""The small model's arithmetic: three words at a time, pooled, then heads. NumPy and SciPy.

Kim (2014), "Convolutional neural networks for sentence classification", section 2, over word
vectors; since a window's sum is a sum over words, each word's share is computed once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from rapport.listening.features import Floats, WordVectors, summed
from rapport.listening.normalise import cut, token

MOST_TOKENS = 400  # a longer message is judged by its first words
_BATCH_TOKENS = 3_000  # what stays in a core's cache
_BLOCK_TOKENS = 30_000  # whose new words are made at once
_MOST_WORDS = 100_000  # kept, 1.8 kB each; then forgotten and begun again
_EMPTY = ["‹url›"]
Numbers = NDArray[np.int64]


class Kept:
    """Rows of numbers that grow at the end."""

    def __init__(self, width: int) -> None:
        self.rows: Floats = np.zeros((1 << 14, width), dtype=np.float32)
        # the first row is the word that is not there, before the first and after the last
        self.end = 1

    def more(self, many: int) -> Floats:
        """Return that many new rows at the end, to be filled."""
        first, end = self.end, self.end + many
        if end > len(self.rows):
            grown = np.empty((max(end, 2 * len(self.rows)), self.rows.shape[1]), dtype=np.float32)
            grown[:first] = self.rows[:first]
            self.rows = grown
        self.end = end
        return self.rows[first:end]


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
    letters
        What each word adds to other sums, such as those that tell the language; a row a word.
    """

    def __init__(
        self,
        words: WordVectors,
        windows: Floats,
        bias: Floats,
        hidden: tuple[Floats, Floats],
        letters: Callable[[Sequence[str]], Floats] | None = None,
    ) -> None:
        self.words = words
        self.size: int = windows.shape[1]
        self.channels: int = windows.shape[2]
        self._windows = windows
        self._bias = bias
        self._hidden = hidden
        self._letters = letters
        self._forget()

    @property
    def width(self) -> int:
        """How many numbers describe a message."""
        hidden: int = self._hidden[0].shape[1]
        return 2 * self.channels + self.size + hidden

    def _forget(self) -> None:
        more = 0 if self._letters is None else self._letters(["a"]).shape[1]
        self._numbers: dict[str, int] = {}
        self._before, self._self, self._after = (Kept(self.channels) for _ in range(3))
        self._sums = Kept(self.size + more)

    def describe(self, texts: Sequence[object]) -> Floats:
        """Return one row of `width` numbers for each text: what the heads see."""
        return self.read(texts)[0]

    def read(self, texts: Sequence[object]) -> tuple[Floats, Floats]:
        """Return what `describe` does, and the sums of `letters`."""
        found = np.empty((len(texts), self.width), dtype=np.float32)
        more = self._sums.rows.shape[1] - self.size
        letters = np.zeros((len(texts), more), dtype=np.float32)
        first = 0
        for parts in _blocks(texts):
            lengths = np.fromiter(map(len, parts), np.int64, len(parts))
            numbers = self._number(list(chain.from_iterable(parts)))
            ends = np.cumsum(lengths)
            turns = np.flatnonzero(np.diff(ends // _BATCH_TOKENS)) + 1
            for here, there in pairwise((0, *turns.tolist(), len(parts))):
                words = slice(ends[here] - lengths[here], ends[there - 1])
                rows = slice(first + here, first + there)
                found[rows], letters[rows] = self._pooled(numbers[words], lengths[here:there])
            first += len(parts)
        return found, letters

    def _number(self, flat: list[str]) -> Numbers:
        """Return the row of each word, made where it is new."""
        if self._sums.end > _MOST_WORDS or len(self._numbers) > 5 * _MOST_WORDS:
            self._forget()
        if new := [part for part in dict.fromkeys(flat) if part not in self._numbers]:
            self._learn(new)
        return np.fromiter(map(self._numbers.__getitem__, flat), np.int64, len(flat))

    def _learn(self, parts: list[str]) -> None:
        """Make the rows of new parts; every link, name and number has the same one."""
        written = [token(part) for part in parts]
        new = [word for word in dict.fromkeys(written) if word not in self._numbers]
        if new:
            vectors = self.words(new)
            first = self._sums.end
            for kept, window in zip(
                (self._before, self._self, self._after), self._windows, strict=True
            ):
                np.matmul(vectors, window, out=kept.more(len(new)))
            sums = self._sums.more(len(new))
            sums[:, : self.size] = vectors
            if self._letters is not None:
                sums[:, self.size :] = self._letters(new)
            self._numbers.update(zip(new, range(first, first + len(new)), strict=True))
        for part, word in zip(parts, written, strict=True):
            self._numbers[part] = self._numbers[word]

    def _pooled(self, numbers: Numbers, lengths: Numbers) -> tuple[Floats, Floats]:
        starts = np.cumsum(lengths) - lengths
        h = self._self.rows.take(numbers, axis=0)
        beside = np.empty_like(numbers)
        beside[1:] = numbers[:-1]
        beside[starts] = 0
        h += self._before.rows.take(beside, axis=0)
        beside[:-1] = numbers[1:]
        beside[starts + lengths - 1] = 0
        h += self._after.rows.take(beside, axis=0)
        h += self._bias
        np.maximum(h, 0, out=h)
        root = np.sqrt(lengths, dtype=np.float32)[:, None]
        sums = summed(self._sums.rows[: self._sums.end], numbers, starts)
        pooled = np.concatenate(
            [
                _highest(h, starts, lengths),
                summed(h, np.arange(len(h)), starts) / root,
                sums[:, : self.size] / root,
            ],
            axis=1,
        )
        weights, bias = self._hidden
        described = np.concatenate([pooled, np.maximum(pooled @ weights + bias, 0)], axis=1)
        return described, sums[:, self.size :]


def _blocks(texts: Sequence[object]) -> Iterator[list[list[str]]]:
    """Give the words of some texts at a time."""
    many = 0
    parts: list[list[str]] = []
    for text in texts:
        each = cut(text)[:MOST_TOKENS] or _EMPTY
        parts.append(each)
        many += len(each)
        if many >= _BLOCK_TOKENS:
            yield parts
            many, parts = 0, []
    if parts:
        yield parts


def _highest(h: Floats, starts: Numbers, lengths: Numbers) -> Floats:
    """Return the highest of each message's rows, place by place; NumPy's own is slower."""
    order = np.argsort(-lengths, kind="stable")
    first, size = starts[order], lengths[order]
    top = h[first]
    longer = len(order) - np.searchsorted(size[::-1], np.arange(1, size[0]), side="right")
    for place, many in enumerate(longer.tolist(), start=1):
        np.maximum(top[:many], h[first[:many] + place], out=top[:many])
    highest = np.empty_like(top)
    highest[order] = top
    return highest
