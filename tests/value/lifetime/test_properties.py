"""What holds for every valid input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
)

positive = st.floats(0.02, 50.0)
continuous = st.sampled_from([BetaGeo, ModifiedBetaGeo, ParetoNBD])


@st.composite
def fitted_models(draw):
    model = draw(continuous)()
    return model.with_parameters({name: draw(positive) for name in model.parameter_names})


@st.composite
def single_histories(draw):
    age = draw(st.floats(0.0, 5000.0))
    x = draw(st.one_of(st.integers(0, 30), st.integers(31, 100_000)))
    return (x, age * draw(st.floats(0.0, 1.0)) if x else 0.0, age)


@settings(max_examples=200, deadline=None)
@given(fitted_models(), single_histories())
def test_likelihood_and_chances_are_finite(model, history):
    assert np.isfinite(model.log_likelihood(*history))
    assert 0 <= model.probability_alive(*history) <= 1


@settings(max_examples=200, deadline=None)
@given(fitted_models(), single_histories(), st.floats(0.1, 500.0), st.floats(1.01, 10.0))
def test_expectations_grow_with_the_horizon(model, history, horizon, factor):
    near = model.expected_purchases(horizon, *history)
    far = model.expected_purchases(horizon * factor, *history)
    assert 0 <= near <= far * (1 + 1e-9) + 1e-12
    assert np.isfinite(far)


@settings(max_examples=60, deadline=None)
@given(fitted_models(), st.floats(0.5, 100.0))
def test_chances_of_counts_are_a_distribution(model, t):
    chances = model.probability_of_purchases(np.arange(60), t)
    assert (chances >= 0).all()
    assert chances.sum() <= 1 + 1e-9


@pytest.mark.parametrize("kind", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_chances_of_counts_agree_with_the_expectation(kind):
    model = kind().with_parameters(
        dict(zip(kind.parameter_names, (0.9, 6.0, 0.8, 2.5), strict=True))
    )
    chances = model.probability_of_purchases(np.arange(400), 20)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ np.arange(400) == pytest.approx(model.expected_purchases_new(20), abs=1e-8)


def test_chances_of_counts_agree_with_the_expectation_in_periods():
    model = BetaGeoBetaBinomial().with_parameters(
        {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78}
    )
    chances = model.probability_of_purchases(np.arange(9), 8)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert chances @ np.arange(9) == pytest.approx(model.expected_purchases_new(8), abs=1e-12)


@pytest.mark.parametrize("kind", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_conditional_expectations_average_to_the_unconditional_one(kind):
    """E[X(0, 30)] = E[X(0, 20)] + E[E[X(20, 30) | history to 20]], over simulated histories."""
    model = kind().with_parameters(
        dict(zip(kind.parameter_names, (0.9, 6.0, 0.8, 2.5), strict=True))
    )
    past = model.simulate(np.full(200_000, 20.0), seed=4)
    ahead = model.expected_purchases(10, **past)
    expected = np.diff(model.expected_purchases_new([20, 30]))[0]
    error = ahead.std() / np.sqrt(len(ahead))
    assert past["frequency"].mean() == pytest.approx(model.expected_purchases_new(20), abs=0.02)
    assert ahead.mean() == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("kind", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_simulated_futures_average_to_the_expectation(kind):
    model = kind().with_parameters(
        dict(zip(kind.parameter_names, (0.9, 6.0, 0.8, 2.5), strict=True))
    )
    history = (np.full(200_000, 4.0), np.full(200_000, 15.0), np.full(200_000, 20.0))
    drawn = model.simulate_purchases(10, *history, seed=3)
    expected = model.expected_purchases(10, 4, 15, 20)
    assert drawn.mean() == pytest.approx(expected, abs=4 * drawn.std() / np.sqrt(len(drawn)))


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        (BetaGeo, (0.6, 6.0, 0.8, 2.5)),
        (ModifiedBetaGeo, (0.8, 6.0, 0.9, 1.6)),
        (ParetoNBD, (0.7, 8.0, 0.7, 12.0)),
    ],
)
def test_simulated_customers_give_their_parameters_back(kind, truth):
    names = kind.parameter_names
    model = kind().with_parameters(dict(zip(names, truth, strict=True)))
    ages = np.random.default_rng(0).integers(20, 60, 20_000).astype(float)
    found = kind().fit(**model.simulate(ages, seed=5))
    spread = np.sqrt(np.diag(found.covariance_))
    error = np.log(list(found.params_.values())) - np.log(truth)
    assert (np.abs(error) < 4 * spread).all(), found.params_


def test_simulated_donors_give_their_parameters_back():
    truth = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78}
    donors = BetaGeoBetaBinomial().with_parameters(truth).simulate(np.full(20_000, 8), seed=1)
    found = BetaGeoBetaBinomial().fit(**donors)
    spread = np.sqrt(np.diag(found.covariance_))
    error = np.log(list(found.params_.values())) - np.log(list(truth.values()))
    assert (np.abs(error) < 4 * spread).all(), found.params_


@pytest.mark.parametrize("kind", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_weights_mean_repetition_and_order_does_not_matter(kind, cdnow):
    data = cdnow.head(400)
    weight = np.random.default_rng(2).integers(0, 4, len(data))
    columns = [data[name].to_numpy() for name in ("frequency", "recency", "T")]
    weighted = kind().fit(*columns, weight)
    shuffled = np.random.default_rng(3).permutation(np.repeat(np.arange(len(data)), weight))
    repeated = kind().fit(*(column[shuffled] for column in columns))
    assert repeated.log_likelihood_ == pytest.approx(weighted.log_likelihood_, rel=1e-10)
    np.testing.assert_allclose(
        list(repeated.params_.values()), list(weighted.params_.values()), rtol=1e-6
    )
    assert repeated.n_customers_ == weighted.n_customers_ == weight.sum()


def test_gamma_gamma_weights_mean_repetition(cdnow_spend):
    data = cdnow_spend.head(300)
    weight = np.random.default_rng(2).integers(0, 4, len(data))
    weighted = GammaGamma().fit(data["frequency"], data["mean"], weight)
    again = data.loc[data.index.repeat(weight)].sample(frac=1, random_state=1)
    repeated = GammaGamma().fit(again["frequency"], again["mean"])
    assert repeated.log_likelihood_ == pytest.approx(weighted.log_likelihood_, rel=1e-10)
    np.testing.assert_allclose(
        list(repeated.params_.values()), list(weighted.params_.values()), rtol=1e-5
    )


def test_units_of_time_do_not_matter(cdnow):
    weeks = BetaGeo().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])
    seconds = BetaGeo().fit(cdnow["frequency"], cdnow["recency"] * 604800, cdnow["T"] * 604800)
    assert seconds.params_["b"] == pytest.approx(weeks.params_["b"], rel=1e-6)
    assert seconds.params_["alpha"] == pytest.approx(weeks.params_["alpha"] * 604800, rel=1e-6)


def test_a_large_table_is_fitted_as_exactly_as_a_small_one(monkeypatch, cdnow):
    """The search on a sample of the cells only finds the start, and chunks add up."""
    from rapport.value.lifetime import _repeat_buying

    whole = ParetoNBD().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])
    monkeypatch.setattr(_repeat_buying, "PILOT", 100)
    monkeypatch.setattr(_repeat_buying, "CHUNK", 256 * 64)
    parts = ParetoNBD().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])
    np.testing.assert_allclose(
        list(parts.params_.values()), list(whole.params_.values()), rtol=1e-6
    )
