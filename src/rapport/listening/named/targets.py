"""Sentiment toward the brand, its products, competitors and people, not of the message.

Praise of a competitor is not praise of the brand: each name is judged by the clauses that are about
it, and where names are compared, by how each comes off. What clauses are about follows the names in
them, as in targeted sentiment analysis (Jiang et al. 2011, "Target-dependent Twitter sentiment
classification", section 4), without a parser, so that it holds for hurried writing as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.listening.backends import Reader, open_reader
from rapport.listening.features import word_hash
from rapport.listening.heads import SENTIMENTS
from rapport.listening.named.clauses import Clause, clauses, comparisons
from rapport.listening.named.finding import Finder, Found
from rapport.listening.named.names import Name, named
from rapport.listening.normalise import clean

UNSURE = "unsure"
COLUMNS = ("message", "target", "target_kind", "written", *SENTIMENTS, "sentiment")

# How a name comes off in a comparison: probabilities of SENTIMENTS, assumed and checked on
# sentences of our own (tests/listening/test_targets.py).
_SIDES = {
    "better": (0.06, 0.19, 0.75),
    "worse": (0.62, 0.33, 0.05),
    "left": (0.72, 0.25, 0.03),
    "taken": (0.05, 0.35, 0.60),
}
_OPPOSITE = {"better": "worse", "worse": "better", "left": "taken", "taken": "left"}
_HALF = 0.5
_LEAST = 0.08
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Aimed:
    """What a message says of one name, before it is judged.

    Parameters
    ----------
    message, name
        Numbers in the texts and in the list.
    written
        As it stands in the message; empty where the brand is meant without its name.
    scope
        The part of the message that is about it; None for all of it.
    side
        How it comes off where names are compared; else None.
    """

    message: int
    name: int
    written: str
    scope: str | None
    side: str | None


class Targets:
    """Finds names in messages and says how the writer feels about each.

    Parameters
    ----------
    names
        The list; the first of kind "brand" is the brand itself.
    reader
        Who reads clauses.
    """

    def __init__(self, names: Sequence[Name], reader: Reader) -> None:
        self.names = tuple(names)
        self._reader = reader
        self._finder = Finder(self.names, is_word)
        kinds = [each.kind for each in self.names]
        self._brand = kinds.index("brand") if "brand" in kinds else None

    def aimed(self, texts: Sequence[object], own: Sequence[bool] | None = None) -> list[Aimed]:
        """Return what each message is about, without judging it.

        Parameters
        ----------
        texts
            Messages.
        own
            Whether each was written to the brand: on its page, as an answer, in a letter. Such a
            message is about the brand without naming it, unless another is named.
        """
        found: list[Aimed] = []
        for number, text in enumerate(texts):
            names = self._finder.find(text)
            ours = own is not None and bool(own[number])
            if names:
                found += self._parted(number, clean(text), names, ours=ours)
            elif ours and self._brand is not None:
                found.append(Aimed(number, self._brand, "", None, None))
        return found

    def _parted(self, number: int, text: str, names: Sequence[Found], *, ours: bool) -> list[Aimed]:
        parts = clauses(text, names)
        sides = comparisons(text, names)
        about = _about(parts, names)
        if ours and self._brand is not None and self._brand not in {f.name for f in names}:
            lead = sum(part.end <= names[0].start for part in parts)
            _imply(about, sides, self._brand, lead if self._rivals(names) else None)
        written = {each.name: text[each.start : each.end] for each in reversed(names)}
        made = []
        for name in dict.fromkeys(n for each in about for n in each):
            mine = [part for part, each in zip(parts, about, strict=True) if name in each]
            whole = len(mine) == len(parts)
            scope = None if whole else " ".join(text[part.start : part.end] for part in mine)
            made.append(Aimed(number, name, written.get(name, ""), scope, sides.get(name)))
        return made

    def _rivals(self, names: Sequence[Found]) -> bool:
        return all(self.names[each.name].kind == "competitor" for each in names)

    def judged(
        self, texts: Sequence[object], aimed: Sequence[Aimed], said: Floats | None = None
    ) -> Floats:
        """Return the probabilities of SENTIMENTS toward each name, a row for each of `aimed`.

        Parameters
        ----------
        texts
            Messages.
        aimed
            What `aimed` returned for them.
        said
            The sentiment of each whole message where it is known already, a row a message.
        """
        wanted: dict[str, int] = {}
        rows = [self._wanted(texts, each, said, wanted) for each in aimed]
        read = self._reader.read(list(wanted), None) if wanted else {}
        parts = np.stack([read[n] for n in SENTIMENTS], axis=1) if wanted else np.empty((0, 3))
        found = np.empty((len(aimed), len(SENTIMENTS)))
        for number, (each, row) in enumerate(zip(aimed, rows, strict=True)):
            plain = said[each.message] if row is None and said is not None else parts[row or 0]
            found[number] = _turned(np.asarray(plain, float), each.side)
        return found

    def _wanted(
        self, texts: Sequence[object], each: Aimed, said: Floats | None, wanted: dict[str, int]
    ) -> int | None:
        if each.scope is None and said is not None:
            return None
        scope = clean(texts[each.message]) if each.scope is None else each.scope
        return wanted.setdefault(scope, len(wanted))

    def sentiments(self, judged: Floats) -> list[str]:
        """Return the sentiment of each row: "unsure" where none is probable enough."""
        best, top = judged.argmax(axis=1), judged.max(axis=1) if len(judged) else np.empty(0)
        names = np.array(SENTIMENTS)[best]
        told: list[str] = np.where(top >= self._reader.sure_from, names, UNSURE).tolist()
        return told


def mentions(texts: Any, names: Any, *, model: str | Reader = "small", own: Any = None) -> Any:
    """Say of each name in each text how its writer feels about it.

    Parameters
    ----------
    texts
        As for `understand`.
    names
        A list of names (see `rapport.listening.named.names.named`): brands as texts, a mapping from
        name to kind, rows with aliases, handles and hashtags, or the path of a `names.csv`.
    model
        As for `understand`.
    own
        For each text, whether it was written to the brand (on its page, as an answer, in a letter):
        such a text is about the first brand of the list without naming it.

    Returns
    -------
    frame
        Of the texts' library, a row for each name in each text: `message` (the text's number, from
        0), `target`, `target_kind`, `written` (as it stands there), `negative`, `neutral`,
        `positive` (probabilities) and `sentiment` ("unsure" where none is probable enough).

    Raises
    ------
    Problem
        If the list of names has faults, or the texts are not a column of texts.

    Examples
    --------
    >>> text = "Le thé de Maison Alizé est délicieux, bien meilleur que celui de Kusmi."
    >>> found = mentions([text], {"Maison Alizé": "brand", "Kusmi": "competitor"}).to_pylist()
    >>> [(row["target"], row["sentiment"]) for row in found]
    [('Maison Alizé', 'positive'), ('Kusmi', 'negative')]
    """
    from rapport.listening.understanding import _like, _values

    values, like = _values(texts)
    reader = open_reader(model) if isinstance(model, str) else model
    targets = Targets(named(names), reader)
    aimed = targets.aimed(values, None if own is None else list(own))
    judged = targets.judged(values, aimed)
    columns: dict[str, Any] = {
        "message": pa.array([each.message for each in aimed], pa.int64()),
        "target": pa.array([targets.names[each.name].name for each in aimed], pa.string()),
        "target_kind": pa.array([targets.names[each.name].kind for each in aimed], pa.string()),
        "written": pa.array([each.written for each in aimed], pa.string()),
        **{name: pa.array(judged[:, place]) for place, name in enumerate(SENTIMENTS)},
        "sentiment": pa.array(targets.sentiments(judged), pa.string()),
    }
    table = pa.table({name: columns[name] for name in COLUMNS})
    return table if like is None else _like(table, like)


def _about(parts: Sequence[Clause], names: Sequence[Found]) -> list[set[int]]:
    """Return the names that each clause is about: its own, else those of the clause before."""
    about: list[set[int]] = [
        {each.name for each in names if part.start <= each.start < part.end} for part in parts
    ]
    first = next((each for each in about if each), set[int]())
    last = set(first)
    for place, each in enumerate(about):
        if each:
            last = each
        else:
            about[place] = set(last)
    return about


def _imply(about: list[set[int]], sides: dict[int, str], brand: int, lead: int | None) -> None:
    """Bring in the brand, which is meant without its name where a message is written to it.

    `lead` is how many clauses come before the first rival; None where no rival alone is named.
    """
    compared = [sides[name] for name in sorted(sides)]
    if lead is None or compared:
        for each in about:
            each.add(brand)
        if lead is not None and compared[0] in _OPPOSITE:
            sides[brand] = _OPPOSITE[compared[0]]
        return
    about[:lead] = [{brand} for _ in range(lead)]


def _turned(plain: Floats, side: str | None) -> Floats:
    """Return how a name comes off, from how the clause sounds and from the comparison."""
    if side is None:
        return plain
    if side == "inverse":
        mixed = np.array([plain[2], plain[1] + _HALF * plain[0], _HALF * plain[0]])
    elif side == "better":
        mixed = np.sqrt(np.maximum(plain, _LEAST)) * np.array(_SIDES[side])
    else:
        mixed = np.array(_SIDES[side])
    turned: Floats = mixed / mixed.sum()
    return turned


@cache
def _vocabulary() -> frozenset[int]:
    from rapport.listening.model import shipped

    return frozenset(shipped().network.words.hashes.tolist())


def is_word(word: str) -> bool:
    """Return whether a folded word is among those that the shipped model knows."""
    return word_hash(word) in _vocabulary()
