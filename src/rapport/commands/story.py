"""The command that tells one person's story: on the screen, for machines, or as a page."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rapport.commands.computing import current_results
from rapport.commands.story_ledger import ledger_of
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.people.wording import in_words
from rapport.report.person import Told, person_page
from rapport.results import Said
from rapport.story import Event, Row, Story, story_of
from rapport.words import Words
from rapport.workspace import Workspace, write_whole

_SHOWN, _LONGEST = 60, 280

_FIELD_SENTENCES = {
    "name": Said("name"),
    "relation": Said("relation"),
    "role": Said("role"),
    "company": Said("company"),
    "household_id": Said("household"),
    "language": Said("language"),
    "orders": Said("orders"),
    "revenue": Said("net revenue"),
    "first_order": Said("first order"),
    "last_order": Said("last order"),
    "alive": Said("chance of being still a customer"),
    "expected_orders": Said("orders expected in the next year"),
    "lifetime_value": Said("lifetime value"),
}
_KIND_SENTENCES = {
    "negative": Said("negative"),
    "neutral": Said("neutral"),
    "positive": Said("positive"),
    "unsure": Said("unsure"),
    "praise": Said("praise"),
    "complaint": Said("complaint"),
    "suggestion": Said("suggestion"),
    "question": Said("question"),
    "purchase_intent": Said("wish to buy"),
    "leaving": Said("wish to leave"),
    "thanks": Said("thanks"),
    "recommendation": Said("recommendation"),
    "prospect": Said("prospect"),
    "new": Said("new customer"),
    "repeat": Said("repeat customer"),
    "lapsed": Said("lapsed customer"),
    "person": Said("person"),
    "employee": Said("employee"),
    "brand": Said("brand"),
    "reseller": Said("reseller"),
}


def show(
    terminal: Terminal, workspace: Workspace, person: str, out: Path | None = None
) -> dict[str, Any]:
    """Tell what is known of one person, named as in the result tables or by an identifier.

    Raises Problem when nobody has that name, or several have.
    """
    terminal.speak(workspace.settings.languages)
    current_results(workspace)
    story = story_of(workspace, person)
    words, zone = terminal.words, ZoneInfo(workspace.settings.time_zone)
    if out is not None:
        page = person_page(
            story.person_id,
            _known(story, words, workspace.settings.currency),
            _accounts(story, words),
            [_told(event, words, zone) for event in story.events],
            words.language,
        )
        _write(out, page)
        terminal.say(words("The page is {path}.", path=out))
    else:
        _print(terminal, story, workspace)
    return {
        "person": person,
        "person_id": story.person_id,
        "accounts": list(story.accounts),
        **story.about,
        "orders": list(story.orders),
        "events": [_for_machines(event) for event in story.events],
        **({"page": str(out)} if out else {}),
    }


def _write(out: Path, page: str) -> None:
    try:
        write_whole(out, page.encode("utf-8", "replace"))
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(out), "Name another place with --out.")
        raise Problem("The page was not written.", [fault]) from error


def _print(terminal: Terminal, story: Story, workspace: Workspace) -> None:
    words, zone = terminal.words, ZoneInfo(workspace.settings.time_zone)
    terminal.say(words("The story of {person}", person=story.person_id), style="bold")
    known = _known(story, words, workspace.settings.currency)
    if known:
        terminal.table([words("What is known"), ""], [list(pair) for pair in known], right=[1])
    if story.accounts:
        heads = [words("System"), words("Account"), words("Why it is theirs")]
        terminal.table(heads, [list(row) for row in _accounts(story, words)])
    told = [_told(event, words, zone) for event in story.events]
    if len(told) > _SHOWN:
        terminal.say(
            words(
                "Of {all} events the last {n}; --json or --out tells all.",
                all=words.number(len(told)),
                n=_SHOWN,
            )
        )
    heads = [words("When"), words("Where"), words("What happened")]
    terminal.table(heads, [_line(each) for each in told[-_SHOWN:]])


def _line(told: Told) -> list[str]:
    kinds = f" [{', '.join(told.kinds)}]" if told.kinds else ""
    text = told.text if len(told.text) <= _LONGEST else f"{told.text[:_LONGEST]}…"
    said = f"{told.what}{kinds}" + (f"\n{text}" if text else "")
    return [told.when, told.where, said + (f"\n{told.link}" if told.link else "")]


def _known(story: Story, words: Words, currency: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for table, rows in story.about.items():
        for row in rows[:1] if table != "ledger" else ():
            for name in _FIELD_SENTENCES:
                if row.get(name) is not None and name not in found:
                    found[name] = _value(name, row, words, currency)
    known = [(words(_FIELD_SENTENCES[name].message), value) for name, value in found.items()]
    return [*known, *ledger_of(story.about.get("ledger", ()), words, currency)]


def _value(name: str, row: Row, words: Words, currency: str) -> str:
    value = row[name]
    if name == "lifetime_value" and row.get("low") is not None:
        ends = [words.money(float(row[end]), currency, 0) for end in ("low", "high")]
        middle = words.money(float(value), currency, 0)
        return words("{value}, from {low} to {high}", value=middle, low=ends[0], high=ends[1])
    if name in ("lifetime_value", "revenue"):
        return words.money(float(value), currency, 0)
    if name == "alive":
        return words.percent(float(value))
    if isinstance(value, dt.date):
        return words.date(value)
    if isinstance(value, float):
        return words.number(value, 1) if math.isfinite(value) else ""
    if isinstance(value, int):
        return words.number(value)
    said = _KIND_SENTENCES.get(str(value))
    return words(said.message) if said and name in ("relation", "role") else str(value)


def _accounts(story: Story, words: Words) -> list[tuple[str, str, str]]:
    return [(row["source"], str(row["account_id"]), _why(row, words)) for row in story.accounts]


def _why(row: Row, words: Words) -> str:
    evidence = in_words(row.get("evidence") or "", words.language)
    if not evidence:
        return ""
    chance = row.get("probability")
    if chance is None or chance >= 0.9995:
        return evidence
    return words("{evidence} ({chance})", evidence=evidence, chance=words.percent(chance, 0))


def _told(event: Event, words: Words, zone: ZoneInfo) -> Told:
    local = event.when.replace(tzinfo=dt.UTC).astimezone(zone)
    where = " · ".join(dict.fromkeys(part for part in (event.channel, event.source) if part))
    kinds = tuple(
        words(_KIND_SENTENCES[kind].message) for kind in event.kinds if kind in _KIND_SENTENCES
    )
    return Told(
        f"{words.date(local.date())}, {local:%H:%M}",
        event.what.text(words.language),
        where,
        event.text,
        event.url,
        kinds,
        event.place,
    )


def _for_machines(event: Event) -> dict[str, Any]:
    return {
        "when": event.when.replace(tzinfo=dt.UTC).isoformat(),
        "what": event.what.text("en"),
        "source": event.source,
        "channel": event.channel,
        "text": event.text,
        "url": event.url,
        "kinds": list(event.kinds),
        "place": event.place,
    }
