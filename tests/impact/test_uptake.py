"""The effect on those who connected because they were invited: closed form, oracle, truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.estimate import LEVEL
from rapport.impact.experiments.arms import Arm, adjusted, difference
from rapport.impact.experiments.looking import planned
from rapport.impact.experiments.regression import edge
from rapport.impact.experiments.uptake import moved


def trial(
    rng: np.random.Generator,
    people: int,
    took: float,
    anyway: float,
    effect: float = 6.0,
    *,
    varied: bool = True,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Columns of both arms (outcome, connected, past), and the true effect on those moved.

    Who connects anyway brings more to begin with; those moved gain `effect` in the mean.
    """
    taste = rng.gamma(2.0, 5.0, people)
    sort = rng.random(people)
    always, mover = sort < anyway, (sort >= anyway) & (sort < anyway + took)
    taste = taste + 8.0 * always
    gain = effect + (rng.normal(0.0, 5.0, people) if varied else 0.0)
    invited = rng.permutation(people) < people // 2
    connected = always | (mover & invited)
    past = taste * rng.gamma(4.0, 0.25, people)
    brings = taste * rng.gamma(4.0, 0.25, people) + gain * connected
    rows = np.column_stack([brings, connected, past]).astype(float)
    return rows[invited], rows[~invited], effect


def arms(sent: np.ndarray, held: np.ndarray, columns: int = 3) -> tuple[Arm, Arm]:
    return Arm.of(sent[:, :columns]), Arm.of(held[:, :columns])


def test_where_nobody_connects_uninvited_it_is_blooms_estimate():
    sent, held, _ = trial(np.random.default_rng(3), 2000, 0.3, 0.0)
    told = moved(*arms(sent, held, 2))
    gap = sent[:, 0].mean() - held[:, 0].mean()
    assert told.value == pytest.approx(gap / sent[:, 1].mean())
    # the closed form of Fieller's range, where only the arm that was invited varies in connecting
    n, m, t = len(sent), len(held), edge(told.invited.freedom)
    yy = sent[:, 0].var(ddof=1) / n + held[:, 0].var(ddof=1) / m
    dd = sent[:, 1].var(ddof=1) / n
    yd = np.cov(sent[:, 0], sent[:, 1])[0, 1] / n
    g = t**2 * dd / sent[:, 1].mean() ** 2
    lead = told.value - t**2 * yd / sent[:, 1].mean() ** 2
    inner = yy - 2 * told.value * yd + told.value**2 * dd - g * (yy - yd**2 / dd)
    half = t / sent[:, 1].mean() * math.sqrt(inner)
    ends = ((lead - half) / (1 - g), (lead + half) / (1 - g))
    assert (told.low, told.high) == pytest.approx(ends)


def test_two_stage_least_squares_says_the_same():
    gmm = pytest.importorskip("statsmodels.sandbox.regression.gmm")
    sent, held, _ = trial(np.random.default_rng(5), 3000, 0.5, 0.1)
    rows = np.vstack([sent, held])
    lot = np.repeat([1.0, 0.0], [len(sent), len(held)])
    ones = np.ones(len(rows))
    fitted = gmm.IV2SLS(
        rows[:, 0], np.column_stack([ones, rows[:, 1]]), np.column_stack([ones, lot])
    ).fit()
    told = moved(*arms(sent, held, 2))
    assert told.value == pytest.approx(fitted.params[1], rel=1e-9)
    # where uptake is strong, both ranges are nearly one
    half = edge(told.invited.freedom) * fitted.bse[1]
    assert told.high - told.low == pytest.approx(2 * half, rel=0.08)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(40, 400),
    took=st.floats(0.0, 0.9),
    anyway=st.floats(0.0, 0.1),
    looks=st.integers(1, 4),
    scale=st.sampled_from([1e-3, 1.0, 1e5]),
)
def test_the_range_is_what_a_test_of_each_effect_leaves(seed, people, took, anyway, looks, scale):
    sent, held, _ = trial(np.random.default_rng(seed), people, took, anyway)
    for rows in (sent, held):
        rows[:, 0] *= scale
    told = moved(*arms(sent, held), looks)
    assert told.invited == planned(adjusted(*_left(sent, held, 0.0)), looks)
    if not told.bounded:
        assert math.isnan(told.value) or told.uptake.low <= 0
        assert (told.low, told.high) == (-math.inf, math.inf)
        return
    assert told.uptake.low > 0
    assert told.low <= told.value <= told.high
    times = edge(told.invited.freedom, LEVEL ** (1 / looks))
    width = told.high - told.low
    for effect in np.linspace(told.low - width, told.high + width, 31):
        found = adjusted(*_left(sent, held, effect))
        inside = abs(found.value) <= times * found.error
        near = min(abs(effect - told.low), abs(effect - told.high)) < 1e-6 * width
        assert near or inside == (told.low <= effect <= told.high)


