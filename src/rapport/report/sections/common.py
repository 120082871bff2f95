"""What every section is built with: the rows of its numbers, its pictures, its basis."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markupsafe import Markup

from rapport.definitions import DEFINITIONS
from rapport.report.charts.canvas import NARROW, WIDE, Draw, svg
from rapport.report.findings import Findings
from rapport.report.parts import Figure, NumberRow
from rapport.report.prose import Prose
from rapport.results import Said
from rapport.words import Words

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}

GRADES = {
    "experiment": Said("experiment"),
    "natural experiment": Said("natural experiment"),
    "adjusted comparison": Said("adjusted comparison"),
    "model": Said("model"),
    "count": Said("count"),
    "assumption": Said("assumption"),
}


def number_rows(findings: Findings, prose: Prose, names: Sequence[str]) -> tuple[NumberRow, ...]:
    """Return the rows of the table of numbers, in the order of `names`; missing ones left out."""
    return tuple(_number_row(findings, prose, name) for name in names if name in findings.numbers)


def _number_row(findings: Findings, prose: Prose, name: str) -> NumberRow:
    number, words = findings.numbers[name], findings.words
    definition = DEFINITIONS.get(name)
    value, span = prose.cell(number)
    return NumberRow(
        name=name,
        title=prose.plain(definition.title) if definition else name,
        value=value,
        range=span,
        grade=number.grade.value,
        people="" if not number.people else words.number(number.people),
        rows="" if number.rows is None else words.number(number.rows),
        table=number.table,
    )


def figure(
    findings: Findings,
    key: str,
    title: Markup,
    draw: Draw,
    *,
    note: str | Markup = "",
    table: str = "",
) -> Figure:
    """Return a picture drawn twice: as wide as a page, and as a phone."""
    told = str(title.striptags())
    drawn = {
        size: svg(draw(size), f"{key}{size}", told, findings.words, findings.currency)
        for size in (WIDE, NARROW)
    }
    return Figure(key, title, drawn[WIDE], drawn[NARROW], note, table)


def colored(text: str, kind: str) -> Markup:
    """Return a word in the colour that its marks have in the picture."""
    return Markup('<b class="key {}">{}</b>').format(kind, text)


def rests_on_money(findings: Findings, prose: Prose) -> list[Markup]:
    """Return what "money" means in this letter, in one or two sentences."""
    words, facts = findings.words, findings.facts
    told: list[Markup] = []
    if facts.get("money") == "margin":
        share = facts.get("margin_share")
        told.append(
            prose.say(
                "Money to come is margin: {share} of net revenue.", share=words.percent(share)
            )
            if share is not None
            else prose.say("Money to come is margin, as the files give it.")
        )
    elif facts.get("money") == "revenue":
        told.append(
            prose.say("Money to come is net revenue, not profit: rapport.toml names no margin.")
        )
    rate = facts.get("discount_rate")
    if rate:
        told.append(
            prose.say(
                "An amount a year away counts {rate} less than one of today.",
                rate=words.percent(rate / (1 + rate), 0),
            )
        )
    return told


def cannot_tell(findings: Findings, prose: Prose, question: str, usual: Markup) -> Markup:
    """Return why a question has no answer: as the run said it, or the usual reason."""
    reasons = [e.why for e in findings.results.untold if e.question.message == question]
    if not reasons:
        return usual
    why = reasons[0].text(findings.words.language)
    return prose.say("We cannot tell. {why}", why=why)


def horizon(findings: Findings) -> str:
    """Return how far ahead money is counted: "36 months"."""
    months = findings.horizon_months
    return findings.words("years") if months is None else findings.words.quantity(months, "months")


def excerpt(text: object, most: int = 160) -> str:
    r"""Return what somebody wrote on one line, cut at the end of a word.

    Emoji are left out, since the letter's fonts lack them, as are signs that steer the direction of
    what stands beside.

    Examples
    --------
    >>> excerpt("Le thé \U0001f375 est froid,\nencore une fois", 21)
    'Le thé est froid…'
    """
    kept = _EMOJI.sub("", str(text or ""))
    shown = (
        " " if sign.isspace() else sign for sign in kept if sign.isspace() or not _unseen(sign)
    )
    plain = " ".join("".join(shown).split())
    if len(plain) <= most:
        return plain
    whole, space, _ = plain[:most].rpartition(" ")
    return f"{(whole if space else plain[: most - 1]).rstrip(' ,;:.')}…"


def _unseen(sign: str) -> bool:
    return unicodedata.category(sign) in _UNSEEN


_PROPER = {"linkedin": "LinkedIn", "tiktok": "TikTok", "youtube": "YouTube"}


def channel_name(channel: str, words: Words) -> str:
    """Return a channel as a reader calls it; one that has no word in the catalogue as it is."""
    named = {
        "email": words("e-mail"),
        "phone": words("phone"),
        "chat": words("chat"),
        "social messaging": words("private messages"),
        "store": words("in store"),
        "web": words("web form"),
    }
    return named.get(channel) or _PROPER.get(channel) or channel.capitalize()
