"""Motives: found again where people differ, untold where they do not, and what they answer to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from engagement.kept import LAST, context_of
from rapport.engagement.motives.answering import Tried, lift
from rapport.engagement.motives.fitting import FEWEST, Fit, fit
from rapport.steps.motives import tell_motives


def counted(occasions: np.ndarray, signs: np.ndarray) -> Fit | None:
    """Fit the counts of people by cell, as the engine counts them."""
    cells, people = np.unique(np.stack([occasions, signs], axis=1), axis=0, return_counts=True)
    return fit(cells[:, 0], cells[:, 1], people)


def test_a_motive_that_drives_behaviour_is_found_again() -> None:
    rng = np.random.default_rng(6)
    has = rng.random(4000) < 0.3
    occasions = 2 + rng.poisson(8, 4000)
    signs = rng.binomial(occasions, np.where(has, 0.45, 0.12))
    found = counted(occasions, signs)
    assert found is not None
    assert found.differ
    strength = found.strength(occasions, signs)
    assert roc_auc_score(has, strength) > 0.9
    assert has[strength >= 0.8].mean() > 0.8


def test_where_people_are_alike_nothing_is_told_but_seldom() -> None:
    rng = np.random.default_rng(7)
    told = 0
    for _ in range(300):
        occasions = 2 + rng.poisson(5, 400)
        found = counted(occasions, rng.binomial(occasions, 0.2))
        assert found is not None
        told += found.differ
    assert told / 300 < 0.09


def test_the_share_and_the_spread_of_a_beta_binomial_are_found_again() -> None:
    rng = np.random.default_rng(8)
    own = rng.beta(2.0, 8.0, 30_000)
    occasions = rng.integers(2, 15, 30_000)
    found = counted(occasions, rng.binomial(occasions, own))
    assert found is not None
    assert found.usual == pytest.approx(0.2, rel=0.03)
    assert found.weight == pytest.approx(10.0, rel=0.15)


def test_too_few_people_or_no_sign_at_all_make_no_fit() -> None:
    assert fit([5], [1], [FEWEST - 1]) is None
    assert fit([5], [0], [500]) is None
    assert fit([5], [5], [500]) is None
    assert fit([1], [1], [500]) is None


def test_the_range_of_a_lift_holds_it() -> None:
    rng = np.random.default_rng(9)
    inside = 0
    for _ in range(200):
        sides = []
        for mean in (0.3, 0.2):
            tries = 1 + rng.poisson(6, 150)
            hits = rng.binomial(tries, rng.beta(8 * mean, 8 * (1 - mean), 150))
            sides.append(
                Tried(150, hits.sum(), tries.sum(), (hits**2).sum(), (hits * tries).sum(),
                      (tries**2).sum())
            )  # fmt: skip
        told = lift(*sides)
        inside += told.low <= 1.5 <= told.high
    assert 0.84 <= inside / 200 <= 0.96


def test_nobody_who_responds_makes_no_lift() -> None:
    none = Tried(20, 0.0, 40.0, 0.0, 0.0, 120.0)
    some = Tried(20, 10.0, 40.0, 10.0, 20.0, 120.0)
    assert not lift(none, some).known
    assert not lift(some, none).known


def orders(savers: int, people: int) -> pa.Table:
    """Return a year of orders: savers buy with a coupon half the time, others hardly ever."""
    rng = np.random.default_rng(10)
    rows: list[dict[str, Any]] = []
    for who in range(people):
        for place in range(10):
            day = LAST - dt.timedelta(days=36 * place + who % 30)
            coupon = "TEN" if rng.random() < (0.6 if who < savers else 0.05) else None
            rows.append(
                {"source": "shop", "purchase_id": f"{who}-{place}", "person_id": f"p{who}",
                 "ordered_on": dt.datetime.combine(day, dt.time(9)), "day": day, "role": None,
                 "coupon": coupon, "discount": 0.0, "cancelled": False, "net": 10.0}
            )  # fmt: skip
    return pa.Table.from_pylist(rows)


def test_savers_are_found_and_answer_to_reduced_prices(tmp_path: Path) -> None:
    ids = [f"p{n}" for n in range(200)]
    people = pa.table({"person_id": ids, "relation": ["repeat"] * 200, "role": ["person"] * 200})
    tables = {"people": people, "orders": orders(60, 200)}
    with context_of(tmp_path, tables) as context:
        made = tell_motives(context)
        context.results.save("motives", "1", made)
    (row,) = context.results.table("motives_told").to_pylist()
    assert row["motive"] == "saving"
    assert row["differ"]
    strong = {
        r["person_id"] for r in context.results.table("motives").to_pylist() if r["strength"] > 0.8
    }
    assert len(strong & set(ids[:60])) >= 57
    assert len(strong - set(ids[:60])) <= 6
    lifts = {r["value"]: r for r in context.results.table("motive_answers").to_pylist()}
    assert lifts["reduced"]["low"] > 3
    assert lifts["full"]["high"] < 0.7
    (entry,) = made.untold
    assert entry.question.text("en") == "Why is each person there?"


@pytest.mark.parametrize("there", [False, True])
def test_with_nobody_known_it_says_so(tmp_path, there) -> None:
    none = pa.table({"person_id": pa.array([], pa.string()), "relation": pa.array([], pa.string()),
                     "role": pa.array([], pa.string())})  # fmt: skip
    with context_of(tmp_path, {"people": none} if there else {}) as context:
        made = tell_motives(context)
    assert not made.numbers
    (entry,) = made.untold
    assert entry.question.text("en") == "Why are people there?"
