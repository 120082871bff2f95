"""The proof that a person is nowhere in a folder: every file is read again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.record.delta import STORED, stats_columns
from rapport.record.mentions import pattern, search
from rapport.record.person import Person


@dataclass(frozen=True, slots=True)
class Proof:
    """What was read again, and how often the person was found.

    `logs` counts files that are not tables: Delta logs and checkpoints, the ledger, all else.
    `where` names the files of the hits.
    """

    files: int
    rows: int
    logs: int
    hits: int
    where: tuple[str, ...] = ()


def prove(folder: Path, person: Person) -> Proof:
    """Read every Parquet file and every log file in a folder again, and look for the person.

    A statistic that a log keeps of a column that may name a person counts as a hit.
    """
    tables = [path for path in sorted(folder.rglob("*.parquet")) if "_delta_log" not in path.parts]
    logs = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in {*tables}]
    rows, found = 0, {}
    by_table = sorted(tables, key=_columns)
    for _, alike in groupby(by_table, key=_columns):
        files = list(alike)
        for hit in search(person, [str(path) for path in files], pq.read_schema(files[0])):
            rows += hit.rows
            if hit.theirs or hit.mentions:
                found[hit.path] = hit.theirs + hit.mentions
    for path in logs:
        if hits := _in_log(path, person):
            found[str(path)] = hits
    return Proof(len(tables), rows, len(logs), sum(found.values()), tuple(found))


def _columns(path: Path) -> list[str]:
    return [f"{field.name} {field.type}" for field in pq.read_schema(path)]


def _in_log(path: Path, person: Person) -> int:
    """Count the lines of a log that mention the person, and the statistics it should not keep."""
    hits = 0
    for line in _lines(path):
        hits += any(re.search(_python(term), line) for term in person.terms)
        if "_delta_log" in path.parts:
            hits += len(_kept_statistics(line) - _allowed(path))
    return hits


def _python(term: str) -> str:
    """Return the pattern as Python's regular expressions write it."""
    return pattern(term).replace(r"\p{L}\p{N}_", r"\w")


def _lines(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        for row in pq.read_table(path).to_pylist():
            yield json.dumps(row, default=str, ensure_ascii=False)
    else:
        yield from path.read_text("utf-8", "replace").splitlines()


def _allowed(path: Path) -> set[str]:
    table = STORED.get(path.parts[path.parts.index("_delta_log") - 1])
    return {*stats_columns(table)} if table else set()


def _kept_statistics(line: str) -> set[str]:
    """Return the columns of which a line of a Delta log keeps the least or greatest value."""
    try:
        entry = json.loads(line)
    except ValueError:
        return set()
    add: Mapping[str, Any] = (entry.get("add") or {}) if isinstance(entry, dict) else {}
    kept: set[str] = set()
    for stats in (json.loads(add.get("stats") or "{}"), add.get("stats_parsed") or {}):
        for ends in ("minValues", "maxValues"):
            values = stats.get(ends) or {}
            kept.update(name for name, value in values.items() if value is not None)
    return kept


def is_named(path: Path, person: Person) -> bool:
    """Return whether a table of results, or a file beside them, holds the person."""
    if path.suffix != ".parquet":
        return bool(_in_log(path, person))
    schema = pq.read_schema(path)
    if any(hit.theirs or hit.mentions for hit in search(person, [str(path)], schema)):
        return True
    ids = {account for _, account in person.accounts}
    columns = [f.name for f in schema if f.name.endswith("_id") and pa.types.is_string(f.type)]
    for batch in pq.ParquetFile(path).iter_batches(columns=columns) if columns and ids else ():
        for column in batch.columns:
            for text in column.unique().to_pylist():
                if text is not None and (text in ids or _last_part(text) in ids):
                    return True
    return False


def _last_part(person_id: str) -> str:
    """Return the account in an id made of source and account, without the number of a namesake."""
    return re.sub(r"#\d+$", "", re.split(r"[:/|\x1f]", person_id, maxsplit=1)[-1])
