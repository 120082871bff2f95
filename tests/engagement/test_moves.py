"""Who moved up, held and moved down; who left in which month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.engagement.trajectory.moves import (
    brought_a_year,
    came_by_month,
    histories,
    left_by_month,
    level_moves,
)
from rapport.engagement.trajectory.silence import Habit, chance_left
from rapport.record.engines import open_engine

HABIT = Habit(shape=1.1, scale=90.0, leaving=1 / 1500)
NAMES = ("p_fully", "p_engaged", "p_not", "p_actively")


def months(**people: tuple[list[float], list[float]]) -> pa.Table:
    rows = [
        {"person_id": who, "month": month, "side": "customer",
         **dict(zip(NAMES, levels, strict=True))}
        for who, both in people.items()
        for month, levels in zip((dt.date(2026, 2, 1), dt.date(2026, 5, 1)), both, strict=True)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def moved(folder: Path, table: pa.Table) -> dict[str, float]:
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder) as engine:
        money = engine.table(pa.table({"person_id": ["up"], "year": [100.0]}))
        rows = engine.collect(level_moves(engine.table(table), money)).to_pylist()
        del money
    (row,) = rows
    return row


def test_sure_moves_are_counted_with_their_money(tmp_path):
    table = months(
        up=([0, 0, 1, 0], [1, 0, 0, 0]),
        down=([0, 1, 0, 0], [0, 0, 0, 1]),
        held=([0, 1, 0, 0], [0, 1, 0, 0]),
    )
    row = moved(tmp_path, table)
    assert (row["people"], row["up"], row["down"]) == (3, 1, 1)
    assert (row["up_money"], row["down_money"], row["up_variance"]) == (100, 0, 0)
    assert (row["up_most"], row["down_most"]) == (1, 1)
    assert row["month"] == dt.date(2026, 5, 1)


def test_what_is_not_known_is_no_move(tmp_path):
    vague = [0.25, 0.25, 0.25, 0.25]
    row = moved(tmp_path, months(a=(vague, vague)))
    assert (row["up"], row["down"]) == (0, 0)
    assert (row["up_most"], row["down_most"]) == (0.375, 0.375)  # nor is that nobody moved


def test_half_a_move_is_half_a_person(tmp_path):
    row = moved(tmp_path, months(up=([0, 1, 0, 0], [0.5, 0.5, 0, 0])))
    assert (row["up"], row["down"], row["up_variance"]) == (0.5, 0, 0.25)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 700), st.integers(0, 700)),
        min_size=1,
        max_size=20,
    )
)
def test_the_months_add_up_to_all_who_have_left(people):
    times = np.array([p[0] for p in people], float)
    last = np.array([max(p[1], p[2]) for p in people], float)
    first = np.minimum([p[1] for p in people], last)
    cells = {"times": times, "first": first, "last": last,
             "people": np.ones(len(people)), "year": np.full(len(people), 10.0)}  # fmt: skip
    starts = np.append(np.arange(0.0, 730, 30), 730)
    left, variance, money = left_by_month(HABIT, cells, starts, 730.0)
    silent = 730 - last
    gone = chance_left(HABIT, times, last - first, silent, silent).sum()
    assert left.sum() == pytest.approx(gone, abs=1e-9)
    assert money.sum() == pytest.approx(10 * gone, abs=1e-8)
    assert (left >= 0).all()
    assert (variance <= left + 1e-12).all()


def test_money_is_that_of_the_year_to_the_last_order(tmp_path):
    orders = pa.table(
        {"person_id": ["a", "a", "a", "b"], "number": pa.array([0, 800, 1000, 5], pa.int64()),
         "money": [7.0, 10.0, 20.0, 1.0], "month": pa.array([1, 2, 3, 1], pa.int64())}
    )  # fmt: skip
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        frame = engine.table(orders)
        money = engine.cache(brought_a_year(frame))
        told = {row["person_id"]: row["year"] for row in engine.collect(money).to_pylist()}
        came = engine.collect(came_by_month(frame, money)).to_pylist()
        held = engine.collect(histories(frame.select("person_id", "number"), money))
        del frame, money
    assert told == {"a": 30.0, "b": 1.0}
    assert came == [{"first": 1, "people": 2, "year": 31.0}]
    assert sum(held["people"].to_pylist()) == 2
