"""Data that do not determine a model are refused in plain words; weak data earn cautions."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.errors import Problem
from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    FitError,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
    ShiftedBetaGeometric,
)

CONTINUOUS = [BetaGeo, ModifiedBetaGeo, ParetoNBD]


def codes(model):
    return [caution.code for caution in model.warnings_]


@pytest.mark.parametrize("kind", [*CONTINUOUS, BetaGeoBetaBinomial])
def test_nobody_came_back(kind):
    with pytest.raises(FitError, match="Nobody bought a second time"):
        kind().fit(np.zeros(500), np.zeros(500), np.full(500, 30))


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_one_customer(kind):
    with pytest.raises(FitError, match="too few for 4 parameters"):
        kind().fit([3], [10], [20])


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_all_customers_alike(kind):
    with pytest.raises(FitError, match="too few for 4 parameters"):
        kind().fit([3] * 500, [10] * 500, [20] * 500)


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_no_customers_at_all(kind):
    with pytest.raises(FitError):
        kind().fit([], [], [])


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_nobody_leaves(kind):
    """Poisson buyers with gamma rates who never leave: the dropout parameters run away."""
    rng = np.random.default_rng(3)
    age = np.full(4000, 50.0)
    x = rng.poisson(rng.gamma(1.5, 0.1, 4000) * age).astype(float)
    recency = np.where(x > 0, age * rng.beta(np.maximum(x, 1), 1), 0.0)
    with pytest.raises(FitError) as error:
        kind().fit(x, recency, age)
    assert "leaves" in str(error.value)


def test_a_refused_fit_leaves_no_parameters_behind(cdnow):
    model = BetaGeo().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])
    with pytest.raises(FitError):
        model.fit([3], [10], [20])
    assert not hasattr(model, "params_")


def test_fit_errors_are_problems_with_advice():
    with pytest.raises(Problem) as problem:
        BetaGeo().fit([0, 0], [0, 0], [5, 6])
    assert problem.value.faults[0].hint


def test_nobody_cancels():
    with pytest.raises(FitError, match="Nobody left"):
        ShiftedBetaGeometric().fit([3, 4, 5], [0, 0, 0])


def test_everybody_cancels_at_once():
    with pytest.raises(FitError, match="Everybody left in the first period"):
        ShiftedBetaGeometric().fit([1, 1, 1], [1, 1, 1])


def test_a_constant_churn_rate_is_told_apart_from_a_mixture():
    survivors = 100_000 * 0.9 ** np.arange(8)
    with pytest.raises(FitError, match="same chance"):
        ShiftedBetaGeometric.from_survivors(survivors)


def test_spend_that_is_always_the_same():
    with pytest.raises(FitError, match="too few"):
        GammaGamma().fit([1, 2, 3, 4], [10, 10, 10, 10])


def test_spend_without_spread_over_customers():
    rng = np.random.default_rng(1)
    x = rng.integers(1, 9, 3000)
    with pytest.raises(FitError, match="alike"):
        GammaGamma().fit(x, rng.gamma(4.0 * x) / x)


def test_few_repeats_earn_cautions(cdnow):
    data = cdnow.iloc[1800:1900]
    model = BetaGeo().fit(data["frequency"], data["recency"], data["T"])
    assert codes(model) == ["few_repeats", "loose_parameters"]
    assert str(model.warnings_[0]).startswith("Only 82 repeat purchases were seen")


def test_regular_buyers_earn_a_caution(cdnow):
    columns = [cdnow[name] for name in ("frequency", "recency", "T")]
    assert "regular_buyers" in codes(BetaGeo(regularity=2.5).fit(*columns))
    assert codes(BetaGeo(regularity=1.1).fit(*columns)) == []


def test_a_short_history_earns_a_caution():
    truth = BetaGeo().with_parameters({"r": 0.6, "alpha": 30, "a": 0.8, "b": 1.5})
    data = truth.simulate(np.full(30_000, 12.0), seed=2)
    assert "short_history" in codes(BetaGeo().fit(**data))


def test_spend_that_goes_with_frequency_earns_a_caution(cdnow_spend):
    x, m = cdnow_spend["frequency"], cdnow_spend["mean"]
    assert "spend_depends_on_frequency" not in codes(GammaGamma().fit(x, m))
    assert "spend_depends_on_frequency" in codes(GammaGamma().fit(x, m * (1 + x)))


def test_free_purchases_are_left_out_and_told(cdnow_spend):
    x = np.append(cdnow_spend["frequency"], [2, 1, 0])
    m = np.append(cdnow_spend["mean"], [0, 0, 0])
    model = GammaGamma().fit(x, m)
    assert model.n_customers_ == 946
    assert str(model.warnings_[0]).startswith("2 customers bought for nothing")


def test_endless_tenure_is_told():
    model = ShiftedBetaGeometric.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
    assert codes(model) == ["no_mean_tenure"]
    assert model.expected_tenure() == np.inf
    assert model.expected_tenure(horizon=12) == pytest.approx(
        model.survival(np.arange(1, 13)).sum()
    )
