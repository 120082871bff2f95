"""The clauses of a message, and who is compared with whom, in French and in English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapport.listening.named.finding import Found
from rapport.listening.normalise import folded

Side = Literal["better", "worse", "left", "taken"]

# Where a clause ends. A comma alone does when what follows begins anew.
_CUT = re.compile(
    r"[.!?…;\n]+(?=\s|$)|\s[-–—]\s|[()]|:(?=\s)"
    r"|,?\s+(?=(?:mais|par contre|en revanche|alors que|tandis que|cependant|pourtant|sauf que"
    r"|contrairement à|contrairement a|contrairement aux?|à l['’]inverse de|heureusement que"
    r"|but|however|although|though|whereas|while|yet|unlike|except that|on the other hand)\b)"
    r"|,\s+(?=(?:et|and|je|j['’]|on|il|elle|ils|elles|c['’]|ça|ca|the|i|it|they|we|you|their|your"
    r"|chez|at|with|avec|quant à|là-bas)\b)",
    re.IGNORECASE,
)
_FEWEST = 2  # letters of a clause

_A, _B = r"⟨a⟩", r"⟨b⟩"
_FILL = r"(?:(?!⟨)[^.!?\n]){0,60}?"
_MORE = (
    r"(?:mieux|meilleure?s?|better|nicer|faster|cheaper|stronger|tastier|superieure?s?|superior"
    r"|moins ch[eè]re?s?(?: que| qu)?|plus (?!cher|lent|mauvais|nul)(?:\w+ ){0,2}?(?:que|qu))"
)
_LESS = (
    r"(?:pire|pires|worse|moins bien|moins bons?|moins bonnes?|inferieure?s?|inferior|slower"
    r"|more expensive|pricier|plus (?:cher|lent|mauvais|nul)(?:e?s?) (?:que|qu)"
    r"|moins (?!cher)(?:\w+ ){0,2}?(?:que|qu))"
)
_LESS_EN = r"(?:not as \w+ as|less \w+ than)"
_THAN = (
    r"(?:\s*(?:que|qu['’]|qu|a|than|to)?\s*(?:celui|celle|ceux|celles|the ones?)?"
    r"\s*(?:chez|de|d['’]|du|des|le|la|les|at|from|with|the)?\s*)"
)
_NO = re.compile(
    r"\b(?:pas|jamais|not|never|n['’]est|isn['’]?t|aren['’]?t|no|guere)\s+(?:\w+\s+)?$"
)

_UNLIKE = r"\b(?:contrairement|unlike|a l['’]inverse|a la difference)"
_RATHER = r"\b(?:plutot|rather than|instead of|au lieu)"
_PREFERS = r"\b(?:prefere|prefer|prefers|preferred|preferais)"
_BEATS = r"\b(?:beats?|bat|enfonce|ecrase|surpasse|outperforms?|surpasses)"
_LEFT = (
    r"\b(?:passee?s?|parties?|partis?|switch(?:ed|ing)?|moved|moving|chang(?:ed|e|er)|quitter?"
    r"|quittee?s?|left|leav(?:e|ing))"
)
_TO = r"\b(?:a|chez|pour|to|for|au|aux)"
_CAME = r"\b(?:passee?s?|switch(?:ed|ing)?|moved|moving|retourne[re]?|back)"
_SWAPPED = r"\b(?:remplace[res]*|replaced?|swapped|troque)"
_FOR = r"\b(?:par|with|by|for|pour|contre)"
_GOES = (
    r"\b(?:passe(?:r|es?)?|pars|partir|vais|switch(?:ing)?|moving|going|goes)\s+(?:\w+\s+)?"
    r"(?:a|chez|to|pour)"
)
_QUITS = (
    r"\b(?:quitter?|quittee?s?|resilie[res]*|leaving|left|ditch(?:ed|ing)?|done with|fini)\s+"
    r"(?:avec\s+|chez\s+|with\s+)?(?:\w+\s+)?"
)

# Each says of its first and its second name how they come off; None where there is but one.
_SHAPES: tuple[tuple[str, Side | None, Side | None], ...] = (
    (rf"{_A}{_FILL}\b{_MORE}{_THAN}{_B}", "better", "worse"),
    (rf"{_A}{_FILL}\b{_LESS}{_THAN}{_B}", "worse", "better"),
    (rf"{_A}{_FILL}\b{_LESS_EN}{_THAN}{_B}", "worse", "better"),
    (rf"{_PREFERS}{_FILL}{_A}{_FILL}\b(?:a|to|over|que){_THAN}{_B}", "better", "worse"),
    (rf"{_A}{_FILL}{_RATHER}{_THAN}{_B}", "better", "worse"),
    (rf"{_A}\s*>+\s*{_B}", "better", "worse"),
    (rf"{_A}\s*<+\s*{_B}", "worse", "better"),
    (rf"{_A}{_FILL}{_BEATS}{_THAN}{_B}", "better", "worse"),
    (rf"{_LEFT}{_FILL}{_A}{_FILL}{_TO}{_THAN}{_B}", "left", "taken"),
    (rf"{_CAME}{_FILL}{_TO}{_THAN}{_A}{_FILL}\b(?:de|depuis|from){_THAN}{_B}", "taken", "left"),
    (rf"{_SWAPPED}{_FILL}{_A}{_FILL}{_FOR}{_THAN}{_B}", "left", "taken"),
    (rf"{_UNLIKE}{_THAN}{_A}{_FILL}{_B}", None, None),
    (rf"{_A}{_FILL}{_UNLIKE}{_THAN}{_B}", None, None),
    (rf"\b{_MORE}{_THAN}{_A}", "worse", None),
    (rf"\b(?:{_LESS}|{_LESS_EN}){_THAN}{_A}", "better", None),
    (rf"{_RATHER}{_THAN}{_A}", "worse", None),
    (rf"{_UNLIKE}{_THAN}{_A}", None, None),
    (rf"{_GOES}{_THAN}{_A}", "taken", None),
    (rf"{_QUITS}{_A}", "left", None),
)
_COMPILED = tuple((re.compile(shape), first, second) for shape, first, second in _SHAPES)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message: where it starts and ends in the cleaned text."""

    start: int
    end: int


