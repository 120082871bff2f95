"""The section on followers: who of them is real, and where they came in bursts."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.report.charts.audience import counted_and_real, growth, weeks_of
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    figure,
    number_rows,
)

NUMBERS = (
    "known_followers",
    "suspicious_followers",
    "suspicious_share",
    "growth_bursts",
    "pod_reaction_share",
)

_QUESTION = "Are our followers real?"
_NEEDED = ("channel", "what", "counted", "suspicious", "without", "without_low", "without_high")
_KINDS = ("followers", "known followers", "gained", "reactions")
_FEW_DAYS = 60


def audience(findings: Findings, prose: Prose) -> Section:
    """Return the section on followers: who of them is real, and where they came in bursts."""
    rows = _rows(findings)
    figures = (_real(findings, prose, rows), _growth(findings, prose))
    grid = _grid(findings, prose, rows)
    return Section(
        key="audience",
        title=prose.say("Are our followers real?"),
        answer=_answer(findings, prose),
        figures=tuple(each for each in figures if each),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=(_sample(prose),) if "suspicious_share" in findings.numbers else (),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    share, bursts = findings.number("suspicious_share"), findings.number("growth_bursts")
    if share is None and bursts is None:
        usual = prose.say("We cannot tell: no file says who follows the brand.")
        return cannot_tell(findings, prose, _QUESTION, usual)
    if share is None and bursts is not None:
        if not bursts.value:
            return prose.say(
                "As far as daily counts show, yes: no channel grew in bursts. Who the followers "
                "are, no file tells."
            )
        return prose.many(
            "Once, a channel grew far faster than usual; who came then, no file tells.",
            "{n} times, a channel grew far faster than usual; who came then, no file tells.",
            round(bursts.value),
        )
    if share is not None and share.high < 0.03:
        return prose.say("Nearly all: hardly any follower we could judge looks bought.")
    many = findings.numbers["suspicious_followers"]
    return prose.say(
        "Not all: of the followers we could judge, {share} look bought or automated, {many}.",
        share=prose.told(findings.numbers["suspicious_share"]),
        many=prose.counted(many),
    )


def _rows(findings: Findings) -> list[dict[str, Any]]:
    """Return the counts that may be shown: those of no small group."""
    rows = findings.rows("audience_clean", ("channel", "what", "counted"))
    return [_named(row, findings) for row in rows if row["counted"] >= findings.smallest_group]


def _named(row: dict[str, Any], findings: Findings) -> dict[str, Any]:
    return {**row, "channel": channel_name(str(row["channel"]), findings.words)}


def _real(findings: Findings, prose: Prose, rows: list[dict[str, Any]]) -> Figure | None:
    best: dict[str, dict[str, Any]] = {}
    for kind in reversed(_KINDS[:3]):  # the fullest count of each channel that can be judged
        for row in rows:
            if row["what"] == kind and all(row.get(name) is not None for name in _NEEDED):
                best[row["channel"]] = row
    shown = sorted(best.values(), key=lambda row: -row["counted"])
    if not shown:
        return None
    words = findings.words
    return figure(
        findings,
        "real",
        prose.say(
            "Followers {counted}, and {real} of them with their range",
            counted=colored(words("as counted"), "quiet"),
            real=colored(words("the real ones"), "deep"),
        ),
        lambda width: counted_and_real(shown, words, width),
        note=prose.say(
            "Counted are followers known by name or, where no file names them, those who came on "
            "the days on record."
        ),
        table="audience_clean",
    )


def _growth(findings: Findings, prose: Prose) -> Figure | None:
    needed = ("channel", "day", "counted_by", "gained", "excess")
    rows = [_named(row, findings) for row in findings.rows("audience_growth", needed)]
    counted = {row["channel"] for row in rows if row["counted_by"] == "network"}
    days = [r for r in rows if r["counted_by"] == "network" or r["channel"] not in counted]
    if not any(row["excess"] for row in days):
        return None
    last = max(row["day"] for row in days)
    first = min(row["day"] for row in days if row["excess"])
    recent = [row for row in days if row["day"] >= first.replace(day=1)]
    if (last - first).days < _FEW_DAYS:
        recent = days
    weeks = weeks_of(recent)
    words = findings.words
    return figure(
        findings,
        "growth",
        prose.say(
            "New followers by week: {ordinary} and {burst}",
            ordinary=colored(words("as expected"), "middle"),
            burst=colored(words("in bursts"), "deep"),
        ),
        lambda width: growth(weeks, width),
        note=_explained(prose, rows),
        table="audience_growth",
    )


def _explained(prose: Prose, rows: list[dict[str, Any]]) -> str | Markup:
    if not any(row.get("explained_by") for row in rows):
        return ""
    return prose.say(
        "Bursts within two days of a launch, press or promotion may be what it brought: half of "
        "them count as bought."
    )


def _grid(findings: Findings, prose: Prose, rows: list[dict[str, Any]]) -> Grid | None:
    told = [row for row in rows if row.get("suspicious") is not None]
    if not told:
        return None
    words = findings.words
    names = {
        "followers": words("followers"),
        "known followers": words("followers known by name"),
        "gained": words("new followers"),
        "reactions": words("likes, shares and comments"),
    }
    told.sort(key=lambda row: (_KINDS.index(row["what"]), -row["counted"]))
    return Grid(
        title=prose.say("Every count, with suspicious accounts and without them"),
        heads=(
            Cell(words("Channel")),
            Cell(words("What is counted")),
            Cell(words("Counted"), "figure"),
            Cell(words("Without"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(
            (
                Cell(str(row["channel"])),
                Cell(names[row["what"]]),
                Cell(words.number(row["counted"]), "figure"),
                Cell(words.number(row["without"]), "figure"),
                Cell(_span(row, findings), "range"),
            )
            for row in told
        ),
        table="audience_clean",
    )


def _span(row: dict[str, Any], findings: Findings) -> str:
    low, high = (findings.words.number(row[f"without_{end}"]) for end in ("low", "high"))
    return low if low == high else f"{low}\u2013{high}"


def _sample(prose: Prose) -> Markup:
    return prose.say(
        "Followers known by name are a sample of all: what is said of them holds for nobody else."
    )
