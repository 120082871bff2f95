"""All languages together: topics learnt from messages, and every message placed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rapport.listening.themes.finding import SMALLEST, Found, found
from rapport.listening.themes.keeping import Known, Side, joined, numbered
from rapport.listening.themes.sampling import Sampler
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


@dataclass(frozen=True, slots=True)
class Wishes:
    """How topics are looked for.

    Parameters
    ----------
    left_out
        Words that say nothing of a topic: the brand's own name.
    unfit
        Names that are no name for a topic, such as products.
    smallest
        Distinct messages that a topic must hold.
    embed
        What gives better vectors than words do, if anything.
    """

    left_out: Collection[str] = ()
    unfit: Collection[str] = ()
    smallest: int = SMALLEST
    embed: Embed | None = None


@dataclass(frozen=True)
class Learned:
    """What topics there are, and what places further messages.

    Parameters
    ----------
    topics
        The most talked about first.
    too_few
        Distinct messages of each language in which nobody can tell.
    spaces, ids, wishes
        By language what places messages, and the id of each topic there; how they were looked for.
    """

    topics: tuple[Topic, ...]
    too_few: Mapping[str, int]
    spaces: Mapping[str, Found]
    ids: Mapping[str, tuple[str, ...]]
    wishes: Wishes

    def place(self, texts: Sequence[object], languages: Sequence[str]) -> list[str | None]:
        """Return the id of the topic of each text; None for those that belong to none."""
        places: list[str | None] = [None] * len(texts)
        for language, there in self.spaces.items():
            rows = [n for n, code in enumerate(languages) if code == language]
            ids = self.ids[language]
            for start in range(0, len(rows), _BATCH):
                some = rows[start : start + _BATCH]
                numbers = there.place(
                    [texts[n] for n in some], self.wishes.left_out, self.wishes.embed
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
    samples: Mapping[str, Sampler], wishes: Wishes, earlier: Sequence[Known] = ()
) -> Learned:
    """Return the topics of messages, from a sample of each language.

    Parameters
    ----------
    samples
        By language.
    wishes
        How topics are looked for.
    earlier
        Topics of earlier runs, whose ids are kept.
    """
    made: dict[str, Found] = {}
    drawn: dict[str, list[str]] = {}
    too_few: dict[str, int] = {}
    for language in sorted(samples, key=lambda code: (-samples[code].seen, code)):
        drawn[language] = samples[language].texts()
        there = found(
            drawn[language],
            language,
            left_out=wishes.left_out,
            unfit=wishes.unfit,
            smallest=wishes.smallest,
            embed=wishes.embed,
        )
        if there is None:
            too_few[language] = samples[language].seen
        else:
            made[language] = there
    return _told(made, drawn, too_few, wishes, earlier)


def _told(
    made: Mapping[str, Found],
    drawn: Mapping[str, list[str]],
    too_few: Mapping[str, int],
    wishes: Wishes,
    earlier: Sequence[Known],
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
        wishes,
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
