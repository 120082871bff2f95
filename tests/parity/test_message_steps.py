"""Messages are the same rows on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from awkward_shop import ZONE, at, file, stored
from parity.comparing import assert_same_rows
from rapport.listening.messages import (
    by_brand,
    distinct_texts,
    open_questions,
    with_copies,
    written,
)
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

DEEDS = [
    {"activity_id": str(n), "account_id": who, "occurred_on": at(time), "text": text, **more}
    for n, (who, time, text, more) in enumerate(
        [
            ("ann", "2024-03-30T23:30:00", "Bonjour à tous", {"channel": "x", "url": "u"}),
            ("bob", "2024-03-31T10:00:00", "  ", {}),
            ("bob", "2024-03-31T10:00:01", None, {}),
            (None, "2024-03-31T10:00:01", "😡 نص", {"in_reply_to": "0", "object_id": "p"}),
            ("shop", "2024-04-01T10:00:01", "Bonjour à tous", {}),
            ("eve", "2024-01-01T10:00:01", "Bonjour à tous", {}),
        ]
    )
]
SAID = [
    {
        "respondent": who,
        "answered_on": at("2024-05-06T07:08:09"),
        "instrument": "nps",
        "item": item,
        "text": text,
    }
    for who, item, text in [("ann", "why", "Très bien"), ("ann", "else", ""), ("bob", "why", None)]
]
CLOSED = [
    {
        "respondent": f"r{n}",
        "answered_on": at("2024-05-06T07:08:09"),
        "instrument": "order",
        "item": "heard",
        "text": ("A friend", "The radio")[n % 2],
    }
    for n in range(20)
]
ACCOUNTS = [
    {"account_id": "shop", "is_brand": True},
    {"account_id": "eve", "is_employee": False},
    {"account_id": "ann"},
]


def messages(there: dict[str, Frame]) -> Frame:
    return written(there["activity"], open_questions(there["answer"]))


def numbered(engine: Engine, rows: Frame) -> Frame:
    numbers = pa.table({"text": ["Bonjour à tous", "😡 نص"], "copies": pa.array([3, None])})
    return rows.join(engine.table(numbers), on="text", how="left")


STEPS: dict[Callable[..., Any], Callable[[Engine, dict[str, Frame]], Frame]] = {
    written: lambda _, there: messages(there),
    open_questions: lambda _, there: open_questions(there["answer"]),
    distinct_texts: lambda _, there: distinct_texts(messages(there)),
    by_brand: lambda _, there: by_brand(messages(there), there["account"]),
    with_copies: lambda engine, there: with_copies(numbered(engine, messages(there))),
}


def computed(name: str, folder: Path) -> list[pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        rows = {"activity": DEEDS, "answer": [*SAID, *CLOSED], "account": ACCOUNTS}
        there = {t: engine.scan(file(folder, t, r), stored(t)) for t, r in rows.items()}
        made = [engine.collect(step(engine, there)) for step in STEPS.values()]
        del there
    return made


def test_messages_are_the_same_on_both_engines(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for one, two in zip(duck, other, strict=True):
        assert_same_rows(one, two)


def test_what_the_rows_say(tmp_path: Path) -> None:
    found, answers, texts, ours, copies = computed("duckdb", tmp_path)
    assert {row["instrument"] for row in answers.to_pylist()} == {"nps"}
    by_id = {row["message_id"]: row for row in found.to_pylist()}
    assert set(by_id) == {
        *("shop:0", "shop:3", "shop:4", "shop:5"),
        "shop:nps:why:ann:20240506070809",
    }
    assert str(by_id["shop:0"]["day"]) == "2024-03-31"  # in Paris it was past midnight
    assert sorted(texts["text"].to_pylist()) == sorted(["Bonjour à tous", "😡 نص", "Très bien"])
    assert [r["message_id"] for r in ours.to_pylist() if r["from_brand"]] == ["shop:4"]
    first = {row["message_id"]: row["copy_of"] for row in copies.to_pylist()}
    assert [first[f"shop:{n}"] for n in (0, 4, 5, 3)] == ["shop:5", "shop:5", "shop:5", "shop:3"]
