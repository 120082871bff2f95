"""Connections that look something up in the record's own Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def connect(spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection of bounded memory; only where a folder is named may it go to the disk."""
    if spill:
        spill.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        "memory_limit": "800MB",
        "temp_directory": str(spill) if spill else "",
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        yield connection


def quoted(name: str) -> str:
    """Return a column's name as an SQL identifier, whatever it holds.

    Examples
    --------
    >>> print(quoted('Tax "1" rate'))
    "Tax ""1"" rate"
    """
    return '"' + name.replace('"', '""') + '"'
