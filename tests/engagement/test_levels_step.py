"""The step `levels` on a simulated brand: the tables, the truth, no survey, and nobody at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rapport.engagement.closeness.agreement import kappa
from rapport.engagement.closeness.reading import CHANCES
from rapport.engagement.closeness.scoring import LEVELS
from rapport.pipeline import looking, open_record
from rapport.results import Results, StepResult
from rapport.simulation.lived import Lived
from rapport.simulation.making import live_through, write_down
from rapport.simulation.recorded import facts_of
from rapport.simulation.world_file import parse_world
from rapport.steps.levels import levels
from rapport.steps.order import STEPS
from rapport.workspace import Workspace

NEEDED = ("identity", "roles", "buying", "relations", "months")
Brand = tuple[Lived, Results, StepResult]


def brand(root: Path, world: str) -> Brand:
    lived = live_through(parse_world(world), people=1200, months=10, seed=3)
    workspace = Workspace.create(root, brand="M", currency="EUR", time_zone="Europe/Paris")
    open_record(workspace).load(facts_of(write_down(lived)))
    with looking(workspace) as context:
        for step in STEPS:
            if step.name in NEEDED:
                context.results.save(step.name, "x", step.run(context))
        told = levels(context)
        context.results.save("levels", "x", told)
        return lived, context.results, told


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Brand:
    return brand(tmp_path_factory.mktemp("surveyed") / "b", "[surveys]\ninvited = 0.5\n")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Brand:
    return brand(tmp_path_factory.mktemp("silent") / "b", "[surveys]\non = false\n")


def number_of(person: str) -> int | None:
    name = person.rpartition(":")[2]
    return int(name[1:]) - 1 if name.startswith("p") else None


def true_levels(made: Brand, rows: list[dict[str, object]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels told and true of the people known in the truth."""
    lived = made[0]
    pairs = [
        (LEVELS.index(str(row["level"])), int(lived.life.level[-1][place]))
        for row in rows
        if (place := number_of(str(row["person_id"]))) is not None
    ]
    told, true = zip(*pairs, strict=True)
    return np.array(told), np.array(true)


def test_everybody_has_one_level_and_probabilities_that_add_up(surveyed):
    rows = surveyed[1].table("levels")
    chances = np.stack([np.asarray(rows[name]) for name in CHANCES], axis=1)
    assert chances.sum(1) == pytest.approx(1)
    assert (chances >= 0).all()
    people = rows["person_id"].to_pylist()
    assert len(people) == len(set(people)) > 300
    assert set(rows["level"].to_pylist()) <= set(LEVELS)
    assert {"survey", "behaviour"} <= set(rows["basis"].to_pylist())
    staff = {f"p{k + 1}" for k in np.flatnonzero(surveyed[0].people.employee)}
    assert not staff & {name.rpartition(":")[2] for name in people}


def test_levels_agree_with_the_truth_as_far_as_answers_and_deeds_tell(surveyed):
    rows = surveyed[1].table("levels").to_pylist()
    fresh = [row for row in rows if row["basis"] == "survey"]
    assert len(fresh) > 20
    assert kappa(*true_levels(surveyed, fresh)) > 0.75
    customers = [row for row in rows if row["side"] == "customer"]
    assert kappa(*true_levels(surveyed, customers)) > 0.4


def test_true_shares_of_customers_lie_near_their_ranges(surveyed):
    rows = [r for r in surveyed[1].table("levels").to_pylist() if r["side"] == "customer"]
    _, true = true_levels(surveyed, rows)
    shares = np.bincount(true, minlength=4) / len(true)
    told = {r["level"]: r for r in surveyed[1].table("level_shares").to_pylist()
            if r["side"] == "customer"}  # fmt: skip
    inside = [told[w]["low"] <= s <= told[w]["high"] for w, s in zip(LEVELS, shares, strict=True)]
    assert sum(inside) >= 3
    assert all(row["grade"] == "model" for row in told.values())


def test_months_end_where_everybody_stands_now(surveyed):
    months, now = surveyed[1].table("level_months"), surveyed[1].table("levels")
    last = max(months["month"].to_pylist())
    ends = {r["person_id"]: r for r in months.to_pylist() if r["month"] == last}
    assert set(ends) == set(now["person_id"].to_pylist())
    for row in now.to_pylist():
        assert ends[row["person_id"]]["p_fully"] == pytest.approx(row["p_fully"], abs=1e-6)
        assert ends[row["person_id"]]["level"] == row["level"]
    pairs = zip(months["person_id"].to_pylist(), months["month"].to_pylist(), strict=True)
    assert len(set(pairs)) == months.num_rows


def test_an_answer_counts_from_its_month_on_and_not_before(surveyed):
    months = surveyed[1].table("level_months").to_pylist()
    answered = {r["person_id"] for r in surveyed[1].table("levels").to_pylist()
                if r["basis"] == "survey"}  # fmt: skip
    jumps = [r["p_fully"] for r in months if r["person_id"] in answered]
    assert max(jumps) > 0.8  # nobody is that sure from deeds alone
    first = min(r["month"] for r in months)
    before = [r["p_fully"] for r in months if r["month"] == first]
    assert max(before) < 0.9


def test_without_a_survey_levels_are_told_with_the_grade_lowered_and_said(silent):
    _, results, told = silent
    assert told.numbers["fully_engaged_customers"].grade.value == "assumption"
    assert told.numbers["fully_engaged_customers"].high > 0.2
    assert "levels_agreement" not in told.numbers
    assert told.facts["levels_learnt_from"] == 0
    assert "Nobody answered" in " ".join(entry.why.text("en") for entry in told.untold)
    rows = results.table("levels").to_pylist()
    assert {row["basis"] for row in rows} == {"behaviour"}
    customers = [row for row in rows if row["side"] == "customer"]
    assert kappa(*true_levels(silent, customers)) > 0.25  # no messages are read in this world


def test_the_public_rule_stands_beside_our_limits(surveyed):
    rows = surveyed[1].table("level_check").to_pylist()
    assert all(row["people"] >= 10 for row in rows)
    worst = [r for r in rows if (r["level"], r["secure"]) == ("fully engaged", "at risk")]
    assert not worst
    assert any(r["level"] == "actively disengaged" and r["secure"] == "at risk" for r in rows)


def test_with_nobody_on_record_it_says_so(tmp_path):
    workspace = Workspace.create(tmp_path / "b", brand="M", currency="EUR", time_zone="UTC")
    with looking(workspace) as context:
        told = levels(context)
    assert not told.tables
    assert "Nobody is known" in told.untold[0].why.text("en")


def test_the_same_record_gives_the_same_levels(surveyed):
    def rows() -> dict[str, tuple[str, float]]:
        table = surveyed[1].table("levels").to_pylist()
        return {row["person_id"]: (row["level"], round(row["p_fully"], 6)) for row in table}

    before = rows()
    with looking(Workspace(surveyed[1].folder.parent)) as context:
        levels(context)
    assert rows() == before
