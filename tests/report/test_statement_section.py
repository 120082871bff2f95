"""The letter says what relationships returned, what they cost, and how sure it is, or why not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.report.conftest import write_results

from rapport.estimate import Estimate, Grade
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.statement import statement
from rapport.results import Said, Untold
from rapport.steps.ledger_period import Period
from rapport.steps.ledger_tables import cut_rows, cuts_table, statement_table
from rapport.value.ledger.stating import Line, Sums

PERIOD = Period("12 months", dt.date(2025, 10, 1), dt.date(2026, 9, 30))
BAD = '<script>alert("1")</script>'


def line(cause: str, amount: str, error: float, kind: str = "return") -> Line:
    where = {"referral": ("acquisition", "sales"), "answer": ("retention", "service")}
    row, function = where.get(cause, (cause, "marketing"))
    number = Estimate.normal(float(amount), error, "EUR", source=cause, grade=Grade.ADJUSTED)
    if not error:
        number = Estimate.exact(float(amount), "EUR")
    return Line(kind, row, cause, function, Decimal(amount), number)  # type: ignore[arg-type]


class Told:
    """What `cut_rows` reads of a statement."""

    def __init__(self, *lines: Line) -> None:
        self.period, self.sums = PERIOD, Sums.of(lines, "EUR")


GAIN = (line("referral", "20000", 1000.0), line("answer", "9000", 4000.0))
COST = (line("media", "5000", 0.0, "cost"), line("people", "7000", 0.0, "cost"))


def made(folder: Path, *lines: Line, language: str = "en", **facts: Any) -> Section:
    told = Told(*lines)
    rows = [
        {"period": "12 months", "kind": each.kind, "line": each.line, "cause": each.cause,
         "function": each.function, "value": each.exact, "low": each.number.low,
         "high": each.number.high, "grade": each.number.grade.value, "people": 40,
         "needs": "experiment" if each.cause == "answer" else "", "needs_people": 1234}
        for each in told.sums.lines
    ]  # fmt: skip
    rows.append({"period": "12 months", "kind": "return", "line": "growth", "cause": "connection",
                 "function": "marketing", "note": "not measured"})  # fmt: skip
    rows += [{**row, "period": "whole", "value": Decimal(1)} for row in rows]
    numbers = {"relationship_return": told.sums.returned.number}
    if told.sums.cost.exact:
        numbers["relationship_cost"] = told.sums.cost.number
        if not facts.get("statement_missing"):
            numbers["ronr"] = told.sums.ronr
    numbers = {k: n.based_on(name=k, table="statement", people=40) for k, n in numbers.items()}
    tables = {"statement": statement_table(rows), "statement_cuts": cuts_table(cut_rows(told))}
    known = {"currency": "EUR", "statement_period": "12 months",
             "statement_until": "2026-09-30", **facts}  # fmt: skip
    results = write_results(folder, numbers=numbers, tables=tables, facts=known, untold=(),
                            warnings=())  # fmt: skip
    findings = Findings.of(results, language)
    return statement(findings, Prose(findings.words))


def cells(section: Section, grid: int = 0) -> list[list[str]]:
    return [[str(cell.text) for cell in row] for row in section.grids[grid].rows]


def test_more_than_it_cost_is_said_with_both_ranges(tmp_path):
    section = made(tmp_path, *GAIN, *COST)
    said = section.answer.striptags()
    assert said.startswith("In the twelve months up to 30 September 2026 they returned €29,000")
    assert "for a cost of €12,000: more than they cost, a return on relationship of 142%" in said
    assert [row.name for row in section.numbers] == [
        "relationship_return", "relationship_cost", "ronr",
    ]  # fmt: skip


def test_less_than_it_cost_and_what_cannot_be_told_are_said_apart(tmp_path):
    less = made(tmp_path / "a", line("answer", "3000", 500.0), *COST)
    assert "less than they cost" in less.answer.striptags()
    unsure = made(tmp_path / "b", line("answer", "12500", 5000.0), *COST)
    assert "cannot be told" in unsure.answer.striptags()


def test_french_says_the_same(tmp_path):
    section = made(tmp_path, *GAIN, *COST, language="fr")
    said = section.answer.striptags()
    assert said.startswith("Durant les douze mois jusqu’au 30 septembre 2026, elles ont rapporté")
    assert "retour sur relation de 142 %" in said
    assert "Fidélisation" in section.figures[0].narrow
    assert cells(section)[1][5] == "une expérience sur 1\u202f234 personnes"


def test_the_statement_shows_its_own_period_and_what_was_not_measured(tmp_path):
    section = made(tmp_path, *GAIN, *COST)
    rows = cells(section)
    assert [row[0] for row in rows] == ["Acquisition", "Retention", "Media", "Staff", "Growth"]
    assert rows[1][5] == "an experiment with 1,234 people"
    assert rows[2][2] == "−€5,000"
    assert rows[4][2:5] == ["–", "", "not measured"]


def test_the_functions_of_the_firm_are_another_cut(tmp_path):
    rows = cells(made(tmp_path, *GAIN, *COST), 1)
    assert [row[0] for row in rows] == ["Brand", "Marketing", "Sales", "Customer service"]
    assert rows[1][1:4] == ["€0.00", "€12,000", "−€12,000"]
    assert rows[2][1] == "€20,000"


def test_the_picture_has_every_bar_at_both_widths(tmp_path):
    (picture,) = made(tmp_path, *GAIN, *COST).figures
    for name in ("Acquisition", "Retention", "Return", "Media", "Staff", "Left over"):
        assert f">{name}<" in picture.wide
        assert f">{name}<" in picture.narrow
    assert ">€29,000<" in picture.wide


def test_while_a_cost_is_missing_nothing_is_set_against_the_return(tmp_path):
    section = made(tmp_path, *GAIN, *COST, statement_missing=["costs.tools"])
    assert "not all known" in section.answer.striptags()
    assert ">Media<" not in section.figures[0].wide
    assert "costs.tools" in "".join(map(str, section.basis))


def test_names_from_data_are_escaped(tmp_path):
    section = made(tmp_path, *GAIN, *COST, statement_beside=[BAD, "google_ads"])
    basis = "".join(map(str, section.basis))
    assert "<script>" not in basis
    assert "google ads" in basis


def test_a_return_that_cannot_be_told_says_why(tmp_path):
    untold = Untold(
        Said("What did our relationships return?"),
        Said("There is no order on record."),
        Said("Add an export of orders."),
    )
    results = write_results(tmp_path, numbers={}, tables={}, untold=(untold,), warnings=())
    findings = Findings.of(results, "en")
    section = statement(findings, Prose(findings.words))
    assert section.answer.striptags() == "We cannot tell. There is no order on record."
    assert (section.figures, section.grids, section.basis) == ((), (), ())


def test_with_nothing_computed_it_says_so(tmp_path):
    results = write_results(tmp_path, numbers={}, tables={}, untold=(), warnings=())
    findings = Findings.of(results, "fr")
    assert statement(findings, Prose(findings.words)).answer.startswith("Nous ne pouvons pas")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_loss_on_a_line_hangs_below(tmp_path, language):
    section = made(tmp_path, line("answer", "-4000", 800.0), *COST, language=language)
    amount = {"en": "−€4,000", "fr": "−4\u202f000\xa0€"}[language]
    assert amount in section.figures[0].wide
