"""Messages to and about a brand, as people write them, for labels that the caller chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from rapport.simulation.texts.chance import chances
from rapport.simulation.texts.grammar import Grammar, Options, grammar, spoken
from rapport.simulation.texts.labels import (
    CRISES,
    KINDS,
    LANGUAGES,
    NATURAL,
    SENTIMENTS,
    TOPICS,
    USUAL,
    checked,
)
from rapport.simulation.texts.manners import (
    HOSTILE_SHARE,
    attacked,
    joined,
    manner,
    opened,
    typed,
)
from rapport.simulation.texts.tidy import tidy

Roll = Callable[[], float]
Labels = Sequence[str] | np.ndarray

SHORT, LONG, OPENED, DETAILED, SECOND, CLOSED = 0.07, 0.09, 0.30, 0.42, 0.13, 0.25
MOOD, EMOJI, TAGGED, MENTION, FRANGLAIS = 0.35, 0.28, 0.10, 0.05, 0.03
"""Shares of messages that have each of these."""
ABOUT, BARE = "\ue000", "\ue001"
"""What the grammar writes where the topic's name goes."""


def messages(
    rng: np.random.Generator,
    kinds: Labels,
    sentiments: Labels,
    languages: Labels,
    topics: Sequence[str | None] | np.ndarray | None = None,
    ironies: Sequence[bool] | np.ndarray | None = None,
) -> list[str]:
    """Return one message for each row of labels; the same generator gives the same messages.

    Parameters
    ----------
    kinds
        Of `KINDS`.
    sentiments
        Of `SENTIMENTS`, toward the brand. Every kind can have every sentiment: a complaint of
        somebody who loves the brand all the same, thanks from somebody who is let down.
    languages
        "fr" or "en".
    topics
        Of `TOPICS` and `CRISES`, or None where the message may be about what it likes. Two-word
        messages ("so good") do not always name it.
    ironies
        True where the words say the contrary of what is meant; the sentiment is what is meant.

    Raises
    ------
    ValueError
        If a label is unknown or the lengths differ.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> messages(rng, ["question"], ["neutral"], ["en"], ["hours"])
    ["Anyone know about the opening hours ? I'm in Bath"]
    """
    n = len(kinds)
    given = [None] * n if topics is None else [topic or None for topic in topics]
    meant = [False] * n if ironies is None else [bool(irony) for irony in ironies]
    checked(list(kinds), KINDS, "kind")
    checked(list(sentiments), SENTIMENTS, "sentiment")
    checked(list(languages), LANGUAGES, "language")
    checked([topic for topic in given if topic], (*TOPICS, *CRISES), "topic")
    roll = chances(rng)
    rows = zip(kinds, sentiments, languages, given, meant, strict=True)
    return [
        _message(_Wish(kind, sentiment, language, topic or usual(kind, roll), irony), roll)
        for kind, sentiment, language, topic, irony in rows
    ]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one message has to say."""

    kind: str
    sentiment: str
    language: str
    topic: str
    irony: bool

    @property
    def natural(self) -> str:
        """The sentiment of this kind of message when nothing else is said."""
        return NATURAL[self.kind]

    @property
    def speech(self) -> Grammar:
        """The grammar of its language."""
        return grammar(self.language)

    def say(self, rule: str, roll: Roll, topic: str = "") -> str:
        """Return one text of a rule, with the topic named where the rule names it."""
        return named(self.speech.say(rule, roll), topic or self.topic, self.language, roll)

    def core(self, roll: Roll, topic: str = "") -> str:
        """Return what this kind of message says of the topic."""
        about = topic or self.topic
        text = spoken(cores(self.kind, about, self.language), roll)
        return named(text, about, self.language, roll)


def named(text: str, topic: str, language: str, roll: Roll) -> str:
    """Return the text with the topic's name where the grammar left it open."""
    speech = grammar(language)
    if ABOUT in text:
        text = text.replace(ABOUT, speech.say(f"about.{topic}", roll))
    if BARE in text:
        text = text.replace(BARE, speech.say(f"bare.{topic}", roll))
    return text


@cache
def cores(kind: str, topic: str, language: str) -> Options:
    """Return what a kind of message says of a topic: mostly words of its own, some general."""
    rules = grammar(language).rules
    own, general = rules.get(f"{kind}.{topic}", []), rules[kind]
    return [[own], [own], [own], [general]] if own else [[general]]


def usual(kind: str, roll: Roll) -> str:
    """Return a topic of the kind; the first are the most frequent."""
    known = USUAL[kind]
    return known[int(roll() * roll() * len(known))]


