"""Levels against the truth of simulated brands: agreement, calibration, shares inside their ranges.

    python benchmarks/levels.py [--brands 4] [--people 5000] [--invited 0.04]

`invited` is the share of customers invited each quarter: 0.04 ends in a survey of about 5 % of them
over two years; 0 is no survey at all. The ceiling is what the best model we know sees when it is
given the true level of everybody to learn from, and then the true satisfaction as well.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

from brands import Brand, brand
from rapport.engagement.closeness.agreement import kappa
from rapport.engagement.closeness.reading import CHANCES, places_of
from rapport.engagement.closeness.scoring import LEVELS
from rapport.engagement.closeness.signals import COLUMNS, columns, standing
from rapport.pipeline import looking
from rapport.steps.levels import _known
from rapport.steps.order import STEPS

NEEDED = (
    *("identity", "roles", "buying", "worth", "relations", "authenticity", "understanding"),
    *("topics", "asking", "answering", "months", "levels"),
)
WORLD = "[surveys]\ninvited = {invited}\non = {on}\n"


@dataclass(frozen=True)
class Truth:
    """What is true of the people of a brand, in the order of the table `levels`."""

    level: np.ndarray
    satisfaction: np.ndarray
    customer: np.ndarray


def compute(made: Brand) -> None:
    """Compute the steps that levels need, and levels."""
    with looking(made.workspace) as context:
        for step in STEPS:
            if step.name in NEEDED:
                context.results.save(step.name, "measured", step.run(context))


def number_of(person: str) -> int:
    """Return the position in the truth of a person of the record."""
    return int(person.rpartition("p")[2]) - 1


def truth_of(made: Brand, people: list[str]) -> tuple[np.ndarray, Truth]:
    """Return which people are known in the truth, and what is true of them."""
    known = np.array([name.rpartition(":")[2].startswith("p") for name in people])
    place = np.array([number_of(name) for name, fine in zip(people, known, strict=True) if fine])
    life = made.lived.life
    return known, Truth(
        life.level[-1][place].astype(int), life.satisfaction[place], life.customer[-1][place]
    )


def off(true: np.ndarray, told: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error, averaged over the four levels."""
    errors = []
    for level in range(4):
        chance = told[:, level]
        cell = np.minimum((chance * bins).astype(int), bins - 1)
        errors.append(
            sum(
                abs((true[cell == k] == level).mean() - chance[cell == k].mean())
                * (cell == k).mean()
                for k in np.unique(cell)
            )
        )
    return float(np.mean(errors))


def ceilings(made: Brand, people: list[str], truth: Truth) -> tuple[float, float]:
    """Return the agreement of a model that learns from the truth: from deeds, and satisfaction."""
    with looking(made.workspace) as context:
        known = _known(context)
        assert known is not None
        import pyarrow as pa

        now = context.engine.table(pa.table({"wanted": [known.now]}))
        there = standing(known.states, now).select("person_id", **columns(known.first))
        rows = context.engine.collect(there)
    where = {name: k for k, name in enumerate(rows["person_id"].to_pylist())}
    order = np.array([where[name] for name in people])
    x = np.stack([np.asarray(rows[name], float)[order] for name in COLUMNS], axis=1)
    found = []
    for columns_ in (x, np.column_stack([x, truth.satisfaction])):
        model = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.06, max_leaf_nodes=10, min_samples_leaf=25
        )
        chances = cross_val_predict(model, columns_, truth.level, cv=5, method="predict_proba")
        ends = places_of(chances, np.ones(len(chances)))
        told = ((chances @ np.arange(4.0))[:, None] >= ends).sum(1)
        found.append(kappa(truth.level, told))
    return found[0], found[1]


def measure(made: Brand, *, ceiling: bool) -> dict[str, float]:
    """Print what was found of one brand, and return its figures."""
    results = made.results
    rows = results.table("levels")
    names = rows["person_id"].to_pylist()
    known, truth = truth_of(made, names)
    told = np.array([LEVELS.index(name) for name in rows["level"].to_pylist()])[known]
    chances = np.stack([np.asarray(rows[name]) for name in CHANCES], axis=1)[known]
    side = np.array(rows["side"].to_pylist(), object)[known]
    basis = np.array(rows["basis"].to_pylist(), object)[known]
    figures: dict[str, float] = {"strangers": float((~known).sum())}
    for name, mask in {
        "customers": side == "customer",
        "prospects": side == "prospect",
        "answered lately": basis == "survey",
        "answered": basis != "behaviour",
        "deeds alone": (basis == "behaviour") & (side == "customer"),
    }.items():
        if mask.sum() < 10:
            continue
        figures[f"{name}: people"] = float(mask.sum())
        figures[f"{name}: kappa"] = kappa(truth.level[mask], told[mask])
        figures[f"{name}: calibration error"] = off(truth.level[mask], chances[mask])
    shares = results.table("level_shares").to_pylist()
    for which in ("customer", "prospect"):
        mine = [row for row in shares if row["side"] == which]
        there = truth.level[side == which]
        inside = [
            row["low"] <= (there == LEVELS.index(row["level"])).mean() <= row["high"]
            for row in mine
        ]
        figures[f"{which}s: shares inside"] = float(np.sum(inside))
        for row in mine:
            true = float((there == LEVELS.index(row["level"])).mean())
            print(
                f"    {which:9} {row['level']:19} {true:.3f} told {row['share']:.3f} "
                f"({row['low']:.3f} to {row['high']:.3f})"
            )
    if ceiling:
        people = [name for name, fine in zip(names, known, strict=True) if fine]
        mask = side == "customer"
        only = Truth(truth.level[mask], truth.satisfaction[mask], truth.customer[mask])
        names_of = [name for name, fine in zip(people, mask, strict=True) if fine]
        figures["ceiling: deeds"], figures["ceiling: and satisfaction"] = ceilings(
            made, names_of, only
        )
    return figures


def main() -> None:
    """Measure several brands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=4)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--invited", type=float, default=0.04)
    parser.add_argument("--world", default="", help="more of world.toml")
    parser.add_argument("--no-ceiling", action="store_true")
    asked = parser.parse_args()
    world = WORLD.format(invited=asked.invited, on=str(asked.invited > 0).lower()) + asked.world
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, asked.brands + 1):
            begun = time.perf_counter()
            made = brand(Path(folder) / str(seed), world, people=asked.people, seed=seed)
            compute(made)
            print(f"brand {seed} ({time.perf_counter() - begun:.0f} s)")
            found.append(measure(made, ceiling=not asked.no_ceiling))
            for name, value in found[-1].items():
                print(f"    {name:32} {value:.3f}")
    print("mean of all brands")
    for name in dict.fromkeys(name for each in found for name in each):
        values = [each[name] for each in found if name in each]
        print(f"    {name:32} {np.mean(values):.3f}")


if __name__ == "__main__":
    main()
