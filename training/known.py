"""Count how the shipped models score messages whose kind is known, and write the counts.

No text is kept: for each place (a trade of our own messages, a public set) and each kind, how many
messages that are of the kind, and that are not, fall in each bin of the score. Run it after every
training, since counts of another model are not used:

    python training/known.py [--data ../shared/data]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sets import COLUMN, KINDS, SENTIMENT, Rows, load

from rapport.errors import Problem
from rapport.listening.backends import Reader, open_reader
from rapport.listening.trust.known import FILE, SHARES
from rapport.listening.trust.quantification import BINS, binned

ROOT = Path(__file__).parents[1]
FEWEST = 20
# What public sets call otherwise.
ALSO = {"complaint": "problem", "suggestion": "request"}


@dataclass
class Labelled:
    """Messages of one place, and for each kind 1, 0, or nan where the place does not say."""

    place: str
    texts: list[str] = field(default_factory=list)
    labels: list[dict[str, float]] = field(default_factory=list)


def own(folder: Path) -> Iterator[Labelled]:
    """Give the frozen part of our own messages, by trade."""
    trades: dict[str, Labelled] = {}
    for file in sorted(folder.glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["part"] != "test" or row["sentiment"] not in SENTIMENT:
                    continue
                place = trades.setdefault(row["trade"], Labelled(row["trade"]))
                said = {kind.strip() for kind in row["kinds"].split(",")}
                found = {kind: float(kind in said) for kind in KINDS}
                found |= {name: float(row["sentiment"] == name) for name in SENTIMENT}
                place.texts.append(row["text"])
                place.labels.append(found)
    small = Labelled("other trades")
    for place in trades.values():
        if len(place.texts) >= FEWEST:
            yield place
        else:
            small.texts += place.texts
            small.labels += place.labels
    if small.texts:
        yield small


def public(rows: Rows) -> Iterator[Labelled]:
    """Give what is kept aside of public sets whose licence lets their labels be counted."""
    targets, aside = rows.targets, np.array(rows.aside)
    sources, languages = np.array(rows.sources), np.array(rows.languages)
    for source in ("tweet_sentiment", "app_reviews"):
        for language in ("en", "fr"):
            place = Labelled(f"{source} {language}")
            for row in np.flatnonzero(aside & (sources == source) & (languages == language)):
                found = {
                    kind: float(targets[row, COLUMN[other]])
                    for kind, other in ALSO.items()
                    if not np.isnan(targets[row, COLUMN[other]])
                }
                said = targets[row, COLUMN["sentiment"]]
                if not np.isnan(said):
                    found |= {name: float(said == k) for k, name in enumerate(SENTIMENT)}
                if found:
                    place.texts.append(rows.texts[row])
                    place.labels.append(found)
            yield place


def counted(reader: Reader, places: list[Labelled]) -> dict[str, list[dict]]:
    """Return for each kind its places with their counts."""
    heads: dict[str, list[dict]] = {name: [] for name in SHARES}
    for place in places:
        said = reader.read(place.texts, None)
        for name in SHARES:
            labels = np.array([each.get(name, np.nan) for each in place.labels])
            told = ~np.isnan(labels)
            if not told.any():
                continue
            bins = binned(said[name])
            counts = [np.bincount(bins[told & (labels == k)], minlength=BINS) for k in (0, 1)]
            heads[name].append({"place": place.place, "counts": [c.tolist() for c in counts]})
    return heads


def main() -> None:
    """Count, write, and say how much was counted."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    asked.add_argument("--messages", type=Path, default=ROOT / "training" / "messages")
    chosen = asked.parse_args()
    places = [*own(chosen.messages), *public(load(chosen.data, chosen.messages))]
    models = {}
    for name in ("small", "embed"):
        try:
            reader = open_reader(name)
        except (Problem, FileNotFoundError) as error:
            sys.stdout.write(f"{name} is left out: {error}\n")
            continue
        models[reader.version] = heads = counted(reader, places)
        for kind, each in heads.items():
            sums = np.array([place["counts"] for place in each]).sum(axis=(0, 2))
            line = f"{name:6} {kind:16} {len(each):3} places {sums[1]:6} are, {sums[0]:6} are not"
            sys.stdout.write(line + "\n")
    lines = json.dumps({"models": models}, ensure_ascii=False, separators=(",", ":"))
    out = ROOT / "src" / "rapport" / "listening" / FILE
    out.write_text(lines.replace('{"place"', '\n{"place"') + "\n", "utf-8")


if __name__ == "__main__":
    main()
