"""Which language a message is in, among those a brand expects; "und" when it cannot be told."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rapport.listening.features import Floats, summed
from rapport.listening.grams import flat, run_hashes
from rapport.listening.normalise import cut, token

BUCKETS = 1 << 14
UNDETERMINED = "und"
_SIZES = range(1, 5)
_LONGEST = 24  # signs


def letters_of(word: str) -> list[int]:
    """Return the buckets of a word's runs of one to four letters, its ends marked.

    Examples
    --------
    >>> len(letters_of("de")), letters_of("7")
    (9, [])
    """
    if not (whole := _marked(word)):
        return []
    found = [zlib.crc32(b"=" + whole.encode("utf-8", "replace")) % BUCKETS]
    for size in _SIZES:
        for start in range(size == 1, len(whole) - size + (size > 1)):
            piece = whole[start : start + size]
            found.append(zlib.crc32(piece.encode("utf-8", "replace")) % BUCKETS)
    return found


def _marked(word: str) -> str:
    """Return a word in lower case between marks of its ends; nothing for what is no word."""
    return f"<{word.lower()}>".replace("’", "'")[:_LONGEST] if word[:1].isalpha() else ""


class LanguageHead:
    """A linear model of letters: what the words of a message add up to.

    Parameters
    ----------
    languages
        Codes, as `weights` has columns; "und" stands for any other language.
    weights
        One row a bucket.
    bias
        One number a language.
    """

    def __init__(self, languages: Sequence[str], weights: Floats, bias: Floats) -> None:
        self.languages = tuple(languages)
        self._weights = weights
        self._bias = bias

    def rows(self, words: Sequence[str]) -> Floats:
        """Return what each word (see `normalise.token`) adds to the sums, a column a language."""
        marked = [_marked(word).encode("utf-8", "replace") for word in words]
        hashed = (zlib.crc32(b"=" + word) % BUCKETS for word in marked)
        whole = np.fromiter(hashed, np.int64, len(marked))
        hashes, there, begins = run_hashes(marked, _SIZES, whole_signs=True)
        ends = np.append(begins[1:], len(there)) - 1
        spoken = np.flatnonzero(ends >= begins)
        there[begins[spoken], 0] = there[ends[spoken], 0] = False  # the marks of the ends alone
        numbers, starts, sizes = flat(hashes, there, begins, BUCKETS)
        found = summed(self._weights, numbers, starts)
        found[spoken] += self._weights[whole[spoken]]
        found[spoken] /= np.sqrt(sizes[spoken] + 1, dtype=np.float32)[:, None]
        return found

    def sums(self, texts: Sequence[object]) -> Floats:
        """Return the sums of the words of each text."""
        found = np.zeros((len(texts), len(self.languages)), dtype=np.float32)
        for number, text in enumerate(texts):
            if parts := cut(text):
                found[number] = self.rows([token(part) for part in parts]).sum(axis=0)
        return found

    def __call__(
        self,
        sums: Floats,
        prior: Mapping[str, float] | None = None,
        least: float = 0.5,
    ) -> tuple[list[str], Floats]:
        """Return the code of each text and how probable it is.

        Parameters
        ----------
        sums
            What `sums` gives, or what a network that keeps `rows` has added up.
        prior
            How frequent each expected language is; the others are left out. Without it all count
            alike.
        least
            Below this probability the code is "und".
        """
        silent = np.asarray(~sums.any(axis=1), dtype=bool)
        logits = sums + self._bias + np.log(self._prior(prior))
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        best = chances.argmax(axis=1)
        top = chances[np.arange(len(best)), best]
        codes = [
            UNDETERMINED if chance < least or nothing else self.languages[place]
            for place, chance, nothing in zip(best, top, silent, strict=True)
        ]
        return codes, np.where(silent, np.float32(0), top)

    def _prior(self, prior: Mapping[str, float] | None) -> NDArray[np.float32]:
        share = np.ones(len(self.languages), dtype=np.float32)
        if prior:
            share = np.array([max(prior.get(x, 0.0), 1e-9) for x in self.languages], np.float32)
            if UNDETERMINED in self.languages and UNDETERMINED not in prior:
                share[self.languages.index(UNDETERMINED)] = 0.05 * sum(prior.values())
        part: NDArray[np.float32] = share / share.sum()
        return part
