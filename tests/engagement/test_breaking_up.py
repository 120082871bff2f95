"""What past days teach: cells of people, the model on them, and how it is held to later days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from rapport.engagement.trajectory.breaking import listed, waiting_since
from rapport.engagement.trajectory.hazard import (
    LEVELS,
    auc,
    calibration,
    calibration_error,
    fitted,
)
from rapport.engagement.trajectory.returning import after_what, returns
from rapport.engagement.trajectory.signs import asked, ended, level_at, said, seen_at
from rapport.engagement.trajectory.silence import Habit
from rapport.engagement.trajectory.snapshots import (
    AHEAD,
    CELLS,
    in_cells,
    judged_later,
    signs_at,
    standing_at,
    with_rhythm,
)
from rapport.record.engines import Engine, open_engine

HABIT = Habit(shape=1.0, scale=60.0, leaving=1 / 700)
NOW = dt.date(2026, 6, 30).toordinal()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder) as opened:
        yield opened


def buying(**people: list[int]) -> pa.Table:
    rows = [(who, day) for who, days in people.items() for day in days]
    return pa.table(
        {"person_id": [who for who, _ in rows], "number": pa.array([d for _, d in rows])}
    )


def rows_of(engine: Engine, frame: Any) -> dict[str, dict[str, Any]]:
    return {row["person_id"]: row for row in engine.collect(frame).to_pylist()}


def standing(engine: Engine, on: int = NOW - 200, **people: list[int]) -> Any:
    days = engine.table(pa.table({"snapshot": pa.array([on], pa.int64())}))
    return standing_at(engine.table(buying(**people)), days, NOW)


def test_a_past_day_knows_only_what_was_before_and_is_judged_by_what_came_after(engine):
    on = NOW - 200
    told = standing(
        engine,
        back=[on - 300, on - 20, on + 120],
        quiet=[on - 300, on - 280, on - 260, on - 240, on - 220],
        later=[on + 5],
    )
    rows = rows_of(engine, judged_later(told, HABIT, NOW))
    assert set(rows) == {"back", "quiet"}  # who came later was nobody yet
    assert (rows["back"]["times"], rows["back"]["recent"]) == (1, 1)
    assert rows["back"]["last"] == on - 20
    assert rows["back"]["left"] == 0.0  # bought more than three months on
    assert rows["quiet"]["left"] > 0.9
    assert rows["quiet"]["recent"] == 0


def test_signs_are_old_news_for_whoever_bought_since(engine):
    on = NOW
    told = standing(engine, on, before=[on - 100, on - 5], after=[on - 100], none=[on - 9])
    signs = pa.table(
        {
            "person_id": ["before", "after", "after", "none"],
            "number": pa.array([on - 50, on - 50, on + 1, on - 500], pa.int64()),
            "sign": ["complaint_unheard", "said_leaving", "unfollowed", "unfollowed"],
        }
    )
    rows = rows_of(engine, signs_at(told, engine.table(signs)))
    assert rows["before"]["complaint_unheard"] == 1
    assert rows["after"]["said_leaving"] == 2
    assert rows["after"]["unfollowed"] == 0  # was not known yet
    assert "none" not in rows  # longer ago than a year


def test_requests_become_signs_when_a_week_is_over(engine):
    opened = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    requests = pa.table(
        {
            "person_id": ["a", "b", "c", "d", "e", None],
            "kind": ["complaint", "complaint", "question", "question", "complaint", "complaint"],
            "state": ["answered", "answered", "waiting", "answered", "hidden", "waiting"],
            "opened_on": [opened] * 6,
            "answered_on": [
                opened + dt.timedelta(days=2), opened + dt.timedelta(days=9), None,
                opened + dt.timedelta(hours=3), None, None,
            ],
        }
    )  # fmt: skip
    rows = rows_of(engine, asked(engine.table(requests)))
    day = dt.date(2026, 3, 2).toordinal()
    assert {who: (row["sign"], row["number"] - day) for who, row in rows.items()} == {
        "a": ("complaint_heard", 0), "b": ("complaint_unheard", 7), "c": ("question_unheard", 7),
    }  # fmt: skip


def test_leaving_said_and_followings_ended_are_signs(engine):
    day = dt.date(2026, 3, 2)
    messages = pa.table(
        {"person_id": ["a", "b", None], "is_leaving": [True, True, True],
         "from_brand": [False, True, False], "day": [day, day, day]}
    )  # fmt: skip
    assert set(rows_of(engine, said(engine.table(messages)))) == {"a"}
    new_year = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    over = pa.table(
        {"person_id": ["a", "b", "c"], "kind": ["follow", "contact", "subscription"],
         "until": pa.array([None, new_year, new_year], pa.timestamp("us", "UTC"))}
    )  # fmt: skip
    assert set(rows_of(engine, ended(engine.table(over)))) == {"c"}


def test_a_trace_counts_when_it_is_younger_than_the_last_order(engine):
    on = dt.date(2026, 6, 30).toordinal()
    told = standing(engine, on, seen=[on - 100], old=[on - 100], none=[on - 100])
    nothing = dict.fromkeys(
        ("store_visits", "messages", "reactions", "tickets", "referrals", "events", "surveys"), 0
    )
    months = pa.Table.from_pylist(
        [
            {"person_id": "seen", "month": dt.date(2026, 6, 1), "visits": 1, **nothing},
            {"person_id": "old", "month": dt.date(2026, 1, 1), "visits": 1, **nothing},
            {"person_id": "none", "month": dt.date(2026, 6, 1), "visits": 0, **nothing},
        ]
    )
    rows = rows_of(engine, seen_at(told, engine.table(months)))
    assert {who: row["seen"] for who, row in rows.items()} == {"seen": 2, "old": 1}


def test_the_level_is_that_of_the_month_before(engine):
    day = dt.date(2026, 6, 30).toordinal()
    days = engine.table(pa.table({"snapshot": pa.array([day], pa.int64())}))
    months = pa.table(
        {"person_id": ["a", "a", "b"],
         "month": [dt.date(2026, 6, 1), dt.date(2026, 5, 1), dt.date(2026, 3, 1)],
         "level": ["actively disengaged", "fully engaged", "engaged"]}
    )  # fmt: skip
    rows = rows_of(engine, level_at(days, engine.table(months)))
    assert {who: row["level"] for who, row in rows.items()} == {"a": 4}


def cells(many: int = 2, **columns: Any) -> dict[str, np.ndarray]:
    return {name: np.zeros(many, int) for name in ("rhythm", *LEVELS)} | columns


def test_without_any_sign_the_model_says_what_the_rhythm_says():
    rhythm = np.arange(-6, 7)
    chance = 1 / (1 + np.exp(-rhythm / 1.5))
    people = np.full(13, 400.0)
    model = fitted(cells(13, rhythm=rhythm), people, people * chance)
    assert np.allclose(model.chance(cells(13, rhythm=rhythm))[0], chance, atol=0.02)


def test_a_sign_that_says_something_is_learnt_with_its_range():
    rng = np.random.default_rng(2)
    unheard = np.repeat([0, 2], 2000)
    true = np.where(unheard == 2, 0.45, 0.15)
    left = rng.random(4000) < true
    model = fitted(cells(4000, complaint_unheard=unheard), np.ones(4000), left.astype(float))
    told, low, high = model.chance(cells(2, complaint_unheard=np.array([0, 2])))
    assert ((low < [0.15, 0.45]) & (high > [0.15, 0.45])).all()
    assert told[1] > 2 * told[0]
    again = fitted(cells(4000, complaint_unheard=unheard), np.ones(4000), left.astype(float), 4.0)
    wider = again.chance(cells(2, complaint_unheard=np.array([0, 2])))
    assert (wider[2] - wider[1] > 1.5 * (high - low)).all()  # the same people four times over


def test_with_nothing_to_learn_from_the_rhythm_is_all():
    none = {name: np.zeros(0, int) for name in ("rhythm", *LEVELS)}
    model = fitted(none, np.zeros(0), np.zeros(0))
    told = model.chance(cells(2, rhythm=np.array([-3, 3])))[0]
    assert told == pytest.approx(1 / (1 + np.exp([2.0, -2.0])), abs=1e-6)


def test_the_area_under_the_curve_is_that_of_scikit_learn():
    rng = np.random.default_rng(4)
    score = rng.integers(0, 9, 60) / 10
    people, left = rng.integers(1, 9, 60), np.zeros(60)
    left = np.array([rng.integers(0, n + 1) for n in people], float)
    flat = np.repeat(score, people)
    gone = np.concatenate([np.arange(n) < k for n, k in zip(people, left, strict=True)])
    assert auc(score, left, people.astype(float)) == pytest.approx(roc_auc_score(gone, flat))
    assert np.isnan(auc(score, np.zeros(60), people.astype(float)))


def test_calibration_adds_up():
    score, people = np.array([0.05, 0.15, 0.15, 1.0]), np.array([10.0, 10.0, 10.0, 5.0])
    rows = calibration(score, np.array([0.0, 2.0, 2.0, 5.0]), people)
    assert sum(row["people"] for row in rows) == 35
    assert calibration_error(rows) == pytest.approx((0.5 + 1.0 + 0.0) / 35)
    assert np.isnan(calibration_error([]))


def test_everybody_is_listed_with_why_and_what_is_at_risk(engine):
    on = NOW
    people = {
        "regular": list(range(on - 700, on, 20)),
        "silent": list(range(on - 700, on - 90, 20)),
        "gone": list(range(on - 700, on - 400, 20)),
    }
    told = with_rhythm(standing(engine, on, **people), HABIT)
    signs = pa.table(
        {"person_id": ["silent"], "number": pa.array([on - 60], pa.int64()),
         "sign": ["complaint_unheard"], "opened": [dt.date.fromordinal(on - 67)]}
    )  # fmt: skip
    frame = engine.table(signs)
    there = engine.cache(in_cells(told, [signs_at(told, frame)]))
    some = engine.collect(there.select(*CELLS).unique())
    chances = some.append_column("chance", pa.array([0.4] * some.num_rows))
    for name, end in (("chance_low", 0.3), ("chance_high", 0.5)):
        chances = chances.append_column(name, pa.array([end] * some.num_rows))
    money = engine.table(pa.table({"person_id": ["silent"], "year": [200.0]}))
    reach = waiting_since(frame, there).join(
        engine.table(pa.table({"person_id": ["silent"], "channel": ["email"]})),
        on="person_id", how="inner",
    )  # fmt: skip
    rows = rows_of(engine, listed(there, engine.table(chances), money, reach))
    silent = rows["silent"]
    assert (silent["margin_at_risk"], silent["low"], silent["high"]) == (80.0, 60.0, 100.0)
    assert silent["because"].split()[0] == "complaint_unheard"
    assert "silent" in silent["because"].split()
    assert silent["unheard"] == 1
    assert silent["unheard_since"] == dt.date.fromordinal(on - 67)
    assert rows["regular"]["because"] == ""
    assert rows["regular"]["margin_at_risk"] == 0.0
    assert rows["gone"]["state"] == "gone"


def test_who_seemed_gone_and_bought_again_came_back_after_what_was_last_done_for_them(engine):
    on = NOW - 30
    regular = list(range(on - 700, on - 300, 20))
    frame = engine.table(buying(back=[*regular, on], usual=list(range(on - 700, on + 1, 20))))
    found = returns(frame, HABIT, NOW - 365)
    triggers = engine.table(
        pa.table({"person_id": ["back", "back", "back"],
                  "number": pa.array([on - 3, on - 10, on - 40], pa.int64()),
                  "what": ["offer", "answered", "referral"]})
    )  # fmt: skip
    rows = rows_of(engine, after_what(found, [triggers]))
    assert set(rows) == {"back"}
    assert rows["back"]["after"] == "answered"
    assert rows["back"]["silent"] >= 300
    assert rows_of(engine, after_what(found, []))["back"]["after"] == "nothing known"
    assert AHEAD == 91
