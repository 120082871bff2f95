"""The letter says who speaks well and who speaks ill, as far as the record carries it."""

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
from rapport.report.sections.advocates import advocates
from rapport.results import Said, Untold

BAD = '<script>alert("x")</script>'


def group(side: str, level: str, where: str, people: int, well: float) -> dict[str, Any]:
    return {
        "side": side, "level": level, "where": where, "people": people,
        "well": well, "well_low": well - 0.1, "well_high": well + 0.1,
        "ill": 0.05, "ill_low": 0.02, "ill_high": 0.09,
    }  # fmt: skip


SHARES = [
    group("customer", level, where, people, well)
    for level, well in (("all", 0.42), ("fully engaged", 0.71), ("actively disengaged", 0.12))
    for where, people in (("online", 210), ("offline", 96), ("both", 250))
]
SHARES.append(group("prospect", "engaged", "online", 7, 0.5))


def voice(speaks: str, place: int, **more: Any) -> dict[str, Any]:
    money = 120.0 if speaks == "well" else -15.0
    return {
        "person_id": f"{speaks}{place}", "side": "customer", "level": "fully engaged",
        "speaks": speaks, "place": place, "influence": money, "low": money - 10,
        "high": money + 90, "evidence": "recommended, code_used" if speaks == "well" else
        "complained", "name": None, **more,
    }  # fmt: skip


VOICES = [voice("well", n) for n in range(1, 11)] + [voice("ill", n) for n in range(1, 9)]
VOICES[0]["name"] = BAD


def numbers(low: float = 1.0) -> dict[str, Estimate]:
    def one(name: str, value: float, unit: str, ends: tuple[float, float]) -> Estimate:
        return Estimate(value, unit, Grade.MODEL, *ends, people=250, rows=250, name=name,
                        table="advocacy")  # fmt: skip

    return {
        "speak_well_customers": one("speak_well_customers", 0.42, "share", (0.3, 0.52)),
        "speak_ill_customers": one("speak_ill_customers", 0.05, "share", (0.02, 0.09)),
        "critics_heard": one("critics_heard", 400, "people", (400, 400)),
        "critic_worth": one("critic_worth", 3.2, "EUR per person", (low, 6.0)),
    }


def section(folder: Path, language: str = "en", **found: Any) -> Section:
    told = {"numbers": {}, "tables": {}, "untold": (), "warnings": (), **found}
    findings = Findings.of(write_results(folder, **told), language)
    return advocates(findings, Prose(findings.words))


TABLES = {
    "advocacy": pa.Table.from_pylist(SHARES),
    "first_voices": pa.Table.from_pylist(VOICES),
}


@pytest.mark.parametrize(("language", "share"), [("en", "42%"), ("fr", "42 %")])
def test_the_answer_says_the_shares_and_what_critics_were_worth(tmp_path, language, share) -> None:
    made = section(tmp_path, language, numbers=numbers(), tables=TABLES)
    said = made.answer.striptags()
    assert share in said
    assert ("3.20" in said) or ("3,20" in said)
    assert [each.key for each in made.figures] == ["speak"]
    assert len(made.grids) == 2
    shown = " ".join(str(cell.text) for row in made.grids[1].rows for cell in row)
    assert ("recommends us" in shown) or ("nous recommande" in shown)
    assert len(made.grids[1].rows) == 7 + 5
    assert "Asplund" in str(made.grids[0].note)


def test_an_effect_that_may_be_nothing_is_not_called_one(tmp_path: Path) -> None:
    made = section(tmp_path, numbers=numbers(low=-1.0), tables=TABLES)
    assert "cannot be told from chance" in made.answer.striptags()


def test_small_groups_are_not_shown_and_names_are_escaped(tmp_path: Path) -> None:
    made = section(tmp_path, numbers=numbers(), tables=TABLES)
    cells = [str(cell.text) for row in made.grids[0].rows for cell in row]
    assert not any("Prospects" in cell for cell in cells)
    assert "Customers · fully engaged" in cells
    assert "<script" not in made.figures[0].wide + made.answer


def test_critics_without_money_show_a_dash(tmp_path: Path) -> None:
    rows = [voice("ill", 1, influence=None, low=None, high=None), voice("ill", 2, influence=0.4)]
    tables = {**TABLES, "first_voices": pa.Table.from_pylist(rows)}
    made = section(tmp_path, numbers=numbers(), tables=tables)
    assert [str(row[4].text) for row in made.grids[1].rows] == ["–", "–"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_with_nothing_heard_it_says_so(tmp_path: Path, language: str) -> None:
    usual = section(tmp_path / "usual", language)
    assert usual.answer.striptags()
    assert not usual.figures
    assert not usual.grids
    assert not usual.basis
    why = Said("Nobody known by name said anything of the brand in the last year.")
    entry = Untold(Said("Who speaks well of us, and who speaks ill?"), why, Said("Add posts."))
    told = section(tmp_path / "told", language, untold=(entry,))
    assert why.text(language) in str(told.answer.striptags())
