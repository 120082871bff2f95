"""Motives as people say them: whose counts, what behaviour is worth beside them, and for all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from engagement.kept import LAST, context_of
from rapport.engagement.closeness.reading import CHANCES
from rapport.engagement.closeness.scoring import LEVELS
from rapport.engagement.motives.agreement import AGREES, NOT, UNCHECKED, WEAKLY, agreement, chances
from rapport.engagement.motives.chances import MOTIVES
from rapport.engagement.motives.standing_for import Shared, share_of_all
from rapport.estimate import Grade
from rapport.questionnaire import CHOICES
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.results import StepResult
from rapport.settings import parse_settings
from rapport.steps.motives import tell_motives

PEOPLE = 900
TRUE_SHARES = np.array([0.15, 0.25, 0.35, 0.25])
Told = tuple[StepResult, dict[str, list[dict[str, Any]]]]


def form(who: str, chosen: set[str], ago: int, hour: int = 9) -> list[dict[str, Any]]:
    """Return the rows of one filled-in form."""
    when = dt.datetime.combine(LAST - dt.timedelta(days=ago), dt.time(hour), dt.UTC)
    return [
        {"respondent": who, "answered_on": when, "instrument": "rapport", "item": item,
         "score": float(item.removeprefix("motive_") in chosen)}
        for item in CHOICES
    ]  # fmt: skip


def load(folder: Path, rows: list[dict[str, Any]]) -> None:
    record = Record(folder / "record", key=b"key", zone=parse_settings('brand = "M"').time_zone)
    kinds = {column.name: column.arrow.type for column in TABLES["answer"].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {"answer": pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record.load(Facts("survey", "s.csv", content, "1", iter([batch])))


def orders(savers: np.ndarray) -> pa.Table:
    """Return ten orders each; savers mostly buy with a coupon, others hardly ever."""
    rng, rows = np.random.default_rng(10), []
    for who, saves in enumerate(savers.tolist()):
        for place in range(10):
            day = LAST - dt.timedelta(days=36 * place + who % 30)
            coupon = "TEN" if rng.random() < (0.5 if saves else 0.05) else None
            rows.append(
                {"source": "shop", "purchase_id": f"{who}-{place}", "person_id": f"p{who}",
                 "ordered_on": dt.datetime.combine(day, dt.time(9)), "day": day, "role": None,
                 "coupon": coupon, "discount": 0.0, "cancelled": False, "net": 10.0}
            )  # fmt: skip
    return pa.Table.from_pylist(rows)


def known(level: np.ndarray, prospects: int = 0) -> dict[str, pa.Table]:
    """Return what earlier steps know of these people: everybody's level, and how many are on each.

    The last ones are prospects.
    """
    ids = [f"p{n}" for n in range(len(level))]
    buys = len(level) - prospects
    share = np.bincount(level[:buys], minlength=4) / max(buys, 1)
    sides = [("customer", "model"), *([("prospect", "assumption")] if prospects else [])]
    return {
        "people": pa.table(
            {"person_id": ids, "relation": ["repeat"] * buys + ["prospect"] * prospects,
             "role": ["person"] * len(ids)}
        ),
        "links": pa.table(
            {"source": ["survey"] * len(ids), "account_id": ids, "person_id": ids}
        ),
        "levels": pa.table(
            {"person_id": ids, **{name: (level == k) * 1.0 for k, name in enumerate(CHANCES)}}
        ),
        "level_shares": pa.Table.from_pylist(
            [{"side": side, "level": name, "share": share[k], "low": max(share[k] - 0.03, 0),
              "high": share[k] + 0.03, "grade": grade}
             for side, grade in sides for k, name in enumerate(LEVELS)]
        ),
    }  # fmt: skip


def step(folder: Path, tables: dict[str, pa.Table], answers: list[dict[str, Any]]) -> Told:
    if answers:
        load(folder, answers)
    with context_of(folder, tables) as context:
        made = tell_motives(context)
        context.results.save("motives", "1", made)
        return made, {name: context.results.table(name).to_pylist() for name in made.tables}


@pytest.fixture(scope="module")
def world() -> dict[str, np.ndarray]:
    """Everybody's level, whether they save, and who answers: more at either end."""
    rng = np.random.default_rng(5)
    level = rng.choice(4, PEOPLE, p=TRUE_SHARES)
    saves = rng.random(PEOPLE) < np.array([0.15, 0.4, 0.6, 0.8])[level]
    answers = rng.random(PEOPLE) < np.array([0.8, 0.15, 0.15, 0.4])[level]
    return {"level": level, "saves": saves, "answers": answers}


