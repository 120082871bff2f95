"""Fits and derived values that the literature and other packages print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
    ShiftedBetaGeometric,
)


def fitted(model, data: pd.DataFrame):
    return model.fit(data["frequency"], data["recency"], data["T"])


def close(params: dict[str, float], expected: list[float], digits: int) -> None:
    np.testing.assert_allclose(list(params.values()), expected, rtol=0, atol=10**-digits)


def test_bg_nbd_on_cdnow(cdnow):
    model = fitted(BetaGeo(), cdnow)
    close(model.params_, [0.242593, 4.413532, 0.792886, 2.425754], 6)
    assert model.log_likelihood_ == pytest.approx(-9582.4256, abs=5e-5)
    assert model.n_customers_ == 2357
    assert model.converged_
    assert model.warnings_ == []


def test_mbg_nbd_on_cdnow(cdnow):
    model = fitted(ModifiedBetaGeo(), cdnow)
    close(model.params_, [0.524838, 6.182991, 0.891356, 1.614000], 5)
    assert model.log_likelihood_ == pytest.approx(-9582.1327, abs=5e-5)


def test_pareto_nbd_on_cdnow(cdnow):
    model = fitted(ParetoNBD(), cdnow)
    close(model.params_, [0.553276, 10.577613, 0.606213, 11.667907], 5)
    assert model.log_likelihood_ == pytest.approx(-9594.9739, abs=5e-5)
    published = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    np.testing.assert_allclose(list(model.standard_errors_.values()), published, rtol=2e-4)


def test_gamma_gamma_on_cdnow_repeaters(cdnow_spend):
    model = GammaGamma().fit(cdnow_spend["frequency"], cdnow_spend["mean"])
    close(model.params_, [6.25, 3.74, 15.44], 2)
    assert model.n_customers_ == 946
    assert model.log_likelihood_ == pytest.approx(-4055.9177, abs=5e-5)
    assert model.population_mean_ == pytest.approx(35.17, abs=5e-3)


def test_gamma_gamma_expects_the_published_spend_of_the_first_customers(cdnow_spend):
    model = GammaGamma().fit(cdnow_spend["frequency"], cdnow_spend["mean"])
    by_person = cdnow_spend.set_index("person").reindex(range(1, 11)).fillna(0.0)
    expected = model.expected_value(by_person["frequency"], by_person["mean"])
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    np.testing.assert_allclose(expected, published, atol=0.012)


def test_bg_nbd_expectations_on_cdnow(cdnow):
    model = fitted(BetaGeo(), cdnow)
    new = model.expected_purchases_new([0.1429, 1, 3, 31.8571, 32, 78])
    np.testing.assert_allclose(new, [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], atol=5e-4)
    assert model.expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)


def test_bg_nbd_chances_of_purchase_counts():
    model = BetaGeo().with_parameters({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    assert model.probability_of_purchases(0, 39) == pytest.approx(0.5737864, abs=5e-8)
    assert model.probability_of_purchases(10, 2) == pytest.approx(1.07869e-07, rel=1e-5)
    published = [
        0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638,
        0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260,
    ]  # fmt: skip
    chances = model.probability_of_purchases(np.arange(11, 21), 30)
    np.testing.assert_allclose(chances, published, atol=1e-9)


def test_bg_nbd_log_likelihood_of_extreme_histories():
    """Hardie's note on #NUM! errors; the value of PyMC-Marketing's tests."""
    model = BetaGeo().with_parameters({"r": 0.25, "alpha": 4, "a": 0.8, "b": 2.5})
    found = model.log_likelihood([0, 200], [0, 38], [40, 40])
    np.testing.assert_allclose(found, [-0.59947382, 100.7957], atol=5e-5)


def test_pareto_nbd_expectations():
    model = ParetoNBD().with_parameters(
        {"r": 0.5532, "alpha": 10.5776, "s": 0.6062, "beta": 11.669}
    )
    assert model.expected_purchases(52, 26, 30.86, 31) == pytest.approx(25.46, abs=5e-3)
    rounded = model.with_parameters({"r": 0.55, "alpha": 10.56, "s": 0.61, "beta": 11.64})
    published = [
        0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466,
        0.27361274, 0.31335159, 0.35181024, 0.38909211,
    ]  # fmt: skip
    np.testing.assert_allclose(
        rounded.expected_purchases_new(np.arange(1, 10)), published, atol=6e-9
    )


def test_pareto_nbd_alive_is_finite_where_other_packages_gave_nan():
    """The histories of CLVTools' regression test."""
    model = ParetoNBD().with_parameters(
        {"r": 0.5143, "alpha": 2.8845, "s": 0.2856, "beta": 14.1087}
    )
    alive = model.probability_alive(
        [221, 254, 161, 204],
        [103.42857, 97.14286, 94.71429, 98.57143],
        [103.57143, 97.28571, 98.00000, 99.42857],
    )
    assert np.isfinite(alive).all()
    np.testing.assert_allclose(alive[:2], [0.9996, 0.9996], atol=1e-4)


