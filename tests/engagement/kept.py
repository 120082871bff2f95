"""A workspace whose earlier steps left these tables: what a step is tested on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context

LAST = dt.date(2026, 6, 30)


@contextmanager
def context_of(folder: Path, tables: Mapping[str, pa.Table], body: str = "") -> Iterator[Context]:
    """Give a context with an empty record and the tables of earlier steps.

    Parameters
    ----------
    folder
        An empty one.
    tables
        What earlier steps wrote.
    body
        More of rapport.toml.
    """
    settings = parse_settings(f'brand = "M"\n{body}')
    record = Record(folder / "record", key=b"key", zone=settings.time_zone)
    results = Results(folder / "results")
    results.folder.mkdir()
    zone, temp = settings.time_zone, folder / "tmp"
    with record.reading(), open_engine("duckdb", time_zone=zone, temp=temp) as engine:
        context = Context(engine, record, results, settings)
        made = {name: context.write(name, rows) for name, rows in tables.items()}
        first = (LAST - dt.timedelta(days=364)).isoformat()
        facts = {
            "first_day": first,
            "last_day": LAST.isoformat(),
            "answering_until": LAST.isoformat(),
        }
        results.save("before", "1", StepResult(tables=made, facts=facts))
        yield context
