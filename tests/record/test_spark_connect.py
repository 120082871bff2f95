"""A Spark Connect server is an engine like the others, and tells when it is not there."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

from awkward_shop import AWKWARD_LINES, AWKWARD_ORDERS, ZONE, file, stored, whole
from rapport.errors import Problem
from rapport.record import spark_sessions
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value.customers import purchase_counts
from rapport.value.lines import lines
from rapport.value.purchases import orders
from rapport.value.returns import matched_returns

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
CONF = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.log.level": "OFF",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, spark: Any) -> Iterator[str]:
    """Start a server of its own beside the session of this process, and return its address."""
    folder = tmp_path_factory.mktemp("server")
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    port = _free_port()
    conf = {**CONF, "spark.connect.grpc.binding.port": port, "spark.sql.warehouse.dir": folder}
    command = [
        *(home / "bin" / "spark-submit", "--class", SERVER),
        *("--master", "local[1]", "--driver-memory", "600m"),
        *("--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        *(part for key, value in conf.items() for part in ("--conf", f"{key}={value}")),
        "spark-internal",
    ]
    more = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONNECT_MODE": "0"}
    with (folder / "log").open("wb") as log:
        java = subprocess.Popen(
            command, env={**os.environ, **more}, cwd=folder, stdout=log, stderr=log
        )
    try:
        _wait(java, port, folder / "log")
        yield f"sc://127.0.0.1:{port}"
    finally:
        java.kill()
        java.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(java: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and java.poll() is None:
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"The Spark Connect server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def remote(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    temp = tmp_path_factory.mktemp("temp")
    with open_engine(server, time_zone=ZONE, temp=temp) as engine:
        yield engine


def test_a_scan_gives_the_brands_days_and_exact_money(remote: Engine, tmp_path: Path) -> None:
    rows = [
        whole("1", "ann", "2024-07-01T22:30", "0.1"),
        whole("2", None, "2024-12-31T22:59", "12345678901234.5678"),
    ]
    files = file(tmp_path, "purchase", rows)
    kept = remote.cache(remote.scan(files, stored("purchase")))
    files[0].unlink()
    told = remote.collect(kept.select("purchase_id", "ordered_on", "ordered_on_day", "revenue"))
    assert [str(row["revenue"]) for row in told.to_pylist()] == ["0.1000", "12345678901234.5678"]
    assert told["ordered_on"].to_pylist()[0] == dt.datetime(2024, 7, 1, 22, 30)  # noqa: DTZ001
    assert told["ordered_on_day"].to_pylist() == [dt.date(2024, 7, 2), dt.date(2024, 12, 31)]
    empty = remote.collect(remote.scan([], stored("purchase")))
    assert empty.num_rows == 0
    assert empty.schema == remote.collect(kept).schema


def test_a_written_table_is_replaced_whole(remote: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    first = pa.table({"n": [1, 2], "on": pa.array([dt.datetime(2024, 1, 1)] * 2)})  # noqa: DTZ001
    assert remote.write(remote.table(first), folder) == 2
    seen = remote.scan_delta(folder)
    assert remote.collect(seen).equals(first)
    assert remote.write(seen.select("on", n=nw.col("n") * 10), folder) == 2
    with open_engine("duckdb", time_zone=ZONE, temp=tmp_path / "temp") as duck:
        rows = duck.collect(duck.scan_delta(folder)).to_pylist()
    assert sorted(row["n"] for row in rows) == [10, 20]
    assert remote.write(remote.scan_delta(folder).filter(nw.col("n") > 99), folder) == 0
    assert remote.collect(remote.scan_delta(folder)).num_rows == 0


def test_steps_give_the_rows_that_duckdb_gives(remote: Engine, tmp_path: Path) -> None:
    files = {
        "purchase": file(tmp_path, "purchase", AWKWARD_ORDERS),
        "purchase_line": file(tmp_path, "purchase_line", AWKWARD_LINES),
    }
    with open_engine("duckdb", time_zone=ZONE, temp=tmp_path / "temp") as duck:
        every = _lines(duck, files)
        matched = duck.collect(matched_returns(every, keep=duck.cache))
        wanted = _counts(duck, every, matched)
        del every
    told = _counts(remote, _lines(remote, files), matched)
    assert len(wanted) > 5
    assert told == wanted


def _lines(engine: Engine, files: dict[str, list[Path]]) -> Frame:
    facts = (engine.scan(files[name], stored(name)) for name in ("purchase", "purchase_line"))
    return engine.cache(lines(*facts, currency="EUR", rates={"GBP": 1.17}))


def _counts(engine: Engine, every: Frame, matched: pa.Table) -> list[dict[str, Any]]:
    net = orders(every, engine.table(matched))
    rows = engine.collect(purchase_counts(net, dt.date(2024, 12, 31))).to_pylist()
    return sorted(rows, key=lambda row: str(row["person_id"]))


def test_files_that_the_server_does_not_see_are_told(remote: Engine, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="must see the workspace under the same path"):
        remote.scan([tmp_path / "elsewhere.parquet"], pa.schema({"a": pa.string()}))


def test_the_session_of_this_process_and_the_server_outlive_the_engine(
    server: str, spark: Any, tmp_path: Path
) -> None:
    for name in (server, "spark", server):
        with open_engine(name, time_zone=ZONE, temp=tmp_path) as engine:
            assert engine.collect(engine.table(pa.table({"n": [7]}))).to_pylist() == [{"n": 7}]
    assert spark.range(3).count() == 3


def _refused(address: str, tmp_path: Path) -> str:
    with (
        pytest.raises(Problem, match="cannot be reached") as told,
        open_engine(address, time_zone=ZONE, temp=tmp_path),
    ):
        pass
    return str(told.value)


@pytest.mark.parametrize("address", ["sc://127.0.0.1:1", "sc://nowhere.invalid:15002"])
def test_a_server_that_is_not_there_is_told_soon(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_sessions, "_PATIENCE", 0.5)
    began = time.monotonic()
    told = _refused(address, tmp_path)
    assert time.monotonic() - began < 30  # the first import of the client takes a while
    assert "No Spark Connect server answered within 0.5 s." in told
    assert "Look at 'engine' in rapport.toml" in told


@pytest.mark.parametrize("address", ["sc://", "sc://host:many", "sc://host/x"])
def test_an_address_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    assert "Look at 'engine' in rapport.toml" in _refused(address, tmp_path)


def test_a_server_of_another_kind_is_told(tmp_path: Path) -> None:
    import grpc

    other = grpc.server(ThreadPoolExecutor(1))
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    try:
        assert "Method not found" in _refused(f"sc://127.0.0.1:{port}", tmp_path)
    finally:
        other.stop(None).wait()


@pytest.mark.parametrize("missing", ["grpc", "grpc_status", "zstandard"])
def test_a_client_that_is_not_installed_is_told_without_ending_python(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert "pip install 'pyspark[connect]'" in _refused("sc://127.0.0.1:1", tmp_path)
