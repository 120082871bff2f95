"""What the comparison of connected customers reads: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.impact.connected
from awkward_shop import ZONE
from parity.comparing import assert_same_rows, relational_steps
from rapport.impact.connected import panels
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

JAN, FEB, DEC = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2023, 12, 1)
STAMP = pa.timestamp("us")


def time(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def sparse() -> pa.Table:
    rows = [("ann", JAN, 2, 20.0), ("ann", FEB, 0, 0.0), ("bob", DEC, 1, 9.5), ("eve", JAN, 1, 5.0),
            ("kim", JAN, 0, 0.0)]  # fmt: skip
    none = dict.fromkeys(panels.AMOUNTS, 0.0)
    return pa.Table.from_pylist(
        [
            none | {"person_id": who, "month": month, "orders": orders, "margin": margin}
            for who, month, orders, margin in rows
        ]
    )


CONNECTIONS = pa.table(
    {
        "person_id": ["ann", "ann", "bob", "kim", "ann"],
        "platform": ["x", None, "x", "mail", "survey"],
        "kind": ["follow", "follow", "member", "subscription", "contact"],
        "since": pa.array([time(JAN, 8), time(FEB, 9), time(DEC, 7), None, time(JAN, 1)], STAMP),
        "until": pa.array([None, time(FEB, 10), time(JAN, 7), None, None], STAMP),
    }
)
PEOPLE = pa.table({"person_id": ["ann", "bob", "eve", "kim"],
                   "role": ["person", None, "employee", "person"]})  # fmt: skip
CHOSEN = pa.table({"person_id": ["ann", "bob"], "number": [0, 1]})
LEVELS = pa.table({"person_id": ["ann", "eve"], "month": [JAN, JAN],
                   "level": ["engaged", "not engaged"], "p_fully": [0.3, 0.1]})  # fmt: skip
WORTH = pa.table({"person_id": ["bob", "eve"], "lifetime_value": [50.0, 60.0]})


def bought() -> pa.Table:
    rows = [
        ("1", "ann", time(JAN, 7)),
        ("2", "ann", time(FEB, 12)),
        ("3", "bob", time(DEC, 9)),
        ("4", "bob", time(FEB, 9)),
        ("5", None, time(JAN, 7)),
        ("6", "ann", time(JAN, 9)),
    ]
    ten = Decimal("10.0000")
    return pa.table(
        {
            "source": ["shop"] * 6,
            "purchase_id": [row[0] for row in rows],
            "person_id": [row[1] for row in rows],
            "ordered_on": pa.array([row[2] for row in rows], STAMP),
            "channel": ["web", None, "store", "store", "web", "web"],
            "net": pa.array([ten] * 6, pa.decimal128(18, 4)),
            "cancelled": [False] * 5 + [True],
            "role": pa.nulls(6, pa.string()),
        }
    )


class World:
    """The tables that the step reads, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.months, self.connections = engine.table(sparse()), engine.table(CONNECTIONS)
        self.people, self.chosen = engine.table(PEOPLE), engine.table(CHOSEN)
        self.orders, self.levels = engine.table(bought()), engine.table(LEVELS)
        self.worth = engine.table(WORTH)
        self.terms = engine.table(
            pa.table({"cause": ["connection"], "share": [0.1], "low": [-0.1], "high": [0.2],
                      "grade": ["adjusted comparison"]})
        )  # fmt: skip
        measured = self.connections.filter(nw.col("kind").is_in(["follow", "member"]))
        self.claims = panels.claims(self.orders, measured, self.terms)


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    panels.customers: lambda w: panels.customers(w.months, w.people, w.connections),
    panels.monthly: lambda w: panels.monthly(w.months, w.chosen),
    panels.begun: lambda w: panels.begun(w.connections, w.chosen),
    panels.levels: lambda w: panels.levels(w.levels, w.chosen),
    panels.worth: lambda w: panels.worth(w.worth, w.chosen),
    panels.named_by: lambda w: panels.named_by(w.orders, w.connections),
    panels.known_orders: lambda w: panels.known_orders(w.orders),
    panels.claims: lambda w: w.claims,
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    assert relational_steps(rapport.impact.connected) == set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    known = {r["person_id"]: r["connected"] for r in made[panels.customers].to_pylist()}
    assert known == {"ann": 1, "bob": 1}  # Eve works here, Kim never bought
    begun = {(r["number"], r["kind"], r["platform"]) for r in made[panels.begun].to_pylist()}
    assert begun == {(0, "follow", "x"), (0, "follow", "other"), (1, "member", "x")}
    claimed = {r["purchase_id"] for r in made[panels.claims].to_pylist()}
    assert claimed == {"2", "3"}  # before, after the end, of nobody, called off: no claim
    months = {(r["number"], r["month"]) for r in made[panels.monthly].to_pylist()}
    assert months == {(0, 24288), (0, 24289), (1, 24287)}
