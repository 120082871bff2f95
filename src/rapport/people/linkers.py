"""Where the model of record linkage runs: Splink on DuckDB here, or on the engine's own Spark."""

from __future__ import annotations

import logging
import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa


class Bench(ABC):
    """Accounts beside what compares them.

    Parameters
    ----------
    total
        How many accounts there are.
    known
        For each column how many accounts have a value there.
    """

    def __init__(self, total: int, known: Mapping[str, int]) -> None:
        self.total = total
        self.known = known

    @abstractmethod
    def said(self, sql: str) -> str:
        """Return a condition, written for DuckDB, in the words of this place."""

    @abstractmethod
    def linker(self, settings: dict[str, Any]) -> Any:
        """Return one of Splink's linkers on the accounts."""

    @abstractmethod
    def fetched(self, found: Any, columns: Sequence[str]) -> pa.Table:
        """Return columns of what Splink computed."""

    @abstractmethod
    def tidy(self) -> None:
        """Drop the tables that Splink made."""


class _Duck(Bench):
    def __init__(self, rows: pa.Table, connection: Any) -> None:
        known = {name: rows.num_rows - rows.column(name).null_count for name in rows.column_names}
        super().__init__(rows.num_rows, known)
        self._rows, self._connection = rows, connection
        self._api: Any = None

    def said(self, sql: str) -> str:
        return sql

    def linker(self, settings: dict[str, Any]) -> Any:
        from splink import DuckDBAPI, Linker

        self._api = DuckDBAPI(self._connection)
        rows = self._api.register(self._rows)
        return Linker(rows, settings, log_level=None, validate_settings=False)

    def fetched(self, found: Any, columns: Sequence[str]) -> pa.Table:
        rows: pa.Table = found.as_duckdbpyrelation().select(*columns).to_arrow_table()
        return rows

    def tidy(self) -> None:
        if self._api is not None:
            self._api.delete_tables_created_by_splink_from_db()


_SPARKS = (
    (r"\bjaro_winkler_similarity\(", "jaro_winkler("),
    (r"\bstarts_with\(", "startswith("),
    (r"\bends_with\(", "endswith("),
    (r"\bregexp_matches\(", "regexp_like("),
    (r", 'g'\)", ")"),
)
_MADE = "__splink__"


class _Spark(Bench):
    def __init__(self, rows: Any) -> None:
        from pyspark.sql import functions as sf

        self._rows, self._session = rows, rows.sparkSession
        counts = [sf.count(name).alias(name) for name in rows.columns]
        told = rows.select(sf.count(sf.lit(1)).alias("__total"), *counts).first().asDict()
        super().__init__(told.pop("__total"), told)

    def said(self, sql: str) -> str:
        for pattern, words in _SPARKS:
            sql = re.sub(pattern, words, sql)
        return sql

    def linker(self, settings: dict[str, Any]) -> Any:
        from splink import Linker, SparkAPI
        from splink.internals.spark.jar_location import similarity_jar_location

        self._session.sql(f"ADD JAR '{similarity_jar_location()}'")
        open_api: Any = SparkAPI
        api = open_api(spark_session=self._session, break_lineage_method="persist")
        rows = api.register(self._rows)
        return Linker(rows, settings, log_level=None, validate_settings=False)

    def fetched(self, found: Any, columns: Sequence[str]) -> pa.Table:
        rows: pa.Table = found.as_spark_dataframe().select(*columns).toArrow()
        return rows

    def tidy(self) -> None:
        catalog = self._session.catalog
        for view in self._session.sql(f"SHOW VIEWS LIKE '{_MADE}*'").collect():
            self._session.table(view.viewName).unpersist()
            catalog.dropTempView(view.viewName)


@contextmanager
def on_duckdb(rows: pa.Table, memory: str) -> Iterator[Bench]:
    """Give the accounts of an Arrow table to Splink on DuckDB, which may use so much memory."""
    import duckdb

    with _quiet(), duckdb.connect(config={"memory_limit": memory.replace(" ", "")}) as connection:
        bench = _Duck(rows, connection)
        try:
            yield bench
        finally:
            bench.tidy()


@contextmanager
def on_spark(rows: Any) -> Iterator[Bench]:
    """Give the accounts of a Spark data frame to Splink on its session."""
    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bench = _Spark(rows)
        try:
            yield bench
        finally:
            bench.tidy()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Splink says of its progress from the user's screen."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
