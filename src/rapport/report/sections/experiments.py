"""The section on whether what was done worked: audiences with a hold-out, read back."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.estimate import Estimate, Grade
from rapport.report.charts.experiments import effects
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, excerpt, figure, number_rows
from rapport.words import Words

NUMBERS = ("experiment_gain",)
_QUESTION = "Did what we did work?"
_NEEDED = ("audience", "written_on", "verdict", "sent", "held_out")
_MOST = 12
_SURE = {"worked", "harmed"}


def experiments(findings: Findings, prose: Prose) -> Section:
    """Return the section on whether what was done worked."""
    rows = findings.rows("experiments", _NEEDED)
    rows.sort(key=lambda row: (row["written_on"], row["audience"]), reverse=True)
    picture, grid = _figure(findings, prose, rows), _grid(findings, prose, rows)
    return Section(
        key="experiments",
        title=prose.say("Did what we did work?"),
        answer=_answer(findings, prose, rows),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=(*_basis(prose, rows), *_next(findings, prose, rows)),
    )


def _answer(findings: Findings, prose: Prose, rows: list[Row]) -> Markup:
    told = [row for row in rows if row["verdict"] in {*_SURE, "not seen"}]
    if not rows:
        usual = prose.say("We cannot tell: no audience was written with a hold-out.")
        return cannot_tell(findings, prose, _QUESTION, usual)
    if not told:
        return prose.say("We cannot tell yet: nothing that was written can be read so far.")
    gain = findings.number("experiment_gain")
    if len(told) == 1:
        return _of_one(findings, prose, told[0])
    worked = sum(row["verdict"] == "worked" for row in told)
    first = prose.many(
        "Of {all} audiences written with a hold-out, {n} brought more than it would have without.",
        "Of {all} audiences written with a hold-out, {n} brought more than they would have "
        "without.",
        worked,
        all=findings.words.number(len(told)),
    )
    between = prose.between(gain) if gain is not None else None
    if gain is None or between is None:
        return first
    second = prose.say(
        "Together they brought {gain}, with a range between {between}.",
        gain=prose.told(gain),
        between=between,
    )
    return first + " " + second


def _of_one(findings: Findings, prose: Prose, row: Row) -> Markup:
    harmed = row["verdict"] == "harmed"
    values = {
        "audience": excerpt(row["audience"], 60),
        "amount": _amount(findings.words, findings.currency, row, -1 if harmed else 1),
    }
    if row["verdict"] == "worked":
        return prose.say(
            "Yes: the people whom “{audience}” reached each brought {amount} more than those held "
            "out by lot.",
            **values,
        )
    if harmed:
        return prose.say(
            "No, it did harm: the people whom “{audience}” reached each brought {amount} less than "
            "those held out by lot.",
            **values,
        )
    return prose.say(
        "Nothing is seen so far: the difference between those whom “{audience}” reached and those "
        "held out by lot, {amount} each, may be chance alone.",
        **values,
    )


def _amount(words: Words, currency: str, row: Row, sign: int) -> str:
    value, *ends = (sign * row[name] for name in ("effect", "effect_low", "effect_high"))
    low, high = (words.money(end, currency) for end in sorted(ends))
    return words(
        "{value} ({low} to {high})", value=words.money(value, currency), low=low, high=high
    )


def _figure(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    told = [row for row in rows if row.get("effect") is not None][:_MOST]
    if not told:
        return None
    words = findings.words
    shown: list[dict[str, Any]] = [
        {
            "label": label,
            "effect": row["effect"],
            "low": row["effect_low"],
            "high": row["effect_high"],
            "told": words.money(row["effect"], findings.currency),
            "sure": row["verdict"] in _SURE,
        }
        for row, label in zip(told, _labels(findings, told), strict=True)
    ]
    return figure(
        findings,
        "worked",
        prose.say("What each audience brought a person, against those held out by lot"),
        lambda width: effects(shown, words, width),
        table="experiments",
    )


def _labels(findings: Findings, rows: list[Row]) -> list[str]:
    """Return a name and a day for each row, numbered where two would be alike."""
    made: list[str] = []
    for row in rows:
        name = excerpt(row["audience"], 28).replace(" · ", " ")
        day = findings.words.date(row["written_on"], "short")
        label, number = f"{name} · {day}", 1
        while label in made:
            number += 1
            label = f"{name} ({number}) · {day}"
        made.append(label)
    return made


def _grid(findings: Findings, prose: Prose, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Each audience, the newest first"),
        heads=(
            Cell(words("Audience")),
            Cell(words("Written on")),
            Cell(words("Reached"), "figure"),
            Cell(words("Held out"), "figure"),
            Cell(words("Brought a person"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("What it says")),
        ),
        rows=tuple(_cells(findings, prose, row) for row in rows[:_MOST]),
        table="experiments",
        note=prose.say("The others are in the table.") if len(rows) > _MOST else "",
    )


def _cells(findings: Findings, prose: Prose, row: Row) -> tuple[Cell, ...]:
    words = findings.words
    value, span = "–", ""
    if row.get("effect") is not None:
        shown = Estimate(
            row["effect"], findings.currency, Grade.EXPERIMENT, row["effect_low"],
            row["effect_high"],
        )  # fmt: skip
        value, span = prose.cell(shown)
    return (
        Cell(excerpt(row["audience"], 60)),
        Cell(words.date(row["written_on"], "medium")),
        Cell(words.number(row["sent"]), "figure"),
        Cell(words.number(row["held_out"]), "figure"),
        Cell(value, "figure"),
        Cell(span, "range"),
        Cell(_verdict(findings, row)),
    )


def _verdict(findings: Findings, row: Row) -> str:
    words = findings.words
    why = {
        "too early": words("too early"),
        "too few": words("too few people"),
        "lost unevenly": words("people were lost from one group"),
        "nobody bought": words("nobody bought"),
    }
    if row["verdict"] == "not seen":
        least = words.money(row["detectable"], findings.currency)
        return words("no effect seen; one of {least} would have been", least=least)
    told = {"worked": words("it worked"), "harmed": words("it did harm")}
    return told.get(row["verdict"]) or why.get(str(row.get("why")), words("cannot be told"))


def _basis(prose: Prose, rows: list[Row]) -> tuple[Markup, ...]:
    if not any(row.get("effect") is not None for row in rows):
        return ()
    return (
        prose.say(
            "Who was held out, a lot decided; everybody drawn counts, whether the message arrived "
            "or not. Ranges hold at all planned looks together, one a month."
        ),
    )


def _next(findings: Findings, prose: Prose, rows: list[Row]) -> tuple[Markup, ...]:
    """Return what the next writing of the newest audience that showed nothing would take."""
    newest = next((row for row in rows if row["verdict"] == "not seen"), None)
    if newest is None or not newest.get("people_needed") or not newest.get("aim"):
        return ()
    words = findings.words
    share = newest["held_out"] / (newest["sent"] + newest["held_out"])
    return (
        prose.say(
            "To see whether “{audience}” brings {aim} a person, about {people} people are needed, "
            "{share} of them held out.",
            audience=excerpt(newest["audience"], 60),
            aim=words.money(newest["aim"], findings.currency),
            people=words.number(_round(newest["people_needed"])),
            share=words.percent(share),
        ),
    )


def _round(people: int) -> int:
    """Return a number of people to two digits, upwards.

    Examples
    --------
    >>> _round(61_483), _round(87)
    (62000, 87)
    """
    step: int = 10 ** max(len(str(people)) - 2, 0)
    return -(-people // step) * step
