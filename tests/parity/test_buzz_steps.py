"""Counts of messages and voices are the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from awkward_shop import ZONE
from parity.comparing import assert_same_rows, relational_steps
from rapport.listening.buzz import counting, occasions, voice
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

START = dt.datetime.fromisoformat("2026-03-28T22:30:00")


def messages() -> pa.Table:
    """Return messages of two sources, with copies, the brand's own, and what is not known."""
    rows = [
        {
            "message_id": f"m{n}",
            "source": "news" if n % 3 == 0 else "x",
            "channel": ["x", None, "survey", "press"][n % 4],
            "occurred_on": dt.datetime.combine(dt.date(2026, 3, 1 + n % 28), dt.time(23))
            if n % 3 == 0
            else START + dt.timedelta(minutes=37 * n),
            "day": dt.date(2026, 3, 1 + n % 28),
            "account_id": f"a{n % 5}",
            "person_id": None if n % 7 == 0 else f"p{n % 5}",
            "from_brand": n % 11 == 0,
            "in_reply_to": f"p{n % 4}" if n % 5 else None,
            "language": [None, "fr", "en", "und"][n % 4],
            "text": f"text {n}",
            "is_complaint": n % 2 == 0,
            "is_praise": n % 5 == 0,
            "sentiment": ["negative", "positive", "neutral", "unsure"][n % 4 if n % 9 else 0],
            "copy_of": "m1" if n in {13, 14} else (None if n == 5 else f"m{n}"),
        }
        for n in range(90)
    ]
    return pa.Table.from_pylist(rows)


MENTIONS = pa.Table.from_pylist(
    [
        {
            "message_id": f"m{n}",
            "target": target,
            "target_kind": kind,
            "sentiment": ["positive", "negative", None][n % 3],
        }
        for n in range(90)
        for target, kind in (("Maison", "brand"), ("Rival", "competitor"), ("Tea", "product"))
        if n % (2 if target == "Maison" else 3) == 0
    ]
)
ACCOUNTS = pa.table(
    {
        "source": ["x", "x", "x", "news"],
        "account_id": ["a1", "a1", "a2", "a9"],
        "followers": [10, 12, None, 7],
    }
)
POSTS = pa.table(
    {
        "channel": ["x", "x", None, "press"],
        "post_id": ["p0", "p0", "p1", "p3"],
        "published_on": [START + dt.timedelta(hours=h) for h in (3, 5, 0, -24 * 40)],
    }
)
PARTS = pa.table(
    {"message_id": ["m1", "m2", "m4", "m1"], "cut": ["topic"] * 3 + ["brand"], "part": list("1121")}
)


def said(there: dict[str, Frame]) -> Frame:
    return counting.heard(there["messages"])


def named(there: dict[str, Frame]) -> Frame:
    return voice.rivals(said(there), there["mentions"])


STEPS: dict[Callable[..., Any], Callable[[dict[str, Frame]], Frame]] = {
    counting.heard: said,
    counting.copies: lambda there: counting.copies(there["messages"]),
    counting.precision: lambda there: counting.precision(said(there)),
    counting.stream_counts: lambda there: counting.stream_counts(
        said(there), there["parts"], by_day=False
    ),
    counting.days: lambda there: counting.days(said(there)),
    counting.moods: lambda there: counting.moods(said(there)),
    counting.reach: lambda there: counting.reach(said(there), there["accounts"]),
    occasions.own_posts: lambda there: occasions.own_posts(said(there), there["posts"]),
    occasions.authors: lambda there: occasions.authors(said(there)),
    voice.rivals: named,
    voice.voices: lambda there: voice.voices(named(there)),
}


def frames(engine: Engine) -> dict[str, Frame]:
    tables = {
        "messages": messages(), "mentions": MENTIONS, "parts": PARTS, "accounts": ACCOUNTS,
        "posts": POSTS,
    }  # fmt: skip
    return {name: engine.table(table) for name, table in tables.items()}


def computed(name: str, folder: Path) -> list[pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = frames(engine)
        made = [engine.collect(step(there)) for step in STEPS.values()]
        by_day = counting.stream_counts(said(there), there["parts"], by_day=True)
        made.append(engine.collect(by_day))
        del there, by_day
    return made


@pytest.mark.slow
def test_counts_are_the_same_on_both_engines(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for one, two in zip(duck, other, strict=True):
        assert_same_rows(one, two)


def test_every_step_is_compared() -> None:
    import rapport.listening

    ours = {counting.__name__, occasions.__name__, voice.__name__}
    steps = {f for f in relational_steps(rapport.listening) if f.__module__ in ours}
    assert steps == set(STEPS)


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = dict(zip(STEPS, computed("duckdb", tmp_path), strict=False))
    heard = made[counting.heard].to_pylist()
    ids = {row["message_id"] for row in heard}
    assert ids.isdisjoint({"m13", "m14", "m0", "m11", "m2"})  # copies, the brand's own, a survey
    assert {"m1", "m5"} <= ids
    assert made[counting.copies].to_pylist() == [{"message_id": "m1", "copied": 2}]
    exact = {row["source"]: row["by_day"] for row in made[counting.precision].to_pylist()}
    assert exact == {"news": True, "x": False}
    (mood,) = made[counting.moods].to_pylist()
    assert mood["messages"] == len(heard)
    assert made[counting.reach].to_pylist() == [{"accounts": 1, "followers": 12}]
    below = {row["message_id"] for row in made[occasions.own_posts].to_pylist()}
    assert below
    assert all(int(name[1:]) % 4 == 0 for name in below)  # only under what was new, on its channel
    assert min(int(name[1:]) for name in below) >= 5  # nothing answers a post before it was made
    (wrote,) = made[occasions.authors].to_pylist()
    assert wrote["messages"] == len(heard)
    assert wrote["most"] == max(sum(row["person_id"] == f"p{n}" for row in heard) for n in range(5))
    counts = made[counting.stream_counts].to_pylist()
    every = sum(r["count"] for r in counts if r["kind"] == "volume" and r["cut"] == "all")
    assert every == len(heard)
    assert not any(r["part"] == "und" for r in counts)
    for row in made[voice.voices].to_pylist():
        assert row["messages"] <= row["all_messages"]
        assert row["people"] <= row["all_people"]
