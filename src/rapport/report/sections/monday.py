"""The section on what to do next: plays by expected money, and the command for each list."""

from __future__ import annotations

from markupsafe import Markup

from rapport.actions.plays import play, wording
from rapport.estimate import Estimate, Grade
from rapport.report.charts.experiments import effects
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    GRADES,
    cannot_tell,
    channel_name,
    excerpt,
    figure,
    number_rows,
)
from rapport.words import Words

NUMBERS = ("plays_that_pay", "first_play_money")
QUESTION = "What should we do on Monday?"
_NEEDED = ("rank", "play", "standing", "command", "list")
_MOST, _DRAWN, _FIRST = 12, 8, 3


def monday(findings: Findings, prose: Prose) -> Section:
    """Return the section on what to do next."""
    rows = _rows(findings)
    picture, grid = _figure(findings, prose, rows), _grid(findings, prose, rows)
    return Section(
        key="monday",
        title=prose.say("What should we do on Monday?"),
        answer=_answer(findings, prose, rows),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=_basis(findings, prose, rows),
    )


def top_plays(findings: Findings, prose: Prose) -> Grid | None:
    """Return the first three plays, short, for the front of the letter; None without any."""
    rows = _rows(findings)[:_FIRST]
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("What to do first"),
        heads=(
            Cell(words("What")),
            Cell(words("For whom")),
            Cell(words("Expected a year"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(_short(findings, prose, row) for row in rows),
        table="plays",
    )


def _rows(findings: Findings) -> list[Row]:
    rows = findings.rows("plays", _NEEDED)
    known = [row for row in rows if row["play"] in wording.TITLES]
    return sorted(known, key=lambda row: row["rank"])


def _answer(findings: Findings, prose: Prose, rows: list[Row]) -> Markup:
    first = findings.number("first_play_money")
    if not rows:
        usual = prose.say("We cannot tell: no play could be worked out from this record.")
        return cannot_tell(findings, prose, QUESTION, usual)
    if first is None or rows[0]["standing"] != play.PAYS:
        return prose.say(
            "We cannot tell: of nothing that could be done is it known that it would pay. Test "
            "first: “{what}”.",
            what=_title(findings.words, rows[0]),
        )
    told = _expected(findings, prose, rows[0], first)
    paying = sum(row["standing"] == play.PAYS for row in rows)
    if paying < 2:
        return told
    after = prose.say("After that: {what}.", what=_lower(_title(findings.words, rows[1])))
    return told + " " + after


def _expected(findings: Findings, prose: Prose, row: Row, first: Estimate) -> Markup:
    values = {"what": _title(findings.words, row), "money": prose.told(first)}
    between = prose.between(first)
    if between is None:
        return prose.say("{what}: {money} a year is expected of it.", **values)
    if first.grade is Grade.ASSUMPTION:
        return prose.say(
            "{what}: {money} a year is expected of it, with a range between {between}, by an "
            "assumption that a hold-out would replace.",
            **values,
            between=between,
        )
    return prose.say(
        "{what}: {money} a year is expected of it, with a range between {between}.",
        **values,
        between=between,
    )


def _title(words: Words, row: Row) -> str:
    return wording.title(row["play"], _subject(words, row)).text(words.language)


def _subject(words: Words, row: Row) -> str:
    written = str(row.get("subject") or "")
    if row["play"] in (play.LEAVE, play.TRY):
        return ", ".join(excerpt(channel_name(each, words), 30) for each in written.split(", "))
    return excerpt(written, 90)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _figure(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    words = findings.words
    drawn = [row for row in rows if row.get("value") is not None][:_DRAWN]
    if len(drawn) < 2:
        return None
    drawn.sort(key=lambda row: -row["value"])
    marks = [
        {
            "label": _label(_title(words, row)),
            "effect": row["value"],
            "low": row["low"],
            "high": row["high"],
            "told": prose.cell(_money(findings, row))[0],
            "sure": row["low"] > 0,
        }
        for row in drawn
    ]
    return figure(
        findings,
        "plays",
        prose.say("Expected in a year from each play, with its range"),
        lambda width: effects(marks, words, width),
        note=prose.say("The dot is what is expected; the bar is the range that holds it."),
        table="plays",
    )


def _label(title: str, most: int = 26) -> str:
    """Return a title on two lines, as the picture parts them.

    Examples
    --------
    >>> _label("Win back those who are breaking up")
    'Win back those who are · breaking up'
    """
    if len(title) <= most:
        return title
    first, _, _ = title[: most + 1].rpartition(" ")
    rest = title[len(first) :].strip() if first else title[most:]
    return f"{first or title[:most]} · {excerpt(rest, most)}"


def _grid(findings: Findings, prose: Prose, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    words = findings.words
    shown = rows[:_MOST]
    return Grid(
        title=prose.say("Plays, those first that are expected to bring most"),
        heads=(
            Cell(words("What")),
            Cell(words("For whom")),
            Cell(words("Expected a year"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("Evidence")),
            Cell(words("Its list")),
        ),
        rows=tuple(
            (
                *_short(findings, prose, row),
                Cell(_grade(words, row)),
                Cell(Markup("<code>{}</code>").format(row["command"])),
            )
            for row in shown
        ),
        table="plays",
        note=prose.say("The others are in the table.") if len(rows) > _MOST else "",
        under=tuple(_under(words, row) for row in shown),
    )


def _short(findings: Findings, prose: Prose, row: Row) -> tuple[Cell, ...]:
    words = findings.words
    value, span = _unknown(words, row), ""
    if row.get("value") is not None:
        value, span = prose.cell(_money(findings, row))
    return (
        Cell(_title(words, row)),
        Cell(_whom(words, row)),
        Cell(value, "figure"),
        Cell(span, "range"),
    )


def _money(findings: Findings, row: Row) -> Estimate:
    grade = Grade(row["grade"])
    return Estimate(row["value"], findings.currency, grade, row["low"], row["high"])


def _unknown(words: Words, row: Row) -> str:
    if row["play"] == play.UNCOUNT:
        return words("time")
    return words("unknown: test it")


def _whom(words: Words, row: Row) -> str:
    people, many = int(row.get("people") or 0), int(row.get("many") or 0)
    if people:
        return words.quantity(people, "people")
    if row["play"] == play.WRITE:
        return words.quantity(many, "questions")
    if row["play"] in (play.LEAVE, play.TRY):
        return excerpt(_subject(words, row), 80)
    return words.many("{n} count", "{n} counts", many)


def _grade(words: Words, row: Row) -> str:
    said = GRADES.get(str(row.get("grade")))
    return said.text(words.language) if said else "–"


def _under(words: Words, row: Row) -> str:
    do = wording.to_do(row["play"], _subject(words, row)).text(words.language)
    basis, takes = str(row.get("basis") or ""), int(row.get("takes") or 0)
    why = wording.why(row["play"], basis, takes).text(words.language)
    people, many = int(row.get("people") or 0), int(row.get("many") or 0)
    if people > many > 0:
        of = words.many(
            "Money is counted for {n} of them.", "Money is counted for {n} of them.", many
        )
        return f"{do} {why} {of}"
    return f"{do} {why}"


def _basis(findings: Findings, prose: Prose, rows: list[Row]) -> tuple[Markup, ...]:
    if not rows:
        return ()
    told = [
        prose.say(
            "Plays are ranked by expected money, of which more counts the better its evidence. "
            "One person may be in several, so that amounts do not add up. Costs are taken off "
            "where they are known."
        ),
        prose.say(
            "Each list keeps a part of its people back by lot, so that a later letter can say "
            "whether it worked; then that takes the place of what is expected now."
        ),
    ]
    if findings.facts.get("money") != "margin":
        told.append(prose.say("Money is net revenue here, not profit: no margin is known."))
    return tuple(told)
