"""The words of a message that can carry a subject, and the phrases they stand in."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapport.listening.normalise import cut, folded
from rapport.listening.themes.stopwords import ELISIONS, STOP

_SHORTEST, _STEM = 2, 6
_MOST_INSIDE = 2  # "de la", no more
_MOST_WORDS = 200  # of one message; the rest of a long one says little more of what it is about
_LAUGH = re.compile(r"(?:h?a?(?:ha)+h?|(?:he)+h?|(?:hi)+|lo+l|xd+|mdr+|ptdr+)")
_INSIDE = frozenset(
    {"a", "au", "de", "des", "du", "en", "la", "le", "of", "the", "to", "d'", "l'", "and", "et"}
)
"""What may stand between two words of a phrase: "mise à jour", "point of sale"."""


class Phrase(NamedTuple):
    """Two neighbouring words with what stood between them, and the stems of the two."""

    text: str
    stems: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """A message as topics see it.

    Parameters
    ----------
    words
        Its words of substance, folded.
    stems
        The same, without endings: what messages are compared by.
    phrases
        Pairs of neighbouring words of substance, in small letters.
    written
        The words as they were written, in small letters.
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    written: tuple[str, ...]


def wording(text: object, left_out: Collection[str] = ()) -> Wording:
    """Return the words of a message that can carry a subject.

    Links, handles, numbers, emoji, function words, greetings, praise and blame are left out.

    Parameters
    ----------
    text
        What somebody wrote.
    left_out
        Further folded words that name no subject: the brand's own name.

    Examples
    --------
    >>> wording("Bonjour @maison, la mise à jour de l'appli plante !").stems
    ('mise', 'jour', 'appli', 'plante')
    >>> [phrase.text for phrase in wording("The point of sale was awful, la mise à jour").phrases]
    ['point of sale', 'mise à jour']
    """
    words: list[str] = []
    stems: list[str] = []
    written: list[str] = []
    phrases: list[Phrase] = []
    between: list[str] | None = None
    for part in cut(text)[:_MOST_WORDS]:
        small, low, root = _known(part)
        if root and low not in left_out:
            words.append(low)
            stems.append(root)
            written.append(small)
            if between is not None and len(between) <= _MOST_INSIDE:
                whole = _joined([written[-2], *between, small])
                phrases.append(Phrase(whole, (stems[-2], root)))
            between = []
        elif between is not None and low in _INSIDE:
            between.append(small)
        else:
            between = None
    return Wording(tuple(words), tuple(stems), tuple(phrases), tuple(written))


@lru_cache(maxsize=1 << 17)
def _known(part: str) -> tuple[str, str, str]:
    """Return a part in small letters, folded, and its stem, which is empty when it says nothing."""
    low = folded(part)
    return part.lower().replace("’", "'"), low, stem(low) if _carries(part, low) else ""


def wordings(texts: Sequence[object], left_out: Collection[str] = ()) -> list[Wording]:
    """Return the wording of each text."""
    folded_out = frozenset(folded(word) for word in left_out)
    return [wording(text, folded_out) for text in texts]


def stem(word: str) -> str:
    """Return a folded word without its ending: plural off, then its first letters.

    Truncation serves French and English alike (McNamee & Mayfield 2004, "Character n-gram
    tokenization for European language text retrieval", section 4).

    Examples
    --------
    >>> stem("livraisons"), stem("livraison"), stem("parcels"), stem("cadeaux")
    ('livrai', 'livrai', 'parcel', 'cadeau')
    """
    if len(word) > 3 and word[-1] in "sx" and word[-2] != "s":
        word = word[:-1]
    return word[:_STEM]


def _carries(part: str, low: str) -> bool:
    if not part[0].isalpha() or len(low) < _SHORTEST or part.startswith(("http", "www.")):
        return False
    return low not in STOP and low not in ELISIONS and not _LAUGH.fullmatch(low)


def _joined(parts: list[str]) -> str:
    return " ".join(parts).replace("' ", "'")
