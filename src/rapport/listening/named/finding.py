"""Names in messages: as words, handles and hashtags, with their plurals and small errors.

Every word that was met is looked up once and kept, so that a message without names costs a few
look-ups, however long the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapport.listening.named.names import Name
from rapport.listening.named.near import allowed, apart
from rapport.listening.normalise import clean, folded

_WORD = re.compile(r"[^\W_]+")
_SIGNED = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[@#]\w(?:[\w.]*\w)?(?:@[\w.-]*\w)?|[^\W_]+")
_GAP = re.compile(r"[\s\-–'’&+/]{0,3}|\.")
_CAMEL = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])|\d+")
_END = re.compile(r"[.!?…\n\"«“:]\s*$")
_BEFORE = re.compile(
    r"(?:\b(?:chez|merci|thanks|thank you|bonjour|bonsoir|hello|hi|hey|dear|cher|chere|at|service"
    r"|client|clients|customer|customers|app|appli|boutique|marque|brand)\s+)$"
)
_ABOUT_HANDLES = re.compile(
    r"^(?:the|team|le|la)?(?P<name>.+?)(?:fr|uk|us|ca|be|ch|eu|france|official|officiel|sav|support"
    r"|help|aide|care|clients?|services?|cares|helps|app|conseil|news|hq)?\d{0,4}$"
)
_MOST_KEPT = 400_000
_LONGEST_JOINED, _FEWEST_JOINED = 40, 5


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a message.

    Parameters
    ----------
    name
        Its number in the list.
    start, end
        Where it stands in the cleaned text.
    """

    name: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to write a name."""

    name: int
    words: tuple[str, ...]
    anchor: int
    written: str
    common: bool

    @property
    def joined(self) -> str:
        return "".join(self.words)


class Finder:
    """Finds the names of a list in messages.

    Parameters
    ----------
    names
        The list.
    is_word
        Whether a folded word is one of the language: such a word is not a misspelt name.

    Examples
    --------
    >>> finder = Finder([Name("Maison Alizé"), Name("Orange", "competitor", common=True)])
    >>> [found.name for found in finder.find("les thés de la maison alize, mieux que chez Orange")]
    [0, 1]
    >>> finder.find("une orange bien mûre")
    []
    """

    def __init__(
        self, names: Sequence[Name], is_word: Callable[[str], bool] = lambda _: False
    ) -> None:
        self.names = tuple(names)
        self._is_word = is_word
        self._ways: list[_Way] = []
        self._anchors: dict[str, list[int]] = {}
        self._joined: dict[str, int] = {}
        self._handles: dict[str, int] = {}
        self._hashtags: dict[str, int] = {}
        for number, name in enumerate(self.names):
            self._take(number, name)
        self._near = _Deletions(self._anchors)
        self._known: dict[str, tuple[int, ...]] = {}

    def _take(self, number: int, name: Name) -> None:
        for written in (name.name, *name.aliases):
            words = tuple(map(folded, _WORD.findall(clean(written))))
            if not words:
                continue
            anchor = max(range(len(words)), key=lambda place: len(words[place]))
            short = len("".join(words)) <= 2
            common = short or (name.common and written == name.name)
            way = _Way(number, words, anchor, written.casefold(), common)
            self._ways.append(way)
            self._anchors.setdefault(words[anchor], []).append(len(self._ways) - 1)
            if len(words) > 1 and len(way.joined) >= _FEWEST_JOINED:
                alone = _Way(number, (way.joined,), 0, way.joined, common=False)
                self._ways.append(alone)
                self._anchors.setdefault(way.joined, []).append(len(self._ways) - 1)
            self._joined.setdefault(way.joined, number)
        for handle in name.handles:
            self._handles.setdefault(handle.casefold(), number)
        for hashtag in name.hashtags:
            self._hashtags.setdefault(folded(hashtag), number)

    def find(self, text: object) -> list[Found]:
        """Return the names in a message, in order, none overlapping another."""
        cleaned = clean(text)
        pattern = _SIGNED if "@" in cleaned or "#" in cleaned else _WORD
        known, learn = self._known, self._learn
        met = False
        for part in pattern.findall(cleaned):
            if known[part] if part in known else learn(part):
                met = True
        return self._located(cleaned, pattern) if met else []

    def _learn(self, part: str) -> tuple[int, ...]:
        """Return the ways whose anchor a part may be; (-1,) for a handle or a hashtag."""
        if len(self._known) > _MOST_KEPT:
            self._known.clear()
        if part[0] in "@#" or "@" in part:
            found: tuple[int, ...] = (-1,) if self._signed(part) is not None else ()
        else:
            found = self._ways_of(folded(part))
        self._known[part] = found
        return found

    def _ways_of(self, word: str) -> tuple[int, ...]:
        exact = [way for each in singulars(word) for way in self._anchors.get(each, ())]
        if exact or len(word) > _LONGEST_JOINED or self._is_word(word):
            return tuple(dict.fromkeys(exact))
        near = self._near(word)
        return tuple(dict.fromkeys(way for each in near for way in self._anchors[each]))

    def _signed(self, part: str) -> int | None:
        """Return the name that a handle or a hashtag stands for; None for none, or for a mail."""
        if part[0] == "#":
            return self._hashtag(part[1:])
        if part[0] != "@":
            return None
        handle = part[1:].casefold()
        for form in (handle, handle.partition("@")[0]):
            if form in self._handles:
                return self._handles[form]
        bare = folded(re.sub(r"[\W_]", "", handle.partition("@")[0]))
        if bare in self._joined:
            return self._joined[bare]
        match = _ABOUT_HANDLES.match(bare)
        name = match["name"] if match else ""
        return self._joined.get(name) if len(name) >= _FEWEST_JOINED else None

    def _hashtag(self, tag: str) -> int | None:
        low = folded(tag.replace("_", ""))
        for form in (folded(tag), low, *singulars(low)):
            if form in self._hashtags:
                return self._hashtags[form]
            if form in self._joined:
                return self._joined[form]
        parts = [folded(piece) for piece in _CAMEL.findall(tag)]
        for length in range(len(parts) - 1, 0, -1):
            for first in range(len(parts) - length + 1):
                joined = "".join(parts[first : first + length])
                name = self._joined.get(joined)
                if name is not None and len(joined) >= _FEWEST_JOINED:
                    return name
        return None

    def _located(self, text: str, pattern: re.Pattern[str]) -> list[Found]:
        parts = [(match[0], match.start(), match.end()) for match in pattern.finditer(text)]
        sure: list[Found] = []
        doubtful: list[Found] = []
        for place, (part, start, end) in enumerate(parts):
            ways = self._known.get(part) or ()
            if ways == (-1,):
                name = self._signed(part)
                sure += [] if name is None else [Found(name, start, end)]
                continue
            for number in ways:
                way = self._ways[number]
                spot = self._spot(text, parts, place, way)
                if spot is None:
                    continue
                certain = not way.common or _certain(text, spot, way)
                (sure if certain else doubtful).append(Found(way.name, *spot))
        names = {found.name for found in sure}
        sure += [found for found in doubtful if found.name in names]
        return _apart(sure)

    def _spot(
        self, text: str, parts: list[tuple[str, int, int]], place: int, way: _Way
    ) -> tuple[int, int] | None:
        """Return where a way to write a name stands around its anchor; None where it does not."""
        first = place - way.anchor
        chosen = parts[max(first, 0) : first + len(way.words)]
        if first < 0 or len(chosen) < len(way.words):
            return None
        for (_, _, before), (_, after, _) in pairwise(chosen):
            if not _GAP.fullmatch(text, before, after):
                return None
        words = [folded(part) for part, _, _ in chosen]
        if not all(
            wanted in singulars(word) or _misspelt(word, wanted)
            for word, wanted in zip(words, way.words, strict=True)
        ):
            return None
        joined = "".join(words)
        most = allowed(len(way.joined))
        plural = any(way.joined == each for each in singulars(joined))
        if not plural and len(words) == 1 and apart(joined, way.joined, most) > most:
            return None
        return chosen[0][1], chosen[-1][2]


def _misspelt(word: str, wanted: str) -> bool:
    most = allowed(len(wanted))
    return bool(most) and word[:1] == wanted[:1] and apart(word, wanted, most) <= most


def _certain(text: str, spot: tuple[int, int], way: _Way) -> bool:
    """Return whether an ordinary word is meant as a name here."""
    start, end = spot
    written = text[start:end]
    if written.casefold() == way.written and not written.isalnum():
        return True  # "h&m"
    low = folded(text[max(start - 24, 0) : start])
    if _BEFORE.search(low) or re.match(r"\.(?:fr|com|co|be|ch|net)\b", text[end : end + 5]):
        return True
    capital = written[:1].isupper()
    loud = sum(map(str.isupper, text)) > sum(map(str.islower, text))
    begins = not text[:start].strip() or _END.search(text[:start]) is not None
    return capital and not loud and not begins


def _apart(found: list[Found]) -> list[Found]:
    """Return those that do not overlap; of two that do, the longer."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda one: one.start)


