"""The parts of the letter on what people talk about, and on the questions worth an article."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from rapport.report.charts.topics import topics
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid
from rapport.report.prose import Prose
from rapport.report.sections.common import colored, excerpt, figure
from rapport.words import Words

NUMBERS = (
    "topics",
    "new_topics",
    "growing_topics",
    "with_topic_share",
    "questions_asked",
    "repeated_questions",
    "questions_unanswered",
)
_DRAWN, _SHOWN, _ASKED = 8, 10, 8
_LONGEST = 180
_LEFT_TO_RIGHT = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))

Row = dict[str, Any]


def topic_name(row: Row, words: Words) -> str:
    """Return a topic's name in the letter's language, or in the one it has."""
    return str(row.get(f"name_{words.language}") or row["name"])


def topic_figure(findings: Findings, prose: Prose) -> Figure | None:
    """Return the picture of what people talk about most; None without topics."""
    words = findings.words
    rows = findings.rows("topics", ("name", "messages", "people", "negative"))
    shown = _largest(rows)[:_DRAWN]
    if len(shown) < 2:
        return None
    drawn = [{**row, "name": topic_name(row, words)} for row in shown]
    return figure(
        findings,
        "topics",
        prose.say(
            "What people talk about most, and how much of it {displeased}",
            displeased=colored(words("in displeasure"), "deep"),
        ),
        lambda width: topics(drawn, words, width),
        note=prose.say("Messages by topic; a topic is named by its most distinctive words."),
        table="topics",
    )


def topic_grid(findings: Findings, prose: Prose) -> Grid | None:
    """Return the topics that are new, then those that changed, then the largest; None without.

    Under each stands a typical message.
    """
    words = findings.words
    rows = _largest(findings.rows("topics", ("name", "messages", "people")))
    if not rows:
        return None
    order = {"more": 0, "less": 1}
    rows.sort(key=lambda row: (not row.get("is_new"), order.get(row.get("course") or "", 2)))
    shown = rows[:_SHOWN]
    changed = any(row.get("is_new") or row.get("course") in order for row in rows)
    title = prose.say("What people talk about most")
    if changed:
        title = prose.say("Topics: new ones first, then those that changed")
    return Grid(
        title=title,
        heads=(
            Cell(words("Topic"), "text"),
            Cell(words("Messages"), "figure"),
            Cell(words("Times as many as before"), "figure"),
            Cell(words("In displeasure"), "figure"),
        ),
        rows=tuple(
            (
                Cell(_named(row, prose), "text"),
                Cell(words.number(row["messages"]), "figure"),
                Cell(_range(row, "growth", lambda value: words.number(value, 1), words), "range"),
                Cell(_range(row, "negative", words.percent, words), "range"),
            )
            for row in shown
        ),
        table="topics",
        note=prose.say(
            "Times as many: messages a day in the last 28 days against the 84 days before. Topics "
            "of which it is said that they changed are marked with an arrow."
        ),
        under=tuple(_safe(_cut(row.get("example_1"))) for row in shown),
    )


def question_grid(findings: Findings, prose: Prose) -> Grid | None:
    """Return the questions worth an article, under each the best answer given; None without."""
    words = findings.words
    rows = findings.rows("questions", ("question", "times", "people"))
    rows = [row for row in rows if row["people"] >= findings.smallest_group]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.get("contacts_saved") or 0.0), -row["times"]))
    money = any(row.get("money_saved") is not None for row in rows)
    heads = (
        Cell(words("Question"), "text"),
        Cell(words("Asked"), "figure"),
        Cell(words("Left without an answer"), "figure"),
        Cell(words("Contacts a year it may save"), "figure"),
    )
    return Grid(
        title=prose.say("Questions worth an article"),
        heads=heads,
        rows=tuple(
            (
                Cell(_safe(row["question"]), "text"),
                Cell(words.number(row["times"]), "figure"),
                Cell(_range(row, "unanswered", words.percent, words), "range"),
                Cell(_range(row, "contacts_saved", _whole(words), words), "range"),
            )
            for row in rows[:_ASKED]
        ),
        table="questions",
        note=_what_it_saves(findings, prose, rows, money=money),
        under=tuple(_best(row, prose) for row in rows[:_ASKED]),
    )


def _what_it_saves(findings: Findings, prose: Prose, rows: list[Row], *, money: bool) -> Markup:
    told = prose.say(
        "Saved at most: times a year that nobody answers, where the source shows answers, as if "
        "each would else ask again."
    )
    if not money:
        return told
    saved = sum(row.get("money_saved") or 0.0 for row in rows)
    amount = findings.words.money(saved, findings.currency)
    more = prose.say(
        "All of them together, at your cost of a contact: {money} a year.", money=amount
    )
    return told + Markup(" ") + more


def _largest(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row["messages"], str(row.get("topic_id"))))


def _named(row: Row, prose: Prose) -> Markup:
    name = _safe(topic_name(row, prose.words))
    if row.get("is_new"):
        return prose.say("{topic} (new)", topic=name)
    arrow = {"more": "↗", "less": "↘"}.get(row.get("course") or "")
    return Markup("{} {}").format(name, arrow) if arrow else Markup("{}").format(name)


def _range(row: Row, name: str, told: Callable[[float], str], words: Words) -> str:
    """Return a value and its range, or nothing when it cannot be told."""
    ends = [row.get(f"{name}{end}") for end in ("", "_low", "_high")]
    if any(end is None or not math.isfinite(end) for end in ends):
        return "–"
    value, low, high = (told(float(end)) for end in ends if end is not None)
    return words("{value} ({low} to {high})", value=value, low=low, high=high)


def _whole(words: Words) -> Callable[[float], str]:
    return lambda value: words.number(round(value))


def _best(row: Row, prose: Prose) -> str:
    answer = _cut(row.get("answer"))
    if not answer:
        return ""
    if row.get("answered_by") == "staff":
        return prose.say("The brand answered: {answer}", answer=_safe(answer))
    return prose.say("Somebody answered: {answer}", answer=_safe(answer))


def _cut(text: Any) -> str:
    return excerpt(text, _LONGEST)


def _safe(text: str) -> str:
    """Return what somebody wrote without signs that turn the direction of what stands beside it."""
    kept = text.translate(_LEFT_TO_RIGHT).replace("\0", "")
    return kept.encode("utf-8", "replace").decode("utf-8")
