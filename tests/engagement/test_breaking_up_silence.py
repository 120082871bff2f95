"""How silence tells who has left: the formula, what it is on an engine, what it finds."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from rapport.engagement.trajectory.silence import (
    Habit,
    Silence,
    chance_left,
    fitted,
    still_silent,
    with_chance_left,
)
from rapport.record.engines import open_engine

HABIT = Habit(shape=1.1, scale=90.0, leaving=1 / 1500)
days = st.floats(0, 1000)


def arrays(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value], float) for value in values)


@pytest.mark.parametrize(
    ("times", "spell", "silent"),
    [(0.0, 0.0, 30.0), (0.0, 0.0, 700.0), (3.0, 200.0, 400.0), (40.0, 600.0, 100.0)],
)
def test_the_chance_is_the_integral_of_its_definition(times, spell, silent):
    k, c, mu = HABIT.shape + times, HABIT.scale + spell, HABIT.leaving

    def left(until: float) -> float:
        made = quad(lambda y: mu * np.exp(-mu * y) * (c / (c + y)) ** k, 0, until, limit=400)
        return float(made[0])

    here = np.exp(-mu * silent) * (c / (c + silent)) ** k
    for by in (silent / 2, silent):
        exact = left(by) / (left(silent) + here)
        told = chance_left(HABIT, *arrays(times, spell, by, silent)).item()
        assert told == pytest.approx(exact, abs=2e-3)


@given(times=st.integers(0, 60), spell=days, silent=days, one=days, other=days)
def test_the_chance_grows_with_time_and_is_a_chance(times, spell, silent, one, other):
    sooner, later = sorted((one, other))
    first, second = (
        chance_left(HABIT, *arrays(times, spell, by, silent)).item() for by in (sooner, later)
    )
    assert -1e-12 <= first <= second + 1e-12
    assert second <= 1


def test_the_same_silence_says_more_of_who_bought_often():
    often, seldom = (
        chance_left(HABIT, *arrays(times, 400, 200, 200)).item() for times in (20.0, 1.0)
    )
    assert often > 0.9
    assert seldom < 0.35


def test_it_finds_the_world_that_made_the_histories():
    rng = np.random.default_rng(11)
    people, age = 6000, 730.0
    rate = rng.gamma(1.5, 1 / 100, people)
    gone = rng.exponential(900, people)
    until = np.minimum(gone, age)
    times = rng.poisson(rate * until)
    last = np.where(times > 0, until * rng.beta(np.maximum(times, 1), 1), 0.0)
    found = fitted(times.astype(float), last, np.full(people, age), np.ones(people))
    assert found.leaving == pytest.approx(1 / 900, rel=0.1)
    assert found.shape == pytest.approx(1.5, rel=0.1)
    silent = age - last
    chance = chance_left(found, times.astype(float), last, silent, silent)
    for low, high in ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)):
        band = (chance >= low) & (chance < high)
        assert (gone < age)[band].mean() == pytest.approx(chance[band].mean(), abs=0.05)


def test_whoever_is_here_stays_silent_as_often_as_they_do():
    rng = np.random.default_rng(3)
    many = 40_000
    rate = rng.gamma(HABIT.shape + 5, 1 / (HABIT.scale + 300), many)
    leaves = rng.exponential(1 / HABIT.leaving, many)
    silent = rng.exponential(1 / rate) > np.minimum(leaves, 100)
    told = still_silent(HABIT, *arrays(5, 300, 0, 100)).item()
    assert told == pytest.approx(silent.mean(), abs=0.01)


def test_an_engine_says_what_numpy_says(tmp_path: Path):
    rng = np.random.default_rng(5)
    columns = {
        "times": rng.integers(0, 40, 50), "spell": rng.integers(0, 700, 50),
        "by": rng.integers(-30, 900, 50), "silent": rng.integers(0, 700, 50),
    }  # fmt: skip
    silence = Silence(*(nw.col(name) for name in ("times", "spell", "by", "silent")))
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        rows = with_chance_left(engine.table(pa.table(columns)), HABIT, "left", silence)
        told = engine.collect(rows)
        del rows
    assert told.column_names == ["times", "spell", "by", "silent", "left"]
    asked = [np.asarray(told[name], float) for name in ("times", "spell", "by", "silent")]
    asked[2] = np.maximum(asked[2], 0)
    known = np.asarray(told["by"]) >= 0
    exact = chance_left(HABIT, *asked)
    assert np.allclose(np.asarray(told["left"])[known], exact[known], atol=1e-9)
