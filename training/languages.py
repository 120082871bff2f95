"""Trains the language head: tweets and reviews cut short, and function words of other languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import stopwordsiso
from scipy.sparse import csr_matrix
from sets import Rows
from sklearn.linear_model import LogisticRegression

from rapport.listening.language import BUCKETS, letters_of
from rapport.listening.normalise import cut, token

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl", "und")
_OTHERS = ("pl", "sv", "da", "no", "fi", "tr", "ro", "cs", "hu", "ca", "id", "hr", "eu", "af", "so")
_EACH = 5000


def trained(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (bucket by language) and bias."""
    chance = np.random.default_rng(seed)
    texts: list[list[str]] = []
    labels: list[int] = []
    for place, code in enumerate(LANGUAGES):
        pool = _pool(code, rows)
        for number in range(_EACH):
            words = pool[int(chance.integers(len(pool)))]
            size = int(chance.choice((1, 2, 3, 4, 6, 10, 20)))
            start = int(chance.integers(max(1, len(words) - size + 1)))
            if code in ("nl", "und") and number % 2:
                words = _stops(code, chance, size)
                start = 0
            texts.append(words[start : start + size])
            labels.append(place)
    model = LogisticRegression(C=3.0, max_iter=200)
    model.fit(_matrix(texts), np.array(labels))
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def _pool(code: str, rows: Rows) -> list[list[str]]:
    if code == "nl":
        lines = (Path(__file__).parent / "dutch.txt").read_text("utf-8").splitlines()
    elif code == "und":
        return [sorted(stopwordsiso.stopwords(other)) for other in _OTHERS]
    else:
        wanted = zip(rows.texts, rows.languages, rows.aside, rows.sources, strict=True)
        lines = [
            text
            for text, language, aside, source in wanted
            if language == code and not aside and source != "purchase_intent"
        ]
    cuts = ([token(part) for part in cut(line)] for line in lines)
    words = ([word for word in each if word[:1].isalpha()] for each in cuts)
    return [each for each in words if each]


def _stops(code: str, chance: np.random.Generator, size: int) -> list[str]:
    name = code if code != "und" else str(chance.choice(_OTHERS))
    return [str(word) for word in chance.choice(sorted(stopwordsiso.stopwords(name)), size)]


def _matrix(texts: list[list[str]]) -> csr_matrix:
    data, columns, ends = [], [], [0]
    known: dict[str, list[int]] = {}
    for words in texts:
        for word in words:
            buckets = known.setdefault(word, letters_of(word))
            columns += buckets
            data += [max(len(buckets), 1) ** -0.5] * len(buckets)
        ends.append(len(columns))
    return csr_matrix((data, columns, ends), shape=(len(texts), BUCKETS), dtype=np.float32)
