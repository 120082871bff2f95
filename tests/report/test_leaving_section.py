"""The letter says who is about to leave, who left unheard, who tires, in both languages."""

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
from rapport.report.sections.influencers import influencers
from rapport.report.sections.leaving import leaving, reasons_told
from rapport.words import Words

BAD = "<script>alert(1)</script>"
MONTHS = [dt.date(2025 + k // 12, k % 12 + 1, 1) for k in range(14)]


def estimate(name: str, value: float, low: float, high: float, unit: str) -> Estimate:
    return Estimate(value, unit, Grade.MODEL, low, high, people=500, rows=500, name=name,
                    table="breaking_up")  # fmt: skip


def numbers(low: float = 4.0) -> dict[str, Estimate]:
    made = (
        estimate("breaking_up_customers", 120, 120, 120, "customers"),
        estimate("breaking_up_margin", 9000, 7000, 11000, "EUR"),
        estimate("left_unheard", 14, low, 24, "customers"),
    )
    return {each.name: each for each in made}


def tables() -> dict[str, pa.Table]:
    moved = [
        {"month": month, "side": "customer", "direction": direction, "people": people,
         "low": people * 0.8, "high": people * 1.2, "money": 100.0}
        for month in MONTHS
        for direction, people in (("came", 30.0), ("left", 20.0), ("came back", 4.0))
    ]  # fmt: skip
    going = [
        {"person_id": BAD if k == 3 else f"person{k}", "chance": 0.4, "margin_at_risk": float(k),
         "because": "complaint_unheard silent", "channel": "email",
         "unheard_since": dt.date(2026, 1, 5)}
        for k in range(12)
    ]  # fmt: skip
    heard = [
        {"heard": "heard", "people": 300, "left": 0.12, "low": 0.08, "high": 0.16},
        {"heard": "not heard", "people": 80, "left": 0.3, "low": 0.21, "high": 0.4},
    ]
    found = {"moves": moved, "breaking_up": going, "left_unheard": heard}
    return {name: pa.Table.from_pylist(rows) for name, rows in found.items()}


def section(make: Any, folder: Path, language: str = "en", **found: Any) -> Section:
    told = {"numbers": {}, "tables": {}, "untold": (), "warnings": (), **found}
    findings = Findings.of(write_results(folder, **told), language)
    made: Section = make(findings, Prose(findings.words))
    return made


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "left because their complaint was not heard", "complaint not heard"),
        ("fr", "leur réclamation n’a pas été entendue", "réclamation restée sans réponse"),
    ],
)
def test_who_leaves_and_why_is_said(tmp_path, language, said, why):
    made = section(leaving, tmp_path, language, numbers=numbers(), tables=tables())
    answer = made.answer.striptags()
    assert "120" in answer
    assert said in answer
    assert "4" in answer  # the range of those not heard
    assert [figure.key for figure in made.figures] == ["flow"]
    people, heard = made.grids
    assert len(people.rows) == 10
    assert why in str(people.rows[0][1].text)
    assert BAD not in made.figures[0].wide
    assert [str(cell.text) for cell in heard.rows[1]][2] in {"30%", "30\u202f%"}


def test_the_most_money_stands_first_and_nothing_hostile_is_markup(tmp_path):
    made = section(leaving, tmp_path, numbers=numbers(), tables=tables())
    names = [cell.text for cell in (row[0] for row in made.grids[0].rows)]
    assert names[0] == "person11"
    assert BAD in names  # a plain text, which the page escapes
    assert not any(hasattr(name, "__html__") for name in names)


def test_a_range_that_holds_nobody_is_no_finding(tmp_path):
    made = section(leaving, tmp_path, numbers=numbers(low=-3.0))
    assert "cannot tell yet" in made.answer.striptags()
    assert "14" not in made.answer.striptags()


def test_small_months_are_not_drawn(tmp_path):
    made = section(leaving, tmp_path, numbers=numbers(), tables=tables())
    drawn = made.figures[0].wide
    few = [row for row in tables()["moves"].to_pylist() if row["direction"] != "came back"]
    other = section(
        leaving, tmp_path / "x", numbers=numbers(), tables={"moves": pa.Table.from_pylist(few)}
    )
    assert drawn == other.figures[0].wide


@pytest.mark.parametrize("language", ["en", "fr"])
def test_with_nothing_known_both_sections_say_so(tmp_path, language):
    start = "We cannot tell" if language == "en" else "Nous ne pouvons pas le dire"
    for place, make in enumerate((leaving, influencers)):
        made = section(make, tmp_path / str(place), language)
        assert made.answer.striptags().startswith(start)
        assert made.figures + made.grids + made.numbers + made.basis == ()


def test_every_reason_has_words():
    told = reasons_told("said_leaving unfollowed slowing unknown", Words.of("en"))
    assert told == "said so, unfollowed, buys less"
    assert reasons_told("", Words.of("fr")) == "son seul rythme"


def asked() -> dict[str, pa.Table]:
    people = [
        {"person_id": "p1", "account": f"x:{BAD}", "channel": "x", "approaches": 9, "yes": 2,
         "response": 0.04, "cost": 60.0, "expected_gain": 3.0, "low": 0.0, "high": 12.0,
         "verdict": "stop", "rest": 1},
        {"person_id": "p2", "account": "x:lea", "channel": "x", "approaches": 3, "yes": 2,
         "response": 0.4, "cost": None, "expected_gain": None, "low": None, "high": None,
         "verdict": "cannot tell", "rest": 0},
    ]  # fmt: skip
    response = [
        {"nth": k, "people": 20 - 6 * (k > 2), "yes": 9, "share": 0.6 / k, "expected": 0.7**k}
        for k in (1, 2, 3)
    ]
    found = {"influencers": people, "influencer_response": response}
    return {name: pa.Table.from_pylist(rows) for name, rows in found.items()}


@pytest.mark.parametrize(
    ("language", "falls", "stop"),
    [("en", "falls by 22%", "do not ask"), ("fr", "baisse de 22 %", "ne plus demander")],
)
def test_who_tires_is_said(tmp_path, language, falls, stop):
    told = {
        each.name: each
        for each in (
            estimate("influencer_tiring", 0.78, 0.7, 0.85, "share"),
            estimate("influencers_to_stop", 1, 1, 1, "people"),
        )
    }
    made = section(influencers, tmp_path, language, numbers=told, tables=asked())
    assert falls in " ".join(made.answer.striptags().split())
    assert [figure.key for figure in made.figures] == ["tiring"]
    first, second = made.grids[0].rows
    assert str(first[-1].text).startswith(stop)
    assert str(first[0].text).startswith(BAD)
    assert [str(cell.text) for cell in second[4:6]] == ["–", ""]


def test_whoever_does_not_tire_is_said_not_to(tmp_path):
    told = {"influencer_tiring": estimate("influencer_tiring", 0.97, 0.9, 1.0, "share")}
    answer = section(influencers, tmp_path, numbers=told).answer.striptags()
    assert answer.startswith("Nothing shows that they tire")
    assert "cannot tell" in answer
