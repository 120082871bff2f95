"""From orders and claims to the ledger, the statement and the letter, in a small workspace."""

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
from rapport.report.letter import write_letter
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.buying import buying
from rapport.steps.context import Context
from rapport.steps.ledger import ledger
from rapport.steps.worth import value_customers

BAD = '<script>alert(1)</script>"&'
COSTS = """
[costs]
tools = 100.0
content = 50.0
relationship_channels = ["E-Mail "]
[[costs.people]]
who = "community manager"
per_month = 3000.0
share = 0.1
"""
SUMMARY = {"rows_in": 0, "rows_kept": 0, "rows_aside": 0, "loads": []}


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record.load(Facts("shop", f"{table}.csv", content, "1", iter([batch])))


def purchases(months: int = 20) -> list[dict[str, Any]]:
    """Forty orders a month of people who buy more or less often; each tenth of nobody known."""
    rng = np.random.default_rng(7)
    often = rng.gamma(0.8, 1.0, 150)
    who = rng.choice(150, months * 40, p=often / often.sum())
    start = dt.datetime(2025, 1, 3, 10, tzinfo=dt.UTC)
    return [
        {
            "purchase_id": str(n),
            "ordered_on": start + dt.timedelta(days=30.4 * (n // 40), hours=18 * (n % 40)),
            "account_id": None if n % 10 == 0 else f"p{who[n]}",
            "revenue": Decimal(20 + n % 7),
            "currency": "EUR",
            "channel": "web",
        }
        for n in range(months * 40)
    ]


def spend() -> list[dict[str, Any]]:
    day = dt.date(2026, 3, 1)
    told = [("e-mail", 30, "EUR"), ("referral", 12, "EUR"), (BAD, 500, "EUR"), ("e-mail", 9, "CHF")]
    return [
        {"day": day, "channel": channel, "cost": Decimal(cost), "currency": currency}
        for channel, cost, currency in told
    ]


@contextmanager
def opened(folder: Path, facts: dict[str, list[dict[str, Any]]], toml: str) -> Iterator[Context]:
    settings = parse_settings('brand = "M"\n' + toml)
    record = Record(folder / "record", key=b"key", zone=settings.time_zone)
    for table, rows in facts.items():
        load(record, table, rows)
    with (
        record.reading(),
        open_engine("duckdb", time_zone=settings.time_zone, temp=folder) as engine,
    ):
        context = Context(engine, record, Results(folder / "results"), settings)
        context.results.save("buying", "x", buying(context))
        yield context


def claimed(context: Context, name: str, share: float, every: int) -> None:
    """Let a cause claim a share of each so manieth order, as its own step would."""
    orders = context.engine.collect(context.result("orders").select("source", "purchase_id"))
    rows = [row for row in orders.to_pylist() if int(row["purchase_id"]) % every == 0]
    made = pa.Table.from_pylist(
        [{**row, "cause": name, "person_id": None, "share": share, "low": share - 0.1,
          "high": share + 0.1, "grade": "adjusted comparison"} for row in rows],
        pa.schema([(n, pa.string()) for n in ("cause", "person_id", "source", "purchase_id")]
                  + [(n, pa.float64()) for n in ("share", "low", "high")]
                  + [("grade", pa.string())]),
    )  # fmt: skip
    tables = {f"claims_{name}": context.write(f"claims_{name}", made)}
    context.results.save(name, "x", StepResult(tables=tables))


def rows_of(context: Context, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = context.results.table(table).to_pylist()
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, StepResult]]:
    folder = tmp_path_factory.mktemp("ledger")
    facts = {"purchase": purchases(), "spend": spend()}
    with opened(folder, facts, "[value]\nmargin = 0.4\n" + COSTS) as context:
        context.results.save("worth", "x", value_customers(context))
        claimed(context, "referral", 0.5, 8)
        claimed(context, "answer", 0.3, 4)
        result = ledger(context)
        context.results.save("ledger", "x", result)
        yield context, result


def test_the_ledger_holds_every_order_once_and_adds_up_to_the_margin(whole):
    context, _ = whole
    parts = rows_of(context, "ledger_orders")
    assert sum(row["credited"] for row in parts) == sum(
        row["net"] * Decimal("0.4") for row in rows_of(context, "orders")
    )
    margin = context.results.numbers["margin"].value
    assert float(sum(row["credited"] for row in parts)) == pytest.approx(margin)
    people = [row for row in rows_of(context, "ledger") if row["period"] == "whole"]
    known = sum(row["credited"] for row in parts if row["person_id"] is not None)
    assert sum(row["margin"] for row in people) == known
    assert all(row["expected"] > 0 for row in people)


@pytest.mark.parametrize("period", ["12 months", "whole"])
def test_every_cut_of_the_statement_adds_up_to_the_cent(whole, period):
    context, result = whole
    since, until = (
        dt.date.fromisoformat(result.facts[f"statement_{end}"]) for end in ("since", "until")
    )
    assert since == until.replace(year=until.year - 1) + dt.timedelta(days=1)
    lines = [row for row in rows_of(context, "statement") if row["period"] == period]
    cuts = [row for row in rows_of(context, "statement_cuts") if row["period"] == period]
    balance = [row for row in rows_of(context, "ledger_balance") if row["period"] == period]

    def added(kind: str, cut: str) -> Decimal:
        return sum((r["value"] for r in cuts if (r["kind"], r["cut"]) == (kind, cut)), Decimal(0))

    for kind in ("return", "cost"):
        told = sum((r["value"] for r in lines if r["kind"] == kind and r["value"]), Decimal(0))
        assert told == added(kind, "whole") == added(kind, "line") == added(kind, "function")
    assert added("return", "cause") == added("return", "whole")
    assert added("net", "function") == added("return", "whole") - added("cost", "whole")
    orders = [
        row
        for row in rows_of(context, "orders")
        if period == "whole" or since <= row["day"] <= until
    ]
    margin = sum(row["net"] * Decimal("0.4") for row in orders)
    assert sum(row["margin"] for row in balance) == margin.quantize(Decimal("0.01"))  # fmt: skip


def test_costs_are_those_of_the_settings_and_of_the_channels_they_name(whole):
    context, result = whole
    costs = {row["line"]: row["value"] for row in rows_of(context, "statement")
             if row["kind"] == "cost" and row["period"] == "12 months"}  # fmt: skip
    assert costs == {"media": 30, "incentives": 12, "people": 3600, "tools": 1200, "content": 600}
    assert result.facts["statement_beside"] == [BAD.lower()]
    assert [said.values["currencies"] for said in result.warnings] == ["CHF"]


def test_the_numbers_are_told_with_what_is_not_measured(whole):
    context, result = whole
    returned, cost, ronr = (
        result.numbers[name] for name in ("relationship_return", "relationship_cost", "ronr")
    )
    assert ronr.value == pytest.approx((returned.value - cost.value) / cost.value)
    assert returned.low < returned.value < returned.high
    assert result.facts["statement_unmeasured"] == ["word of mouth", "influencer", "connection"]
    blank = [row["cause"] for row in rows_of(context, "statement") if row["value"] is None]
    assert set(blank) == {"word of mouth", "influencer", "connection"}
    assert "equity_change" in context.results.numbers


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_begins_with_it_and_takes_hostile_channels(whole, tmp_path, language):
    context, _ = whole
    out = tmp_path / "letter.html"
    write_letter(context.results, brand="M", language=language, out=out, record_summary=SUMMARY)
    page = out.read_text("utf-8")
    assert "<script>" not in page
    assert page.index('id="statement"') < page.index('id="worth"')


def test_without_a_margin_no_return_is_told(tmp_path):
    with opened(tmp_path, {"purchase": purchases(2)}, "") as context:
        result = ledger(context)
    (untold,) = result.untold
    assert (result.numbers, result.tables) == ({}, {})
    assert "margin" in untold.needs.message


def test_without_orders_no_return_is_told(tmp_path):
    with opened(tmp_path, {"spend": spend()}, "") as context:
        result = ledger(context)
    assert [u.why.message for u in result.untold] == ["There is no order on record."]


def test_without_claims_all_is_baseline_and_nothing_is_returned(tmp_path):
    with opened(tmp_path, {"purchase": purchases(2)}, "[value]\nmargin = 0.4\n") as context:
        result = ledger(context)
        context.results.save("ledger", "x", result)
        parts = {row["cause"] for row in rows_of(context, "ledger_orders")}
        assert parts == {"baseline", "nobody known"}
    assert "relationship_return" not in result.numbers
    assert "ronr" not in result.numbers
    assert [u.question.message for u in result.untold] == [
        "What did our relationships return?", "What does a euro put into relationships return?",
    ]  # fmt: skip
    assert result.untold[1].needs.values["names"] == "costs.people, costs.tools, costs.content"


def test_a_return_without_its_cost_has_no_ronr(tmp_path):
    with opened(tmp_path, {"purchase": purchases(2)}, "[value]\nmargin = 0.4\n") as context:
        claimed(context, "connection", 0.1, 2)
        result = ledger(context)
    assert result.facts["statement_period"] == "whole"
    assert result.numbers["relationship_return"].value > 0
    assert "ronr" not in result.numbers


def test_three_customers_are_enough_for_a_statement(tmp_path):
    few = [row | {"account_id": f"p{n}"} for n, row in enumerate(purchases(1)[:3])]
    with opened(tmp_path, {"purchase": few}, "[value]\nmargin = 0.4\n" + COSTS) as context:
        claimed(context, "referral", 1.0, 1)
        result = ledger(context)
    assert result.numbers["relationship_return"].value == pytest.approx(0.4 * (20 + 21 + 22))
