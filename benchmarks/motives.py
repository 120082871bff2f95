"""How often ranges of shares and of agreement hold the truth, on made people who answer unevenly.

    python benchmarks/motives.py

People at either end of the levels answer two and a half times as readily, and come for other
things.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from rapport.engagement.motives.agreement import agreement
from rapport.engagement.motives.standing_for import Shared, share_of_all

LEVELS = np.array([0.15, 0.25, 0.35, 0.25])
TIMES = np.array([2.5, 1.0, 1.0, 2.5])
MOTIVES = ((0.02, 0.03, 0.05, 0.05), (0.2, 0.3, 0.4, 0.7), (0.9, 0.8, 0.5, 0.2))
SURVEYS, ERROR = 500, 0.02


def shares(people: int, chances: tuple[float, ...]) -> str:
    """Return a row: how often the range of a share holds it, and how far raw answers lie off."""
    rng, yes = np.random.default_rng(1), np.array(chances)
    answering = LEVELS * TIMES / (LEVELS @ TIMES)
    truth, held, raw = float(LEVELS @ yes), 0, 0
    values, means = [], []
    for _ in range(SURVEYS):
        level = rng.choice(4, people, p=answering)
        said = (rng.random(people) < yes[level]) * 1.0
        share = LEVELS + ERROR * rng.standard_normal(4)
        known = Shared(share, share - 1.645 * ERROR, share + 1.645 * ERROR)
        value, drawn = share_of_all(said, np.eye(4)[level], known, rng)
        low, high = np.quantile(drawn, [0.05, 0.95])
        held += min(low, value) <= truth <= max(high, value)
        part = said.sum()
        ends = special.betaincinv(part + 0.5, people - part + 0.5, [0.05, 0.95])
        raw += ends[0] <= truth <= ends[1]
        values.append(value)
        means.append(said.mean())
    return (
        f"| {people} | {truth:.0%} | {held / SURVEYS:.0%} | {raw / SURVEYS:.0%} "
        f"| {100 * (np.mean(values) - truth):+.1f} | {100 * (np.mean(means) - truth):+.1f} |"
    )


def areas(people: int) -> float:
    """Return how often the range of an agreement holds it: normals one apart, Φ(1/√2)."""
    rng, held = np.random.default_rng(4), 0
    truth = float(special.ndtr(1 / np.sqrt(2)))
    for _ in range(SURVEYS):
        said = (rng.random(people) < 0.4) * 1.0
        found = agreement(special.expit(said + rng.standard_normal(people)), said)
        held += found.auc.low <= truth <= found.auc.high
    return held / SURVEYS


def main() -> None:
    """Print both tables."""
    print("| answers | true share | range holds it | raw | error, points | raw error |")
    print("|---|---|---|---|---|---|")
    for people in (30, 60, 400, 2000):
        for chances in MOTIVES:
            print(shares(people, chances))
    for people in (60, 150, 1000):
        print(f"range of the agreement of {people} people holds it: {areas(people):.0%}")


if __name__ == "__main__":
    main()
