"""E-mails, phones and handles as they are compared."""

from __future__ import annotations

import re
from typing import NamedTuple

from rapport.people.names import fold

# Mailboxes of a function: several people read them.
_WORDS_OF_ROLES = """
info infos contact contacts hello bonjour admin office bureau accueil reception sales vente ventes
commercial support service services sav help aide team equipe shop boutique magasin orders
commande commandes compta comptabilite accounting accounts billing facturation noreply no-reply
donotreply nepasrepondre ne-pas-repondre marketing communication press presse rh hr jobs direction
secretariat postmaster webmaster mail email test none aucun na client clients customer customers
store caisse
"""
_ROLES = frozenset(_WORDS_OF_ROLES.split())
_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})
_TYPOS = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com",
    "gamil.com": "gmail.com", "gmail.fr": "gmail.com", "gmail.co": "gmail.com",
    "gmail.con": "gmail.com", "gnail.com": "gmail.com", "hotmial.com": "hotmail.com",
    "hotmal.com": "hotmail.com", "hotmail.con": "hotmail.com", "hotmai.com": "hotmail.com",
    "hotnail.com": "hotmail.com", "hotmial.fr": "hotmail.fr", "yaho.com": "yahoo.com",
    "yahoo.con": "yahoo.com", "yaho.fr": "yahoo.fr", "yahou.fr": "yahoo.fr",
    "orange.f": "orange.fr", "oranges.fr": "orange.fr", "wanado.fr": "wanadoo.fr",
    "outlok.com": "outlook.com", "outlook.con": "outlook.com", "outloo.com": "outlook.com",
    "iclou.com": "icloud.com", "icloud.con": "icloud.com", "lapost.net": "laposte.net",
    "laposte.fr": "laposte.net", "fre.fr": "free.fr",
}  # fmt: skip


_ADDRESS = re.compile(r"([^@\s]{1,64})@([^@\s]+\.[^@\s.]+)\.?")
_NOT_BARE = re.compile(r"[^a-z0-9]")


class Email(NamedTuple):
    """An address as it is compared.

    Parameters
    ----------
    address
        In small letters, without a tag after "+"; without the dots that Gmail ignores. '' when
        the text is no address.
    repaired
        The address with a mistyped domain put right: weak evidence. '' when nothing was.
    role
        True when a function reads it, such as info@.
    """

    address: str
    repaired: str
    role: bool


def parse_email(text: str) -> Email:
    """Return an e-mail address as it is compared.

    Examples
    --------
    >>> parse_email(" Jean.Dupont+news@GMail.com ").address
    'jeandupont@gmail.com'
    >>> parse_email("ana@gmial.com").repaired, parse_email("info@x.fr").role
    ('ana@gmail.com', True)
    >>> parse_email("none").address
    ''
    """
    plain = text.strip().strip("'<>").lower().removeprefix("mailto:")
    match = _ADDRESS.fullmatch(plain)
    if match is None:
        return Email("", "", role=False)
    local, domain = match.groups()
    local = local.partition("+")[0] or local
    right = _TYPOS.get(domain, "")
    repaired = f"{_local(local, right)}@{_domain(right)}" if right else ""
    role = fold(local) in _ROLES
    return Email(f"{_local(local, domain)}@{_domain(domain)}", repaired, role=role)


def _local(local: str, domain: str) -> str:
    return local.replace(".", "") if domain in _NO_DOTS else local


def _domain(domain: str) -> str:
    return "gmail.com" if domain == "googlemail.com" else domain


_PLAIN_NUMBER = re.compile(r"\+(?:33[1-9]\d{8}|44[1-9]\d{9}|32[1-9]\d{7,8}|41[1-9]\d{8})")


def parse_phone(text: str, country: str | None) -> str:
    """Return a phone number in E.164, or '' when it is none that could be dialled.

    Parameters
    ----------
    text
        As it was written: with or without a country code, with the apostrophe that some exports
        put before it, in groups.
    country
        Two letters of the country whose national form it may be in, or None.

    Examples
    --------
    >>> parse_phone("'06 12 34 56 78", "FR"), parse_phone("0033 6 12 34 56 78", None)
    ('+33612345678', '+33612345678')
    >>> parse_phone("020 7946 0018", "GB"), parse_phone("612345678", "FR")
    ('+442079460018', '+33612345678')
    >>> parse_phone("00000000", "FR")
    ''
    """
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""))
    digits = re.sub(r"^00", "+", digits)
    if _PLAIN_NUMBER.fullmatch(digits):
        return digits if len(set(digits[3:])) > 1 else ""
    if country == "FR" and re.fullmatch(r"0[1-9]\d{8}", digits):
        return f"+33{digits[1:]}" if len(set(digits[1:])) > 1 else ""
    return _asked(digits, country)


def _asked(digits: str, country: str | None) -> str:
    import phonenumbers

    if not digits.startswith("+") and country is None:
        return ""
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number) or len(set(str(number.national_number))) == 1:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_handle(text: str) -> str:
    """Return a handle as it is compared: without @, a server or a page's address.

    Examples
    --------
    >>> parse_handle("@J_Dupont84"), parse_handle("j.dupont84@mastodon.social")
    ('j_dupont84', 'j.dupont84')
    >>> parse_handle("plume190.bsky.social")
    'plume190'
    """
    plain = text.strip().rstrip("/").rpartition("/")[2].lower().lstrip("@")
    plain = plain.partition("@")[0]
    return re.sub(r"\.bsky\.[a-z.]+$", "", plain)


def letters(handle: str) -> str:
    """Return the letters of a handle, in which a name may stand.

    Examples
    --------
    >>> letters("Jean_Dupont.84")
    'jeandupont'
    """
    return re.sub(r"[^a-z]", "", fold(handle))


def bare(handle: str) -> str:
    """Return a handle without the signs that networks forbid or people leave out.

    Examples
    --------
    >>> bare("pixel_149") == bare("pixel.149")
    True
    """
    return _NOT_BARE.sub("", fold(handle))
