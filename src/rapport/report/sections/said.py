"""The section on what is said, and on whether something is about to blow up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from rapport.listening.buzz.occasions import counts
from rapport.report.charts.said import spans, talk
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, colored, excerpt, figure, number_rows
from rapport.report.sections.topics import NUMBERS as TOPICS
from rapport.report.sections.topics import question_grid, topic_figure, topic_grid
from rapport.results import Said
from rapport.words import Words

FIRST = ("recent_messages", "net_sentiment", "share_of_voice")
LAST = (
    "alarms_open",
    "alarms_raised",
    "alarms_unexplained",
    "potential_reach",
    "potential_reach_genuine",
    "earned_media_value",
)
_KINDS = {"crisis": Said("crisis"), "praise": Said("praise"), "volume": Said("much talk")}
_SAID = ("praise", "complaint", "suggestion", "purchase_intent")
_BURSTS = {"few people": Said("few people"), "one author": Said("mostly one author")}
_OWN_POSTS = Said("under your own posts")
_SHOWN = 8
_FIGURES = 2


def said(findings: Findings, prose: Prose) -> Section:
    """Return the section on what is said."""
    alarms = findings.rows("alarms", ("alarm_id", "kind", "began", "flagged_on"))
    alarms.sort(key=_first)
    grids = (
        _alarms(alarms, findings, prose),
        _voice(findings, prose),
        topic_grid(findings, prose),
        question_grid(findings, prose),
    )
    return Section(
        key="said",
        title=prose.say("What is being said? Is something about to blow up?"),
        answer=_answer(alarms, findings, prose),
        figures=(*_drawn(findings, prose), *_figures(alarms, findings, prose))[:_FIGURES],
        numbers=number_rows(findings, prose, _names(findings)),
        grids=tuple(grid for grid in grids if grid),
        basis=_basis(findings, prose),
    )


def _first(row: Mapping[str, Any]) -> tuple[bool, bool, bool, float]:
    """Return what alarms are sorted by: not explained, going on, crises, the newest."""
    newest = -row["flagged_on"].timestamp()
    return not counts(row), row["ended"] is not None, row["kind"] != "crisis", newest


def _names(findings: Findings) -> tuple[str, ...]:
    """Return the numbers to show: shares corrected for the model's errors, else what it counted."""
    said = (
        f"{kind}_share" if f"{kind}_share" in findings.numbers else f"messages_{kind}"
        for kind in _SAID
    )
    return (*FIRST, *said, *LAST, *TOPICS)


def _drawn(findings: Findings, prose: Prose) -> tuple[Figure, ...]:
    drawn = topic_figure(findings, prose)
    return () if drawn is None else (drawn,)


def _answer(alarms: list[dict[str, Any]], findings: Findings, prose: Prose) -> Markup:
    recent = findings.number("recent_messages")
    if recent is None:
        usual = prose.say("We cannot tell: the record holds no messages.")
        return cannot_tell(findings, prose, "Is something about to blow up?", usual)
    told = [_now(alarms, findings, prose)]
    net = findings.number("net_sentiment")
    values = {"messages": prose.told(recent)}
    if net is None:
        told.append(prose.say("In the last 30 days others wrote {messages} messages.", **values))
    elif net.low > 0:
        told.append(
            prose.say(
                "In the last 30 days others wrote {messages} messages, more in praise than in "
                "blame.",
                **values,
            )
        )
    elif net.high < 0:
        told.append(
            prose.say(
                "In the last 30 days others wrote {messages} messages, more in blame than in "
                "praise.",
                **values,
            )
        )
    else:
        told.append(
            prose.say(
                "In the last 30 days others wrote {messages} messages; praise and blame are about "
                "as frequent.",
                **values,
            )
        )
    return Markup(" ").join(told)


def _now(alarms: list[dict[str, Any]], findings: Findings, prose: Prose) -> Markup:
    if "alarms_open" not in findings.numbers:
        return prose.say("Whether something is about to blow up we cannot tell yet.")
    alarms = [row for row in alarms if counts(row)]
    going = [row for row in alarms if row["ended"] is None]
    worst = next((row for row in going if row["kind"] == "crisis"), going[0] if going else None)
    if worst is None and not alarms:
        return prose.say("Nothing is out of the usual, and nothing was.")
    if worst is None:
        newest = max(alarms, key=lambda row: row["flagged_on"])
        day = findings.words.date(newest["flagged_on"].date())
        return prose.say("Nothing is out of the usual now; the last alarm was on {day}.", day=day)
    values = {
        "day": findings.words.date(worst["began"].date()),
        "size": findings.words.number(worst["size"], 0 if worst["size"] >= 10 else 1),
    }
    if worst["kind"] == "crisis":
        return prose.say("Yes: since {day} there are {size} times the usual complaints.", **values)
    if worst["kind"] == "praise":
        return prose.say(
            "Yes, for the better: since {day} there is {size} times the usual praise.", **values
        )
    return prose.say("Since {day} there is {size} times the usual talk.", **values)


