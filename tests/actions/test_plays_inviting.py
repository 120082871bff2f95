"""The invitation by lot: whom it is for, when it is worth a lot, and when it is not proposed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport.actions.plays import play, wording
from rapport.estimate import Estimate, Grade
from rapport.impact.experiments.audiences import HELD, SENT, Audiences
from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context
from rapport.steps.plays import plays

LAST = dt.date(2026, 6, 30)
MANY = 400


def shop(customers: int = MANY) -> dict[str, pa.Table]:
    """Customers of whom every tenth follows; of the others the first are one of our own each."""
    ids = [f"p{n:04d}" for n in range(customers)]
    roles = ["employee", "reseller", "brand", *["person"] * (customers - 3)]
    money = pa.decimal128(18, 4)
    days = [LAST - dt.timedelta(days=n % 300) for n in range(customers)]
    follows = ids[9::10]
    return {
        "people": pa.table({"person_id": [*ids, "prospect"], "role": [*roles, "person"]}),
        "orders": pa.table(
            {"person_id": ids, "day": pa.array(days, pa.date32()),
             "net": pa.array([10] * customers, money), "margin": pa.array([4] * customers, money),
             "cancelled": [False] * customers, "role": pa.nulls(customers, pa.string()),
             "source": ["s"] * customers, "purchase_id": ids}
        ),
        "connections": pa.table(
            {"person_id": [*follows, ids[10]], "kind": ["follow"] * len(follows) + ["contact"],
             "platform": ["x"] * (len(follows) + 1)}
        ),
    }  # fmt: skip


def run(
    folder: Path,
    tables: dict[str, pa.Table],
    needed: int | None = None,
    language: str = "en",
    wanted: str = play.INVITE,
    **facts: Any,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the play and of its people."""
    results = Results(folder / "results")
    record = Record(folder / "record", key=b"k" * 32, zone="Europe/Paris")
    known = {"last_day": LAST.isoformat(), "money": "margin", "connection_definition": "follow"}
    numbers = {}
    if needed is not None:
        numbers["connection_test_people"] = Estimate.exact(needed, "customers", grade=Grade.MODEL)
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "t") as engine:
        for name, rows in tables.items():
            engine.write(engine.table(rows), results.path(name))
        sizes = {name: rows.num_rows for name, rows in tables.items()}
        before = StepResult(numbers=numbers, tables=sizes, facts=known | facts)
        results.save("before", "1", before)
        settings = parse_settings(f'brand = "M"\nlanguages = ["{language}"]\n')
        results.save("plays", "1", plays(Context(engine, record, results, settings)))
    found = [results.table(n).to_pylist() if results.tables.get(n) else []
             for n in ("plays", "play_people")]  # fmt: skip
    first, second = ([row for row in rows if row["play"] == wanted] for rows in found)
    return first, second


def test_customers_who_do_not_follow_are_invited_those_who_bought_last_first(tmp_path):
    (row,), people = run(tmp_path, shop(), needed=1200)
    listed = [each["person_id"] for each in sorted(people, key=lambda each: each["rank"])]
    assert not {"p0000", "p0001", "p0002", "p0009", "prospect"} & set(listed)
    assert "p0010" in listed  # who talked with us does not follow us
    ago = [int(who[1:]) % 300 for who in listed]
    assert ago == sorted(ago)
    assert row["people"] == len(listed) == MANY - 3 - 40
    assert {each["value"] for each in people} == {None}
    assert (row["standing"], row["value"], row["takes"]) == ("unknown", None, 1200)
    assert row["command"] == "rapport audience invite-to-connect --hold-out 50%"
    assert row["to_do"].endswith("leave the other half alone.")  # the command stands beside
    assert "1,200 customers" in row["why"]


@pytest.mark.parametrize(("needed", "proposed"), [(None, True), (1428, True), (1432, False)])
def test_too_few_customers_for_a_test_are_not_invited(tmp_path, needed, proposed):
    found, people = run(tmp_path, shop(), needed=needed)  # 357 are not connected
    assert bool(found) is bool(people) is proposed


def test_without_a_way_to_see_who_connects_nobody_is_invited(tmp_path):
    tables = shop()
    for number, facts in enumerate(({"connection_definition": None}, {})):
        given = tables if facts else {k: t for k, t in tables.items() if k != "connections"}
        assert run(tmp_path / str(number), given, **facts) == ([], [])