def forms_of(world: dict[str, np.ndarray], says: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for who in np.flatnonzero(world["answers"]).tolist():
        chosen = {"saving"} if says[who] else {"help"}
        rows += form(f"p{who}", chosen, ago=20 + who % 30)
    return rows


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory, world: dict[str, np.ndarray]) -> Told:
    tables = known(world["level"]) | {"orders": orders(world["saves"])}
    return step(tmp_path_factory.mktemp("honest"), tables, forms_of(world, world["saves"]))


def test_who_answered_has_their_motives_as_said(honest: Told, world: dict[str, Any]) -> None:
    _, tables = honest
    asked = [row for row in tables["motives"] if row["basis"] == "survey"]
    assert {row["person_id"] for row in asked} == {
        f"p{n}" for n in np.flatnonzero(world["answers"])
    }
    assert {row["motive"] for row in asked} == set(MOTIVES), "several a person, each with a row"
    for row in asked:
        saves = world["saves"][int(row["person_id"][1:])]
        assert row["has"] == {"saving": saves, "help": not saves}.get(row["motive"], False)
        assert row["grade"] == "count"
    others = [row for row in tables["motives"] if row["basis"] == "behaviour"]
    assert not {row["person_id"] for row in asked} & {row["person_id"] for row in others}


def test_behaviour_that_agrees_tells_the_others_with_a_chance_that_comes_true(
    honest: Told, world: dict[str, Any]
) -> None:
    _, tables = honest
    (row,) = (row for row in tables["motives_told"] if row["motive"] == "saving")
    assert row["behaviour"] == AGREES
    assert row["auc_low"] > 0.85
    assert row["told_say"] > 0.9 > 0.4 > row["others_say"]
    assert row["asked"] == row["checked"] == world["answers"].sum()
    others = [r for r in tables["motives"] if r["basis"] == "behaviour"]
    assert {r["grade"] for r in others} == {"model"}
    chance = np.array([r["chance"] for r in others])
    saves = np.array([world["saves"][int(r["person_id"][1:])] for r in others])
    assert chance.mean() == pytest.approx(saves.mean(), abs=0.06)
    sure = chance > 0.9
    assert saves[sure].mean() > 0.85


def test_shares_are_corrected_for_who_answers(honest: Told, world: dict[str, Any]) -> None:
    made, tables = honest
    found = made.numbers["come_for_saving_customers"]
    naive = world["saves"][world["answers"]].mean()
    truth = world["saves"].mean()
    assert found.low <= truth <= found.high
    assert naive + 1.645 * (naive * (1 - naive) / found.people) ** 0.5 < truth
    assert found.grade is Grade.MODEL
    assert found.people == world["answers"].sum() == made.numbers["asked_for_motives"].value
    rows = {row["motive"]: row for row in tables["motive_shares"]}
    assert rows["saving"]["share_asked"] == pytest.approx(naive)
    assert rows["doing_good"]["share"] < 0.02
    assert {row["side"] for row in tables["motive_shares"]} == {"customer"}


