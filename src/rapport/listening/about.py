"""What an alarm is about: the words and phrases that set its messages apart from earlier ones."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_][\w'’\-]*[^\W_]", re.UNICODE)
_LONGEST = 2000  # characters of a message that are read
_PRIOR = 0.5
_SURE = 1.96
_FEWEST = 3
_COMMON = 0.05  # of earlier messages: a word that stands in more is no news


def words_of(text: str) -> set[str]:
    """Return the words and pairs of words of a message, each once.

    Examples
    --------
    >>> sorted(words_of("The tea recall!"))
    ['recall', 'tea', 'tea recall', 'the', 'the tea']
    """
    found = [word.casefold() for word in _WORD.findall(text[:_LONGEST])]
    pairs = (f"{a} {b}" for a, b in pairwise(found))
    return {*found, *pairs}


def distinctive(
    texts: Sequence[str],
    others: Sequence[str],
    most: int = 6,
    languages: Sequence[str | None] | None = None,
) -> list[str]:
    """Return the words and phrases that are said more in `texts` than in `others`.

    By the log odds of each with an informative prior, over its standard error (Monroe, Colaresi &
    Quinn 2008, Fightin' Words, eq. 22); messages are counted and not words, so that one long
    message does not decide. A word that stands in a phrase of the list is left out.

    Parameters
    ----------
    texts, others
        Messages of the alarm, and earlier ones.
    most
        How many are returned, the most telling first.
    languages
        Of each of `others`: what is common in any of them is no news.

    Examples
    --------
    >>> new = ["the recall of tea is a scandal", "recall of tea", "tea recall is late"]
    >>> distinctive(new * 5, ["the tea is late", "the tea is good", "of the day"] * 10)[0]
    'recall'
    """
    told, earlier = [words_of(text) for text in texts], [words_of(text) for text in others]
    here, there = _counted(told), _counted(earlier)
    common = _common(earlier, languages or [None] * len(earlier))
    n, m = sum(here.values()), sum(there.values())
    scores = {}
    for word, count in here.items():
        if count < _FEWEST or not common.isdisjoint(word.split()):
            continue
        prior = _PRIOR * (count + there[word]) / max(n + m, 1) * 1000 + 0.01
        a, b = count + prior, there[word] + prior
        odds = math.log(a / (n + 1000 * _PRIOR - a)) - math.log(b / (m + 1000 * _PRIOR - b))
        scores[word] = odds / math.sqrt(1 / a + 1 / b)
    ranked = [w for w in sorted(scores, key=lambda w: (-scores[w], w)) if scores[w] > _SURE]
    return _apart(ranked)[:most]


def _counted(messages: Iterable[set[str]]) -> Counter[str]:
    return Counter(
        word for each in messages for word in each if all(len(part) > 2 for part in word.split())
    )


def _common(earlier: Sequence[set[str]], languages: Sequence[str | None]) -> set[str]:
    """Return the words that stand in many earlier messages of a language."""
    found: set[str] = set()
    for language in set(languages):
        own = [
            words for words, spoken in zip(earlier, languages, strict=True) if spoken == language
        ]
        counted = Counter(word for words in own for word in words)
        least = max(_FEWEST, _COMMON * len(own))
        found |= {word for word, n in counted.items() if n >= least}
    return found


def _apart(ranked: Sequence[str]) -> list[str]:
    """Leave out what shares its words with something more telling."""
    kept: list[str] = []
    used: set[str] = set()
    for phrase in ranked:
        parts = set(phrase.split())
        if not parts & used:
            kept.append(phrase)
            used |= parts
    return kept
