"""Kinds of evidence who an account is, and what an exact match of each is worth."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

KINDS = (
    "email", "phone", "handle", "name", "given name", "family name", "postcode", "loyalty card",
    "device", "external id", "network account", "birth date", "city", "address", "occupation",
    "country",
)  # fmt: skip
"""Kinds that `resolve` reads; "country" (two letters) says how a national phone is written."""


class Worth(NamedTuple):
    """How likely two accounts are one person when a value is the same, by what their names say.

    Parameters
    ----------
    agree
        Their names are the same, or spelt alike.
    unknown
        One of them has no name, or too little of one.
    differ
        Their names are of two people.
    """

    agree: float
    unknown: float
    differ: float


WORTH: MappingProxyType[str, Worth] = MappingProxyType(
    {
        "network account": Worth(0.999, 0.99, 0.95),
        "external id": Worth(0.998, 0.98, 0.90),
        "loyalty card": Worth(0.995, 0.97, 0.75),
        "email": Worth(0.998, 0.985, 0.85),
        "phone": Worth(0.99, 0.90, 0.15),
        "device": Worth(0.98, 0.85, 0.20),
        "handle": Worth(0.97, 0.70, 0.20),
        "pseudonym": Worth(0.95, 0.50, 0.05),
        "email typo": Worth(0.97, 0.70, 0.05),
        "short id": Worth(0.97, 0.30, 0.02),
        "role email": Worth(0.90, 0.10, 0.02),
        "plain handle": Worth(0.85, 0.35, 0.02),
    }
)
"""Judgements: no published table says them. Two people of one household share phones and devices
(differ: low); couples share mailboxes, and people change their name (differ: not so low). Those of
handle, plain handle and pseudonym were lowered after errors on the simulated brand were seen."""

NETWORKS = (
    "bluesky", "facebook", "instagram", "linkedin", "mastodon", "pinterest", "reddit", "threads",
    "tiktok", "x", "youtube",
)  # fmt: skip
"""Channels on which a handle names one account: whoever bears it, in whichever export, is one."""

SPELT = MappingProxyType({"full": 0.60, "initial": 0.15})
"""How likely the owner of a handle that spells a name is the only person on record of that name:
most people of a name are not among those on record. Where several are, it is shared by all."""

CODES = (*WORTH, "email domain", "handle~name", "name", "name+postcode", "name+birth date",
         "name+city", "name+address", "name~", "details", "decision")  # fmt: skip
"""Codes of evidence as they stand in `links` and `link_evidence`; each is in the catalogue."""
