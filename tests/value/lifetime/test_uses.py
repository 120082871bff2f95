"""Ranges, discounting, choosing a model, regularity and tracking."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.errors import Problem
from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    Customers,
    Discounting,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
    ShiftedBetaGeometric,
    choose_model,
    discounted_margin,
    discounted_purchases,
    interval,
    parameter_draws,
    purchase_draws,
    rate_per_step,
    regularity,
    track,
)

CELLS = Customers([0, 2, 7, 26], [0, 30.43, 35, 30.86], [39, 38.86, 38, 31], [300, 20, 5, 1])


@pytest.fixture(scope="module")
def pareto(cdnow):
    return ParetoNBD().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])


@pytest.fixture(scope="module")
def beta_geo(cdnow):
    return BetaGeo().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])


def test_parameter_draws_have_the_spread_of_the_fit(beta_geo):
    draws = beta_geo.sample_parameters(4000, seed=1)
    logs = np.log([list(draw.values()) for draw in draws])
    spread = np.sqrt(np.diag(beta_geo.covariance_))
    gap = np.cov(logs.T) - beta_geo.covariance_
    assert np.abs(gap / np.outer(spread, spread)).max() < 0.06
    np.testing.assert_allclose(
        logs.mean(axis=0), np.log(list(beta_geo.params_.values())), atol=0.02
    )
    assert draws == beta_geo.sample_parameters(4000, seed=1)


def test_ranges_hold_the_estimate_and_follow_the_shape(beta_geo):
    history = CELLS.history
    draws = parameter_draws(beta_geo, lambda m: m.expected_purchases(39, **history), n=300)
    assert draws.shape == (300, 4)
    low, high = interval(draws).T
    estimate = beta_geo.expected_purchases(39, **history)
    assert ((low < estimate) & (estimate < high)).all()
    totals = parameter_draws(beta_geo, lambda m: m.expected_purchases(39, **history).sum(), n=50)
    assert totals.shape == (50,)


def test_ranges_of_means_cover_at_their_level():
    """Of 40 simulated customer bases, about 90 % of the 90 % ranges hold the truth."""
    truth = BetaGeo().with_parameters({"r": 0.8, "alpha": 6, "a": 0.8, "b": 2.5})
    wanted = float(truth.expected_purchases_new(52))
    held = 0
    for seed in range(40):
        model = BetaGeo().fit(**truth.simulate(np.full(1500, 30.0), seed=seed))
        low, high = interval(parameter_draws(model, lambda m: m.expected_purchases_new(52), 100))
        held += low <= wanted <= high
    assert 31 <= held <= 40


def test_purchase_draws_add_the_chance_of_purchases(beta_geo):
    mean = parameter_draws(
        beta_geo, lambda m: CELLS.weights @ m.expected_purchases(39, **CELLS.history), n=400
    )
    draws = purchase_draws(beta_geo, CELLS, 39, n=400)
    assert draws.mean() == pytest.approx(mean.mean(), rel=0.05)
    assert draws.std() > 1.5 * mean.std()
    groups = purchase_draws(beta_geo, CELLS, 39, group=[0, 1, 1, 1], n=400)
    assert groups.shape == (400, 2)
    np.testing.assert_allclose(groups.sum(axis=1), draws)


def test_scaled_noise_has_the_variance_of_drawing_everybody(beta_geo):
    one_row = Customers([2], [30.43], [38.86], [1000])
    each = Customers(np.full(1000, 2), np.full(1000, 30.43), np.full(1000, 38.86))
    scaled = purchase_draws(beta_geo, one_row, 39, n=300, seed=1)
    drawn = purchase_draws(beta_geo, each, 39, n=300, seed=2)
    assert scaled.mean() == pytest.approx(drawn.mean(), rel=0.03)
    assert scaled.std() == pytest.approx(drawn.std(), rel=0.2)


def test_discounting_at_zero_is_the_expectation(pareto):
    found = discounted_purchases(pareto, CELLS, Discounting(0.0, horizon=52.5, step=4))
    np.testing.assert_allclose(found, pareto.expected_purchases(52.5, **CELLS.history))


@pytest.mark.parametrize("continuous", [True, False])
def test_discounted_steps_reach_the_closed_form_of_pareto_nbd(pareto, continuous):
    rate = rate_per_step(0.15, continuous=continuous)
    found = discounted_purchases(pareto, CELLS, Discounting(rate, 6000, continuous=continuous))
    per_week = rate_per_step(0.15, continuous=True)
    closed = pareto.expected_discounted_purchases(per_week, **CELLS.history)
    np.testing.assert_allclose(found, closed, rtol=2e-4)


def test_dert_falls_to_the_published_form(pareto):
    """Tricomi's function as in Fader, Hardie & Lee (2005), eq. 2."""
    from scipy import special

    r, alpha, s, beta = pareto.params_.values()
    x, recency, age, d = 7, 35.0, 38.0, 0.0027
    likelihood = np.exp(pareto.log_likelihood(x, recency, age))
    published = (
        alpha**r * beta**s * d ** (s - 1) * special.gamma(r + x + 1)
        * special.hyperu(s, s, d * (beta + age))
        / (special.gamma(r) * (alpha + age) ** (r + x + 1) * likelihood)
    )  # fmt: skip
    assert pareto.expected_discounted_purchases(d, x, recency, age) == pytest.approx(published)


