"""Small shops whose numbers can be counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from awkward_shop import file, sold, stored, table, whole
from rapport.record.engines import Engine, open_engine
from rapport.value import measures
from rapport.value.customers import buying_days, purchase_counts
from rapport.value.lifetime import regularity
from rapport.value.lines import lines
from rapport.value.purchases import orders
from rapport.value.retention import filled, retention, survival, tenures
from rapport.value.returning import revenue_by_month
from rapport.value.returns import matched_returns
from rapport.value.rhythm import gap_pairs, gaps, silence
from rapport.value.totals import by_channel, customer_sums, known_people, segments, totals

UNTIL = dt.date(2024, 12, 31)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "temp") as opened:
        yield opened


@pytest.fixture
def bought(engine: Engine, tmp_path: Path) -> Any:
    """Return a function from rows to the frame of orders."""

    def made(line_rows: Any = (), order_rows: Any = ()) -> Any:
        both = (
            engine.scan(file(tmp_path, "purchase", order_rows), stored("purchase")),
            engine.scan(file(tmp_path, "purchase_line", line_rows), stored("purchase_line")),
        )
        every = engine.cache(lines(*both, currency="EUR"))
        return engine.cache(orders(every, matched_returns(every, keep=engine.cache)))

    return made


def one(engine: Engine, frame: Any) -> dict[str, Any]:
    (row,) = engine.collect(frame).to_pylist()
    return dict(row)


def numbers(engine: Engine, found: Any) -> dict[str, Any]:
    sums = one(engine, customer_sums(purchase_counts(found, UNTIL)))
    return measures.order_numbers(one(engine, totals(found)), sums, "EUR")


SHOP = [
    sold("1", "ann", "2024-01-10", "cup", 4, 5),
    sold("2", "ann", "2024-03-10", "cup", 2, 5),
    sold("3", "bob", "2024-03-15", "cup", 6, 5),
    sold("4", None, "2024-04-15", "cup", 8, 5),
    sold("C", "bob", "2024-04-20", "cup", -1, 5),
]


def test_numbers_are_those_counted_by_hand(engine: Engine, bought: Any) -> None:
    told = {name: number.value for name, number in numbers(engine, bought(SHOP)).items()}
    assert told == {
        "revenue": 95.0,
        "orders": 4.0,
        "customers": 2.0,
        "average_order_value": 23.75,
        "orders_per_customer": 1.5,
        "revenue_per_customer": 27.5,
        "repeat_rate": 0.5,
        "returning_revenue_share": pytest.approx(10 / 55),
        "known_share": pytest.approx(55 / 95),
        "returned_share": 0.05,
    }


def test_numbers_say_how_many_people_and_rows_they_rest_on(engine: Engine, bought: Any) -> None:
    told = numbers(engine, bought(SHOP))
    assert (told["repeat_rate"].people, told["repeat_rate"].rows) == (2, 3)
    assert (told["average_order_value"].people, told["average_order_value"].rows) == (2, 4)
    assert told["average_order_value"].unit == "EUR per order"
    assert told["average_order_value"].low < 23.75 < told["average_order_value"].high


def test_a_shop_without_orders_has_no_averages(engine: Engine, bought: Any) -> None:
    told = numbers(engine, bought([]))
    assert {name: number.value for name, number in told.items()} == {
        "revenue": 0.0, "orders": 0.0, "customers": 0.0,
    }  # fmt: skip


def test_one_customer_gives_a_number_without_a_range(engine: Engine, bought: Any) -> None:
    told = numbers(engine, bought(SHOP[:1]))
    assert told["average_order_value"].is_exact
    assert told["revenue_per_customer"].value == 20


def test_margin_is_counted_assumed_or_not_told(engine: Engine, bought: Any) -> None:
    known = [whole("1", "ann", "2024-01-10", 100, margin=Decimal(30))]
    unknown = [*known, whole("2", "ann", "2024-02-10", 100)]
    row = one(engine, totals(bought(order_rows=known)))
    counted = measures.margin_number(row, "EUR")
    assert counted is not None
    assert (counted.value, counted.grade.value) == (30.0, "count")
    row = one(engine, totals(bought(order_rows=unknown)))
    assert measures.margin_number(row, "EUR") is None
    assumed = measures.margin_number(row, "EUR", 0.5)
    assert assumed is not None
    assert (assumed.value, assumed.grade.value) == (80.0, "assumption")


def test_months_part_new_returning_and_unknown_money(engine: Engine, bought: Any) -> None:
    rows = engine.collect(revenue_by_month(bought(SHOP))).sort_by("month").to_pylist()
    assert [(r["month"].month, r["new"], r["returning"], r["unknown"]) for r in rows] == [
        (1, 20.0, 0.0, 0.0), (3, 25.0, 10.0, 0.0), (4, 0.0, 0.0, 40.0),
    ]  # fmt: skip
    assert [row["customers"] for row in rows] == [1, 2, 0]


def test_retention_shows_silent_months_and_leaves_out_one_cut_short(
    engine: Engine, bought: Any
) -> None:
    cells = engine.collect(retention(buying_days(bought(SHOP))))
    shown = filled(cells, dt.date(2024, 5, 30)).to_pylist()
    assert [(r["cohort"].month, r["month"], r["active"]) for r in shown] == [
        (1, 0, 1), (1, 1, 0), (1, 2, 1), (1, 3, 0), (3, 0, 1), (3, 1, 0),
    ]  # fmt: skip


def test_contracts_end_only_when_a_whole_month_was_missed(engine: Engine, bought: Any) -> None:
    paid = [
        *(whole(f"a{m}", "ann", f"2024-{m:02d}-01T10:00", 9) for m in (1, 2, 3, 4, 5)),
        *(whole(f"b{m}", "bob", f"2024-{m:02d}-01T10:00", 9) for m in (1, 2)),
        whole("c1", "cid", "2024-04-20T10:00", 9),
    ]
    found = engine.collect(tenures(buying_days(bought(order_rows=paid)), dt.date(2024, 5, 10)))
    rows = {(row["cohort"].month, row["periods"], row["churned"]) for row in found.to_pylist()}
    assert rows == {(1, 5, False), (1, 2, True), (4, 1, False)}
    assert survival(found)["survival"].to_pylist() == [1.0, 0.5, 0.5, 0.5, 0.5]


def test_prospects_one_time_and_repeat_buyers_stay_apart(engine: Engine, bought: Any) -> None:
    accounts = [
        *({"account_id": who} for who in ("ann", "bob", "eve")),
        {"account_id": "us", "is_brand": True},
        {"account_id": "joe", "is_employee": True},
    ]
    account = engine.table(table("account", accounts))
    rows = engine.collect(
        segments(purchase_counts(bought(SHOP), UNTIL), known_people(account))
    ).to_pylist()
    assert {row["segment"]: (row["people"], row["net"]) for row in rows} == {
        "prospect": (1, 0), "one-time": (1, 25), "repeat": (1, 30),
    }  # fmt: skip


def test_channels_add_up_to_all_orders(engine: Engine, bought: Any) -> None:
    rows = [{**SHOP[0], "channel": "web"}, *SHOP[1:]]
    found = engine.collect(by_channel(bought(rows))).to_pylist()
    assert {r["channel"]: (r["orders"], r["customers"], r["net"]) for r in found} == {
        "web": (1, 1, 20), None: (3, 2, 75),
    }  # fmt: skip


def test_gaps_leave_out_the_open_one_and_silence_measures_it(engine: Engine, bought: Any) -> None:
    found = bought(SHOP)
    assert engine.collect(gaps(buying_days(found)))["gap"].to_pylist() == [60]
    row = one(engine, silence(purchase_counts(found, dt.date(2024, 9, 6))))
    assert (row["usual_gap_days"], row["silent_days"], row["times_usual"]) == (60.0, 180, 3.0)


def test_pairs_of_gaps_tell_a_regular_customer_from_a_random_one(
    engine: Engine, bought: Any
) -> None:
    rows = [
        whole(f"{who}-{k}", str(who), f"2024-0{k}-{1 + (who * k) % 3:02d}T10:00", 9)
        for who in range(40)
        for k in (1, 2, 3)
    ]
    pairs = engine.collect(gap_pairs(gaps(buying_days(bought(order_rows=rows)))))
    assert sum(pairs["people"].to_pylist()) == 40
    columns = (pairs[name].to_numpy() for name in ("first_gap", "second_gap", "people"))
    assert regularity(*columns) > 50


def test_unmatched_returns_are_a_positive_amount() -> None:
    balance = [{"part": "unmatched returns", "rows": 3, "amount": Decimal("-20.5")}]
    told = measures.unmatched_number(balance, "EUR")
    assert (told.value, told.rows) == (20.5, 3)
    assert measures.unmatched_number([], "EUR").value == 0


def test_the_median_gap_lies_between_its_bounds() -> None:
    row = {"people": 100, "gaps": 200, "below": 100,
           "below_below": 150, "below_gaps": 210, "gaps_gaps": 420}  # fmt: skip
    low, high = measures.gap_bounds(row)
    assert 0.4 < low < 0.5 < high < 0.6
    told = measures.gap_number(30.0, 28.0, 33.0, row)
    assert (told.low, told.value, told.high) == (28.0, 30.0, 33.0)
    alone = dict.fromkeys(row, 1)
    assert measures.gap_bounds(alone) == (0.0, 1.0)


def test_shares_of_nobody_are_not_told() -> None:
    assert measures.share_number(0, 0, "retention_month_3") is None
    told = measures.share_number(3, 10, "retention_month_3")
    assert told is not None
    assert told.value == 0.3
    empty = {"people": 0, "value": 0.0, "s0": 0.0}
    assert measures.top_share_number(empty, {}) is None
    assert survival(pa.table({"periods": [], "churned": [], "people": []})).num_rows == 0
