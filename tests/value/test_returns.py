"""Returns find the order they take back: the latest one before them that is still whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awkward_shop import AWKWARD_LINES, AWKWARD_ORDERS, ZONE, at, file, sold, stored, whole
from rapport.record.engines import Engine, open_engine
from rapport.value.lines import lines
from rapport.value.purchases import balance, orders
from rapport.value.returns import matched_returns


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine("duckdb", time_zone=ZONE, temp=tmp_path_factory.mktemp("temp")) as opened:
        yield opened


@pytest.fixture
def account(engine: Engine, tmp_path: Any) -> Any:
    """Return a function from rows to (orders by number, parts of the balance, refunds)."""

    def made(line_rows: Sequence[Any] = (), order_rows: Sequence[Any] = ()) -> Any:
        purchase = engine.scan(file(tmp_path, "purchase", order_rows), stored("purchase"))
        by_line = engine.scan(file(tmp_path, "purchase_line", line_rows), stored("purchase_line"))
        every = engine.cache(lines(purchase, by_line, currency="EUR", rates={"GBP": 1.17}))
        matched = engine.cache(matched_returns(every, keep=engine.cache))
        found = engine.collect(orders(every, matched)).to_pylist()
        parts = engine.collect(balance(every, matched)).to_pylist()
        return (
            {row["purchase_id"]: row for row in found},
            {row["part"]: row for row in parts},
            engine.collect(matched).to_pylist(),
        )

    return made


def test_a_return_takes_back_the_latest_order_before_it(account: Any) -> None:
    found, parts, _ = account(
        [
            sold("1", "ann", "2024-01-01", "cup", 1, 5),
            sold("2", "ann", "2024-02-01", "cup", 1, 5),
            sold("C", "ann", "2024-02-15", "cup", -1, 5),
            sold("3", "ann", "2024-03-01", "cup", 1, 5),
        ]
    )
    assert {number: row["cancelled"] for number, row in found.items()} == {
        "1": False, "2": True, "3": False,
    }  # fmt: skip
    assert parts["matched returns"]["amount"] == Decimal("-5")


def test_an_order_of_the_same_quantity_and_amount_goes_before_a_later_one(account: Any) -> None:
    found, _, _ = account(
        [
            sold("1", "ann", "2024-01-01", "cup", 100, 5),
            sold("2", "ann", "2024-02-01", "cup", 3, 5),
            sold("C", "ann", "2024-03-01", "cup", -100, 5),
        ]
    )
    assert found["1"]["cancelled"]
    assert not found["2"]["cancelled"]


def test_what_was_never_bought_stays_unmatched_and_reduces_nothing(account: Any) -> None:
    found, parts, matched = account(
        [
            sold("C1", "ann", "2024-01-01", "cup", -2, 5),
            sold("1", "ann", "2024-02-01", "cup", 2, 5),
            sold("C2", None, "2024-03-01", "cup", -1, 5),
            sold("C3", "bob", "2024-03-01", "cup", -1, 5),
        ]
    )
    assert matched == []
    assert found["1"]["net"] == Decimal("10")
    assert parts["unmatched returns"] == {
        "part": "unmatched returns", "rows": 3, "amount": Decimal("-20"),
    }  # fmt: skip


def test_a_return_larger_than_all_orders_is_matched_as_far_as_they_go(account: Any) -> None:
    found, parts, _ = account(
        [
            sold("1", "ann", "2024-01-01", "cup", 1, 10),
            sold("C", "ann", "2024-02-01", "cup", -3, 10),
        ]
    )
    assert found["1"]["cancelled"]
    assert parts["matched returns"]["amount"] == Decimal("-10")
    assert parts["unmatched returns"]["amount"] == Decimal("-20")


def test_an_amount_that_cannot_be_split_evenly_adds_up(account: Any) -> None:
    found, parts, _ = account(
        [
            *(sold(str(n), "ann", f"2024-01-0{n}", "cup", 1, 3.34) for n in (1, 2, 3)),
            {**sold("C", "ann", "2024-02-01", "cup", -3, 1), "revenue": Decimal("-10.0001")},
        ]
    )
    assert sum(row["refund"] for row in found.values()) == Decimal("10.0001")
    assert "unmatched returns" not in parts or parts["unmatched returns"]["amount"] == 0


def test_a_refund_without_a_product_takes_the_order_of_the_same_amount(account: Any) -> None:
    found, _, _ = account(
        order_rows=[
            whole("1", "ann", "2024-01-01", 50),
            whole("2", "ann", "2024-02-01", 80),
            whole("R", "ann", "2024-03-01", -50),
        ]
    )
    assert found["1"]["cancelled"]
    assert found["2"]["net"] == Decimal("80")


def test_a_credit_by_hand_lowers_the_latest_order(account: Any) -> None:
    credit = {**sold("C", "ann", "2024-03-01", "D", -1, 12), "category": "discount"}
    found, _, _ = account(
        [
            sold("1", "ann", "2024-01-01", "cup", 1, 50),
            sold("2", "ann", "2024-02-01", "pot", 1, 80),
            credit,
        ]
    )
    assert found["2"]["net"] == Decimal("68")
    assert found["1"]["net"] == Decimal("50")


def test_the_awkward_shop_adds_up(account: Any) -> None:
    found, parts, _ = account(AWKWARD_LINES, AWKWARD_ORDERS)
    everything = sum(
        row["revenue"]
        for row in AWKWARD_LINES
        if row["purchase_id"] != "30" and row.get("currency") is None
    )
    # 10.50 and 10.005 pounds at 1.17, rounded to the ten-thousandth
    everything += Decimal("12.2850") + Decimal("11.7059")
    everything += sum(r["revenue"] for r in AWKWARD_ORDERS if r.get("currency") is None)
    # the order called off has no refund on record
    lines_total = sum(part["amount"] for part in parts.values())
    assert lines_total == everything - 30
    assert not found["9"]["cancelled"]
    assert found["16"]["cancelled"]  # one instant: the sale comes first
    assert found["32"]["cancelled"]
    assert found["15"]["net"] == 0
    assert not found["15"]["cancelled"]
    assert found["30"]["net"] == Decimal("50")
    assert found["30"]["margin"] == Decimal("25")  # 40 less the share that went back
    assert found["31"]["cancelled"]
    assert found["22"]["margin"] == Decimal("6")
    assert found["20"]["charges"] == Decimal("6")
    assert found["20"]["revenue"] == Decimal("35")
    assert found["25"]["net"] == Decimal("10.5")
    assert "19" not in found  # Swedish crowns have no rate


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from(["cup", "pot"]),
        st.integers(min_value=-4, max_value=4).filter(bool),
    ),
    min_size=1,
    max_size=150,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_the_units_taken_back_are_those_of_a_stack(account: Any, events: list[Any]) -> None:
    rows = [
        sold(str(n), who, f"2024-01-01T{n // 60:02d}:{n % 60:02d}", what, q, 1)
        for n, (who, what, q) in enumerate(events)
    ]
    found, parts, matched = account(rows)
    taken, unmatched = _by_stack(events)
    assert {n: row["refund"] for n, row in found.items()} == {
        str(n): Decimal(taken.get(n, 0)) for n, (*_, q) in enumerate(events) if q > 0
    }
    assert -parts.get("unmatched returns", {"amount": 0})["amount"] == unmatched
    assert all(int(row["purchase_id"]) < int(row["return_purchase_id"]) for row in matched)


def _by_stack(events: list[tuple[str, str, int]]) -> tuple[dict[int, int], int]:
    """Return units taken back by order and units unmatched, found by popping stacks."""
    taken: dict[int, int] = defaultdict(int)
    done: set[int] = set()
    alike: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for n, (who, what, q) in enumerate(events):
        stack = alike[who, what, abs(q)]
        if q > 0:
            stack.append(n)
        elif stack:
            order = stack.pop()
            taken[order] += q * -1
            done |= {n, order}
    units: dict[tuple[str, str], list[int]] = defaultdict(list)
    unmatched = 0
    for n, (who, what, q) in enumerate(events):
        if n in done:
            continue
        if q > 0:
            units[who, what] += [n] * q
            continue
        for _ in range(-q):
            if units[who, what]:
                taken[units[who, what].pop()] += 1
            else:
                unmatched += 1
    return taken, unmatched


def test_times_are_those_of_the_world(account: Any) -> None:
    found, _, _ = account([sold("1", "ann", "2024-07-01T22:30", "cup", 1, 1)])
    assert found["1"]["day"].isoformat() == "2024-07-02"
    assert found["1"]["ordered_on"] == at("2024-07-01T22:30").replace(tzinfo=None)
