"""The rows behind the numbers: one file for each result table, beside the letter."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from rapport.report.findings import Findings, without_small_groups
from rapport.tables import defused
from rapport.workspace import write_whole

LIMIT = 100_000

_RANKED_BY = (
    "value_at_risk",
    "lifetime_value",
    "total",
    "value",
    "revenue",
    "waiting_hours",
    "requests",
)


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of rows: where it lies, how many rows it has, and how many the table has."""

    name: str
    href: str
    rows: int
    of: int

    @property
    def cut(self) -> bool:
        """True when the table has more rows than the file."""
        return self.rows < self.of


def write_tables(findings: Findings, names: Iterable[str], folder: Path) -> dict[str, TableFile]:
    """Write the result tables that the letter points to, and remove those of an earlier letter.

    Returns the file of each table; one that the run did not make has none. A table of more than
    LIMIT rows is cut to those of most value.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, TableFile] = {}
    for name in sorted({name for name in names if name in findings.results.tables}):
        rows = findings.largest(name, _ranked_by(findings, name), LIMIT)
        if rows is None:
            continue
        shown = without_small_groups(rows, name, findings.smallest_group)
        path = folder / f"{name}.csv"
        write_whole(path, csv_bytes(shown, findings.words.language))
        of = (
            max(findings.results.tables[name], shown.num_rows)
            if len(rows) == LIMIT
            else shown.num_rows
        )
        written[name] = TableFile(
            name, f"{quote(folder.name)}/{quote(path.name)}", shown.num_rows, of
        )
    kept = {f"{name}.csv" for name in written}
    for path in folder.glob("*.csv"):
        if path.name not in kept:
            path.unlink()
    return written


def csv_bytes(table: pa.Table, language: str) -> bytes:
    r"""Return a table as a spreadsheet of that language opens it, texts unable to be formulas.

    English: comma and decimal point. French: semicolon and decimal comma. UTF-8 with its mark.

    Examples
    --------
    >>> csv_bytes(pa.table({"name": ["=1+1"], "value": [-1.5]}), "en").decode("utf-8-sig")
    "name,value\r\n'=1+1,-1.5\r\n"
    >>> csv_bytes(pa.table({"name": ["ok"], "value": [-1.5]}), "fr").decode("utf-8-sig")
    'name;value\r\nok;-1,5\r\n'
    """
    decimal = "," if language == "fr" else "."
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if language == "fr" else ",")
    writer.writerow([_plain(name, decimal) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=10_000):
        writer.writerows(_plain_rows(batch, decimal))
    return text.getvalue().encode("utf-8-sig")


def _plain_rows(batch: pa.RecordBatch, decimal: str) -> Iterator[list[Any]]:
    for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        yield [_plain(value, decimal) for value in values]


def _plain(value: Any, decimal: str) -> Any:
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and math.isnan(value):
        return ""
    if value is None or isinstance(value, bool | int | dt.date):
        return "" if value is None else value
    return str(value).replace(".", decimal)


def _ranked_by(findings: Findings, name: str) -> str:
    columns = findings.columns(name)
    return next((column for column in _RANKED_BY if column in columns), "")
