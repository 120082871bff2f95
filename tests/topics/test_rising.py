"""Growth has a range that holds, and few of the topics told as changed did not change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rapport.listening.themes.rising import discovered, growth, newness, scatter_of


@pytest.mark.parametrize(("rate", "times", "scatter"), [(30, 1, 1), (12, 2, 1), (60, 0.5, 3)])
def test_the_range_holds_the_truth_nine_times_in_ten(
    rate: float, times: float, scatter: float
) -> None:
    rng = np.random.default_rng(2)
    draws = 2000
    if scatter == 1:
        recent, before = rng.poisson(rate * times, draws), rng.poisson(3 * rate, draws)
    else:  # gamma-Poisson with variance = scatter × mean
        chance = 1 / scatter
        recent = rng.negative_binomial(rate * times * chance / (1 - chance), chance, draws)
        before = rng.negative_binomial(3 * rate * chance / (1 - chance), chance, draws)
    held = [
        (found := growth(r, b, 3, scatter)).low <= times <= found.high
        for r, b in zip(recent.tolist(), before.tolist(), strict=True)
    ]
    assert 0.86 <= np.mean(held) <= 0.95


def test_no_more_than_one_in_ten_of_those_told_is_false() -> None:
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(200):
        real = np.arange(60) < 12
        recent = rng.poisson(np.where(real, 60, 20))
        before = rng.poisson(60, 60)
        pairs = zip(recent.tolist(), before.tolist(), strict=True)
        told = np.array(discovered([growth(r, b, 3).chance for r, b in pairs]))
        shares.append((told & ~real).sum() / max(told.sum(), 1))
        assert (told & real).sum() >= 9
    assert np.mean(shares) <= 0.11


def test_discovery_is_that_of_scipy() -> None:
    chances = np.random.default_rng(5).uniform(0, 0.3, 40)
    ours = discovered(chances.tolist(), share=0.2)
    assert ours == (stats.false_discovery_control(chances) <= 0.2).tolist()


def test_a_topic_that_was_always_there_is_not_new() -> None:
    assert newness(20, 0, exposure=12) < 0.01
    assert newness(20, 240, exposure=12) > 0.99
    assert newness(2, 0, exposure=12) == 1.0


def test_scatter_is_seen_in_weekly_counts() -> None:
    rng = np.random.default_rng(6)
    assert scatter_of(rng.poisson(20, (30, 20))) == pytest.approx(1.0, abs=0.15)
    wild = rng.negative_binomial(20 / 3, 1 / 4, (30, 20))
    assert scatter_of(wild) == pytest.approx(4.0, rel=0.2)
