"""What shares and mentions are counted from is the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from awkward_shop import ZONE
from parity.comparing import assert_same_rows
from rapport.listening.heads import KINDS
from rapport.listening.named.addressed import addressed
from rapport.listening.trust.quantification import binned
from rapport.listening.trust.shares import cells, heard, sizes, spread, with_groups
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

EDGE = 1 / (1 + np.exp(-1.5))
SCORES = [0.0, 1.0, 0.5, float(EDGE), 0.004, 0.993, 0.31]


def message(number: int, **more: Any) -> dict[str, Any]:
    score = SCORES[number % len(SCORES)]
    row = {
        "message_id": f"x:{number}", "source": "x", "activity_id": str(number), "channel": "x",
        "day": dt.date(2026, 1 + number % 2, 31 if number % 2 == 0 else 1),
        "person_id": f"p{number % 4}", "from_brand": False, "in_reply_to": None,
        "object_id": None, "language": ("fr", "en", None)[number % 3], "sentiment": "negative",
        "negative": score, "positive": 1 - score, "copy_of": f"x:{number}",
        **{f"p_{kind}": score for kind in KINDS}, **{f"is_{kind}": score > 0.5 for kind in KINDS},
    }  # fmt: skip
    return {**row, **more}


MESSAGES = [
    *(message(number) for number in range(9)),
    message(9, copy_of="x:1"),
    message(10, from_brand=True),
    message(11, in_reply_to="10"),
    message(12, in_reply_to="11"),
    message(13, object_id="post"),
    message(14, channel="email", sentiment="positive"),
    message(15, in_reply_to="ticket 7"),
    message(16, in_reply_to="nobody"),
]
PEOPLE = [{"person_id": "p0", "relation": "repeat"}, {"person_id": "p1", "relation": None}]
POSTS = [{"post_id": "post", "channel": "x"}, {"post_id": "post", "channel": "y"}]
TICKETS = [{"ticket_id": "ticket 7", "source": "x"}]


def grouped(there: dict[str, Frame]) -> Frame:
    return with_groups(heard(there["messages"]), there["people"])


STEPS: dict[Callable[..., Any], Callable[[dict[str, Frame]], Frame]] = {
    heard: lambda there: heard(there["messages"]),
    with_groups: lambda there: with_groups(there["messages"], None),
    cells: lambda there: cells(grouped(there)),
    spread: lambda there: spread(cells(grouped(there))),
    sizes: lambda there: sizes(grouped(there)),
    addressed: lambda there: addressed(there["messages"], there["posts"], there["tickets"]),
}


def frames(engine: Engine) -> dict[str, Frame]:
    texts = pa.schema([("person_id", pa.string()), ("relation", pa.string())])
    nothing = {name: pa.string() for name in ("in_reply_to", "object_id", "language")}
    first = pa.Table.from_pylist(MESSAGES)
    schema = pa.schema([(f.name, nothing.get(f.name, f.type)) for f in first.schema])
    return {
        "messages": engine.table(pa.Table.from_pylist(MESSAGES, schema=schema)),
        "people": engine.table(pa.Table.from_pylist(PEOPLE, schema=texts)),
        "posts": engine.table(pa.Table.from_pylist(POSTS)),
        "tickets": engine.table(pa.Table.from_pylist(TICKETS)),
    }


def computed(name: str, folder: Path) -> list[pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = frames(engine)
        made = [engine.collect(step(there)) for step in STEPS.values()]
        del there
    return made


@pytest.mark.slow
def test_shares_are_counted_the_same_on_both_engines(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for one, two in zip(duck, other, strict=True):
        assert_same_rows(one, two)


def test_what_the_counts_say(tmp_path: Path) -> None:
    said, _, _, counted, people, own = computed("duckdb", tmp_path)
    assert said.num_rows == 15  # not the brand's, not the copy
    rows = counted.to_pylist()
    whole = [row for row in rows if row["month"] is None and row["group_kind"] == "all"]
    negative = {row["bin"]: row["messages"] for row in whole if row["kind"] == "negative"}
    numbers = [n for n in range(17) if n not in (9, 10)]
    expected = binned([SCORES[n % len(SCORES)] for n in numbers]).tolist()
    assert negative == {each: expected.count(each) for each in set(expected)}
    for kind in ("channel", "language", "relation"):
        parts = [r for r in rows if r["month"] is not None and r["group_kind"] == kind]
        assert sum(r["messages"] for r in parts if r["kind"] == "leaving") == 15
    (every,) = (r for r in people.to_pylist() if r["month"] is None and r["group_kind"] == "all")
    assert (every["messages"], every["people"]) == (15, 4)
    found = {row["message_id"] for row in own.to_pylist()}
    assert found == {"x:11", "x:12", "x:13", "x:14", "x:15"}
