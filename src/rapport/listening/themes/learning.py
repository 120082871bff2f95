"""All languages together: topics learnt from messages, and every message placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rapport.listening.themes.finding import SMALLEST, Found, found, sampled
from rapport.listening.themes.keeping import Known, Side, joined, numbered
from rapport.listening.themes.space import Embed

_BATCH = 20_000
_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that people talk about.

    Parameters
    ----------
    topic_id
        Stays the same in later runs.
    names
        What it is called, by language.
    sides
        In each language, its distinctive stems and what they weigh.
    stability
        How surely it comes back in halves of the messages: 1 always, 0 as by chance.
    is_new
        Whether no earlier run knew it.
    examples
        Texts that are typical.
    """

    topic_id: str
    names: Mapping[str, str]
    sides: Mapping[str, Mapping[str, float]]
    stability: float
    is_new: bool
    examples: tuple[str, ...]

    def name(self, language: str = "en") -> str:
        """Return its name in a language, or in the one it has."""
        return self.names.get(language) or next(iter(self.names.values()))


@dataclass(frozen=True)
class Learned:
    """What topics there are, and what places further messages.

    Parameters
    ----------
    topics
        The most talked about first.
    too_few
        Distinct messages of each language in which nobody can tell.
    """

    topics: tuple[Topic, ...]
    too_few: Mapping[str, int]
    _found: Mapping[str, Found]
    _ids: Mapping[str, tuple[str, ...]]
    _left_out: Mapping[str, Collection[str]]
    _embed: Embed | None = None

    def place(self, texts: Sequence[object], languages: Sequence[str]) -> list[str | None]:
        """Return the id of the topic of each text; None for those that belong to none."""
        places: list[str | None] = [None] * len(texts)
        for language, there in self._found.items():
            rows = [n for n, code in enumerate(languages) if code == language]
            ids = self._ids[language]
            for start in range(0, len(rows), _BATCH):
                some = rows[start : start + _BATCH]
                numbers = there.place(
                    [texts[n] for n in some], self._left_out[language], self._embed
                )
                for n, number in zip(some, numbers.tolist(), strict=True):
                    places[n] = ids[number] if number >= 0 else None
        return places

    def known(self) -> list[Known]:
        """Return what a later run must know to give the same ids."""
        return [
            Known(topic.topic_id, language, stems)
            for topic in self.topics
            for language, stems in topic.sides.items()
        ]


def learned(
    texts: Sequence[str],
    languages: Sequence[str],
    *,
    first: Sequence[bool] | None = None,
    earlier: Sequence[Known] = (),
    left_out: Collection[str] = (),
    smallest: int = SMALLEST,
    embed: Embed | None = None,
) -> Learned:
    """Return the topics of messages, from a sample of each language.

    Parameters
    ----------
    texts
        Distinct messages.
    languages
        The code of each.
    first
        Messages that a sample holds before others: those of late.
    earlier
        Topics of earlier runs, whose ids are kept.
    left_out
        Words that name no topic.
    smallest
        Messages that a topic must hold.
    embed
        What gives better vectors than words do, if anything.
    """
    every = Counter(languages)
    made: dict[str, Found] = {}
    drawn: dict[str, list[str]] = {}
    too_few: dict[str, int] = {}
    for language in sorted(every, key=lambda code: (-every[code], code)):
        rows = [n for n, code in enumerate(languages) if code == language]
        some = [texts[n] for n in rows]
        late = None if first is None else [first[n] for n in rows]
        drawn[language] = [some[n] for n in sampled(some, late)]
        there = found(drawn[language], language, left_out=left_out, smallest=smallest, embed=embed)
        if there is None:
            too_few[language] = every[language]
        else:
            made[language] = there
    return _told(made, drawn, too_few, earlier, left_out, embed)


def _told(
    made: Mapping[str, Found],
    drawn: Mapping[str, list[str]],
    too_few: Mapping[str, int],
    earlier: Sequence[Known],
    left_out: Collection[str],
    embed: Embed | None,
) -> Learned:
    sides, where = [], []
    for language, there in made.items():
        for number, words in enumerate(there.names):
            if there.sizes[number]:
                sides.append(Side(language, words.stems, there.sizes[number]))
                where.append((language, number))
    groups = joined(sides)
    ids = numbered(sides, groups, earlier)
    places = {language: [""] * len(there.sizes) for language, there in made.items()}
    topics: list[Topic] = []
    for group, (topic_id, is_new) in zip(groups, ids, strict=True):
        parts = [where[n] for n in sorted(group, key=lambda n: -sides[n].size)]
        for language, number in parts:
            places[language][number] = topic_id
        topics.append(_topic((topic_id, is_new), parts, made, drawn))
    return Learned(
        tuple(topics),
        too_few,
        made,
        {language: tuple(names) for language, names in places.items()},
        dict.fromkeys(made, left_out),
        embed,
    )


def _topic(
    known: tuple[str, bool],
    parts: Sequence[tuple[str, int]],
    made: Mapping[str, Found],
    drawn: Mapping[str, list[str]],
) -> Topic:
    weights = [made[language].sizes[number] for language, number in parts]
    stable = [float(made[language].parts.stability[number]) for language, number in parts]
    typical = [
        [drawn[language][n] for n in made[language].examples[number]] for language, number in parts
    ]
    turns = [side[k] for k in range(_MOST_EXAMPLES) for side in typical if k < len(side)]
    return Topic(
        known[0],
        {language: made[language].names[number].name for language, number in parts},
        {language: made[language].names[number].stems for language, number in parts},
        sum(w * s for w, s in zip(weights, stable, strict=True)) / sum(weights),
        known[1],
        tuple(turns[:_MOST_EXAMPLES]),
    )
