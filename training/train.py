"""Trains the model that is shipped: `python training/train.py --data ../shared/data`.

The least change of arithmetic, such as another version of NumPy, leads training elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

import finish
import languages
import sets
import student
import teacher
import torch
import vectors

from rapport.listening.heads import OUTPUTS, Heads

SIZE = 64
LEAST = 2  # a word written less often is read by its spelling
MORE_WORDS = 20_000


def main() -> None:
    """Read the sets, train, calibrate, write the file and print its figures."""
    asked = _asked()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)

    rows = sets.load(asked.data, HERE / "messages")
    tell(f"{len(rows.texts)} rows, {int(rows.learned.sum())} learned from")
    learn_texts = [text for text, use in zip(rows.texts, rows.learned, strict=True) if use]
    words = vectors.spellings(learn_texts, LEAST)
    for word in vectors.common_words(vectors.USE(), MORE_WORDS):
        words.setdefault(vectors.folded(word), word)
    corpus = student.corpus_of(rows.texts, rows.learned, list(words), least=LEAST)
    hashes, start = vectors.start_vectors(words, SIZE)
    if not np.array_equal(hashes, corpus.hashes):
        raise SystemExit("The vocabulary and its vectors are not of the same words.")
    tell(f"{len(hashes)} words")
    plan = student.Plan(epochs=asked.epochs, seed=asked.seed)
    parts, heads, described = _small(corpus, rows, start, plan, tell)
    large = teacher.Teacher(rows)
    tell(f"a teacher of {len(large.chosen)} rows")
    students = [(parts, heads)]
    for _ in range(asked.lessons):
        soft = large.says(students)
        parts, heads, described = _small(corpus, rows, start, plan, tell, soft)
        students.append((parts, heads))
    letters, letters_bias = languages.trained(rows, asked.seed)
    parts["letters"], parts["letters_scale"] = finish.small(letters)
    parts["letters_bias"] = letters_bias.astype(np.float16)
    parts["heads"], parts["heads_bias"] = heads.weights.astype(np.float16), heads.bias
    card = {
        "format": 1,
        "outputs": list(OUTPUTS),
        "languages": list(languages.LANGUAGES),
        "tempers": dict(heads.tempers),
        "thresholds": dict(heads.thresholds),
        "sure_from": heads.sure_from,
        "prior": list(finish.PRIOR),
        "seed": asked.seed,
        "trained_on": asked.date,
        "made_with": {name: version(name) for name in ("torch", "numpy", "scipy", "scikit-learn")},
        "sets": _sets(rows),
        "aside": finish.figures(heads.probabilities(described, rows.languages), heads, rows),
    }
    content = finish.packed(parts, card)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_bytes(content)
    tell(f"{asked.out} {len(content) / 1e6:.2f} MB sha256 {hashlib.sha256(content).hexdigest()}")
    for name, value in card["aside"].items():
        print(f"  {name:40} {value}")


def _small(
    corpus: student.Corpus,
    rows: sets.Rows,
    start: np.ndarray,
    plan: student.Plan,
    tell: Callable[[str], None],
    soft: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], Heads, np.ndarray]:
    """Return a small model's parts and heads, and what it makes of all texts."""
    model = student.trained(corpus, rows, start, plan, tell, soft)
    parts = finish.arrays(model, corpus)
    described = finish.network_of(parts).describe(rows.texts)
    heads = finish.heads_of(described, rows, finish.start_heads(model))
    tell("heads")
    return parts, heads, described


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    shipped = HERE.parent / "src" / "rapport" / "listening" / "model" / "small.npz"
    parser.add_argument("--out", type=Path, default=shipped)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lessons", type=int, default=1, help="trainings with a teacher")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", default="2026-11-28", help="written into the data card")
    return parser.parse_args()


def _sets(rows: sets.Rows) -> list[dict]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for source, language, aside, tune in zip(
        rows.sources, rows.languages, rows.aside, rows.tuning, strict=True
    ):
        part = "aside" if aside else "calibration" if tune else "learned"
        counts[source, language, part] += 1
    return [
        {
            "name": source.name,
            "licence": source.licence,
            "note": source.note,
            "rows": {
                f"{language} {part}": count
                for (name, language, part), count in sorted(counts.items())
                if name == source.name
            },
        }
        for source in sets.SOURCES.values()
    ]


if __name__ == "__main__":
    main()
