"""Days told by the changes of a zone are those that its calendar tells, in every zone and year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import ColumnExpression

from rapport.record import duck
from rapport.record.duck_days import day_by_calendar, day_by_changes, learn_changes
from rapport.record.engines import open_engine

ZONES = (
    "Europe/Paris", "America/New_York", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran",
)  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@pytest.mark.parametrize("zone", ZONES)
def test_changes_tell_the_days_of_the_calendar(connection: Any, zone: str) -> None:
    learn_changes(connection, zone)
    every = "SELECT unnest(range(TIMESTAMP '2005-01-01', TIMESTAMP '2040-01-01', to_minutes(37))) t"
    rows = connection.sql(f"{every} UNION ALL SELECT NULL")
    time = ColumnExpression("t")
    both = rows.select(day_by_changes(time).alias("a"), day_by_calendar(zone, time).alias("b"))
    told = both.aggregate("count(*) FILTER (a IS DISTINCT FROM b), count(a), count(*)").fetchall()
    (apart, days, count) = told[0]
    assert (apart, days) == (0, count - 1)


def test_large_files_have_the_same_days_as_small_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [0, 1_711_846_799_000_000, 1_711_839_600_000_000, 1_729_978_200_123_456, None]
    schema = pa.schema([("on", pa.timestamp("us", tz="UTC"))])
    pq.write_table(pa.table({"on": times}, schema=schema), tmp_path / "a.parquet")

    def read() -> list[dict[str, Any]]:
        with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
            return engine.collect(engine.scan([tmp_path / "a.parquet"], schema)).to_pylist()

    small = read()
    monkeypatch.setattr(duck, "_LARGE", 0)
    assert read() == small
    assert [str(row["on_day"]) for row in small[1:]] == [
        "2024-03-31", "2024-03-31", "2024-10-26", "None",
    ]  # fmt: skip
    assert str(small[3]["on"]) == "2024-10-26 21:30:00.123456"
