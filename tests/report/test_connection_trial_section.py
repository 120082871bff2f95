"""The letter on being connected: what a lot said stands first, and no other test is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from tests.report.conftest import write_results
from tests.report.test_connection_section import FACTS, NUMBERS, TABLES

from rapport.estimate import Estimate, Grade
from rapport.report.findings import Findings
from rapport.report.parts import Figure, Section
from rapport.report.prose import Prose
from rapport.report.sections.connection import connection
from rapport.report.sections.unanswered import unanswered
from rapport.results import Said, Untold

TRIAL: dict[str, Any] = {
    "verdict": "worked", "said": "caused", "why": "", "kind": "follow", "sent": 2000,
    "held_out": 1998, "connected_sent": 700, "connected_held": 104, "whose": "moved", "days": 90,
    "written_on": "2026-03-01", "due": "2026-03-31",
}  # fmt: skip
VERDICTS = {"caused": "worked", "partly": "worked", "less": "harmed", "no": "not seen",
            "cannot tell": "not seen"}  # fmt: skip
STARTS = {
    ("en", "caused"): "By lot: yes. ",
    ("en", "partly"): "By lot: partly. ",
    ("en", "no"): "By lot: no. ",
    ("en", "less"): "By lot: no, it does harm. ",
    ("en", "cannot tell"): "By lot: we cannot tell. ",
    ("fr", "caused"): "Par tirage au sort : oui. ",
    ("fr", "partly"): "Par tirage au sort : en partie. ",
    ("fr", "no"): "Par tirage au sort : non. ",
    ("fr", "less"): "Par tirage au sort : non, cela nuit. ",
    ("fr", "cannot tell"): "Par tirage au sort : on ne peut pas le dire. ",
}


def by_lot(name: str, value: float, half: float, unit: str = "EUR per customer") -> Estimate:
    return Estimate(
        value, unit, Grade.EXPERIMENT, value - half, value + half, people=3998, rows=3998,
        name=name, table="connection_trials",
    )  # fmt: skip


def numbers(each: float | None = 12.0, half: float = 3.0) -> dict[str, Estimate]:
    mean = 12.0 if each is None else each
    made = [
        by_lot("connection_trial_invited", 0.3 * mean, 0.3 * half),
        by_lot("connection_trial_uptake", 0.3, 0.02, "share"),
    ]
    if each is not None:
        made.append(by_lot("connection_trial", each, half))
        made.append(by_lot("connection_trial_monthly", each / 3, half / 3, "EUR per month"))
    return {number.name: number for number in made}


def findings(folder: Path, language: str, **found: Any) -> Findings:
    told: dict[str, Any] = {
        "numbers": NUMBERS | numbers(), "tables": TABLES, "untold": (), "warnings": (),
        "facts": FACTS | {"connection_trial": TRIAL},
    }  # fmt: skip
    return Findings.of(write_results(folder, **(told | found)), language)


def section(folder: Path, language: str = "en", **found: Any) -> Section:
    known = findings(folder, language, **found)
    return connection(known, Prose(known.words))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pictures undrawn where only words differ; the first test draws them."""

    def figure(_: Findings, key: str, title: Markup, draw: Any, **more: Any) -> Figure:
        return Figure(key, title, Markup(), Markup(), **more)

    monkeypatch.setattr("rapport.report.sections.connection.figure", figure)


def basis(made: Section) -> str:
    return " ".join(str(line) for line in made.basis)


def test_the_lot_comes_first_and_comparisons_second_and_short(tmp_path):
    made = section(tmp_path)
    said = made.answer.striptags()
    assert said == (
        "By lot: yes. Customers invited to connect each brought €3.60 more in 90 days than those "
        "held out; 30% of them connected because of it, and each of these brought €12.00 (€9.00 "
        "to €15.00) more, €4.00 a month. Comparisons without a lot put it at €1.20 a month (€0.71 "
        "to €1.69), beside a gap as it seems of €5.84 a month."
    )
    assert [number.name for number in made.numbers][:5] == [
        "connection_trial", "connection_trial_monthly", "connection_trial_invited",
        "connection_trial_uptake", "connection_naive",
    ]  # fmt: skip
    assert {number.grade for number in made.numbers[:4]} == {"experiment"}
    assert "by lot" in made.figures[0].wide
    assert "by lot" not in section(tmp_path / "b", numbers=NUMBERS, facts=FACTS).figures[0].wide
    assert "#def-connection_trial" in str(made.answer)