def test_dert_of_bg_bb_is_the_sum_of_its_periods(donations):
    model = BetaGeoBetaBinomial().with_parameters(
        {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    )
    steps = model.expected_purchases(np.arange(3001), 4, 5, 6)
    direct = np.sum(np.diff(steps) / 1.1 ** np.arange(1, 3001))
    assert model.expected_discounted_purchases(0.1, 4, 5, 6) == pytest.approx(direct, rel=1e-9)


def test_residual_lifetime_under_contract_is_the_sum_of_renewals():
    model = ShiftedBetaGeometric.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
    t = np.arange(4000)
    survival = model.survival(t)
    assert model.discounted_expected_lifetime(0.1) == pytest.approx(np.sum(survival / 1.1**t))
    after_2 = survival[3:] / survival[2] / 1.1 ** np.arange(len(t) - 3)
    found = model.discounted_expected_residual_lifetime(0.1, 2)
    assert found == pytest.approx(after_2.sum())
    assert model.retention_rate(3) == pytest.approx(survival[3] / survival[2])
    assert model.probability_of_leaving(3) == pytest.approx(survival[2] - survival[3])


def test_margin_is_purchases_times_spend_times_margin(beta_geo):
    spend = GammaGamma().with_parameters({"p": 6.25, "q": 3.74, "v": 15.44})
    value = [0.0, 22.35, 60.0, 12.0]
    plan = Discounting(0.002, 52)
    found = discounted_margin(beta_geo, spend, CELLS, value, plan, margin=0.3)
    expected = discounted_purchases(beta_geo, CELLS, plan) * spend.expected_value(
        CELLS.frequency, value
    )
    np.testing.assert_allclose(found, 0.3 * expected)


def test_impossible_discounting_is_told_at_once():
    with pytest.raises(Problem) as problem:
        Discounting(-2.0, horizon=0, step=-1)
    assert len(problem.value.faults) == 3


def test_choosing_on_cdnow_and_by_group_alike(cdnow_split):
    history = [cdnow_split[name] for name in ("frequency", "recency", "age")]
    models = [BetaGeo(), ModifiedBetaGeo(), ParetoNBD()]
    trials = choose_model(models, Customers(*history), cdnow_split["later"], 39)
    assert [trial.name for trial in trials] == ["BetaGeo", "ModifiedBetaGeo", "ParetoNBD"]
    first = trials[0]
    assert first.expected == pytest.approx(1653.4, abs=0.05)
    assert first.actual == 1882
    assert first.correlation == pytest.approx(0.6256, abs=1e-4)
    assert first.mean_absolute_error == pytest.approx(0.7855, abs=1e-4)
    assert first.bias == pytest.approx(-0.1215, abs=1e-4)
    assert [trial.chosen for trial in trials] == [False, False, True]
    groups = cdnow_split.groupby(["frequency", "recency", "age", "later"]).size().reset_index()
    cells = Customers(groups["frequency"], groups["recency"], groups["age"], groups[0])
    again = choose_model([BetaGeo()], cells, groups["later"], 39)[0]
    assert again.correlation == pytest.approx(first.correlation, rel=1e-6)
    assert again.deviance == pytest.approx(first.deviance, rel=1e-6)


def test_a_model_that_cannot_be_fitted_is_listed_with_the_reason():
    rng = np.random.default_rng(3)
    age = np.full(4000, 50.0)
    x = rng.poisson(rng.gamma(1.5, 0.1, 4000) * age).astype(float)
    recency = np.where(x > 0, age * rng.beta(np.maximum(x, 1), 1), 0.0)
    trial = choose_model([BetaGeo()], Customers(x, recency, age), x, 50)[0]
    assert not trial.chosen
    assert "could not be fitted" in trial.reason


@pytest.mark.parametrize("shape", [0.6, 1.0, 4.0])
def test_regularity_finds_the_erlang_shape_whatever_the_rates(shape):
    rng = np.random.default_rng(2)
    gaps = rng.gamma(shape, 1.0, (2, 50_000)) / rng.gamma(0.8, 1.0, 50_000)
    assert regularity(gaps[0], gaps[1]) == pytest.approx(shape, rel=0.05)
    weighted = regularity(gaps[0], gaps[1], np.full(50_000, 2))
    assert weighted == regularity(gaps[0], gaps[1])


def test_regularity_needs_enough_gaps():
    with pytest.raises(Problem, match="30 are needed"):
        regularity([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(Problem, match="second_gap, row 1: must be greater than 0"):
        regularity([1.0, 2.0], [1.0, 0.0])


def weekly(cdnow_days):
    start = cdnow_days["day"].min()
    week = ((cdnow_days["day"] - start).dt.days // 7).to_numpy()
    first = (cdnow_days["day"] == cdnow_days["first"]).to_numpy()
    weeks = 39
    return np.bincount(week[~first], minlength=80)[:weeks], np.bincount(week[first], minlength=80)[
        :weeks
    ]


def test_tracking_on_cdnow_stays_close(cdnow_days, beta_geo):
    repeats, births = weekly(cdnow_days)
    tracking = track(beta_geo, repeats, births)
    assert abs(tracking.cumulative_error) < 0.05
    assert len(tracking.expected) == 39
    assert all(caution.code != "drift" for caution in tracking.warnings)


def test_tracking_sees_seasons_and_drift(beta_geo):
    births = np.full(104, 2000.0)
    expected = track(beta_geo, np.ones(104), births).expected
    season = expected * (1 + 0.6 * np.sin(2 * np.pi * np.arange(104) / 52))
    assert [c.code for c in track(beta_geo, season, births).warnings] == ["seasonality"]
    assert [c.code for c in track(beta_geo, expected * 1.5, births).warnings] == ["drift"]
    assert track(beta_geo, expected, births).warnings == ()


def test_series_of_different_length_cannot_be_tracked(beta_geo):
    with pytest.raises(Problem, match="repeats has 3 periods"):
        track(beta_geo, [1, 2, 3], [5, 5])
