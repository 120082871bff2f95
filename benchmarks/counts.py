"""How often is a count that has nothing to do with value said to be linked, and a true link found?

False links: the counts of simulated brands are turned round against their sales by half a year and
more (each series keeps its own ups and downs, its trend and its channel's company), and random
series that rise and fall like them are put beside; whatever is found is false. True links: sales
follow one count at the strength that the test says it would tell four times in five; and brands
with large waves of talk that lead sales.

    python benchmarks/counts.py [--brands 6] [--people 3000] [--short]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from brands import brand
from rapport.impact.counts.design import Floats, baseline, remembered, scaled
from rapport.impact.counts.links import FALSE_LINKS, LINKED, Verdict, links, verdicts
from rapport.impact.counts.panel import Panel
from rapport.pipeline import open_record
from rapport.record.engines import open_engine
from rapport.results import Results
from rapport.steps.context import Context
from rapport.steps.counts import panel_of
from rapport.steps.order import STEPS

NEEDED = ("identity", "roles", "buying", "relations", "understanding")
WAVES = """
[buzz]
days = 14.0
virals = [
  { day = 90, size = 0.8 }, { day = 200, size = 0.9 }, { day = 310, size = 0.7 },
  { day = 420, size = 0.9 }, { day = 500, size = 0.8 }, { day = 590, size = 0.9 },
  { day = 660, size = 0.8 },
]
"""
SHIFTS = (27, 41, 63)
RANDOM = 40


def panel(root: Path, world: str, people: int, seed: int) -> Panel:
    """Return the weeks of one simulated brand."""
    made = brand(root, world, people=people, months=24, seed=seed)
    settings = made.workspace.settings
    with open_engine("duckdb", time_zone=settings.time_zone, temp=root / "temp") as engine:
        results = Results(made.workspace.results)
        context = Context(engine, open_record(made.workspace), results, settings)
        for step in STEPS:
            if step.name in NEEDED:
                results.save(step.name, "benchmark", step.run(context))
        found = panel_of(context)
    shutil.rmtree(root, ignore_errors=True)
    return found


def turned(panel: Panel, weeks: int) -> Panel:
    """Return a brand whose counts are of other weeks than its sales."""
    return replace(panel, counts={k: np.roll(v, weeks) for k, v in panel.counts.items()})


def random_counts(panel: Panel, seed: int) -> Panel:
    """Return a brand with counts that nobody counted: trends, seasons, spikes, persistence."""
    rng, weeks = np.random.default_rng(seed), panel.weeks
    made = {}
    for number in range(RANDOM):
        keep = (0.0, 0.5, 0.8, 0.95)[number % 4]
        noise = rng.standard_t(3, weeks) if number % 3 else rng.standard_normal(weeks)
        level = np.zeros(weeks)
        for week in range(1, weeks):
            level[week] = keep * level[week - 1] + noise[week]
        wave = np.sin(2 * np.pi * (np.arange(weeks) / 52.18 + rng.random())) * (number % 5 == 0)
        rate = (
            3 + 0.4 * level / level.std() + 0.6 * wave + 0.01 * np.arange(weeks) * (number % 7 == 0)
        )
        made["nobody", f"count {number}"] = rng.poisson(np.exp(rate)).astype(float)
    return replace(panel, counts=made)


def followed(panel: Panel, strength: float, seed: int) -> tuple[Panel, tuple[str, str]]:
    """Return a brand whose margin follows one random count, and which one that is."""
    made = random_counts(panel, seed)
    key = ("nobody", "count 1")
    memory = remembered(np.log1p(made.counts[key]))
    swing = np.nan_to_num((memory - np.nanmean(memory)) / usual_swing(panel, memory))
    value: dict[str, Floats] = dict(made.value)
    value["margin"] = value["margin"] * np.exp(strength * swing)
    return replace(made, value=value), key


def usual_swing(panel: Panel, memory: Floats) -> float:
    """Return the standard deviation of what the baseline leaves of a count."""
    y, _ = scaled(panel.value["margin"])
    base = baseline(y, panel.first, panel.days, panel.spend)
    whole = np.isfinite(base).all(axis=1) & np.isfinite(memory)
    z = np.column_stack([np.ones(whole.sum()), base[whole]])
    return float((memory[whole] - z @ np.linalg.lstsq(z, memory[whole], rcond=None)[0]).std())


def told(found: list[Verdict]) -> list[tuple[str, str]]:
    """Return the counts that are said to be linked."""
    return [each.best.key for each in found if each.said == LINKED]


def false_links(brands: list[Panel]) -> Iterator[tuple[str, int, int]]:
    """Give, for each family of counts without a link: what it is, counts tested, links told."""
    for number, each in enumerate(brands):
        for shift in SHIFTS:
            found = verdicts(links(turned(each, shift)))
            yield f"turned by {shift} weeks", sum(not v.best.why for v in found), len(told(found))
        for draw in range(3):
            found = verdicts(links(random_counts(each, 100 * number + draw)))
            yield "random", sum(not v.best.why for v in found), len(told(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brands", type=int, default=6)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--short", action="store_true", help="two brands, as CI does")
    given = parser.parse_args()
    many = 2 if given.short else given.brands
    root = Path(tempfile.mkdtemp(prefix="rapport-counts-"))
    brands = [panel(root / f"b{seed}", "", given.people, seed) for seed in range(1, many + 1)]
    families = list(false_links(brands))
    for what in sorted({name for name, _, _ in families}):
        rows = [row for row in families if row[0] == what]
        tested, links_told = sum(r[1] for r in rows), sum(r[2] for r in rows)
        some = sum(r[2] > 0 for r in rows)
        print(
            f"no link, {what}: {links_told} of {tested} counts told as linked; "
            f"{some} of {len(rows)} families with any (held to {FALSE_LINKS:.0%})"
        )
    hits, wanted = 0, []
    for number, each in enumerate(brands):
        for draw in range(6):
            seed = 1000 + 10 * number + draw
            plain = verdicts(links(random_counts(each, seed)))
            best = next(v.best for v in plain if v.best.key == ("nobody", "count 1"))
            strength = best.smallest
            wanted.append(strength)
            made, key = followed(each, strength, seed)
            hits += key in told(verdicts(links(made)))
    print(
        f"true link at the strength said to be seen ({np.mean(wanted):.1%} of a week's margin): "
        f"found {hits} of {len(wanted)} times (said: 80%)"
    )
    waves = [panel(root / f"w{s}", WAVES, given.people, 50 + s) for s in range(1, many + 1)]
    clock = time.perf_counter()
    found = [told(verdicts(links(each))) for each in waves]
    each_took = (time.perf_counter() - clock) / max(1, len(waves))
    talk = [sum(name in {"mentions", "praise"} for _, name in each) for each in found]
    print(
        f"waves of talk that lead sales: a count of talk linked for {sum(t > 0 for t in talk)} of "
        f"{len(waves)} brands; links told {[len(each) for each in found]}; "
        f"{each_took:.1f} s a brand"
    )
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
