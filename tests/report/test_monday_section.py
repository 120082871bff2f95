"""The letter says what to do next, with its money, its range and the command for its list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.report.conftest import write_results

from rapport.estimate import Estimate, Grade
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.monday import monday, top_plays
from rapport.results import Said, Untold
from rapport.steps.plays import PLAYS

HOSTILE = "<script>alert('x')</script> {money} \u202egnp.exe"
FIRST = Estimate(
    2400.0, "EUR per year", Grade.ADJUSTED, 500.0, 5700.0, people=120, name="first_play_money",
    table="plays",
)  # fmt: skip


def row(rank: int, key: str, value: float | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rank": rank, "play": key, "subject": "", "standing": "unknown", "people": 0, "many": 3,
        "basis": "", "list": "t", "command": f"rapport audience {key} --hold-out 10%",
        "money": "margin",
    }  # fmt: skip
    if value is not None:
        told |= {"value": value, "low": value - 1900, "high": value + 3300, "standing": "pays",
                 "grade": "adjusted comparison", "basis": "kept", "people": 120}  # fmt: skip
    return told | more


ROWS = [
    row(1, "answer-critics", 2400.0),
    row(2, "win-back", 1200.0, grade="assumption", basis="assumed"),
    row(3, "write-articles", subject="Are you open?"),
    row(4, "leave-platform", subject="tiktok"),
    row(5, "stop-counting"),
]  # fmt: skip


def findings(folder: Path, language: str, rows: list[dict[str, Any]], **found: Any) -> Findings:
    tables = {"plays": pa.Table.from_pylist(rows, PLAYS)} if rows else {}
    numbers = {"first_play_money": FIRST} if rows else {}
    told = {"numbers": numbers, "tables": tables, "untold": (), "warnings": (), **found}
    return Findings.of(write_results(folder, **told), language)


def section(folder: Path, language: str, rows: list[dict[str, Any]], **found: Any) -> Section:
    told = findings(folder, language, rows, **found)
    return monday(told, Prose(told.words))


def words_of(made: Section) -> str:
    cells = [str(cell.text) for grid in made.grids for line in grid.rows for cell in line]
    return " | ".join([*cells, *(note for grid in made.grids for note in grid.under)])


@pytest.mark.parametrize(
    ("language", "start", "then"),
    [
        ("en", "Answer those who complained and still wait: €2,400 a year", "After that: win back"),
        ("fr", "Répondre à ceux qui se sont plaints et attendent encore : on en attend",
         "Ensuite : reconquérir"),
    ],
)  # fmt: skip
def test_the_first_play_is_the_answer(tmp_path, language, start, then):
    made = section(tmp_path, language, ROWS)
    told = made.answer.striptags()
    assert told.startswith(start)
    assert then in told
    assert len(told.split()) < 45
    assert len(made.figures) == len(made.grids) == 1


def test_plays_stand_in_their_order_with_their_commands(tmp_path):
    made = section(tmp_path, "en", list(reversed(ROWS)))
    first = [str(line[0].text) for line in made.grids[0].rows]
    assert first[0].startswith("Answer those")
    assert first[-1].startswith("Stop reporting")
    told = words_of(made)
    assert "<code>rapport audience win-back --hold-out 10%</code>" in told
    assert "Leave TikTok" in told
    assert "“Are you open?”" in told
    assert "unknown: test it" in told


def test_only_what_has_money_is_drawn(tmp_path):
    wide = section(tmp_path, "en", ROWS).figures[0].wide
    assert "Win back" in wide
    assert "TikTok" not in wide


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_people_wrote_is_escaped(tmp_path, language):
    rows = [row(1, "leave-platform", 50.0, subject=HOSTILE, people=0),
            row(2, "write-articles", 40.0, subject=HOSTILE, people=0),
            row(3, "win-back", 30.0)]  # fmt: skip
    told = findings(tmp_path, language, rows)
    made = monday(told, Prose(told.words))
    shown = [made.answer, *(cell.text for line in made.grids[0].rows for cell in line)]
    assert not any("<script>" in text for text in shown if hasattr(text, "__html__"))
    assert "<script>" not in made.figures[0].wide
    assert "\u202e" not in words_of(made)


def test_nothing_sure_is_said_to_be_so(tmp_path):
    rows = [row(1, "win-back", -100.0, standing="not sure"), row(2, "stop-counting")]
    told = findings(tmp_path, "en", rows, numbers={})
    answer = monday(told, Prose(told.words)).answer.striptags()
    assert answer.startswith("We cannot tell")
    assert "Win back those who are breaking up" in answer


@pytest.mark.parametrize(
    ("language", "start"), [("en", "We cannot tell"), ("fr", "Nous ne pouvons pas le dire")]
)
def test_without_plays_it_says_why(tmp_path, language, start):
    made = section(tmp_path, language, [])
    assert made.answer.striptags().startswith(start)
    assert not made.figures
    assert not made.grids
    why = Untold(Said("What should we do on Monday?"),
                 Said("The record knows of nobody to thank, answer, win back or sell to."),
                 Said("Add more."))  # fmt: skip
    told = section(tmp_path / "b", language, [], untold=(why,)).answer.striptags()
    assert ("nobody to thank" in told) or ("personne à remercier" in told)


def test_the_front_page_has_three_plays_or_none(tmp_path):
    told = findings(tmp_path, "en", ROWS)
    grid = top_plays(told, Prose(told.words))
    assert grid is not None
    assert len(grid.rows) == 3
    assert {len(line) for line in grid.rows} == {len(grid.heads)}
    none = findings(tmp_path / "b", "en", [])
    assert top_plays(none, Prose(none.words)) is None
