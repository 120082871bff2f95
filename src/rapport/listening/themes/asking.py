"""Questions that people ask again and again: alike in their words, told by the plainest of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from rapport.listening.normalise import clean, folded
from rapport.listening.themes.bridges import meanings
from rapport.listening.themes.space import turned, unit, weighed
from rapport.listening.themes.wording import Wording, wordings
from rapport.threads import one_thread

ALIKE = 0.45  # cosine, on average, from which questions are one
MOST = 40_000  # distinct questions of one language that are compared, the newest
_BLOCK = 1_500  # compared each with each
_LONGEST = 220
_TITLE_WORDS = 5  # fewer do not say what is asked

_SENTENCE = re.compile(r"[^.!?…\n]*\?")
_GREETING = re.compile(
    r"^(?:\W*(?:bonjour|bonsoir|salut|coucou|hello|hi|hey|good (?:morning|evening|afternoon)|@\w+)"
    r"(?:\s+(?:there|all|everyone|team|tous|toutes|l'équipe|l’équipe))?\b[\s,:;.!-]*)+",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[A-Z]{0,4}-?\d{5,}", re.IGNORECASE)  # of an order, a card, a telephone
_ASKS = {
    "?time": "quand when horaire horaires heure heures ouvert ouverte ouverts open opening delai",
    "?place": "ou where",
    "?price": "combien prix coute cost costs price much tarif tarifs",
    "?way": "comment how",
    "?who": "qui who",
    "?why": "pourquoi why",
}
_ASKED = {word: mark for mark, words in _ASKS.items() for word in words.split()}


def asked(text: object) -> str:
    """Return the question in a message: its sentences with a question mark, without greeting.

    Long numbers, of an order or a telephone, are left out.

    Examples
    --------
    >>> asked("Bonjour l'équipe, j'adore ! Le thé est-il bio ? Merci d'avance.")
    'Le thé est-il bio ?'
    >>> asked("I would like to know where to return a parcel")
    'I would like to know where to return a parcel'
    >>> asked("hello where is my order AL123456?")
    'Where is my order …?'
    """
    whole = " ".join(clean(text).split())
    marked = [part.strip() for part in _SENTENCE.findall(whole)]
    said = " ".join(dict.fromkeys(part for part in marked if len(part) > 2)) or whole
    bare = _NUMBER.sub("…", _GREETING.sub("", said).strip(" ,;:-") or said)
    bare = bare[:1].upper() + bare[1:]
    return bare if len(bare) <= _LONGEST else f"{bare[: _LONGEST - 1].rstrip()}…"


def alike(
    texts: Sequence[str], language: str, left_out: Collection[str] = ()
) -> tuple[list[int], dict[int, int]]:
    """Return which questions are one, and which of them tells it best.

    Questions are joined while they stay alike on average (Sokal & Michener 1958), so that one odd
    member neither keeps others out nor brings strangers in.

    Parameters
    ----------
    texts
        Distinct questions as `asked` gives them, the newest first.
    language
        Their language.
    left_out
        Words that say nothing, such as the brand's name.

    Returns
    -------
    tuple
        The group of each text (-1: too little is said, or nobody else says it), and for each group
        the place of the question that is most like the others.
    """
    groups = np.full(len(texts), -1, dtype=np.int64)
    told = [
        _with_asking(each, text, language)
        for each, text in zip(wordings(texts[:MOST], left_out), texts, strict=False)
    ]
    speaking = np.array([n for n, each in enumerate(told) if each.stems], dtype=np.int64)
    kept = [told[n] for n in speaking]
    space = weighed(kept, rarest=2, commonest=1.0)  # what nobody else says makes nothing alike
    if not space.numbers:
        return groups.tolist(), {}
    rows = space.counts(kept)
    centres: dict[int, int] = {}
    following = 0
    points = turned(space, kept).points(kept) if len(kept) > _BLOCK else None
    for block in _blocks(points, len(kept)):
        some = rows[block]
        known = np.asarray(some.multiply(some).sum(axis=1)).ravel() > 0
        places, some = block[known], some[known]
        if not len(places):
            continue
        dense = unit(np.asarray(some.todense(), dtype=np.float32))
        near = dense @ dense.T
        joined = _joined(near)
        for number in range(int(joined.max()) + 1):
            inside = np.flatnonzero(joined == number)
            members = speaking[places[inside]]
            groups[members] = following
            centres[following] = _plainest(near[np.ix_(inside, inside)], members, texts)
            following += 1
    return groups.tolist(), centres


def _with_asking(told: Wording, text: str, language: str) -> Wording:
    """Return a question's words with what it asks for: a time, a place, a price."""
    words = {folded(word) for word in re.findall(r"\w+", text)}
    marks = tuple(sorted({_ASKED[word] for word in words if word in _ASKED}))
    stems = told.stems
    if language == "fr":  # so that "appli" and "application" are one
        stems = tuple(_meant(each) for each in stems)
    return Wording(told.words, (*stems, *marks) if stems else (), told.phrases, told.written)


def _meant(stem: str) -> str:
    known = meanings().get(stem)
    return min(known) if known else stem


def _blocks(points: Any, many: int) -> list[np.ndarray]:
    """Return groups of rows of which each is small enough to be compared whole."""
    if points is None:
        return [np.arange(many)]
    from sklearn.cluster import MiniBatchKMeans

    parts = min(-(-len(points) // (_BLOCK // 2)), 200)
    means = MiniBatchKMeans(parts, n_init=1, random_state=0, batch_size=4096)
    with one_thread():
        held = means.fit_predict(points)
    blocks = []
    for part in range(parts):
        rows = np.flatnonzero(held == part)
        blocks += [rows[start : start + 2 * _BLOCK] for start in range(0, len(rows), 2 * _BLOCK)]
    return blocks


def _joined(near: np.ndarray) -> np.ndarray:
    if len(near) == 1:
        return np.zeros(1, dtype=np.int64)
    from sklearn.cluster import AgglomerativeClustering

    tree = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1 - ALIKE, metric="precomputed", linkage="average"
    )
    found: np.ndarray = tree.fit_predict(np.clip(1 - near, 0, 2).astype(np.float64))
    return found


def _plainest(near: np.ndarray, members: np.ndarray, texts: Sequence[str]) -> int:
    """Return the question most like the others, in words as most write them, and short."""
    middle = near.mean(axis=1)
    words = [[folded(word) for word in re.findall(r"\w+", texts[n])] for n in members]
    often = Counter(word for each in words for word in set(each))
    usual = [sum(often[w] for w in each) / max(len(each), 1) / len(words) for each in words]
    cost = np.array([_unlike_a_title(texts[n]) for n in members])
    return int(members[int((middle + 0.5 * np.array(usual) - cost).argmax())])


def _unlike_a_title(text: str) -> float:
    words, ends = len(text.split()), text.count("?")
    curt = 0.1 * max(0, _TITLE_WORDS - words)
    return curt + len(text) / (10 * _LONGEST) + 0.2 * text.isupper() + 0.1 * max(0, ends - 1)
