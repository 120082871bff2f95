"""What a topic is called: the words and phrases that it uses and others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rapport.listening.normalise import folded
from rapport.listening.themes.wording import Wording, stem

MOST_WORDS = 3
_KEPT = 40  # stems by which a topic is known again
_PHRASE = 0.4  # of a word's messages; so often it stands in a phrase that the phrase is the name
_FEWEST = 3
_WIDE = 0.12  # of a topic's messages; a name must stand in so many, or in the most common


@dataclass(frozen=True, slots=True)
class Named:
    """A topic's words.

    Parameters
    ----------
    name
        Up to three words or phrases, with commas.
    words
        The same, apart, and a few more.
    stems
        What each of its most distinctive stems weighs; adds up to 1 in squares.
    """

    name: str
    words: tuple[str, ...]
    stems: Mapping[str, float]


def named(groups: Sequence[Sequence[Wording]], unfit: Collection[str] = ()) -> list[Named]:
    """Return the words of each group of messages.

    A stem weighs its share of the group's messages times ln(1 + average stems of a group /
    messages that hold it): class-based TF-IDF (Grootendorst 2022, "BERTopic", eq. 2), counted in
    messages, so that one who repeats a word does not name the topic.

    Parameters
    ----------
    groups
        The messages of each topic; an empty group has no name.
    unfit
        Folded words that are no name for a topic, such as products.
    """
    holding = [Counter(s for each in group for s in set(each.stems)) for group in groups]
    everywhere: Counter[str] = Counter()
    for counts in holding:
        everywhere.update(counts)
    average = max(sum(everywhere.values()) / max(len(groups), 1), 1.0)
    barred = {stem(folded(word)) for name in unfit for word in name.split()}
    return [
        _named(group, counts, everywhere, average, barred)
        for group, counts in zip(groups, holding, strict=True)
    ]


def _named(
    group: Sequence[Wording],
    holding: Counter[str],
    everywhere: Mapping[str, int],
    average: float,
    barred: Collection[str],
) -> Named:
    size = max(len(group), 1)
    weights = {
        s: n / size * float(np.log1p(average / everywhere[s]))
        for s, n in holding.items()
        if n >= min(_FEWEST, size)
    }
    ranked = sorted(weights, key=lambda s: (-weights[s], s))
    kept = ranked[:_KEPT]
    length = float(np.sqrt(sum(weights[s] ** 2 for s in kept))) or 1.0
    words = _words(group, [s for s in ranked if s not in barred], holding)
    name = ", ".join(words[:MOST_WORDS]) or ", ".join(_words(group, ranked, holding)[:MOST_WORDS])
    return Named(name, tuple(words), {s: weights[s] / length for s in kept})


def _words(group: Sequence[Wording], ranked: list[str], holding: Counter[str]) -> list[str]:
    """Return words as people write them; one that mostly stands in a phrase gives the phrase."""
    wanted = ranked[:12]
    spelled: dict[str, Counter[str]] = {s: Counter() for s in wanted}
    phrases: dict[str, Counter[str]] = {s: Counter() for s in wanted}
    for each in group:
        for s, word in set(zip(each.stems, each.written, strict=True)):
            if s in spelled:
                spelled[s][word] += 1
        for phrase, ends in {(p.text, p.stems) for p in each.phrases}:
            for s in ends:
                if s in phrases:
                    phrases[s][phrase] += 1
    widest = max((holding[s] for s in wanted), default=0)
    floor = min(_WIDE * len(group), widest)
    found: list[str] = []
    told: set[str] = set()
    for s in wanted:
        if s in told or (holding[s] < floor and found):
            continue
        phrase, often = _most(phrases[s])
        parts = {stem(folded(part)) for part in phrase.replace("'", " ").split()}
        if often >= max(_PHRASE * holding[s], _FEWEST) and not parts & told:
            found.append(phrase)
            told |= parts
        else:
            found.append(_most(spelled[s])[0])
        told.add(s)
    return found


def _most(counts: Counter[str]) -> tuple[str, int]:
    return max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
