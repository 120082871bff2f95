"""The page of one person: accounts, what is known, and all that happened, oldest first."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from rapport.report.prose import Prose
from rapport.tables import printable
from rapport.words import Words


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is written on the page: all texts, in the reader's language."""

    when: str
    what: str
    where: str = ""
    text: str = ""
    link: str = ""
    kinds: tuple[str, ...] = ()
    place: str = ""


def person_page(
    person: str,
    known: Sequence[tuple[str, str]],
    accounts: Sequence[tuple[str, str, str]],
    events: Sequence[Told],
    language: str,
) -> str:
    """Return a self-contained HTML page, safe whatever the person wrote.

    Parameters
    ----------
    person
        The person's id.
    known
        What is known: its name and its value.
    accounts
        The system, the account, and why it is theirs.
    events
        All that happened, in the order to be shown.
    language
        "en" or "fr".
    """
    style = (resources.files("rapport.report") / "letter.css").read_text("utf-8")
    environment = Environment(
        loader=PackageLoader("rapport.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("person.html").render(
        say=Prose(Words.of(language)).say,
        language=language,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        person=person,
        known=known,
        accounts=accounts,
        events=[(each, _web(each.link)) for each in events],
    )
    return printable(page)


def _web(link: str) -> str:
    """Return an address of the web, or nothing: no other scheme becomes a link."""
    return link if link.lower().startswith(("https://", "http://")) else ""
