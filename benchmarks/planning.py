"""Does a plan keep its word? Measured power on simulated worlds beside the power promised.

For each world, outcome, length and number of people the smallest visible effect is planned at 80 %
power and 90 % level; then experiments are run on the world's own people: they are drawn, half of
them treated by lot, the effect added, and the groups compared. Last, plans are made some weeks
before the end of worlds whose seasons move on, and set beside what the next weeks needed.

    python benchmarks/planning.py [--rounds 2000] [--people 20000] [--worlds 6]
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace

import narwhals as nw
import numpy as np

from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.simulation.history import ZONE
from rapport.simulation.making import live_through, write_down
from rapport.simulation.planning import Crowd, Design, measured_power
from rapport.simulation.planning.grid import Length, Span, cells, lengths_of
from rapport.simulation.planning.world import world_orders
from rapport.simulation.world import World

OUTCOMES = ("margin", "orders", "retention")
LENGTHS = (4, 13, 26)
PEOPLE = (300, 1000, 5000)


def crowd_of(engine: Engine, length: Length, *, binary: bool) -> Crowd:
    """Return the people of a window with their own past and outcome."""
    both = engine.collect(length.totals.select("person_id", "past", "outcome"))
    both = both.sort_by("person_id")
    return Crowd(both["past"].to_numpy(), both["outcome"].to_numpy().astype(float), binary)


def lengths(engine: Engine, orders: Frame, span: Span, outcome: str) -> list[Length]:
    """Return the lengths of a plan for an outcome."""
    value = nw.col("margin") if outcome == "margin" else nw.lit(1.0)
    rows = orders.select("person_id", "day", value=value)
    return lengths_of(engine, rows, span, span.windows(LENGTHS, 26), binary=outcome == "retention")


def keeps_its_word(engine: Engine, known: Length, outcome: str, rounds: int) -> Iterator[float]:
    """Print the measured power of the plans of a length; yield how far each is from 0.8."""
    binary = outcome == "retention"
    crowd = crowd_of(engine, known, binary=binary)
    for people in PEOPLE:
        (cell,) = cells([replace(known, spread=known.latest)], [people], Design(), binary=binary)
        effect = cell.amount.value * (1 if binary else cell.weeks)
        rng = np.random.default_rng([cell.weeks, people])
        there = measured_power(rng, crowd, effect, people, Design(), rounds)
        none = measured_power(rng, crowd, 0.0, people, Design(), rounds)
        print(
            f"| {outcome} | {cell.weeks} | {people:,}{'' if cell.trusted else ' *'} |"
            f" {there.power:.3f} | {1.645 * there.error:.3f} |"
            f" {none.power:.3f} | {1.645 * none.error:.3f} |"
        )
        yield there.power - 0.8


def foresees(engine: Engine, orders: Frame, span: Span, outcome: str) -> Iterator[bool]:
    """Yield for each length whether the range held what the weeks after the plan needed."""
    binary = outcome == "retention"
    later = {each.window.weeks: each for each in lengths(engine, orders, span, outcome)}
    for weeks, after in later.items():
        earlier = Span(span.first, span.last - dt.timedelta(weeks=weeks))
        (plan,) = [x for x in lengths(engine, orders, earlier, outcome) if x.window.weeks == weeks]
        (promised,) = cells([plan], [2000], Design(), binary=binary)
        (needed,) = cells([replace(after, spread=after.latest)], [2000], Design(), binary=binary)
        yield promised.share.low <= needed.share.value <= promised.share.high


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rounds", type=int, default=2000)
    given.add_argument("--people", type=int, default=20_000)
    given.add_argument("--worlds", type=int, default=6)
    asked = given.parse_args()
    began = time.perf_counter()
    print("| outcome | weeks | people | power | ± | without effect | ± |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    off: list[float] = []
    held: dict[int, list[bool]] = {}
    for seed in range(asked.worlds):
        history = write_down(live_through(World(), people=asked.people, months=24, seed=seed))
        with open_engine("duckdb", time_zone=ZONE) as engine:
            known = engine.table(world_orders(history))
            for outcome in OUTCOMES:
                span = Span(history.first_day, history.last_day)
                if seed == 0:
                    for each in lengths(engine, known, span, outcome):
                        off += keeps_its_word(engine, each, outcome, asked.rounds)
                for months_ago in (0, 13, 26):
                    ends = Span(span.first, span.last - dt.timedelta(weeks=months_ago))
                    found = list(foresees(engine, known, ends, outcome))
                    held.setdefault(months_ago, []).extend(found)
    print(f"power - 0.8: {min(off):+.3f} to {max(off):+.3f}, on average {sum(off) / len(off):+.3f}")
    every = [each for found in held.values() for each in found]
    print(f"the 90% range held what the next weeks needed: {sum(every)} of {len(every)}")
    for ago, found in held.items():
        print(f"  plans made {ago} weeks before the end: {sum(found)} of {len(found)}")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
