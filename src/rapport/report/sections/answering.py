"""The section on whether people are answered, how long they wait, and what answering earns."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from rapport.report.charts.answering import finite, span_told, waiting_curve
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.answering_effects import gap_grid, outcome_figure, points_told
from rapport.report.sections.common import cannot_tell, channel_name, figure, number_rows
from rapport.words import Words

QUESTION = "Do we answer? How long do people wait?"
NUMBERS = (
    "median_wait",
    "p90_wait",
    "answered_in_an_hour",
    "answered_in_a_day",
    "still_waiting",
    "ended_unanswered",
    "first_contact_resolution",
    "recontact_rate",
    "reopened_rate",
    "satisfaction_raw",
    "satisfaction",
    "answered_fast_gap_naive",
    "answered_fast_gap",
    "contacts_avoided",
    "contacts_avoided_money",
    "community_first",
)
_CHANNELS, _SHOWN, _SAID = 5, 10, 160


def answering(findings: Findings, prose: Prose) -> Section:
    """Return the section on whether people are answered, and what answering earns."""
    figures = (_curve(findings, prose), outcome_figure(findings, prose))
    grids = (_by_channel(findings, prose), gap_grid(findings, prose), _unanswered(findings, prose))
    return Section(
        key="answering",
        title=prose.say("Do we answer? How long do people wait, and what does answering earn?"),
        answer=_answer(findings, prose),
        figures=tuple(each for each in figures if each is not None),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in grids if each is not None),
        basis=tuple(_basis(findings, prose)),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    waiting, day = findings.number("still_waiting"), findings.number("answered_in_a_day")
    if waiting is None:
        usual = prose.say("We cannot tell: no request for help and no conversation is on record.")
        return cannot_tell(findings, prose, QUESTION, usual)
    median = findings.number("median_wait")
    said: list[Markup] = []
    if median is not None and day is not None:
        half = Markup('<a class="n" href="#def-median_wait">{}</a>').format(
            span_told(60 * median.value, findings.words)
        )
        said.append(
            prose.say(
                "Half of all requests are answered by a person within {half}, and {day} within a "
                "day.",
                half=half,
                day=prose.told(day),
            )
        )
    else:
        said.append(prose.say("Fewer than half of all requests were ever answered by a person."))
    if waiting.value:
        said.append(
            prose.many(
                "{who} is still waiting.",
                "{who} are still waiting.",
                waiting.value,
                who=prose.counted(waiting),
            )
        )
    return Markup(" ").join([*said, *_earned(findings, prose)])


def _earned(findings: Findings, prose: Prose) -> list[Markup]:
    """Return what answering goes with, like compared with like, in a sentence; never a cause."""
    gap, naive = findings.number("answered_fast_gap"), findings.number("answered_fast_gap_naive")
    if gap is None or naive is None:
        return []
    if gap.low <= 0 <= gap.high:
        return [
            prose.say(
                "Whether people buy again more often after a fast answer cannot be told from "
                "chance: {gap} among comparable people.",
                gap=points_told(gap.value, gap.low, gap.high, findings.words),
            )
        ]
    told = {
        "gap": points_told(gap.value, gap.low, gap.high, findings.words),
        "naive": points_told(naive.value, naive.low, naive.high, findings.words),
    }
    if gap.value > 0:
        return [
            prose.say(
                "Those who were answered fast bought again more often than comparable people who "
                "were not answered: {gap}. Before like is compared with like, the difference is "
                "{naive}.",
                **told,
            )
        ]
    return [
        prose.say(
            "Those who were answered fast bought again less often than comparable people who were "
            "not answered: {gap}. Before like is compared with like, the difference is {naive}.",
            **told,
        )
    ]


def _curve(findings: Findings, prose: Prose) -> Figure | None:
    rows = findings.rows("waiting_curve", ("channel", "minutes", "share", "low", "high"))
    channels = list(dict.fromkeys(row["channel"] for row in rows))[:_CHANNELS]
    if not channels:
        return None
    words = findings.words
    labels = {row["channel"]: _labelled(row, words) for row in rows}
    shown = [{**row, "label": labels[row["channel"]]} for row in rows if row["channel"] in channels]
    note = prose.say(
        "Read a line from left to right: of a hundred who ask on that channel, how many a person "
        "has answered by then. The shade is its range; who still waits counts as waiting."
    )
    return figure(
        findings,
        "waits",
        prose.say("Share answered by a person within each time, by channel"),
        lambda width: waiting_curve(shown, words, width),
        note=note,
        table="waiting_curve",
    )


def _labelled(row: Row, words: Words) -> str:
    waiting = words("{n} still waiting", n=words.number(row["waiting"]))
    return f"{channel_name(row['channel'], words)} · {waiting}"


def _by_channel(findings: Findings, prose: Prose) -> Grid | None:
    rows = [
        row
        for row in findings.rows("waiting", ("grouping", "group", "requests"))
        if row["grouping"] == "channel" and row["people"] >= findings.smallest_group
    ]
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Waits by channel"),
        heads=(
            Cell(words("Channel"), "text"),
            Cell(words("Requests"), "figure"),
            Cell(words("Still waiting"), "figure"),
            Cell(words("Half within"), "figure"),
            Cell(words("Nine in ten within"), "figure"),
            Cell(words("Within a day"), "figure"),
        ),
        rows=tuple(
            (
                Cell(channel_name(row["group"], words)),
                Cell(words.number(row["requests"]), "figure"),
                Cell(words.number(row["waiting"]), "figure"),
                Cell(_wait(row, "median", words), "figure"),
                Cell(_wait(row, "p90", words), "figure"),
                Cell(_share(row, "within_24h", words), "figure"),
            )
            for row in rows
        ),
        table="waiting",
        note=prose.say("A dash: too few were ever answered for it to be told."),
    )


def _wait(row: Row, name: str, words: Words) -> str:
    return span_told(row[name], words) if finite(row.get(name)) else "–"


def _share(row: Row, name: str, words: Words) -> str:
    if not finite(row.get(name)):
        return "–"
    return words(
        "{value} ({low} to {high})",
        value=words.percent(row[name]),
        low=words.percent(row[f"{name}_low"]),
        high=words.percent(row[f"{name}_high"]),
    )


def _unanswered(findings: Findings, prose: Prose) -> Grid | None:
    worth = any(finite(row.get("value")) for row in _most(findings, "value", 1))
    rows = _most(findings, "value" if worth else "waiting_hours", _SHOWN)
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Who is still waiting, those of most value first")
        if worth
        else prose.say("Who has been waiting longest"),
        heads=(
            Cell(words("Who"), "person"),
            Cell(words("Channel"), "text"),
            Cell(words("Since"), "figure"),
            Cell(words("Waiting for"), "figure"),
            Cell(words("Worth to come"), "figure"),
        ),
        rows=tuple(_person(row, findings) for row in rows),
        table="unanswered",
        under=tuple(_said(row) for row in rows),
    )


def _most(findings: Findings, by: str, count: int) -> list[Row]:
    found = findings.largest("unanswered", by, count)
    return [] if found is None else found.to_pylist()


def _person(row: Row, findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    who = str(row.get("name") or row.get("person_id") or "–")
    value = row.get("value")
    return (
        Cell(_linked(who, row.get("url")), "person"),
        Cell(channel_name(row["channel"], words)),
        Cell(words.date(row["opened_on"].date(), "medium"), "figure"),
        Cell(span_told(60 * row["waiting_hours"], words), "figure"),
        Cell(_money(value, findings), "figure"),
    )


def _money(value: float | None, findings: Findings) -> str:
    known = value is not None and finite(value)
    return findings.words.money(value or 0.0, findings.currency, 0) if known else "–"


def _linked(text: str, url: Any) -> str | Markup:
    """Return a text that leads to a message on the web; only there."""
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        return text
    return Markup('<a href="{}" rel="noreferrer nofollow">{}</a>').format(url, text)


def _said(row: Row) -> str:
    text = " ".join(str(row.get("text") or "").split())
    return text if len(text) <= _SAID else f"{text[:_SAID]}…"


def _basis(findings: Findings, prose: Prose) -> list[Markup]:
    facts, words = findings.facts, findings.words
    told: list[Markup] = []
    if facts.get("answering_until") is None:
        return told
    if facts.get("business_hours"):
        hours = str(facts["business_hours"])
        told.append(prose.say("Only the time in which we are open counts: {hours}.", hours=hours))
    else:
        told.append(prose.say("All time counts, nights and weekends included."))
    if facts.get("machine_replies"):
        told.append(
            prose.many(
                "{count} reply of a machine was taken for no answer.",
                "{count} replies of machines were taken for no answers.",
                facts["machine_replies"],
                count=words.number(facts["machine_replies"]),
            )
        )
    if facts.get("requests_joined"):
        told.append(
            prose.many(
                "{count} request that somebody made twice on two channels is counted once.",
                "{count} requests that somebody made twice on two channels are counted once.",
                facts["requests_joined"],
                count=words.number(facts["requests_joined"]),
            )
        )
    if "satisfaction_least" in facts:
        told.append(
            prose.say(
                "If all who gave no rating were discontent, {least} would be content; if all were "
                "content, {most}.",
                least=words.percent(facts["satisfaction_least"]),
                most=words.percent(facts["satisfaction_most"]),
            )
        )
    return told
