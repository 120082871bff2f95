"""How people tire of being asked, what follows their posts, and whom to ask no more."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.engagement.influencers.approaches import (
    approaches,
    reaches,
    tagged_by_day,
    tagged_orders,
)
from rapport.engagement.influencers.audiences import audiences, by_post, reactions_to
from rapport.engagement.influencers.bringing import brought_orders, chance_of, newness, rises
from rapport.engagement.influencers.deciding import Range, gain, verdict
from rapport.engagement.influencers.following import following, working
from rapport.engagement.influencers.tiring import fading, learnt
from rapport.record.engines import open_engine
from rapport.value.referral.alone import Alone

ends = st.floats(0, 1000)


def on(day: int, hour: int = 10) -> dt.datetime:
    return dt.datetime(2026, 1, day, hour, tzinfo=dt.UTC)


def asked(people: int, times: int, ratio: float, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    who, nth = np.repeat(np.arange(people), times), np.tile(np.arange(1, times + 1), people)
    first = rng.beta(7, 3, people)
    yes = rng.random(people * times) < first[who] * ratio ** (nth - 1)
    return who, nth, yes.astype(float)


@pytest.mark.parametrize("ratio", [0.6, 0.78, 0.95])
def test_the_range_of_tiring_holds_the_truth(ratio):
    found = [learnt(*asked(12, 14, ratio, seed)) for seed in range(20)]
    held = sum(each.ratio_low <= ratio <= each.ratio_high for each in found)
    assert held >= 15
    assert np.mean([each.ratio for each in found]) == pytest.approx(ratio, abs=0.04)


def test_who_always_says_yes_is_more_likely_to_than_who_never_does():
    who, nth = np.repeat([0, 1], 5), np.tile(np.arange(1, 6), 2)
    found = learnt(who, nth, np.repeat([1.0, 0.0], 5))
    assert found.next_yes[0] > 2 * found.next_yes[1]
    assert (found.next_low <= found.next_yes).all()
    assert (found.next_yes <= found.next_high).all()


def test_one_person_asked_once_says_next_to_nothing():
    found = learnt(np.zeros(1, int), np.ones(1, int), np.ones(1))
    assert found.ratio_high - found.ratio_low > 0.5
    assert found.next_high[0] - found.next_low[0] > 0.5


def test_reach_fades_within_a_person_and_not_between_them():
    who, nth = np.array([0, 0, 0, 1, 1, 1]), np.array([1, 2, 3, 4, 5, 6])
    noise = np.exp(0.01 * np.array([1, -1, 1, -1, 1, -1]))
    value, low, high = fading(who, nth, np.where(who, 9e5, 1e3) * 0.7**nth * noise) or (0, 0, 0)
    assert low < 0.7 < high
    assert value == pytest.approx(0.7, abs=0.02)
    assert fading(np.arange(5), nth[:5], np.ones(5)) is None
    assert fading(np.zeros(0, int), np.zeros(0, int), np.zeros(0)) is None


@pytest.mark.slow
def test_what_follows_is_found_and_nothing_is_found_where_there_is_nothing():
    days = np.arange(720.0)
    posted = np.arange(20.0, 720, 43)
    work = working(days, posted, np.ones(len(posted)))
    season = 8 * (1 + 0.3 * np.sin(days / 60))
    held, none = 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for lift in (0.4, 0.0):
            made = rng.poisson(season * (1 + lift * work)).astype(float)
            told = following(made, work, days // 30, days % 7)
            assert told is not None
            true = lift * season.mean() * 14
            held += lift > 0 and told.low <= true <= told.high
            none += lift == 0 and told.low <= 0 <= told.high
    assert held >= 14
    assert none >= 15


@pytest.mark.slow
@pytest.mark.parametrize(("lift", "most"), [(0.0, 0.03), (0.05, 0.08)])
def test_the_part_of_new_customers_that_posts_bring_is_held_by_its_range(lift, most):
    days = np.arange(720.0)
    work = working(days, np.arange(20.0, 720, 43), np.ones(17))
    held, middle = 0, []
    for seed in range(20):
        made = np.random.default_rng(seed).poisson(30 * np.exp(lift * 2 * work)).astype(float)
        found = following(made, work, days // 30, days % 7)
        assert found is not None
        drawn, own = rises(found, float(work.mean()), seed=seed)
        assert own
        assert (drawn >= 0).all()
        shares = (made @ chance_of(work, drawn)) / made.sum()
        true = float(made @ -np.expm1(-lift * 2 * work)) / made.sum()
        low, high = np.quantile(shares, [0.05, 0.95])
        held += low <= true <= high or (true == 0 and low < 0.01)
        middle.append(shares.mean())
    assert held >= 15
    assert np.mean(middle) < most


def test_few_customers_leave_what_was_assumed():
    days = np.arange(720.0)
    work = working(days, np.arange(20.0, 720, 43), np.ones(17))
    few = np.random.default_rng(1).poisson(0.05, 720).astype(float)
    found = following(few, work, days // 30, days % 7)
    assert found is not None
    drawn, own = rises(found, float(work.mean()), seed=1)
    assert not own
    assert float((drawn * work.mean()).mean()) == pytest.approx(0.04, abs=0.02)


def test_old_customers_of_the_first_months_are_nobody_that_a_post_brought():
    orders = np.array([900.0, 400, 180, 90, 60, 45, 42, 40, 38, 41, 40, 39])
    told = newness(orders, seed=1)
    assert told[0] < 0.1
    assert told[-3:].mean() > 0.85
    assert not newness(orders[:3], seed=1).any()


def test_all_orders_of_somebody_brought_are_claimed_less_and_less(tmp_path):
    start = on(5).date().toordinal()
    orders = pa.table(
        {"source": ["shop"] * 4, "purchase_id": ["1", "2", "3", "4"],
         "person_id": ["A", "A", "B", "C"],
         "number": pa.array([start, start + 400, start + 1, start + 300], pa.int64())}
    )  # fmt: skip
    days = pa.array([start, start + 1], pa.int64())
    chances = pa.table({"number": days, "chance": [0.2, 0.0]})
    with open_engine("duckdb", time_zone="UTC", temp=tmp_path) as engine:
        found = brought_orders(engine.table(orders), engine.table(chances), Alone.seen(0, 0.0, 0))
        rows = {row["purchase_id"]: row["share"] for row in engine.collect(found).to_pylist()}
        del found
    assert set(rows) == {"1", "2"}
    assert rows["1"] == pytest.approx(0.2)
    assert 0.1 < rows["2"] < 0.18


def test_too_little_says_nothing():
    days = np.arange(60.0)
    assert following(np.ones(60), np.ones(60), days // 30, days % 7) is None
    days = np.arange(200.0)
    assert following(np.ones(200), np.ones(200), days // 30, days % 7) is None  # on every day
    assert following(np.zeros(200), days % 2, days // 30, days % 7) is None


@given(ends, ends, ends, st.floats(0, 100))
def test_the_verdict_holds_over_the_whole_range(one, other, third, cost):
    low, value, high = sorted((one, other, third))
    told = verdict(Range(value, low, high), cost)
    assert (told == "stop") == (high < cost)
    assert (told == "ask") == (low > cost)
    assert verdict(None, cost) == verdict(Range(value, low, high), None) == "cannot tell"


def test_a_gain_is_never_negative():
    assert gain(Range(0.5, 0.1, 0.9), Range(-3.0, -9.0, 4.0), 0.5) == Range(0.0, 0.0, 1.8)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    """Two people asked, one post, who reacted to it, and what was bought after."""
    deeds = [
        ("i1", "lea", "Invite", "request to post", None, None, on(3)),
        ("a1", "lea", "Accept", "request to post", "post1", "i1", on(5)),
        ("i2", "lea", "Invite", "request to post", None, None, on(9)),
        ("i3", "tom", "Invite", "request to post", None, None, on(4)),
        ("l1", "ann", "Like", "Note", "post1", None, on(6)),
        ("l2", "ann", "Announce", "Note", "post1", None, on(7)),
        ("c1", "bot", "Create", "comment", "x", "post1", on(7)),
        ("l3", "ann", "Like", "Note", "elsewhere", None, on(7)),
    ]
    names = (
        *("activity_id", "account_id", "verb", "object_kind", "object_id", "in_reply_to"),
        "occurred_on",
    )
    activity = pa.Table.from_pylist(
        [{"source": "list", "channel": "x", **dict(zip(names, row, strict=True))} for row in deeds]
    )
    links = pa.table(
        {"source": ["list"] * 4, "account_id": ["lea", "tom", "ann", "bot"],
         "person_id": ["L", "T", "A", "B"]}
    )  # fmt: skip
    metric = pa.table(
        {"post_id": ["post1", "post1"], "metric": ["reach", "likes"], "value": [900.0, 7.0]}
    )
    judged = pa.table({"source": ["list"], "account_id": ["bot"], "suspicion": [0.9]})
    visits = pa.table(
        {"person_id": ["A", "B", "A"], "started_on": [on(6), on(6), on(8)],
         "utm_source": ["Influencer", "google", None], "utm_medium": ["x", "cpc", None],
         "campaign": [None, None, "AMBASSADEURS"], "goals": ["lead purchase", "purchase", None]}
    )  # fmt: skip
    orders = pa.table(
        {"source": ["shop"] * 2, "purchase_id": ["1", "2"], "person_id": ["A", "B"],
         "number": pa.array([on(6).date().toordinal()] * 2, pa.int64())}
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("engine")
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder) as engine:
        acts, people = engine.table(activity), engine.table(links)
        found = engine.cache(approaches(acts, people))
        posts = engine.table(
            pa.table({"post_id": ["post1", "own"], "person_id": ["L", "L"], "asked_for": [1, 0]})
        )
        seen = engine.cache(reactions_to(acts, posts))
        visit = engine.table(visits)
        frames = {
            "approaches": found,
            "reaches": reaches(engine.table(metric)),
            "audiences": audiences(
                seen, people, engine.table(judged), engine.table(pa.table({"person_id": ["A"]}))
            ),
            "by_post": by_post(seen, posts),
            "tagged": tagged_by_day(visit, ("ambassadeurs",)),
            "orders": tagged_orders(visit, engine.table(orders), ("ambassadeurs",)),
        }
        rows = {name: engine.collect(frame).to_pylist() for name, frame in frames.items()}
        del acts, people, found, posts, seen, visit, frames
    return rows


def test_approaches_are_counted_by_person_with_their_posts(told):
    rows = {(row["person_id"], row["nth"]): row for row in told["approaches"]}
    assert set(rows) == {("L", 1), ("L", 2), ("T", 1)}
    first = rows["L", 1]
    assert (first["yes"], first["post_id"]) == (1, "post1")
    assert first["posted"] - first["asked"] == 2
    assert (rows["L", 2]["yes"], rows["L", 2]["posted"]) == (0, None)


def test_reach_is_what_the_list_says(told):
    assert told["reaches"] == [{"post_id": "post1", "reach": 900.0}]


def test_an_audience_is_who_was_seen_to_react(told):
    (row,) = told["audiences"]
    assert (row["author"], row["reached"], row["judged"]) == ("L", 2, 1)
    assert row["suspicious"] == pytest.approx(0.9)
    assert row["customers"] == 1
    posts = {row["post_id"]: row["reactions"] for row in told["by_post"]}
    assert posts == {"post1": 2, "own": 0}


def test_visits_of_influencers_are_told_by_source_medium_or_campaign(told):
    rows = {row["number"] - on(1).date().toordinal() + 1: row for row in told["tagged"]}
    assert (rows[6]["visits"], rows[6]["purchases"]) == (1, 1)
    assert (rows[8]["visits"], rows[8]["purchases"]) == (1, 0)
    assert [row["purchase_id"] for row in told["orders"]] == ["1"]