def _figures(alarms: list[dict[str, Any]], findings: Findings, prose: Prose) -> tuple[Figure, ...]:
    rows = findings.rows("buzz_by_day", ("day", "complaint", "praise"))
    if len(rows) < 2:
        return ()
    words = findings.words
    alarm = colored(words("out of the usual"), "deep")
    titles = {
        "complaint": prose.say("Complaints; {alarm}: while an alarm ran", alarm=alarm),
        "praise": prose.say("Praise; {alarm}: while an alarm ran", alarm=alarm),
    }
    made = []
    for kind, title in titles.items():
        told = "crisis" if kind == "complaint" else "praise"
        shown = spans(rows, kind, [row for row in alarms if row["kind"] == told])
        note = prose.say("A bar is a week; the line is what is usual.")
        if shown and (shown[0]["end"] - shown[0]["start"]).days == 1:
            note = prose.say("A bar is a day; the line is what is usual.")
        if any(row["count"] for row in shown):
            made.append(
                figure(
                    findings,
                    f"said-{kind}",
                    title,
                    partial(talk, shown, words),
                    note=note,
                    table="buzz_by_day",
                )
            )
    return tuple(made)


def _alarms(alarms: list[dict[str, Any]], findings: Findings, prose: Prose) -> Grid | None:
    if not alarms:
        return None
    words = findings.words
    left = len(alarms) - _SHOWN
    return Grid(
        title=prose.say("What was out of the usual: first what nothing explains"),
        heads=(
            Cell(words("Began"), "text"),
            Cell(words("What"), "text"),
            Cell(words("Words that set it apart"), "text"),
            Cell(words("Times the usual"), "figure"),
            Cell(words("Doubled in"), "figure"),
            Cell(words("Authors"), "figure"),
            Cell(words("At stake"), "figure"),
        ),
        rows=tuple(_alarm(row, findings) for row in alarms[:_SHOWN]),
        table="alarms",
        note=prose.many("{n} more is in the table.", "{n} more are in the table.", left)
        if left > 0
        else "",
        under=tuple(excerpt(row.get("example_text")) for row in alarms[:_SHOWN]),
    )


def _alarm(row: Mapping[str, Any], findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    what = [_KINDS[row["kind"]].text(words.language)]
    what += [words("goes on")] if row["ended"] is None else []
    what += _explained(row, words)
    hours, stake = row.get("doubling_hours"), row.get("value_at_stake")
    grows = hours is not None and row.get("doubling_high") is not None
    return (
        Cell(words.date(row["began"].date(), "medium").replace(" ", "\u00a0"), "text"),
        Cell(", ".join(what), "text"),
        Cell(row.get("words") or row.get("topic") or "–", "text"),
        Cell(_between(row, "size", lambda value: words.number(value, int(value < 10))), "figure"),
        Cell(_span(float(hours or 0), words) if grows else "–", "figure"),
        Cell(words.number(row["people"]), "figure"),
        Cell("–" if stake is None else words.money(stake, findings.currency, 0), "figure"),
    )


def _explained(row: Mapping[str, Any], words: Words) -> list[str]:
    """Return what explains an alarm, in a few words."""
    told = []
    if row.get("burst") in _BURSTS:
        told.append(_BURSTS[row["burst"]].text(words.language))
    if row.get("explained_kind") == "own posts":
        told.append(_OWN_POSTS.text(words.language))
    elif row.get("explained_by"):
        told.append(words("with {event}", event=excerpt(row["explained_by"], 40)))
    return told


def _span(hours: float, words: Words) -> str:
    if hours < 48:
        text: str = words.quantity(max(round(hours), 1), "hours")
        return text
    days: str = words.quantity(round(hours / 24), "days")
    return days


def _between(row: Mapping[str, Any], name: str, shown: Any) -> str:
    value, low, high = (row.get(key) for key in (name, f"{name}_low", f"{name}_high"))
    if value is None or not math.isfinite(value):
        return "–"
    if low is None or high is None:
        return f"{shown(value)}"
    return f"{shown(value)} ({shown(low)} – {shown(high)})"


def _voice(findings: Findings, prose: Prose) -> Grid | None:
    """Return the share of voice and net sentiment of the newest week."""
    words = findings.words
    rows = findings.rows("voice", ("week", "target", "share"))
    every = [row for row in rows if not row["channel"]]
    if not every:
        return None
    newest = max(row["week"] for row in every)
    shown = [row for row in every if row["week"] == newest]
    if len(shown) < 2:
        return None
    return Grid(
        title=prose.say(
            "Who is talked about, in the week of {day}", day=words.date(newest, "medium")
        ),
        heads=(
            Cell(words("Brand"), "text"),
            Cell(words("Mentions"), "figure"),
            Cell(words("Share of voice"), "figure"),
            Cell(words("Net sentiment"), "figure"),
        ),
        rows=tuple(
            (
                Cell(row["target"], "text"),
                Cell(words.number(row["messages"]), "figure"),
                Cell(_between(row, "share", words.percent), "figure"),
                Cell(_between(row, "net", words.percent), "figure"),
            )
            for row in sorted(shown, key=lambda row: -row["share"])[:_SHOWN]
        ),
        table="voice",
    )


def _basis(findings: Findings, prose: Prose) -> tuple[Markup, ...]:
    allowed = findings.facts.get("false_alarms")
    told = []
    if allowed is not None and "alarms_open" in findings.numbers:
        shown = findings.words.number(allowed, 0 if float(allowed).is_integer() else 1)
        told.append(
            prose.say(
                "Alarms are set so that {n} a month, at most, is false on average; listening."
                "false_alarms in rapport.toml changes that.",
                n=shown,
            )
        )
    if "recent_messages" in findings.numbers:
        told.append(
            prose.say(
                "Copies of one text count once; the brand's own messages and answers to surveys do "
                "not count for alarms."
            )
        )
    return tuple(told)
