"""Names that people use often and that no list holds: handles, hashtags, words with capitals."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapport.listening.named.finding import Finder, singulars
from rapport.listening.named.ordinary import is_ordinary
from rapport.listening.normalise import clean, folded

Form = Literal["word", "handle", "hashtag"]
FEWEST = 3  # people who use it
_EXAMPLES = 3
_MOST_KEPT = 200_000
_MOST_PEOPLE = 1000
_LOWER_SHARE = 0.25
_TOKEN = re.compile(
    r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|[@#]\w(?:[\w.]*\w)?|[^\W_]+(?:['’-][^\W_]+)*|[.!?…:\n\"«“]+"
)
_STOP = re.compile(r"[.!?…:\n\"«“]")
_LINKS = {"de", "du", "des", "la", "le", "les", "of", "the", "and", "et", "&"}
_WORDS = """
i i'm i've i'd i'll je j' ok lol mdr dm rt tv pdf sms svp stp sav faq fr uk usa eu monday
tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december lundi mardi mercredi jeudi vendredi samedi dimanche
bonjour merci hello thanks please monsieur madame mr mrs ms mme france french paris london
english europe christmas noel noël
"""
_NEVER = frozenset(_WORDS.split())

_LONGEST = 4


@dataclass
class Proposal:
    """A name that is used often.

    Parameters
    ----------
    written
        As most people write it.
    form
        Word, handle or hashtag.
    messages, people
        Who use it.
    examples
        Some of the messages.
    """

    written: str
    form: Form
    messages: int
    people: int
    examples: list[str] = field(default_factory=list)


class _Seen:
    def __init__(self) -> None:
        self.messages = 0
        self.people: set[str] = set()
        self.forms: Counter[str] = Counter()
        self.examples: list[str] = []

    def add(self, written: str, person: str, text: str) -> None:
        self.messages += 1
        self.forms[written] += 1
        if len(self.people) < _MOST_PEOPLE:
            self.people.add(person)
        if len(self.examples) < _EXAMPLES and text not in self.examples:
            self.examples.append(text)


def proposed(
    messages: Iterable[tuple[str, str]],
    finder: Finder,
    most: int = 30,
    is_word: Callable[[str], bool] = lambda _: False,
) -> list[Proposal]:
    """Return names that at least three people use and the list does not hold, the most used first.

    Parameters
    ----------
    messages
        Who wrote, and what.
    finder
        Of the names that are known.
    most
        How many.
    is_word
        Whether a folded word is one of the language: a hashtag of such a word names nobody.

    Examples
    --------
    >>> said = [(str(n), f"Vu chez Theodor hier, {n} fois mieux") for n in range(5)]
    >>> [(each.written, each.people) for each in proposed(said, Finder([]))]
    [('Theodor', 5)]
    """
    seen: defaultdict[tuple[Form, str], _Seen] = defaultdict(_Seen)
    plain: Counter[str] = Counter()
    for person, text in messages:
        cleaned = clean(text)
        tokens = _TOKEN.findall(cleaned)
        plain.update({folded(token) for token in tokens if token.islower()})
        if sum(map(str.isupper, cleaned)) > sum(map(str.islower, cleaned)):
            continue  # all in capitals: they tell nothing
        for form, written in set(_candidates(tokens)):
            seen[form, _key(written)].add(written, person, cleaned)
        if len(seen) > _MOST_KEPT:
            for rare in [key for key, each in seen.items() if each.messages == 1]:
                del seen[rare]
    found = [
        Proposal(
            each.forms.most_common(1)[0][0], form, each.messages, len(each.people), each.examples
        )
        for (form, key), each in seen.items()
        if len(each.people) >= FEWEST
        and _is_name(form, key, each, plain)
        and not (form == "hashtag" and is_word(key[1:]))
    ]
    kept = [each for each in found if not finder.find(each.written)]
    kept.sort(key=lambda each: (-each.people, -each.messages, each.written))
    return _without_parts(kept)[:most]


def _key(written: str) -> str:
    return " ".join(map(folded, written.split()))


def _candidates(tokens: Sequence[str]) -> Iterable[tuple[Form, str]]:
    run: list[str] = []
    begins = True
    for token in [*tokens, "."]:
        if token[0] in "@#" and len(token) > 2:
            yield ("handle" if token[0] == "@" else "hashtag"), token
        capital = token[0].isupper() and not begins and len(token) > 1
        if capital or (run and token in _LINKS):
            run.append(token)
            begins = False
            continue
        while run and run[-1] in _LINKS:
            run.pop()
        if run and len(run) <= _LONGEST:
            yield "word", " ".join(run)
        run = []
        begins = _STOP.search(token) is not None or token[0] in "@#"


def _is_name(form: Form, key: str, seen: _Seen, plain: Counter[str]) -> bool:
    if form != "word":
        return True
    if " " in key:
        return True
    if key in _NEVER or is_ordinary(key) or len(key) < 3:
        return False
    lower = max(plain[each] for each in singulars(key))
    return lower <= _LOWER_SHARE * seen.messages


def _without_parts(found: list[Proposal]) -> list[Proposal]:
    """Drop a word that only stands in a longer name, and a hashtag that says a word again."""
    kept: list[Proposal] = []
    for each in found:
        key = _key(each.written.lstrip("@#")).replace(" ", "")
        again = any(
            key == (other := _key(one.written.lstrip("@#"))).replace(" ", "")
            or (f" {key} " in f" {other} " and each.messages <= 1.2 * one.messages)
            for one in found
            if one is not each and (one.messages, len(one.written)) > (each.messages, 0)
        )
        if not again:
            kept.append(each)
    return kept
