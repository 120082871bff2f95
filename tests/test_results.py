"""Results are kept whole, and sentences are told in any language."""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from rapport.estimate import Estimate
from rapport.results import Results, Said, StepResult, Untold
from rapport.tables import defused


def test_what_was_saved_is_read_back(tmp_path) -> None:
    results = Results(tmp_path / "results")
    assert results.is_empty
    made = StepResult(
        numbers={"revenue": Estimate.exact(12.5, "EUR", people=3, rows=4, name="revenue")},
        tables={"orders": 4},
        untold=(Untold(Said("What do we earn?"), Said("No cost."), Said("Costs of goods.")),),
        warnings=(Said("{n} orders have no customer.", {"n": 3}),),
        facts={"currency": "EUR", "last_day": "2024-05-01"},
    )
    write_deltalake(results.path("orders"), pa.table({"n": [1, 2, 3, 4]}))
    results.save("buying", "abc", made)
    again = Results(tmp_path / "results")
    assert again.fingerprint("buying") == "abc"
    assert again.fingerprint("worth") is None
    assert again.numbers["revenue"].to_dict() == made.numbers["revenue"].to_dict()
    assert again.untold == made.untold
    assert again.warnings == made.warnings
    assert again.facts == {"currency": "EUR", "last_day": "2024-05-01"}


def test_a_step_saved_again_replaces_only_itself(tmp_path) -> None:
    results = Results(tmp_path)
    results.save("a", "1", StepResult(numbers={"x": Estimate.exact(1, "orders")}))
    results.save("b", "1", StepResult(numbers={"y": Estimate.exact(2, "orders")}))
    results.save("a", "2", StepResult(numbers={"z": Estimate.exact(3, "orders")}))
    assert set(results.numbers) == {"y", "z"}
    assert (results.fingerprint("a"), results.fingerprint("b")) == ("2", "1")


def test_a_number_that_is_not_known_survives(tmp_path) -> None:
    results = Results(tmp_path)
    unknown = Estimate(math.nan, "EUR", Estimate.exact(1, "EUR").grade, math.nan, math.nan)
    results.save("a", "1", StepResult(numbers={"x": unknown}))
    assert math.isnan(results.numbers["x"].value)


def test_a_table_that_was_not_made_is_a_key_error(tmp_path) -> None:
    results = Results(tmp_path)
    write_deltalake(results.path("orders"), pa.table({"n": [1, 2]}))
    with pytest.raises(KeyError):
        results.table("orders")
    results.save("a", "1", StepResult(tables={"orders": 2}))
    assert results.table("orders").column("n").to_pylist() == [1, 2]


def test_sentences_carry_values_in_the_readers_way() -> None:
    said = Said(
        "{n} orders until {day}: {sum}",
        {
            "n": 12345,
            "day": dt.date(2011, 12, 9),
            "sum": Estimate.exact(1234, "EUR"),
        },
    )
    assert said.text("en") == "12,345 orders until 9 December 2011: €1,234"
    assert Said.from_dict(said.to_dict()).text("en") == said.text("en")


@given(st.text())
def test_no_cell_begins_like_a_formula(text) -> None:
    shown = defused(text)
    assert shown.lstrip(" ")[:1] not in set("=+-@\t\r\n")
    assert shown.endswith(text)
