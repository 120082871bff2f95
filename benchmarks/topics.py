"""How well topics are found, and how fast, on public sets and on the simulated brand's texts.

    python benchmarks/topics.py DATA [--speed]

DATA is a folder with `text/app_reviews/clustering__*.csv` (Mini-BAR: 1,200 reviews of three apps in
French and English, each with its topic). No row was used for any training.
"""

from __future__ import annotations

import argparse
import csv
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import normalize

from rapport.listening import topics
from rapport.listening.themes.bridges import meanings
from rapport.listening.themes.space import fitted
from rapport.listening.themes.wording import wordings
from rapport.simulation.texts import messages

SUBJECTS = [
    "delivery",
    "broken",
    "taste",
    "price",
    "staff",
    "site",
    "refund",
    "app",
    "hours",
    "stock",
    "allergens",
    "returns",
    "packaging",
    "loyalty",
    "store",
    "gift",
    "product",
]
BRAND = ("maison", "alizé", "maisonalize")
KINDS = ["praise", "complaint", "suggestion", "question", "purchase_intent", "recommendation"]


def agreement(truth: list[str], found: list[object]) -> tuple[float, float]:
    """Return normalised mutual information and the adjusted Rand index."""
    told = [str(each) for each in found]
    return normalized_mutual_info_score(truth, told), adjusted_rand_score(truth, told)


def true_count(points: np.ndarray, clusters: int) -> list[object]:
    """Return as many clusters as there are in truth: agglomerative, by cosine."""
    moved = points + 1e-6 * np.random.default_rng(0).normal(size=points.shape)
    tree = AgglomerativeClustering(clusters, metric="cosine", linkage="average")
    found: list[object] = tree.fit_predict(moved).tolist()
    return found


def plain(texts: list[str]) -> np.ndarray:
    """Return the usual baseline: TF-IDF of words and pairs, truncated SVD."""
    counts = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2).fit_transform(texts)
    size = min(100, counts.shape[1] - 1)
    return normalize(TruncatedSVD(size, random_state=0).fit_transform(counts))


def ours(texts: list[str], languages: list[str]) -> np.ndarray:
    """Return our points, French words as English ones where the list of pairs knows them."""
    to = {french: min(english) for french, english in meanings().items()}
    told = [
        replace(each, stems=tuple(to.get(s, s) for s in each.stems)) if code == "fr" else each
        for each, code in zip(wordings(texts), languages, strict=True)
    ]
    space = fitted(told)
    assert space is not None
    return space.points(told)


def reviews(data: Path) -> None:
    """Print agreement on each set of reviews, with the true number of topics and with our own."""
    print("\n| reviews (topics) | plain NMI/ARI | ours NMI/ARI | own number | topics | placed |")
    print("|---|---|---|---|---:|---:|")
    sums: list[tuple[float, ...]] = []
    for path in sorted((data / "text" / "app_reviews").glob("clustering__*.csv")):
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        texts = [row["data"] for row in rows]
        truth = [row["ground_truth"] for row in rows]
        languages = [row["ori_lang"] for row in rows]
        many = len(set(truth))
        base = agreement(truth, true_count(plain(texts), many))
        held = agreement(truth, true_count(ours(texts, languages), many))
        own = topics(texts, languages, smallest=3)
        placed = [n for n, topic in enumerate(own.of) if topic]
        free = agreement([truth[n] for n in placed], [own.of[n] for n in placed])
        sums.append((*base, *held, *free))
        name = path.stem.removeprefix("clustering__").replace("__", " ")
        cells = [f"{a:.3f} / {b:.3f}" for a, b in (base, held, free)]
        share = len(placed) / len(texts)
        print(f"| {name} ({many}) | {' | '.join(cells)} | {own.table.num_rows} | {share:.0%} |")
    mean = np.mean(sums, axis=0)
    cells = [f"{mean[n]:.3f} / {mean[n + 1]:.3f}" for n in (0, 2, 4)]
    print(f"| **mean** | {' | '.join(cells)} | | |")
    print("| sentence encoder (USE), published measurement | .688 / .190 | | | | |")


def simulated(count: int, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Return texts of the simulated brand, their subjects and languages."""
    rng = np.random.default_rng(seed)
    often = 1 / np.arange(1, len(SUBJECTS) + 1) ** 0.7
    truth = rng.choice(SUBJECTS, count, p=often / often.sum()).tolist()
    languages = rng.choice(["fr", "en"], count, p=[0.6, 0.4]).tolist()
    kinds = rng.choice(KINDS, count).tolist()
    feelings = {"praise": "positive", "complaint": "negative", "recommendation": "positive"}
    texts = messages(
        rng,
        kinds=kinds,
        sentiments=[feelings.get(kind, "neutral") for kind in kinds],
        languages=languages,
        topics=truth,
        ironies=[False] * count,
    )
    return texts, truth, languages


def brand(count: int) -> None:
    """Print agreement on the simulated brand, and how many topics keep their id."""
    texts, truth, languages = simulated(count, 3)
    found = topics(texts, languages, left_out=BRAND)
    placed = [n for n, topic in enumerate(found.of) if topic]
    score = agreement([truth[n] for n in placed], [found.of[n] for n in placed])
    by_topic: dict[str, list[str]] = {}
    for n in placed:
        by_topic.setdefault(str(found.of[n]), []).append(truth[n])
    pure = sum(max(map(its.count, set(its))) for its in by_topic.values()) / len(placed)
    later = topics(
        texts[: count * 4 // 5], languages[: count * 4 // 5], left_out=BRAND, earlier=found
    )
    kept = sum(not row["is_new"] for row in later.table.to_pylist())
    two = sum(len(row["names"]) == 2 for row in found.table.to_pylist())
    print(
        f"\nSimulated brand, {count:,} messages of {len(SUBJECTS)} subjects, own number of topics:"
    )
    print(f"NMI {score[0]:.3f}, ARI {score[1]:.3f}, largest subject of its topic {pure:.0%},")
    print(
        f"placed {len(placed) / count:.0%}; {found.table.num_rows} topics, {two} in both languages."
    )
    print(f"Run again on four fifths: {kept} of {later.table.num_rows} topics known again.")


def speed(counts: list[int]) -> None:
    """Print seconds and peak memory."""
    print("\n| messages | seconds | messages/s | peak MB (texts included) |")
    print("|---:|---:|---:|---:|")
    for count in counts:
        texts, _, languages = simulated(count, 9)
        start = time.process_time()
        topics(texts, languages, left_out=BRAND)
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {count:,} | {spent:.1f} | {count / spent:,.0f} | {peak:,.0f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--speed", action="store_true", help="100,000 and 1,000,000 messages too")
    asked = parser.parse_args()
    reviews(asked.data)
    brand(8_000)
    if asked.speed:
        speed([100_000, 1_000_000])


if __name__ == "__main__":
    main()
