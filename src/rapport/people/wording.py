"""Evidence in words: what a code of `rapport.people.kinds.CODES` says to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rapport.results import Said

EVIDENCE: Mapping[str, Said] = MappingProxyType(
    {
        "email": Said("the same e-mail"),
        "email typo": Said("e-mails that differ by a slip"),
        "email domain": Said("the same e-mail but for a slip after the @"),
        "role email": Said("the same shared mailbox"),
        "phone": Said("the same phone"),
        "loyalty card": Said("the same loyalty card"),
        "device": Said("the same device"),
        "external id": Said("the same customer number"),
        "network account": Said("the same account on a network"),
        "short id": Said("the same short number"),
        "handle": Said("the same handle"),
        "plain handle": Said("the same handle, which others may have"),
        "pseudonym": Said("the same pseudonym"),
        "handle~name": Said("a handle that spells the name"),
        "name": Said("the same name"),
        "name~": Said("nearly the same name"),
        "name+postcode": Said("the same name and postcode"),
        "name+birth date": Said("the same name and birth date"),
        "name+city": Said("the same name and city"),
        "name+address": Said("the same name and address"),
        "details": Said("details that agree"),
        "decision": Said("somebody decided it"),
    }
)


def in_words(codes: str, language: str) -> str:
    """Return codes of evidence as a reader of that language is told them.

    Examples
    --------
    >>> in_words("phone, name", "en")
    'the same phone, the same name'
    >>> in_words("", "en")
    ''
    """
    named = [code for code in codes.split(", ") if code]
    return ", ".join(EVIDENCE[code].text(language) if code in EVIDENCE else code for code in named)
