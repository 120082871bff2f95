"""The entry point for notebooks: any dataframe in, medians with ranges out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rapport.errors import Problem
from rapport.listening import waiting_time
from rapport.listening.answering.business_hours import BusinessHours

at = dt.datetime.fromisoformat

START = at("2026-05-04T09:00")
NOW = START + dt.timedelta(days=3)
WAITS = [3, 5, 8, 12, 20, 33, 54, 90, 150, 2000, None, None, None]


def rows() -> list[dict[str, Any]]:
    return [
        {
            "opened_on": START + dt.timedelta(minutes=k),
            "answered_on": None if w is None else START + dt.timedelta(minutes=k + w),
            "channel": "chat" if k % 2 else "mail",
        }
        for k, w in enumerate(WAITS)
    ]


def test_every_kind_of_dataframe_is_told_the_same() -> None:
    table = pa.Table.from_pylist(rows())
    expected = waiting_time(table, by="channel", now=NOW).to_pylist()
    assert [(row["channel"], row["requests"], row["waiting"]) for row in expected] == [
        ("mail", 7, 2),
        ("chat", 6, 1),
    ]
    pandas = waiting_time(table.to_pandas(), by="channel", now=NOW)
    assert isinstance(pandas, pd.DataFrame)
    polars = waiting_time(pl.from_arrow(table), by="channel", now=NOW)
    assert isinstance(polars, pl.DataFrame)
    lazy = waiting_time(pl.from_arrow(table).lazy(), by="channel", now=NOW)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(table)
        duck = waiting_time(relation, by="channel", now=NOW).to_pylist()
        del relation
    assert polars.to_dicts() == duck == expected
    assert lazy.to_dicts() == expected if isinstance(lazy, pl.DataFrame) else lazy.to_pylist()
    assert pandas["median"].tolist() == [row["median"] for row in expected]


def test_spark_is_told_the_same_whatever_its_zone(spark: Any) -> None:
    table = pa.Table.from_pylist(rows())
    expected = waiting_time(table, by="channel", now=NOW).to_pylist()
    made = [(r["opened_on"], r["answered_on"], r["channel"]) for r in rows()]
    kinds = "opened_on timestamp_ntz, answered_on timestamp_ntz, channel string"
    frame = spark.createDataFrame(made, kinds)
    assert waiting_time(frame, by="channel", now=NOW).to_pylist() == expected


def test_people_still_waiting_count_as_waiting() -> None:
    told = waiting_time(pa.Table.from_pylist(rows()), now=NOW).to_pylist()[0]
    assert told["median"] == 54  # of all thirteen; of those answered it is 26.5
    assert told["p90"] is None
    assert told["p90_low"] > 90
    assert told["within_1h"] == pytest.approx(7 / 13)
    assert told["within_24h"] == pytest.approx(9 / 13)
    assert told["within_24h_low"] < told["within_24h"] < told["within_24h_high"]


def test_an_answer_after_now_has_not_come_yet() -> None:
    told = waiting_time(pa.Table.from_pylist(rows()), now=START + dt.timedelta(minutes=30))
    assert told.to_pylist()[0]["waiting"] == 8


def test_nothing_but_open_requests_in_pandas() -> None:
    frame = pd.DataFrame({"opened": [START] * 4, "answered": [None] * 4})
    told = waiting_time(frame, now=NOW)
    assert told["waiting"].tolist() == [4]
    assert told["median"].isna().all()


def test_no_rows() -> None:
    empty = pa.Table.from_pylist(rows()).slice(0, 0)
    assert waiting_time(empty, by=["channel"]).num_rows == 0


def test_zones_are_brought_to_one_clock() -> None:
    opened = pd.to_datetime(["2026-10-25 00:30+02:00"] * 3, utc=True).tz_convert("Europe/Paris")
    answered = opened + pd.Timedelta(hours=4)  # the clocks go back in between
    told = waiting_time(pd.DataFrame({"opened": opened, "answered": answered}))
    assert told["median"].tolist() == [240]


def test_only_business_hours_count() -> None:
    friday, monday = at("2026-05-22T15:00"), at("2026-05-25T08:00")
    hours = BusinessHours.read("mon-fri 09:00-18:00", "Europe/Paris", [dt.date(2026, 5, 25)])
    table = pa.table({"opened_on": [friday], "answered_on": [monday]})
    assert waiting_time(table, hours=hours)["median"].to_pylist() == [60]


def test_all_that_is_wrong_is_said_at_once() -> None:
    table = pa.table({"opned_on": ["soon"], "answered_on": ["later"]})
    with pytest.raises(Problem) as caught:
        waiting_time(table, by=["chanel", "answered_on"])
    assert len(caught.value.faults) == 3
    with pytest.raises(Problem, match="not times"):
        waiting_time(pa.table({"opened_on": ["soon"], "answered_on": ["later"]}))
    with pytest.raises(Problem, match="not a length"):
        waiting_time(pa.table({"opened_on": [START], "answered_on": [START]}), within=["soon"])
    with pytest.raises(Problem, match="no dataframe"):
        waiting_time([1, 2])
