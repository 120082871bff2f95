"""Critics won back: money among like people, and the step on tables that earlier steps left."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engagement.kept import LAST, context_of
from rapport.engagement.critics.worth import Sums, worth
from rapport.steps.critics import win_back

DAY = dt.timedelta(days=1)


def sums(values: np.ndarray) -> Sums:
    return Sums(len(values), float(values.sum()), float((values**2).sum()))


def test_the_range_of_an_effect_holds_it_and_the_naive_gap_does_not() -> None:
    rng = np.random.default_rng(5)
    effect, inside, naive = 6.0, 0, []
    for _ in range(200):
        answered, alone = {}, {}
        for cell, (n, m, mean) in enumerate([(120, 40, 60.0), (60, 90, 20.0), (20, 150, 2.0)]):
            answered[cell] = sums(rng.exponential(mean, n) + effect)
            alone[cell] = sums(rng.exponential(mean, m))
        told = worth(answered, alone)
        inside += told.adjusted.low <= effect <= told.adjusted.high
        naive.append(told.naive.value)
    assert 0.83 <= inside / 200 <= 0.97
    assert np.mean(naive) > 3 * effect


def test_without_anybody_alike_the_effect_cannot_be_told() -> None:
    told = worth({"a": Sums(10, 5.0, 9.0)}, {"b": Sums(10, 5.0, 9.0)})
    assert math.isnan(told.adjusted.value)
    assert (told.compared, told.alone) == (0, 10)
    assert math.isnan(worth({}, {}).naive.value)


def request(number: int, *, answered: bool, **more: Any) -> dict[str, Any]:
    opened = dt.datetime.combine(LAST - dt.timedelta(days=200 + number % 60), dt.time(9))
    row: dict[str, Any] = {
        "person_id": f"p{number}", "request_id": str(number), "kind": "complaint",
        "opened_on": opened, "answered_on": opened + DAY if answered else None,
        "solved_on": opened + DAY if answered else None, "reopened": 0, "rating": None,
        "state": "answered" if answered else "waiting",
    }  # fmt: skip
    return row | more


def order(number: int, after: int, net: float) -> dict[str, Any]:
    day = LAST - dt.timedelta(days=200 + number % 60 - after)
    return {
        "source": "shop", "purchase_id": f"{number}-{after}", "person_id": f"p{number}",
        "ordered_on": dt.datetime.combine(day, dt.time(9)), "day": day, "cancelled": False,
        "net": net, "margin": None, "role": None,
    }  # fmt: skip


def tables(requests: list[dict[str, Any]], orders: list[dict[str, Any]]) -> dict[str, pa.Table]:
    people = sorted({row["person_id"] for row in requests if row["person_id"]})
    told = {"requests": pa.Table.from_pylist(requests),
            "people": pa.table({"person_id": people, "relation": ["repeat"] * len(people),
                                "role": ["person"] * len(people)})}  # fmt: skip
    if orders:
        bought = pa.Table.from_pylist(orders)
        for name in ("net", "margin"):
            place = bought.schema.get_field_index(name)
            bought = bought.set_column(place, name, bought[name].cast(pa.decimal128(18, 4)))
        told["orders"] = bought
    return told


def test_answered_critics_who_come_back_are_worth_what_they_bring(tmp_path: Path) -> None:
    # every second is answered; of those all buy for 40 afterwards, of the others every second
    requests = [request(n, answered=n % 2 == 0) for n in range(80)]
    orders = [order(n, -30, 20.0) for n in range(80)]
    orders += [order(n, 20, 40.0) for n in range(80) if n % 2 == 0 or n % 4 == 1]
    with context_of(tmp_path, tables(requests, orders), "[value]\nmargin = 0.5\n") as context:
        made = win_back(context)
        context.results.save("critics", "1", made)
    numbers = made.numbers
    assert numbers["critics_heard"].value == 80
    assert numbers["critics_approached"].value == 0.5
    assert numbers["critics_made_good"].value == 1.0
    assert numbers["critics_turned_share"].value == 1.0
    assert numbers["critics_turned_share_alone"].value == 0.5
    assert numbers["critics_turned_days"].value == 20 - 7
    assert numbers["critic_worth"].value == pytest.approx(20.0 - 10.0)
    assert numbers["critics_worth"].value == pytest.approx(40 * 10.0)
    assert numbers["critic_worth"].grade.value == "adjusted comparison"
    answered, alone = context.results.table("critics").to_pylist()
    assert (answered["answered"], answered["critics"], answered["turned"]) == ("answered", 40, 40)
    assert (alone["answered"], alone["adjusted"]) == ("left alone", None)


def test_critics_who_never_bought_say_nothing_of_money(tmp_path: Path) -> None:
    requests = [request(n, answered=n % 2 == 0) for n in range(40)]
    with context_of(tmp_path, tables(requests, [])) as context:
        made = win_back(context)
    assert "critic_worth" not in made.numbers
    assert made.numbers["critics_heard"].value == 40
    assert [entry.question.text("en") for entry in made.untold] == [
        "What was it worth to answer critics?"
    ]


@pytest.mark.parametrize("requests", [None, [], [request(1, answered=True)]])
def test_with_too_few_critics_it_says_so(tmp_path: Path, requests: Any) -> None:
    there = tables([request(1, answered=True)], [])
    if requests is None:
        del there["requests"]
    elif not requests:
        there["requests"] = there["requests"].slice(0, 0)
    with context_of(tmp_path, there) as context:
        made = win_back(context)
    assert not made.numbers
    (entry,) = made.untold
    assert entry.question.text("en") == "Were critics won back, and what was it worth?"


def test_a_critic_too_late_to_be_followed_is_not_counted(tmp_path: Path) -> None:
    requests = [request(n, answered=n % 2 == 0) for n in range(40)]
    late = dt.datetime.combine(LAST - 30 * DAY, dt.time(9))
    requests += [request(100 + n, answered=False) | {"opened_on": late} for n in range(30)]
    with context_of(tmp_path, tables(requests, [])) as context:
        made = win_back(context)
    assert made.numbers["critics_heard"].value == 40
