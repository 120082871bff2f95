"""A simulated brand in a record: what happened is there, of whom it was, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from benchmarks.brands import Brand, brand

from rapport.pipeline import looking


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Brand:
    return brand(tmp_path_factory.mktemp("brand") / "maison", people=400, months=6, seed=3)


def facts(made: Brand, table: str) -> pa.Table:
    with looking(made.workspace) as context:
        return context.engine.collect(context.facts(table))


def test_every_order_is_there_with_its_margin_and_its_buyer(made: Brand) -> None:
    orders, true = facts(made, "purchase"), made.history.order
    assert orders.num_rows == true.num_rows
    assert pc.sum(orders["margin"]).as_py() == Decimal(pc.sum(true["margin"]).as_py()) / 100
    named = {row["order_id"]: row["person_id"] for row in true.to_pylist() if row["identified"]}
    assert {
        row["purchase_id"]: int(row["account_id"][1:])
        for row in orders.to_pylist()
        if row["account_id"]
    } == named


def test_people_of_the_truth_follow(made: Brand) -> None:
    deeds = facts(made, "activity")
    follows = deeds.filter(pc.equal(deeds["verb"], "Follow"))["account_id"].to_pylist()
    owners = {
        (row["network"], row["account_id"]): row["person_id"]
        for row in made.history.account.to_pylist()
    }
    true = {
        owners[row["network"], row["account_id"]] for row in made.history.follow.to_pylist()
    } - {None}
    assert {int(who[1:]) for who in follows if who.startswith("p")} == true


def test_of_those_who_gave_no_handle_accounts_stay_apart(tmp_path: Path) -> None:
    half = brand(tmp_path / "half", people=400, months=6, seed=3, seen=0.5)
    who = facts(half, "account")["account_id"].to_pylist()
    assert sum(name.startswith("p") for name in who) == 400
    follows = facts(half, "activity")
    follows = follows.filter(pc.equal(follows["verb"], "Follow"))["account_id"].to_pylist()
    assert 0 < sum(name.startswith("p") for name in follows) < len(follows)
