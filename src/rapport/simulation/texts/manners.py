"""How people type: accents, capitals, text-message spelling, typos, stretched letters, scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapport.simulation.people.names import without_accents
from rapport.simulation.people.typos import mistyped
from rapport.simulation.texts.chance import picked

Roll = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Manner:
    """How one message is typed; each field is the share of messages or letters it changes."""

    share: float
    plain: float = 0.0
    short: float = 0.0
    small: float = 0.0
    loud: float = 0.0
    stretched: float = 0.0
    typos: float = 0.0
    stops: tuple[str, ...] = (". ", ". ", ".\n")
    ends: tuple[str, ...] = (".", "", "!", ".")


MANNERS = (
    Manner(0.38, typos=0.03),
    Manner(
        0.34, plain=0.3, small=0.6, stretched=0.06, typos=0.10,
        stops=(", ", ". ", " ", "... ", " ! ", "… "), ends=("", "", "!", "!!", "...", "…"),
    ),
    Manner(
        0.16, plain=0.85, short=0.9, small=0.95, stretched=0.12, typos=0.12,
        stops=(" ", ", ", "... ", " "), ends=("", "", "!!!", "..", "?!"),
    ),
    Manner(
        0.04, plain=0.5, loud=1.0, stretched=0.1, typos=0.05,
        stops=(" !!! ", ". ", " ", " ! "), ends=("!!!", "!!!!!", "!", ""),
    ),
    Manner(
        0.08, plain=0.4, small=0.4, typos=0.9, stops=(". ", " ", ", "), ends=("", ".", "!"),
    ),
)  # fmt: skip
"""Careful, casual, text-message, shouting, and fast fingers."""

SHORTER = {
    "fr": {
        "bonjour": "bjr", "bonsoir": "bsr", "beaucoup": "bcp", "vous": "vs", "nous": "ns",
        "toujours": "tjs", "toujours rien": "tjr rien", "quand": "qd", "pourquoi": "pk",
        "quelqu'un": "qqn", "quelque": "qq", "c'est": "c", "c'était": "t", "s'il": "sil",
        "j'ai": "g", "qu'on": "kon", "que": "ke", "qui": "ki", "quoi": "koi", "pas": "pa",
        "merci": "mrc", "demain": "2main", "rien": "r1", "bien": "bi1", "tout": "tt",
        "tous": "ts", "toute": "tte", "même": "mm", "problème": "pb", "message": "msg",
        "rendez-vous": "rdv", "parce": "pcq", "pour": "pr", "dans": "ds", "avec": "av",
        "trop": "tro", "vraiment": "vrmt", "jamais": "jms", "temps": "tps",
        "week-end": "we", "aujourd'hui": "auj", "peut-être": "ptet", "svp": "stp", "il y a": "ya",
    },
    "en": {
        "you": "u", "your": "ur", "are": "r", "please": "pls", "thanks": "thx", "thank": "thx",
        "because": "cuz", "great": "gr8", "to": "2", "for": "4", "tomorrow": "tmrw", "with": "w/",
        "what": "wat", "really": "rly", "people": "ppl", "though": "tho", "through": "thru",
        "about": "abt", "before": "b4", "see": "c", "okay": "k", "why": "y", "love": "luv",
        "going": "goin", "minutes": "mins", "message": "msg", "never": "nvr",
        "weeks": "wks", "week": "wk", "don't": "dont", "can't": "cant", "it's": "its", "and": "n",
        "right": "rite", "tonight": "2nite", "know": "kno",
    },
}  # fmt: skip
"""Words as they are typed in a hurry."""
SHORTENED = 0.6
"""Share of those words that a text-message writer does shorten."""

WORD = re.compile(r"[^\W\d_][\w'’-]*")
VOWEL = re.compile(r"[aeiouyé](?=[^\s\W]?\b)")
KEPT = re.compile(r"[#@]\S+")


def manner(roll: Roll) -> Manner:
    """Return how the next message is typed."""
    left = roll()
    for known in MANNERS:
        left -= known.share
        if left < 0:
            return known
    return MANNERS[0]


def joined(sentences: list[str], how: Manner, roll: Roll) -> str:
    """Return sentences as one text, with the stops of that manner between and after them."""
    text = sentences[0]
    for sentence in sentences[1:]:
        stop = picked(how.stops, roll)
        if text[-1] in ".!?…":
            stop = " "
        begins = how.small < 0.5 and (stop[0] in ".!" or stop == " ")
        text += stop + (_capital(sentence) if begins else sentence)
    return text if text[-1] in ".!?…)" else text + picked(how.ends, roll)


GREETED = (", ", " ! ", ",\n", ". ", " ")


def opened(greeting: str, text: str, how: Manner, roll: Roll) -> str:
    """Return the text behind a greeting, or behind the word that it begins with."""
    if greeting[0] == "@":
        return f"{greeting} {text}"
    stop = picked(GREETED, roll) if greeting[0].isupper() else ", "
    if how.small < 0.5 and stop != ", ":
        text = _capital(text)
    return greeting + stop + text


def typed(text: str, how: Manner, language: str, roll: Roll) -> str:
    """Return a text as somebody of that manner types it."""
    if how.short and roll() < how.short:
        shorter = SHORTER[language]
        text = WORD.sub(lambda word: _short(word[0], shorter, roll), text)
    if roll() < how.typos:
        text = _with_typo(text, roll)
    if roll() < how.stretched:
        text = _stretched(text, roll)
    if roll() < how.plain:
        text = without_accents(text)
    if how.loud:
        return KEPT.sub(lambda tag: tag[0].lower(), text.upper())
    return text.lower() if roll() < how.small else _capital(text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(word: str, shorter: dict[str, str], roll: Roll) -> str:
    found = shorter.get(word.lower())
    return found if found is not None and roll() < SHORTENED else word


def _with_typo(text: str, roll: Roll) -> str:
    words = text.split(" ")
    place = int(roll() * len(words))
    if len(words[place]) > 3 and words[place][0] not in "#@":
        words[place] = mistyped(words[place], roll(), roll())
    return " ".join(words)


def _stretched(text: str, roll: Roll) -> str:
    spots = [match.start() for match in VOWEL.finditer(text)]
    if not spots:
        return text
    spot = spots[int(roll() * len(spots))]
    return text[:spot] + text[spot] * (3 + int(roll() * 5)) + text[spot + 1 :]


HOSTILE = (
    "<b>{}</b>", "<script>alert('{}')</script>", "=HYPERLINK(\"http://example.com\";\"{}\")",
    "\u202e{}", "+{}", "@SUM(1+1)*cmd|' /C calc'!A0 {}", "{}\u200f", "-{}",
    "{} &amp; &lt;3", "<img src=x onerror=alert(1)> {}", "{{{{7*7}}}} {}",
    "'; DROP TABLE messages; -- {}",
)  # fmt: skip
"""What somebody writes who is curious about the systems behind; harmless where text is text."""
HOSTILE_SHARE = 0.0015


def attacked(text: str, roll: Roll) -> str:
    """Return the text inside something that careless software would run."""
    return picked(HOSTILE, roll).format(text)
