"""Topics keep their numbers: those of a new run are matched with those of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rapport.listening.themes.bridges import JOINED, translated
from rapport.listening.themes.finding import likeness

SAME = 0.4  # cosine of their words from which two topics of two runs are one

Stems = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Known:
    """One topic in one language, as an earlier run found it."""

    topic_id: str
    language: str
    stems: Stems


@dataclass(frozen=True, slots=True)
class Side:
    """One topic in one language, as this run found it: its size and words."""

    language: str
    stems: Stems
    size: int


def joined(sides: Sequence[Side]) -> list[list[int]]:
    """Return the topics as groups of sides that mean the same, the largest first.

    A French and an English side are one topic when each is the other's most alike and they are
    alike enough; other languages stand alone.
    """
    french = [n for n, side in enumerate(sides) if side.language == "fr"]
    english = [n for n, side in enumerate(sides) if side.language == "en"]
    groups: list[list[int]] = []
    if french and english:
        meant = {n: translated(sides[n].stems) for n in french}
        alike = np.array([[likeness(meant[f], sides[e].stems) for e in english] for f in french])
        for row, f in enumerate(french):
            best = int(alike[row].argmax())
            if alike[row, best] >= JOINED and int(alike[:, best].argmax()) == row:
                groups.append([f, english[best]])
    taken = {n for group in groups for n in group}
    groups += [[n] for n in range(len(sides)) if n not in taken]
    return sorted(groups, key=lambda g: (-sum(sides[n].size for n in g), g))


def numbered(
    sides: Sequence[Side], groups: Sequence[Sequence[int]], earlier: Sequence[Known]
) -> list[tuple[str, bool]]:
    """Return each group's id, and whether no earlier run knew it.

    Sides are matched one to one within a language so that they are most alike together (Kuhn
    1955); a group keeps the id of its largest side that was known. New ids go on counting.

    Examples
    --------
    >>> before = [Known("t4", "en", {"delive": 0.9, "late": 0.4})]
    >>> now = [Side("en", {"app": 1.0}, 30), Side("en", {"delive": 0.8, "parcel": 0.3}, 20)]
    >>> numbered(now, [[0], [1]], before)
    [('t5', True), ('t4', False)]
    """
    match = _matched(sides, earlier)
    following = max((_number(each.topic_id) for each in earlier), default=0) + 1
    found: list[tuple[str, bool]] = []
    taken: set[str] = set()
    for group in groups:
        known = [match[n] for n in sorted(group, key=lambda n: -sides[n].size) if n in match]
        free = [topic_id for topic_id in known if topic_id not in taken]
        topic_id = free[0] if free else f"t{following}"
        following += not free
        taken.add(topic_id)
        found.append((topic_id, not free))
    return found


def _matched(sides: Sequence[Side], earlier: Sequence[Known]) -> dict[int, str]:
    from scipy.optimize import linear_sum_assignment

    match: dict[int, str] = {}
    for language in sorted({side.language for side in sides}):
        now = [n for n, side in enumerate(sides) if side.language == language]
        then = [each for each in earlier if each.language == language]
        if not then:
            continue
        alike = np.array([[likeness(sides[n].stems, each.stems) for each in then] for n in now])
        for row, column in zip(*linear_sum_assignment(-alike), strict=True):
            if alike[row, column] >= SAME:
                match[now[row]] = then[column].topic_id
    return match


def _number(topic_id: str) -> int:
    digits = topic_id[1:]
    return int(digits) if digits.isdigit() else 0