def _left(sent: np.ndarray, held: np.ndarray, effect: float) -> tuple[Arm, Arm]:
    """Arms of what is left of the outcome when an effect is taken off those who connected."""
    return tuple(
        Arm.of(np.column_stack([rows[:, 0] - effect * rows[:, 1], rows[:, 2]]))
        for rows in (sent, held)
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_sure_effect_of_the_invitation_is_a_sure_effect_of_connecting(seed):
    sent, held, _ = trial(np.random.default_rng(seed), 800, 0.3, 0.05, effect=(seed - 10) * 1.5)
    told = moved(*arms(sent, held), 3)
    assert told.bounded
    assert told.invited.sign == int(told.low > 0) - int(told.high < 0)


@pytest.mark.parametrize(
    ("took", "anyway", "people"),
    [(0.4, 0.0, 600), (0.2, 0.1, 1500), (0.04, 0.02, 800), (0.0, 0.05, 800)],
)
def test_nine_ranges_in_ten_hold_the_truth(took, anyway, people):
    rng = np.random.default_rng(29)
    held = ends = 0
    rounds = 600
    for _ in range(rounds):
        sent, out, truth = trial(rng, people, took, anyway)
        told = moved(*arms(sent, out))
        held += told.low <= truth <= told.high
        ends += told.bounded
    if took >= 0.2:
        assert 0.85 <= held / rounds <= 0.95
        assert ends == rounds
    else:  # an endless range holds everything: it is there to be told as "cannot tell"
        assert held / rounds >= 0.85
        assert ends / rounds < 0.95
    if took == 0.0:
        assert ends / rounds <= 0.08


def test_planned_looks_make_it_wider():
    sent, held, _ = trial(np.random.default_rng(8), 2000, 0.3, 0.05)
    one, three = (moved(*arms(sent, held), looks) for looks in (1, 3))
    assert one.value == three.value
    assert three.low < one.low < one.high < three.high


def test_what_was_known_before_makes_it_narrower():
    sent, held, _ = trial(np.random.default_rng(9), 3000, 0.4, 0.05)
    bare, told = moved(*arms(sent, held, 2)), moved(*arms(sent, held))
    assert told.high - told.low < 0.9 * (bare.high - bare.low)


def test_everybody_invited_connecting_is_the_plain_effect():
    sent, held, _ = trial(np.random.default_rng(2), 500, 1.0, 0.0)
    told = moved(*arms(sent, held, 2))
    plain = difference(Arm.of(sent[:, :1]), Arm.of(held[:, :1]))
    assert (told.uptake.value, told.uptake.error) == (1.0, 0.0)
    assert (told.value, told.low, told.high) == pytest.approx((plain.value, plain.low, plain.high))


@pytest.mark.parametrize(("sent_share", "held_share"), [(0.0, 0.0), (1.0, 1.0), (0.1, 0.5)])
def test_no_uptake_or_the_wrong_way_round_says_nothing_of_those_who_connect(sent_share, held_share):
    rng = np.random.default_rng(4)
    sent, held = (
        np.column_stack([rng.gamma(2.0, 5.0, 300), np.arange(300) < 300 * share]).astype(float)
        for share in (sent_share, held_share)
    )
    told = moved(Arm.of(sent), Arm.of(held))
    assert not told.bounded
    assert math.isnan(told.value)
    assert math.isfinite(told.invited.value)
