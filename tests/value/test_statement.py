"""The statement of any dataframe: exact sums, three cuts of one total, every fault at once."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rapport.value
from rapport.errors import Problem
from rapport.estimate import Grade
from rapport.value.ledger.causes import COSTS, FUNCTIONS, LINE_OF
from rapport.value.ledger.statement import statement

ROWS = {
    "person_id": ["a", "a", "b", None, None, None],
    "cause": ["referral", "connection", "answer", "media", "people", "baseline"],
    "amount": [100.01, 49.99, 50.0, 60.0, 40.0, 500.0],
    "low": [80.0, -50.0, 20.0, None, None, None],
    "high": [120.0, 150.0, 80.0, None, None, None],
    "grade": ["natural experiment", "adjusted comparison", "model", None, "assumption", None],
}


def test_it_is_an_entry_point_of_the_room():
    assert rapport.value.statement is statement
    assert "statement" in dir(rapport.value)
    with pytest.raises(AttributeError, match="statment"):
        _ = rapport.value.statment


@pytest.mark.parametrize(
    "made",
    [pa.table, pd.DataFrame, pl.DataFrame, lambda rows: pl.DataFrame(rows).lazy()],
    ids=["pyarrow", "pandas", "polars", "lazy polars"],
)
def test_any_dataframe_gives_the_same_sums(made):
    told = statement(made(ROWS))
    assert (told.returned.exact, told.cost.exact) == (Decimal("200.00"), Decimal("100.00"))
    assert told.baseline == 500
    assert told.ronr is not None
    assert told.ronr.value == 1.0
    assert told.ronr.grade is Grade.ASSUMPTION  # the cost of people was set by somebody
    assert type(told.lines).__module__.split(".")[0] == type(made(ROWS)).__module__.split(".")[0]


def test_a_relation_of_duckdb_is_read_too():
    with duckdb.connect() as connection:
        relation = connection.sql(
            "select 'referral' as cause, 12.5::decimal(18, 4) as amount union all select 'tools', 5"
        )
        told = statement(relation)
        assert (told.returned.exact, told.cost.exact) == (Decimal("12.50"), Decimal("5.00"))
        del relation


def test_every_cut_adds_up_to_the_same_total():
    told = statement(pa.table(ROWS))
    assert sum(told.by_cause["amount"].to_pylist()) == told.returned.exact
    assert sum(told.by_function["amount"].to_pylist()) == told.sums.net.exact
    signs = [1 if kind == "return" else -1 for kind in told.lines["kind"].to_pylist()]
    lines = told.lines["amount"].to_pylist()
    assert sum(s * a for s, a in zip(signs, lines, strict=True)) == told.sums.net.exact
    by = dict(zip(told.by_function["function"].to_pylist(),
                  told.by_function["amount"].to_pylist(), strict=True))  # fmt: skip
    assert by == {
        "brand": 0, "marketing": Decimal("-50.01"), "sales": Decimal("100.01"), "service": 50
    }  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(LINE_OF)),
            st.decimals(-1000, 100_000, places=4),
            st.floats(0, 500),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_decimals_add_up_to_the_cent_whatever_they_are(rows):
    ledger = pa.table(
        {
            "cause": [cause for cause, _, _ in rows],
            "amount": pa.array([amount for _, amount, _ in rows], pa.decimal128(18, 4)),
            "low": [float(amount) - more for _, amount, more in rows],
            "high": [float(amount) + more for _, amount, more in rows],
        }
    )
    told = statement(ledger)
    exact = {True: Decimal(0), False: Decimal(0)}
    for cause, amount, _ in rows:
        exact[cause in COSTS] += amount
    assert told.returned.exact == exact[False].quantize(Decimal("0.01"))
    assert told.cost.exact == exact[True].quantize(Decimal("0.01"))
    assert sum(part.exact for part in told.sums.by_function) == told.sums.net.exact
    assert sum(part.exact for part in told.sums.by_cause) == told.returned.exact


def test_ranges_add_within_a_cause_and_join_as_independent_between_causes():
    one = {"cause": ["referral"] * 100, "amount": [10.0] * 100, "low": [8.0] * 100,
           "high": [12.0] * 100}  # fmt: skip
    alone = statement(pa.table(one)).returned.number
    assert alone.low == pytest.approx(800, abs=4)
    two = {name: [*values, *values] for name, values in one.items()}
    two["cause"] = ["referral"] * 100 + ["answer"] * 100
    both = statement(pa.table(two)).returned.number
    assert (both.high - both.low) / 2 == pytest.approx(200 * np.sqrt(2), rel=0.03)
    assert both.value == 2000


def test_skewed_ranges_stay_skewed():
    row = {"cause": ["referral"], "amount": [100.0], "low": [90.0], "high": [200.0]}
    number = statement(pa.table(row)).returned.number
    assert number.low == pytest.approx(90, abs=1)
    assert number.high == pytest.approx(200, abs=4)


def test_one_period_can_be_chosen_and_a_wrong_one_is_named():
    ledger = pa.table({"cause": ["answer"] * 3, "amount": [1, 2, 4],
                       "period": ["2025", "2026", "2026"]})  # fmt: skip
    assert statement(ledger).returned.exact == 7
    assert statement(ledger, period="2026").returned.exact == 6
    with pytest.raises(Problem, match=r"no period '2027'.*Did you mean 2026"):
        statement(ledger, period="2027")


def test_without_cost_there_is_no_ronr_and_the_text_says_so():
    told = statement(pa.table({"cause": ["answer"], "amount": [5.0]}))
    assert told.ronr is None
    assert "cannot be told" in told.text()
    assert "ne peut être donné" in told.text("fr")
    assert [bar.name for bar in told.waterfall()] == ["retention", "return"]


def test_the_waterfall_hangs_together_and_ends_at_the_net():
    told = statement(pa.table(ROWS))
    bars = told.waterfall()
    assert [bar.name for bar in bars] == [
        "acquisition", "growth", "retention", "return", "media", "people", "net",
    ]  # fmt: skip
    for above, below in pairwise(bars):
        assert below.kind == "sum" or below.start == pytest.approx(above.end)
    assert bars[-1].end == pytest.approx(float(told.sums.net.exact))
    assert all(bar.low <= bar.end <= bar.high for bar in bars)


def test_the_text_is_in_both_languages():
    told = statement(pa.table(ROWS))
    assert "Return: €200" in str(told)
    assert "RonR: 100%" in str(told)
    assert "Retour sur relation\xa0: 100\u202f%" in told.text("fr")


def test_other_names_of_columns_can_be_given():
    ledger = pd.DataFrame({"why": ["answer"], "euros": [5.0]})
    told = statement(ledger, columns={"cause": "why", "amount": "euros"})
    assert told.returned.exact == 5
    assert list(told.lines["cause"]) == ["answer"]


def test_a_cause_of_ones_own_needs_a_line():
    ledger = {"cause": ["club"], "amount": [5.0]}
    with pytest.raises(Problem, match="'club' is no cause"):
        statement(pa.table(ledger))
    told = statement(pa.table({**ledger, "line": ["growth"]}))
    assert told.by_function["function"].to_pylist() == list(FUNCTIONS)
    assert told.returned.exact == 5


def test_every_fault_is_told_at_once():
    with pytest.raises(Problem) as told:
        statement(pa.table({"reason": ["answer"], "amuont": [1.0]}))
    assert [fault.what for fault in told.value.faults] == [
        "There is no column 'cause'.", "There is no column 'amount'.",
    ]  # fmt: skip
    assert told.value.faults[1].hint == "Did you mean amuont?"
    wrong = {
        "cause": ["answer", "referral", "media"], "amount": [1.0, None, 2.0],
        "low": [2.0, None, None], "kind": ["retrun", "return", "return"],
        "grade": ["modle", None, None], "function": ["slaes", None, None],
    }  # fmt: skip
    with pytest.raises(Problem) as told:
        statement(pa.table(wrong))
    said = str(told.value)
    for part in ("'retrun' is no kind", "Did you mean return", "'modle' is no grade",
                 "'slaes' is no function", "1 rows have no amount", "outside low and high",
                 "'media' is of the other kind"):  # fmt: skip
        assert part in said


def test_texts_are_no_amounts_and_a_list_is_no_dataframe():
    with pytest.raises(Problem, match="not amounts"):
        statement(pa.table({"cause": ["answer"], "amount": ["five"]}))
    with pytest.raises(Problem, match="'low' holds"):
        statement(pa.table({"cause": ["answer"], "amount": [5], "low": ["four"]}))
    with pytest.raises(Problem, match="no dataframe"):
        statement([1, 2])


def test_an_empty_ledger_is_a_statement_of_nothing():
    empty = pa.table({"cause": pa.array([], pa.string()), "amount": pa.array([], pa.float64())})
    told = statement(empty)
    assert (told.returned.exact, told.cost.exact, told.ronr) == (0, 0, None)
    assert told.lines.num_rows == 0
