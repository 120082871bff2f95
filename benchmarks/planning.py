"""Does a plan keep its word? Measured power on simulated worlds beside the power promised.

For each world, outcome, length and number of people the smallest visible effect is planned at 80 %
power and 90 % level; then experiments are run on the world's own people: they are drawn, half of
them treated by lot, the effect added, and the groups compared. Prints a Markdown table.

    python benchmarks/planning.py [--rounds 2000] [--people 20000]
"""

from __future__ import annotations

import argparse
import time

import narwhals as nw
import numpy as np

from rapport.record.engines import open_engine
from rapport.simulation.history import ZONE
from rapport.simulation.making import live_through, write_down
from rapport.simulation.planning import Crowd, Design, measured_power
from rapport.simulation.planning.grid import Span, cells, lengths_of
from rapport.simulation.planning.world import world_orders
from rapport.simulation.world import World

OUTCOMES = ("margin", "orders", "retention")
LENGTHS = (4, 13, 26)
PEOPLE = (300, 1000, 5000)


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rounds", type=int, default=2000)
    given.add_argument("--people", type=int, default=20_000)
    asked = given.parse_args()
    began = time.perf_counter()
    print("| seed | outcome | weeks | people | trusted | measured | ± | without effect | ± |")
    print("|---:|---|---:|---:|---|---:|---:|---:|---:|")
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for seed in (7, 8):
        history = write_down(live_through(World(), people=asked.people, months=24, seed=seed))
        with open_engine("duckdb", time_zone=ZONE) as engine:
            known = engine.table(world_orders(history))
            for outcome in OUTCOMES:
                value = nw.col("margin") if outcome == "margin" else nw.lit(1.0)
                rows = known.select("person_id", "day", value=value)
                windows = Span(history.first_day, history.last_day).windows(LENGTHS, 26)
                binary = outcome == "retention"
                for length in lengths_of(engine, rows, windows, binary=binary):
                    both = engine.collect(length.totals.select("person_id", "past", "outcome"))
                    both = both.sort_by("person_id")
                    crowd = Crowd(
                        both["past"].to_numpy(), both["outcome"].to_numpy().astype(float), binary
                    )
                    for cell in cells([length], PEOPLE, Design(), binary=binary):
                        effect = cell.amount.value * (1 if binary else cell.weeks)
                        rng = np.random.default_rng([seed, cell.weeks, cell.people])
                        there = measured_power(
                            rng, crowd, effect, cell.people, Design(), asked.rounds
                        )
                        none = measured_power(rng, crowd, 0.0, cell.people, Design(), asked.rounds)
                        gaps[cell.trusted].append(there.power - 0.8)
                        print(
                            f"| {seed} | {outcome} | {cell.weeks} | {cell.people:,} |"
                            f" {'yes' if cell.trusted else 'no'} |"
                            f" {there.power:.3f} | {1.645 * there.error:.3f} |"
                            f" {none.power:.3f} | {1.645 * none.error:.3f} |"
                        )
    for trusted, found in gaps.items():
        if found:
            name = "trusted" if trusted else "marked"
            print(
                f"{name}: {len(found)} plans, power - 0.8: {min(found):+.3f} to {max(found):+.3f}"
            )
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
