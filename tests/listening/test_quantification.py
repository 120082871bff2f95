"""Shares corrected for the model's errors hold the truth, where counting what it says does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rapport.errors import Problem
from rapport.listening.trust.quantification import (
    BINS,
    DRIFT,
    Correction,
    binned,
    drifts,
    labelled_share,
)


def _scores(
    kind: NDArray[np.bool_], moved: float, chance: np.random.Generator
) -> NDArray[np.int64]:
    logit = np.where(kind, 1.0, -1.6) + moved + 1.2 * chance.standard_normal(len(kind))
    return np.bincount(binned(1 / (1 + np.exp(-logit))), minlength=BINS)


def _known(
    chance: np.random.Generator, places: int, each: int, wander: float
) -> NDArray[np.float64]:
    known = np.zeros((places, 2, BINS))
    for place in known:
        moved = wander * chance.standard_normal()
        kind = chance.random(each) < 0.3
        for side in (0, 1):
            place[side] = _scores(kind[kind == bool(side)], moved, chance)
    return known


@pytest.mark.parametrize("truth", [0.05, 0.3, 0.6])
def test_nine_ranges_in_ten_hold_the_truth_and_counting_does_not(truth: float) -> None:
    chance = np.random.default_rng(3)
    held, off, tries = 0, [], 80
    for _ in range(tries):
        correction = Correction(_known(chance, 12, 60, 0.0), drift=0.0)
        kind = chance.random(800) < truth
        found = correction.share(_scores(kind, 0.0, chance), raw=0.0)
        held += found.low <= kind.mean() <= found.high
        off.append(found.value - kind.mean())
    assert 0.83 <= held / tries <= 0.99
    assert abs(float(np.mean(off))) < 0.015
    kind = chance.random(100_000) < truth
    said = _scores(kind, 0.0, chance)[BINS // 2 :].sum() / 100_000
    assert truth == 0.3 or abs(said - truth) > 0.05


def test_places_that_differ_widen_the_range() -> None:
    chance = np.random.default_rng(4)
    alike, apart = (_known(chance, 12, 400, wander) for wander in (0.0, 0.6))
    assert drifts(alike) == (DRIFT, DRIFT)
    assert all(0.3 < each < 1.2 for each in drifts(apart))
    counts = _scores(chance.random(2000) < 0.3, 0.0, chance)
    narrow = Correction(alike, drift=0.0).share(counts, raw=0.3)
    wide = Correction(apart).share(counts, raw=0.3)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_few_places_suppose_the_usual_drift() -> None:
    assert drifts(_known(np.random.default_rng(1), 1, 500, 0.0)) == (DRIFT, DRIFT)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=BINS, max_size=BINS))
def test_a_share_lies_in_its_range_and_the_range_between_nothing_and_all(counts: list[int]) -> None:
    correction = Correction(_known(np.random.default_rng(2), 3, 200, 0.0))
    found = correction.share(counts, raw=0.5)
    assert 0 <= found.low <= found.high <= 1
    assert found.messages == sum(counts)
    if found.messages:
        assert found.low <= found.value <= found.high


def test_without_labels_of_either_side_it_says_what_to_do() -> None:
    known = np.zeros((1, 2, BINS))
    with pytest.raises(Problem, match="rapport label"):
        Correction(known)


def test_own_labels_hold_the_truth_wherever_the_model_is_wrong() -> None:
    chance = np.random.default_rng(5)
    held, tries = 0, 200
    for _ in range(tries):
        rates = chance.beta(1, 3, BINS)  # the scores say nothing of these
        counts = chance.integers(20, 200, BINS)
        having = [chance.random(n) < rate for n, rate in zip(counts, rates, strict=True)]
        truth = sum(int(h.sum()) for h in having) / counts.sum()
        labelled = np.full(BINS, 10)
        hits = np.array([h[:10].sum() for h in having])
        found = labelled_share(counts, labelled, hits, np.full(BINS, 0.25), raw=0.0)
        held += found.low <= truth <= found.high
    assert 0.84 <= held / tries <= 0.97


def test_all_labelled_leaves_nothing_to_chance() -> None:
    counts = np.zeros(BINS)
    counts[3], counts[9] = 40, 10
    having = np.zeros(BINS)
    having[3], having[9] = 4, 8
    found = labelled_share(counts, counts, having, np.full(BINS, 0.5), raw=0.2)
    assert (found.low, found.value, found.high) == pytest.approx((0.24, 0.24, 0.24))
