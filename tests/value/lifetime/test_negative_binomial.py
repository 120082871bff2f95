"""NBD: what is left of the others where nobody leaves."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.value.lifetime import BetaGeo, FitError, NegativeBinomial, ParetoNBD


def buyers(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    drawn = (
        NegativeBinomial()
        .with_parameters({"r": 1.5, "alpha": 10.0})
        .simulate(np.full(4000, 50.0), seed=seed)
    )
    return drawn["frequency"], drawn["recency"], drawn["age"]


def test_it_fits_where_the_others_refuse():
    history = buyers(7)
    for kind in (BetaGeo, ParetoNBD):
        with pytest.raises(FitError):
            kind().fit(*history)
    model = NegativeBinomial().fit(*history)
    spread = np.sqrt(np.diag(model.covariance_))
    gap = np.log(list(model.params_.values())) - np.log([1.5, 10.0])
    assert (np.abs(gap) < 4 * spread).all()
    assert model.warnings_ == []


def test_it_is_pareto_nbd_without_leaving():
    """With a mean lifetime of 10^9 weeks the two agree."""
    nbd = NegativeBinomial().with_parameters({"r": 0.8, "alpha": 9.0})
    stays = ParetoNBD().with_parameters({"r": 0.8, "alpha": 9.0, "s": 1.5, "beta": 1e9})
    history = ([0, 3, 20], [0, 20, 38], [39, 39, 39])
    np.testing.assert_allclose(
        nbd.log_likelihood(*history), stays.log_likelihood(*history), atol=1e-6
    )
    np.testing.assert_allclose(
        nbd.expected_purchases(26, *history), stays.expected_purchases(26, *history), rtol=1e-6
    )
    assert (nbd.probability_alive(*history) == 1).all()
    counts = np.arange(200)
    chances = nbd.probability_of_purchases(counts, 20)
    assert chances.sum() == pytest.approx(1)
    assert chances @ counts == pytest.approx(nbd.expected_purchases_new(20))


def test_simulated_futures_average_to_the_expectation():
    model = NegativeBinomial().with_parameters({"r": 0.8, "alpha": 9.0})
    history = (np.full(100_000, 3.0), np.full(100_000, 20.0), np.full(100_000, 39.0))
    drawn = model.simulate_purchases(26, *history, seed=1)
    error = drawn.std() / np.sqrt(len(drawn))
    assert drawn.mean() == pytest.approx(model.expected_purchases(26, 3, 20, 39), abs=4 * error)
