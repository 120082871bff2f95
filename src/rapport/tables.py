"""Tables and pages that are opened without harm."""

from __future__ import annotations

import re

# What makes a spreadsheet read a cell as a formula (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; a quote goes before it where needed.

    Examples
    --------
    >>> defused("=1+1"), defused("Café"), defused("-")
    ("'=1+1", 'Café', "'-")
    """
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS) else text


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(page: str) -> str:
    r"""Return a page without control signs, which no reader sees and some programs obey.

    Examples
    --------
    >>> printable("red \x1b[31malert\x00\n")
    'red [31malert\n'
    """
    return _CONTROLS.sub("", page)
