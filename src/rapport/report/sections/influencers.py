"""The section on those whom the brand asks to post: whether they tire, and are worth asking."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from rapport.report.charts.influencers import tiring
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    excerpt,
    figure,
    number_rows,
)
from rapport.words import Words

NUMBERS = (
    *("influencer_requests", "influencer_yes_share", "influencer_tiring", "influencer_ask_cap"),
    *("influencer_cost", "influencer_post_gain", "influencers_to_stop"),
    "influencer_sponsored_ratio",
)
QUESTION = "Do we tire the people we court?"
_SHOWN = 10


def influencers(findings: Findings, prose: Prose) -> Section:
    """Return the section on the people whom the brand asks to post."""
    picture, grid = _tiring(findings, prose), _people(findings, prose)
    return Section(
        key="influencers",
        title=prose.say("Do we tire the people we court?"),
        answer=_answer(findings, prose),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=_basis(findings, prose),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    ratio = findings.number("influencer_tiring")
    if ratio is None:
        usual = prose.say("We cannot tell: no file says whom the brand asked to post.")
        return cannot_tell(findings, prose, QUESTION, usual)
    if ratio.high >= 0.999:
        first = prose.say("Nothing shows that they tire: they say yes as often as at first.")
    else:
        first = prose.say(
            "Yes: with each further request the chance of a post falls by {fall}.",
            fall=_fall(findings),
        )
    second = _worth(findings, prose)
    return first + Markup(" ") + second


def _fall(findings: Findings) -> Markup:
    ratio = findings.numbers["influencer_tiring"]
    text = findings.words.percent(1 - ratio.value)
    return Markup('<a class="n" href="#def-influencer_tiring">{}</a>').format(text)


def _worth(findings: Findings, prose: Prose) -> Markup:
    stop = findings.number("influencers_to_stop")
    if stop is None:
        return prose.say("Whether asking pays, the record cannot tell.")
    if not round(stop.value):
        return prose.say("Of none of them is it sure that another request would not pay.")
    return prose.many(
        "{who} is not worth another request.",
        "{who} are not worth another request.",
        round(stop.value),
        who=prose.counted(stop),
    )


def _basis(findings: Findings, prose: Prose) -> tuple[str | Markup, ...]:
    if "influencer_tiring" not in findings.numbers:
        return ()
    return (
        prose.say(
            "What follows a post is what orders show in the two weeks after it, against other days "
            "of the same month. Whoever was reached and bought later, or by another way, is only "
            "in the upper end of the range."
        ),
    )


def _tiring(findings: Findings, prose: Prose) -> Figure | None:
    rows = [
        row
        for row in findings.rows("influencer_response", ("nth", "share", "expected", "people"))
        if row["people"] >= findings.smallest_group
    ]
    if len(rows) < 2:
        return None
    words = findings.words
    return figure(
        findings,
        "tiring",
        prose.say(
            "Requests answered by a post, {seen} and {learnt}",
            seen=colored(words("as they were"), "middle"),
            learnt=colored(words("as learnt from all"), "deep"),
        ),
        lambda width: tiring(rows, words, width),
        table="influencer_response",
    )


def _people(findings: Findings, prose: Prose) -> Grid | None:
    rows = findings.rows("influencers", ("person_id", "approaches", "response", "verdict"))
    if not rows:
        return None
    words = findings.words
    rows.sort(key=lambda row: (-row["approaches"], row["person_id"]))
    return Grid(
        title=prose.say("Whom to ask again, and whom not"),
        heads=(
            Cell(words("Account")),
            Cell(words("Times asked"), "figure"),
            Cell(words("Posted"), "figure"),
            Cell(words("Chance of a post"), "figure"),
            Cell(words("Brings"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("Next request")),
        ),
        rows=tuple(_person(row, findings) for row in rows[:_SHOWN]),
        table="influencers",
        under=tuple(
            words("asked often enough this year") if row.get("rest") else ""
            for row in rows[:_SHOWN]
        ),
    )


def _person(row: dict[str, Any], findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    channel = str(row.get("channel") or "")
    name = str(row.get("account") or row["person_id"]).removeprefix(f"{channel}:")
    told = f"{excerpt(name, 40)} · {channel_name(channel, words)}" if channel else excerpt(name, 40)
    return (
        Cell(told),
        Cell(words.number(row["approaches"]), "figure"),
        Cell(words.number(row.get("yes") or 0), "figure"),
        Cell(words.percent(row["response"]), "figure"),
        Cell(_money(row.get("expected_gain"), findings), "figure"),
        Cell(_span(row, findings), "range"),
        Cell(_verdict(row, words)),
    )


def _verdict(row: dict[str, Any], words: Words) -> str:
    told = {
        "ask": words("ask"),
        "stop": words("do not ask"),
        "cannot tell": words("cannot tell"),
    }
    text = told.get(row["verdict"], row["verdict"])
    return str(text)


def _money(value: Any, findings: Findings) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return findings.words.money(value, findings.currency, 0)


def _span(row: dict[str, Any], findings: Findings) -> str:
    if row.get("low") is None or row.get("high") is None:
        return ""
    return f"{findings.words.number(row['low'])}–{_money(row['high'], findings)}"
