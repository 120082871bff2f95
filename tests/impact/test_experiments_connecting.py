"""The invitation to connect read back: truth, weak uptake, and everything that can be amiss."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from impact.shop import LAST, LOT, orders, read, write
from rapport.estimate import Estimate, Grade
from rapport.impact.experiments.audiences import HELD, SENT, Audiences, drawn
from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context
from rapport.steps.experiments import experiments

NAME = "invite-to-connect"


def brand(
    folder: Path, took: float = 0.3, anyway: float = 0.05, effect: float = 12.0, **more: Any
) -> None:
    """Write a brand that invited half of its customers: those moved bring `effect` more.

    `took` and `anyway` are the shares that connect because of it, and whether invited or not.
    """
    people = more.pop("people", 4000)
    rng = np.random.default_rng(more.pop("seed", 1))
    ids = [f"p{n}" for n in range(people)]
    taste, sort = rng.gamma(2.0, 15.0, people), rng.random(people)
    sent = np.array(drawn(ids, 0.5, NAME, LOT)) == SENT
    connected = (sort < anyway) | ((sort < anyway + took) & sent)
    if more.pop("backwards", False):
        connected = (sort < anyway) | ((sort < anyway + took) & ~sent)
    past = taste * rng.gamma(4.0, 0.25, people)
    after = taste * rng.gamma(4.0, 0.25, people) + effect * connected
    write(folder, orders(ids, past, after), ids)
    linked = [who for who, told in zip(ids, connected, strict=True) if told]
    link(folder, linked, more.pop("kind", "follow"))
    arms = pa.table({"person_id": ids, "arm": np.where(sent, SENT, HELD).tolist()})
    told: dict[str, Any] = {"play": NAME, "about": "follow"}
    Audiences(folder / "audiences").write(NAME, more.pop("on", LOT), arms, **(told | more))


def link(folder: Path, linked: list[str], kind: str = "follow", gap: float | None = 6.0) -> None:
    """Write who connected a few days after the lot, and the gap as it seems."""
    results = Results(folder / "results")
    since = [dt.datetime.combine(LOT + dt.timedelta(days=2 + n % 20), dt.time(9))
             for n in range(len(linked))]  # fmt: skip
    rows = pa.table(
        {"person_id": pa.array(linked, pa.string()), "platform": ["x"] * len(linked),
         "kind": [kind] * len(linked), "since": pa.array(since, pa.timestamp("us", "UTC"))}
    )  # fmt: skip
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "t") as engine:
        engine.write(engine.table(rows), results.path("connections"))
    naive = Estimate.normal(gap or 0.0, 0.2, "EUR per month", source="g", grade=Grade.ADJUSTED)
    numbers = {} if gap is None else {"connection_naive": naive}
    results.save("months", "1", StepResult(tables={"connections": rows.num_rows}))
    results.save("connection", "1", StepResult(numbers, facts={"connection_definition": "follow"}))


def told_of(folder: Path) -> tuple[dict[str, Any], StepResult]:
    with read(folder) as (context, result):
        (row,) = context.results.table("connection_trials").to_pylist()
        del context
    return row, result


def test_those_moved_bring_what_they_truly_bring(tmp_path):
    brand(tmp_path)
    row, result = told_of(tmp_path)
    assert row["connecting_low"] <= 12.0 <= row["connecting_high"]
    assert row["uptake_low"] <= 0.3 <= row["uptake_high"]
    assert row["invited_low"] <= 12.0 * 0.3 <= row["invited_high"]
    assert row["connecting"] == pytest.approx(row["invited"] / row["uptake"])
    assert (row["verdict"], row["said"], row["whose"]) == ("worked", "caused", "moved")
    assert (row["kind"], row["look"], row["looks"]) == ("follow", 3, 3)
    for name, like in (("connection_trial_invited", "invited"),
                       ("connection_trial_uptake", "uptake"),
                       ("connection_trial", "connecting")):  # fmt: skip
        number = result.numbers[name]
        assert number.grade is Grade.EXPERIMENT
        assert (number.people, number.table) == (4000, "connection_trials")
        ends = (row[like], row[f"{like}_low"], row[f"{like}_high"])
        assert (number.value, number.low, number.high) == pytest.approx(ends)
    assert result.numbers["connection_trial"].unit == "EUR per customer"
    month = result.numbers["connection_trial_monthly"]
    assert (month.unit, month.grade) == ("EUR per month", Grade.EXPERIMENT)
    assert month.value * 90 == pytest.approx(row["connecting"] * 365.25 / 12)
    fact = result.facts["connection_trial"]
    assert (fact["said"], fact["days"], fact["written_on"]) == ("caused", 90, LOT.isoformat())


def test_the_invitation_is_read_as_any_other_audience(tmp_path):
    brand(tmp_path)
    with read(tmp_path) as (context, result):
        (whole,) = context.results.table("experiments").to_pylist()
        (own,) = context.results.table("connection_trials").to_pylist()
        del context
    for name, other in (("effect", "invited"), ("effect_low", "invited_low")):
        assert whole[name] == pytest.approx(own[other])
    assert "experiment_gain" in result.numbers


def test_where_nobody_connects_uninvited_it_is_of_all_who_connected(tmp_path):
    brand(tmp_path, anyway=0.0)
    row, _ = told_of(tmp_path)
    assert (row["whose"], row["connected_held"]) == ("connected", 0)


@pytest.mark.parametrize(
    ("effect", "verdict", "said"),
    [(-12.0, "harmed", "less"), (0.0, "not seen", "no"), (6.0, "worked", "partly")],
)
def test_what_it_says_follows_the_thresholds_of_the_comparisons(tmp_path, effect, verdict, said):
    brand(tmp_path, took=0.6, effect=effect, seed=2)
    row, _ = told_of(tmp_path)
    assert (row["verdict"], row["said"]) == (verdict, said)


def test_without_a_gap_no_effect_is_not_told_from_next_to_none(tmp_path):
    brand(tmp_path, took=0.6, effect=0.0, seed=2)
    Results(tmp_path / "results").save("connection", "2", StepResult())
    row, _ = told_of(tmp_path)
    assert (row["verdict"], row["said"]) == ("not seen", "cannot tell")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"took": 0.0, "anyway": 0.0}, "nobody connected"),
        ({"took": 0.0, "anyway": 1.0}, "no more connected"),
        ({"took": 0.0, "anyway": 0.1}, "no more connected"),
        ({"backwards": True}, "no more connected"),
        ({"took": 0.015, "anyway": 0.0, "people": 800}, "few connected"),
        ({"kind": "member"}, "nobody connected"),
    ],
)
def test_with_little_uptake_nothing_is_said_of_those_who_connected(tmp_path, how, why):
    brand(tmp_path, effect=0.0, **how)
    row, result = told_of(tmp_path)
    assert (row["said"], row["why"], row["connecting"]) == ("cannot tell", why, None)
    assert "connection_trial" not in result.numbers
    assert {"connection_trial_invited", "connection_trial_uptake"} <= set(result.numbers)
    (open_,) = result.untold
    assert all("{" not in each.text(lang) for lang in ("en", "fr")
               for each in (open_.question, open_.why, open_.needs))  # fmt: skip
    assert open_.why.text("fr") != open_.why.text("en")


def test_without_connections_on_record_nobody_connected(tmp_path):
    brand(tmp_path)
    Results(tmp_path / "results").save("months", "2", StepResult())
    row, _ = told_of(tmp_path)
    assert (row["why"], row["uptake"]) == ("nobody connected", 0.0)


@pytest.mark.parametrize("ago", [29, 0])
def test_a_trial_that_is_too_young_says_when_it_is_read(tmp_path, ago):
    day = LAST - dt.timedelta(days=ago)
    brand(tmp_path, people=200, on=day)
    row, result = told_of(tmp_path)
    assert (row["verdict"], row["said"], row["invited"]) == ("too early", "cannot tell", None)
    due = result.facts["connection_trial"]["due"]
    assert due == (day + dt.timedelta(days=30)).isoformat()
    assert not set(result.numbers)


def test_of_several_the_one_with_most_people_is_told_once_it_is_read(tmp_path):
    brand(tmp_path, people=1000)
    kept = Audiences(tmp_path / "audiences")
    few = pa.table({"person_id": [f"n{n}" for n in range(40)], "arm": [SENT, HELD] * 20})
    for back in (60, 10):
        kept.write(NAME, LAST - dt.timedelta(days=back), few, play=NAME)
    with read(tmp_path) as (context, result):
        rows = context.results.table("connection_trials").to_pylist()
        del context
    assert len(rows) == 3
    assert result.facts["connection_trial"]["written_on"] == LOT.isoformat()


def test_the_way_to_connect_is_that_of_the_day_of_the_lot(tmp_path):
    brand(tmp_path)
    results = Results(tmp_path / "results")
    results.save("connection", "2", StepResult(facts={"connection_definition": "member"}))
    assert told_of(tmp_path)[0]["kind"] == "follow"


def test_without_orders_nothing_is_told(tmp_path):
    brand(tmp_path, people=100)
    Results(tmp_path / "results").save("buying", "2", StepResult(facts={"last_day": "2026-06-30"}))
    with read(tmp_path) as (_, result):
        pass
    assert result.facts == {}
    assert result.numbers == {}


def test_nobody_buying_tells_nothing_of_connecting(tmp_path):
    brand(tmp_path, people=200, on=LOT + dt.timedelta(days=85))
    row, result = told_of(tmp_path)
    assert (row["verdict"], row["why"], row["said"]) == (
        "cannot tell", "nobody bought", "cannot tell",
    )  # fmt: skip
    assert result.numbers == {}


def test_who_is_forgotten_leaves_the_trial(tmp_path):
    brand(tmp_path, people=1000)
    kept = Audiences(tmp_path / "audiences")
    gone = {f"p{n}" for n in range(0, 1000, 10)}
    assert kept.keep(lambda who: who not in gone) == 100
    row, result = told_of(tmp_path)
    assert result.numbers["connection_trial"].people == 900
    assert row["sent"] + row["held_out"] == 1000


@pytest.mark.parametrize(
    ("zone", "hour", "counts"),
    [
        ("Europe/Paris", 23, True),  # midnight there: a list that names days alone
        ("Europe/Paris", 22, False),
        ("America/Montreal", 23, False),
    ],
)
def test_the_first_day_that_counts_is_that_of_the_brands_zone(tmp_path, zone, hour, counts):
    brand(tmp_path, people=400)
    since = [dt.datetime.combine(LOT, dt.time(hour))] * 400
    ids = [f"p{n}" for n in range(400)]
    rows = pa.table({"person_id": ids, "platform": ["x"] * 400, "kind": ["follow"] * 400,
                     "since": pa.array(since, pa.timestamp("us", "UTC"))})  # fmt: skip
    results = Results(tmp_path / "results")
    with open_engine("duckdb", time_zone=zone, temp=tmp_path / "t") as engine:
        engine.write(engine.table(rows), results.path("connections"))
        settings = parse_settings(f'brand = "M"\ntime_zone = "{zone}"\n')
        record = Record(tmp_path / "record", key=b"k" * 32, zone=zone)
        experiments(Context(engine, record, results, settings))
    (row,) = DeltaTable(results.path("connection_trials")).to_pyarrow_table().to_pylist()
    assert (row["connected_sent"], row["connected_held"]) == ((200, 200) if counts else (0, 0))


def test_other_audiences_invite_to_nothing(tmp_path):
    brand(tmp_path, people=200)
    log = tmp_path / "audiences" / "log.jsonl"
    log.write_text(log.read_text().replace(f'"play": "{NAME}"', '"play": ""').replace(NAME, "mine"))
    with read(tmp_path) as (context, result):
        assert "connection_trials" not in context.results.tables
        del context
    assert result.facts == {}
