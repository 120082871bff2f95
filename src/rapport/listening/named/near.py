"""How far two spellings are apart, up to a bound."""

from __future__ import annotations

_LONG, _LONGER = 6, 10


def allowed(letters: int) -> int:
    """Return how many errors a name of so many letters may hold: none under 6, two from 10."""
    return 0 if letters < _LONG else 1 if letters < _LONGER else 2


def apart(one: str, other: str, most: int) -> int:
    """Return the errors between two words (Damerau 1964), or `most` + 1 where there are more.

    An error is a letter left out, added, or replaced, or two neighbours that changed places.

    Examples
    --------
    >>> apart("nespresso", "nesprseso", 2), apart("alize", "alyse", 1)
    (1, 2)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    if one == other:
        return 0
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != theirs))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
