"""Stay, test, leave or cannot tell: the rule, and what is said of a small brand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.impact.platforms.verdicts import LEAVE, STAY, TEST, UNTOLD, Yearly, verdict
from rapport.settings import parse_settings
from rapport.steps.platforms import _caused, _comes_for, _costs, _shown

AMOUNT = st.floats(0, 1e6)


def test_the_low_end_must_exceed_the_cost_to_stay_and_the_high_end_stay_below_it_to_leave():
    caused = (900.0, 500.0, 1400.0)
    assert verdict(Yearly(400, 100, *caused, visits=300.0, cost=499.0), 10).said == STAY
    assert verdict(Yearly(400, 100, *caused, visits=300.0, cost=600.0), 10).said == TEST
    assert verdict(Yearly(400, 100, *caused, visits=300.0, cost=1699.0), 10).said == TEST
    gone = verdict(Yearly(400, 100, *caused, visits=300.0, cost=1701.0), 10)
    assert (gone.said, gone.why) == (LEAVE, "costs more")
    assert (gone.value, gone.low, gone.high) == (900.0, 500.0, 1700.0)


def test_purchases_on_visits_and_answers_only_raise_what_it_may_return_at_the_most():
    bare = verdict(Yearly(400, 100, 900.0, 500.0, 1400.0, cost=1.0), 10)
    more = verdict(Yearly(400, 100, 900.0, 500.0, 1400.0, 300.0, 50.0, cost=1.0), 10)
    assert (more.value, more.low, more.high) == (bare.value, bare.low, bare.high + 350.0)


def test_without_a_measured_effect_nothing_is_said_unless_nobody_is_there():
    assert verdict(Yearly(400, 100, visits=300.0, cost=4000.0), 10).said == UNTOLD
    assert verdict(Yearly(3, 100, visits=300.0, cost=4000.0), 10).said == LEAVE
    assert verdict(Yearly(3, 100, visits=0.0), 10).why == "nobody there"
    assert verdict(Yearly(3, 100, visits=300.0), 10).said == TEST
    assert verdict(Yearly(3, 2), 10).why == "not tried"
    assert verdict(Yearly(0, 0), 10).said == UNTOLD


@given(st.integers(0, 500), st.integers(0, 500), AMOUNT, AMOUNT, AMOUNT)
def test_a_verdict_with_money_is_inside_its_range(people, posts, value, visits, cost):
    told = verdict(Yearly(people, posts, value, value / 2, value * 2, visits, cost=cost), 10)
    assert told.low is not None
    assert told.low <= told.value <= told.high
    assert (told.said == STAY) == (told.low > cost)
    assert (told.said == LEAVE) == (told.high < cost)


def test_the_part_of_a_margin_that_was_caused():
    assert _caused(110.0, (0.1, 0.0, 0.25)) == (10.0, 0.0, 22.0)
    assert _caused(None, (0.1, 0.0, 0.25)) == (None, None, None)
    assert _caused(100.0, None) == (None, None, None)
    assert _caused(100.0, (-1.0, -2.0, 0.0))[:2] == (-100.0, -100.0)


def test_what_makes_posts_is_spread_over_them():
    settings = parse_settings(
        'brand = "M"\n[costs]\ncontent = 100\n[[costs.people]]\nwho = "us"\nper_month = 1000\n'
        'share = 0.5\n[[costs.people]]\nwho = "desk"\nper_month = 9000\nfunction = "service"\n'
    )
    rows = {"x": {"posts": 30, "posts_cost": 5.0}, "tiktok": {"posts": 10, "spent": 7.0}, "y": {}}
    assert _costs(rows, settings) == pytest.approx({"x": 5405.0, "tiktok": 1807.0, "y": 0.0})
    assert _costs({"x": {"posts": 30}}, parse_settings('brand = "M"')) == {}


def test_small_groups_are_not_shown():
    assert [_shown(n, 10) for n in (None, 0, 9, 10)] == [0, 0, None, 10]


def test_what_people_come_for_is_said_only_when_it_is_most_of_what_is_known():
    assert _comes_for({"help": 40, "praise": 12}) == "help"
    assert _comes_for({"help": 9}) is None
    assert _comes_for({}) is None