def _message(wish: _Wish, roll: Roll) -> str:
    how, greets = manner(roll), OPENED
    if wish.irony:
        sentences = _ironic(wish, roll)
    elif wish.sentiment == wish.natural and roll() < SHORT:
        sentences, greets = [wish.say(f"short.{wish.kind}", roll)], OPENED / 4
    else:
        sentences = _meant(wish, roll)
    text = joined(sentences, how, roll)
    if roll() < greets:
        text = opened(wish.speech.say("open", roll), text, how, roll)
    text = typed(tidy(text, wish.language), how, wish.language, roll)
    text = _signed(text, wish, roll)
    return attacked(text, roll) if roll() < HOSTILE_SHARE else text


def _meant(wish: _Wish, roll: Roll) -> list[str]:
    """Return the sentences of a message that means what it says."""
    if wish.sentiment == wish.natural:
        return _of_one_mind(wish, roll)
    if wish.natural == "neutral":
        sentences = _of_one_mind(wish, roll)
        place = 0 if roll() < 0.4 else len(sentences)
        sentences.insert(place, wish.say(f"mood.{wish.sentiment}", roll))
        return sentences
    return _of_two_minds(wish, roll)


def _of_one_mind(wish: _Wish, roll: Roll) -> list[str]:
    kind = wish.kind
    sentences = [wish.core(roll)]
    more = roll()
    if more < LONG:
        sentences += [wish.say(f"detail.{kind}", roll), wish.core(roll, usual(kind, roll))]
        sentences.append(wish.say(f"detail.{kind}", roll))
    elif more < LONG + SECOND:
        sentences.append(wish.core(roll))
    if more < LONG or roll() < DETAILED:
        sentences.append(wish.say(f"detail.{kind}", roll))
    if wish.natural != "neutral" and roll() < MOOD:
        sentences.append(wish.say(f"mood.{wish.natural}", roll))
    if more < LONG or roll() < CLOSED:
        sentences.append(wish.say(f"close.{kind}", roll))
    return sentences


def _of_two_minds(wish: _Wish, roll: Roll) -> list[str]:
    """Return a complaint that forgives, or praise with a sting; the end is what counts."""
    quiet = f"{wish.kind}.{wish.sentiment}"
    if quiet in wish.speech.rules:
        sentences = [wish.say(quiet, roll)]
        if roll() < DETAILED:
            sentences.append(wish.say(f"turn.{wish.sentiment}", roll))
        return sentences
    sentences = [wish.core(roll)]
    if roll() < DETAILED:
        sentences.append(wish.say(f"detail.{wish.kind}", roll))
    other = usual("complaint", roll)
    sting = other if other != wish.topic else "price" if wish.topic != "price" else "delivery"
    sentences.append(wish.say(f"turn.{wish.sentiment}", roll, sting))
    return sentences


def _ironic(wish: _Wish, roll: Roll) -> list[str]:
    """Return the sentences of a message that says the contrary of what it means."""
    rules = wish.speech.rules
    if wish.sentiment == "negative":
        own, topical = f"irony.{wish.kind}", f"irony.negative.{wish.topic}"
        rule = own if own in rules else topical if topical in rules and roll() < 0.7 else ""
        sentences = [wish.say(rule or "irony.negative", roll)]
        if roll() < DETAILED:
            sentences.append(wish.say(f"detail.{wish.kind}", roll))
        return sentences
    remark = wish.say(f"irony.{wish.sentiment}", roll)
    quiet = f"{wish.kind}.{wish.sentiment}"
    if wish.natural != "negative":
        return [wish.core(roll), remark]
    return [wish.say(quiet, roll), remark] if quiet in rules else [remark]


def _signed(text: str, wish: _Wish, roll: Roll) -> str:
    """Return the text with its emoji, hashtags, mentions and foreign words, or without."""
    speech, mood = wish.speech, "irony" if wish.irony else wish.sentiment
    if roll() < EMOJI:
        sign = speech.say(f"emoji.{mood}", roll)
        text = f"{sign} {text}" if roll() < 0.12 else f"{text} {sign}"
    if roll() < FRANGLAIS:
        text = f"{text} {speech.say('franglais', roll)}"
    if roll() < TAGGED:
        tags = "tags.negative" if wish.sentiment == "negative" and roll() < 0.4 else "tags"
        text = f"{text} {speech.say(tags, roll)}"
    if roll() < MENTION and "@" not in text:
        text = f"@maisonalize {text}" if roll() < 0.6 else f"{text} cc @maisonalize"
    return text
