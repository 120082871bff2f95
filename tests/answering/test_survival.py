"""Waiting curves: reference values, the peer's answers, and what the data cannot carry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening.answering.survival import curve

# Freireich et al. 1963, 6-mercaptopurine: weeks, and whether the remission ended; the curve as
# printed in Kalbfleisch & Prentice 1980 and in every textbook since.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_a_textbook_curve() -> None:
    found = curve(WEEKS, ENDED, 1 - np.array(ENDED))
    assert found.minutes.tolist() == [6, 7, 10, 13, 16, 22, 23]
    stays = [0.857, 0.807, 0.753, 0.690, 0.628, 0.538, 0.448]
    np.testing.assert_allclose(1 - found.share, stays, atol=6e-4)
    assert found.quantile(0.5).value == 23
    assert math.isnan(found.quantile(0.9).value)
    assert (found.requests, found.answered, found.waiting) == (21, 9, 12)


def test_equal_to_lifelines_with_many_still_waiting() -> None:
    lifelines = pytest.importorskip("lifelines")
    from lifelines.utils import median_survival_times, qth_survival_times

    rng = np.random.default_rng(5)
    took, watched = np.ceil(rng.lognormal(5, 1.5, (2, 3000)) * [[1], [1.6]])
    seen, answered = np.minimum(took, watched), took <= watched
    peer = lifelines.KaplanMeierFitter(alpha=0.1).fit(seen, answered)
    found = curve(seen, answered, ~answered)
    places = peer.confidence_interval_.loc[found.minutes].to_numpy()
    stays = peer.survival_function_.loc[found.minutes].to_numpy()[:, 0]
    np.testing.assert_allclose(1 - found.share, stays, atol=1e-12)
    inner = found.share < 1 - 1e-12
    np.testing.assert_allclose(1 - found.high[inner], places[inner, 0], atol=1e-12)
    np.testing.assert_allclose(1 - found.low[inner], places[inner, 1], atol=1e-12)
    median = found.quantile(0.5)
    assert median.value == peer.median_survival_time_
    ends = np.sort(median_survival_times(peer.confidence_interval_).to_numpy().ravel())
    assert [median.low, median.high] == ends.tolist()
    assert found.quantile(0.7).value == qth_survival_times(0.3, peer.survival_function_)


def test_other_ends_as_lifelines_has_them() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(6)
    minutes, how = rng.permutation(np.arange(1.0, 901)), rng.integers(0, 3, 900)
    peer = lifelines.AalenJohansenFitter(alpha=0.1).fit(minutes, how, event_of_interest=1)
    found = curve(minutes, how == 1, how == 0, how == 2)
    shares = peer.cumulative_density_.loc[found.minutes].to_numpy()[:, 0]
    np.testing.assert_allclose(found.share, shares, atol=1e-12)
    ends = peer.confidence_interval_.loc[found.minutes].to_numpy()
    later = slice(20, None)  # the peer's variance is Aalen's: alike but for the first few
    np.testing.assert_allclose(found.low[later], ends[later, 0], atol=0.003)
    np.testing.assert_allclose(found.high[later], ends[later, 1], atol=0.003)


def test_closed_without_an_answer_is_not_a_wait_cut_short() -> None:
    as_end = curve([10, 20], [5, 0], [0, 0], [0, 5])
    cut_short = curve([10, 20], [5, 0], [0, 5])
    assert as_end.within(1e6).value == 0.5  # nobody else will be answered
    assert math.isnan(cut_short.within(1e6).value)  # who knows: they may be
    assert as_end.quantile(0.5).value == 10
    assert math.isnan(as_end.quantile(0.9).value)


def test_nobody_answered_yet() -> None:
    found = curve([60], [0], [8])
    told = found.within(30)
    assert told.value == 0
    assert 0.1 < told.high < 0.3
    assert math.isnan(found.quantile(0.5).value)
    assert math.isinf(found.quantile(0.5).high)


def test_no_request_at_all() -> None:
    found = curve([], [], [])
    assert found.requests == 0
    assert math.isnan(found.quantile(0.5).value)
    assert math.isnan(found.within(60).value)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)),
        min_size=1,
        max_size=40,
    )
)
def test_a_curve_rises_within_its_range_and_grouping_changes_nothing(
    rows: list[tuple[int, int, int, int]],
) -> None:
    minutes, answered, waiting, ended = (list(c) for c in zip(*rows, strict=True))
    found = curve(minutes, answered, waiting, ended)
    assert np.all(np.diff(found.share) >= 0)
    assert np.all(found.low <= found.share + 1e-12)
    assert np.all(found.share <= found.high + 1e-12)
    assert found.requests == sum(answered) + sum(waiting) + sum(ended)
    single = [
        (m, *kind)
        for m, *counts in rows
        for kind, n in zip(np.eye(3, dtype=int).tolist(), counts, strict=True)
        for _ in range(n)
    ]
    if single:
        again = curve(*(list(c) for c in zip(*single, strict=True)))
        np.testing.assert_allclose(again.share, found.share, atol=1e-12)
        np.testing.assert_allclose(again.low, found.low, atol=1e-9)
    if not sum(waiting) and found.requests:
        assert found.within(50).value == pytest.approx(found.answered / found.requests)


def test_what_cannot_be_counts_is_said_at_once() -> None:
    with pytest.raises(Problem) as caught:
        curve([1, -2], [1, math.nan], [1, 0, 0])
    assert len(caught.value.faults) == 3
