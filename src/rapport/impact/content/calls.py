"""What a post asks its reader to do, in French and English: a kind of call, or none.

Rules rather than a model: a brand must be able to see why a post counts as asking. Each kind has
phrases of its own; the first kind that matches holds, in the order of `KINDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

KINDS = ("code", "buy", "book", "visit", "sign up", "contact", "take part", "read")
NONE = "none"

_PHRASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "code": (
            r"(avec|via|grace a) (le|ce|mon|notre) code",
            r"code( promo)? ?: ?[a-z0-9]{4,}",
            r"(with|use|using|enter) (the |our |my )?(promo )?code",
            r"parrainez",
            r"refer (a|your|my)\b",
        ),
        "buy": (
            r"(commandez|achetez|craquez|precommandez|profitez|offrez|foncez|shoppez|adoptez)\b",
            r"(je commande|j'?en profite|j'?achete|je craque)",
            r"(ajoutez|mettez)[^.!?]{0,20} (au|dans (le|votre)) panier",
            r"\b(order|buy|pre-?order) (now|today|online|yours?|here|at|in|,|via|on|the)",
            r"\bshop (now|today|online|yours?|here|via)\b",
            r"\b(grab|get|treat yourself to|pick up) (yours|one|it|your)\b",
            r"\badd to (cart|basket|bag)",
            r"(^|[.!\n] ?)(shop the|order|buy)\b",
        ),
        "book": (
            r"(reservez|je reserve|prenez (vite )?(rendez-vous|rdv)|prenez place)",
            r"\b(book|reserve) (now|your|a|online|here|yours|today)",
        ),
        "visit": (
            r"(venez|passez|rejoignez-nous|on se retrouve|poussez la porte)",
            r"rendez-vous (en|a|au|dans|chez|sur|le)|on vous attend",
            r"\b(see you|visit us|drop by|pop in|swing by|join us (at|in|on|for))",
            r"\bcome (and|along|by|in|over|taste|see|to)",
        ),
        "sign up": (
            r"(inscrivez|abonnez|adherez|telechargez|je m'?inscris|suivez-nous|activez)",
            r"\b(sign up|subscribe|register|download|join (the|our)|follow us|enrol)",
        ),
        "contact": (
            r"(ecrivez[- ]nous|contactez|appelez[- ]nous|envoyez[- ]nous)",
            r"(en (message prive|mp|dm)\b|service client est)",
            r"\b(send us|write to us|message us|contact us|call us|dm us|drop us|get in touch)",
            r"\b(customer (care|service) is)",
            r"\breply here",
            r"repondez ici",
        ),
        "take part": (
            r"(dites[- ]nous|votez|repondez|taguez|tagguez|identifiez|mentionnez|partagez)",
            r"(commentez|likez|aimez cette|participez|tentez|jouez|racontez|montrez|devinez)",
            r"(en commentaires?|dans les commentaires)",
            r"\b(tell us|vote|tag|share (yours|your|this|with)|comment (below|your|with))\b",
            r"\b(in the comments|let us know|answer (below|in|with)|enter (to|our|the))",
            r"\b(double[- ]tap|take part|have your say|show us|guess)\b",
        ),
        "read": (
            r"(decouvrez|lisez|regardez|ecoutez|explorez|consultez|cliquez|retrouvez|voir plus)",
            r"(lien en bio|lien dans (la|notre) bio|en savoir plus|sur (le|notre) blog)",
            r"(toute l'histoire|la visite complete|le reportage) (sur|en|,)",
            r"\b(discover\b|read (more|the|our|on)|watch (the|our|it|now)|listen to|explore|click)",
            r"\b(link in (our |the )?bio|learn more|find out|on (the|our) blog|see more|swipe up)",
            r"\b(the (whole|full) (story|visit)|the film) (on|at|in|,)",
            r"https?://|\bwww\.",
        ),
    }
)
_RULES = {kind: re.compile("|".join(_PHRASES[kind])) for kind in KINDS}


def call_of(text: str | None) -> str:
    """Return what a post asks for: one of `KINDS`, or "none".

    Examples
    --------
    >>> call_of("Le chaï doux arrive en boutique. Commandez, lien en bio")
    'buy'
    >>> call_of("How do you take your tea? Tell us in the comments")
    'take part'
    >>> call_of("Meet Elodie, head of the workshop")
    'none'
    """
    plain = _plain(text or "")
    return next((kind for kind in KINDS if _RULES[kind].search(plain)), NONE)


_CODE = re.compile(r"(?:\bcode\b)(?: promo)?\s*:?\s*[«\"']?\s*([A-Z][A-Z0-9]{3,14})\b")


def codes_of(text: str | None) -> tuple[str, ...]:
    """Return the coupons that a post names, as written.

    Examples
    --------
    >>> codes_of("-20 % avec le code BLACK20, jusqu'à dimanche")
    ('BLACK20',)
    """
    return tuple(dict.fromkeys(_CODE.findall(text or "")))


@lru_cache(maxsize=65536)
def _plain(text: str) -> str:
    """Return a text in small letters, without accents and tags, apostrophes straight."""
    small = unicodedata.normalize("NFKD", text.lower().replace("\u2019", "'"))
    bare = "".join(sign for sign in small if not unicodedata.combining(sign))
    return re.sub(r"#\w+", " ", bare)
