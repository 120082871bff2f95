"""The steps on small workspaces: people who leave, nobody, three customers, employees alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.buying import buying
from rapport.steps.context import Context
from rapport.steps.influencers import influencers
from rapport.steps.moves import moves
from rapport.steps.roles import set_apart

START = dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC)
DAYS = 700
Facts_ = dict[str, list[dict[str, Any]]]


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record.load(Facts("shop", f"{table}.csv", content, "1", iter([batch])))


@contextmanager
def opened(folder: Path, facts: Facts_, toml: str = "") -> Iterator[Context]:
    settings = parse_settings('brand = "M"\n' + toml)
    record = Record(folder / "record", key=b"key", zone=settings.time_zone)
    for table, rows in facts.items():
        load(record, table, rows)
    with (
        record.reading(),
        open_engine("duckdb", time_zone=settings.time_zone, temp=folder / "t") as engine,
    ):
        yield Context(engine, record, Results(folder / "results"), settings)


def order(number: int, who: str, day: float, revenue: int = 30) -> dict[str, Any]:
    return {
        "purchase_id": str(number), "account_id": who, "currency": "EUR", "channel": "web",
        "ordered_on": START + dt.timedelta(days=day), "revenue": Decimal(revenue),
    }  # fmt: skip


def shop(people: int = 260, seed: int = 3) -> tuple[Facts_, np.ndarray]:
    """Return orders of people of whom a third leave on the way, and when each left."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(3.0, 1 / 90, people)
    left = np.where(rng.random(people) < 0.35, rng.uniform(60, DAYS, people), np.inf)
    rows: list[dict[str, Any]] = []
    for k in range(people):
        day = rng.uniform(0, 120)
        while day < min(left[k], DAYS):
            rows.append(order(len(rows), f"p{k}", day))
            day += rng.exponential(1 / rate[k])
    rows.append(order(len(rows), "p0", DAYS))
    return {"purchase": rows}, left


def bought(context: Context) -> None:
    context.results.save("roles", "x", set_apart(context))
    context.results.save("buying", "x", buying(context))


def requests_of(left: np.ndarray) -> pa.Table:
    """Return complaints of half of the people: those who left wait still, the others were heard."""
    rows = []
    for k, day in enumerate(left.tolist()):
        if k % 2:
            when = START + dt.timedelta(days=float(min(day, 400.0)) - 2)
            heard = not np.isfinite(day) or day > 600
            rows.append(
                {"request_id": str(k), "person_id": f"shop:p{k}", "kind": "complaint",
                 "state": "answered" if heard else "waiting", "opened_on": when,
                 "answered_on": when + dt.timedelta(hours=5) if heard else None}
            )  # fmt: skip
    when = pa.timestamp("us", "UTC")
    texts = ("request_id", "person_id", "kind", "state")
    schema = pa.schema(
        [*((n, pa.string()) for n in texts), ("opened_on", when), ("answered_on", when)]
    )
    return pa.Table.from_pylist(rows, schema=schema)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[StepResult, dict[str, pa.Table], Any]:
    facts, left = shop()
    with opened(
        tmp_path_factory.mktemp("shop"),
        facts,
        "[value]\nmargin = 0.5\n[people]\nsmallest_group = 2\n",
    ) as context:
        bought(context)
        told = {"requests": context.write("requests", requests_of(left))}
        context.results.save("answering", "x", StepResult(tables=told))
        result = moves(context)
        context.results.save("moves", "x", result)
        tables = {name: context.results.table(name) for name in result.tables}
    return result, tables, left


def test_who_has_left_is_told_apart_from_who_stays(made):
    _, tables, left = made
    rows = tables["chances_of_leaving"].to_pylist()
    chance = {int(row["person_id"].rpartition("p")[2]): row["chance"] for row in rows}
    gone = [c for k, c in chance.items() if left[k] < DAYS - 120]
    here = [c for k, c in chance.items() if not np.isfinite(left[k])]
    assert np.mean(gone) > 0.75
    assert np.mean(here) < 0.35
    assert all(row["chance_low"] <= row["chance"] <= row["chance_high"] for row in rows)


def test_of_very_many_customers_the_past_of_some_is_enough(made, tmp_path, monkeypatch):
    monkeypatch.setattr("rapport.steps.breaking_up.MOST", 240)
    facts, left = shop()
    with opened(tmp_path, facts, "[value]\nmargin = 0.5\n") as context:
        bought(context)
        result = moves(context)
        rows = context.results.folder / "chances_of_leaving"
        told = context.engine.collect(context.engine.scan_delta(rows)).to_pylist()
    assert result.tables["chances_of_leaving"] == made[0].tables["chances_of_leaving"]
    chance = {int(row["person_id"].rpartition("p")[2]): row["chance"] for row in told}
    gone = np.mean([c for k, c in chance.items() if left[k] < DAYS - 120])
    here = np.mean([c for k, c in chance.items() if not np.isfinite(left[k])])
    assert gone > here + 0.4
    assert 0 < result.numbers["breaking_up_auc"].people <= 240


def test_those_breaking_up_have_a_reason_and_money_at_risk(made):
    result, tables, _ = made
    rows = tables["breaking_up"].to_pylist()
    assert len(rows) == result.numbers["breaking_up_customers"].value
    assert all(row["low"] <= row["margin_at_risk"] <= row["high"] for row in rows)
    total = sum(row["margin_at_risk"] for row in rows)
    told = result.numbers["breaking_up_margin"]
    assert told.value == pytest.approx(total)
    assert told.low < total < told.high
    assert all(row["margin_year"] % 15 == pytest.approx(0) for row in rows)  # half of 30


