"""How well are messages understood, how fast, and how honest are the probabilities?

The shipped model is judged on rows that it never learned from: the sets' own validation parts, the
fifth that training keeps aside, the frozen part of our own messages, and sets that may not be
trained on at all. Where a head is fitted for the purpose, the row says so. Published figures are
of each set's test part, which is not here: read them as neighbours, not as the same examination.

    OMP_NUM_THREADS=1 python benchmarks/understanding.py [--data ../shared/data] [--model small]
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "training")]

import sets  # noqa: E402

from rapport.listening.backends import Reader, Small, open_reader  # noqa: E402
from rapport.listening.heads import IRONY, KINDS, OUTPUTS, SENTIMENTS, fitted, sigmoid  # noqa: E402
from rapport.listening.model import from_bytes  # noqa: E402

REPEATS = 3


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    what: str
    value: float
    aim: str = ""
    peers: str = ""
    rows: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", default="small")
    asked = parser.parse_args()
    reader = open_reader(asked.model)
    rows = sets.load(asked.data, ROOT / "training" / "messages")
    print("| figure | measured | aim | peers | rows |")
    print("|---|---|---|---|---|")
    for part in (sentiment, kinds, evaluation_only, languages, speed):
        for line in part(reader, rows, asked.data):
            aim, peers = line.aim or "", line.peers or ""
            value = f"{line.value:,.0f}" if line.value > 100 else f"{line.value:.3f}"
            print(f"| {line.what} | {value} | {aim} | {peers} | {line.rows} |", flush=True)


def read(reader: Reader, texts: list[str]) -> dict[str, np.ndarray]:
    return {name: np.asarray(column) for name, column in reader.read(texts, None).items()}


def sentiment(reader: Reader, rows: sets.Rows, data: Path) -> Iterator[Line]:
    texts, y = labelled(data / "text" / "tweeteval" / "sentiment", "val")
    three = threes(read(reader, texts))
    vader = vader_says(texts)
    yield Line(
        "TweetEval sentiment, macro-recall (validation part)",
        recall(three.argmax(1), y),
        "0.68",
        f"VADER {recall(vader, y):.3f} here; on the test part VADER .570, SVM .629, fastText .629, "
        "best transformer .737",
        f"{len(y)}",
    )
    yield Line("the same, calibration error", error(three, y), "< 0.03", floor(three), f"{len(y)}")
    sources, codes = np.array(rows.sources), np.array(rows.languages)
    aside, labels = np.array(rows.aside), rows.targets[:, sets.COLUMN["sentiment"]]
    published = {
        "fr": "on the test part VADER-fr .553, fastText .548, XLM-R .720",
        "en": "on the test part fastText .509, XLM-T .706",
    }
    for source, title in (
        ("tweet_sentiment", "UMSAB tweets, validation part"),
        ("messages", "our own messages, frozen part"),
    ):
        for code in ("en", "fr", "de", "es", "it", "pt"):
            use = np.flatnonzero(aside & (sources == source) & (codes == code))
            if not len(use):
                continue
            chosen = [rows.texts[n] for n in use]
            three, truth = threes(read(reader, chosen)), labels[use].astype(int)
            peers = published.get(code, "") if source == "tweet_sentiment" else ""
            if code == "en":
                score = macro_f1(vader_says(chosen), truth)
                peers = f"VADER {score:.3f} here; {peers}".rstrip("; ")
            aim = "0.68" if (source, code) == ("tweet_sentiment", "fr") else ""
            name = f"{title}, {code}"
            yield Line(
                f"{name}, macro-F1", macro_f1(three.argmax(1), truth), aim, peers, str(len(use))
            )
            if code in ("en", "fr"):
                yield Line(
                    f"{name}, calibration error",
                    error(three, truth),
                    "< 0.03",
                    floor(three),
                    str(len(use)),
                )
                sure = three.max(1) >= reader.sure_from
                right = (three.argmax(1) == truth)[sure].mean()
                yield Line(
                    f"{name}, right where not unsure",
                    right,
                    "",
                    f"told of {sure.mean():.0%}",
                    str(len(use)),
                )


def kinds(reader: Reader, rows: sets.Rows, data: Path) -> Iterator[Line]:  # noqa: ARG001
    sources, codes, aside = np.array(rows.sources), np.array(rows.languages), np.array(rows.aside)
    for kind, column, aim, peer in (
        ("complaint", "problem", "0.88", ".863 / .860"),
        ("suggestion", "request", "0.78", ".722 / .735"),
    ):
        own = fitted_on_reviews(reader, rows, kind, column) if isinstance(reader, Small) else None
        for code in ("en", "fr"):
            use = np.flatnonzero(aside & (sources == "app_reviews") & (codes == code))
            texts = [rows.texts[n] for n in use]
            y = rows.targets[use, sets.COLUMN[column]] == 1
            title = f"app reviews kept aside, {code}, {column}"
            peers = f"n-grams and logistic regression, 5 folds: {peer} (en / fr)"
            many = f"{y.sum()} of {len(y)}"
            there = reader.is_there(kind, read(reader, texts)[kind])
            yield Line(f"{title} as `{kind}`, F1", f1(there, y), "", peers, many)
            if own:
                weights, bias, least = own
                there = reader.model.network.describe(texts) @ weights + bias >= least
                yield Line(f"{title}, a head fitted on the set, F1", f1(there, y), aim, peers, many)
    for code in ("en", "fr"):
        use = np.flatnonzero(aside & (sources == "messages") & (codes == code))
        said = read(reader, [rows.texts[n] for n in use])
        for kind in (*KINDS, IRONY):
            y = rows.targets[use, sets.COLUMN[kind]] == 1
            there = reader.is_there(kind, said[kind])
            hit = (there & y).sum()
            yield Line(
                f"our own messages, frozen part, {code}, `{kind}`, F1",
                f1(there, y),
                "",
                f"precision {hit / max(there.sum(), 1):.2f}, recall {hit / max(y.sum(), 1):.2f}",
                f"{y.sum()} of {len(y)}",
            )
    for kind, column, source, peers in (
        ("purchase_intent", "wish", "purchase_intent", "LSTM .83 on other rows; labels are noisy"),
        (IRONY, "sarcasm", "sarcasm", "best of iSarcasmEval .605"),
    ):
        use = np.flatnonzero(aside & (sources == source))
        said = read(reader, [rows.texts[n] for n in use])
        y = rows.targets[use, sets.COLUMN[column]] == 1
        title = f"{source} kept aside, as `{kind}`, F1"
        yield Line(
            title, f1(reader.is_there(kind, said[kind]), y), "", peers, f"{y.sum()} of {len(y)}"
        )


def fitted_on_reviews(
    reader: Small, rows: sets.Rows, kind: str, column: str
) -> tuple[np.ndarray, float, float]:
    """A head by the set's own guideline, as the published figures have it.

    Fitted on the rows that the network learned from, centred on the shipped head; its threshold is
    the best of those rows that it did not learn from and that are not kept aside.
    """
    labels = rows.targets[:, sets.COLUMN[column]]
    reviews = np.array(rows.sources) == "app_reviews"
    learn, check = (np.flatnonzero(reviews & part) for part in (rows.learned, rows.tuning))
    describe, place = reader.model.network.describe, OUTPUTS.index(kind)
    start = (reader.heads.weights[:, place], float(reader.heads.bias[place]))
    weights, bias = fitted(describe([rows.texts[n] for n in learn]), labels[learn], start, 20.0)
    logits = describe([rows.texts[n] for n in check]) @ weights + bias
    grid = np.arange(-2, 1.01, 0.1)
    scores = [f1(logits >= least, labels[check] == 1) for least in grid]
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return weights, bias, float(grid[smooth.argmax()])


def evaluation_only(reader: Reader, rows: sets.Rows, data: Path) -> Iterator[Line]:  # noqa: ARG001
    with (data / "text" / "complaints.csv").open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    texts = [row["text"] for row in given]
    y = np.array([row["complaint"] == "1" for row in given])
    there = reader.is_there("complaint", read(reader, texts)["complaint"])
    peers = "n-grams and logistic regression .808, transformers .87 (10 folds)"
    yield Line("complaint tweets as they are, macro-F1", two_f1(there, y), "", peers, str(len(y)))
    if isinstance(reader, Small):
        described = reader.model.network.describe(texts)
        yield Line(
            "complaint tweets, a head fitted in 10 folds, macro-F1",
            two_f1(crossed(described, y, 10), y),
            "0.85",
            peers,
            str(len(y)),
        )
        folder = data / "text" / "tweeteval" / "irony"
        (learn, known), (texts, y) = labelled(folder, "train"), labelled(folder, "val")
        head = fitted(
            reader.model.network.describe(learn),
            known,
            (np.zeros(reader.model.network.width), 0.0),
            3.0,
        )
        chances = sigmoid(reader.model.network.describe(texts) @ head[0] + head[1])
        yield Line(
            "TweetEval irony, a head fitted on its train part, F1 of ironic (validation part)",
            f1(chances >= 0.5, y == 1),
            "0.617",
            "on the test part SVM .617, fastText .631, BERTweet .821",
            str(len(y)),
        )
    file = data / "text" / "suggestions" / "dev.csv"
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        given = [row for row in csv.reader(stream) if row[-1] in {"0", "1"}]
    y = np.array([row[-1] == "1" for row in given])
    said = read(reader, [row[1] for row in given])["suggestion"]
    yield Line(
        "forum suggestions (SemEval-2019 task 9) as they are, F1",
        f1(reader.is_there("suggestion", said), y),
        "",
        "n-grams fitted on them .553 (test part), BERT .781",
        str(len(y)),
    )


def languages(reader: Reader, rows: sets.Rows, data: Path) -> Iterator[Line]:  # noqa: ARG001
    sources, codes, aside = np.array(rows.sources), np.array(rows.languages), np.array(rows.aside)
    use = np.flatnonzero(aside & np.isin(sources, ("tweet_sentiment", "messages")))
    found = read(reader, [rows.texts[n] for n in use])["language"]
    yield Line(
        "language of tweets and messages, right",
        (found == codes[use]).mean(),
        "",
        "",
        str(len(use)),
    )
    short = np.array([len(rows.texts[n].split()) <= 4 for n in use])
    if short.any():
        yield Line(
            "the same, of four words or fewer",
            (found == codes[use])[short].mean(),
            "",
            "",
            str(short.sum()),
        )


def speed(reader: Reader, rows: sets.Rows, data: Path) -> Iterator[Line]:  # noqa: ARG001
    sources = np.array(rows.sources)
    use = np.flatnonzero(np.isin(sources, ("tweet_sentiment", "app_reviews", "messages")))
    texts = [rows.texts[n] for n in use[:: max(1, len(use) // 40_000)]][:40_000]
    fresh = isinstance(reader, Small)
    content = resources.files("rapport.listening").joinpath("model/small.npz").read_bytes()
    if fresh:
        yield Line("size of the file, MB", len(content) / 1e6, "< 10", "")
    else:
        texts = texts[:2000]
    first, again = [], []
    for _ in range(REPEATS):
        # as it comes from the file, no word is known
        reader = Small(from_bytes(content, "small.npz")) if fresh else reader
        first.append(seconds(reader, texts))
        again.append(seconds(reader, texts))
    for name, took in (("never seen before", first), ("again", again)):
        title = f"messages a second of one core, {name}, best of {REPEATS}"
        yield Line(title, len(texts) / min(took), "> 20,000", "", str(len(texts)))


def seconds(reader: Reader, texts: list[str]) -> float:
    began = time.process_time()
    reader.read(texts, None)
    return time.process_time() - began


def labelled(folder: Path, part: str) -> tuple[list[str], np.ndarray]:
    texts = (folder / f"{part}_text.txt").read_text("utf-8").split("\n")[:-1]
    labels = (folder / f"{part}_labels.txt").read_text("utf-8").split("\n")[:-1]
    return texts, np.array([int(label) for label in labels])


def vader_says(texts: list[str]) -> np.ndarray:
    """VADER's own thresholds (Hutto and Gilbert 2014): ±0.05 of the compound score."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    says = SentimentIntensityAnalyzer().polarity_scores
    scores = np.array([says(text)["compound"] for text in texts])
    return np.where(scores >= 0.05, 2, np.where(scores <= -0.05, 0, 1))


