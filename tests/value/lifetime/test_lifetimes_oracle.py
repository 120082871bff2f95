"""The package `lifetimes` as an oracle, away from the published points.

Its quirks: it divides the likelihood by the sum of the weights; its MBG/NBD and Pareto/NBD
log-likelihoods are private; its BG/BB adds 1e-15 inside a logarithm.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    lifetimes = pytest.importorskip("lifetimes")
    import pandas as pd

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(11)
AGE = RNG.uniform(1, 100, 60)
X = RNG.poisson(3, 60).astype(float)
RECENCY = np.where(X > 0, AGE * RNG.uniform(0.05, 1, 60), 0.0)

PARAMETERS = [(0.25, 4.0, 0.8, 2.5), (1.7, 12.0, 0.4, 0.9), (0.6, 0.9, 3.0, 1.5)]


def set_to(fitter, names, values):
    fitter.params_ = pd.Series(dict(zip(names, values, strict=True)))
    return fitter


@pytest.mark.parametrize("values", PARAMETERS)
def test_bg_nbd(values):
    names = ("r", "alpha", "a", "b")
    ours = BetaGeo().with_parameters(dict(zip(names, values, strict=True)))
    theirs = set_to(lifetimes.BetaGeoFitter(), names, values)
    one = np.ones_like(X)
    total = -theirs._negative_log_likelihood(np.log(values), X, RECENCY, AGE, one, 0.0)
    assert ours.log_likelihood(X, RECENCY, AGE).mean() == pytest.approx(total, rel=1e-10)
    np.testing.assert_allclose(
        ours.probability_alive(X, RECENCY, AGE),
        theirs.conditional_probability_alive(X, RECENCY, AGE),
        rtol=1e-10,
    )
    np.testing.assert_allclose(
        ours.expected_purchases(20, X, RECENCY, AGE),
        theirs.conditional_expected_number_of_purchases_up_to_time(20, X, RECENCY, AGE),
        rtol=1e-7,
    )
    np.testing.assert_allclose(
        ours.expected_purchases_new([3, 50]),
        theirs.expected_number_of_purchases_up_to_time(np.array([3, 50])),
        rtol=1e-7,
    )
    np.testing.assert_allclose(
        ours.probability_of_purchases(np.arange(6), 20),
        [theirs.probability_of_n_purchases_up_to_time(20, n) for n in range(6)],
        rtol=1e-9,
    )


@pytest.mark.parametrize("values", PARAMETERS)
def test_mbg_nbd(values):
    names = ("r", "alpha", "a", "b")
    ours = ModifiedBetaGeo().with_parameters(dict(zip(names, values, strict=True)))
    theirs = set_to(lifetimes.ModifiedBetaGeoFitter(), names, values)
    np.testing.assert_allclose(
        ours.probability_alive(X, RECENCY, AGE),
        theirs.conditional_probability_alive(X, RECENCY, AGE),
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        ours.expected_purchases(20, X, RECENCY, AGE),
        theirs.conditional_expected_number_of_purchases_up_to_time(20, X, RECENCY, AGE),
        rtol=1e-7,
    )
    np.testing.assert_allclose(
        ours.expected_purchases_new([3, 50]),
        theirs.expected_number_of_purchases_up_to_time(np.array([3, 50])),
        rtol=1e-7,
    )


@pytest.mark.parametrize("values", PARAMETERS)
def test_pareto_nbd(values):
    names = ("r", "alpha", "s", "beta")
    ours = ParetoNBD().with_parameters(dict(zip(names, values, strict=True)))
    theirs = set_to(lifetimes.ParetoNBDFitter(), names, values)
    np.testing.assert_allclose(
        ours.log_likelihood(X, RECENCY, AGE),
        theirs._conditional_log_likelihood(values, X, RECENCY, AGE),
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        ours.probability_alive(X, RECENCY, AGE),
        theirs.conditional_probability_alive(X, RECENCY, AGE),
        rtol=1e-8,
    )
    np.testing.assert_allclose(
        ours.expected_purchases(20, X, RECENCY, AGE),
        theirs.conditional_expected_number_of_purchases_up_to_time(20, X, RECENCY, AGE),
        rtol=1e-8,
    )


def test_bg_bb():
    values = (1.2, 0.75, 0.66, 2.78)
    names = ("alpha", "beta", "gamma", "delta")
    ours = BetaGeoBetaBinomial().with_parameters(dict(zip(names, values, strict=True)))
    theirs = set_to(lifetimes.BetaGeoBetaBinomFitter(), names, values)
    x, last, n = np.array([[0, 0, 6], [1, 4, 6], [3, 5, 9], [6, 6, 6]]).T
    np.testing.assert_allclose(
        ours.log_likelihood(x, last, n), theirs._loglikelihood(values, x, last, n), rtol=1e-9
    )
    np.testing.assert_allclose(
        ours.probability_alive(x, last, n),
        theirs.conditional_probability_alive(0, x, last, n),
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        ours.expected_purchases(5, x, last, n),
        theirs.conditional_expected_number_of_purchases_up_to_time(5, x, last, n),
        rtol=1e-9,
    )


def test_gamma_gamma(cdnow_spend):
    x, m = cdnow_spend["frequency"], cdnow_spend["mean"]
    theirs = lifetimes.GammaGammaFitter().fit(x, m)
    ours = GammaGamma().fit(x, m)
    np.testing.assert_allclose(list(ours.params_.values()), theirs.params_.to_numpy(), rtol=2e-3)
    np.testing.assert_allclose(
        ours.expected_value(x, m), theirs.conditional_expected_average_profit(x, m), rtol=1e-4
    )
