"""Business time, minute by minute, over holidays and the changes of the clocks."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening.answering.business_hours import BusinessHours, calendar, open_seconds
from rapport.record.engines import open_engine

at = dt.datetime.fromisoformat

WEEK = "mon-fri 09:00-12:30, mon-fri 13:30-18:15, sat 10:00-13:00"
NIGHT = "fri-sat 22:00-03:30, sun 00:00-24:00"
HOLIDAYS = (dt.date(2026, 5, 1), dt.date(2026, 3, 28), dt.date(2026, 10, 24))


def by_the_minute(hours: BusinessHours, start: dt.datetime, end: dt.datetime) -> int:
    """Ask the wall clock at every minute: the definition itself."""
    zone, passed, now = ZoneInfo(hours.zone), 0, start
    while now < end:
        wall = now.replace(tzinfo=dt.UTC).astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        for back in (0, 1):
            day = wall.date() - dt.timedelta(days=back)
            if day in hours.holidays:
                continue
            spans = hours.weekly[day.weekday()]
            passed += any(a <= minute + 1440 * back < b for a, b in spans)
        now += dt.timedelta(minutes=1)
    return passed


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([WEEK, NIGHT, "mon-sun 01:30-02:45"]),
    st.sampled_from(["Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from([at("2026-03-27T00:00"), at("2026-10-03T00:00"), at("2026-04-30T00:00")]),
    st.integers(0, 5000),
    st.integers(0, 6000),
)
def test_every_minute_is_counted_once(
    week: str, zone: str, day: dt.datetime, offset: int, length: int
) -> None:
    hours = BusinessHours.read(week, zone, HOLIDAYS)
    start = day + dt.timedelta(minutes=offset)
    end = start + dt.timedelta(minutes=length)
    assert hours.seconds_between(start, end) == 60 * by_the_minute(hours, start, end)


def test_the_engine_counts_the_same_seconds() -> None:
    hours = BusinessHours.read(WEEK, "Europe/Paris", HOLIDAYS)
    start = at("2026-03-20T00:00")
    times = [start + dt.timedelta(seconds=9_973 * k) for k in range(150)]
    ends = [time + dt.timedelta(seconds=41_231 * (k % 17)) for k, time in enumerate(times)]
    ends[3] = None
    with open_engine("duckdb", time_zone="UTC") as engine:
        days = calendar(hours, start.date(), dt.date(2026, 5, 1))
        rows = engine.table(pa.table({"a": times, "b": pa.array(ends, pa.timestamp("us"))}))
        found = open_seconds(rows, engine.table(days), {"x": "a", "y": "b"})
        told = engine.collect(found.select("a", "b", "x", "y")).to_pylist()
        del rows, found
    assert len(told) == 150
    for row in told:
        if row["b"] is None:
            assert row["y"] is None
        else:
            assert row["y"] - row["x"] == hours.seconds_between(row["a"], row["b"])


def test_hours_that_cannot_be_read_are_all_said() -> None:
    with pytest.raises(Problem) as caught:
        BusinessHours.read("mon-fri 9-18, mun 09:00-10:00, tue 25:00-26:00", "Europe/Pari")
    assert len(caught.value.faults) == 4
    assert "Europe/Paris" in str(caught.value)
    with pytest.raises(Problem, match="no open hour"):
        BusinessHours.read("", "UTC")


def test_a_day_round_the_clock_is_all_time() -> None:
    hours = BusinessHours.read("mon-sun 00:00-24:00", "America/Santiago")
    start = at("2025-08-01T03:17")
    assert hours.seconds_between(start, start + dt.timedelta(days=400)) == 400 * 86_400
