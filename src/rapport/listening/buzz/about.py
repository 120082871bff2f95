"""What an alarm is about: the words and phrases that set its messages apart from earlier ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

from rapport.listening.normalise import folded
from rapport.listening.themes.wording import Wording, stem, wordings

_SURE = 15.13  # log likelihood that chance exceeds one time in ten thousand
_FEWEST = 3  # authors
_SUPPORT = 0.04  # of the alarm's authors
_TIMES = 3.0  # as often as before, at least
_COMMON = 0.05  # of earlier messages: a word that stands in more is no news
_PHRASE = 0.5  # of a word's authors; so often it stands in a phrase that the phrase is told


@dataclass
class _Seen:
    """What stands in messages: by stem and by pair of stems, who wrote it and how."""

    authors: dict[Hashable, set[Hashable]] = field(default_factory=dict)
    written: dict[Hashable, Counter[str]] = field(default_factory=dict)

    def add(self, each: Wording, author: Hashable) -> None:
        for key, text in _parts(each):
            self.authors.setdefault(key, set()).add(author)
            self.written.setdefault(key, Counter())[text] += 1

    def text(self, key: Hashable) -> str:
        return max(self.written[key].items(), key=lambda item: (item[1], item[0]))[0]


def distinctive(
    texts: Sequence[str],
    others: Sequence[str],
    most: int = 6,
    languages: Sequence[str | None] | None = None,
    authors: Sequence[Hashable] | None = None,
    left_out: Collection[str] = (),
) -> list[str]:
    """Return the words and phrases that are said more in `texts` than in `others`.

    By log likelihood (Dunning 1993, section 4; 15.13 is exceeded by chance one time in ten
    thousand: Rayson & Garside 2000), counted by authors and not by words, so that neither a long
    message nor one who repeats himself decides. Function words, greetings, praise and blame are
    left out; a word that mostly stands in a phrase gives the phrase.

    Parameters
    ----------
    texts, others
        Messages of the alarm, and earlier ones.
    most
        How many are returned, the most telling first.
    languages
        Of each of `others`: what is common in any of them is no news.
    authors
        Of each of `texts`; each message counts for itself when they are not given.
    left_out
        Words that name no subject: the brand's own names.

    Examples
    --------
    >>> new = ["the recall of tea is a scandal", "recall of tea", "tea recall is late"]
    >>> distinctive(new * 5, ["the tea is late", "the tea is good", "of the day"] * 10)
    ['recall']
    """
    who = list(authors) if authors is not None else list(range(len(texts)))
    barred = {part for name in left_out for part in folded(name).split()}
    barred |= {part.replace(" ", "") for part in map(folded, left_out)}
    seen = _Seen()
    for each, author in zip(wordings(texts, barred), who, strict=True):
        seen.add(each, author)
    earlier = wordings(others, barred)
    before = Counter(key for each in earlier for key in {key for key, _ in _parts(each)})
    common = _common(earlier, languages or [None] * len(earlier))
    n, m = max(len(set(who)), 1), max(len(others), 1)
    least = max(_FEWEST, _SUPPORT * n)
    scores = {}
    for key, writers in seen.authors.items():
        a, b = len(writers), before[key]
        if a < least or not common.isdisjoint(key if isinstance(key, tuple) else (key,)):
            continue
        if a / n >= _TIMES * b / m and (score := likelihood(a, n, b, m)) >= _SURE:
            scores[key] = score
    return _told(scores, seen)[:most]


def likelihood(a: int, n: int, b: int, m: int) -> float:
    """Return the log likelihood ratio of `a` in `n` against `b` in `m` (Dunning 1993, section 4).

    Examples
    --------
    >>> round(likelihood(10, 100, 10, 100), 6), round(likelihood(30, 100, 10, 1000), 1)
    (0.0, 109.5)
    """
    both = (a + b) / (n + m)
    told = 0.0
    for seen, of in ((a, n), (b, m)):
        for count, share in ((seen, both), (of - seen, 1 - both)):
            if count > 0:
                told += 2 * count * math.log(count / (of * share))
    return told


def _parts(each: Wording) -> set[tuple[Hashable, str]]:
    words = set(zip(each.stems, each.written, strict=True))
    return {*words, *((phrase.stems, phrase.text) for phrase in each.phrases)}


def _common(earlier: Sequence[Wording], languages: Sequence[str | None]) -> set[str]:
    """Return the stems that stand in many earlier messages of a language."""
    found: set[str] = set()
    for language in set(languages):
        own = [
            set(each.stems)
            for each, spoken in zip(earlier, languages, strict=True)
            if spoken == language
        ]
        counted = Counter(root for stems in own for root in stems)
        least = max(_FEWEST, _COMMON * len(own))
        found |= {root for root, n in counted.items() if n >= least}
    return found


def _told(scores: dict[Hashable, float], seen: _Seen) -> list[str]:
    """Return words or the phrases they stand in, none that repeats another's words."""
    phrases = [key for key in scores if isinstance(key, tuple)]
    told: list[str] = []
    used: set[str] = set()
    for key in sorted(scores, key=lambda each: (-scores[each], str(each))):
        own = set(key) if isinstance(key, tuple) else {str(key)}
        if own & used:
            continue
        text, parts = seen.text(key), own
        if not isinstance(key, tuple):
            holding = [p for p in phrases if key in p and not set(p) & used]
            best = max(holding, key=lambda p: len(seen.authors[p]), default=None)
            if best and len(seen.authors[best]) >= _PHRASE * len(seen.authors[key]):
                text, parts = seen.text(best), set(best)
        told.append(text)
        used |= parts | {stem(folded(part)) for part in text.replace("'", " ").split()}
    return told
