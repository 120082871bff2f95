"""The letter says whom motives were asked of, what behaviour is worth, and what each answers to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.report.conftest import write_results

from rapport.estimate import Estimate
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.engagement import engagement


def share(side: str, motive: str, value: float) -> dict[str, Any]:
    return {
        "side": side, "motive": motive, "share": value, "low": value - 0.04, "high": value + 0.05,
        "share_asked": value, "asked": 210, "grade": "model",
    }  # fmt: skip


def told(motive: str, count: int | None, auc: float | None, behaviour: str) -> dict[str, Any]:
    return {
        "motive": motive, "judged": 500, "told": count, "usual": 0.1, "differ": True,
        "asked": 210 if auc else None, "auc": auc, "behaviour": behaviour,
    }  # fmt: skip


def lift(motive: str, dimension: str, value: str, times: float) -> dict[str, Any]:
    return {"motive": motive, "dimension": dimension, "value": value, "lift": times,
            "low": times - 0.4, "high": times + 0.5}  # fmt: skip


ASKED = {
    "motive_shares": pa.Table.from_pylist(
        [share("customer", "help", 0.31), share("customer", "saving", 0.62),
         share("customer", "doing_good", 0.08), share("prospect", "saving", 0.4)]
    ),
    "motives_told": pa.Table.from_pylist(
        [told("saving", 490, 0.81, "agrees"), told("help", 30, 0.55, "agrees a little"),
         told("doing_good", None, 0.51, "cannot tell")]
    ),
    "motive_answers": pa.Table.from_pylist(
        [lift("saving", "price", "reduced", 2.3), lift("saving", "goal", "acquire", 1.6),
         lift("saving", "price", "full", 0.6), lift("help", "goal", "serve", 1.2)]
    ),
}  # fmt: skip
SHOWN = {
    "motives_told": pa.Table.from_pylist(
        [told("saving", 49, None, "unchecked"), told("help", None, None, "unchecked")]
    )
}


def section(folder: Path, language: str, tables: dict[str, pa.Table], asked: int = 0) -> Section:
    name = "asked_for_motives"
    made = Estimate.exact(asked, "people", people=asked, name=name, table="motives")
    whole = {"numbers": {name: made} if asked else {}, "tables": tables, "untold": (),
             "warnings": ()}  # fmt: skip
    findings = Findings.of(write_results(folder, **whole), language)
    return engagement(findings, Prose(findings.words))


@pytest.mark.parametrize(
    ("language", "first", "basis"),
    [
        (
            "en",
            ["money saved", "62% (58–67)", "40% (36–45)", "490", "yes (0.81)",
             "reduced prices (2.3 times), posts to win customers (1.6 times)"],
            ["asked of 210 people", "money saved (490), help and advice (30)", "doing good"],
        ),
        (
            "fr",
            ["les économies", "62 % (58–67)", "40 % (36–45)", "490", "oui (0,81)",
             "les prix réduits (2,3 fois), les publications pour gagner des clients (1,6 fois)"],
            ["210 personnes l’ont dit", "les économies (490), l’aide et les conseils (30)",
             "les bonnes causes"],
        ),
    ],
)  # fmt: skip
def test_with_a_survey_it_says_whom_it_asked(
    tmp_path: Path, language: str, first: list[str], basis: list[str]
) -> None:
    made = section(tmp_path, language, ASKED, asked=210)
    (grid,) = made.grids
    cells = [[str(cell.text).replace("\u202f", " ") for cell in row] for row in grid.rows]
    assert cells[0] == first
    assert cells[1][-1] == "–", "what may be chance is not said to work"
    assert cells[2][1].startswith("8")
    assert cells[2][2] == "–"
    said = [line.striptags().replace("\u202f", " ").replace("\xa0", " ") for line in made.basis]
    for words in basis:
        assert any(words in line for line in said)
    (row,) = made.numbers
    assert (row.name, row.grade, row.people) == ("asked_for_motives", "count", "210")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("money saved (49)", "Nobody was asked")),
     ("fr", ("les économies (49)", "Personne n’a été interrogé"))],
)  # fmt: skip
def test_without_a_survey_it_says_that_behaviour_speaks(
    tmp_path: Path, language: str, words: tuple[str, str]
) -> None:
    made = section(tmp_path, language, SHOWN)
    (line,) = (line.striptags() for line in made.basis)
    assert all(each in line for each in words)
    assert "help and advice (" not in line
    assert made.grids == ()


def test_with_nothing_at_all_nothing_is_said(tmp_path: Path) -> None:
    made = section(tmp_path, "en", {})
    assert made.grids == made.basis == ()