def test_those_who_were_not_heard_left_more_often(made):
    result, tables, _ = made
    shares = {row["heard"]: row["left"] for row in tables["left_unheard"].to_pylist()}
    assert shares["not heard"] > 0.6
    assert shares["heard"] < 0.15
    left = result.numbers["left_unheard"]
    assert left.grade.value == "adjusted comparison"
    assert left.low > 0
    assert not result.untold


def test_those_who_left_are_counted_by_month(made):
    result, tables, left = made
    rows = [row for row in tables["moves"].to_pylist() if row["direction"] == "left"]
    assert all(row["people"] >= 2 for row in tables["moves"].to_pylist())
    true = ((left > 120) & (left < DAYS - 60)).sum()
    assert sum(row["people"] for row in rows) == pytest.approx(true, rel=0.4)
    assert "left_last_year" in result.numbers


def test_with_nothing_bought_there_is_nothing_to_say(tmp_path):
    with opened(tmp_path, {}) as context:
        assert moves(context) == StepResult()
        assert influencers(context) == StepResult()


@pytest.mark.parametrize(
    ("rows", "toml", "why"),
    [
        ([order(k, f"p{k % 3}", 20.0 * k) for k in range(9)], "", "Customers who bought again: 3"),
        (
            [order(k, f"p{k % 40}", 0.2 * k) for k in range(120)],
            "",
            "Days from the first order to the last: 24",
        ),
        (
            [order(k, f"p{k % 40}", 3.0 * k) for k in range(120)],
            "[value]\ncontract = true\n",
            "A contract ends on a known day",
        ),
    ],
)
def test_too_little_is_said_in_a_sentence(tmp_path, rows, toml, why):
    with opened(tmp_path, {"purchase": rows}, toml) as context:
        bought(context)
        result = moves(context)
    assert why in result.untold[0].why.text("en")
    assert result.untold[0].why.text("fr") != result.untold[0].why.text("en")
    assert not result.numbers


def test_employees_alone_are_no_customers(tmp_path):
    facts: Facts_ = {
        "account": [{"account_id": f"p{k}", "is_employee": True} for k in range(40)],
        "purchase": [order(k, f"p{k % 40}", 3.0 * k) for k in range(120)],
    }
    with opened(tmp_path, facts) as context:
        bought(context)
        result = moves(context)
    assert not result.numbers
    assert not result.tables


def approached(people: int = 12, times: int = 10) -> list[dict[str, Any]]:
    rng = np.random.default_rng(9)
    rows = []
    for who in range(people):
        for nth in range(times):
            day = 20 + 60 * nth + who
            name = {"account_id": f"a{who}", "channel": "x", "object_kind": "request to post"}
            rows.append(
                {**name, "activity_id": f"{who}-{nth}", "verb": "Invite",
                 "occurred_on": START + dt.timedelta(days=day)}
            )  # fmt: skip
            if rng.random() < 0.9 * 0.6**nth:
                rows.append(
                    {**name, "activity_id": f"{who}-{nth}-yes", "verb": "Accept",
                     "occurred_on": START + dt.timedelta(days=day + 3),
                     "in_reply_to": f"{who}-{nth}", "object_id": f"post{who}-{nth}"}
                )  # fmt: skip
    return rows


def test_influencers_who_tired_are_not_worth_another_request(tmp_path):
    facts, _ = shop(120)
    rng = np.random.default_rng(1)
    visits = [
        {"visit_id": str(n), "started_on": START + dt.timedelta(days=float(day)),
         "account_id": f"p{n % 50}", "utm_medium": "influencer" if n % 2 else "email",
         "goals": "purchase" if n % 8 == 1 else None}
        for n, day in enumerate(rng.uniform(0, DAYS, 600))
    ]  # fmt: skip
    facts |= {
        "activity": approached(),
        "visit": visits,
        "spend": [
            {"day": (START + dt.timedelta(days=60 * k)).date(), "channel": "Influencer",
             "campaign": "spring", "cost": Decimal(12 * 900), "currency": "EUR"}
            for k in range(10)
        ],
    }  # fmt: skip
    with opened(tmp_path, facts, "[value]\nmargin = 0.5\n") as context:
        bought(context)
        result = influencers(context)
        context.results.save("influencers", "x", result)
        tables = {name: context.results.table(name) for name in result.tables}
    tiring = result.numbers["influencer_tiring"]
    assert tiring.low <= 0.6 <= tiring.high
    assert result.numbers["influencer_ask_cap"].value == 2
    assert result.numbers["influencer_cost"].value == pytest.approx(900, rel=0.01)
    people = tables["influencers"].to_pylist()
    assert len(people) == 12
    assert {row["verdict"] for row in people} == {"stop"}
    assert all(row["rest"] == 1 for row in people)
    assert result.numbers["influencers_to_stop"].value == 12
    questions = [each.question.text("en") for each in result.untold]
    assert "Whom do influencers reach?" in questions


def test_without_a_list_of_requests_it_is_said(tmp_path):
    facts, _ = shop(30)
    facts["activity"] = [
        {"activity_id": "1", "account_id": "a", "verb": "Like", "occurred_on": START}
    ]
    with opened(tmp_path, facts) as context:
        bought(context)
        result = influencers(context)
    assert result.untold[0].why.text("en") == "No file says whom the brand asked to post."
    assert not result.tables
