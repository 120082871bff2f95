"""Spark sessions: started here without a word, or reached over Spark Connect."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from rapport.errors import Fault, Problem

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.log.level": "ERROR",
}
_CLIENT = ("grpc", "grpc_status", "google.rpc", "zstandard", "pandas")
_PATIENCE = 10.0  # seconds for a server to answer the first time
_RETRIES = 7  # of a call to a server that stopped answering: about two minutes


def start(master: str, **more: str) -> Any:
    """Return a Spark session at a master such as "local[2]".

    Java's own words at the start of a local session are kept from the screen.

    Raises
    ------
    Problem
        If PySpark or Java is missing, or Java does not start.
    """
    session_class = _session_class()
    local = master.startswith("local")
    if local and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        fault = Fault("Java is missing.", hint="Install Java 17 or newer, or set JAVA_HOME.")
        raise Problem("Spark cannot be started.", [fault])
    settings = {**(_LOCAL if local else {}), **SETTINGS, **more}
    with _without_warnings():
        if local:
            _start_java({**settings, "spark.master": master})
        builder = session_class.builder.appName("rapport").master(master)
        for key, value in settings.items():
            builder = builder.config(key, value)
        return builder.getOrCreate()


def running() -> Any:
    """Return the session that is active in this process, or None."""
    return _session_class().getActiveSession()


def connect(address: str) -> Any:
    """Return a new session on the server at a Spark Connect address, such as "sc://host:15002".

    A Spark session of this process, if there is one, stays as it is.

    Raises
    ------
    Problem
        If the client is not installed, or nobody answers there within ten seconds.
    """
    summary = f"{address} cannot be reached."
    _session_class()
    with _without_warnings():
        remote, client = _client(summary)
        with _refused(summary):
            _wait_for_server(client, address)
            session = remote.SparkSession.builder.remote(address).create()
            policy = client.retries.DefaultPolicy(max_retries=_RETRIES)
            session.client.set_retry_policies([policy])
            try:
                for key, value in SETTINGS.items():
                    session.conf.set(key, value)
            except Exception:
                session.release_session_on_close = False  # the server knows of none
                session.stop()
                raise
    return session


def is_remote(session: Any) -> bool:
    """Return whether a session is one of Spark Connect."""
    return type(session).__module__.startswith("pyspark.sql.connect.")


def first_words(error: Exception) -> str:
    """Return the first line of what Spark or its server says about an error."""
    cause: Any = error.__context__
    told = cause.details() if hasattr(cause, "details") else str(error)
    return (str(told).strip() or type(error).__name__).splitlines()[0]


def _client(summary: str) -> tuple[Any, Any]:
    """Return the modules of Spark Connect's client.

    What it needs is looked for first: PySpark itself ends the interpreter without it, where no
    script is being run.
    """
    try:
        for name in _CLIENT:
            importlib.import_module(name)
        return (
            importlib.import_module("pyspark.sql.connect.session"),
            importlib.import_module("pyspark.sql.connect.client"),
        )
    except (ImportError, SystemExit) as error:
        fault = Fault(
            "The client of Spark Connect is not installed, or too old.",
            hint="Install it: pip install 'pyspark[connect]'.",
        )
        raise Problem(summary, [fault]) from error


def _wait_for_server(client: Any, address: str) -> None:
    """Wait for the first answer; the client itself would wait for ten minutes."""
    grpc = importlib.import_module("grpc")
    channel = client.DefaultChannelBuilder(address).toChannel()
    try:
        grpc.channel_ready_future(channel).result(timeout=_PATIENCE)
    except grpc.FutureTimeoutError as error:
        raise TimeoutError(f"No Spark Connect server answered within {_PATIENCE:g} s.") from error
    finally:
        channel.close()


@contextmanager
def _refused(summary: str) -> Iterator[None]:
    from pyspark.errors import PySparkException

    hint = "Look at 'engine' in rapport.toml (sc://HOST:PORT) and whether the server runs."
    try:
        yield
    except (PySparkException, ValueError, TimeoutError) as error:
        raise Problem(summary, [Fault(first_words(error), hint=hint)]) from error


def _start_java(settings: Mapping[str, str]) -> None:
    """Start the Java that a local session runs in, unless this process has one."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    if SparkContext._gateway is not None:
        return
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    with tempfile.TemporaryFile() as log:  # Java holds it open for as long as it needs it
        try:
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log})
        except PySparkRuntimeError as error:
            fault = Fault(_said(log), hint="Spark needs Java 17 or newer; look at JAVA_HOME.")
            raise Problem("Java could not be started for Spark.", [fault]) from error
    SparkContext._ensure_initialized(gateway=gateway)


def _said(log: IO[bytes]) -> str:
    """Return the first words of Java, without those of the script that starts it."""
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    told = [line.strip() for line in lines if line.strip() and "spark-class:" not in line]
    return " ".join(told[:2]) or "Java ended without a word."


@contextmanager
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which pandas Spark likes best: we use none
        yield


def _session_class() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        fault = Fault("PySpark is not installed.", hint="Install it: pip install 'rapport[spark]'.")
        raise Problem("Spark cannot be started.", [fault]) from error
    return SparkSession
