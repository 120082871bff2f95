"""Each against their own past, as comparable others grew; and on simulated brands."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.connection import outcome, summary
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.connected_brand import Brand, brand
from rapport.estimate import Estimate
from rapport.impact.comparing.verdict import CANNOT_TELL, CAUSED, PARTLY, Verdict
from rapport.impact.connected.comparable import adjusted, balance, outcomes, traits
from rapport.impact.connected.course import Drift, by_month, drift, whole
from rapport.impact.connected.histories import NEVER, Beginnings
from rapport.impact.connected.judging import judged
from rapport.impact.connected.naive import gap, gap_of_staying, gap_of_value
from rapport.impact.connected.next_test import people_needed, spread
from rapport.impact.connected.own_past import Growth, growth
from rapport.impact.connected.shrinking import shrunken
from rapport.impact.connected.trial import AFTER, BEFORE, LATELY, Trial, trial


def measured(made: Brand) -> Growth:
    return whole(made.histories, trial(made.histories, made.beginnings))


def test_the_trial_compares_like_with_like():
    made = brand()
    rows = trial(made.histories, made.beginnings)
    assert (rows.silent < LATELY).all()
    assert (rows.stop <= rows.month).all()
    assert (rows.start < rows.stop).all()
    assert (rows.start > made.histories.first[rows.person]).all()
    assert (rows.stop - rows.start <= BEFORE).all()
    assert (rows.after <= AFTER).all()
    own, others = rows.kept(rows.connected), rows.kept(~rows.connected)
    assert (made.since[own.person] == own.month).all()
    assert (made.since[others.person] > others.month).all()
    bought = made.orders[rows.person, rows.month - rows.silent] > 0
    assert bought.all()


def test_months_in_which_something_else_came_with_it_are_left_out():
    made = brand()
    barred = np.ones(made.orders.shape, bool)
    rows = trial(made.histories, made.beginnings, barred=barred)
    assert rows.people == 0
    assert (~rows.connected).any()
    assert not whole(made.histories, rows).known


@pytest.mark.slow
@pytest.mark.parametrize("lift", [0.0, 0.3, -0.3])
def test_the_lift_is_found_though_buyers_become_fans(lift):
    found = [measured(brand(4000, 24, lift, seed)) for seed in range(24)]
    off = np.array([each.lift - lift for each in found])
    error = np.array([each.lift_error for each in found])
    assert abs(off.mean()) < 3 * error.mean() / np.sqrt(len(off))
    assert 0.6 < (off / error).std() < 1.4
    seen = gap(brand(4000, 24, lift).histories, brand(4000, 24, lift).beginnings, "margin")
    assert seen[0] > 2 * found[0].effect or lift < 0


def test_a_rise_that_made_them_connect_is_no_effect():
    made = brand(4000, 24, seed=5)
    found = measured(made)
    assert abs(found.lift) < 2.5 * found.lift_error
    naive, error, _ = gap(made.histories, made.beginnings, "margin")
    assert naive > 10 * error  # what the gap alone would have said


@settings(max_examples=20)
@given(st.floats(0.01, 1000), st.integers(0, 50))
def test_the_lift_does_not_depend_on_the_currency(scale, seed):
    made = brand(600, 14, seed=seed)
    other = Brand(made.orders, made.since, made.worth * scale)
    one, two = measured(made), measured(other)
    if one.known and two.known:
        assert two.lift == pytest.approx(one.lift, rel=1e-4, abs=1e-4)
        assert two.effect == pytest.approx(one.effect * scale, rel=1e-3, abs=1e-3 * scale)


def test_the_parts_of_people_add_up():
    found = measured(brand(lift=0.2))
    assert found.each_brought.sum() == pytest.approx(found.brought)
    assert found.each_expected.sum() == pytest.approx(found.expected)
    assert found.each_months.sum() == pytest.approx(found.months)
    assert found.effect == pytest.approx(found.lift * found.expected / found.months)


def test_months_before_lie_about_nil_and_months_after_show_the_lift():
    made = brand(8000, 24, 0.8, seed=2)
    rows = trial(made.histories, made.beginnings)
    months = by_month(made.histories, rows)
    assert 0 not in months
    before = [g.effect / g.effect_error for since, g in months.items() if since < 0]
    after = [g.effect / g.effect_error for since, g in months.items() if since > 0]
    assert np.abs(before).mean() < 1.5
    assert np.mean(after) > 2
    assert not drift(made.histories, rows).plain


def test_another_course_before_is_seen_and_forbids_a_verdict():
    made = brand(6000, 24, seed=3)
    own = made.since < NEVER
    rising = made.orders.copy()
    for month in range(24):
        ahead = np.maximum(made.since - month, 0)
        extra = np.random.default_rng(month).poisson(np.maximum(6 - ahead, 0) * 0.3)
        rising[:, month] += np.where(own & (ahead > 0), extra, 0)
    other = Brand(rising, made.since)
    rows = trial(other.histories, other.beginnings)
    found = drift(other.histories, rows)
    assert found.plain
    naive = Estimate.normal(5.0, 0.1, "EUR", source="x")
    said = judged(naive, whole(other.histories, rows), found, "EUR")
    assert said == Verdict(CANNOT_TELL, "trend")


def test_little_is_not_judged():
    made = brand(60, 12)
    rows = trial(made.histories, made.beginnings)
    said = judged(None, whole(made.histories, rows), Drift(np.nan, np.nan, np.nan), "EUR")
    assert said == Verdict(CANNOT_TELL, "few")


@pytest.mark.parametrize("people", [0, 1, 3])
@pytest.mark.parametrize("months", [1, 2, 8])
def test_nothing_to_work_on(people, months):
    made = brand(people, months) if people else Brand(np.zeros((0, months)), np.zeros(0, int))
    rows = trial(made.histories, made.beginnings)
    found = whole(made.histories, rows)
    assert not found.known or found.people > 0
    assert by_month(made.histories, rows) == {}
    assert spread(made.histories) is None


def test_everybody_connected_leaves_nobody_to_compare():
    made = brand(2000, 16)
    everybody = Beginnings(*[np.minimum(made.since, 5)] * 2)
    rows = trial(made.histories, everybody)
    late = rows.kept(rows.month >= 5)
    assert not whole(made.histories, late).known


@pytest.mark.slow
def test_comparable_others_are_made_alike():
    made = brand(4000, 20)
    rows = trial(made.histories, made.beginnings)
    known = traits(made.histories, rows)
    results = outcomes(made.histories, known.rows, None)
    found = adjusted(known, results, ("margin", "retention"))
    off = balance(known, found["margin"])
    assert max(abs(before) for _, before, _ in off) > 0.3
    assert np.mean([abs(after) for _, _, after in off]) < 0.1
    naive, _, _ = gap(made.histories, made.beginnings, "margin")
    assert abs(found["margin"].value) < naive / 2
    assert set(np.unique(results["retention"][~np.isnan(results["retention"])])) <= {0.0, 1.0}


def test_gaps_of_staying_and_worth():
    made = brand()
    stays, error, people = gap_of_staying(made.histories, made.beginnings)
    assert stays > 3 * error > 0
    assert 0 < people <= (made.since < NEVER).sum()
    value = np.where(made.since < NEVER, 100.0, 60.0)
    value[::7] = np.nan
    assert gap_of_value(made.histories, made.beginnings, value)[0] == pytest.approx(40.0)


def test_a_test_needs_more_people_for_less_effect():
    told = brand().histories
    one, half = people_needed(told, 2.0), people_needed(told, 1.0)
    assert one is not None
    assert half is not None
    assert half == pytest.approx(4 * one, rel=0.01)
    assert people_needed(told, -1.0) is None


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=8),
    st.lists(st.floats(0.05, 2), min_size=8, max_size=8),
)
def test_shrunken_groups_lie_between_themselves_and_the_mean(values, errors):
    raw, error = np.array(values), np.array(errors[: len(values)])
    told, spread_ = shrunken(raw, error)
    assert (told <= raw.max() + 1e-9).all()
    assert (told >= raw.min() - 1e-9).all()
    assert (spread_ > 0).all()


@pytest.mark.slow
def test_a_few_simulated_brands_are_told_truly():
    kinds = ("zero", "positive", "varied", "strong", "negative")
    made = [outcome(1000 + n, kinds[n % 5], 8000) for n in range(10)]
    told = summary(made)
    assert told["coverage"] >= 0.7
    assert abs(told["bias_of_naive"]) < 0.1
    zero = [each for each in made if each.kind == "zero"]
    assert not any(each.verdict in {CAUSED, PARTLY} for each in zero)


EUROS = st.sampled_from([0.0, 0.0, 0.0, 4.0, 50.0, 300.0])


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 12), st.integers(0, 2), st.integers(1, 5), EUROS, EUROS, st.booleans()
        ),
        min_size=2,
        max_size=60,
    )
)
def test_few_people_who_bought_next_to_nothing_break_nothing(rows):
    month, silent, length, before, after, own = (np.array(each) for each in zip(*rows, strict=True))
    person = np.arange(len(rows))
    stop = month + 12
    told = Trial(person, stop, silent, stop - length, stop, stop + 7, own, person + NEVER)
    found = growth(told, before, after, people=len(rows))
    assert np.isfinite([found.brought, found.expected, found.months]).all()
    assert found.brought == pytest.approx(found.each_brought.sum())
