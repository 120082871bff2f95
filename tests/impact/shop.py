"""A shop with an audience whose effect is known, straight in results as a run would leave them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.impact.experiments.audiences import Audiences, drawn
from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context
from rapport.steps.experiments import experiments

LOT = dt.date(2026, 3, 1)
LAST = dt.date(2026, 6, 30)


def histories(people: int, effect: float, seed: int = 1) -> tuple[list[str], Any, Any, Any]:
    """Ids, lots, and what each brings before and after (reached people bring `effect` more)."""
    rng = np.random.default_rng(seed)
    ids = [f"p{n}" for n in range(people)]
    taste = rng.gamma(2.0, 15.0, people)
    past = taste * rng.gamma(4.0, 0.25, people)
    after = taste * rng.gamma(4.0, 0.25, people)
    return ids, past, after, rng.normal(effect, 1.0, people)


def orders(ids: list[str], past: Any, after: Any) -> pa.Table:
    rows = []
    for n, who in enumerate(ids):
        rows.append((who, LOT - dt.timedelta(days=n % 150), past[n]))
        rows.append((who, LOT + dt.timedelta(days=1 + n % 80), after[n]))
    money = pa.decimal128(18, 4)
    margin = [Decimal(f"{value:.4f}") for _, _, value in rows]
    return pa.table(
        {
            "source": ["shop"] * len(rows),
            "purchase_id": [str(n) for n in range(len(rows))],
            "person_id": [who for who, _, _ in rows],
            "day": pa.array([day for _, day, _ in rows], pa.date32()),
            "net": pa.array(margin, money),
            "margin": pa.array(margin, money),
            "cancelled": [False] * len(rows),
            "role": pa.nulls(len(rows), pa.string()),
        }
    )


def shop(
    folder: Path, people: int = 4000, effect: float = 3.0, share: float = 0.3, **more: Any
) -> None:
    """Write a workspace with one audience named `name` and its orders."""
    name = more.pop("name", "thank them")
    ids, past, after, gain = histories(people, effect, more.pop("seed", 1))
    arms = np.array(drawn(ids, share, name, LOT))
    after = np.maximum(after + gain * (arms == "sent"), 0.0)
    write(folder, orders(ids, past, after), ids)
    rows = pa.table(
        {
            "person_id": ids,
            "arm": arms.tolist(),
            "level": ["fully engaged" if n % 2 else "not engaged" for n in range(people)],
        }
    )
    Audiences(folder / "audiences").write(name, LOT, rows, **more)


def write(folder: Path, bought: pa.Table, ids: list[str]) -> None:
    results = Results(folder / "results")
    everybody = pa.table({"person_id": ids, "role": pa.nulls(len(ids), pa.string())})
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "t") as engine:
        for table, rows in (("orders", bought), ("people", everybody)):
            engine.write(engine.table(rows), results.path(table))
    facts = {
        "last_day": LAST.isoformat(),
        "money": "margin",
        "smallest_group": 10,
        "currency": "EUR",
    }
    results.save("buying", "1", StepResult(tables={"orders": bought.num_rows}, facts=facts))
    results.save("relations", "1", StepResult(tables={"people": len(ids)}))


@contextmanager
def read(folder: Path, engine: str = "duckdb") -> Iterator[tuple[Context, StepResult]]:
    results = Results(folder / "results")
    record = Record(folder / "record", key=b"k" * 32, zone="Europe/Paris")
    with open_engine(engine, time_zone="Europe/Paris", temp=folder / "t") as opened:
        context = Context(opened, record, results, parse_settings('brand = "M"'))
        result = experiments(context)
        results.save("experiments", "1", result)
        yield context, result