def test_everybody_connected_leaves_nobody_to_invite(tmp_path):
    tables = shop()
    ids = tables["orders"]["person_id"]
    tables["connections"] = pa.table(
        {"person_id": ids, "kind": ["follow"] * len(ids), "platform": ["x"] * len(ids)}
    )
    assert run(tmp_path, tables) == ([], [])


@pytest.mark.parametrize("said", ["caused", "partly", "no", "less"])
def test_what_a_trial_settled_is_not_tried_again(tmp_path, said):
    assert run(tmp_path, shop(), connection_trial={"said": said}) == ([], [])


def test_a_trial_that_settled_nothing_gives_the_money_and_the_next_test(tmp_path):
    day = LAST - dt.timedelta(days=100)
    drawn = pa.table({"person_id": ["x1", "x2"], "arm": [SENT, HELD]})
    Audiences(tmp_path / "audiences").write(play.INVITE, day, drawn, play=play.INVITE)
    read = pa.table(
        {"audience": [play.INVITE], "written_on": pa.array([day], pa.date32()),
         "verdict": ["not seen"], "effect": [0.5], "effect_low": [-1.0], "effect_high": [2.0],
         "cost": pa.array([None], pa.float64()), "sent": pa.array([100], pa.int64())}
    )  # fmt: skip
    trial = {"said": "cannot tell"}
    (row,), _ = run(tmp_path, shop() | {"experiments": read}, connection_trial=trial)
    assert (row["grade"], row["value"]) == ("experiment", pytest.approx(0.5 * row["people"]))


def test_the_brands_language_is_spoken(tmp_path):
    (row,), _ = run(tmp_path, shop(), needed=1200, language="fr")
    assert row["to_do"].startswith("Invitez-en la moitié, tirée au sort, à vous suivre")
    assert "1\u202f200 clients" in row["why"]


@pytest.mark.parametrize("kind", ["follow", "member", "subscription", "contact", "<b>{x}"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_way_to_connect_has_its_words(kind, language):
    told = wording.to_do(play.INVITE, kind).text(language)
    assert "{" not in told
    assert "<b>" not in told


def trial(folder: Path, verdict: str, effect: float) -> dict[str, pa.Table]:
    """Return the shop whose first 100 customers not yet connected were drawn for an invitation."""
    day = LAST - dt.timedelta(days=100)
    drawn = pa.table({"person_id": [f"p{n:04}" for n in range(10, 110)], "arm": [SENT, HELD] * 50})
    Audiences(folder / "audiences").write(play.INVITE, day, drawn, play=play.INVITE)
    read = pa.table(
        {"audience": [play.INVITE], "written_on": pa.array([day], pa.date32()),
         "verdict": [verdict], "effect": [effect], "effect_low": [effect / 2],
         "effect_high": [effect * 2], "cost": pa.array([20.0], pa.float64()),
         "sent": pa.array([50], pa.int64())}
    )  # fmt: skip
    return shop() | {"experiments": read}


def test_once_a_lot_said_that_it_pays_the_others_are_invited_as_well(tmp_path):
    tables = trial(tmp_path, "worked", 3.0)
    said = {"said": "caused", "kind": "follow"}
    (row,), people = run(tmp_path, tables, wanted=play.INVITE_REST, connection_trial=said)
    listed = {each["person_id"] for each in people}
    assert "p0010" not in listed  # was invited
    assert "p0011" in listed  # was held out
    assert row["people"] == len(listed) == MANY - 3 - 40 - 50
    assert row["value"] == pytest.approx((3.0 - 0.4) * len(listed))
    assert (row["standing"], row["grade"]) == ("pays", "experiment")
    assert row["command"] == "rapport audience invite-the-rest --hold-out 10%"
    assert row["to_do"] == "Invite each to follow you, as you invited the first."
    assert run(tmp_path / "again", shop(), connection_trial=said) == ([], [])


@pytest.mark.parametrize(
    ("verdict", "said"), [("worked", "cannot tell"), ("not seen", "caused"), ("harmed", "less")]
)
def test_unless_the_lot_said_that_it_pays_nobody_else_is_invited(tmp_path, verdict, said):
    tables = trial(tmp_path, verdict, 3.0)
    known = {"said": said, "kind": "follow"}
    assert run(tmp_path, tables, wanted=play.INVITE_REST, connection_trial=known) == ([], [])
