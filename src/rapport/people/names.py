"""Names of people as they are compared: accents, particles, order, compounds, short forms."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from rapport.people.nicknames import FIRST_OF_COMPOUND, GIVEN, ROOTS

_WORDS_OF_PARTICLES = """
de du des d la le les l van von der den ter di da del della dos das el al bin ben mc mac o st
saint ste sainte
"""
PARTICLES = frozenset(_WORDS_OF_PARTICLES.split())
_WORDS_OF_TITLES = """
m mr mrs ms miss mme mlle mle dr prof me monsieur madame mademoiselle sir lord lady jr sr ii iii
phd md
"""
_TITLES = frozenset(_WORDS_OF_TITLES.split())
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_NOT_WORDS = re.compile(r"[^a-z\- ]+")
_APOSTROPHES = re.compile(r"['’ʼ`´]")
_LONGEST = 200  # characters of a name that are read; more is no name


class Name(NamedTuple):
    """A name in parts, folded to a-z; '' for a part that is not known.

    Parameters
    ----------
    given
        The given name, a compound as one word ("jeanpierre"); an initial is one letter.
    root
        The full form of a short given name ("robert" of "bob"), otherwise the given name.
    family
        The family name, particles and both halves of a double name joined ("delatour").
    whole
        Given root and family in alphabetical order, for names whose order is not known; '' unless
        both are there and the given name is more than an initial.
    """

    given: str
    root: str
    family: str
    whole: str


NOBODY = Name("", "", "", "")


def fold(text: str) -> str:
    """Return a text in small letters a-z without accents; other signs stay.

    Examples
    --------
    >>> fold("Éloïse BŒUF")
    'eloise boeuf'
    """
    if text.isascii():
        return text.lower()
    plain = text.casefold().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def parse_name(text: str) -> Name:
    """Return the parts of a name written as one, in French and English habits.

    "Family, given" and a family name in capitals are recognised; so is a known given name that
    stands last. Middle names are left out, a title too.

    Examples
    --------
    >>> parse_name("Dr. Jean-Pierre de la Tour")
    Name(given='jeanpierre', root='jeanpierre', family='delatour', whole='delatour jeanpierre')
    >>> parse_name("O'BRIEN, Bob").whole == parse_name("Robert OBrien").whole
    True
    >>> parse_name("Marie Claude Lefèvre").given, parse_name("S. Garnier").given
    ('marieclaude', 's')
    """
    given, family = _parts(text[:_LONGEST])
    return made_of(given, family)


def made_of(given: str, family: str) -> Name:
    """Return a name whose parts are known.

    Examples
    --------
    >>> made_of("Kate", "Mc Donald").whole
    'catherine mcdonald'
    """
    first, last = _given(_words(given)), _joined(_words(family))
    root = ROOTS.get(first, first)
    whole = " ".join(sorted((root, last))) if len(first) > 1 and last else ""
    return Name(first, root, last, whole)


def sound(word: str) -> str:
    """Return how a name sounds, roughly, for names that are misspelt: its frame of consonants.

    Examples
    --------
    >>> sound("lefebvre"), sound("lefevre"), sound("philips") == sound("fillips")
    ('LFVR', 'LFVR', True)
    """
    if not word:
        return ""
    text = word.replace("ph", "f").replace("bv", "v").replace("qu", "k").replace("ck", "k")
    text = re.sub(r"c(?=[eiy])", "s", text).replace("c", "k").replace("q", "k")
    text = text.replace("z", "s").replace("x", "s").replace("w", "v")
    frame = text[0] + re.sub(r"[aeiouyh]", "", text[1:])
    first = "A" if frame[0] in "aeiouyh" else frame[0]
    return re.sub(r"(.)\1+", r"\1", (first + frame[1:]).upper())[:6]


def _parts(text: str) -> tuple[str, str]:
    """Return given and family as they stand in a whole name."""
    if "," in text:
        family, _, given = text.partition(",")
        if _words(given) and _words(family):
            return given, family
        text = text.replace(",", " ")
    shouted = _shouted(text)
    if shouted is not None:
        return shouted
    words = [word for word in _words(text) if word not in _TITLES] or _words(text)
    if not words:
        return "", ""
    if len(words) == 1:
        return words[0], ""
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    if words[-1] in GIVEN and words[0] not in GIVEN and len(words[0]) > 1:
        return words[-1], " ".join(words[:-1])
    return " ".join(words[:start]), " ".join(words[start:])


def _shouted(text: str) -> tuple[str, str] | None:
    """Return the parts when the family name alone is in capitals, as the French write lists."""
    words = text.split()
    loud = [word for word in words if len(word) > 1 and word.isupper() and "." not in word]
    quiet = [word for word in words if word not in loud]
    if not loud or not any(len(word) > 1 and word[0].isupper() for word in quiet):
        return None
    return " ".join(quiet), " ".join(loud)


def _words(text: str) -> list[str]:
    plain = _APOSTROPHES.sub("", fold(text))
    plain = _NOT_WORDS.sub(" ", plain)
    return [word.strip("-") for word in plain.split() if word.strip("-")]


def _given(words: list[str]) -> str:
    left = [word for word in words if word not in _TITLES] or words
    if not left:
        return ""
    first = left[0].replace("-", "")
    compound = len(left) > 1 and left[0] in FIRST_OF_COMPOUND and left[1] in GIVEN
    return first + left[1].replace("-", "") if compound else first


def _joined(words: list[str]) -> str:
    left = [word for word in words if word not in _TITLES or word in PARTICLES]
    return "".join(left).replace("-", "")