def crossed(described: np.ndarray, y: np.ndarray, folds: int) -> np.ndarray:
    """What heads say of rows that each was not fitted on."""
    fold = np.random.default_rng(1).permutation(len(y)) % folds
    there = np.zeros(len(y), dtype=bool)
    nothing = (np.zeros(described.shape[1]), 0.0)
    for number in range(folds):
        w, b = fitted(described[fold != number], y[fold != number].astype(float), nothing, 3.0)
        there[fold == number] = described[fold == number] @ w + b > 0
    return there


def threes(said: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([said[name] for name in SENTIMENTS], axis=1)


def recall(best: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([(best[y == k] == k).mean() for k in range(3)]))


def f1(there: np.ndarray, y: np.ndarray) -> float:
    return float(2 * (there & y).sum() / max(there.sum() + y.sum(), 1))


def two_f1(there: np.ndarray, y: np.ndarray) -> float:
    return (f1(there, y) + f1(~there, ~y)) / 2


def macro_f1(best: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([f1(best == k, y == k) for k in range(3)]))


def error(chances: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the top class (Guo et al. 2017, eq. 5)."""
    top, right = chances.max(1), chances.argmax(1) == y
    which = np.minimum((top * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(top[which == k].mean() - right[which == k].mean()) * (which == k).mean()
            for k in np.unique(which)
        )
    )


def floor(chances: np.ndarray) -> str:
    """What labels that are drawn from these very probabilities would show."""
    chance = np.random.default_rng(1)
    found = []
    for _ in range(400):
        drawn = (chances.cumsum(1) < chance.random((len(chances), 1))).sum(1).clip(max=2)
        found.append(error(chances, drawn))
    high = np.quantile(found, 0.95)
    return f"perfect probabilities would show {np.mean(found):.3f} on so few (95 %: < {high:.3f})"


if __name__ == "__main__":
    main()
