from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from rapport.errors import Problem
from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    Customers,
    Discounting,
    ModifiedBetaGeo,
    ParetoNBD,
    discounted_purchases,
    purchase_draws,
)

Z = ["Gender", "Channel"]


def columns(data):
    return [data[name] for name in ("frequency", "recency", "age")]


@pytest.mark.parametrize(
    ("kind", "log_likelihood", "coefficients"),
    [
        (ParetoNBD, -5821.0627, [0.2861, 0.6239, -0.6419, 0.7898]),
        (ModifiedBetaGeo, -5819.7216, [0.1257, 0.6589, -0.6362, 0.1403]),
        (BetaGeo, -5839.0126, [0.3907, 0.5946, -0.6076, 0.0169]),
    ],
)
def test_gender_and_channel_of_the_apparel_shop(apparel, kind, log_likelihood, coefficients):
    plain = kind().fit(*columns(apparel))
    model = kind().fit(*columns(apparel), covariates=apparel[Z])
    names = ["purchase:Gender", "purchase:Channel", "dropout:Gender", "dropout:Channel"]
    assert list(model.params_)[4:] == names
    np.testing.assert_allclose([model.params_[name] for name in names], coefficients, atol=2e-4)
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=1e-3)
    # a likelihood ratio test on 4 degrees of freedom rejects at any usual level
    assert 2 * (model.log_likelihood_ - plain.log_likelihood_) > 18.5


def test_the_optimum_beats_nearby_points_by_an_independent_likelihood(apparel):
    """The total at the optimum, computed through the public row-wise method, is stationary."""
    model = ParetoNBD().fit(*columns(apparel), covariates=apparel[Z])

    def total(params):
        other = model.with_parameters(params)
        return other.log_likelihood(*columns(apparel), covariates=apparel[Z]).sum()

    assert total(model.params_) == pytest.approx(model.log_likelihood_, abs=1e-6)
    for name, value in model.params_.items():
        for move in (-0.02, 0.02):
            assert total(model.params_ | {name: value + move}) < model.log_likelihood_


def test_a_group_of_its_own_coefficient_equals_a_fit_of_its_own():
    """With r, a and b shared, simulated groups give the effect that made them."""
    truth = BetaGeo().with_parameters({"r": 0.8, "alpha": 8, "a": 0.8, "b": 2.5})
    fast = truth.with_parameters(truth.params_ | {"alpha": 8 * np.exp(-0.7)})
    age = np.full(20_000, 40.0)
    first, second = truth.simulate(age, seed=1), fast.simulate(age, seed=2)
    data = {name: np.append(first[name], second[name]) for name in first}
    z = np.repeat([0.0, 1.0], 20_000)
    model = BetaGeo().fit(**data, covariates=z)
    found, spread = model.params_["purchase:covariate_1"], model.standard_errors_
    assert found == pytest.approx(0.7, abs=4 * spread["purchase:covariate_1"])
    assert model.params_["dropout:covariate_1"] == pytest.approx(
        0, abs=4 * spread["dropout:covariate_1"]
    )


def test_frames_mappings_and_arrays_are_alike(apparel):
    fits = [
        ParetoNBD().fit(*columns(apparel), covariates=z).params_
        for z in (
            apparel[Z],
            pl.from_pandas(apparel[Z]),
            {name: apparel[name].to_list() for name in Z},
        )
    ]
    assert fits[0] == fits[1] == fits[2]
    array = ParetoNBD().fit(*columns(apparel), covariates=apparel[Z].to_numpy()).params_
    assert list(array.values()) == list(fits[0].values())


def test_predictions_need_and_use_the_covariates(apparel):
    model = ParetoNBD().fit(*columns(apparel), covariates=apparel[Z])
    with pytest.raises(Problem, match="Give Gender, Channel"):
        model.expected_purchases(10, 2, 20, 50)
    with pytest.raises(Problem, match="Channel is missing"):
        model.expected_purchases(10, 2, 20, 50, covariates={"Gender": [1]})
    men, women = model.expected_purchases_new(52, {"Gender": [0, 1], "Channel": [0, 0]})
    assert women > men
    reordered = model.expected_purchases(10, 2, 20, 50, {"Channel": [1], "Gender": [0]})
    assert reordered == model.expected_purchases(10, 2, 20, 50, {"Gender": [0], "Channel": [1]})


def test_covariates_go_through_groups_draws_and_discounting(apparel):
    model = ParetoNBD().fit(*columns(apparel), covariates=apparel[Z])
    customers = Customers(*columns(apparel), covariates=apparel[Z])
    expected = model.expected_purchases(26, **customers.history)
    undiscounted = discounted_purchases(model, customers, Discounting(0.0, 26))
    np.testing.assert_allclose(undiscounted, expected)
    draws = purchase_draws(model, customers, 26, apparel["Channel"], n=40)
    assert draws.shape == (40, 2)
    total = expected[apparel["Channel"] == 1].sum()
    assert draws[:, 1].mean() == pytest.approx(total, rel=0.1)
    drawn = model.simulate(
        np.full(100, 52.0), covariates={"Gender": np.ones(100), "Channel": np.ones(100)}
    )
    assert drawn["frequency"].sum() > 0


def test_faults_in_covariates_are_told(apparel):
    z = apparel[Z].assign(Gender=np.nan)
    with pytest.raises(Problem, match="covariate Gender, rows 0, 1"):
        BetaGeo().fit(*columns(apparel), covariates=z)
    with pytest.raises(Problem, match="differ in length"):
        BetaGeo().fit(*columns(apparel), covariates=apparel[Z].head(5))
    with pytest.raises(Problem, match="takes no covariates"):
        BetaGeoBetaBinomial().fit([1], [1], [2], covariates=pd.DataFrame({"z": [1]}))
    with pytest.raises(Problem, match="Did you mean shared"):
        BetaGeo(dropout_effect="share").fit(*columns(apparel), covariates=apparel[Z])
