"""Is the effect of being connected found, where the truth is known?

    python benchmarks/connection.py                 50 brands of 20,000 people, four minutes
    python benchmarks/connection.py --brands 10 --people 8000

In simulated brands love of the brand, which nobody records, makes people buy and follow, and a
purchase makes them follow. Of each brand this prints the gap as it seems, the effect found with
its 90 % range, the truth, and the verdict. Then, over all: how often the range holds the truth (85
to 95 times in 100), the mean bias (under a tenth of the naive gap), and how often an effect is
claimed where there is none (at most once in 20).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rapport.estimate import Estimate
from rapport.impact.comparing.verdict import CAUSED, PARTLY
from rapport.impact.connected.course import drift, whole
from rapport.impact.connected.histories import NEVER, Beginnings, Histories
from rapport.impact.connected.judging import estimate, judged
from rapport.impact.connected.naive import gap
from rapport.impact.connected.trial import Trial, trial
from rapport.simulation.lived import Lived
from rapport.simulation.making import live_through
from rapport.simulation.world import World

KINDS: dict[str, dict[str, float]] = {
    "zero": {"effect": 0.0, "effect_spread": 0.0},
    "positive": {"effect": 0.10, "effect_spread": 0.0},
    "varied": {"effect": 0.10, "effect_spread": 0.20},
    "strong": {"effect": 0.30, "effect_spread": 0.10},
    "negative": {"effect": -0.20, "effect_spread": 0.05},
}
MONTHS = 24
Z = 1.6449


@dataclass(frozen=True)
class Outcome:
    """What was found of one brand, in EUR a month of those who connected."""

    brand: int
    kind: str
    naive: float
    found: float
    low: float
    high: float
    truth: float
    people: int
    verdict: str
    why: str

    @property
    def holds(self) -> bool:
        """Whether the range holds the truth."""
        return self.low <= self.truth <= self.high


def read(lived: Lived) -> tuple[Histories, Beginnings]:
    """Return the histories of a brand's people, every account known to be whose it is."""
    people, months = lived.people.count, lived.days.months
    orders = lived.orders
    day = np.minimum(orders.day.astype(int), lived.days.count - 1)
    cell = orders.person * months + lived.days.month_of[day]
    count = np.bincount(cell, minlength=people * months).reshape(people, months).astype(float)
    margin = np.bincount(cell, weights=orders.margin / 100, minlength=people * months)
    first = np.where((count > 0).any(axis=1), (count > 0).argmax(axis=1), NEVER)
    begun = np.isfinite(lived.life.followed)
    day = np.clip(np.where(begun, lived.life.followed, 0.0), 0, lived.days.count - 1).astype(int)
    since = np.where(begun, lived.days.month_of[day], NEVER)
    since = np.where(lived.life.followed < 0, -1, since)
    since = np.where(lived.people.employee, -1, since).astype(np.int64)
    amounts = {"orders": count, "margin": margin.reshape(people, months)}
    return Histories(amounts, first.astype(np.int64), np.ones(people)), Beginnings(since, since)


def truth(lived: Lived, rows: Trial) -> float:
    """Return what being connected adds to a month of those compared, in EUR, as it is expected."""
    joined = rows.kept(rows.connected)
    each = float(lived.orders.margin.mean()) / 100
    days, life = lived.days, lived.life
    demand = np.add.reduceat(lived.pressures.demand, days.starts[:-1]) / np.diff(days.starts)
    total = 0.0
    for since in range(1, int(joined.after.max()) + 1):
        month = joined.month + since
        here = month < joined.end
        person, month = joined.person[here], month[here]
        middle = (days.starts[month] + days.starts[month + 1]) / 2.0
        there = life.active(person, middle) & life.connected(person, middle)
        rate = lived.people.effect[person] * lived.people.rate[person] / 12
        total += float((there * life.keen(person, middle) * rate * demand[month]).sum()) * each
    return total / float(joined.after.sum())


def outcome(brand: int, kind: str, people: int) -> Outcome:
    """Simulate one brand, and measure it."""
    world = World()
    fans = world.connecting.model_copy(update=KINDS[kind])
    lived = live_through(
        world.model_copy(update={"connecting": fans}), people=people, months=MONTHS, seed=brand
    )
    told, began = read(lived)
    rows = trial(told, began)
    found = whole(told, rows)
    value, error, many = gap(told, began, "margin")
    naive = Estimate.normal(value, error, "EUR", source="naive", people=many)
    effect = estimate(found, "EUR", "effect")
    said = judged(naive, found, drift(told, rows), "EUR")
    return Outcome(
        brand, kind, naive.value, effect.value, effect.low, effect.high, truth(lived, rows),
        found.people, said.said, said.why,
    )  # fmt: skip


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """Return how often ranges hold, the bias against the naive gap, and false claims."""
    off = np.array([each.found - each.truth for each in outcomes])
    error = np.array([(each.high - each.low) / (2 * Z) for each in outcomes])
    none = [each for each in outcomes if each.kind == "zero"]
    claimed = [each for each in none if each.verdict in {CAUSED, PARTLY}]
    return {
        "brands": len(outcomes),
        "coverage": float(np.mean([each.holds for each in outcomes])),
        "bias": float(off.mean()),
        "naive": float(np.mean([each.naive for each in outcomes])),
        "bias_of_naive": float(off.mean() / np.mean([each.naive for each in outcomes])),
        "spread": float((off / error).std()),
        "zero": len(none),
        "claimed": len(claimed),
    }


def main() -> None:
    """Print every brand and the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--kind", choices=sorted(KINDS), help="only brands of this kind")
    parser.add_argument("--json", type=Path, help="write everything here as well")
    asked = parser.parse_args()
    kinds = [asked.kind] if asked.kind else list(KINDS)
    made = []
    print(f"{'brand':>5} {'kind':<9} {'naive':>6} {'found':>6} {'low':>6} {'high':>6} {'truth':>6}"
          f" {'people':>6}  verdict")  # fmt: skip
    for number in range(asked.brands):
        each = outcome(1000 + number, kinds[number % len(kinds)], asked.people)
        made.append(each)
        print(f"{each.brand:>5} {each.kind:<9} {each.naive:6.2f} {each.found:6.2f} {each.low:6.2f}"
              f" {each.high:6.2f} {each.truth:6.2f} {each.people:>6}  {each.verdict} {each.why}",
              flush=True)  # fmt: skip
    told = summary(made)
    print()
    print(f"ranges that hold the truth  {told['coverage']:.0%}  (85% to 95%)")
    print(f"mean bias                   {told['bias']:.3f} EUR, {told['bias_of_naive']:.1%} of the"
          f" naive gap of {told['naive']:.2f} EUR  (under 10%)")  # fmt: skip
    print(f"effects claimed where none  {told['claimed']} of {told['zero']}  (at most 1 in 20)")
    if asked.json:
        rows = {"summary": told, "brands": [asdict(each) for each in made]}
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
