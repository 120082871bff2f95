"""What the brand's own people write: posts, answers, ticket subjects; and what is written of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rapport.simulation.texts.chance import chances, picked
from rapport.simulation.texts.grammar import grammar
from rapport.simulation.texts.labels import (
    CRISES,
    KINDS,
    LANGUAGES,
    SENTIMENTS,
    TOPICS,
    checked,
)
from rapport.simulation.texts.manners import joined, manner, typed
from rapport.simulation.texts.messages import Labels, named, usual
from rapport.simulation.texts.tidy import tidy

Roll = Callable[[], float]

GOALS = ("acquire", "keep", "serve", "brand")
FORMATS = ("photo", "video", "reel", "link", "carousel", "story", "text")
CALLING = {"acquire": 0.75, "keep": 0.65, "serve": 0.5, "brand": 0.35}
"""Share of posts that ask for something, when the caller does not say."""
MOVING = {"video": "video", "reel": "video", "carousel": "carousel", "story": "story"}


def posts(
    rng: np.random.Generator,
    goals: Labels,
    formats: Labels,
    languages: Labels,
    calls: Sequence[bool] | np.ndarray | None = None,
) -> list[str]:
    """Return one post of the brand for each row.

    Parameters
    ----------
    goals
        Of `GOALS`: win customers, keep them, serve them, or speak of the brand.
    formats
        Of `FORMATS`.
    calls
        True where the post asks the reader to do something; by chance when None.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.

    Examples
    --------
    >>> posts(np.random.default_rng(2), ["serve"], ["text"], ["en"], [False])
    ['...']
    """
    checked(list(goals), GOALS, "goal")
    checked(list(formats), FORMATS, "format")
    checked(list(languages), LANGUAGES, "language")
    roll = chances(rng)
    asks = [roll() < CALLING[goal] for goal in goals] if calls is None else calls
    rows = zip(goals, formats, languages, asks, strict=True)
    return [_post(goal, form, language, bool(call), roll) for goal, form, language, call in rows]


def _post(goal: str, form: str, language: str, call: bool, roll: Roll) -> str:  # noqa: FBT001
    speech = grammar(language)
    text = speech.say(f"post.{goal}", roll)
    if roll() < 0.6:
        head = speech.say("post.open", roll)
        text = f"{head}{' ' if len(head) < 3 else picked((' : ', ' ! ', '. '), roll)}{text}"
    pieces = [text]
    if form in MOVING and roll() < 0.5:
        pieces.append(speech.say(f"post.format.{MOVING[form]}", roll))
    if call:
        pieces.append(speech.say(f"post.call.{goal}", roll))
    if roll() < 0.7:
        pieces.append(speech.say("post.tags", roll))
    return tidy(picked((". ", "\n", "\n\n"), roll).join(pieces), language).replace("?.", "?")


def answers(
    rng: np.random.Generator,
    kinds: Labels,
    languages: Labels,
    bots: Sequence[bool] | np.ndarray | None = None,
) -> list[str]:
    """Return one answer of the brand's team for each message; an automatic reply where `bots`.

    Parameters
    ----------
    kinds
        The kind of message that is answered, of `KINDS`.
    bots
        True where a machine answers at once, and says nothing.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.
    """
    checked(list(kinds), KINDS, "kind")
    checked(list(languages), LANGUAGES, "language")
    roll = chances(rng)
    machine = [False] * len(kinds) if bots is None else bots
    rows = zip(kinds, languages, machine, strict=True)
    return [
        grammar(language).say("bot", roll) if bot else _answer(kind, language, roll)
        for kind, language, bot in rows
    ]


def _answer(kind: str, language: str, roll: Roll) -> str:
    speech = grammar(language)
    said = [speech.say(f"answer.{kind}", roll)]
    if kind == "complaint" or (kind == "leaving" and roll() < 0.4):
        said.append(speech.say("answer.fix", roll))
    text = f"{speech.say('answer.open', roll)}, {said[0]}"
    for sentence in said[1:]:
        text += f"{_stop(text)} {_titled(sentence)}"
    if roll() < 0.7:
        text += f"{_stop(text)} {speech.say('answer.sign', roll)}"
    return tidy(text, language)


def _stop(text: str) -> str:
    return "" if text[-1] in "?!" else "."


def subjects(
    rng: np.random.Generator, kinds: Labels, topics: Labels, languages: Labels
) -> list[str]:
    """Return the subject line of one request for help for each row.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.
    """
    checked(list(kinds), KINDS, "kind")
    lines = _about(rng, [f"subject.{kind}" for kind in kinds], topics, languages)
    roll = chances(rng)
    return [
        typed(line, manner(roll), language, roll)
        for line, language in zip(lines, languages, strict=True)
    ]


def headlines(
    rng: np.random.Generator,
    sentiments: Labels,
    languages: Labels,
    topics: Sequence[str | None] | np.ndarray | None = None,
) -> list[str]:
    """Return one press headline for each row, of `SENTIMENTS`; crises of `CRISES` are topics.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.
    """
    checked(list(sentiments), SENTIMENTS, "sentiment")
    names = [f"headline.{sentiment}" for sentiment in sentiments]
    likely = [LIKELY[sentiment] for sentiment in sentiments]
    titles = _about(rng, names, topics, languages, kinds=likely)
    roll = chances(rng)
    return [
        f"{grammar(language).say(SECTION, roll).strip()} {title}" if roll() < 0.45 else title
        for title, language in zip(titles, languages, strict=True)
    ]


def articles(
    rng: np.random.Generator,
    titles: Sequence[str],
    languages: Labels,
    topics: Sequence[str | None] | np.ndarray | None = None,
) -> list[str]:
    """Return the beginning of the article under each headline.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.
    """
    bodies = _about(rng, ["press.body"] * len(titles), topics, languages)
    return [body.replace(HEADLINE, title, 1) for body, title in zip(bodies, titles, strict=True)]


SECTION = "headline.section"
HEADLINE = "\ue002"
"""What the grammar writes where an article repeats its headline."""


def open_answers(
    rng: np.random.Generator,
    sentiments: Labels,
    languages: Labels,
    topics: Sequence[str | None] | np.ndarray | None = None,
) -> list[str]:
    """Return one comment in a survey for each row, of `SENTIMENTS`.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.
    """
    checked(list(sentiments), SENTIMENTS, "sentiment")
    names = [f"open.{sentiment}" for sentiment in sentiments]
    likely = [LIKELY[sentiment] for sentiment in sentiments]
    begun = _about(rng, names, topics, languages, kinds=likely)
    roll = chances(rng)
    return [
        _commented(text, kind, language, roll)
        for text, kind, language in zip(begun, likely, languages, strict=True)
    ]


LIKELY = {"positive": "praise", "neutral": "suggestion", "negative": "complaint"}
"""The kind of message whose topics a comment of each sentiment has."""


def _commented(text: str, kind: str, language: str, roll: Roll) -> str:
    """Return a comment with a second sentence, or not, typed as people type."""
    how = manner(roll)
    sentences = [text]
    if roll() < 0.55:
        sentences.append(grammar(language).say(f"detail.{kind}", roll))
    return typed(tidy(joined(sentences, how, roll), language), how, language, roll)


def _about(
    rng: np.random.Generator,
    rules: Sequence[str],
    topics: Sequence[str | None] | np.ndarray | None,
    languages: Labels,
    *,
    kinds: Sequence[str] | None = None,
) -> list[str]:
    """Return one text of each rule about its topic, or about one that is usual for its kind."""
    given = [None] * len(rules) if topics is None else [topic or None for topic in topics]
    checked([topic for topic in given if topic], (*TOPICS, *CRISES), "topic")
    checked(list(languages), LANGUAGES, "language")
    likely = ["complaint"] * len(rules) if kinds is None else kinds
    roll = chances(rng)
    made = []
    for rule, topic, kind, language in zip(rules, given, likely, languages, strict=True):
        speech = grammar(language)
        known = rule if rule in speech.rules else rule.partition(".")[0]
        text = named(speech.say(known, roll), topic or usual(kind, roll), language, roll)
        made.append(_titled(tidy(text, language)))
    return made


def _titled(text: str) -> str:
    return text[:1].upper() + text[1:]
