"""Engines read, keep, write and hand over the same rows, and leave no trace."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from awkward_shop import ZONE, at, file, money, stored, whole
from rapport.errors import Problem
from rapport.record.engines import Engine, open_engine
from rapport.record.reading import table_frame
from rapport.record.visible import Visible

ROWS = [
    whole("1", "ann", "2024-07-01T22:30", "0.1"),
    whole("2", None, "2024-12-31T22:59", "12345678901234.5678"),
    whole("3", "bob", "2024-12-31T23:00", -3),
]


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "spark":
        request.getfixturevalue("spark")
    with open_engine(request.param, time_zone=ZONE, temp=tmp_path / "temp") as opened:
        yield opened


def test_scan_gives_naive_utc_and_the_brands_day(engine: Engine, tmp_path: Path) -> None:
    frame = engine.scan(file(tmp_path, "purchase", ROWS), stored("purchase"))
    rows = engine.collect(frame.select("ordered_on", "ordered_on_day", "cancelled_on_day"))
    assert rows.schema.types == [pa.timestamp("us"), pa.date32(), pa.date32()]
    days = {row["ordered_on"].isoformat(): row["ordered_on_day"] for row in rows.to_pylist()}
    assert days == {
        "2024-07-01T22:30:00": dt.date(2024, 7, 2),
        "2024-12-31T22:59:00": dt.date(2024, 12, 31),
        "2024-12-31T23:00:00": dt.date(2025, 1, 1),
    }


def test_no_files_are_an_empty_frame_of_the_same_columns(engine: Engine, tmp_path: Path) -> None:
    full = engine.scan(file(tmp_path, "purchase", ROWS), stored("purchase"))
    none = engine.scan([], stored("purchase"))
    assert engine.collect(none).schema == engine.collect(full).schema
    assert engine.collect(none).num_rows == 0


def test_a_column_that_a_file_lacks_is_null(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "old.parquet")
    schema = pa.schema(
        {
            "a": pa.string(),
            "m": pa.decimal128(18, 4),
            "t": pa.timestamp("us", "UTC"),
            "b": pa.bool_(),
        }
    )
    rows = engine.collect(engine.scan([tmp_path / "old.parquet"], schema)).to_pylist()
    assert rows == [{"a": "x", "m": None, "t": None, "b": None, "t_day": None}]


def test_money_is_exact_from_file_to_table(engine: Engine, tmp_path: Path) -> None:
    frame = engine.scan(file(tmp_path, "purchase", ROWS), stored("purchase"))
    assert engine.write(frame.select("purchase_id", "revenue"), tmp_path / "out") == 3
    stored_rows = DeltaTable(tmp_path / "out").to_pyarrow_table().to_pylist()
    assert {row["purchase_id"]: row["revenue"] for row in stored_rows} == {
        "1": money("0.1"), "2": money("12345678901234.5678"), "3": money(-3),
    }  # fmt: skip


def test_a_written_table_is_replaced_whole_even_by_other_columns(
    engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    frame = engine.scan(file(tmp_path, "purchase", ROWS), stored("purchase"))
    engine.write(frame.select("purchase_id", "ordered_on", "ordered_on_day"), folder)
    again = engine.collect(engine.scan_delta(folder))
    assert again.schema.types == [pa.string(), pa.timestamp("us"), pa.date32()]
    counted = frame.group_by("currency").agg(n=nw.len(), total=nw.col("source_row").sum())
    assert engine.write(counted, folder) == 1
    assert engine.collect(engine.scan_delta(folder)).to_pylist() == [
        {"currency": "EUR", "n": 3, "total": 6}
    ]
    assert engine.write(counted.filter(nw.col("n") > 3), folder) == 0
    assert engine.collect(engine.scan_delta(folder)).num_rows == 0


def test_a_table_may_replace_the_one_it_is_read_from(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    engine.write(engine.table(pa.table({"n": [1, 2]})), folder)
    engine.write(engine.scan_delta(folder).with_columns(n=nw.col("n") + 1), folder)
    assert sorted(engine.collect(engine.scan_delta(folder))["n"].to_pylist()) == [2, 3]


def test_a_cached_frame_outlives_its_files(engine: Engine, tmp_path: Path) -> None:
    (path,) = file(tmp_path, "purchase", ROWS)
    kept = engine.cache(engine.scan([path], stored("purchase")))
    path.unlink()
    assert engine.collect(kept).num_rows == 3


def test_a_missing_table_is_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"There is no Delta table\. Run 'rapport run' first\."):
        engine.scan_delta(tmp_path / "nowhere")


def test_only_visible_loads_count_and_the_last_load_holds(engine: Engine, tmp_path: Path) -> None:
    rows = [
        {**whole("1", "ann", "2024-07-01T22:30", 1), "load_id": "A", "source_row": 9},
        {**whole("1", "ann", "2024-07-01T22:30", 2), "load_id": "B", "source_row": 2},
        {**whole("1", "ann", "2024-07-01T22:30", 3), "load_id": "B", "source_row": 3},
        {**whole("1", "ann", "2024-07-01T22:30", 4), "load_id": "C", "source_row": 4},
        {**whole("2", "ann", "2024-07-02T22:30", 5), "load_id": "A", "source_row": 5},
    ]
    files = tuple(str(path) for path in file(tmp_path, "purchase", rows))
    shown = Visible("purchase", files, ("A", "B"), mixed=True, duplicates=True, rows=4)
    record = SimpleNamespace(visible=lambda _: shown)
    found = engine.collect(table_frame(engine, record, "purchase")).to_pylist()
    assert sorted((row["purchase_id"], int(row["revenue"])) for row in found) == [
        ("1", 3), ("2", 5),
    ]  # fmt: skip


def test_temporary_files_go_with_the_engine(tmp_path: Path) -> None:
    with open_engine("duckdb", time_zone=ZONE, temp=tmp_path / "temp") as engine:
        engine.cache(engine.table(pa.table({"n": [1]})))
        assert list((tmp_path / "temp").rglob("*.parquet"))
    assert not list((tmp_path / "temp").iterdir())


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    with open_engine("duckdb", time_zone=ZONE, temp=tmp_path, memory="1MB") as engine:
        wide = engine.table(pa.table({"n": range(200_000)}))
        pairs = wide.with_columns(text=nw.col("n").cast(nw.String())).group_by("n", "text")
        with pytest.raises(Problem, match=r"Raise 'memory' in rapport\.toml"):
            engine.collect(pairs.agg(count=nw.len()))
        del wide, pairs


def test_spark_without_java_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapport.record import spark_sessions as spark

    monkeypatch.setattr(spark.shutil, "which", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(Problem, match="Install Java 17 or newer"):
        spark.start("local[1]")


def test_spark_without_pyspark_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapport.record import spark_sessions as spark

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(Problem, match=r"pip install 'rapport\[spark\]'"):
        spark.start("local[1]")


_ON_SPARK = """
import pyarrow as pa
from rapport.record.engines import open_engine
with open_engine("spark", time_zone="UTC") as engine:
    print(engine.collect(engine.table(pa.table({"a": [1, 2]}))).num_rows)
