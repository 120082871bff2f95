"""Every order's margin is credited at most once, and the parts add up, whatever is claimed."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.estimate import Estimate, Grade
from rapport.record.engines import Engine, open_engine
from rapport.value.ledger.causes import CAUSES
from rapport.value.ledger.claims import claims_by_order, credited, ledger_orders, order_margins
from rapport.value.ledger.needs import Basis, Need, need
from rapport.value.ledger.people import asked, bought, ledger, ledger_sums
from rapport.value.ledger.rounding import to_cents
from rapport.value.ledger.sums import credit_sums, credits_of

MONEY = pa.decimal128(18, 4)
ORDERS = pa.schema(
    [
        ("source", pa.string()), ("purchase_id", pa.string()), ("person_id", pa.string()),
        ("day", pa.date32()), ("cancelled", pa.bool_()), ("role", pa.string()),
        ("net", MONEY), ("margin", MONEY), ("refund", MONEY),
    ]
)  # fmt: skip
CLAIMS = pa.schema(
    [
        ("source", pa.string()), ("purchase_id", pa.string()), ("share", pa.float64()),
        ("low", pa.float64()), ("high", pa.float64()),
    ]
)  # fmt: skip
JUNE = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb", time_zone="UTC") as opened:
        yield opened


def order(number: int, margin: str | None = "10", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": "shop", "purchase_id": str(number), "person_id": f"p{number % 3}", "day": JUNE,
        "cancelled": False, "role": None, "net": Decimal(20), "refund": Decimal(0),
        "margin": None if margin is None else Decimal(margin),
    }  # fmt: skip
    return row | more


def claim(number: int, share: float | None, low: Any = None, high: Any = None) -> dict[str, Any]:
    return {"source": "shop", "purchase_id": str(number), "share": share, "low": low, "high": high}


def parted(engine: Engine, orders: list[Any], claims: dict[str, list[Any]], share: Any = None):
    frame = engine.table(pa.Table.from_pylist(orders, ORDERS))
    told = {key: engine.table(pa.Table.from_pylist(rows, CLAIMS)) for key, rows in claims.items()}
    margins = order_margins(frame, share)
    return engine.cache(credited(margins, claims_by_order(told) if told else None))


def parts(engine: Engine, orders: list[Any], claims: dict[str, list[Any]], share: Any = None):
    rows = engine.collect(ledger_orders(parted(engine, orders, claims, share))).to_pylist()
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        assert row["cause"] not in found[row["purchase_id"]]
        assert row["low"] <= row["credited"] <= row["high"]
        found[row["purchase_id"]][row["cause"]] = row["credited"]
    return found


amounts = st.decimals(-500, 5000, places=4)
shares = st.floats(-1.5, 1.5) | st.none()
some_orders = st.lists(
    st.fixed_dictionaries(
        {
            "margin": st.none() | amounts,
            "net": amounts,
            "cancelled": st.booleans(),
            "role": st.sampled_from([None, None, None, "employee"]),
            "person_id": st.sampled_from(["a", "b", None]),
            "day": st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)),
        }
    ),
    min_size=1,
    max_size=40,
)
some_claims = st.dictionaries(
    st.sampled_from([cause.key for cause in CAUSES]),
    st.lists(st.tuples(st.integers(0, 45), shares, shares, shares), min_size=1, max_size=40),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_orders, some_claims, st.sampled_from([None, 0.55, 1 / 3]))
def test_parts_always_add_up_and_never_exceed_the_order(engine, drawn, claims, share):
    orders = [order(n, **row) for n, row in enumerate(drawn)]
    told = {key: [claim(*row) for row in rows] for key, rows in claims.items()}
    found = parts(engine, orders, told, share)
    causes = {cause.name for cause in CAUSES}
    assert set(found) == {row["purchase_id"] for row in orders}
    for row in orders:
        made = found[row["purchase_id"]]
        margin = row["margin"]
        if margin is None and share is not None:
            margin = Decimal(float(row["net"]) * share)
        margin = margin or Decimal(0)
        assert abs(sum(made.values()) - margin) <= Decimal("0.0001")
        if row["margin"] is not None:
            assert sum(made.values()) == row["margin"]
        credits_ = [made[name] for name in causes & set(made)]
        taken = sum(max(c, Decimal(0)) for c in credits_) if margin >= 0 else Decimal(0)
        assert taken <= max(margin, Decimal(0)) + Decimal("0.0001")
        if row["cancelled"] or row["role"]:
            assert not credits_


def test_the_engine_does_with_thousands_of_orders_what_the_rule_says(engine):
    rng = np.random.default_rng(3)
    many = 3000
    margins = [Decimal(int(n)) / 10_000 for n in rng.integers(-200_000, 2_000_000, many)]
    orders = [order(n, str(m)) for n, m in enumerate(margins)]
    said = {c.key: rng.uniform(-0.2, 1.0, many) * (rng.random(many) < 0.5) for c in CAUSES}
    claims = {
        key: [claim(n, float(s)) for n, s in enumerate(col) if s] for key, col in said.items()
    }
    found = parts(engine, orders, claims)
    for n, margin in enumerate(margins):
        left = rest = int(margin * 10_000)
        for cause in CAUSES:
            share = float(said[cause.key][n])
            credit = math.floor(share * left + 0.5) if share else 0
            assert found[str(n)].get(cause.name, 0) == Decimal(credit) / 10_000
            rest -= credit
            left -= credit if share > 0 else 0
        assert sum(found[str(n)].values()) == margin


def test_who_brought_comes_before_who_kept_and_what_triggered(engine):
    claims = {
        "connection": [claim(1, 0.5)], "answer": [claim(1, 0.5)], "referral": [claim(1, 0.2)],
        "influencer": [claim(1, 0.25)],
    }  # fmt: skip
    made = parts(engine, [order(1, "100")], claims)["1"]
    told = {"referral": 20, "influencer": 20, "answer": 30, "connection": 15, "baseline": 15}
    assert made == {name: Decimal(n) for name, n in told.items()}


def test_several_claims_of_one_cause_are_one_and_no_more_than_the_order(engine):
    twice = {"word": [claim(1, 0.7), claim(1, 0.7), claim(2, 0.1), claim(2, 0.2), claim(99, 1.0)]}
    made = parts(engine, [order(1, "10"), order(2, "10")], twice)
    assert made["1"] == {"word of mouth": Decimal(10), "baseline": Decimal(0)}
    assert made["2"] == {"word of mouth": Decimal(3), "baseline": Decimal(7)}


def test_margin_that_a_cause_cost_is_made_up_by_the_baseline(engine):
    made = parts(
        engine, [order(1, "10")], {"referral": [claim(1, -0.5)], "answer": [claim(1, 1.0)]}
    )
    assert made["1"] == {
        "referral": Decimal(-5), "answer": Decimal(10), "baseline": Decimal(5)
    }  # fmt: skip


def test_what_is_no_ordinary_order_has_a_line_of_its_own(engine):
    orders = [
        order(1, "10", cancelled=True), order(2, "10", role="employee"), order(3, None),
        order(4, "10", person_id=None), order(5, "-10"),
    ]  # fmt: skip
    made = parts(engine, orders, {"answer": [claim(n, 0.5) for n in range(6)]})
    assert made["1"] == {"cancelled": Decimal(10)}
    assert made["2"] == {"apart": Decimal(10)}
    assert made["3"] == {"margin unknown": Decimal(0)}
    assert made["4"] == {"answer": Decimal(5), "nobody known": Decimal(5)}
    assert made["5"] == {"answer": Decimal(-5), "sold at a loss": Decimal(-5)}


def test_a_claim_that_says_nothing_is_left_out(engine):
    claims = {"answer": [claim(1, None), claim(1, float("nan")), claim(2, 0.5, None, 0.4)]}
    made = parts(engine, [order(1), order(2)], claims)
    assert made["1"] == {"baseline": Decimal(10)}
    assert made["2"] == {"answer": Decimal(5), "baseline": Decimal(5)}


def sums(engine: Engine, orders: list[Any], claims: dict[str, list[Any]]):
    rows = engine.collect(credit_sums(parted(engine, orders, claims))).to_pylist()
    return credits_of(rows, "EUR", dict.fromkeys(claims, Grade.MODEL))


def test_errors_are_common_within_a_cause_and_independent_between_causes(engine):
    orders = [order(n, "100") for n in range(100)]
    half = {"referral": [claim(n, 0.5, 0.4, 0.6) for n in range(50)],
            "answer": [claim(n, 0.5, 0.3, 0.7) for n in range(50, 100)]}  # fmt: skip
    found = sums(engine, orders, half)
    assert found["referral"].exact == 2500
    assert found["referral"].number.low == pytest.approx(2000, abs=20)
    assert found["answer"].number.high == pytest.approx(3500, abs=30)
    both = found["referral"].number + found["answer"].number
    assert (both.high - both.low) / 2 == pytest.approx(np.hypot(500, 1000), rel=0.04)


def test_a_cause_that_takes_more_leaves_less_to_those_after_it(engine):
    orders = [order(n, "100") for n in range(10)]
    claims = {"referral": [claim(n, 0.5, 0.3, 0.7) for n in range(10)],
              "answer": [claim(n, 0.5) for n in range(10)]}  # fmt: skip
    found = sums(engine, orders, claims)
    assert found["answer"].number.low == pytest.approx(150, abs=2)  # half of what 70 % leaves
    assert found["answer"].number.high == pytest.approx(350, abs=3)
    whole = found["referral"].number + found["answer"].number
    assert whole.low == pytest.approx(650, abs=2)
    assert whole.high == pytest.approx(850, abs=2)


MEAN = {"referral": 0.6, "word": 0.3, "influencer": 0.4, "answer": 0.25, "connection": 0.1}
ERROR = {"referral": 0.12, "word": 0.10, "influencer": 0.15, "answer": 0.08, "connection": 0.06}


def test_the_range_of_the_whole_holds_the_truth_nine_times_in_ten(engine):
    rng = np.random.default_rng(5)
    orders = [order(n, f"{margin:.2f}") for n, margin in enumerate(rng.gamma(2, 15, 300))]
    chosen = {key: np.flatnonzero(rng.random(300) < 0.3) for key in MEAN}
    claims = {key: [claim(int(n), MEAN[key]) for n in chosen[key]] for key in MEAN}
    truth = float(sum(credit.exact for credit in sums(engine, orders, claims).values()))
    tries = [str(n) for n in range(200)]  # each with its own errors, as a source of its own
    many = [{**row, "source": name} for name in tries for row in orders]
    for key, mean in MEAN.items():
        off = rng.normal(mean, ERROR[key], len(tries))
        reach = 1.645 * ERROR[key]
        claims[key] = [
            {**claim(int(n), m, m - reach, m + reach), "source": name}
            for name, m in zip(tries, off.tolist(), strict=True)
            for n in chosen[key]
        ]
    each = parted(engine, many, claims).with_columns(part=nw.col("source"))
    held = 0
    for row in engine.collect(credit_sums(each)).to_pylist():
        made = [
            c.number for c in credits_of([row], "EUR", dict.fromkeys(MEAN, Grade.MODEL)).values()
        ]
        whole = sum(made[1:], made[0])
        held += whole.low <= truth <= whole.high
    assert 0.85 <= held / len(tries) <= 0.95


def test_each_persons_ledger_adds_up_to_the_whole(engine):
    days = [dt.date(2024, 5, 1), dt.date(2025, 11, 2), dt.date(2026, 3, 3)]
    orders = [order(n, str(n), day=days[n % 3], person_id=f"p{n % 2}") for n in range(12)]
    orders += [order(50, "7", person_id=None), order(51, "7", role="employee")]
    split = parted(engine, orders, {"answer": [claim(n, 0.5, 0.4, 0.6) for n in range(12)]})
    latest = (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    contacts = engine.table(
        pa.table({"person_id": ["p0", "z", None], "day": [days[1]] * 3, "contacts": [2, 1, 5]})
    )
    both = nw.concat([bought(split, latest), asked(contacts, latest)], how="vertical")
    worth = engine.table(
        pa.table({"person_id": ["p0"], **{name: [1.5] for name in (
            "expected", "expected_low", "expected_high", "referral_value", "referral_value_low",
            "referral_value_high")}})
    )  # fmt: skip
    rows = engine.collect(ledger(both, worth, 6.0)).to_pylist()
    by = {(row["person_id"], row["period"]): row for row in rows}
    assert {period for _, period in by} == {"2024", "2025", "2026", "12 months", "whole"}
    for row in rows:
        causes = sum(row[name] for name in ("referral", "word_of_mouth", "influencer", "answer",
                                            "connection", "baseline"))  # fmt: skip
        assert causes == row["margin"]
    for who in ("p0", "p1"):
        years = [by[who, year]["margin"] for year in ("2024", "2025", "2026")]
        assert sum(years) == by[who, "whole"]["margin"]
    assert by["p0", "whole"]["margin"] + by["p1", "whole"]["margin"] == sum(range(12))
    assert by["p0", "12 months"]["answer_high"] == pytest.approx(
        float(by["p0", "12 months"]["margin"]) * 0.6
    )
    assert (by["p0", "whole"]["contacts"], by["p0", "whole"]["service_cost"]) == (2, 12.0)
    assert by["z", "12 months"]["margin"] == 0  # who only asked has a ledger, too
    assert (by["p0", "whole"]["expected"], by["p0", "2024"]["expected"]) == (1.5, None)
    assert by["p1", "whole"]["expected"] is None
    told = {row["period"]: row for row in engine.collect(ledger_sums(
        engine.table(pa.Table.from_pylist(rows))
    )).to_pylist()}  # fmt: skip
    assert (told["whole"]["people"], told["whole"]["n_answer"]) == (3, 2)


@given(st.lists(st.decimals(-10_000, 10_000, places=4), max_size=30))
def test_cents_add_up_to_the_whole_rounded_once(amounts_):
    made = to_cents(amounts_)
    assert sum(made, Decimal(0)) == sum(amounts_, Decimal(0)).quantize(Decimal("0.01"))
    assert all(abs(a - b) < Decimal("0.01") for a, b in zip(made, amounts_, strict=True))


def test_a_sure_line_needs_nothing_and_an_unsure_one_more_the_smaller_the_effect():
    known = Estimate.normal(1000.0, 50.0, "EUR", source="x")
    assert need("connection", known, Basis(100, 50, 90.0)) == Need()
    wide = Estimate.normal(1000.0, 900.0, "EUR", source="x")
    few, many = (need("connection", wide, Basis(9000, n, 90.0)).people for n in (100, 1000))
    assert few < many / 50
    assert need("connection", wide, Basis(0, 0, 0.0)) == Need("experiment")
    assert need("referral", wide, Basis(9000, 10, 90.0, 1e-6)).how == "time"
