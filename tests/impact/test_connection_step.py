"""The step `connection`: tables, verdict, claims for the ledger, and when there is nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from impact.connected_brand import Brand, brand, month_of, ran, write
from rapport.impact.comparing.verdict import CANNOT_TELL, CAUSED, LESS, PARTLY
from rapport.impact.connected.histories import NEVER
from rapport.results import Results

OLD = dt.datetime.combine(dt.date(2019, 1, 1), dt.time())
TABLES = {
    "connection",
    "connection_verdicts",
    "connection_balance",
    "connection_groups",
    "connection_by_year",
    "connection_months",
    "claims_connection",
}


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lifted")
    made = brand(1500, 20, 0.4, seed=4)
    people = made.orders.shape[0]
    ids = [f"p{n:05d}" for n in range(people)]
    value = pa.table({"person_id": ids, "lifetime_value": made.orders.sum(axis=1) * 3.0})
    months = [(who, month) for who in range(0, people, 2) for month in range(20)]
    levels = pa.table(
        {"person_id": [ids[who] for who, _ in months],
         "month": [month_of(month) for _, month in months],
         "level": ["fully engaged" if who % 4 else "not engaged" for who, _ in months],
         "p_fully": [0.8 if who % 4 else 0.1 for who, _ in months]}
    )  # fmt: skip
    write(folder, made, lifetime=value, level_months=levels)
    with ran(folder) as (_, result):
        assert set(result.tables) == TABLES
    return folder


def test_three_numbers_stand_side_by_side(lifted):
    results = Results(lifted / "results")
    rows = results.table("connection").to_pylist()
    margin = {
        r["method"]: r for r in rows if (r["definition"], r["outcome"]) == ("follow", "margin")
    }
    assert set(margin) == {"naive", "adjusted", "before and after"}
    assert margin["naive"]["value"] > margin["before and after"]["value"] > 0
    assert all(r["low"] <= r["value"] <= r["high"] for r in rows)
    assert {r["outcome"] for r in rows if r["definition"] == "follow"} == {
        "margin", "orders", "order value", "retention", "lifetime value",
    }  # fmt: skip
    assert {r["definition"] for r in rows} == {"follow", "follow instagram", "follow x"}
    assert {r["unit"] for r in rows if r["outcome"] == "margin"} == {"EUR per month"}


def test_the_verdict_and_the_lift_are_facts(lifted):
    results = Results(lifted / "results")
    facts = results.facts
    assert facts["connection_verdict"] in {CAUSED, PARTLY}
    lift = facts["connection_lift"]
    assert abs(lift["value"] - 0.4) < 2 * (lift["high"] - lift["value"])
    number = results.numbers["connection_lift"]
    assert (number.value, number.grade.value) == (lift["value"], "adjusted comparison")
    assert results.numbers["connection_naive"].people
    assert results.untold == ()


def test_groups_hold_their_people_and_platforms_share_them(lifted):
    results = Results(lifted / "results")
    rows = results.table("connection_groups").to_pylist()
    whole = results.numbers["connection_lift"].people
    platforms = sum(r["people"] for r in rows if r["grouping"] == "platform")
    assert platforms == whole
    assert {r["group"] for r in rows if r["grouping"] == "level"} == {
        "fully engaged",
        "not engaged",
    }
    assert all(r["lift_low"] < r["lift"] < r["lift_high"] for r in rows)
    periods = results.table("connection_by_year").to_pylist()
    assert [r["begins"] for r in periods] == sorted(r["begins"] for r in periods)
    assert {r["begins"].month for r in periods} <= {1, 7}


def test_orders_while_connected_are_claimed_once_each_with_one_share(lifted):
    results = Results(lifted / "results")
    rows = results.table("claims_connection").to_pylist()
    lift = results.facts["connection_lift"]["value"]
    assert len({(r["source"], r["purchase_id"]) for r in rows}) == len(rows) > 100
    (share,) = {r["share"] for r in rows}
    assert share == pytest.approx(lift / (1 + lift))
    assert {r["cause"] for r in rows} == {"connection"}
    since = {r["person_id"]: r["since"] for r in results.table("connections").to_pylist()}
    when = {r["purchase_id"]: r["ordered_on"] for r in results.table("orders").to_pylist()}
    assert all(when[r["purchase_id"]] > since[r["person_id"]] for r in rows)


def test_months_before_are_there_as_well(lifted):
    rows = Results(lifted / "results").table("connection_months").to_pylist()
    months = {r["relative_month"] for r in rows}
    assert min(months) < 0 < max(months)
    assert 0 not in months


@pytest.mark.slow
def test_harm_is_said_and_claimed_as_less(tmp_path):
    write(tmp_path, brand(2500, 20, -0.5, seed=6))
    with ran(tmp_path) as (_, result):
        assert result.facts["connection_verdict"] == LESS
        assert result.facts["connection_lift"]["high"] < 0
    shares = Results(tmp_path / "results").table("claims_connection").column("share").to_pylist()
    assert -1 <= shares[0] < 0


def test_purchases_that_only_a_card_names_cannot_be_compared(tmp_path):
    made = brand(1500, 20, seed=7)
    own = made.since < NEVER
    orders = made.orders * own[:, None]
    orders[np.flatnonzero(~own)[::3], 3] = 1  # hardly any purchase of the others has a name
    orders[own] += 3
    write(tmp_path, Brand(orders, made.since))
    with ran(tmp_path) as (_, result):
        assert result.facts["connection_why"] == "identity"
        assert "claims_connection" not in result.tables
        assert "known by name" in result.untold[0].why.text("en")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Brand(np.ones((400, 20)), np.full(400, NEVER)), "known to be connected"),
        (Brand(np.ones((3, 20)), np.array([5, 9, NEVER])), "are needed"),
        (Brand(np.ones((400, 1)), np.zeros(400, int)), "Whole months on record: 1"),
        (Brand(np.ones((400, 20)), np.zeros(400, int)), "before and after"),
    ],
    ids=["nobody", "three customers", "one month", "everybody"],
)
def test_with_nothing_to_work_on_it_says_why(tmp_path, made, said):
    write(tmp_path, made)
    with ran(tmp_path) as (_, result):
        assert said in result.untold[0].why.text("en")
        assert result.facts.get("connection_verdict", CANNOT_TELL) == CANNOT_TELL
        assert "claims_connection" not in result.tables
        assert result.untold[0].why.text("fr") != result.untold[0].why.text("en")


def test_employees_are_nobody_to_compare(tmp_path):
    made = brand(300, 20, seed=8)
    people = pa.table({"person_id": [f"p{n:05d}" for n in range(300)], "role": ["employee"] * 300})
    write(tmp_path, made, people=people)
    with ran(tmp_path) as (_, result):
        assert "names its customer" in result.untold[0].why.text("en")


def test_a_workspace_without_purchases_ends_at_once(tmp_path):
    with ran(tmp_path) as (_, result):
        assert result.tables == {}
        assert len(result.untold) == 1


@pytest.mark.slow
def test_connections_from_before_and_from_nowhere_are_read(tmp_path):
    made = brand(1200, 20, seed=9)
    write(tmp_path, made)
    stamp = pa.timestamp("us")
    buyer = f"p{np.argmax(made.orders.sum(axis=1)):05d}"
    old = pa.table(
        {"person_id": [buyer, "nobody"], "platform": ["x", None],
         "kind": ["follow", "member"], "since": pa.array([OLD, None], stamp),
         "until": pa.nulls(2, stamp)}
    )  # fmt: skip
    write(tmp_path, made, connections=old)
    with ran(tmp_path) as (_, result):
        assert result.facts["connection_why"] == "few"