def test_exact_dates_give_the_log_likelihoods_of_clvtools(cdnow_split):
    columns = (cdnow_split[name] for name in ("frequency", "recency", "age"))
    assert BetaGeo().fit(*columns).log_likelihood_ == pytest.approx(-9582.429, abs=5e-4)
    columns = (cdnow_split[name] for name in ("frequency", "recency", "age"))
    model = ParetoNBD().fit(*columns)
    assert model.log_likelihood_ == pytest.approx(-9594.976, abs=5e-4)
    # its search stops a little before the top
    clvtools = [0.55315, 10.57633, 0.60625, 11.67150]
    np.testing.assert_allclose(list(model.params_.values()), clvtools, rtol=3e-4)


def test_holdout_on_cdnow(cdnow_split):
    later = cdnow_split["later"].to_numpy()
    assert (cdnow_split["frequency"].sum(), later.sum()) == (2457, 1882)
    assert (cdnow_split["frequency"] == 0).sum() == 1411
    history = [cdnow_split[name] for name in ("frequency", "recency", "age")]
    expected = BetaGeo().fit(*history).expected_purchases(39, *history)
    assert expected.sum() == pytest.approx(1653.4, abs=0.05)
    assert round(np.corrcoef(expected, later)[0, 1], 4) >= 0.6256
    assert np.mean(np.abs(expected - later)) == pytest.approx(0.7855, abs=1e-4)
    assert np.sqrt(np.mean((expected - later) ** 2)) == pytest.approx(1.608, abs=5e-4)


def test_bg_bb_on_donations(donations):
    cells = [donations[name] for name in ("frequency", "recency", "periods")]
    people = donations["weights"].to_numpy()
    model = BetaGeoBetaBinomial().fit(*cells, people)
    close(model.params_, [1.203522, 0.749716, 0.656718, 2.783443], 5)
    assert model.log_likelihood_ == pytest.approx(-33225.5813, abs=5e-5)
    assert model.n_customers_ == 11104
    assert people @ model.expected_purchases(5, *cells) == pytest.approx(12884.2, abs=0.05)
    counts = 11104 * model.probability_of_purchases([0, 6], 6)
    np.testing.assert_allclose(counts, [3454.9, 1253.1], atol=0.05)
    next_period = model.probability_alive([0, 2, 6], [0, 4, 6], 6) * model.retention_rate(6)
    np.testing.assert_allclose(next_period, [0.11, 0.59, 0.93], atol=0.005)


@pytest.mark.parametrize(
    ("survivors", "params", "log_likelihood", "after_12"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], [0.668088, 3.806096], -1611.1581, 0.37800),
        ([1000, 631, 468, 382, 326, 289, 262, 241], [0.704077, 1.182043], -1680.2652, 0.17004),
    ],
)
def test_sbg_on_published_cohorts(survivors, params, log_likelihood, after_12):
    model = ShiftedBetaGeometric.from_survivors(survivors)
    close(model.params_, params, 5)
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=5e-5)
    assert model.survival(12) == pytest.approx(after_12, abs=5e-6)
    assert model.n_customers_ == 1000
