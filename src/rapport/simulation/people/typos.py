"""One letter wrong, as fingers and ears make it."""

from __future__ import annotations

NEIGHBOURS = {
    "a": "zqs", "b": "vn", "c": "xv", "d": "sf", "e": "rz", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "km", "m": "ln", "n": "bm", "o": "ip", "p": "om",
    "q": "as", "r": "et", "s": "dz", "t": "ry", "u": "yi", "v": "cb", "w": "xz", "x": "cw",
    "y": "tu", "z": "ae",
}  # fmt: skip
"""Keys beside each key, on the French and English keyboards together."""


def mistyped(text: str, place: float, way: float) -> str:
    """Return the text with one letter swapped with the next, dropped, doubled or replaced.

    The first letter of a text is spared, as people see that one. Text of fewer than three letters
    is returned as it is.

    Parameters
    ----------
    place, way
        Chances between 0 and 1: where, and which kind.

    Examples
    --------
    >>> mistyped("Durand", 0.5, 0.0), mistyped("Durand", 0.5, 0.3), mistyped("Durand", 0.5, 0.6)
    ('Durnad', 'Durnd', 'Duraand')
    >>> mistyped("Durand", 0.9, 0.8)
    'Durans'
    """
    spots = [i for i in range(1, len(text)) if text[i].isalpha()]
    if len(spots) < 2:
        return text
    spot = spots[min(int(place * len(spots)), len(spots) - 1)]
    letter = text[spot]
    if way < 0.25 and spot + 1 < len(text) and text[spot + 1].isalpha():
        return text[:spot] + text[spot + 1] + letter + text[spot + 2 :]
    if way < 0.5:
        return text[:spot] + text[spot + 1 :]
    if way < 0.75:
        return text[:spot] + letter + text[spot:]
    keys = NEIGHBOURS.get(letter.lower(), letter)
    wrong = keys[int(way * 1000) % len(keys)]
    return text[:spot] + (wrong.upper() if letter.isupper() else wrong) + text[spot + 1 :]
