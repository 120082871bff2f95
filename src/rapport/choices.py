"""Questions of which several answers may be chosen, as survey tools write the answers.

Some tools put what was chosen into one cell, with a sign between; others give each choice a column
of its own. Either is read by the words of the choices, in any order and language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapport.questionnaire import BY_CODE, CHOICES, plain

SEVERAL = "motives"
NONE = "motive_none"
_SHORT = {
    "motive_help": ("help", "aide"),
    "motive_information": ("information", "informations"),
    "motive_belonging": ("belonging", "appartenance"),
    "motive_saving": ("saving", "money saved", "economies"),
    "motive_self_expression": ("self expression", "expression de soi"),
    "motive_being_heard": ("being heard", "etre entendu"),
    "motive_doing_good": ("doing good", "faire le bien"),
    "motive_none": ("none", "none of the above", "aucun", "aucun de ces choix"),
}
_LABELS = {
    plain(label): code
    for labels in BY_CODE[SEVERAL].labels.values()
    for label, code in zip(labels, CHOICES, strict=True)
}
_NAMES = {
    **_LABELS,
    **{short: code for code, several in _SHORT.items() for short in several},
    **{plain(code): code for code in CHOICES},
    **{plain(code.replace("_", " ")): code for code in CHOICES},
}
_ASKED = re.compile(
    r"(?:.* )?(?:what do you come to \w.*? for|que venez vous chercher chez \w.*?"
    r"|motives?|motifs?|motivations?)(?: .*?)? "
    rf"({'|'.join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))})"
)
_BETWEEN = re.compile(r"[;,|\n\r\t]+")
_YES = {*("1", "x", "yes", "y", "true", "oui", "o", "vrai", "checked", "selected", "coche")}
_YES |= {"1 0", "quoted", "ja", "si", "✓", "✔", "☑", "on"}
_NO = {*("0", "no", "n", "false", "non", "faux", "unchecked", "not selected", "non coche")}
_NO |= {"0 0", "not quoted", "nein", "☐", "off"}


@lru_cache(maxsize=10_000)
def choice_of(header: str) -> str | None:
    """Return the code of the choice whose column this is; None for any other column.

    Examples
    --------
    >>> choice_of("What do you come to Alizé for? (choose all that apply) - Saving money")
    'motive_saving'
    >>> choice_of("Des économies"), choice_of("What do you come to Alizé for?")
    ('motive_saving', None)
    """
    words = plain(header)[:2000]
    if words in _LABELS or words.startswith(("motive ", "motive_")):
        return _NAMES.get(words)
    found = _ASKED.fullmatch(words)
    return _NAMES[found[1]] if found else None


@lru_cache(maxsize=10_000)
def chosen(cell: str) -> tuple[frozenset[str], str]:
    """Return the codes of what was chosen in one cell, and what it says beside them.

    Examples
    --------
    >>> codes, rest = chosen("Des economies; help and advice | Autre : le café")
    >>> sorted(codes), rest
    (['motive_help', 'motive_saving'], 'Autre : le café')
    >>> chosen("1,3,7")  # the numbers of choices that nobody knows the order of
    (frozenset(), '1, 3, 7')
    """
    found, others = set(), []
    for piece in (part.strip() for part in _BETWEEN.split(cell)):
        words = plain(piece)
        code = _NAMES.get(words)
        if code:
            found.add(code)
        elif words:
            others.append(piece)
    if len(found) > 1:  # nobody can choose none and some
        found.discard(NONE)
    return frozenset(found), ", ".join(others)


@lru_cache(maxsize=10_000)
def ticked(code: str, cell: str) -> bool | None:
    """Return whether a choice with a column of its own was chosen; None when the cell says neither.

    Examples
    --------
    >>> ticked("motive_help", "Help and advice"), ticked("motive_help", "Non")
    (True, False)
    >>> ticked("motive_help", "5") is None
    True
    """
    words = plain(cell) or cell.strip()
    if _NAMES.get(words) == code or words in _YES:
        return True
    return False if words in _NO else None