@pytest.mark.parametrize(("language", "said"), STARTS)
@pytest.mark.parametrize("compared", ["caused", "partly", "no", "less", "cannot tell", None])
def test_every_outcome_is_told_before_every_verdict(tmp_path, undrawn, language, said, compared):
    facts = FACTS | {"connection_trial": TRIAL | {"said": said, "verdict": VERDICTS[said]},
                     "connection_verdict": compared}  # fmt: skip
    each = {"less": -12.0, "no": 0.2, "cannot tell": 1.0}.get(said, 12.0)
    found = NUMBERS | numbers(each)
    made = section(tmp_path, language, facts=facts, numbers=found)
    told = made.answer.striptags()
    assert told.startswith(STARTS[language, said])
    assert told.endswith(".")
    assert "{" not in told
    assert ("Comparisons" in told or "comparaisons" in told) is (compared is not None)
    if said == "less":
        assert "€12.00" in told or "12,00" in told
        assert "−€3" not in told


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("verdict", ["worked", "harmed", "not seen"])
def test_weak_uptake_leaves_those_who_connected_untold(tmp_path, undrawn, language, verdict):
    trial = TRIAL | {"verdict": verdict, "said": "cannot tell", "why": "no more connected"}
    made = section(
        tmp_path, language, numbers=NUMBERS | numbers(None),
        facts=FACTS | {"connection_trial": trial},
    )  # fmt: skip
    told = made.answer.striptags()
    assert told.startswith(STARTS[language, "cannot tell"])
    assert ("too few connected" in told) or ("trop peu" in told)
    assert "12.00" not in told
    assert "15,000" in basis(made) or "15\u202f000" in basis(made)  # another test would need


@pytest.mark.parametrize(
    ("language", "asks", "says"),
    [
        ("en", "Only a test by lot", "A lot drawn on 1 March 2026 had 2,000 customers invited"),
        ("fr", "Seul un essai", "Un tirage au sort du 1er mars 2026 a désigné 2\u202f000 clients"),
    ],
)
def test_once_read_no_test_is_asked_for(tmp_path, language, asks, says):
    told = basis(section(tmp_path / "a", language))
    assert asks not in told
    assert says in told
    assert "663" in told
    assert "15,000" not in told
    assert "15\u202f000" not in told
    assert asks in basis(section(tmp_path / "b", language, facts=FACTS, numbers=NUMBERS))


def test_bloom_is_named_where_nobody_connected_uninvited(tmp_path):
    facts = FACTS | {"connection_trial": TRIAL | {"whose": "connected"}}
    assert "Bloom 1984" in basis(section(tmp_path / "a", facts=facts))
    assert "Bloom 1984" not in basis(section(tmp_path / "b"))


@pytest.mark.parametrize(
    ("language", "due"),
    [("en", "can be read from 31 March 2026 on"), ("fr", "à partir du 31 mars 2026")],
)
def test_a_young_trial_says_when_it_is_read(tmp_path, language, due):
    young = TRIAL | {"verdict": "too early", "said": "cannot tell", "days": 0}
    made = section(tmp_path, language, numbers=NUMBERS, facts=FACTS | {"connection_trial": young})
    assert due in basis(made)
    assert made.answer.striptags().startswith(("Partly", "En partie"))
    assert "Only a test" not in basis(made)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_trial_that_cannot_be_read_is_named(tmp_path, language):
    facts = FACTS | {"connection_trial": TRIAL | {"verdict": "cannot tell", "why": "too few"}}
    told = basis(section(tmp_path, language, numbers=NUMBERS, facts=facts))
    assert ("cannot be read so far" in told) or ("ne peut pas être lu" in told)


def test_a_trial_alone_is_told_without_any_comparison(tmp_path):
    made = section(
        tmp_path, numbers=numbers(), tables={},
        facts={"connection_trial": TRIAL, "currency": "EUR"},
    )  # fmt: skip
    assert made.answer.striptags().startswith("By lot: yes.")
    assert "A lot drawn on" in basis(made)


def test_what_a_lot_settled_is_no_open_question(tmp_path):
    open_ = Untold(
        Said("Are connected customers worth more because they are connected?"),
        Said("No purchase names its customer."),
        Said("Add orders that name their customer."),
    )
    for number, (said, left) in enumerate((("caused", 0), ("cannot tell", 1))):
        known = findings(
            tmp_path / str(number), "en", untold=(open_,),
            facts=FACTS | {"connection_trial": TRIAL | {"said": said}},
        )  # fmt: skip
        assert len(unanswered(known, Prose(known.words)).entries) == left
