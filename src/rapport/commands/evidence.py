"""Why accounts are one person, in words."""

from __future__ import annotations

from rapport.results import Said
from rapport.words import Words

_CODE_SENTENCES = {
    "email": Said("same e-mail"),
    "phone": Said("same phone"),
    "loyalty card": Said("same loyalty card"),
    "device": Said("same device"),
    "external id": Said("same number in another system"),
    "handle": Said("same handle"),
    "handle~name": Said("handle like the name"),
    "name": Said("same name"),
    "name~": Said("similar name"),
    "name+postcode": Said("same name and postcode"),
    "name+birth date": Said("same name and birth date"),
    "name+city": Said("same name and town"),
    "name+address": Said("same name and address"),
    "details": Said("several details together"),
    "decision": Said("linked by hand"),
}


def evidence_told(codes: str, words: Words) -> str:
    """Return the codes of `links.evidence` in words.

    Examples
    --------
    >>> evidence_told("email, name+postcode", Words.of("en"))
    'same e-mail, same name and postcode'
    """
    each = [code.strip() for code in codes.split(",") if code.strip()]
    said = [_CODE_SENTENCES[c].message if c in _CODE_SENTENCES else c for c in each]
    return ", ".join(words(message) for message in said)
