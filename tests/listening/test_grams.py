"""Many words' letters at once give what one word at a time does."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.listening.features import spelling
from rapport.listening.grams import run_hashes
from rapport.listening.language import letters_of
from rapport.listening.model import shipped
from rapport.listening.normalise import folded

MODEL = shipped()
WORDS = st.lists(st.text(min_size=1, max_size=40), max_size=8)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), max_size=6))
def test_every_run_of_bytes_has_its_crc32(words: list[bytes]) -> None:
    sizes = range(1, 6)
    hashes, there, starts = run_hashes(words, sizes)
    for word, first in zip(words, starts.tolist(), strict=True):
        for begin in range(len(word)):
            for place, size in enumerate(sizes):
                inside = begin + size <= len(word)
                assert there[first + begin, place] == inside
                if inside:
                    run = word[begin : begin + size]
                    assert hashes[first + begin, place] == zlib.crc32(run)


@settings(deadline=None)
@given(WORDS)
def test_spelling_of_many_words_is_that_of_each(words: list[str]) -> None:
    vectors = MODEL.network.words
    low = [folded(word) or "x" for word in words]
    found = vectors(low) if low else np.zeros((0, 64), np.float32)
    for word, row in zip(low, found, strict=True):
        np.testing.assert_allclose(row, vectors([word])[0], atol=1e-5)
    spelt = vectors._spelt(low)
    for word, row in zip(low, spelt, strict=True):
        np.testing.assert_allclose(row, vectors.spellings[spelling(word)].mean(0), atol=1e-5)


@settings(deadline=None)
@given(WORDS)
def test_letters_of_many_words_are_those_of_each(words: list[str]) -> None:
    head = MODEL.language
    found = head.rows(words)
    for word, row in zip(words, found, strict=True):
        if buckets := letters_of(word):
            wanted = head._weights[buckets].sum(0) / len(buckets) ** 0.5
            np.testing.assert_allclose(row, wanted, atol=1e-3, rtol=1e-4)
        else:
            assert not row.any()
