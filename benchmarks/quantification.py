"""Do corrected shares hold the truth in nine ranges of ten? Beside counting what the model says.

Two questions, each on rows that the model never learned from:

1. *Within a set*: half of a set is known, samples of the other half are drawn with another share of
   the kind than the set has. Nothing differs but the share.
2. *Between sets*: known are the counts that are shipped, without those of the sampled set and its
   like: other writers, other trades, other labels.

    python benchmarks/quantification.py [--data ../shared/data] [--samples 200] [--size 500]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "training"))

from sets import COLUMN, Rows, load  # noqa: E402

from rapport.listening.backends import open_reader  # noqa: E402
from rapport.listening.trust.known import FILE  # noqa: E402
from rapport.listening.trust.quantification import BINS, Correction, binned  # noqa: E402

FEWEST = 40
SHARES = (0.05, 0.15, 0.3, 0.5, 0.7)
TARGET = (0.85, 0.95)


@dataclass(frozen=True)
class Scored:
    """One set: scores of one kind, its labels, and what the model says."""

    name: str
    kind: str
    bins: NDArray[np.int64]
    said: NDArray[np.bool_]
    labels: NDArray[np.bool_]
    shipped: bool  # whether it is among the counts that are shipped


@dataclass
class Texts:
    """Texts of a set and the labels of some kinds."""

    name: str
    texts: list[str]
    labels: dict[str, list[float]]
    shipped: bool


def sets(data: Path) -> Iterator[Texts]:
    rows = load(data, ROOT / "training" / "messages")
    yield from _aside(rows)
    text = data / "text"
    yield _three("TweetEval validation", *_pairs(text / "tweeteval" / "sentiment"))
    with (text / "airline_tweets.csv").open(encoding="utf-8", newline="") as file:
        airline = list(csv.DictReader(file))
    names = ["negative", "neutral", "positive"]
    said = [names.index(row["airline_sentiment"]) for row in airline]
    yield _three("airline tweets", [row["text"] for row in airline], said)
    with (text / "complaints.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    labels = {"complaint": [float(row["complaint"]) for row in told]}
    yield Texts("tweets to companies", [row["text"] for row in told], labels, shipped=False)
    with (text / "suggestions" / "train.csv").open(encoding="utf-8", errors="replace") as file:
        forum = [row for row in csv.reader(file) if len(row) == 3 and row[2] in {"0", "1"}]
    labels = {"suggestion": [float(row[2]) for row in forum]}
    yield Texts("forum sentences", [row[1] for row in forum], labels, shipped=False)


def _pairs(folder: Path) -> tuple[list[str], list[int]]:
    part = next(each for each in ("test", "val") if (folder / f"{each}_text.txt").exists())
    texts = (folder / f"{part}_text.txt").read_text("utf-8").split("\n")[:-1]
    labels = (folder / f"{part}_labels.txt").read_text("utf-8").split()
    return texts, [int(label) for label in labels]


def _three(name: str, texts: list[str], said: list[int], *, shipped: bool = False) -> Texts:
    labels = {
        "negative": [float(label == 0) for label in said],
        "positive": [float(label == 2) for label in said],
    }
    return Texts(name, texts, labels, shipped)


def _aside(rows: Rows) -> Iterator[Texts]:
    targets, aside = rows.targets, np.array(rows.aside)
    sources, languages = np.array(rows.sources), np.array(rows.languages)
    names = {"complaint": "problem", "suggestion": "request"}
    for source, title in (("app_reviews", "app reviews"), ("messages", "our own, frozen")):
        for language in ("en", "fr"):
            chosen = np.flatnonzero(aside & (sources == source) & (languages == language))
            labels = {
                kind: targets[chosen, COLUMN[names[kind] if source == "app_reviews" else kind]]
                for kind in names
            }
            if source == "messages":
                said = targets[chosen, COLUMN["sentiment"]]
                labels |= {"negative": said == 0, "positive": said == 2}
            plain = {kind: np.asarray(each, float).tolist() for kind, each in labels.items()}
            texts = [rows.texts[row] for row in chosen]
            yield Texts(f"{title} {language}", texts, plain, shipped=True)
    for language in ("en", "fr"):
        chosen = np.flatnonzero(aside & (sources == "tweet_sentiment") & (languages == language))
        said = targets[chosen, COLUMN["sentiment"]].astype(int).tolist()
        texts = [rows.texts[row] for row in chosen]
        yield _three(f"tweets {language}", texts, said, shipped=True)


def scored(data: Path) -> Iterator[Scored]:
    reader = open_reader("small")
    for each in sets(data):
        read = reader.read(each.texts, None)
        best = np.stack([read[n] for n in ("negative", "neutral", "positive")]).argmax(axis=0)
        for kind, labels in each.labels.items():
            place = {"negative": 0, "positive": 2}.get(kind)
            said = reader.is_there(kind, read[kind]) if place is None else best == place
            yes = np.asarray(labels) > 0.5
            yield Scored(each.name, kind, binned(read[kind]), said, yes, each.shipped)


def drawn(
    one: Scored, rows: NDArray[np.int64], share: float, size: int, chance: np.random.Generator
) -> NDArray[np.int64] | None:
    """Return rows of a sample in which the kind has the share; None where the set is too small.

    No row is drawn twice, so that samples of small sets are smaller.
    """
    are, are_not = rows[one.labels[rows]], rows[~one.labels[rows]]
    most = int(min(size, len(are) / share, len(are_not) / (1 - share)))
    if most < FEWEST:
        return None
    wanted = round(most * share)
    parts = (chance.choice(are, wanted, False), chance.choice(are_not, most - wanted, False))
    return np.concatenate(parts)


@dataclass
class Score:
    """How often ranges held the truth, how far off shares were, and how wide the ranges."""

    held: list[bool]
    off: list[float]
    wide: list[float]

    def row(self) -> str:
        return (
            f"{np.mean(self.held):6.0%} {np.mean(np.abs(self.off)):7.3f} {np.mean(self.wide):6.2f}"
        )


def _counted(said: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Classify and count, with Jeffreys' range: the peer that most tools are."""
    part, whole = int(said.sum()), len(said)
    low, high = special.betaincinv(part + 0.5, whole - part + 0.5, [0.05, 0.95])
    return part / whole, float(low), float(high)


