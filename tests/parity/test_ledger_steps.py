"""The ledger of orders and people: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.value.ledger
from awkward_shop import ZONE, at, file, stored
from parity.comparing import assert_same_rows, relational_steps
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value.ledger import claims, people, spending, sums
from rapport.value.ledger.statement import statement

pytestmark = pytest.mark.spark

MONEY = pa.decimal128(18, 4)
DAY = dt.date(2026, 2, 28)
LATEST = (dt.date(2025, 3, 1), DAY)


def _order(n: int, margin: str | None, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"source": "shop", "purchase_id": f"o{n}", "person_id": f"p{n % 3}",
                           "day": DAY - dt.timedelta(days=170 * n), "cancelled": False,
                           "role": None, "net": Decimal("30.3333"), "refund": Decimal(n),
                           "margin": None if margin is None else Decimal(margin)}  # fmt: skip
    return row | more


ORDERS = pa.Table.from_pylist(
    [
        _order(0, "10.0001"), _order(1, "-3.3333"), _order(2, None), _order(3, "99999999.9999"),
        _order(4, "7", cancelled=True), _order(5, "7", role="employee"),
        _order(6, "0.0001", person_id=None), _order(7, "12.5", refund=None), _order(8, "0"),
    ],
    pa.schema(
        [*((n, pa.string()) for n in ("source", "purchase_id", "person_id", "role")),
         ("day", pa.date32()), ("cancelled", pa.bool_()),
         *((n, MONEY) for n in ("net", "refund", "margin"))]
    ),
)  # fmt: skip


def _claims(*rows: tuple[int, Any, Any, Any]) -> pa.Table:
    return pa.table(
        {
            "source": ["shop"] * len(rows),
            "purchase_id": [f"o{n}" for n, *_ in rows],
            **{
                name: pa.array([row[place] for row in rows], pa.float64())
                for place, name in enumerate(("share", "low", "high"), start=1)
            },
        }
    )


CLAIMS = {
    "referral": _claims((0, 1 / 3, 0.2, 0.5), (1, 0.5, 0.4, None), (3, 0.123456, None, 0.2),
                        (99, 0.5, 0.5, 0.5), (7, None, 0.1, 0.2), (6, 0.9, 0.9, 0.9)),
    "answer": _claims((0, 0.7, 0.6, 0.9), (0, 0.7, 0.6, 0.9), (3, -0.4, -0.6, 0.1),
                      (7, float("nan"), 0.0, 0.0), (2, 0.25, 0.0, 0.5)),
    "connection": _claims(*((n, 0.05, -0.02, 0.11) for n in range(9))),
}  # fmt: skip
CONTACTS = pa.table(
    {"person_id": ["p0", "p0", None, "asker"], "day": [DAY, dt.date(2024, 1, 1), DAY, DAY],
     "contacts": [1, 2, 4, 3]}
)  # fmt: skip
WORTH = pa.table(
    {"person_id": ["p0", "p1"],
     **{name: pa.array([1.5, None], pa.float64()) for name in people._WORTH}}
)  # fmt: skip
SPEND = [
    {"day": day, "channel": channel, "cost": Decimal(cost), "currency": currency}
    for day, channel, cost, currency in [
        (DAY, " E-Mail", "1.2345", "EUR"), (DAY, "e-mail", "2", "EUR"), (DAY, None, "5", "EUR"),
        (DAY, "email", "7", "GBP"), (dt.date(2020, 1, 1), "e-mail", "9", "EUR"),
    ]
]  # fmt: skip
POSTS = [
    {"post_id": str(n), "published_on": at(when), "paid": paid, "cost": cost, "currency": "EUR"}
    for n, (when, paid, cost) in enumerate(
        [("2026-02-28T22:30:00", True, Decimal("3.5")), ("2026-02-28T23:30:00", True, Decimal(9)),
         ("2026-01-05T10:00:00", None, Decimal(4)), ("2026-01-05T10:00:00", False, None)]
    )
]  # fmt: skip


class World:
    """Orders, claims and costs on one engine."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.spend = engine.scan(file(folder, "spend", SPEND), stored("spend"))
        self.post = engine.scan(file(folder, "post", POSTS), stored("post"))
        self.orders, self.contacts = engine.table(ORDERS), engine.table(CONTACTS)
        told = {key: engine.table(rows) for key, rows in CLAIMS.items()}
        self.margins = claims.order_margins(self.orders, 1 / 3)
        self.shares = claims.claims_by_order(told)
        self.parted = engine.cache(claims.credited(self.margins, self.shares))
        self.bought = people.bought(self.parted, LATEST)
        self.asked = people.asked(self.contacts, LATEST)
        both = engine.cache(nw.concat([self.bought, self.asked], how="vertical"))
        self.ledger = engine.cache(people.ledger(both, engine.table(WORTH), 6.0))


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    claims.order_margins: lambda w: w.margins,
    claims.claims_by_order: lambda w: w.shares,
    claims.credited: lambda w: w.parted,
    claims.ledger_orders: lambda w: claims.ledger_orders(w.parted),
    sums.credit_sums: lambda w: sums.credit_sums(w.parted),
    people.bought: lambda w: w.bought,
    people.asked: lambda w: w.asked,
    people.ledger: lambda w: w.ledger,
    people.ledger_sums: lambda w: people.ledger_sums(w.ledger),
    spending.spend_by_channel: lambda w: spending.spend_by_channel(w.spend, *LATEST),
    spending.cost_of_posts: lambda w: spending.cost_of_posts(w.post, *LATEST),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine, folder)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    assert relational_steps(rapport.value.ledger) <= set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error


@pytest.mark.slow
def test_a_statement_of_a_spark_frame_is_that_of_a_table(spark: Any) -> None:
    rows = {"cause": ["referral", "media"], "amount": [10.25, 4.0], "low": [8.0, 4.0],
            "high": [12.0, 4.0], "person": ["a", None]}  # fmt: skip
    frame = spark.createDataFrame(list(zip(*rows.values(), strict=True)), list(rows))
    assert statement(frame).text() == statement(pa.table(rows)).text()


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    parts = made[claims.ledger_orders].to_pylist()
    first = {row["cause"]: row["credited"] for row in parts if row["purchase_id"] == "o0"}
    assert first == {"referral": Decimal("3.3334"), "answer": Decimal("6.6667"), "baseline": 0}
    spent = {(r["channel"], r["currency"]): r["units"] for r in
             made[spending.spend_by_channel].to_pylist()}  # fmt: skip
    assert spent == {("e-mail", "EUR"): 32345, ("", "EUR"): 50000, ("email", "GBP"): 70000}
    posts = {row["paid"]: row["units"] for row in made[spending.cost_of_posts].to_pylist()}
    assert posts == {1: 35000, 0: 40000}  # half past midnight in Paris is the next day
