"""From answers to a score, a level and the class of the public rule; how reliable, how lasting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.engagement.closeness.agreement import kappa
from rapport.engagement.closeness.recent import STAYS, Measured, combined, measured
from rapport.engagement.closeness.scoring import (
    EMOTIONAL,
    LEVELS,
    LIMITS,
    RATIONAL,
    SCORED,
    SECURE,
    alpha,
    level_of,
    scored,
)
from rapport.questionnaire import BY_CODE


def filled(**given: float) -> dict[str, np.ndarray]:
    """Return one questionnaire; what is not given was skipped."""
    return {code: np.array([given.get(code, np.nan)]) for code in SCORED}


def same(emotional: float, rational: float, recommend: float) -> dict[str, float]:
    return dict.fromkeys(EMOTIONAL, emotional) | {
        "satisfaction": rational, "return": rational, "recommend": recommend
    }  # fmt: skip


def test_every_item_of_the_questionnaire_with_a_scale_counts():
    assert {code for code, item in BY_CODE.items() if item.high} == set(SCORED)


@pytest.mark.parametrize(
    ("emotional", "rational", "recommend", "score", "level", "secure"),
    [
        (5, 5, 10, 100.0, "fully engaged", "secure"),
        (4, 5, 9, 100 * (2 * 0.75 + 2.9 / 3) / 3, "engaged", "secure"),
        (4, 4, 8, 100 * (2 * 0.75 + 2.3 / 3) / 3, "engaged", "favorable"),
        (3, 3, 5, 50.0, "not engaged", "vulnerable"),
        (2, 3, 6, 100 * (2 * 0.25 + 1.6 / 3) / 3, "actively disengaged", "vulnerable"),
        (5, 5, 4, 100 * (2 + 2.4 / 3) / 3, "fully engaged", "at risk"),
        (1, 1, 0, 0.0, "actively disengaged", "at risk"),
    ],
)
def test_scores_levels_and_the_public_rule(emotional, rational, recommend, score, level, secure):
    told = scored(filled(**same(emotional, rational, recommend)))
    assert told.score[0] == pytest.approx(score)
    assert LEVELS[told.level[0]] == level
    assert SECURE[told.secure[0]] == secure
    assert told.answered[0] == 11


def test_a_limit_belongs_to_the_closer_level():
    for number, limit in enumerate(LIMITS):
        assert level_of(np.array([limit, limit - 0.01])).tolist() == [number, number + 1]


@pytest.mark.parametrize(
    ("there", "enough"),
    [
        ([*EMOTIONAL[:4], "recommend"], True),
        ([*EMOTIONAL[:3], *RATIONAL], False),
        (list(EMOTIONAL), False),
        (list(RATIONAL), False),
        ([], False),
    ],
)
def test_too_few_answers_give_no_score(there, enough):
    whole = same(4, 4, 8)
    told = scored(filled(**{code: whole[code] for code in there}))
    assert bool(told.level[0] >= 0) is enough
    assert bool(np.isnan(told.score[0])) is not enough


@given(st.lists(st.integers(1, 5), min_size=8, max_size=8), st.sets(st.integers(0, 7), max_size=4))
def test_the_score_stays_on_its_scale_and_skipping_a_usual_answer_changes_nothing(given_, skipped):
    whole = dict(zip(EMOTIONAL, given_, strict=True)) | {"recommend": 7}
    told = scored(filled(**whole)).score[0]
    assert 0 <= told <= 100
    even = dict.fromkeys(EMOTIONAL, 4.0) | {"recommend": 7.0}
    part = {code: v for k, (code, v) in enumerate(even.items()) if k not in skipped}
    assert scored(filled(**part)).score[0] == pytest.approx(scored(filled(**even)).score[0])


def test_alpha_is_that_of_the_formula():
    rng = np.random.default_rng(3)
    felt = rng.standard_normal(4000)
    answers = {code: felt + rng.standard_normal(4000) for code in SCORED}
    # items correlate by one half: 11 × 0.5 / (1 + 10 × 0.5)
    assert alpha(answers) == pytest.approx(5.5 / 6, abs=0.01)
    assert np.isnan(alpha({code: np.ones(3) for code in SCORED}))


def test_an_old_score_tells_less_than_a_fresh_one_and_at_last_nothing():
    how = Measured(mean=65.0, spread=20.0, reliable=0.9)
    told = how.probabilities(np.array([98.0] * 3), np.array([0, 24, 5000]))
    assert told.sum(1) == pytest.approx(1)
    assert told[0, 0] > 0.9 > told[1, 0] > told[2, 0]
    assert told[2] == pytest.approx(how.usual, abs=1e-9)
    assert 0 < STAYS < 1


def test_probabilities_of_scores_come_true():
    rng = np.random.default_rng(1)
    true = 60 + 20 * rng.standard_normal(200_000)
    score = true + 8 * rng.standard_normal(200_000)
    how = measured(score, alpha=400 / 464)
    told = how.probabilities(score, np.zeros(len(score)))
    level = level_of(true)
    for each in range(4):
        sure = told[:, each] > 0.5
        assert (level[sure] == each).mean() == pytest.approx(told[sure, each].mean(), abs=0.01)


def test_what_is_usual_adds_nothing_to_deeds():
    deeds = np.array([[0.4, 0.3, 0.2, 0.1]])
    usual = np.array([0.1, 0.2, 0.3, 0.4])
    assert combined(deeds, usual[None], usual) == pytest.approx(deeds)
    sure = combined(deeds, np.array([[0.0, 0.0, 0.0, 1.0]]), usual)
    assert sure[0, 3] == pytest.approx(1)


def test_kappa_agrees_with_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    said = rng.integers(0, 4, 500)
    told = np.clip(said + rng.integers(-1, 2, 500), 0, 3)
    weight = rng.random(500)
    oracle = cohen_kappa_score(said, told, weights="quadratic", sample_weight=weight)
    assert kappa(said, told, weight) == pytest.approx(oracle)