def test_what_works_for_those_who_said_so(honest: Told) -> None:
    lifts = {(r["motive"], r["value"]): r for r in honest[1]["motive_answers"]}
    assert lifts["saving", "reduced"]["low"] > 2
    assert lifts["help", "reduced"]["asked"] == sum(lifts["help", "reduced"][side] for side in
                                                    ("people", "others"))  # fmt: skip
    assert lifts["help", "reduced"]["high"] < 0.7, "help is known from the survey alone"


def test_behaviour_that_does_not_agree_tells_nobody(tmp_path: Path, world: dict[str, Any]) -> None:
    says = np.random.default_rng(8).random(PEOPLE) < 0.5
    tables = known(world["level"]) | {"orders": orders(world["saves"])}
    made, found = step(tmp_path, tables, forms_of(world, says))
    (row,) = (row for row in found["motives_told"] if row["motive"] == "saving")
    assert row["behaviour"] == NOT
    assert row["auc_low"] < 0.5 < row["auc_high"]
    assert row["told"] is None
    assert not any(r["has"] for r in found["motives"] if r["basis"] == "behaviour")
    assert all(r["chance"] is None for r in found["motives"] if r["basis"] == "behaviour")
    assert "people_with_motive" not in made.numbers
    assert any("no better than chance" in entry.why.text("en") for entry in made.untold)


def test_without_a_survey_all_is_as_behaviour_shows(tmp_path: Path, world: dict[str, Any]) -> None:
    tables = known(world["level"]) | {"orders": orders(world["saves"])}
    made, found = step(tmp_path, tables, [])
    assert found["motive_shares"] == []
    assert {r["basis"] for r in found["motives"]} == {"behaviour"}
    (row,) = found["motives_told"]
    assert (row["behaviour"], row["asked"], row["said"]) == (UNCHECKED, None, None)
    assert row["told"] == sum(r["has"] for r in found["motives"]) > 300
    assert made.numbers["people_with_motive"].grade is Grade.MODEL


def test_one_who_answers_has_motives_and_makes_no_share(tmp_path: Path) -> None:
    made, found = step(tmp_path, known(np.array([0, 1])), form("p1", {"saving", "help"}, 5))
    told = {(r["person_id"], r["motive"]): r["has"] for r in found["motives"]}
    assert told == {("p1", m): int(m in {"saving", "help"}) for m in MOTIVES}
    assert found["motive_shares"] == []
    assert not made.numbers
    assert all(row["asked"] is row["said"] is None for row in found["motives_told"])
    assert any("Too few people who are known" in entry.why.text("en") for entry in made.untold)


def test_all_who_answer_come_for_none_of_it(tmp_path: Path) -> None:
    answers = [row for n in range(40) for row in form(f"p{n}", {"none"}, 5)]
    made, found = step(tmp_path, known(np.arange(60) % 4), answers)
    assert not any(row["has"] for row in found["motives"])
    assert len(found["motive_shares"]) == len(MOTIVES)
    for motive in MOTIVES:
        share = made.numbers[f"come_for_{motive}_customers"]
        assert share.low < 0.02 < share.high < 0.15
    assert "people_with_motive" not in made.numbers


def test_the_last_answer_counts_and_one_that_skips_is_none(tmp_path: Path) -> None:
    zeros = [row | {"score": 0.0} for row in form("p0", set(), 1)]
    answers = [
        *form("p0", {"saving"}, 90), *form("p0", {"help"}, 30), *zeros,
        *form("p1", {"help"}, 30, 9), *form("p1", {"belonging"}, 30, 10),
    ]  # fmt: skip
    _, found = step(tmp_path, known(np.array([0, 1])), answers)
    has = {(r["person_id"], r["motive"]) for r in found["motives"] if r["has"]}
    assert has == {("p0", "help"), ("p1", "belonging")}
    days = {r["person_id"]: r["said_on"] for r in found["motives"]}
    assert days == dict.fromkeys(("p0", "p1"), LAST - dt.timedelta(days=30))


