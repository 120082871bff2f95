"""Check chunks of labelled messages and write them as one table.

    python build.py en /tmp/labels-en

Reads every `*.txt` of the folder, one message a line:

    trade|channel|sentiment|kinds|irony|text

split by `|` or TAB (only the first five; the text may hold anything after). Trade and channel may be cut
to any beginning that only one of them has (`tel`, `tw`); sentiment is n, u or p (negative, neutral,
positive); kinds are the letters of KINDS. Nothing is written when a label is not one of the guideline's
or when a message is there twice or nearly so. Ids stay with their text from one run to the next.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

TRADES = [
    *[
        "telecom",
        "bank",
        "insurance",
        "energy",
        "airline",
        "rail",
        "parcels",
        "hotel",
        "restaurant",
        "groceries",
        "fashion",
        "beauty",
    ],
    *[
        "electronics",
        "app",
        "streaming",
        "games",
        "car",
        "health",
        "housing",
        "tea-and-coffee",
        "toys",
        "sport",
        "other",
    ],
    "public service",
]
CHANNELS = ["tweet", "comment", "review", "mail", "chat", "survey", "forum", "call-note"]
SENTIMENTS = {"n": "negative", "u": "neutral", "p": "positive"}
KINDS = {
    "p": "praise",
    "c": "complaint",
    "s": "suggestion",
    "q": "question",
    "b": "purchase_intent",
    "l": "leaving",
    "t": "thanks",
    "r": "recommendation",
    "o": "other",
}
COLUMNS = ["id", "language", "trade", "channel", "text", "sentiment", "kinds", "irony", "part"]
NEAR = 0.8
TEST_BELOW = 51


def whole(value: str, allowed: list[str]) -> str | None:
    """The one allowed name that begins with the value, or None."""
    found = [name for name in allowed if name == value] or [
        name for name in allowed if value and name.startswith(value)
    ]
    return found[0] if len(found) == 1 else None


def tokens(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower())) or frozenset(text.split())


def part(text: str) -> str:
    return "test" if hashlib.sha256(text.encode()).digest()[0] < TEST_BELOW else "train"


def read(folder: Path) -> tuple[list[dict[str, str]], list[str]]:
    rows: list[dict[str, str]] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            where = f"{path.name}:{number}"
            fields = [field.strip() for field in re.split(r"[|\t]", line, maxsplit=5)]
            if len(fields) != 6:
                faults.append(f"{where}: {len(fields)} fields, not 6: {line[:60]}")
                continue
            trade, channel, sentiment, kinds, irony, text = fields
            text = " ".join(text.split())
            row = {
                "trade": whole(trade, TRADES),
                "channel": whole(channel, CHANNELS),
                "sentiment": SENTIMENTS.get(sentiment),
                "irony": irony if irony in ("0", "1") else None,
                "text": text or None,
                "kinds": None,
            }
            letters = [letter for letter in kinds if letter != ","]
            known = all(letter in KINDS for letter in letters) and len(set(letters)) == len(letters)
            if letters and known and ("o" not in letters or letters == ["o"]):
                row["kinds"] = ",".join(name for letter, name in KINDS.items() if letter in letters)
            wrong = [name for name, value in row.items() if value is None]
            if wrong:
                faults.append(f"{where}: {', '.join(wrong)}: {line[:60]}")
                continue
            row["where"] = where
            rows.append(row)
    return rows, faults


def twice(rows: list[dict[str, str]]) -> list[str]:
    faults = []
    holders: dict[str, list[int]] = {}
    sets: list[frozenset[str]] = []
    for index, row in enumerate(rows):
        mine = tokens(row["text"])
        shared: Counter[int] = Counter()
        for token in mine:
            shared.update(holders.get(token, ()))
        for other, both in shared.items():
            if both / (len(mine) + len(sets[other]) - both) > NEAR:
                faults.append(f"{row['where']}: as {rows[other]['where']}: {row['text'][:60]}")
        sets.append(mine)
        for token in mine:
            holders.setdefault(token, []).append(index)
    return faults


def main(language: str, folder: str) -> int:
    rows, faults = read(Path(folder))
    faults += twice(rows)
    if faults:
        print("\n".join(faults))
        print(f"{len(faults)} faults: nothing written")
        return 1
    out = Path(__file__).with_name(f"{language}.tsv")
    ids: dict[str, str] = {}
    if out.exists():
        with out.open(encoding="utf-8", newline="") as file:
            ids = {
                row["text"]: row["id"]
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            }
    last = max((int(name.split("-")[1]) for name in ids.values()), default=0)
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        if row["text"] not in ids:
            last += 1
            ids[row["text"]] = f"{language}-{last:04d}"
        full = {**row, "id": ids[row["text"]], "language": language, "part": part(row["text"])}
        lines.append("\t".join(full[column] for column in COLUMNS))
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows in {out.name}")
    for name in ("sentiment", "irony", "part", "trade", "channel"):
        counts = Counter(row[name] if name in row else part(row["text"]) for row in rows)
        print(f"{name}: " + ", ".join(f"{key} {count}" for key, count in counts.most_common()))
    counts = Counter(kind for row in rows for kind in row["kinds"].split(","))
    print("kinds: " + ", ".join(f"{key} {count}" for key, count in counts.most_common()))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
