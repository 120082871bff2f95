"""Naive and adjusted gaps: the job programme's truth, DoubleML as oracle, and what goes wrong."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression

from rapport.errors import Problem
from rapport.estimate import Estimate
from rapport.impact import connection
from rapport.impact.comparing.balance import differences
from rapport.impact.comparing.doubly_robust import (
    Effect,
    People,
    effect,
    median_of,
    overlapping,
    predicted,
)
from rapport.impact.comparing.learners import Learners, folds_of, stacked
from rapport.impact.comparing.unseen import robustness, unseen
from rapport.impact.comparing.verdict import CANNOT_TELL, sentence, verdict

TRUTH = 1794.34  # the trial's own effect (Dehejia & Wahba 1999)
TRAITS = ["age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75"]


def crowd(people: int = 1500, effect: float = 1.0, seed: int = 3) -> pa.Table:
    """People whose love, which is on record, makes them buy and follow."""
    rng = np.random.default_rng(seed)
    love = rng.normal(size=people)
    fan = rng.random(people) < 1 / (1 + np.exp(1 - love))
    spent = 5 + 2 * love + effect * fan + rng.normal(size=people)
    return pa.table(
        {"love": love, "town": np.where(rng.random(people) < 0.5, "Lyon", "Nice"), "fan": fan,
         "spent": spent, "last_year": 5 + 2 * love + rng.normal(size=people)}
    )  # fmt: skip


@pytest.fixture(scope="module")
def job_programme(shared_data: Path) -> pd.DataFrame:
    folder = shared_data / "experiments" / "lalonde"
    treated = pd.read_csv(folder / "nsw74psid1.csv").query("trt == 1")
    others = pd.read_csv(folder / "cps1.csv")
    with (folder / "cps1.csv").open() as rows:
        assert next(csv.reader(rows))[1] == "trt"
    return pd.concat([treated, others])


@pytest.mark.slow
def test_the_trials_effect_is_found_among_observational_controls(job_programme):
    told = connection(job_programme, outcome="re78", connected="trt", covariates=TRAITS, unit="USD")
    error = (told.adjusted.high - told.adjusted.value) / 1.6449
    assert told.naive.value == pytest.approx(-8497.52, abs=0.01)
    assert abs(told.adjusted.value - TRUTH) < error
    assert (told.compared, told.left_out) == (185, 0)
    assert all(told.balance.column("alike").to_pylist())
    assert max(abs(v) for v in told.balance.column("before").to_pylist()) > 1
    # A cause as strong as earnings of the year before would undo it: no more is claimed.
    assert told.verdict == CANNOT_TELL
    assert told.sensitivity["strongest"] == "re75"
    assert told.sensitivity["times"] < 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("among", ["connected", "everybody"])
def test_doubleml_says_the_same_with_the_same_folds_and_learners(among):
    doubleml = pytest.importorskip("doubleml")
    table = crowd(1200).to_pandas()
    x = table[["love"]].clip(-1, 1).to_numpy()
    people = People(x, table["spent"].to_numpy(), table["fan"].to_numpy())
    lines = Learners((LinearRegression(),), (LogisticRegression(C=1e6),))
    folds = folds_of(people.connected, 4, 7)
    mine = effect(people, predicted(people, lines, 4, 7), among)
    data = doubleml.DoubleMLData.from_arrays(x, people.y, people.connected.astype(float))
    score = "ATTE" if among == "connected" else "ATE"
    model = doubleml.DoubleMLIRM(
        data, LinearRegression(), LogisticRegression(C=1e6), n_folds=4, score=score,
        draw_sample_splitting=False,
    )  # fmt: skip
    split = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(4)]
    model.set_sample_splitting([split])
    model.fit()
    assert mine.kept.all()
    assert mine.value == pytest.approx(float(model.coef[0]), abs=2e-3)
    assert mine.error == pytest.approx(float(model.se[0]), rel=0.02)
    model.sensitivity_analysis(cf_y=0.03, cf_d=0.03)
    found = unseen(mine)
    assert found.robustness == pytest.approx(model.sensitivity_params["rv"][0], rel=0.05)
    low = float(model.sensitivity_params["theta"]["lower"][0])
    assert mine.value - found.bias(0.03, 0.03) == pytest.approx(low, rel=0.02)


@pytest.mark.parametrize("make", [lambda t: t, lambda t: t.to_pandas(), pl.from_arrow])
def test_any_dataframe_gives_the_same(make):
    table = crowd(400)
    told = connection(
        make(table), outcome="spent", connected="fan", covariates=["love", "town"], seeds=[1]
    )
    spent, fan = table.column("spent").to_numpy(), table.column("fan").to_numpy()
    assert told.naive.value == pytest.approx(spent[fan].mean() - spent[~fan].mean())
    assert told.adjusted.value == pytest.approx(1.0, abs=0.5)
    shown = {"love", "town = Lyon", "town = Nice"}
    assert set(told.balance.column("covariate").to_pylist()) <= shown


def test_the_range_holds_what_was_put_in_and_the_placebo_is_nil():
    told = connection(
        crowd(), outcome="spent", connected="fan", covariates=["love"], placebo="last_year",
        seeds=[0],
    )  # fmt: skip
    assert told.adjusted.low < 1.0 < told.adjusted.high
    assert told.naive.low > told.adjusted.high
    assert told.placebo is not None
    assert told.placebo.low < 0.0 < told.placebo.high
    assert "naive" in told.text()
    assert "apparent" in told.text("fr")


def test_a_placebo_that_moves_forbids_a_verdict():
    table = crowd()
    off = table.column("last_year").to_numpy() + 3 * table.column("fan").to_numpy()
    told = connection(
        table.append_column("off", pa.array(off)), outcome="spent", connected="fan",
        covariates=["love"], placebo="off", seeds=[0],
    )  # fmt: skip
    assert told.verdict == CANNOT_TELL
    assert "like was not set against like" in told.sentence()


def test_the_effect_on_everybody_differs_where_effects_do():
    rng = np.random.default_rng(5)
    love = rng.normal(size=3000)
    fan = rng.random(3000) < 1 / (1 + np.exp(-love / 2))
    spent = love + fan * (1 + love) + rng.normal(size=3000)
    table = pa.table({"love": love, "fan": fan, "spent": spent})
    asked: dict[str, Any] = {"outcome": "spent", "connected": "fan", "covariates": ["love"]}
    own = connection(table, **asked, seeds=[0])
    whole = connection(table, **asked, among="everybody", seeds=[0])
    assert own.adjusted.low < 1 + love[fan].mean() < own.adjusted.high
    assert whole.adjusted.low < 1 + love.mean() < whole.adjusted.high
    assert own.adjusted.value - whole.adjusted.value > 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "spend"}, "Did you mean spent?"),
        ({"connected": "town"}, "neither yes nor no"),
        ({"covariates": []}, "nothing to adjust for"),
        ({"covariates": ["fan"]}, "Name it once."),
        ({"among": "fans"}, "Allowed: connected, everybody."),
        ({"seeds": []}, "Give whole numbers"),
        ({"outcome": "town"}, "numbers are needed"),
    ],
)
def test_what_is_wrong_is_said(change, said):
    asked: dict[str, Any] = {"outcome": "spent", "connected": "fan", "covariates": ["love"]}
    with pytest.raises(Problem, match=r"Nothing was compared") as problem:
        connection(crowd(200), **(asked | change))
    assert said in str(problem.value)


def test_all_faults_are_told_at_once():
    table = crowd(60).set_column(3, "spent", pa.array([None] * 3 + [1.0] * 57))
    table = table.set_column(2, "fan", pa.array([True] * 5 + [False] * 55))
    with pytest.raises(Problem) as problem:
        connection(table, outcome="spent", connected="fan", covariates=["love"], among="x")
    assert len(problem.value.faults) == 3


def test_people_with_nobody_like_them_are_left_out_and_counted():
    chance = np.array([0.2, 0.5, 0.95, 0.99])
    assert overlapping(chance).tolist() == [True, True, False, False]


def test_nobody_alike_is_a_problem_in_words():
    table = pa.table({"x": [0.0] * 300 + [9.0] * 300, "fan": [0] * 300 + [1] * 300,
                      "spent": [1.0, 2.0] * 300})  # fmt: skip
    with pytest.raises(Problem, match="anybody like them"):
        connection(table, outcome="spent", connected="fan", covariates=["x"], seeds=[0])


@given(st.floats(-50, 50), st.floats(0.1, 100))
@example(44.5, 0.1015625)
def test_robustness_solves_its_equation(value, scale):
    share = robustness(value, scale)
    assert 0 <= share < 1
    assert scale * share / np.sqrt(1 - share) == pytest.approx(abs(value), rel=1e-6, abs=1e-6)


@settings(max_examples=25)
@given(st.integers(0, 1000))
def test_mixtures_never_foretell_worse_than_the_best(seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=60)
    made = truth + rng.normal(size=(3, 60)) * rng.uniform(0.1, 2, (3, 1))
    mixed = stacked(made, truth, np.ones(60, bool))
    best = ((made - truth) ** 2).mean(axis=1).min()
    assert ((mixed - truth) ** 2).mean() <= best + 1e-6


def test_the_median_counts_the_spread_between_divisions():
    nothing = np.zeros(2)

    def one(value: float) -> Effect:
        return Effect(value, 1.0, nothing > 0, nothing, nothing, nothing)

    value, error = median_of([one(1.0), one(2.0), one(6.0)])
    assert (value, error) == (2.0, pytest.approx(np.sqrt(2.0)))


def test_balance_is_kept_in_the_spread_of_before():
    x = np.array([[0.0], [2.0], [0.0], [2.0], [4.0], [6.0]])
    connected = np.array([False] * 4 + [True] * 2)
    before, after = differences(x, connected, np.array([0, 0, 0, 1.0, 1, 1]))
    assert before[0] > after[0] > 0


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("naive", [6.0, -6.0])
@pytest.mark.parametrize(("value", "error"), [(5, 0.3), (1.2, 0.3), (0, 0.3), (-1, 0.3), (1, 3)])
def test_every_verdict_is_a_sentence(language, naive, value, error):
    gap = Estimate.normal(naive, 0.2, "EUR", source="gap")
    found = Estimate.normal(value, error, "EUR", source="found")
    told = sentence(verdict(gap, found), gap, found, language)
    assert told.endswith(".")
    assert "{" not in told
    assert "−€6" not in told


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0.01, 5), st.floats(0, 5))
@example(9.0, 1.0, 0.125, 1.0)
def test_more_doubt_never_says_more(naive, value, error, bias):
    gap = Estimate.normal(naive, 0.2, "EUR", source="gap")
    found = Estimate.normal(value, error, "EUR", source="found")
    alone, held = verdict(gap, found), verdict(gap, found, bias=bias)
    assert held.said in {alone.said, CANNOT_TELL}
