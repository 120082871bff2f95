"""The truth of a world is the truth: taking a cause away takes away what it was said to bring."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from rapport.simulation.causes import CAUSES, NUMBER, bits, named
from rapport.simulation.lived import Lived
from rapport.simulation.making import live_through
from rapport.simulation.media import curves, response
from rapport.simulation.orders import credited, needed
from rapport.simulation.truth import connection
from rapport.simulation.world import Channel
from rapport.simulation.world_file import parse_world

MONTHS = 18


@cache
def lived(text: str = "", people: int = 4000, seed: int = 3) -> Lived:
    return live_through(parse_world(text), people=people, months=MONTHS, seed=seed)


def brings(world: Lived, cause: str) -> int:
    return int(needed(world.candidates, world.month, MONTHS)[NUMBER[cause]].sum())


def fans(effect: float) -> Lived:
    return lived(f"[connecting]\neffect = {effect}\neffect_spread = 0")


@pytest.mark.parametrize("text", ["", "[connecting]\neffect = -0.3\nretention = 0.3"])
def test_the_parts_add_up_to_all_margin_to_the_cent(text: str) -> None:
    world = lived(text)
    cells = credited(world.candidates, world.month, MONTHS)
    months = world.month[world.kept]
    whole = np.bincount(months, weights=world.orders.margin, minlength=MONTHS).astype(int)
    assert cells.sum(axis=0).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("cause", "off"),
    [
        ("connection", "[connecting]\neffect = 0\neffect_spread = 0"),
        ("promotion", "[promotions]\non = false"),
        ("price", "[price]\non = false"),
        ("email", "[media.email]\non = false"),
    ],
)
def test_taking_a_cause_away_takes_away_exactly_what_it_brings(cause: str, off: str) -> None:
    lost = int(lived().orders.margin.sum() - lived(off).orders.margin.sum())
    assert lost == brings(lived(), cause) != 0


def test_a_harmful_connection_loses_exactly_what_is_said() -> None:
    with_harm, without = fans(-0.3), fans(0)
    lost = int(with_harm.orders.margin.sum() - without.orders.margin.sum())
    assert lost == brings(with_harm, "connection") < 0


@pytest.mark.parametrize(
    ("cause", "off"),
    [
        ("tv", "[media.tv]\non = false"),
        ("meta_ads", "[media.meta_ads]\non = false"),
        ("word_of_mouth", "[word_of_mouth]\non = false"),
        ("influencer", "[influencers]\non = false"),
    ],
)
def test_causes_that_bring_people_bring_nearly_what_is_said(cause: str, off: str) -> None:
    """Friends of those who were brought come too, and are counted under word of mouth."""
    lost = int(lived().orders.margin.sum() - lived(off).orders.margin.sum())
    assert lost == pytest.approx(brings(lived(), cause), rel=0.12)


def test_being_kept_by_a_connection_brings_nearly_what_is_said() -> None:
    """Those who stay also talk to friends, who are counted under word of mouth."""
    none = "[connecting]\neffect = 0\neffect_spread = 0\nretention = "
    kept, left = lived(f"{none}0.8", people=12_000), lived(f"{none}0", people=12_000)
    lost = int(kept.orders.margin.sum() - left.orders.margin.sum())
    assert lost == pytest.approx(brings(kept, "connection"), rel=0.25)
    assert lost > 0


def test_without_any_effect_fans_still_seem_to_bring_more() -> None:
    told = connection(fans(0))
    assert told["caused"] == 0
    assert told["expected"] == 0
    assert told["naive"] > 3


def test_a_good_effect_is_far_smaller_than_the_naive_gap() -> None:
    told = connection(fans(0.15))
    assert 0.3 < told["caused"] < told["naive"] / 2
    assert told["caused"] == pytest.approx(told["expected"], rel=0.3)


def test_a_harmful_effect_hides_behind_a_naive_gap_of_the_other_sign() -> None:
    told = connection(fans(-0.2))
    assert told["caused"] < -0.3
    assert told["naive"] > 0.5


def test_the_effect_varies_between_people_when_told_to() -> None:
    assert fans(0.1).people.effect.std() < 1e-12
    spread = lived("[connecting]\neffect_spread = 0.2").people.effect
    assert spread.std() == pytest.approx(0.2, rel=0.1)
    assert (spread < 0).any()


def test_turning_a_channel_off_leaves_every_other_order_as_it_was() -> None:
    before, after = lived().orders, lived("[media.email]\non = false").orders
    others = before.where((before.mask & bits("email")) == 0)
    assert others.mark.tolist() == after.mark.tolist()
    for part in ("day", "subtotal", "discount", "refund", "margin", "in_store"):
        assert getattr(others, part).tolist() == getattr(after, part).tolist(), part


def test_every_order_names_the_cause_it_is_credited_to_or_needs_more_than_one_way() -> None:
    orders = lived().orders

    assert set(orders.credit.tolist()) <= set(range(len(CAUSES)))
    triggered = orders.cause > 0
    assert ((orders.mask[triggered] & (1 << (orders.cause[triggered] - 1))) > 0).all()
    assert (orders.mask[orders.credit == 0] == 0).all()

    assert named(np.array([bits("tv", "connection"), 0])).tolist() == ["tv+connection", ""]


def test_people_saved_by_an_answer_would_have_left() -> None:
    silent = lived("[service]\nanswered = 0")
    assert not np.isfinite(silent.life.saved).any()
    assert np.isfinite(lived().life.saved).sum() > 10
    unheard = (silent.life.reason == 1).sum()
    assert unheard > 1.4 * (lived().life.reason == 1).sum()


def test_some_of_those_referred_would_have_come_anyway() -> None:
    world = lived("[referrals]\nhanding = 0.1\nusing = 1", people=6000)
    used = world.life.arrival["referral"]
    by_code = np.isfinite(used) & (used <= world.life.came)
    anyway = np.isfinite(world.life.arrival["baseline"])[by_code]
    assert 0.1 < anyway.mean() < 0.9


def test_loyal_buyers_become_fans() -> None:
    people, life = lived().people, lived().life
    fan = np.isfinite(life.followed)
    assert people.rate[fan].mean() > 1.4 * people.rate[~fan].mean()
    assert people.love[fan].mean() > people.love[~fan].mean() + 0.4


def test_the_crisis_costs_orders_and_people() -> None:
    world = lived("[[crises.waves]]\nday = 200\nseverity = 0.6\nleaving = 0.1")
    assert brings(world, "crisis") < 0
    assert (world.life.reason == 3).sum() > 20


def test_carry_over_and_saturation_have_their_closed_forms() -> None:
    channel = Channel(carry_over=0.5, half=1.0, steepness=1.0, delay=2)
    pulse = np.zeros((1, 30))
    pulse[0, 10] = 1.0
    found = response(channel, pulse)[0]
    carried = [0.0, 0.0, 0.5, 0.25, 0.125]
    assert found[10:15].tolist() == pytest.approx([c / (c + 1) for c in carried])


def test_response_curves_rise_and_never_pass_their_most() -> None:
    for name, curve in curves(parse_world("")).items():
        most = getattr(parse_world("").media, name).lift
        assert (np.diff(curve[:, 1]) >= 0).all(), name
        assert curve[0, 1] == 0, name
        assert curve[-1, 1] <= most, name


def test_about_half_buy_and_a_few_in_a_hundred_are_connected() -> None:
    world = live_through(parse_world(""), people=6000, months=24, seed=7)
    buyers = len(np.unique(world.orders.person)) / 6000
    assert 0.42 < buyers < 0.62
    assert 0.05 < np.isfinite(world.life.followed).mean() < 0.10
    assert 2.3 < len(world.orders) / 6000 < 4.2


def test_another_seed_is_another_world() -> None:
    assert lived(seed=4).orders.margin.tolist() != lived().orders.margin.tolist()
