"""What somebody is told: one thing that happened, in words of the catalogue, with its message."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from rapport.results import Said
from rapport.words import Words

LONGEST = 1500  # characters of a message that are shown; the link leads to the rest


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that somebody is told.

    Parameters
    ----------
    key
        What the thing is: of two alerts with one key, a channel gets the first only.
    route
        Why it is told: "crisis", "complaint", "sales", "product", "question", "review",
        "waiting", "praise".
    title
        One sentence.
    lines
        Further sentences: who, what is at stake, why.
    quote
        What somebody wrote, as they wrote it: never to be trusted.
    url
        Where it stands, as its source says: never to be trusted.
    value
        What is at stake, in the brand's currency, where known.
    facts
        For machines: the same as figures and codes.
    """

    key: str
    route: str
    title: Said
    lines: tuple[Said, ...] = ()
    quote: str = ""
    url: str = ""
    value: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the alert for storage."""
        return {
            "key": self.key,
            "route": self.route,
            "title": self.title.to_dict(),
            "lines": [line.to_dict() for line in self.lines],
            "quote": self.quote,
            "url": self.url,
            "value": self.value,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Alert:
        """Return the alert that `to_dict` wrote."""
        lines = tuple(Said.from_dict(line) for line in stored["lines"])
        rest = {name: stored[name] for name in ("key", "route", "quote", "url", "value", "facts")}
        return cls(title=Said.from_dict(stored["title"]), lines=lines, **rest)


@dataclass(frozen=True, slots=True)
class Told:
    """An alert in one language, with nothing in it that could steer a screen.

    The texts are plain: each channel writes them so that it reads no markup in them.
    """

    title: str
    lines: tuple[str, ...]
    quote: str
    url: str
    brand: str
    caution: str = ""


def told(alert: Alert, language: str, brand: str, *, again: bool = False) -> Told:
    r"""Return an alert as a reader of the language is told it.

    `again` says that an earlier try may have arrived.

    Examples
    --------
    >>> alert = Alert("k", "sales", Said("A wish to buy."), quote="how much\x00?\u202e")
    >>> told(alert, "en", "Maison").quote
    'how much?'
    """
    words = Words.of(language)
    caution = words("An earlier try was cut off: this may have reached you already.")
    return Told(
        line(alert.title.text(language)),
        tuple(line(said.text(language)) for said in alert.lines),
        shown(alert.quote),
        safe_link(alert.url),
        line(brand),
        caution if again else "",
    )


def shown(text: str, longest: int = LONGEST) -> str:
    r"""Return what somebody wrote without controls, marks of direction and broken characters.

    Emoji and line ends stay.

    Examples
    --------
    >>> shown("a\x1b[31m\r\nb\ud800 \u202eevil \U0001f469\u200d\U0001f373")
    'a[31m\nb evil 👩\u200d🍳'
    """
    begin = text[: longest * 4]
    lines = begin.replace("\r\n", "\n").replace("\r", "\n")
    clean = "".join(c for c in lines if c in "\n\u200d\ufe0f\u00a0\u202f" or _harmless(c))
    cut = len(clean) > longest or len(text) > len(begin)
    return f"{clean[:longest].rstrip()}…" if cut else clean.strip()


def line(text: str, longest: int = 300) -> str:
    r"""Return a text on one line, clean and not without end.

    Examples
    --------
    >>> line("Subject\r\nBcc: all@x.example")
    'Subject Bcc: all@x.example'
    """
    return " ".join(shown(text, longest).split("\n"))


def _harmless(character: str) -> bool:
    return character.isprintable() and not "\ud800" <= character <= "\udfff"


def safe_link(url: str) -> str:
    """Return a web address that may be followed; empty when it is anything else.

    Examples
    --------
    >>> safe_link("https://a.example/p?id=1"), safe_link("javascript:alert(1)"), safe_link("x")
    ('https://a.example/p?id=1', '', '')
    """
    if len(url) > 2000 or not url.isprintable() or any(c in " <>\"'`|\\{}()[]" for c in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def digest_of(*parts: str) -> str:
    """Return a key of a thing, from what makes it one: 32 hexadecimal digits.

    Examples
    --------
    >>> digest_of("a", "bc") == digest_of("ab", "c")
    False
    """
    hashed = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass")
        hashed.update(len(content).to_bytes(8, "big") + content)
    return hashed.hexdigest()[:32]
