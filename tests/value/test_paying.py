"""Who would have come anyway, what people remember, what an answer kept: against known truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.estimate import DRAWS
from rapport.value.crediting import Ends, Shift
from rapport.value.referral.alone import Alone, Bought, brought
from rapport.value.referral.compared import mean_gap
from rapport.value.service.kept import kept
from rapport.value.word_of_mouth.newness import TRIALS, Cohorts, new_among_unasked
from rapport.value.word_of_mouth.recall import corrected

money = st.floats(0.0, 1e6)


@given(shape=st.floats(0.5, 50), months=st.floats(1, 5000), later=st.floats(0, 500))
def test_the_share_starts_at_one_and_falls_with_time(shape, months, later):
    alone = Alone(shape, months)
    first, then = alone.share([0.0, later])
    assert first == 1.0
    assert 0.0 < then <= 1.0
    assert alone.share(later + 1.0) < then
    assert alone.ahead(later, 12.0) <= then


def test_the_rate_is_that_of_friends_who_came_and_the_prior_gives_way():
    nobody = Alone.seen(0, 0.0, 0)
    assert nobody.rate == pytest.approx(1.43 * 0.015, rel=0.03)  # who uses a code is keener
    low, high = np.quantile(nobody.rates(1), [0.05, 0.95])
    assert low < 0.005 < 0.05 < high
    slow = Alone.seen(10, 30.4375 * 20_000, 2000)
    fast = Alone.seen(1200, 30.4375 * 20_000, 2000)
    assert slow.rate < 0.001 < 0.03 < fast.rate < 0.08


def test_what_codes_brought_holds_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(5)
    held = 0
    for trial in range(40):
        rate = rng.gamma(3.0, 1 / 200.0)
        people, orders = 40, 200
        person = np.r_[np.arange(people), rng.integers(0, people, orders - people)]
        months, gain = rng.uniform(0, 18, orders), rng.gamma(2.0, 10.0, orders)
        until = rng.exponential(1 / rate, people)
        true = gain[months < until[person]].sum()
        told = Bought(person, months, gain, np.ones(orders, bool))
        low, high = np.quantile(brought(Alone(3.0, 200.0), told, seed=trial), [0.05, 0.95])
        held += low <= true <= high
    assert held >= 31


def test_who_came_without_the_code_counts_for_a_seventh():
    late = Bought(np.arange(400), np.zeros(400), np.ones(400), np.zeros(400, bool))
    totals = brought(Alone(50.0, 5000.0), late, seed=3)
    assert totals.mean() / 400 == pytest.approx(1 / 7, abs=0.01)
    assert np.quantile(totals, 0.95) / 400 > 0.3  # what they owe to the code is hardly known


def test_nobody_brought_brings_nothing():
    none = Bought(np.zeros(0, int), np.zeros(0), np.zeros(0), np.zeros(0, bool))
    assert not brought(Alone(2.0, 100.0), none, seed=1).any()


@given(share=st.lists(st.floats(0, 1), min_size=1, max_size=20), low=money, high=money)
def test_ends_add_up_to_the_range_of_the_whole(share, low, high):
    shares = np.array(share)
    gain = np.arange(1.0, len(shares) + 1)
    mean, whole = float(shares @ gain), float(gain.sum())
    wanted = (min(low, mean), min(max(high, mean), whole))
    ends = Ends.of(mean, *wanted, whole)
    if mean > 1e-9:
        assert (shares * ends.down) @ gain == pytest.approx(wanted[0], abs=1e-6)
    if whole - mean > 1e-9:
        assert (1 - (1 - shares) * ends.up) @ gain == pytest.approx(wanted[1], abs=1e-6)
    moved = Shift.of(mean, mean - 0.1 * whole, mean + 0.2 * whole, whole)
    assert (moved.below, moved.above) == pytest.approx((0.1, 0.2))


def answered(rng: np.random.Generator, people: int, share: float) -> dict[str, int]:
    """Draw answers where a friend brought a share, and says so seven times in ten."""
    by_friend = rng.random(people) < share
    forgets = rng.random(people) < 0.3
    vague = ("friend", "unsure", "other", "passing", "social", "search")
    odds = np.array([0.16, 0.12, 0.07, 0.12, 0.25, 0.28])
    guess = rng.choice(vague, people, p=odds / odds.sum())
    said = np.where(by_friend & ~forgets, "friend", guess)
    kinds, counts = np.unique(said, return_counts=True)
    return dict(zip(kinds.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize("share", [0.0, 0.15, 0.5])
def test_the_band_of_word_of_mouth_holds_what_is_true(share):
    rng = np.random.default_rng(11)
    found = corrected(answered(rng, 2000, share), answered(rng, 60, 1.0), seed=1)
    low, high = np.quantile(found.share, [0.05, 0.95])
    assert low <= share <= high
    raw = answered(np.random.default_rng(11), 2000, share)["friend"] / 2000
    assert found.share.mean() < raw or share > 0.4  # what people say is too much
    assert high - low > 0.05  # and what is not remembered leaves a band


def test_who_says_friend_is_likelier_brought_by_one():
    rng = np.random.default_rng(2)
    found = corrected(answered(rng, 1000, 0.3), {}, seed=1)
    assert found.friend.mean() > 2 * found.share.mean() > 2 * found.others.mean()
    assert (found.chance("unasked") == found.share).all()
    assert found.share.shape == (DRAWS,)


def test_old_customers_who_show_up_late_are_not_taken_for_new():
    months = np.arange(24)
    asked = np.full(24, 40.0)
    old = 600 * np.exp(-months / 3)
    others = np.random.default_rng(1).poisson(60 + old).astype(float)
    gains = (30 * asked, 30 * 60 + 90 * old)
    new, share = new_among_unasked(Cohorts(asked, others, *gains), seed=1)
    assert new.shape == (TRIALS, 24)
    assert new.sum(axis=1).mean() == pytest.approx(24 * 60, rel=0.15)
    assert share[:, 0].mean() < 0.1
    assert share[:, -1].mean() > 0.8


def test_too_few_months_tell_of_nobody_new():
    few = Cohorts(np.ones(3), np.ones(3), np.ones(3), np.ones(3))
    new, share = new_among_unasked(few, seed=1)
    assert not new.any()
    assert not share.any()


def cell(name: str, prior: str, orders: np.ndarray, days: np.ndarray) -> dict[str, Any]:
    return {
        "answered": name, "public": 0, "prior": prior, "recency": "30", "people": len(orders),
        "orders": float(orders.sum()), "days": float(days.sum()),
        "orders_2": float((orders**2).sum()), "days_2": float((days**2).sum()),
        "both": float((orders * days).sum()),
    }  # fmt: skip


def complained(rng: np.random.Generator, people: int, leaves: float) -> tuple[Any, Any]:
    """Draw how much people buy after a complaint after which some have left for good."""
    days = rng.uniform(30, 600, people)
    rate = rng.gamma(1.5, 0.006, people) * (rng.random(people) > leaves)
    return rng.poisson(rate * days).astype(float), days


def test_what_answers_kept_is_found_and_its_range_holds():
    rng = np.random.default_rng(4)
    true = 1 - (1 - 0.38) / (1 - 0.1)
    held, means = 0, []
    for trial in range(60):
        cells = []
        for prior, people in (("1", 250), ("4+", 120)):
            cells += [cell("fast", prior, *complained(rng, people, 0.1)),
                      cell("never", prior, *complained(rng, people // 2, 0.38))]  # fmt: skip
        (found,) = kept(cells, seed=trial)
        low, high = np.quantile(found.draws, [0.05, 0.95])
        held += low <= true <= high
        means.append(found.share)
    assert held >= 48
    # what was assumed before the data (15 %) pulls a little
    assert np.mean(means) == pytest.approx(true, abs=0.06)


def test_loyal_people_answered_first_look_kept_but_are_not():
    rng = np.random.default_rng(9)
    loyal, new = (rng.poisson(rate, 300).astype(float) for rate in (6.0, 1.0))
    days = np.full(300, 300.0)
    cells = [
        cell("fast", "4+", loyal[:250], days[:250]), cell("fast", "1", new[:50], days[:50]),
        cell("never", "4+", loyal[250:], days[250:]), cell("never", "1", new[50:], days[50:]),
    ]  # fmt: skip
    (found,) = kept(cells, seed=1)
    assert found.naive > 0.5
    assert abs(found.share) < 0.1


def test_with_nobody_to_compare_what_was_known_before_is_said_and_called_so():
    rng = np.random.default_rng(1)
    (only,) = kept([cell("fast", "1", *complained(rng, 50, 0.1))], seed=1)
    assert (only.seen, only.naive, only.people, only.alone) == (0.0, None, 0, 50)
    assert np.quantile(only.draws, [0.05, 0.95]) == pytest.approx([-0.18, 0.39], abs=0.02)
    assert kept([], seed=1) == ()


def test_few_unanswered_move_the_number_little_and_many_far():
    shares = []
    for unheard in (0, 6, 60, 6000):
        rng = np.random.default_rng(3)
        cells = [cell("fast", "1", *complained(rng, 9000, 0.1))]
        cells += [cell("never", "1", *complained(rng, unheard, 0.5))] if unheard else []
        shares += kept(cells, seed=1)
    seen = [each.seen for each in shares]
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] > 0.95
    assert shares[-1].share == pytest.approx(1 - 0.5 / 0.9, abs=0.03)


def test_referred_people_are_held_against_their_like():
    rows = []
    for size, each, coded, others in (("large", 60.0, 40, 40), ("small", 10.0, 10, 400)):
        for flag, people in ((1, coded), (0, others)):
            rows.append(
                {"coded": flag, "quarter": 0, "channel": "shop", "size": size, "people": people,
                 "gain": people * each, "squares": people * (each**2 + 9), "again": 0}
            )  # fmt: skip
    found = mean_gap(rows, "EUR")
    assert found is not None
    assert found.naive.low > 10
    assert found.adjusted.low < 0 < found.adjusted.high
    assert mean_gap([row for row in rows if row["coded"]], "EUR") is None