def test_answers_of_nobody_known_and_of_staff_do_not_count(tmp_path: Path) -> None:
    tables = known(np.array([0, 1]))
    staff = tables["people"].set_column(2, "role", pa.array(["employee", "person"]))
    answers = [*form("p0", {"saving"}, 9), *form("stranger", {"saving"}, 9)]
    made, found = step(tmp_path, tables | {"people": staff}, answers)
    assert not found
    assert made.untold[0].question.text("en") == "Why are people there?"


def test_prospects_stand_apart_and_rest_on_an_assumption(tmp_path: Path) -> None:
    level = np.arange(120) % 4
    answers = [
        row for n in range(120) for row in form(f"p{n}", {"help"} if n < 60 else {"saving"}, 5)
    ]
    made, found = step(tmp_path, known(level, prospects=60), answers)
    assert made.numbers["come_for_help_customers"].low > 0.9
    assert made.numbers["come_for_help_prospects"].high < 0.1
    assert made.numbers["come_for_saving_prospects"].grade is Grade.ASSUMPTION
    assert len(found["motive_shares"]) == 2 * len(MOTIVES)


def test_the_agreement_is_the_area_under_the_curve() -> None:
    rng = np.random.default_rng(3)
    said = (rng.random(400) < 0.4) * 1.0
    strength = np.round(np.clip(0.45 + 0.12 * said + 0.25 * rng.standard_normal(400), 0, 1), 1)
    found = agreement(np.append(strength, np.nan), np.append(said, 1.0))
    assert found.people == 400
    assert found.auc.value == pytest.approx(roc_auc_score(said, strength))
    assert found.verdict == AGREES
    weak = agreement(np.tile([0.2, 0.9, 0.2, 0.9], 300), np.tile([0, 1, 0, 1, 1, 0, 0, 1], 150))
    assert weak.verdict == AGREES
    almost = np.tile([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0], 100)
    assert agreement(np.tile([0.2, 0.9], 600), almost).verdict in {NOT, WEAKLY}


def test_the_range_of_the_area_holds_it() -> None:
    rng, inside = np.random.default_rng(4), 0
    for _ in range(200):
        said = (rng.random(150) < 0.4) * 1.0
        found = agreement(1 / (1 + np.exp(-said - rng.standard_normal(150))), said)
        inside += found.auc.low <= 0.7602 <= found.auc.high  # Φ(1/√2)
    assert 0.83 <= inside / 200 <= 0.96


def test_chances_come_true() -> None:
    rng = np.random.default_rng(6)
    strength = rng.random(20_000)
    said = (rng.random(20_000) < 0.2 + 0.5 * strength) * 1.0
    wanted = np.array([0.2, 0.5, 0.8])
    found = chances(strength, said, np.ones(20_000), wanted)
    assert found == pytest.approx(0.2 + 0.5 * wanted, abs=0.05)


@pytest.mark.parametrize("people", [60, 400])
def test_ranges_of_shares_hold_the_truth_nine_times_in_ten(people: int) -> None:
    rng, inside, naive = np.random.default_rng(9), 0, 0
    yes, odds = np.array([0.2, 0.3, 0.4, 0.7]), np.array([2.5, 1.0, 1.0, 2.5])
    answering = TRUE_SHARES * odds / (TRUE_SHARES @ odds)
    truth = float(TRUE_SHARES @ yes)
    for _ in range(300):
        level = rng.choice(4, people, p=answering)
        said = (rng.random(people) < yes[level]) * 1.0
        share = TRUE_SHARES + 0.02 * rng.standard_normal(4)
        shared = Shared(share, share - 0.033, share + 0.033)
        value, drawn = share_of_all(said, np.eye(4)[level], shared, rng)
        low, high = np.quantile(drawn, [0.05, 0.95])
        inside += min(low, value) <= truth <= max(high, value)
        half = 1.645 * np.sqrt(said.mean() * (1 - said.mean()) / people)
        naive += abs(said.mean() - truth) <= half
    assert 0.86 <= inside / 300 <= 0.97
    assert people == 60 or naive / 300 < 0.8
