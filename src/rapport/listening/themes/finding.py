"""Topics found in a sample, by which every other message is placed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rapport.listening.themes.branches import Branches, alike, branches, centres
from rapport.listening.themes.naming import Named, named
from rapport.listening.themes.space import Embed, Points, Space, fitted
from rapport.listening.themes.wording import Wording, wordings

FEWEST = 50  # messages with words in a language; with fewer nobody can tell
SMALLEST = 10
SAMPLE = 20_000
_SMALLEST_SHARE = 1 / 500
_EXAMPLES = 3
_EXAMPLE_WORDS = (4, 40)


@dataclass(frozen=True)
class Found:
    """The topics of one language.

    Parameters
    ----------
    language
        Its code.
    space, parts, middle
        Where messages lie, how they part, and each topic's centre.
    names
        Each topic's words.
    sizes
        Messages of the sample in each topic.
    examples
        Of each topic, the messages nearest to its centre, as places in the sample.
    """

    language: str
    space: Space
    parts: Branches
    middle: Points
    names: tuple[Named, ...]
    sizes: tuple[int, ...]
    examples: tuple[tuple[int, ...], ...]

    def place(
        self,
        texts: Sequence[object],
        left_out: Collection[str] = (),
        embed: Embed | None = None,
    ) -> np.ndarray:
        """Return the number of the topic of each text; -1 for none."""
        return _placed(self, self.space.points(wordings(texts, left_out), texts, embed))


def found(
    texts: Sequence[object],
    language: str,
    *,
    left_out: Collection[str] = (),
    unfit: Collection[str] = (),
    smallest: int = SMALLEST,
    embed: Embed | None = None,
) -> Found | None:
    """Return the topics of texts in one language; None where too few say anything of one.

    Parameters
    ----------
    texts
        Distinct messages, a sample at most.
    left_out
        Words that say nothing of a topic: the brand's own name.
    unfit
        Names that are no name for a topic, such as products; they count all the same.
    smallest
        Messages that a topic must hold; more in a large sample.
    """
    told = wordings(texts, left_out)
    speaking = [n for n, each in enumerate(told) if each.stems]
    if len(speaking) < FEWEST:
        return None
    kept = [told[n] for n in speaking]
    space = fitted(kept)
    if space is None:
        return None
    points = space.points(kept, [texts[n] for n in speaking], embed)
    there = np.flatnonzero(np.abs(points).sum(axis=1) > 0)
    least = max(smallest, round(len(there) * _SMALLEST_SHARE))
    parts = branches(points[there], least)
    if parts is None:
        return None
    nearest = parts.nearest(points)
    nearest[np.abs(points).sum(axis=1) == 0] = -1
    middle = centres(points, nearest)
    rough = Found(language, space, parts, middle, (), (), ())
    topic = _placed(rough, points)
    groups = [[kept[n] for n in np.flatnonzero(topic == t)] for t in range(len(middle))]
    examples = tuple(
        tuple(speaking[n] for n in _typical(points, topic, middle, t, kept))
        for t in range(len(middle))
    )
    sizes = tuple(len(group) for group in groups)
    return Found(language, space, parts, middle, tuple(named(groups, unfit)), sizes, examples)


def _placed(there: Found, points: Points) -> np.ndarray:
    topic = there.parts.nearest(points)
    inside = np.flatnonzero(topic >= 0)
    near = alike(points[inside], topic[inside], there.middle)
    topic[inside[near < max(there.parts.nearness, 1e-6)]] = -1
    return topic


def _typical(
    points: Points, topic: np.ndarray, middle: Points, number: int, told: Sequence[Wording]
) -> list[int]:
    """Return the messages nearest to the centre, neither a word nor a page long, all different."""
    members = np.flatnonzero(topic == number)
    near = points[members] @ middle[number]
    shortest, longest = _EXAMPLE_WORDS
    fit = [shortest <= len(told[int(n)].words) <= longest for n in members]
    ranked = sorted(range(len(members)), key=lambda k: (not fit[k], -float(near[k])))
    chosen: list[int] = []
    seen: set[frozenset[str]] = set()
    for k in ranked:
        words = frozenset(told[int(members[k])].stems)
        if words not in seen:
            seen.add(words)
            chosen.append(int(members[k]))
        if len(chosen) == _EXAMPLES:
            break
    return chosen


def likeness(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return the cosine of two topics by their stems."""
    few, many = sorted((left, right), key=len)
    dot = sum(weight * many.get(stem, 0.0) for stem, weight in few.items())
    lengths = [sum(w * w for w in each.values()) ** 0.5 for each in (left, right)]
    return dot / (lengths[0] * lengths[1]) if all(lengths) else 0.0
