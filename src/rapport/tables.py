"""Tables as files that spreadsheets open without harm."""

from __future__ import annotations

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
