"""PyMC-Marketing's log-densities as an oracle, one parameter set for each model, with rows that
differ in covariates. Only densities: its searches compile for a minute each."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.value.lifetime import BetaGeo, BetaGeoBetaBinomial, ModifiedBetaGeo, ParetoNBD

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

X = np.array([0.0, 1.0, 3.0, 12.0, 2.0, 0.0])
RECENCY = np.array([0.0, 5.0, 18.0, 38.0, 30.43, 0.0])
AGE = np.array([39.0, 30.0, 39.0, 39.0, 38.86, 27.0])
Z = np.array([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]]).T
CDNOW = {"r": 0.25, "alpha": 4.4, "a": 0.8, "b": 2.4}


@pytest.fixture(scope="module")
def density():
    import pytensor

    pm = pytest.importorskip("pymc")
    distributions = pytest.importorskip("pymc_marketing.clv.distributions")

    def evaluate(name, *data, **parameters):
        rv = getattr(distributions, name).dist(**parameters)
        with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
            return pm.logp(rv, np.stack(data, axis=-1)).eval()

    return evaluate


def with_effects(model, params, **effects):
    """The model with a covariate `z` and its effects set."""
    other = model.with_parameters(params)
    other.covariate_names_ = ("z",)
    other.params_ = params | {f"{name}:z": value for name, value in effects.items()}
    return other


def test_bg_nbd_with_covariates_on_both_sides_of_leaving(density):
    effects = {"purchase": 0.4, "dropout_a": 0.3, "dropout_b": -0.2}
    ours = with_effects(BetaGeo(dropout_effect="separate"), CDNOW, **effects)
    z = Z[:, 0]
    theirs = density(
        "BetaGeoNBD",
        RECENCY,
        X,
        r=0.25,
        alpha=4.4 * np.exp(-0.4 * z),
        a=0.8 * np.exp(0.3 * z),
        b=2.4 * np.exp(-0.2 * z),
        T=AGE,
    )
    found = ours.log_likelihood(X, RECENCY, AGE, {"z": z})
    np.testing.assert_allclose(found, theirs, rtol=1e-7)


def test_pareto_nbd_with_covariates(density):
    params = {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7}
    ours = with_effects(ParetoNBD(), params, purchase=0.4, dropout=0.3)
    z = Z[:, 0]
    theirs = density(
        "ParetoNBD",
        RECENCY,
        X,
        r=0.55,
        alpha=10.6 * np.exp(-0.4 * z),
        s=0.61,
        beta=11.7 * np.exp(-0.3 * z),
        T=AGE,
    )
    found = ours.log_likelihood(X, RECENCY, AGE, {"z": z})
    np.testing.assert_allclose(found, theirs, rtol=1e-7)


def test_mbg_nbd(density):
    ours = ModifiedBetaGeo().with_parameters(CDNOW)
    theirs = density("ModifiedBetaGeoNBD", RECENCY, X, **CDNOW, T=AGE)
    np.testing.assert_allclose(ours.log_likelihood(X, RECENCY, AGE), theirs, rtol=1e-7)


def test_bg_bb(density):
    params = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.78}
    ours = BetaGeoBetaBinomial().with_parameters(params)
    x, last = np.array([0.0, 1.0, 3.0, 6.0]), np.array([0.0, 4.0, 5.0, 6.0])
    n = np.full(4, 6.0)
    theirs = density("BetaGeoBetaBinom", last, x, **params, T=n)
    np.testing.assert_allclose(ours.log_likelihood(x, last, n), theirs, rtol=1e-7)
