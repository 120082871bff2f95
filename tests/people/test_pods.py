"""Accounts that act in company, in haste or at night are found; busy fans are not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.people.authenticity_pods import suspects
from rapport.people.authenticity_reactions import largest_crowd, some_posts


def audience(seed: int, pod: int) -> tuple[pa.Table, pa.Table]:
    """Reactions to 200 posts over days: fans at any time, a pod together and at once."""
    rng = np.random.default_rng(seed)
    at: dict[int, list[tuple[float, str]]] = {post: [] for post in range(200)}
    fans = [(f"fan{n}", rng.beta(0.6, 8)) for n in range(150)]
    for reacting in at.values():
        for name, love in fans:
            if rng.random() < love:
                reacting.append((float(rng.exponential(900)), name))
        if rng.random() < 0.5:
            reacting += [(float(rng.uniform(1, 8)), f"pod{n}") for n in range(pod)
                         if rng.random() < 0.9]  # fmt: skip
    counts: dict[str, dict[str, Any]] = {}
    pairs: dict[tuple[str, str], int] = {}
    for reacted in at.values():
        for minute, name in reacted:
            row = counts.setdefault(
                name,
                {"source": "x", "account_id": name, "channel": "x", "reactions": 0, "fast": 0,
                 "close": 0},
            )  # fmt: skip
            others = [n for m, n in reacted if n != name and abs(m - minute) <= 30]
            row["reactions"] += 1
            row["fast"] += minute <= 10
            row["close"] += bool(others)
            for other in others:
                if name < other:
                    pairs[name, other] = pairs.get((name, other), 0) + 1
    often = {name for name, row in counts.items() if row["reactions"] >= 5}
    told = [
        {"source": "x", "account_id": a, "channel": "x", "other_source": "x",
         "other_account_id": b, "together": n}
        for (a, b), n in pairs.items() if {a, b} <= often
    ]  # fmt: skip
    return as_counts(counts.values()), as_pairs(told)


def as_counts(rows: Iterable[dict[str, Any]]) -> pa.Table:
    names = [(name, pa.string()) for name in ("source", "account_id", "channel")]
    numbers = [(name, pa.int64()) for name in ("reactions", "fast", "close")]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([*names, *numbers]))


def as_pairs(rows: Iterable[dict[str, Any]] = ()) -> pa.Table:
    names = ("channel", "source", "account_id", "other_source", "other_account_id")
    schema = pa.schema([*((name, pa.string()) for name in names), ("together", pa.int64())])
    return pa.Table.from_pylist(list(rows), schema=schema)


@pytest.mark.parametrize("seed", range(4))
def test_a_pod_is_found_whole_and_fans_are_left_alone(seed):
    counts, pairs = audience(seed, pod=8)
    found = suspects(counts, pairs, {"x": 200})
    names = {key[1] for key in found}
    assert {f"pod{n}" for n in range(8)} <= names
    assert len([name for name in names if name.startswith("fan")]) <= 4
    pod = found["x", "pod0", "x"]
    assert pod.chance >= 0.95
    assert pod.reasons[0] == "reacts_with_the_same_few"
    assert "reacts_within_minutes" in pod.reasons


@pytest.mark.parametrize("seed", range(4))
def test_without_a_pod_hardly_anyone_is_suspected(seed):
    counts, pairs = audience(seed, pod=0)
    assert len(suspects(counts, pairs, {"x": 200})) <= 4


def test_few_reactions_say_nothing():
    few = [
        {"source": "x", "account_id": "a", "channel": "x", "reactions": 3, "fast": 3, "close": 3}
    ]
    assert suspects(as_counts(few), as_pairs(), {"x": 3}) == {}
    assert suspects(as_counts([]), as_pairs(), {}) == {}


def test_who_is_active_at_every_hour_is_told_among_people_who_sleep():
    rng = np.random.default_rng(2)
    awake = np.array([1, 1, 0.5, 0.3, 0.3, 0.5, 2, 4, *[6] * 12, 5, 4, 3, 2])
    rows = [
        {"source": "x", "account_id": f"p{n}", "channel": "x", "hour": hour, "times": int(times)}
        for n in range(20)
        for hour, times in enumerate(rng.poisson(2 * awake))
        if times
    ]
    rows += [{"source": "x", "account_id": "bot", "channel": "x", "hour": h, "times": 9}
             for h in range(24)]  # fmt: skip
    one = [
        {"source": "x", "account_id": "p1", "channel": "x", "reactions": 1, "fast": 0, "close": 0}
    ]
    found = suspects(as_counts(one), as_pairs(), {"x": 1}, pa.Table.from_pylist(rows))
    assert [key[1] for key in found] == ["bot"]
    assert found["x", "bot", "x"].reasons == ("active_round_the_clock",)


def test_a_crowd_is_passed_over_where_pairs_would_be_too_many():
    rows = [(2, 1000), (40, 10), (5000, 3)]
    assert largest_crowd(rows, most=10**9) is None
    assert largest_crowd(rows, most=10**6) == 40
    assert largest_crowd([], most=5) is None


def test_posts_are_drawn_by_name_and_never_too_few():
    rows = [("x", f"post{n}", 1000) for n in range(400)]
    assert some_posts(rows, most=10**6) == list(range(400))
    few = some_posts(rows, most=100_000)
    assert len(few) == 100
    assert {rows[n] for n in few} == {rows[::-1][n] for n in some_posts(rows[::-1], most=100_000)}
    assert len(some_posts(rows, most=10)) == 50
