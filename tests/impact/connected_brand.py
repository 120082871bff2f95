"""A brand whose people buy by a rate of their own and follow after buying, in results or arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapport.impact.connected.histories import NEVER, Beginnings, Histories
from rapport.impact.connected.panels import AMOUNTS
from rapport.record.engines import open_engine
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.connection import connection
from rapport.steps.context import Context

START = dt.date(2024, 1, 1)


@dataclass(frozen=True)
class Brand:
    """Orders by person and month, and the month in which each began to follow (`NEVER`)."""

    orders: np.ndarray
    since: np.ndarray
    worth: float = 20.0

    @property
    def histories(self) -> Histories:
        """The same as arrays."""
        bought = self.orders > 0
        first = np.where(bought.any(axis=1), bought.argmax(axis=1), NEVER).astype(np.int64)
        amounts = {"orders": self.orders, "margin": self.orders * self.worth}
        return Histories(amounts, first, np.ones(len(first)))

    @property
    def beginnings(self) -> Beginnings:
        """When they followed."""
        return Beginnings(self.since, self.since)


def brand(people: int = 3000, months: int = 20, lift: float = 0.0, seed: int = 1) -> Brand:
    """Who buys more follows more, right after buying; following raises buying by `lift`.

    All buy twice as much in every twelfth month.
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.5, 0.25, people)
    since = np.full(people, NEVER, np.int64)
    orders = np.zeros((people, months))
    for month in range(months):
        season = 2.0 if month % 12 == 11 else 1.0
        orders[:, month] = rng.poisson(rate * season * (1 + lift * (since < month)))
        chance = 0.02 * (rate / rate.mean()) * np.where(orders[:, month] > 0, 2.0, 0.3)
        follows = (since == NEVER) & (rng.random(people) < chance)
        since[follows] = month
    return Brand(orders, since)


def month_of(number: int) -> dt.date:
    """Return the first day of a month counted from the start."""
    whole = START.year * 12 + START.month - 1 + number
    return dt.date(whole // 12, whole % 12 + 1, 1)


def write(folder: Path, made: Brand, **more: pa.Table) -> None:
    """Leave a brand in results as the steps before would have."""
    people, months = made.orders.shape
    who, when = np.nonzero(made.orders)
    count = made.orders[who, when].astype(int)
    ids = [f"p{n:05d}" for n in range(people)]
    days = [month_of(int(m)) for m in when]
    rows = {name: np.zeros(len(who)) for name in AMOUNTS}
    rows |= {"orders": count, "margin": count * made.worth, "revenue": count * made.worth * 2}
    sparse = pa.table({"person_id": [ids[n] for n in who], "month": days, **rows})
    fans = np.flatnonzero(made.since < NEVER)
    noon = dt.timedelta(hours=12)
    begun = [dt.datetime.combine(month_of(int(made.since[n])), dt.time()) + 20 * noon for n in fans]
    stamp = pa.timestamp("us")
    links = pa.table(
        {"person_id": pa.array([ids[n] for n in fans], pa.string()),
         "platform": pa.array(["instagram" if n % 3 else "x" for n in fans], pa.string()),
         "kind": pa.array(["follow"] * len(fans), pa.string()),
         "since": pa.array(begun, stamp), "until": pa.nulls(len(fans), stamp)}
    )  # fmt: skip
    tables = {
        "person_months": sparse,
        "connections": links,
        "people": pa.table({"person_id": ids, "role": ["person"] * people}),
        "orders": orders(sparse, made.worth),
        **more,
    }
    results = Results(folder / "results")
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "t") as engine:
        for name, table in tables.items():
            engine.write(engine.table(table), results.path(name))
    facts = {"first_month": START.isoformat(), "last_month": month_of(months - 1).isoformat(),
             "money": "margin", "smallest_group": 10, "currency": "EUR"}  # fmt: skip
    rows_of = {name: table.num_rows for name, table in tables.items()}
    results.save("months", "1", StepResult(tables=rows_of, facts=facts))


def orders(sparse: pa.Table, worth: float) -> pa.Table:
    """Return an order for each month of a person with any, on the fifteenth."""
    many = sparse.num_rows
    days = [day.replace(day=15) for day in sparse.column("month").to_pylist()]
    money = pa.array([Decimal(f"{worth:.4f}")] * many, pa.decimal128(18, 4))
    return pa.table(
        {
            "source": ["shop"] * many,
            "purchase_id": [str(n) for n in range(many)],
            "person_id": sparse.column("person_id"),
            "ordered_on": pa.array(
                [dt.datetime.combine(day, dt.time(9)) for day in days], pa.timestamp("us")
            ),
            "channel": ["web"] * many,
            "net": money,
            "margin": money,
            "cancelled": [False] * many,
            "role": pa.nulls(many, pa.string()),
        }
    )


@contextmanager
def ran(folder: Path, engine: str = "duckdb") -> Iterator[tuple[Context, StepResult]]:
    """Run the step, and keep what it found."""
    results = Results(folder / "results")
    record = Record(folder / "record", key=b"k" * 32, zone="Europe/Paris")
    with open_engine(engine, time_zone="Europe/Paris", temp=folder / "t") as opened:
        context = Context(opened, record, results, parse_settings('brand = "M"'))
        result = connection(context)
        results.save("connection", "1", result)
        yield context, result
