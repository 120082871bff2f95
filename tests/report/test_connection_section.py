"""The letter says whether connected customers are worth more because they are connected."""

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
from rapport.report.sections.connection import connection
from rapport.results import Said, Untold

FACTS = {
    "connection_verdict": "partly",
    "connection_why": "",
    "connection_definition": "follow",
    "connection_seen": {"connected": 921, "compared": 385, "left_out": 0},
    "currency": "EUR",
    "smallest_group": 10,
    "money": "margin",
}


def number(name: str, value: float, error: float, unit: str = "EUR per month") -> Estimate:
    return Estimate.normal(
        value, error, unit, source=name, grade=Grade.ADJUSTED, people=385, rows=385, name=name,
        table="connection",
    )  # fmt: skip


NUMBERS = {
    "connection_naive": number("connection_naive", 5.84, 0.3),
    "connection_adjusted": number("connection_adjusted", 2.0, 0.6),
    "connection_effect": number("connection_effect", 1.2, 0.3),
    "connection_lift": number("connection_lift", 0.1, 0.03, "share"),
    "connection_test_people": Estimate.exact(
        15_000, "customers", grade=Grade.MODEL, name="connection_test_people"
    ),
}


def verdict_row(definition: str, people: int, verdict: str = "partly") -> dict[str, Any]:
    return {"definition": definition, "verdict": verdict, "why": "", "people": people,
            "lift": 0.1, "lift_low": 0.0, "lift_high": 0.2}  # fmt: skip


def side(definition: str, method: str, value: float, people: int) -> dict[str, Any]:
    return {"definition": definition, "outcome": "margin", "method": method, "value": value,
            "low": value - 1, "high": value + 1, "people": people}  # fmt: skip


def group(grouping: str, name: str, people: int = 50) -> dict[str, Any]:
    return {"grouping": grouping, "group": name, "people": people, "lift": 0.1,
            "lift_low": -0.05, "lift_high": 0.25}  # fmt: skip


TABLES = {
    "connection": pa.Table.from_pylist(
        [side("follow", "naive", 5.84, 900), side("follow", "before and after", 1.2, 385),
         side("member", "naive", 1.1, 300), side("follow <b>x</b>", "naive", 4.0, 90),
         side("follow <b>x</b>", "before and after", 0.4, 60),
         side("follow tiny", "naive", 77.0, 4)]
    ),
    "connection_verdicts": pa.Table.from_pylist(
        [verdict_row("follow", 385), verdict_row("member", 0, "cannot tell"),
         verdict_row("follow <b>x</b>", 60, "no"), verdict_row("follow tiny", 4)]
    ),
    "connection_groups": pa.Table.from_pylist(
        [group("tenure", "under 6 months"), group("level", "fully engaged"),
         group("platform", "<i>x</i>"), group("level", "not engaged", 9)]
    ),
    "connection_by_year": pa.Table.from_pylist(
        [{"period": "2025-H1", "people": 60, "lift": 0.1, "lift_low": 0.0, "lift_high": 0.2}]
    ),
    "connection_months": pa.Table.from_pylist(
        [{"relative_month": m, "value": 0.1 * m, "low": m - 1.0, "high": m + 1.0}
         for m in (*range(-8, 0), *range(1, 7))]
    ),
}  # fmt: skip


def section(folder: Path, language: str = "en", **found: Any) -> Section:
    told = {"numbers": NUMBERS, "tables": TABLES, "untold": (), "warnings": (), "facts": FACTS}
    results = write_results(folder, **(told | found))
    findings = Findings.of(results, language)
    return connection(findings, Prose(findings.words))


@pytest.mark.parametrize(
    ("language", "says", "amount"), [("en", "Partly", "€1.2"), ("fr", "En partie", "1,2")]
)
def test_the_answer_tells_gap_and_effect(tmp_path, language, says, amount):
    made = section(tmp_path, language)
    said = made.answer.striptags()
    assert said.startswith(says)
    assert amount in said
    assert "{" not in said
    assert [each.key for each in made.figures] == ["connection-sides", "connection-months"]
    assert len(made.grids) == 2
    assert any("663" in basis for basis in made.basis)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("verdict", ["caused", "partly", "no", "less", "cannot tell"])
@pytest.mark.parametrize("naive", [5.84, -5.84])
def test_every_verdict_is_a_sentence(tmp_path, language, verdict, naive):
    facts = FACTS | {"connection_verdict": verdict, "connection_why": "trend"}
    numbers = NUMBERS | {"connection_naive": number("connection_naive", naive, 0.3)}
    made = section(tmp_path, language, facts=facts, numbers=numbers, tables={})
    assert made.answer.striptags().endswith(".")
    assert "{" not in made.answer
    assert "−€5" not in made.answer


def test_small_groups_are_not_shown_and_data_is_escaped(tmp_path):
    made = section(tmp_path)
    cells = [str(cell.text) for grid in made.grids for row in grid.rows for cell in row]
    assert not any("77" in cell or "tiny" in cell.casefold() for cell in cells)
    assert "not engaged" not in cells
    from markupsafe import escape

    assert "<b>" not in "".join(
        str(escape(cell.text)) for g in made.grids for r in g.rows for cell in r
    )


def test_with_nothing_known_it_says_so(tmp_path):
    made = section(tmp_path, numbers={}, tables={}, facts={})
    assert made.answer.striptags().startswith("We cannot tell")
    assert not made.figures
    assert not made.grids
    assert not made.basis


def test_the_reason_of_the_run_is_told(tmp_path):
    untold = Untold(
        Said("Are connected customers worth more because they are connected?"),
        Said("No purchase names its customer."),
        Said("Add orders that name their customer."),
    )
    made = section(tmp_path, "fr", numbers={}, tables={}, facts={}, untold=(untold,))
    assert "Aucun achat" in made.answer


def test_revenue_is_called_revenue(tmp_path):
    made = section(tmp_path, facts=FACTS | {"money": "revenue"})
    assert "net revenue a month" in made.figures[0].wide
    assert "margin a month" in section(tmp_path / "m").figures[0].wide
