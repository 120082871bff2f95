"""The formats of lists: for a CRM as they are, for the networks hashed as each asks.

Each network matches SHA-256 of an address or number that was first written in one way:

* Meta: e-mail in small letters without blanks; phone as digits with country code, without + and
  leading zeros (developers.facebook.com, Customer File Custom Audiences).
* Google: e-mail the same, and for Gmail without dots before the @; phone in E.164 with + (Google
  Ads help, "Formatting guidelines for uploading hashed data"; Google Ads API, Customer Match).
* TikTok: e-mail the same; phone in E.164 with + (TikTok ads help, "Create a Custom Audience with a
  customer file", September 2025).
* LinkedIn: e-mail alone, in small letters (LinkedIn help, "Contact targeting requirements").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

CRM = "crm"
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def plain_email(text: str) -> str:
    """Return an address in small letters without blanks; '' for what is none.

    Examples
    --------
    >>> plain_email(" Jane.Doe@Gmail.com "), plain_email("none")
    ('jane.doe@gmail.com', '')
    """
    plain = re.sub(r"\s+", "", text).lower()
    return plain if _EMAIL.fullmatch(plain) else ""


def email_for_google(text: str) -> str:
    """Return an address as Google matches it.

    Examples
    --------
    >>> email_for_google("Jane.Doe@Gmail.com"), email_for_google("Jane.Doe@x.fr")
    ('janedoe@gmail.com', 'jane.doe@x.fr')
    """
    local, _, domain = plain_email(text).rpartition("@")
    return f"{local.replace('.', '') if domain in _GMAIL else local}@{domain}" if domain else ""


def digits(phone: str) -> str:
    """Return a number in E.164 without its +.

    Examples
    --------
    >>> digits("+33612345678")
    '33612345678'
    """
    return phone.removeprefix("+")


def with_plus(phone: str) -> str:
    """Return a number in E.164 as it is."""
    return phone


def hashed(text: str) -> str:
    """Return SHA-256 in small hexadecimal letters; '' of nothing.

    Examples
    --------
    TikTok's help page prints this one:

    >>> hashed(plain_email("janedoe@gmail.com"))[:16]
    'd6117306485ed0e5'
    """
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@dataclass(frozen=True, slots=True)
class Platform:
    """How one network takes a list.

    Parameters
    ----------
    title
        What it is called.
    columns
        The heads of its file: e-mail, and phone where it takes one.
    email, phone
        How each is written before it is hashed.
    least
        The fewest rows that it takes, or advises; 0 where it names none.
    """

    title: str
    columns: tuple[str, ...]
    email: Callable[[str], str] = plain_email
    phone: Callable[[str], str] = with_plus
    least: int = 0

    def row(self, email: str, phone: str) -> tuple[str, ...] | None:
        """Return a row of hashes; None where it would hold nothing.

        Parameters
        ----------
        email
            As it is on record, or ''.
        phone
            In E.164, or ''.
        """
        made = [hashed(self.email(email)) if email else ""]
        if len(self.columns) > 1:
            made.append(hashed(self.phone(phone)) if _E164.fullmatch(phone) else "")
        return tuple(made) if any(made) else None


PLATFORMS = {
    "meta": Platform("Meta", ("email", "phone"), phone=digits, least=100),
    "google": Platform("Google Ads", ("Email", "Phone"), email=email_for_google),
    "linkedin": Platform("LinkedIn", ("email",), least=300),
    "tiktok": Platform("TikTok", ("Email_SHA256", "Phone_SHA256"), least=1000),
}
FORMATS = (CRM, *PLATFORMS)
