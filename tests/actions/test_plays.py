"""What a play is expected to bring, in which order plays come, and whom each is for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.actions.plays import money, play, wording
from rapport.actions.plays.play import LOST, TRUST, Money, Play, ranked
from rapport.estimate import Grade
from rapport.words import Words

amounts = st.floats(-1e6, 1e6)
grades = st.sampled_from(list(Grade))


@st.composite
def moneys(draw) -> Money:
    low, value, high = sorted((draw(amounts), draw(amounts), draw(amounts)))
    return Money(value, low, high, draw(grades), "kept")


plays = st.builds(
    Play, st.sampled_from(sorted(wording.TITLES)), st.just("t"), st.integers(0, 99),
    st.none() | moneys(),
)  # fmt: skip


@given(st.lists(plays, max_size=12))
def test_what_pays_comes_first_and_what_is_unknown_last(found):
    order = [each.standing for each in ranked(found)]
    places = [(play.PAYS, play.UNSURE, play.LOSES, play.UNKNOWN).index(each) for each in order]
    assert places == sorted(places)


@given(st.lists(plays, max_size=12), st.randoms())
def test_the_order_hangs_on_nothing_else(found, chance):
    def told() -> list[tuple[str, str, float]]:
        return [(each.key, each.standing, each.counted) for each in ranked(found)]

    before = told()
    chance.shuffle(found)
    assert told() == before


def test_each_grade_counts_for_no_more_than_the_stronger_one():
    order = [Grade.EXPERIMENT, Grade.NATURAL_EXPERIMENT, Grade.ADJUSTED, Grade.ASSUMPTION]
    weights = [TRUST[grade] for grade in order]
    assert weights == sorted(weights, reverse=True)
    assert set(TRUST) == set(Grade)


@given(moneys())
def test_a_loss_is_never_made_smaller(told):
    one = Play(play.SELL, "t", money=told)
    assert one.counted <= told.value or told.value > 0
    assert one.standing != play.PAYS or told.value > 0


def test_what_is_lost_in_its_range_is_not_sure():
    wide = Money(LOST * 90, -1000.0, 1000.0, Grade.ADJUSTED, "")
    assert Play(play.ANSWER, "t", money=wide).standing == play.UNSURE
    sure = Money(LOST * 90, 0.0, 1000.0, Grade.ADJUSTED, "")
    assert Play(play.ANSWER, "t", money=sure).standing == play.PAYS


def test_an_experiment_with_its_cost():
    row = {"effect": 3.0, "effect_low": -1.0, "effect_high": 7.0, "cost": 200.0, "sent": 100}
    found = money.of_experiment(row, 50)
    assert (found.value, found.low, found.high) == (50.0, -150.0, 250.0)
    assert found.grade is Grade.EXPERIMENT


def test_codes_are_worth_between_nothing_and_what_those_brought_who_took_one():
    values = {"people": 25, "value": 500.0, "squares": 25 * (20.0**2 + 10.0**2)}
    found = money.of_codes(values, 1)
    high = 20 + 1.6448536269514722 * 10 / math.sqrt(25)
    assert (found.low, found.value) == (0.0, 10.0)
    assert found.high == pytest.approx(high)
    assert money.of_codes({"people": 9, "value": 0.0, "squares": 0.0}, 5) is None


def test_answers_cost_what_they_cost():
    kept = Money(0.1, -0.05, 0.2, Grade.ADJUSTED, "kept")
    found = money.of_answers(kept, 1000.0, 10, 6.0)
    assert (found.value, found.low, found.high) == pytest.approx((40.0, -110.0, 140.0))
    assert money.of_answers(kept, 1000.0, 10, None).value == pytest.approx(100.0)


def test_articles_without_a_cost_of_contacts_have_no_money():
    rows = [{"contacts_saved": 10.0, "contacts_saved_high": 12.0}]
    assert money.of_articles(rows, None) is None
    assert money.of_articles([], 6.0) is None


def test_leaving_a_platform_saves_its_cost_less_what_it_brings():
    found = money.of_leaving({"cost": 100.0, "value": 20.0, "low": 10.0, "high": 60.0})
    assert (found.value, found.low, found.high) == (80.0, 40.0, 90.0)


@pytest.mark.parametrize("key", sorted(wording.TITLES))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_play_has_words_in_both_languages(key, language):
    evil = "<b>{x}"
    for said in (wording.title(key, evil), wording.to_do(key, evil), wording.why(key, "")):
        told = said.text(language)
        assert told
        if language == "fr" and "{subject}" not in said.message:
            assert told != said.message
    assert set(wording.TITLES) == set(wording.TO_DO) == set(wording.UNKNOWN)
    assert Words.of(language)(wording.TITLES[key].message)


def test_only_people_who_are_to_be_reached_have_a_part_held_out():
    assert "--hold-out" in wording.command(play.THANK, "advocates")
    assert wording.command(play.SPARE, "influencers") == "rapport table influencers"