"""


@pytest.mark.spark
def test_a_spark_session_starts_and_ends_in_silence(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_ON_SPARK)
    command: list[Any] = [sys.executable, tmp_path / "script.py"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "2\n", "")


def test_java_that_does_not_start_is_told_with_its_own_words(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'This Java is too old.' >&2\nexit 1\n")
    java.chmod(0o755)
    (tmp_path / "script.py").write_text(_ON_SPARK)
    command: list[Any] = [sys.executable, tmp_path / "script.py"]
    there = {**os.environ, "JAVA_HOME": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=there)
    assert "This Java is too old. Spark needs Java 17 or newer" in ended.stderr


@pytest.mark.spark
def test_a_session_that_was_there_keeps_its_settings(spark: Any, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        with open_engine("spark", time_zone=ZONE, temp=tmp_path) as engine:
            frame = engine.scan(file(tmp_path, "purchase", ROWS[:1]), stored("purchase"))
            (row,) = engine.collect(frame.select("ordered_on", "ordered_on_day")).to_pylist()
        assert row["ordered_on"].isoformat() == "2024-07-01T22:30:00"
        assert row["ordered_on_day"] == dt.date(2024, 7, 2)
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


_SCRIPT = """
import narwhals as nw, pyarrow as pa, sys
from rapport.record.engines import open_engine
with open_engine("duckdb", time_zone="UTC") as engine:
    frame = engine.table(pa.table({"a": [1, 2]}))
    kept = engine.cache(frame.group_by("a").agg(n=nw.len()))
    print(engine.collect(kept).num_rows)
    if "fail" in sys.argv:
        sys.exit(3)
"""


@pytest.mark.parametrize("ending", ["well", "fail"])
def test_python_ends_in_silence_though_frames_are_still_held(ending: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_SCRIPT)
    command: list[Any] = [sys.executable, tmp_path / "script.py", ending]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("2\n", "")
    assert ended.returncode == (3 if ending == "fail" else 0)


def test_a_time_keeps_its_microseconds(engine: Engine, tmp_path: Path) -> None:
    when = at("2024-07-01T22:30:00.123456")
    rows = [{**ROWS[0], "ordered_on": when}]
    frame = engine.scan(file(tmp_path, "purchase", rows), stored("purchase"))
    engine.write(frame.select("ordered_on"), tmp_path / "out")
    (row,) = DeltaTable(tmp_path / "out").to_pyarrow_table().to_pylist()
    assert row["ordered_on"] == when