def singulars(word: str) -> tuple[str, ...]:
    """Return a folded word and what it may be the plural of, in French and English.

    Examples
    --------
    >>> singulars("theieres"), singulars("journaux"), singulars("bus")
    (('theieres', 'theiere', 'theier'), ('journaux', 'journau', 'journal'), ('bus',))
    """
    found = [word]
    if len(word) > 3 and word[-1] in "sx":
        found.append(word[:-1])
        if word.endswith("ies"):
            found.append(f"{word[:-3]}y")
        elif word.endswith("es"):
            found.append(word[:-2])
        elif word.endswith("aux"):
            found.append(f"{word[:-3]}al")
    return tuple(found)


class _Deletions:
    """Words near a given one, by what is left when letters are taken out of both.

    Two words with at most k errors share a form with at most k letters deleted (Mor & Fraenkel
    1982), so that a look-up does not grow with the list.
    """

    def __init__(self, words: Sequence[str] | dict[str, list[int]]) -> None:
        self._forms: dict[str, set[str]] = {}
        self._starts: set[tuple[str, int]] = set()
        for word in words:
            most = allowed(len(word))
            if most:
                sizes = range(len(word) - most, len(word) + most + 1)
                self._starts |= {(word[0], size) for size in sizes}
            for form in _shortened(word, allowed(len(word))):
                self._forms.setdefault(form, set()).add(word)

    def __call__(self, word: str) -> list[str]:
        if (word[0], len(word)) not in self._starts:
            return []
        near = set[str]().union(
            *(self._forms.get(form, ()) for form in _shortened(word, allowed(len(word) + 1)))
        )
        return sorted(each for each in near if _misspelt(word, each))


def _shortened(word: str, most: int) -> set[str]:
    found, last = {word}, {word}
    for _ in range(most):
        last = {each[:n] + each[n + 1 :] for each in last for n in range(len(each))}
        found |= last
    return found