def tried(
    one: Scored,
    correction: Correction,
    rows: NDArray[np.int64],
    scores: tuple[Score, Score],
    size: int,
    chance: np.random.Generator,
) -> None:
    """Draw a sample of each share and see what both ways say of it."""
    for share in SHARES:
        sample = drawn(one, rows, share, size, chance)
        if sample is None:
            continue
        truth = float(one.labels[sample].mean())
        counts = np.bincount(one.bins[sample], minlength=BINS)
        raw = _counted(one.said[sample])
        found = correction.share(counts, raw=raw[0])
        told = ((found.value, found.low, found.high), raw)
        for score, (value, low, high) in zip(scores, told, strict=True):
            score.held.append(low <= truth <= high)
            score.off.append(value - truth)
            score.wide.append(high - low)


def within(one: Scored, samples: int, size: int) -> tuple[Score, Score]:
    """Halve the set again and again: one half is known, samples come from the other."""
    chance = np.random.default_rng(5)
    scores = Score([], [], []), Score([], [], [])
    for _ in range(max(samples // len(SHARES), 1)):
        order = chance.permutation(len(one.labels))
        half = len(order) // 2
        correction = Correction(histogram(one, order[:half]), drift=0.0)  # nothing differs
        tried(one, correction, order[half:], scores, size, chance)
    return scores


def between(
    one: Scored, places: NDArray[np.float64], samples: int, size: int
) -> tuple[Score, Score]:
    """Draw samples from a set that is not among the known places."""
    chance = np.random.default_rng(9)
    scores = Score([], [], []), Score([], [], [])
    correction = Correction(places)
    for _ in range(max(samples // len(SHARES), 1)):
        tried(one, correction, np.arange(len(one.labels)), scores, size, chance)
    return scores


def elsewhere(one: Scored) -> NDArray[np.float64]:
    """Return the shipped counts without those of the set's own kind of place."""
    told = json.loads((ROOT / "src/rapport/listening" / FILE).read_text("utf-8"))
    told = told["models"][open_reader("small").version]
    public = ("tweet_sentiment", "app_reviews")
    own = {"app reviews": "app_reviews", "tweets en": public[0], "tweets fr": public[0]}
    mine = next((to for start, to in own.items() if one.name.startswith(start)), None)
    kept = [
        place["counts"]
        for place in told[one.kind]
        if not (
            place["place"].startswith(mine)
            if mine
            else one.name.startswith("our own") and not place["place"].startswith(public)
        )
    ]
    return np.array(kept, dtype=float)


def histogram(one: Scored, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return counts of known messages. Shape (1, 2, BINS)."""
    return np.array(
        [[np.bincount(one.bins[rows[one.labels[rows] == k]], minlength=BINS) for k in (0, 1)]],
        dtype=float,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    asked.add_argument("--samples", type=int, default=200)
    asked.add_argument("--size", type=int, default=500)
    chosen = asked.parse_args()
    names = f"{'held':>6} {'off by':>7} {'wide':>6}"
    head = f"{'set':22} {'kind':11} {names}   counting: {names}"
    tables: dict[str, list[tuple[str, Score, Score]]] = {"within": [], "between": []}
    for one in scored(chosen.data):
        title = f"{one.name:22} {one.kind:11}"
        tables["within"].append((title, *within(one, chosen.samples, chosen.size)))
        places = elsewhere(one)
        tables["between"].append((title, *between(one, places, chosen.samples, chosen.size)))
    for name, rows in tables.items():
        print(f"\n{name} sets: {chosen.samples} samples of {chosen.size}, shares {SHARES}\n{head}")
        for title, ours, peer in rows:
            print(f"{title} {ours.row()}             {peer.row()}")
        held = float(np.mean([h for _, ours, _ in rows for h in ours.held]))
        told = float(np.mean([h for _, _, peer in rows for h in peer.held]))
        off = [float(np.mean(np.abs([o for row in rows for o in row[k].off]))) for k in (1, 2)]
        met = "met" if TARGET[0] <= held <= TARGET[1] else "missed"
        print(
            f"all: {held:.0%} held (aim {TARGET[0]:.0%} to {TARGET[1]:.0%}: {met}), "
            f"off by {off[0]:.3f}; counting held {told:.0%}, off by {off[1]:.3f}"
        )


if __name__ == "__main__":
    main()
