"""The sets that the shipped model may learn from, each with its licence and its part kept aside.

A row that is kept aside (its text's hash says so) is never learned from: figures are told on it.
"""

from __future__ import annotations

import csv
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

KINDS = (
    "praise",
    "complaint",
    "suggestion",
    "question",
    "purchase_intent",
    "leaving",
    "thanks",
    "recommendation",
)
SENTIMENT = ("negative", "neutral", "positive")
LANGUAGES = {
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
# What a row can be labelled with; NaN where its set does not say.
TARGETS = (
    "sentiment",  # 0, 1, 2: of the message, towards its subject
    *KINDS,
    "irony",
    "own",  # 1 in the project's own messages, so that a head can be told of them alone
    "stars",  # 0, 1, 2 from the stars of a review: what else its writer said, not the words alone
    "problem",
    "request",
    "wish",
    "sarcasm",
    *(f"emotion_{number}" for number in range(1, 9)),
)
COLUMN = {name: number for number, name in enumerate(TARGETS)}


@dataclass(frozen=True)
class Source:
    """A set: where it is from and what it may be used for."""

    name: str
    folder: str
    licence: str
    note: str


SOURCES = {
    source.name: source
    for source in (
        Source(
            "tweet_sentiment",
            "text/tweet_sentiment",
            "repository Apache-2.0; the networks' terms bar passing the texts on",
            "UMSAB, six languages, and tweets of SemEval 2013-16; weights only, no text is shipped",
        ),
        Source("app_reviews", "text/app_reviews", "MIT", "Mini-BAR, English and French"),
        Source("emotions", "text/emotions", "CC BY 4.0", "XED, English and French"),
        Source("purchase_intent", "text/purchase_intent.csv", "MIT", "noisy labels"),
        Source("sarcasm", "text/sarcasm", "MIT", "iSarcasmEval, English"),
        Source("messages", "training/messages", "Apache-2.0", "our own, see GUIDELINE.md"),
    )
}


@dataclass
class Rows:
    """Labelled texts: `targets` has a column for each of TARGETS."""

    texts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    aside: list[bool] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)

    def add(self, text: str, language: str, source: str, *, aside: bool, **labels: float) -> None:
        """Add one row; what is not named stays unknown."""
        row = np.full(len(TARGETS), np.nan, dtype=np.float32)
        for name, value in labels.items():
            row[COLUMN[name]] = value
        self.texts.append(text)
        self.languages.append(language)
        self.sources.append(source)
        self.aside.append(aside)
        self.labels.append(row)

    @property
    def tuning(self) -> np.ndarray:
        """Rows that the network does not learn from either: its heads are calibrated on them."""
        share = {"messages": 7, "app_reviews": 10, "sarcasm": 10, "tweet_sentiment": 20}
        few = {("tweet_sentiment", language): 8 for language in LANGUAGES.values()}
        few["tweet_sentiment", "en"] = 20
        parts = [
            few.get((source, language), share.get(source, 0))
            for source, language in zip(self.sources, self.languages, strict=True)
        ]
        return np.array(
            [
                bool(part) and not aside and zlib.crc32(b"tune" + key(text).encode()) % part == 0
                for text, aside, part in zip(self.texts, self.aside, parts, strict=True)
            ]
        )

    @property
    def learned(self) -> np.ndarray:
        """Rows that the network learns from."""
        return ~np.array(self.aside) & ~self.tuning

    @property
    def weights(self) -> np.ndarray:
        """How much each row counts: small sets more, so that large ones do not drown them."""
        weight = {"messages": 3.0, "app_reviews": 1.5, "emotions": 0.5, "french tweets": 3.0}
        names = [
            "french tweets" if (source, language) == ("tweet_sentiment", "fr") else source
            for source, language in zip(self.sources, self.languages, strict=True)
        ]
        return np.array([weight.get(name, 1.0) for name in names], dtype=np.float32)

    @property
    def targets(self) -> np.ndarray:
        """All labels, rows by TARGETS."""
        return np.stack(self.labels)


_NOISE = re.compile(r"https?\S*|@\w+|\\u[0-9a-fA-F]{4}|[\W_]+")


def key(text: str) -> str:
    """Return what two copies of a text share, whatever links and signs they carry."""
    return _NOISE.sub("", text).lower()


def kept_aside(text: str, part: int) -> bool:
    """Return whether a text belongs to the one in `part` that is never learned from."""
    return zlib.crc32(key(text).encode()) % part == 0


