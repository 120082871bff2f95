"""The ordinal model, what corrects for who answers, and the shares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from rapport.engagement.closeness.answering_odds import ASSUMED, eagerness
from rapport.engagement.closeness.model import (
    GONE,
    USUAL,
    Answered,
    Cells,
    learn,
    mixed,
    shares,
)
from rapport.engagement.closeness.ordinal import (
    Beforehand,
    _cost,
    cuts_for,
    fitted,
    level_probabilities,
)
from rapport.engagement.closeness.reading import places_of

CUTS = np.array([-1.4, -0.2, 1.3])


def drawn(size: int, seed: int = 0, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, and levels drawn from them."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((size, 2))
    chances = level_probabilities(slope * x @ np.array([1.0, -0.5]), CUTS)
    level = (rng.random((size, 1)) > np.cumsum(chances, 1)).sum(1)
    return x, level


def test_the_slope_of_the_cost_is_right():
    x, level = drawn(40)
    weight = np.linspace(0.5, 2, 40)
    held, trust = np.array([0.3, 0.1, -1.0, 0.2, 0.1]), np.array([1.0, 2.0, 0.3, 0.3, 0.3])
    at = np.array([0.7, -0.2, -1.2, 0.1, 0.4])
    found = _cost(at, (x, level, weight), held, trust)[1]
    told = approx_fprime(at, lambda p: _cost(p, (x, level, weight), held, trust)[0], 1e-7)
    assert found == pytest.approx(told, rel=1e-4, abs=1e-4)


def test_the_fit_finds_what_made_the_levels():
    x, level = drawn(30_000)
    told = fitted(x, level, np.ones(30_000), Beforehand(np.zeros(2), np.ones(2), CUTS + 1, 0.01))
    assert told.weights == pytest.approx([1.0, -0.5], abs=0.05)
    assert told.cuts == pytest.approx(CUTS, abs=0.06)


def test_few_answers_leave_the_weights_known_beforehand():
    x, level = drawn(5)
    before = Beforehand(np.array([0.8, 0.1]), np.full(2, 1e4), CUTS, 1e4)
    told = fitted(x, level, np.ones(5), before)
    assert told.weights == pytest.approx([0.8, 0.1], abs=0.01)
    assert told.cuts == pytest.approx(CUTS, abs=0.01)


def test_cuts_for_shares_give_these_shares():
    score = np.linspace(-3, 3, 50)
    cuts = cuts_for(USUAL, score, np.arange(1.0, 51.0))
    part = np.arange(1.0, 51.0) / np.arange(1.0, 51.0).sum()
    assert part @ level_probabilities(score, cuts) == pytest.approx(USUAL, abs=1e-6)


def answering(ratio: float, people: int = 60_000, waves: int = 8) -> tuple[np.ndarray, ...]:
    """Return the answers of people of whom those at either end answer `ratio` times as often."""
    rng = np.random.default_rng(4)
    extreme = rng.random(people) < 0.4
    rows = []
    for wave in range(waves):
        changed = rng.random(people) < 0.1
        extreme = np.where(changed, rng.random(people) < 0.4, extreme)
        chance = 0.02 * np.where(extreme, ratio, 1.0)
        who = np.flatnonzero(rng.random(people) < chance)
        rows += [(k, 3 * wave, extreme[k]) for k in who.tolist()]
    person, month, ends = (np.array(column) for column in zip(*rows, strict=True))
    return person, month, ends.astype(bool), np.zeros(len(person))


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_who_answers_more_is_learnt_from_who_answers_again(ratio):
    told = eagerness(*answering(ratio))
    assert told.pairs > 300
    assert np.exp(told.mean) == pytest.approx(ratio, rel=0.25)


def test_without_anybody_answering_twice_the_assumption_holds():
    person = np.arange(50)
    told = eagerness(person, person % 7, person % 2 == 0, np.zeros(50))
    assert told.pairs == 0
    assert told.mean == pytest.approx(ASSUMED, abs=0.05)


def surveyed(seed: int, ratio: float = 2.0) -> tuple[Answered, Cells, np.ndarray]:
    """Return the answers of a brand, its customers, and their true shares."""
    rng = np.random.default_rng(seed)
    x, level = drawn(20_000, seed)
    chance = 0.02 * np.where(np.isin(level, (0, 3)), ratio, 1.0)
    rows = np.flatnonzero(rng.random(20_000) < chance)
    answered = Answered(
        rows, rng.integers(0, 12, len(rows)), level[rows], x[rows], np.zeros(len(rows))
    )
    score = x @ np.array([0.7, -0.7])
    cells = Cells.of(score, np.zeros(20_000))
    return answered, cells, np.bincount(level, minlength=4) / 20_000


@pytest.mark.slow
def test_shares_lie_inside_their_ranges_though_the_happy_and_the_angry_answer_more():
    inside = []
    for seed in range(6):
        answered, cells, true = surveyed(seed)
        before = np.array([0.7, -0.7])
        model = learn(answered, before, cells, np.random.default_rng(seed))
        x = drawn(20_000, seed)[0]
        there = Cells.of(x @ model.weights, np.zeros(20_000))
        told = shares(model, there)
        low, high = np.quantile(told[1:], [0.05, 0.95], axis=0)
        inside += ((low <= true) & (true <= high)).tolist()
        naive = np.bincount(answered.level, minlength=4) / len(answered)
        assert abs(told[0] - true).sum() < abs(naive - true).sum()
    assert np.mean(inside) >= 0.75


def test_without_answers_the_weights_are_ours_and_the_ranges_wide():
    _, cells, _ = surveyed(1)
    none = np.zeros(0, np.int64)
    empty = Answered(none, none, none, np.zeros((0, 2)), none)
    before = np.array([0.7, -0.7])
    model = learn(empty, before, cells, np.random.default_rng(0))
    assert model.learnt == 0
    assert model.weights.tolist() == before.tolist()
    told = shares(model, cells)
    assert told[0] == pytest.approx(USUAL, abs=0.001)
    low, high = np.quantile(told[1:], [0.05, 0.95], axis=0)
    assert (high - low > 0.2).all()


def test_who_has_surely_left_has_the_shares_of_those_who_left():
    told = mixed(np.array([5.0, 5.0]), np.array([1.0, 0.0]), CUTS)
    assert told[0] == pytest.approx(GONE)
    assert told[1, 0] > 0.9


def test_as_many_stand_on_each_level_as_the_probabilities_say():
    x, _ = drawn(5000)
    chances = level_probabilities(x @ np.array([1.0, -0.5]), CUTS)
    ends = places_of(chances, np.ones(5000))
    level = ((chances @ np.arange(4.0))[:, None] >= ends).sum(1)
    assert np.bincount(level, minlength=4) / 5000 == pytest.approx(chances.mean(0), abs=0.002)


def test_people_of_one_score_stand_on_one_level_in_the_middle_of_their_ranks():
    chances = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.25, 0.35, 0.3], [0.0, 0.1, 0.3, 0.6]])
    many = np.array([5.0, 90.0, 5.0])
    ends = places_of(chances, many)
    level = ((chances @ np.arange(4.0))[:, None] >= ends).sum(1)
    assert level.tolist() == [0, 2, 3]