def clauses(text: str, found: Sequence[Found] = ()) -> list[Clause]:
    """Return the clauses of a cleaned text, in order; none is cut inside a name.

    Examples
    --------
    >>> text = "Le thé est bon, mais le colis est arrivé ouvert. Dommage"
    >>> [text[each.start : each.end] for each in clauses(text)]
    ['Le thé est bon', 'mais le colis est arrivé ouvert', 'Dommage']
    """
    made, start = [], 0
    for cut in _CUT.finditer(text):
        if any(each.start < cut.end() and cut.start() < each.end for each in found):
            continue
        made.append((start, cut.start()))
        start = cut.end()
    made.append((start, len(text)))
    kept: list[Clause] = []
    for first, last in made:
        part = text[first:last]
        if sum(map(str.isalnum, part)) < _FEWEST:
            if kept and part.strip():
                kept[-1] = Clause(kept[-1].start, last)
            continue
        lead = len(part) - len(part.lstrip())
        kept.append(Clause(first + lead, first + len(part.rstrip())))
    return kept or [Clause(0, len(text))]


def comparisons(text: str, found: Sequence[Found]) -> dict[int, str]:
    """Return how each name comes off where the message compares; names it does not are left out.

    "better" and "worse"; "taken" and "left" by somebody who changes; "inverse" for a name that the
    rest of the message is not true of ("unlike X").

    Parameters
    ----------
    text
        Cleaned.
    found
        The names in it.

    Examples
    --------
    >>> text = "Unlike Orange, Mobilune answers. I prefer Mobilune to Free."
    >>> names = [Found(0, 7, 13), Found(1, 15, 23), Found(1, 42, 50), Found(2, 54, 58)]
    >>> comparisons(text, names)
    {0: 'inverse', 1: 'better', 2: 'worse'}
    """
    sides: dict[int, str] = {}
    ordered = sorted(found, key=lambda each: each.start)
    for first, second in pairwise(ordered):
        if first.name != second.name:
            _judge(_masked(text, ordered, first, second), (first, second), sides)
    for each in ordered:
        if each.name not in sides:
            _judge(_masked(text, ordered, each, None), (each, None), sides)
    rest = [name for name in dict.fromkeys(each.name for each in ordered) if name not in sides]
    told = set(sides.values())
    if len(rest) == 1 and len(sides) == 1 and told <= {"taken", "worse"}:
        sides[rest[0]] = "left" if told == {"taken"} else "better"
    return sides


def _judge(masked: str, pair: tuple[Found, Found | None], sides: dict[int, str]) -> None:
    for shape, one, other in _COMPILED:
        if ("⟨b⟩" in shape.pattern) != (pair[1] is not None):
            continue
        match = shape.search(masked)
        if match is None:
            continue
        if one is None:
            last = pair[1] if pair[1] is not None and match[0].startswith("⟨a⟩") else pair[0]
            sides.setdefault(last.name, "inverse")
            return
        turned = _NO.search(masked[: match.start()]) is not None or _denied(match[0])
        for each, side in zip(pair, (one, other), strict=True):
            if each is not None and side is not None:
                sides.setdefault(each.name, _TURNED[side] if turned else side)
        return


_TURNED = {"better": "worse", "worse": "better", "left": "taken", "taken": "left"}
_DENIED = re.compile(
    rf"\b(?:pas|jamais|not|never|isn['’]t|aren['’]t|guere)\s+(?:\w+\s+){{0,2}}?(?:{_MORE}|{_LESS})"
)


def _denied(part: str) -> bool:
    return _DENIED.search(part) is not None


def _masked(text: str, every: Sequence[Found], first: Found, second: Found | None) -> str:
    """Return the folded text with the two names as ⟨a⟩ and ⟨b⟩, other names as they are not."""
    pieces, at = [], 0
    for each in every:
        pieces.append(folded(text[at : each.start]))
        mark = "⟨a⟩" if each is first else "⟨b⟩" if each is second else "quelqu un"
        pieces.append(mark)
        at = each.end
    pieces.append(folded(text[at:]))
    return "".join(pieces)
