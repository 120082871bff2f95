"""The letter says how close people are, with ranges, and what that rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.report.conftest import write_results

from rapport.engagement.closeness.scoring import LEVELS
from rapport.estimate import Estimate, Grade
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.engagement import engagement
from rapport.results import Said, Untold

SHARES = {"customer": (0.21, 0.26, 0.30, 0.23), "prospect": (0.06, 0.17, 0.39, 0.38)}


def rows(**people: int) -> pa.Table:
    many = {"customer": 8000, "prospect": 9000} | people
    return pa.Table.from_pylist(
        [
            {"side": side, "level": level, "share": share, "low": share - 0.04,
             "high": share + 0.05, "people": many[side], "answered": 600, "grade": "model"}
            for side, shares in SHARES.items()
            for level, share in zip(LEVELS, shares, strict=True)
        ]
    )  # fmt: skip


def share(name: str, value: float, grade: Grade = Grade.MODEL) -> Estimate:
    return Estimate(value, "share", grade, value - 0.04, value + 0.05, people=8000, name=name,
                    table="level_shares")  # fmt: skip


def numbers(grade: Grade = Grade.MODEL) -> dict[str, Estimate]:
    found = [
        share("fully_engaged_customers", 0.21, grade),
        share("actively_disengaged_customers", 0.23, grade),
        Estimate(0.41, "number", Grade.MODEL, 0.33, 0.48, people=600, name="levels_agreement"),
    ]
    return {each.name: each for each in found}


def section(folder: Path, language: str = "en", **found: Any) -> Section:
    told = {"numbers": {}, "tables": {}, "untold": (), "warnings": (), **found}
    findings = Findings.of(write_results(folder, **told), language)
    return engagement(findings, Prose(findings.words))


@pytest.mark.parametrize(
    ("language", "close", "word"), [("en", "21%", "engaged"), ("fr", "21\u202f%", "engagés")]
)
def test_the_answer_says_both_ends_and_the_picture_shows_all(tmp_path, language, close, word):
    made = section(tmp_path, language, numbers=numbers(), tables={"level_shares": rows()})
    assert close in made.answer
    assert word in made.answer.striptags()
    assert [figure.key for figure in made.figures] == ["levels"]
    for percent in ("26", "30", "39"):
        assert f">{percent}" in made.figures[0].wide.replace("\u202f%", "%")
    assert len(made.basis) == 2


def test_without_a_survey_it_says_that_assumptions_speak(tmp_path):
    found = numbers(Grade.ASSUMPTION)
    del found["levels_agreement"]
    made = section(tmp_path, numbers=found, tables={"level_shares": rows()})
    assert "our own assumptions" in made.answer.striptags()
    assert "Gallup" in str(made.basis[0])


def test_small_groups_are_in_no_picture(tmp_path):
    made = section(tmp_path, numbers=numbers(), tables={"level_shares": rows(prospect=9)})
    assert "39%" not in made.figures[0].wide
    assert "26%" in made.figures[0].wide


def test_prospects_alone_are_told_as_such(tmp_path):
    found = [
        share("fully_engaged_prospects", 0.06, Grade.ASSUMPTION),
        share("actively_disengaged_prospects", 0.38, Grade.ASSUMPTION),
    ]
    made = section(tmp_path, numbers={each.name: each for each in found})
    assert made.answer.striptags().startswith("No customer is known by name.")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_with_nobody_known_it_says_so(tmp_path, language):
    assert not section(tmp_path / "none", language).figures
    why = Said("Nobody is known by what they did: there are no people on record.")
    question = Said("Who works for us, who works against us?")
    needs = Said("Add orders, messages or visits that name who did them.")
    made = section(tmp_path, language, untold=(Untold(question, why, needs),))
    assert why.text(language) in made.answer
