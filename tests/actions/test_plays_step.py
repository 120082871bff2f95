"""The step on what to do next: whom it leaves out, and what it says where there is nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport.estimate import Estimate, Grade
from rapport.impact.experiments.audiences import HELD, SENT, Audiences
from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context
from rapport.steps.plays import plays

LAST = dt.date(2026, 6, 30)
WHO = [f"p{n:02d}" for n in range(40)]
SETTINGS = 'brand = "M"\n[service]\ncost_per_contact = 2.0\n[engagement]\nmost_asks_a_year = 2\n'


def people(role: str = "person") -> pa.Table:
    roles = ["employee", "brand", *[role] * 38]
    return pa.table({"person_id": WHO, "role": roles})


def advocates() -> pa.Table:
    return pa.table(
        {
            "person_id": WHO,
            "side": ["customer"] * 40,
            "speaks_well": [0.9] * 30 + [0.2] * 10,
            "speaks_ill": [0.0] * 40,
            "influence": [float(n) for n in range(40)],
            "evidence": ["praised"] * 40,
        }
    )


def breaking() -> pa.Table:
    return pa.table(
        {"person_id": WHO[:20], "margin_at_risk": [10.0] * 20, "because": ["silent"] * 20}
    )


def unanswered(days_ago: int = 5) -> pa.Table:
    opened = dt.datetime.combine(LAST - dt.timedelta(days=days_ago), dt.time(9), dt.UTC)
    return pa.table(
        {
            "person_id": WHO[:6],
            "kind": ["complaint", "complaint", "purchase_intent", "complaint", "leaving", "other"],
            "opened_on": pa.array([opened] * 6, pa.timestamp("us", "UTC")),
            "source": ["s"] * 6,
            "request_id": [f"r{n}" for n in range(6)],
            "relation": ["repeat"] * 6,
            "text": ["<script>alert(1)</script>", "=1+1", "buy {x}", "{money}", "bye", "?"],
            "url": pa.nulls(6, pa.string()),
        }
    )


def questions() -> pa.Table:
    return pa.table(
        {"question_id": ["q1"], "question": ["<b>Where</b> is {it}?"],
         "contacts_saved": [10.0], "contacts_saved_high": [12.0]}
    )  # fmt: skip


TABLES = {
    "people": people, "advocates": advocates, "breaking_up": breaking, "unanswered": unanswered,
    "questions": questions,
}  # fmt: skip


def run(
    folder: Path, tables: Mapping[str, pa.Table], **numbers: Estimate
) -> tuple[StepResult, Results]:
    results = Results(folder / "results")
    record = Record(folder / "record", key=b"k" * 32, zone="Europe/Paris")
    facts = {"last_day": LAST.isoformat(), "money": "margin", "first_order_mean": 20.0}
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "t") as engine:
        for name, rows in tables.items():
            engine.write(engine.table(rows), results.path(name))
        sizes = {name: rows.num_rows for name, rows in tables.items()}
        results.save("before", "1", StepResult(numbers=numbers, tables=sizes, facts=facts))
        context = Context(engine, record, results, parse_settings(SETTINGS))
        result = plays(context)
        results.save("plays", "1", result)
        del context
    return result, results


def all_tables() -> dict[str, pa.Table]:
    return {name: make() for name, make in TABLES.items()}


def rows(results: Results, table: str) -> list[dict[str, Any]]:
    return results.table(table).to_pylist()


def test_nobody_of_the_brands_own_is_in_a_play(tmp_path):
    _, results = run(tmp_path, all_tables())
    listed = {row["person_id"] for row in rows(results, "play_people")}
    assert listed
    assert listed.isdisjoint({"p00", "p01"})


def test_with_employees_alone_nothing_is_invented(tmp_path):
    tables = {name: rows for name, rows in all_tables().items() if name != "questions"}
    result, results = run(tmp_path, tables | {"people": people("employee")})
    assert result.numbers == {}
    assert result.untold[0].question.message == "What should we do on Monday?"
    assert "personne" in result.untold[0].why.text("fr")
    assert not results.tables.get("plays")


@pytest.mark.parametrize("tables", [{}, {"people": people()}])
def test_with_nothing_to_work_on_it_says_so(tmp_path, tables):
    result, _ = run(tmp_path, tables)
    assert not result.tables
    assert "nobody to thank" in result.untold[0].why.text("en")


def test_people_have_places_by_what_is_at_stake(tmp_path):
    _, results = run(tmp_path, all_tables())
    mine = [row for row in rows(results, "play_people") if row["play"] == "thank-advocates"]
    mine.sort(key=lambda row: row["rank"])
    assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
    assert [row["value"] for row in mine] == sorted((row["value"] for row in mine), reverse=True)
    assert len(mine) == 28


def test_what_waits_too_long_is_in_no_play(tmp_path):
    _, results = run(tmp_path, all_tables() | {"unanswered": unanswered(days_ago=120)})
    assert {row["play"] for row in rows(results, "play_people")} == {"thank-advocates", "win-back"}


def test_money_is_that_of_the_assumption_until_an_experiment(tmp_path):
    _, results = run(tmp_path, all_tables())
    (back,) = [row for row in rows(results, "plays") if row["play"] == "win-back"]
    assert (back["value"], back["low"], back["high"]) == pytest.approx((9.0, -9.0, 27.0))
    assert (back["people"], back["grade"]) == (18, "assumption")


def test_an_experiment_takes_the_place_of_an_assumption(tmp_path):
    day = LAST - dt.timedelta(days=40)
    drawn = pa.table({"person_id": ["x1", "x2"], "arm": [SENT, HELD]})
    Audiences(tmp_path / "audiences").write("my list", day, drawn, play="win-back")
    read = pa.table(
        {"audience": ["my list"], "written_on": pa.array([day], pa.date32()),
         "verdict": ["worked"], "effect": [2.0], "effect_low": [1.0], "effect_high": [3.0],
         "cost": [100.0], "sent": pa.array([100], pa.int64())}
    )  # fmt: skip
    _, results = run(tmp_path, all_tables() | {"experiments": read})
    (back,) = [row for row in rows(results, "plays") if row["play"] == "win-back"]
    assert (back["value"], back["low"], back["high"]) == pytest.approx((18.0, 0.0, 36.0))
    assert (back["grade"], back["basis"]) == ("experiment", "experiment")


def test_who_was_asked_often_enough_is_left_in_peace(tmp_path):
    kept = Audiences(tmp_path / "audiences")
    for n, back in enumerate((20, 50)):
        drawn = pa.table({"person_id": ["p05", "p06"], "arm": [SENT, HELD if n else SENT]})
        kept.write("thank-advocates", LAST - dt.timedelta(days=back), drawn)
    asked = {"person_id": ["p07"], "this_year": pa.array([2], pa.int64())}
    influencers = pa.table(
        asked | {"verdict": ["ask"], "cost": [1.0], "account": ["x:a"], "expected_gain": [1.0],
                 "low": [0.0], "high": [2.0]}
    )  # fmt: skip
    _, results = run(tmp_path, all_tables() | {"influencers": influencers})
    thanked = {
        r["person_id"] for r in rows(results, "play_people") if r["play"] == "thank-advocates"
    }
    assert thanked.isdisjoint({"p05", "p07"})
    assert "p06" in thanked


def test_answers_count_for_those_who_buy_enough_to_be_worth_one(tmp_path):
    kept = Estimate(0.1, "share", Grade.ADJUSTED, 0.0, 0.2, name="kept_share")
    money = pa.decimal128(18, 4)
    orders = pa.table(
        {"person_id": ["p03", "p04"], "day": pa.array([LAST] * 2, pa.date32()),
         "net": pa.array([100, 10], money), "margin": pa.array([100, 10], money),
         "cancelled": [False] * 2, "role": pa.nulls(2, pa.string()), "source": ["s"] * 2,
         "purchase_id": ["1", "2"]}
    )  # fmt: skip
    _, results = run(tmp_path, all_tables() | {"orders": orders}, kept_share=kept)
    (answer,) = [row for row in rows(results, "plays") if row["play"] == "answer-critics"]
    assert (answer["people"], answer["many"]) == (2, 1)
    assert (answer["value"], answer["low"], answer["high"]) == pytest.approx((8.0, -2.0, 18.0))


def test_hostile_words_are_data(tmp_path):
    _, results = run(tmp_path, all_tables())
    (article,) = [row for row in rows(results, "plays") if row["play"] == "write-articles"]
    assert "<b>Where</b> is {it}?" in article["to_do"]
