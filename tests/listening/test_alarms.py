"""Alarms: false ones as rare as set, true ones soon, the same in whatever way they are asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening import alarms
from rapport.listening.buzz.alarming import alarm_table
from rapport.listening.buzz.evidence import carried, log_ratios, mixed, threshold
from rapport.listening.buzz.growth import growing, size, tail
from rapport.listening.buzz.rules import Rules
from rapport.listening.buzz.watch import Watch
from rapport.listening.buzz.watch_file import from_json, to_json

MONDAY = dt.datetime.fromisoformat("2026-01-05")
HOUR = 3600


def talk(hours: int, mean: float, spread: float = 0.2, seed: int = 0) -> np.ndarray:
    """Return counts of a stream with nights, weekends and negative binomial scatter."""
    at = np.arange(hours)
    rhythm = np.exp(0.9 * np.sin(2 * np.pi * (at % 24 - 9) / 24))
    rhythm = rhythm * np.where((at // 24) % 7 >= 5, 0.7, 1.1)
    usual = mean * rhythm / rhythm.mean()
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(1 / spread, 1 / (1 + spread * usual)).astype(float)


def frame(counts: np.ndarray, every: dt.timedelta = dt.timedelta(hours=1)) -> pa.Table:
    times = [MONDAY + number * every for number in range(len(counts))]
    return pa.table({"time": times, "count": counts})


def watch_of(columns: list[np.ndarray], **rules: Any) -> Watch:
    watch = Watch([f"s{n}" for n in range(len(columns))], MONDAY, Rules(every=HOUR, **rules))
    for row in np.column_stack(columns):
        watch.step(row, np.ones(len(columns)))
    return watch


@pytest.mark.parametrize("mean", [0.004, 0.1, 3.0, 100.0, 100_000.0])
def test_false_alarms_are_no_more_than_set(mean: float) -> None:
    """Forty months of quiet talk and one false alarm a month allowed for all streams together."""
    months, streams = 5, 8
    hours = round(months * 730.5) + 336
    watch = watch_of([talk(hours, mean, seed=n) for n in range(streams)])
    assert watch.unwatched == []
    assert len(watch.alarms) <= months * 1.0 + 3 * months**0.5  # three sd of a Poisson count


def test_streams_that_share_the_false_alarms_have_fewer_each() -> None:
    hours = 730 * 6
    quiet = [talk(hours, 5.0, spread=0.4, seed=n) for n in range(12)]
    together = watch_of(quiet, false_alarms=30.0)
    each = watch_of(quiet, false_alarms=30.0, over="each")
    assert 0 < len(together.alarms) < len(each.alarms)


@pytest.mark.parametrize(("mean", "times"), [(0.02, 200), (1.0, 12), (50.0, 4), (20_000.0, 4)])
def test_a_sudden_rise_is_flagged_within_the_hour(mean: float, times: float) -> None:
    at = 24 * 40 + 13
    columns = [talk(24 * 42, mean, seed=seed) for seed in range(10)]
    for seed, counts in enumerate(columns):
        counts[at : at + 12] += np.random.default_rng(seed).poisson(mean * times * 2, 12)
    soon = 0
    watch = watch_of(columns, over="each")  # as if each were watched alone
    for name in watch.streams:
        found = [a for a in watch.alarms if a.stream == name and a.flagged >= at]
        soon += bool(found) and found[0].flagged == at and abs(found[0].began - at) <= 1
    assert soon >= 9


def test_a_slow_rise_is_flagged_with_its_beginning_and_doubling_time() -> None:
    at, hours = 24 * 60, 24 * 64
    counts = talk(hours, 20.0, spread=0.05)
    grown = np.minimum(4 * 2 ** (np.arange(hours - at) / 6), 4 * 2**7)  # doubles every six hours
    counts[at:] += np.random.default_rng(1).poisson(grown)
    rows = alarms(frame(counts)).to_pylist()
    assert len(rows) == 1
    (row,) = rows
    begin = MONDAY + dt.timedelta(hours=at)
    assert dt.timedelta(0) <= row["flagged_on"] - begin <= dt.timedelta(hours=24)
    assert abs(row["began"] - begin) <= dt.timedelta(hours=18)
    assert row["doubling_low"] < row["doubling_hours"] < row["doubling_high"]
    assert 4 < row["doubling_hours"] < 16  # of all talk, which grows more slowly than the new
    assert row["ended"] is None
    assert row["grade"] == "model"


def test_an_alarm_ends_and_its_talk_is_not_learnt_as_usual() -> None:
    counts = talk(24 * 60, 10.0, spread=0.1)
    at = 24 * 40
    counts[at : at + 48] += 80
    watch = watch_of([counts])
    (alarm,) = watch.alarms
    assert alarm.began == at
    assert alarm.ended is not None
    assert abs(alarm.ended - at - 48) <= 6
    usual = watch.expected[0].mean()
    assert 0.8 < usual / 10.0 < 1.2


def test_talk_that_stays_high_becomes_the_new_usual() -> None:
    counts = talk(24 * 110, 10.0, spread=0.1)
    at = 24 * 40
    counts[at:] = talk(24 * 70, 40.0, spread=0.1, seed=5)
    (alarm,) = watch_of([counts]).alarms
    assert alarm.began == pytest.approx(at, abs=2)
    assert alarm.ended is not None
    assert 27 * 24 <= alarm.ended - at <= 29 * 24


def test_silence_is_found_when_asked_for_and_unknown_periods_are_no_silence() -> None:
    counts = talk(24 * 40, 20.0, spread=0.05)
    at = 24 * 30
    silent, unknown = counts.copy(), counts.copy()
    silent[at : at + 30], unknown[at : at + 30] = 0, np.nan
    down = alarms(frame(silent), direction="both").to_pylist()
    assert [row["direction"] for row in down] == ["down"]
    assert abs(down[0]["began"] - MONDAY - dt.timedelta(hours=at)) <= dt.timedelta(hours=2)
    assert alarms(frame(unknown), direction="both").num_rows == 0


def test_gaps_are_zero_or_unknown_as_said() -> None:
    counts = talk(24 * 40, 20.0, spread=0.05)
    whole = frame(counts)
    kept = pa.concat_tables([whole.slice(0, 24 * 30), whole.slice(24 * 31)])
    assert alarms(kept, direction="down", gaps="zero").num_rows == 1
    assert alarms(kept, direction="down", gaps="missing").num_rows == 0


def test_a_share_is_watched_when_the_whole_is_given() -> None:
    """Complaints double because talk doubles: that is no alarm of their share."""
    everything = talk(24 * 50, 200.0, spread=0.02)
    everything[24 * 40 : 24 * 44] *= 4
    part = np.random.default_rng(2).binomial(everything.astype(int), 0.1)
    table = frame(part.astype(float)).append_column("all", pa.array(everything))
    assert alarms(table).num_rows == 1
    assert alarms(table, of="all").num_rows == 0


def test_days_and_minutes_are_watched_too() -> None:
    days = talk(24 * 150, 2.0).reshape(-1, 24).sum(axis=1)
    days[120:124] += 400
    (row,) = alarms(frame(days, dt.timedelta(days=1))).to_pylist()
    assert row["began"] == MONDAY + dt.timedelta(days=120)
    minutes = np.random.default_rng(0).poisson(0.5, 6 * 24 * 25).astype(float)
    minutes[-3:] += 9
    (row,) = alarms(frame(minutes, dt.timedelta(minutes=10))).to_pylist()
    assert row["flagged_on"] - row["began"] <= dt.timedelta(minutes=20)


def test_every_kind_of_frame_gives_the_same_alarms() -> None:
    counts = talk(24 * 30, 10.0)
    counts[24 * 25 :] += 50
    table = frame(counts)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(table)
        found = [
            alarms(each) for each in (table, relation, table.to_pandas(), pl.from_arrow(table))
        ]
        del relation
    assert isinstance(found[2], pd.DataFrame)
    assert isinstance(found[3], pl.DataFrame)
    first = found[0].to_pylist()
    assert len(first) == 1
    assert found[1].to_pylist() == first == found[3].to_dicts()
    assert found[2]["began"].tolist() == [first[0]["began"]]


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_stopping_and_going_on_changes_nothing(data: st.DataObject) -> None:
    """One period at a time, through JSON at any of them, is the same as all at once."""
    seed = data.draw(st.integers(0, 1000))
    stops = set(data.draw(st.lists(st.integers(0, 519), min_size=1, max_size=6)))
    rng = np.random.default_rng(seed)
    columns = [talk(520, mean, seed=seed + n) for n, mean in enumerate((0.1, 4.0, 300.0))]
    burst = int(rng.integers(340, 500))
    columns[1][burst : burst + 9] += 40
    columns[2][rng.random(520) < 0.05] = np.nan
    whole = watch_of(columns, directions=("up", "down"), zone="Europe/Paris")
    piece = Watch(whole.streams, MONDAY, whole.rules)
    for number, row in enumerate(np.column_stack(columns)):
        counts = {n: None if np.isnan(y) else y for n, y in zip(piece.streams, row, strict=True)}
        piece.take(counts, time=piece.start_of(number))
        if number in stops:
            piece = from_json(to_json(piece))
    assert alarm_table(piece).equals(alarm_table(whole))
    assert to_json(piece) == to_json(whole)


def test_periods_passed_over_are_filled() -> None:
    rules = Rules(every=HOUR, directions=("down",))
    watch = Watch(["all"], MONDAY, rules)
    for number in range(500):
        watch.take({"all": 20.0}, time=watch.start_of(number))
    news = watch.take({"all": 20.0}, time=watch.start_of(520))
    assert [each.what for each in news] == ["flagged"]
    assert watch.period == 521
    with pytest.raises(Problem, match="no period to come"):
        watch.take({"all": 1.0}, time=watch.start_of(3))
    with pytest.raises(Problem, match="no stream 'other'"):
        watch.take({"other": 1.0})


def test_a_short_history_is_not_judged() -> None:
    with pytest.raises(Problem, match="cannot tell") as caught:
        alarms(frame(talk(24 * 13, 10.0)))
    assert "14 days" in str(caught.value)
    long, short = frame(talk(24 * 20, 10.0)), frame(talk(24 * 20, 10.0))
    both = pa.concat_tables(
        [
            long.append_column("stream", pa.array(["long"] * long.num_rows)),
            short.slice(400).append_column("stream", pa.array(["short"] * (short.num_rows - 400))),
        ]
    )
    with pytest.warns(UserWarning, match="short"):
        alarms(both, gaps="missing")


def test_every_fault_is_told_at_once() -> None:
    table = pa.table({"time": [MONDAY, MONDAY], "count": [-1.0, 2.5]})
    with pytest.raises(Problem) as caught:
        alarms(table, every="1h")
    assert len(caught.value.faults) == 2
    for wrong in (
        {"time": "when"}, {"every": "7min"}, {"gaps": "skip"}, {"direction": "left"},
        {"false_alarms": 0.0}, {"least": 1.0}, {"every": "1h"},
    ):  # fmt: skip
        with pytest.raises(Problem):
            alarms(pa.table({"time": [MONDAY, MONDAY], "count": [1.0, 2.0]}), **wrong)
    with pytest.raises(Problem, match="no dataframe"):
        alarms([1, 2, 3])


def test_a_damaged_watch_is_told() -> None:
    text = to_json(Watch(["all"], MONDAY, Rules(every=HOUR)))
    for wrong in ("", "{}", text[:-5], text.replace('"version": 1', '"version": 9'), "[]"):
        with pytest.raises(Problem, match="could not be read"):
            from_json(wrong)


def test_the_chance_of_a_count_is_that_of_its_distribution() -> None:
    from scipy import stats

    for seen, mean, spread in ((3, 1.0, 0.0), (12, 4.0, 0.5), (2000, 1500.0, 0.01)):
        variance = mean + spread * mean**2
        exact = (
            stats.poisson.sf(seen - 1, mean)
            if spread == 0
            else stats.nbinom.sf(seen - 1, 1 / spread, 1 / (1 + spread * mean))
        )
        assert tail(seen, mean, variance) == pytest.approx(exact, rel=1e-9)


def test_the_likelihood_ratio_is_that_of_two_distributions() -> None:
    from scipy import stats

    y, mean, spread, change = 17.0, 6.0, 0.3, 3.0
    told = log_ratios(np.array([y]), np.array([mean]), np.array([spread]), np.array([change]))
    size_ = 1 / spread
    exact = stats.nbinom.logpmf(y, size_, size_ / (size_ + mean * change)) - stats.nbinom.logpmf(
        y, size_, size_ / (size_ + mean)
    )
    assert told[0, 0] == pytest.approx(exact)


def test_the_time_to_a_false_alarm_is_at_least_the_threshold() -> None:
    """Known usual counts of several sizes: the mean of 200 runs against the bound of 200."""
    rng = np.random.default_rng(4)
    limit = threshold(200)
    changes = Rules(every=HOUR).changes("up")
    for mean, spread in ((0.05, 0.2), (2.0, 0.5), (500.0, 0.1)):
        runs = 200
        evidence = np.full((runs, len(changes)), -np.inf)
        first = np.zeros(runs)
        for period in range(1, 3000):
            y = rng.negative_binomial(1 / spread, 1 / (1 + spread * mean), runs).astype(float)
            ratios = log_ratios(y, np.full(runs, mean), np.full(runs, spread), changes)
            evidence = carried(evidence, ratios)
            first[(first == 0) & (mixed(evidence) >= limit)] = period
        first[first == 0] = 3000
        assert first.mean() > 200 * (1 - 2 / runs**0.5)


def test_ranges_of_size_hold_the_truth_nine_times_in_ten() -> None:
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(400):
        level = rng.gamma(100, 1 / 100)  # the usual level is known to a tenth
        seen = rng.negative_binomial(10, 1 / (1 + 0.1 * 30 * 2.5), 6).sum()
        spread = 0.1 / 6
        _, low, high = size(float(seen), 30 * 6 * level, spread, 1 / 100)
        hits += low <= 2.5 <= high
    assert 0.85 <= hits / 400 <= 0.95


def test_ranges_of_growth_hold_the_truth_nine_times_in_ten() -> None:
    rng = np.random.default_rng(9)
    hits = told = 0
    for _ in range(300):
        rate = np.log(2) / 3
        mean = 10 * np.exp(rate * np.arange(12))
        counts = rng.negative_binomial(20, 1 / (1 + 0.05 * mean)).astype(float)
        found = growing(counts, np.full(12, 10.0), 0.05)
        if found is not None and int(np.argmax(counts)) >= 10:
            told += 1
            hits += found[1] <= rate <= found[2]
    assert told > 150
    assert 0.82 <= hits / told <= 0.96
