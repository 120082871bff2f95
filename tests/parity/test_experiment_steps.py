"""Before and after, and hold-outs: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import rapport.impact.before_after
import rapport.impact.experiments
from awkward_shop import ZONE
from parity.comparing import assert_same_rows, relational_steps
from rapport.impact.before_after import cells
from rapport.impact.experiments import connecting, reading
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

DAY = dt.date(2026, 3, 1)
DAWN, DUSK = (dt.datetime(2026, 3, day, 23, tzinfo=dt.UTC) for day in (1, 31))
SECOND = dt.timedelta(seconds=1)
PEOPLE = pa.table(
    {"person_id": list("abcdef"), "cohort": pa.array([3, 3, None, None, 5, 24_312], pa.int64()),
     "stratum": [0, 1, 0, 0, 1, 0]}
)  # fmt: skip
BROUGHT = pa.table(
    {"person_id": list("aaabbccdz"), "period": [1, 1, 3, 2, 5, 4, 4, 1, 1],
     "outcome": [1.5, 2.0, -3.0, 10.0, 0.0, 7.25, 0.75, 1e6, 5.0]}
)  # fmt: skip
DRAWN = pa.table(
    {"wave": [0, 0, 0, 0, 1, 1], "person_id": list("abcdab"),
     "arm": ["sent", "held out", "sent", "held out", "sent", "held out"],
     "level": ["fully engaged", None, "fully engaged", "not engaged", None, None]}
)  # fmt: skip
WAVES = pa.table(
    {"wave": [0, 1], "start": [DAY.toordinal(), DAY.toordinal() + 40], "days": [30, 60],
     "before": [10, 10]}
)  # fmt: skip
STAMP = pa.timestamp("us", "UTC")
CONNECTIONS = pa.table(
    {"person_id": ["a", "a", "b", "b", "c", "d", "d", "z"],
     "kind": ["follow"] * 4 + ["contact"] + ["follow"] * 3,
     "platform": ["x", "y", "x", "y", "x", None, "x", "x"],
     "since": pa.array([DAWN, DUSK - SECOND, DAWN - SECOND, DUSK, DAWN, None, DUSK - SECOND, DAWN],
                       STAMP)}
)  # fmt: skip
LOTS = pa.table(
    {"wave": [0, 1], "begins": pa.array([DAWN, DUSK], STAMP), "ends": pa.array([DUSK] * 2, STAMP),
     "kind": ["follow", ""]}
)  # fmt: skip
ORDERS = pa.table(
    {"person_id": ["a", "a", "a", "b", "b", "c", "z", "d"],
     "day": pa.array([DAY + dt.timedelta(days=n) for n in (0, 1, 31, 30, -10, -9, 3, 300)],
                     pa.date32()),
     "margin": [1.0, 2.5, 4.0, -1.0, 8.0, 16.0, 32.0, 64.0]}
)  # fmt: skip


class World:
    """One set of people on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.people, self.brought = engine.table(PEOPLE), engine.table(BROUGHT)
        drawn, orders, waves, lots = (engine.table(rows) for rows in (DRAWN, ORDERS, WAVES, LOTS))
        self.took = engine.cache(connecting.took_up(drawn, engine.table(CONNECTIONS), lots))
        self.results = engine.cache(reading.results(self.took, orders, waves))


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    cells.cell_sums: lambda w: cells.cell_sums(w.people, w.brought, (1, 5)),
    connecting.took_up: lambda w: w.took,
    reading.results: lambda w: w.results,
    reading.arm_sums: lambda w: reading.arm_sums(w.results),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    rooms = (rapport.impact.before_after, rapport.impact.experiments)
    assert relational_steps(*rooms) == set(STEPS)


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
    sums = {(r["cohort"], r["stratum"]): r for r in made[cells.cell_sums].to_pylist()}
    assert sums[3, 0]["product_0_2"] == pytest.approx(3.5 * -3.0)
    never = sums[None, 0]
    assert never["people"] == 2
    assert never["product_3_3"] == pytest.approx(64.0)
    assert never["sum_0"] == pytest.approx(1e6)
    assert sums[24_312, 0]["sum_0"] == 0.0
    first = [row for row in made[reading.results].to_pylist() if row["wave"] == 0]
    told = sorted((row["arm"], row["margin"], row["past_margin"]) for row in first)
    # of a: the order of the day of the lot is before, that of day 31 is too late; of b: ten days
    # before the lot is too early
    assert told == [("held out", -1.0, 0.0), ("held out", 0.0, 0.0), ("sent", 0.0, 16.0),
                    ("sent", 2.5, 1.0)]  # fmt: skip
    took = {
        (r["wave"], r["person_id"]): r["connected"] for r in made[connecting.took_up].to_pylist()
    }
    # a second before is too early, the end itself too late; two platforms count once; without a
    # time, or in another way, is none; nothing in a wave that invites to nothing
    assert took == {(0, "a"): 1.0, (0, "b"): 0.0, (0, "c"): 0.0, (0, "d"): 1.0, (1, "a"): 0.0,
                    (1, "b"): 0.0}  # fmt: skip
    people = sum(row["people"] for row in made[reading.arm_sums].to_pylist())
    assert people == DRAWN.num_rows
