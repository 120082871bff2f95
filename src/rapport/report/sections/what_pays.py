"""The section on what else pays: codes, word of mouth, answers, contacts avoided, reviews."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.estimate import Estimate
from rapport.report.charts.what_pays import ranges
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.answering_effects import points_told
from rapport.report.sections.common import GRADES, cannot_tell, figure, number_rows

NUMBERS = (
    "referred_customers",
    "referral_incremental",
    "referral_value",
    "referred_more",
    "word_of_mouth_share",
    "word_of_mouth_customers",
    "kept_share",
    "kept_expected",
)
MONEY = ("referral_margin", "word_of_mouth_margin", "kept_margin", "contacts_avoided_money")


def what_pays(findings: Findings, prose: Prose) -> Section:
    """Return the section on what else pays, ordered by money."""
    lines = _lines(findings)
    picture, grid = _figure(findings, prose, lines), _grid(findings, prose, lines)
    said = _said(findings, prose)
    return Section(
        key="what-pays",
        title=prose.say("What else pays?"),
        answer=_answer(findings, prose, lines),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in (grid, said) if each),
        basis=tuple(_basis(findings, prose)),
    )


def _lines(findings: Findings) -> list[tuple[str, Estimate]]:
    """Return what brings money, most first."""
    found = [(name, findings.numbers[name]) for name in MONEY if name in findings.numbers]
    return sorted(found, key=lambda pair: -pair[1].value)


def _named(name: str, findings: Findings) -> str:
    words = findings.words
    return {
        "referral_margin": words("Codes for friends"),
        "word_of_mouth_margin": words("Word of mouth"),
        "kept_margin": words("Answers to complaints"),
        "contacts_avoided_money": words("Contacts avoided"),
    }[name]


def _answer(findings: Findings, prose: Prose, lines: list[tuple[str, Estimate]]) -> Markup:
    if not lines:
        usual = prose.say(
            "We cannot tell: no file says who recommends the brand, how people heard of it, or "
            "whom it answered."
        )
        return cannot_tell(findings, prose, "What do referrals bring?", usual)
    sure = [(name, number) for name, number in lines if number.low > 0]
    if not sure:
        return prose.say("Nothing we can be sure of: every range holds zero.")
    name, number = sure[0]
    first = _first(name, number, prose)
    if "referral_margin" not in dict(sure[1:]):
        return first
    codes = prose.told(findings.numbers["referral_margin"])
    return Markup("{} {}").format(
        first, prose.say("Codes for friends brought {money}.", money=codes)
    )


def _first(name: str, number: Estimate, prose: Prose) -> Markup:
    """Return what brought most, as far as it is known."""
    told = prose.told(number)
    if name == "referral_margin":
        return prose.say("Codes for friends most: they brought {money}.", money=told)
    between = prose.between(number)
    span = told if between is None else between
    if name == "word_of_mouth_margin":
        return prose.say("Word of mouth most: it brought between {money}.", money=span)
    if name == "kept_margin":
        return prose.say("Answers to complaints most: they kept between {money}.", money=span)
    return prose.say("Contacts avoided most: they saved between {money}.", money=span)


def _figure(findings: Findings, prose: Prose, lines: list[tuple[str, Estimate]]) -> Figure | None:
    if not lines:
        return None
    rows: list[dict[str, Any]] = [
        {
            "name": _named(name, findings),
            "value": number.value,
            "low": number.low,
            "high": number.high,
            "label": prose.amount(number, number.value),
        }
        for name, number in lines
    ]
    return figure(
        findings,
        "pays",
        prose.say("What each brought so far, with its range"),
        lambda width: ranges(rows, findings.currency, width),
        note=prose.say(
            "A long line is a number that is not well known: people forget what brought them, and "
            "few who complain go unanswered."
        ),
        table=lines[0][1].table,
    )


def _grid(findings: Findings, prose: Prose, lines: list[tuple[str, Estimate]]) -> Grid | None:
    words = findings.words
    rows = []
    for name, number in lines:
        value, span = prose.cell(number)
        rows.append(
            (
                Cell(_named(name, findings)),
                Cell(value, "figure"),
                Cell(span, "range"),
                Cell(GRADES[number.grade.value].text(words.language)),
            )
        )
    more = findings.number("reviews_more")
    if more is not None:
        told = points_told(more.value, more.low, more.high, words)
        grade = GRADES[more.grade.value].text(words.language)
        rows.append((Cell(words("Reviews read")), Cell(told, "figure"), Cell("", "range"),
                     Cell(grade)))  # fmt: skip
    if not rows:
        return None
    heads = (
        Cell(words("What")),
        Cell(words("Brought or kept"), "figure"),
        Cell(words("Range"), "range"),
        Cell(words("Evidence")),
    )
    note = ""
    if more is not None:
        note = prose.say(
            "Reviews: how many more of their readers buy within two weeks than of like visitors."
        )
    return Grid(prose.say("What pays, most first"), heads, tuple(rows), note=note)


def _said(findings: Findings, prose: Prose) -> Grid | None:
    needed = ("told", "answers", "share", "by_friends", "low", "high")
    rows = findings.rows("word_of_mouth", needed)
    words = findings.words
    friend = [row for row in rows if row["told"] == "friend"]
    others = [row for row in rows if row["told"] != "friend"]
    named = ((words("a friend or relative"), friend), (words("anything else"), others))
    told = [(name, part, sum(r["answers"] for r in part)) for name, part in named]
    shown = [each for each in told if each[2] >= findings.smallest_group]
    if len(shown) < len(told):
        return None
    return Grid(
        title=prose.say("What people say brought them, and how likely it was a friend"),
        heads=(
            Cell(words("What they say")),
            Cell(words("Answers"), "figure"),
            Cell(words("Share"), "figure"),
            Cell(words("Brought by a friend"), "range"),
        ),
        rows=tuple(
            (
                Cell(name),
                Cell(words.number(many), "figure"),
                Cell(words.percent(sum(row["share"] for row in part), 0), "figure"),
                Cell(_chance(part[0], findings), "range"),
            )
            for name, part, many in shown
        ),
        table="word_of_mouth",
    )


def _chance(row: dict[str, Any], findings: Findings) -> str:
    """Return how likely a friend brought somebody who says this, as a range."""
    low, high = (100 * row[end] for end in ("low", "high"))
    return f"{findings.words.number(low)}–{findings.words.percent(high / 100, 0)}"


def _basis(findings: Findings, prose: Prose) -> list[str | Markup]:
    told: list[str | Markup] = []
    if "referral_margin" in findings.numbers:
        told.append(
            prose.say(
                "What a code brought counts less with time, since its customer might have come by "
                "themselves; what friends who did not use theirs did tells how soon."
            )
        )
    if "word_of_mouth_margin" in findings.numbers:
        told.append(
            prose.say(
                "How often people name a friend who brought nobody is an assumption: between a "
                "third and four fifths as often as they remember nothing, name something else or "
                "the store."
            )
        )
    return told
