"""Bursts of growth are found where they are, and not where growth is only uneven."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.people.authenticity_growth import bursts, expected_course


def test_false_bursts_are_rare_in_uneven_growth():
    """Over-dispersed counts with a trend and a weekly shape, and nothing bought: 60 brands."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        days = np.arange(500)
        mean = (2 + days / 100) * (1 + 0.3 * np.sin(days * 2 * np.pi / 7))
        found += len(bursts(rng.negative_binomial(2, 2 / (2 + mean)).astype(float)))
    assert found <= 6


@pytest.mark.parametrize("rate", [0.1, 1.0, 5.0, 40.0])
def test_a_bought_lot_is_found_on_its_day_with_its_size(rate):
    rng = np.random.default_rng(7)
    counts = rng.poisson(rate, 400).astype(float)
    counts[200] += 30 + 6 * rate
    counts[201] += 15 + 3 * rate
    (burst,) = bursts(counts)
    assert (burst.first, burst.last) == (200, 201)
    assert burst.low <= 45 + 9 * rate <= burst.high


def test_days_that_are_not_known_are_no_days_without_growth():
    counts = np.full(300, 4.0)
    counts[100:200] = np.nan
    assert bursts(counts) == ()
    assert expected_course(counts)[[50, 250]] == pytest.approx([4, 4])


def test_a_short_or_an_empty_course_has_no_burst():
    assert bursts(np.array([0.0, 50.0])) == ()
    assert bursts(np.zeros(200)) == ()


def test_steady_growth_that_doubles_in_a_month_is_no_burst():
    assert bursts(np.round(5 * 2 ** (np.arange(120) / 30))) == ()
