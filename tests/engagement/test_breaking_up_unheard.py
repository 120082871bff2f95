"""Who left because they were not heard: found again where the truth is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rapport.engagement.trajectory.silence import Habit
from rapport.engagement.trajectory.unheard import complainants, grouped, share_left
from rapport.record.engines import open_engine

HABIT = Habit(shape=1.2, scale=90.0, leaving=1 / 1400)


def world(people: int, share: float, seed: int) -> dict[str, np.ndarray]:
    """People who complained, some of whom left at once; the others live on by their habit."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(HABIT.shape, 1 / HABIT.scale, people)
    spell = rng.uniform(0, 500, people)
    times = rng.poisson(rate * spell)
    last = np.where(times > 0, spell * rng.beta(np.maximum(times, 1), 1), 0.0)
    more = rng.uniform(60, 400, people)
    until = np.minimum(rng.exponential(1 / HABIT.leaving, people), more)
    until = np.where(rng.random(people) < share, 0.0, until)
    again = rng.poisson(rate * until) > 0
    # silence until the landmark itself is a fact about the rate as well
    return {
        "times": times.astype(float), "spell": last, "silent": spell - last, "more": more,
        "again": again.astype(float), "people": np.ones(people),
    }  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 0.15, 0.4])
def test_the_range_holds_the_share_who_left(share):
    found = [share_left(HABIT, world(400, share, seed), f"s{seed}") for seed in range(30)]
    held = sum(each.low - 1e-9 <= share <= each.high for each in found)
    assert share == 0 or held >= 23  # at no share at all, the range ends above it
    assert np.mean([each.value for each in found]) == pytest.approx(share, abs=0.035)
    assert all(0 <= each.low <= each.value <= each.high <= 1 for each in found)


def test_few_people_leave_a_wide_range():
    few, many = (share_left(HABIT, world(n, 0.3, 1), "x") for n in (20, 2000))
    assert few.high - few.low > 3 * (many.high - many.low)


def test_the_first_complaint_that_can_be_followed_counts(tmp_path: Path):
    now = dt.date(2026, 6, 30).toordinal()
    opened = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
    day = dt.date(2026, 1, 5).toordinal()
    requests = pa.table(
        {
            "request_id": ["1", "2", "3", "4", "5", "6"],
            "person_id": ["a", "a", "b", "c", "d", "e"],
            "kind": ["complaint", "complaint", "complaint", "complaint", "question", "complaint"],
            "state": ["answered", "waiting", "waiting", "hidden", "waiting", "waiting"],
            "opened_on": [opened, opened + dt.timedelta(days=20), opened, opened, opened,
                          dt.datetime(2026, 6, 25, tzinfo=dt.UTC)],
            "answered_on": [opened + dt.timedelta(days=1), None, None, None, None, None],
        }
    )  # fmt: skip
    who = ["a", "a", "a", "b", "b", "c", "d", "e"]
    on = [day - 100, day - 3, day + 50, day - 100, day - 3, day - 3, day - 3, day - 3]
    bought = pa.table({"person_id": who, "number": pa.array(on, pa.int64())})
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        found = complainants(engine.table(requests), engine.table(bought), now)
        rows = {row["person_id"]: row for row in engine.collect(found).to_pylist()}
        many = engine.collect(grouped(found))
        del found
    assert set(rows) == {"a", "b"}  # hidden, no complaint, too lately
    assert (rows["a"]["heard"], rows["b"]["heard"]) == ("heard", "not heard")
    assert rows["b"] == {
        "person_id": "b", "heard": "not heard", "times": 1, "again": 0, "spell": 97,
        "silent": 10, "more": now - day - 7,
    }  # fmt: skip
    assert rows["a"]["again"] == 1
    assert sum(many["people"].to_pylist()) == 2