def load(data: Path, messages: Path) -> Rows:
    """Return every row of every set, those kept aside marked."""
    rows = Rows()
    _tweets(rows, data / "text" / "tweet_sentiment", _evaluated(data))
    _reviews(rows, data / "text" / "app_reviews")
    _emotions(rows, data / "text" / "emotions")
    _wishes(rows, data / "text" / "purchase_intent.csv")
    _sarcasm(rows, data / "text" / "sarcasm" / "train.En.csv")
    _own(rows, messages)
    return rows


def _evaluated(data: Path) -> set[str]:
    """Return the keys of all texts that benchmarks are told on."""
    tweets = data / "text" / "tweet_sentiment"
    files = [
        *sorted((data / "text" / "tweeteval").glob("*/*_text.txt")),
        *(tweets / name / "val_text.txt" for name in LANGUAGES),
    ]
    return {key(line) for file in files for line in _lines(file)}


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").split("\n")[:-1]


def _tweets(rows: Rows, folder: Path, evaluated: set[str]) -> None:
    seen: set[str] = set()
    for name, language in LANGUAGES.items():
        for part in ("val", "train"):
            texts = _lines(folder / name / f"{part}_text.txt")
            labels = _lines(folder / name / f"{part}_labels.txt")
            for text, label in zip(texts, labels, strict=True):
                mark = key(text)
                if part == "train" and (mark in evaluated or mark in seen):
                    continue
                seen.add(mark)
                rows.add(
                    text, language, "tweet_sentiment", aside=part == "val", sentiment=int(label)
                )
    for line in _lines(folder / "english_more.tsv")[1:]:
        label, _, text = line.partition("\t")
        mark = key(text)
        if label in SENTIMENT and mark not in seen and mark not in evaluated:
            seen.add(mark)
            where = SENTIMENT.index(label)
            rows.add(text, "en", "tweet_sentiment", aside=False, sentiment=where)


def _reviews(rows: Rows, folder: Path) -> None:
    seen: set[str] = set()
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                mark = key(row["data"])
                if mark in seen:
                    continue
                seen.add(mark)
                stars = int(row["score"])
                rows.add(
                    row["data"],
                    row["ori_lang"],
                    "app_reviews",
                    aside=kept_aside(row["data"], 5),
                    stars=0 if stars <= 2 else 1 if stars == 3 else 2,
                    problem=int(row["problem_report"]),
                    request=int(row["feature_request"]),
                )


def _emotions(rows: Rows, folder: Path) -> None:
    seen: set[str] = set()
    for language, name in (("en", "en-annotated.tsv"), ("fr", "fr-projections.tsv")):
        for line in _lines(folder / name):
            text, _, said = line.rpartition("\t")
            mark = key(text)
            if mark in seen or not mark or not re.fullmatch(r"[\d, ]+", said):
                continue
            seen.add(mark)
            felt = {int(part) for part in said.split(",") if part.strip()}
            labels = {f"emotion_{number}": float(number in felt) for number in range(1, 9)}
            rows.add(text, language, "emotions", aside=False, **labels)
    for line in _lines(folder / "neu_en.txt"):
        text = line.partition("\t")[2]
        if (mark := key(text)) not in seen and mark:
            seen.add(mark)
            labels = {f"emotion_{number}": 0.0 for number in range(1, 9)}
            rows.add(text, "en", "emotions", aside=False, **labels)


def _wishes(rows: Rows, file: Path) -> None:
    seen: set[str] = set()
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        for row in csv.DictReader(stream):
            text, label = row["text"] or "", row["class"]
            if label not in {"yes", "no"} or (mark := key(text)) in seen:
                continue
            seen.add(mark)
            aside = kept_aside(text, 5)
            rows.add(text, "en", "purchase_intent", aside=aside, wish=float(label == "yes"))


def _sarcasm(rows: Rows, file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["tweet"] and row["sarcastic"] in {"0", "1"}:
                aside = kept_aside(row["tweet"], 5)
                rows.add(row["tweet"], "en", "sarcasm", aside=aside, sarcasm=int(row["sarcastic"]))
                if row["rephrase"]:
                    rows.add(row["rephrase"], "en", "sarcasm", aside=aside, sarcasm=0)


def _own(rows: Rows, folder: Path) -> None:
    for file in sorted(folder.glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if not row.get("part") or row["sentiment"] not in SENTIMENT:
                    continue
                said = {kind.strip() for kind in row["kinds"].split(",")}
                rows.add(
                    row["text"],
                    row["language"],
                    "messages",
                    aside=row["part"] != "train",
                    sentiment=SENTIMENT.index(row["sentiment"]),
                    irony=int(row["irony"]),
                    own=1.0,
                    **{kind: float(kind in said) for kind in KINDS},
                )
