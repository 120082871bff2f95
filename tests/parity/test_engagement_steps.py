"""How close people are: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import rapport.engagement.closeness
from parity.comparing import assert_same_rows, relational_steps
from rapport.engagement.closeness import reading, signals
from rapport.engagement.trajectory.silence import Habit
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

FIRST = 2024 * 12
HABIT = Habit(shape=1.0, scale=60.0, leaving=1 / 700)


def day(month: int) -> dt.date:
    return dt.date(2024 + month // 12, month % 12 + 1, 1)


def person_months() -> pa.Table:
    rng = np.random.default_rng(5)
    rows = [
        {"person_id": who, "month": day(month)}
        | {name: int(rng.poisson(0.7)) for name in signals.COUNTS}
        for who, months in {"ann": (0, 1, 7), "bob": (3,), "eve": (2, 3, 11), "kim": (5,)}.items()
        for month in months
    ]
    rows[3] |= dict.fromkeys(signals.COUNTS, 0) | {"visits": 2}  # bob never bought
    return pa.Table.from_pylist(rows)


def at(month: int) -> dt.datetime:
    return dt.datetime.combine(day(month), dt.time(9, 30))


CONNECTIONS = pa.Table.from_pylist(
    [
        {"person_id": "ann", "kind": "follow", "since": at(0), "until": at(4)},
        {"person_id": "ann", "kind": "member", "since": at(2), "until": None},
        {"person_id": "bob", "kind": "contact", "since": at(3), "until": None},
        {"person_id": "eve", "kind": "follow", "since": at(1), "until": at(9)},
    ],
    schema=pa.schema(
        [("person_id", pa.string()), ("kind", pa.string()), ("since", pa.timestamp("us")),
         ("until", pa.timestamp("us"))]
    ),
)  # fmt: skip
KNOWN = pa.table(
    {
        "person_id": ["ann", "bob", "eve", "kim", "lou", "nil"],
        "first_seen": pa.array([at(0), at(1), at(1), at(5), at(6), None], pa.timestamp("us")),
    }
)
MONTHS = pa.table({"wanted": [FIRST + k for k in range(13)]})


class World:
    """What the steps start from, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.happened = signals.happenings(
            engine.table(person_months()), engine.table(CONNECTIONS), engine.table(KNOWN)
        )
        self.states = engine.cache(signals.states(engine.cache(self.happened), FIRST))
        self.standing = signals.standing(self.states, engine.table(MONTHS))
        weights = np.linspace(-0.5, 0.8, len(signals.COLUMNS))
        self.scored = signals.scored(self.standing, FIRST, weights, HABIT)


CASES: dict[Callable[..., Frame], Callable[[World], Frame]] = {
    signals.happenings: lambda w: w.happened,
    signals.states: lambda w: w.states,
    signals.standing: lambda w: w.standing.select("person_id", "wanted", "times", "begun"),
    signals.scored: lambda w: w.scored,
    reading.cells: lambda w: reading.cells(w.scored),
    reading.with_levels: lambda w: reading.with_levels(
        w.scored, np.array([-1.2, -0.1, 1.1]),
        {"customer": np.array([1.0, 1.5, 2.0]), "prospect": np.array([0.5, 1.5, 2.5])},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def worlds(
    spark: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    folder = tmp_path_factory.mktemp("engines")
    with (
        open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "duck") as duck,
        open_engine("spark", time_zone="Europe/Paris", temp=folder / "spark") as other,
    ):
        yield World(duck), World(other)


def test_every_step_on_levels_has_a_case():
    assert relational_steps(rapport.engagement.closeness) == set(CASES)


@pytest.mark.parametrize("step", CASES, ids=lambda step: step.__name__)
def test_both_engines_give_the_same_rows(step, worlds):
    duck, spark = worlds
    one, other = (world.engine.collect(CASES[step](world)) for world in (duck, spark))
    assert one.num_rows > 0
    assert_same_rows(one, other)


def test_a_month_of_silence_takes_up_no_row_and_fades_by_itself(tmp_path: Path):
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        world = World(engine)
        rows = engine.collect(
            world.standing.select("person_id", "wanted", **signals.columns(FIRST))
        ).to_pylist()
        silent = [r["buying"] for r in rows if r["person_id"] == "kim"]
        bought = next(r for r in person_months().to_pylist() if r["person_id"] == "kim")["orders"]
        told = [np.log1p(bought * signals.LONG**k) for k in range(len(silent))]
        assert silent == pytest.approx(told)
        known = {r["person_id"] for r in rows}
        assert known == {"ann", "bob", "eve", "kim", "lou"}
        del world
