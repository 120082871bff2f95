"""The letter says whether what was done worked, and escapes whatever audiences are called."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.report.conftest import write_results

from rapport.estimate import Estimate, Grade
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.experiments import experiments
from rapport.results import Said, Untold
from rapport.steps.experiments import EXPERIMENTS

HOSTILE = "<script>alert('x')</script> \u202egnp.exe"
LOT = dt.date(2026, 3, 1)


def row(name: str = "thank them", effect: float | None = 1.8, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "audience": name, "written_on": LOT, "until": dt.date(2026, 5, 30), "look": 3,
        "looks": 3, "sent": 2800, "held_out": 1200, "lost": 0, "verdict": "worked", "why": "",
        "detectable": 1.96, "money": "margin", "grade": "experiment",
    }  # fmt: skip
    if effect is not None:
        told |= {"effect": effect, "effect_low": effect - 1.7, "effect_high": effect + 1.7}
    return told | more


def section(folder: Path, language: str, rows: list[dict[str, Any]], **found: Any) -> Section:
    tables = {"experiments": pa.Table.from_pylist(rows, EXPERIMENTS)} if rows else {}
    told = {"numbers": {}, "tables": tables, "untold": (), "warnings": (), **found}
    findings = Findings.of(write_results(folder, **told), language)
    return experiments(findings, Prose(findings.words))


def words_of(made: Section) -> list[str]:
    return [str(cell.text) for grid in made.grids for line in grid.rows for cell in line]


@pytest.mark.parametrize(
    ("language", "verdict", "start"),
    [
        (
            "en",
            "worked",
            "Yes: the people whom “thank them” reached each brought €1.80 (€0.10 to €3.50)",
        ),
        (
            "fr",
            "worked",
            "Oui\xa0: les personnes touchées par «\xa0thank them\xa0» ont rapporté",
        ),
        ("en", "harmed", "No, it did harm"),
        ("fr", "harmed", "Non, cela a nui"),
        ("en", "not seen", "Nothing is seen so far"),
        ("fr", "not seen", "Rien ne se voit à ce stade"),
    ],
)
def test_one_audience_is_answered_in_a_sentence(tmp_path, language, verdict, start):
    made = section(tmp_path, language, [row(verdict=verdict)])
    assert made.answer.startswith(start)
    assert [picture.key for picture in made.figures] == ["worked"]
    assert "2,800" in words_of(made) or "2\u202f800" in words_of(made)


@pytest.mark.parametrize(
    ("language", "many"), [("en", "Of 2 audiences"), ("fr", "Sur 2 audiences")]
)
def test_several_are_counted_and_added_up(tmp_path, language, many):
    gain = Estimate.normal(
        5000.0,
        900.0,
        "EUR",
        source="x",
        grade=Grade.EXPERIMENT,
        people=4000,
        rows=2,
        name="experiment_gain",
        table="experiments",
    )
    rows = [
        row(),
        row("others", 0.1, verdict="not seen"),
        row("late", None, verdict="too early", why="too early"),
    ]
    made = section(tmp_path, language, rows, numbers={"experiment_gain": gain})
    assert made.answer.striptags().startswith(many)
    assert "#def-experiment_gain" in str(made.answer)
    assert [number.name for number in made.numbers] == ["experiment_gain"]
    assert ("too early" if language == "en" else "trop tôt") in words_of(made)
    told = "no effect seen; one of €1.96" if language == "en" else "aucun effet visible"
    assert any(cell.startswith(told) for cell in words_of(made))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_whatever_an_audience_is_called_does_no_harm(tmp_path, language):
    made = section(tmp_path, language, [row(HOSTILE)])
    assert "<script>" not in str(made.answer)
    assert "&lt;script&gt;" in str(made.answer)
    assert "<script>" not in str(made.figures[0].wide)
    assert not any("\u202e" in cell for cell in words_of(made))


def test_without_any_hold_out_it_says_so(tmp_path):
    nothing = Untold(Said("Did what we did work?"), Said("Nobody was held out."), Said("Do it."))
    made = section(tmp_path, "en", [], untold=(nothing,))
    assert made.answer.striptags() == "We cannot tell. Nobody was held out."
    assert not made.figures
    assert not made.grids
    made = section(tmp_path / "b", "fr", [])
    assert made.answer.striptags().startswith("Nous ne pouvons pas le dire")


def test_what_cannot_be_read_yet_is_no_picture(tmp_path):
    made = section(tmp_path, "en", [row(effect=None, verdict="too early", why="too early")])
    assert made.answer.striptags().startswith("We cannot tell yet")
    assert not made.figures
    assert not made.basis


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_the_next_one_takes_is_said_where_nothing_was_seen(tmp_path, language):
    small = row(verdict="not seen", aim=0.5, people_needed=61_483)
    told = " ".join(str(line) for line in section(tmp_path, language, [small]).basis)
    assert ("62,000" in told) or ("62\u202f000" in told)
    assert ("30%" in told) or ("30\u202f%" in told)


def test_audiences_whose_names_begin_alike_have_rows_of_their_own(tmp_path):
    long = "people who wrote to us in the spring and "
    made = section(tmp_path, "en", [row(long + "bought"), row(long + "did not", 0.4)])
    assert "(2)" in made.figures[0].wide
