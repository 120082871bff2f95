"""The section on platforms: who is there, what they come for, cost, return, and what to do."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.report.charts.platforms import return_and_cost
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    figure,
    number_rows,
    rests_on_money,
)
from rapport.words import Words

NUMBERS = ("platforms_stay", "platforms_test", "platforms_leave")

_QUESTION = "Are we on the right platforms?"
_MOST = 12
_PAIRS = 3


def platforms(findings: Findings, prose: Prose) -> Section:
    """Return the section on platforms: people, talk, cost and return of each, and the verdict."""
    rows = sorted(
        findings.rows("platforms", ("channel", "verdict")),
        key=lambda row: -((row["customers"] or 0) + (row["prospects"] or 0)),
    )
    picture = _picture(findings, prose, rows)
    grid = _grid(findings, prose, rows)
    return Section(
        key="platforms",
        title=prose.say("Are we on the right platforms?"),
        answer=_answer(findings, prose, rows),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=_basis(findings, prose, rows),
    )


def _answer(findings: Findings, prose: Prose, rows: list[Row]) -> Markup:
    if not rows:
        usual = prose.say("We cannot tell: no file says who is on which network.")
        return cannot_tell(findings, prose, _QUESTION, usual)
    words = findings.words
    named = {
        said: _names([row for row in rows if row["verdict"] == said], words)
        for said in ("stay", "test", "leave", "cannot tell")
    }
    told: list[Markup] = []
    if named["stay"]:
        told.append(prose.say("Stay on {names}, which return more than they cost.",
                              names=named["stay"]))  # fmt: skip
    if named["leave"]:
        told.append(prose.say("Leave {names}: at the very most they return less than they cost.",
                              names=named["leave"]))  # fmt: skip
    if named["test"]:
        told.append(prose.say("Test {names}: what they return may be more or less than they cost.",
                              names=named["test"]))  # fmt: skip
    if named["cannot tell"]:
        told.append(prose.say("We cannot tell for {names}.", names=named["cannot tell"]))
    return Markup(" ").join(told)


def _names(rows: list[Row], words: Words) -> str:
    return ", ".join(channel_name(row["channel"], words) for row in rows)


def _picture(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    words = findings.words
    shown: list[dict[str, Any]] = [
        {
            "channel": channel_name(row["channel"], words),
            "low": row["low"] or 0.0, "high": row["high"],
            "value": row["value"], "cost": row["cost"],
        }
        for row in rows[:_MOST] if row["high"] is not None
    ]  # fmt: skip
    if not shown:
        return None
    return figure(
        findings,
        "platformmoney",
        prose.say(
            "What each platform may return a year, {range}, {value}, and what it costs (upright "
            "stroke)",
            range=colored(words("from the least to the most"), "middle"),
            value=colored(words("what connecting there was found to cause"), "deep"),
        ),
        lambda width: return_and_cost(shown, words, width),
        note=prose.say(
            "The most adds every purchase on a visit from there, and every contact that an answer "
            "there may have spared, as if none would have come otherwise. People on several "
            "platforms count on each, so the bars do not add up."
        ),
        table="platforms",
    )


def _grid(findings: Findings, prose: Prose, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    words, smallest = findings.words, findings.smallest_group
    purposes = {
        "help": words("help"),
        "praise": words("praise"),
        "buy": words("buying"),
        "ideas": words("ideas"),
    }
    verdicts = {
        "stay": words("stay"),
        "test": words("test it"),
        "leave": words("leave"),
        "cannot tell": words("cannot tell"),
    }
    return Grid(
        title=prose.say("Who is where, what they come for, and what to do"),
        heads=(
            Cell(words("Platform")),
            Cell(words("Customers"), "figure"),
            Cell(words("Prospects"), "figure"),
            Cell(words("Real followers"), "figure"),
            Cell(words("They write for")),
            Cell(words("Posts in a year"), "figure"),
            Cell(words("Visits in a year"), "figure"),
            Cell(words("Verdict")),
        ),
        rows=tuple(
            (
                Cell(channel_name(row["channel"], words)),
                Cell(_people(row["customers"], smallest, words), "figure"),
                Cell(_people(row["prospects"], smallest, words), "figure"),
                Cell(_number(row["real_followers"], words), "figure"),
                Cell(purposes.get(row["comes_for"] or "", "–")),
                Cell(_number(row["posts"], words), "figure"),
                Cell(_number(row["visits"], words), "figure"),
                Cell(verdicts[row["verdict"]]),
            )
            for row in rows[:_MOST]
        ),
        table="platforms",
        note=prose.say("Customers and prospects are those known by name; others may be there too."),
    )


def _people(many: int | None, smallest: int, words: Words) -> str:
    if many is None or 0 < many < smallest:
        return words("under {n}", n=smallest)
    return words.number(many)


def _number(many: float | None, words: Words) -> str:
    return "–" if many is None else words.number(many)


def _basis(findings: Findings, prose: Prose, rows: list[Row]) -> tuple[str | Markup, ...]:
    if not rows:
        return ()
    told: list[str | Markup] = []
    pairs = findings.rows("platform_overlap", ("channel", "other", "people", "share"))
    pairs.sort(key=lambda row: -row["share"])
    told += [
        prose.say(
            "Of the people known on {channel}, {share} are on {other} as well.",
            channel=channel_name(row["channel"], findings.words),
            other=channel_name(row["other"], findings.words),
            share=findings.words.percent(row["share"]),
        )
        for row in pairs[:_PAIRS]
    ]
    if not any(row["customers"] for row in rows):
        told.append(
            prose.say(
                "None of these accounts could be linked with a customer; ask customers for their "
                "handles, or give members of a programme a link of their own."
            )
        )
    told += rests_on_money(findings, prose)[:1]
    return tuple(told)
