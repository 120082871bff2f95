"""The story of an alarm: what it is about, who began it, whom it touches, what they are worth."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.listening.buzz.about import distinctive
from rapport.listening.buzz.alarm import OVER
from rapport.listening.buzz.baseline import USUAL_SPREAD
from rapport.listening.buzz.growth import tail
from rapport.listening.buzz.occasions import Occasion, authors, coinciding, occasions, own_posts
from rapport.record.frames import Frame, distinct
from rapport.steps.context import Context
from rapport.steps.topics import brand_words

MOST = 3000  # messages of an alarm, and as many earlier ones, from which its words are told
BEFORE = dt.timedelta(days=90)
_EXAMPLES = 3
_LONGEST = 300
_HALF = 0.5
_LEAST = 1.5  # times the usual, under which what is left is nothing out of it
_NEVER = dt.datetime.fromisoformat("9000-01-01")
_FLAGS = {"negative": "is_negative", "complaint": "is_complaint", "praise": "is_praise"}

ALARMS = pa.schema(
    [
        ("alarm_id", pa.int64()), ("kind", pa.string()), ("kind_of_message", pa.string()),
        ("cut", pa.string()), ("part", pa.string()), ("topic", pa.string()),
        ("streams", pa.string()), ("direction", pa.string()), ("began", pa.timestamp("us")),
        ("flagged_on", pa.timestamp("us")), ("ended", pa.timestamp("us")),
        *((name, pa.float64()) for name in (
            "seen", "expected", "size", "size_low", "size_high", "chance",
            "doubling_hours", "doubling_low", "doubling_high", "history_days",
        )),
        ("grade", pa.string()), ("burst", pa.string()), ("explained_by", pa.string()),
        ("explained_kind", pa.string()), ("under_posts", pa.int64()),
        ("words", pa.string()), ("examples", pa.string()),
        ("example_text", pa.string()),
        ("first_messages", pa.string()), ("first_accounts", pa.string()),
        ("most_copied", pa.string()), ("copies", pa.int64()), ("messages", pa.int64()),
        ("people", pa.int64()), ("customers", pa.int64()), ("prospects", pa.int64()),
        ("value_at_stake", pa.float64()), ("value_low", pa.float64()), ("value_high", pa.float64()),
    ]
)  # fmt: skip


def stories(
    context: Context, said: Frame, copied: Frame, alarms: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return each alarm with its story, as rows of ALARMS."""
    names = _topic_names(context)
    events = context.facts("event").select("day", "kind", "note")
    known = occasions(context.engine.collect(events).to_pylist())
    below = context.engine.cache(own_posts(said, context.facts("post")))
    told = []
    for alarm in alarms:
        window = _window(said, alarm)
        found = {
            **alarm,
            **_authors(context, window),
            **_explained(context, said, below, alarm, known),
            **_texts(context, said, window, copied, alarm),
        }
        found["topic"] = names.get(alarm["topic"], alarm["topic"])
        told.append({name: found.get(name) for name in ALARMS.names})
    return told


def _topic_names(context: Context) -> dict[str | None, str]:
    """Return what topics are called, by their id."""
    if "topics" not in context.results.tables:
        return {}
    rows = context.engine.collect(context.result("topics").select("topic_id", "name")).to_pylist()
    return {str(row["topic_id"]): row["name"] for row in rows if row["name"]}


def _window(said: Frame, alarm: dict[str, Any]) -> Frame:
    """Return the alarm's messages, from its beginning to its end."""
    end = alarm["ended"] or _NEVER
    inside = said.filter(nw.col("occurred_on") >= alarm["began"], nw.col("occurred_on") < end)
    flags = (
        {kind for kind in _FLAGS if kind in alarm["streams"]} if alarm["kind"] != "volume" else ()
    )
    if not flags:
        return inside
    some = nw.lit(False)
    for kind in sorted(flags):
        some = some | nw.col(_FLAGS[kind])
    return inside.filter(some)


def _texts(
    context: Context, said: Frame, window: Frame, copied: Frame, alarm: dict[str, Any]
) -> dict[str, Any]:
    joined = window.join(copied, on="message_id", how="left").with_columns(
        copied=nw.col("copied").fill_null(0)
    )
    columns = ("message_id", "account_id", "person_id", "occurred_on", "text", "copied")
    first = joined.select(*columns).sort("occurred_on", "message_id").head(MOST)
    rows = context.engine.collect(first).to_pylist()
    rows.sort(key=lambda row: (row["occurred_on"], row["message_id"]))
    earlier = said.filter(
        nw.col("occurred_on") < alarm["began"], nw.col("occurred_on") >= alarm["began"] - BEFORE
    ).select("text", "language", "occurred_on", "message_id")
    last = earlier.sort("occurred_on", "message_id", descending=True).head(MOST)
    others = context.engine.collect(last)
    words = distinctive(
        [row["text"] for row in rows],
        others.column("text").to_pylist(),
        languages=others.column("language").to_pylist(),
        authors=[row["person_id"] or row["message_id"] for row in rows],
        left_out=brand_words(context.settings.brand),
    )
    telling = _telling(rows, words)
    most = max(rows, key=lambda row: row["copied"], default=None)
    return {
        "words": ", ".join(words),
        "examples": " ".join(row["message_id"] for row in telling),
        "example_text": telling[0]["text"][:_LONGEST] if telling else None,
        "first_messages": " ".join(row["message_id"] for row in rows[:_EXAMPLES]),
        "first_accounts": " ".join(row["account_id"] or "" for row in rows[:_EXAMPLES]).strip(),
        "most_copied": most["message_id"] if most and most["copied"] else None,
        "copies": sum(row["copied"] for row in rows),
    }


def _explained(
    context: Context, said: Frame, below: Frame, alarm: dict[str, Any], known: Sequence[Occasion]
) -> dict[str, Any]:
    """Return what explains an alarm: a known event, the brand's own posts, or one who writes a lot.

    The brand's posts explain it when, without what stands under them, nothing is above the usual
    without what usually stands under them.
    Neither they nor a holiday explain a crisis. Fewer people than are shown as a group are few.
    """
    crisis, window = alarm["kind"] == "crisis", _window(said, alarm)
    (row,) = context.engine.collect(authors(window)).to_pylist()
    earlier = {**alarm, "began": alarm["began"] - BEFORE, "ended": alarm["began"]}
    posts, under = _under(context, window, below)
    _, usually = _under(context, _window(said, earlier), below)
    told: dict[str, Any] = {"under_posts": posts}
    if row["most"] > _HALF * row["messages"]:
        told["burst"] = "one author"
    elif row["people"] < context.settings.people.smallest_group:
        told["burst"] = "few people"
    left, expected = alarm["seen"] * (1 - under), alarm["expected"] * (1 - usually)
    if not crisis and posts and _is_usual(left, expected):
        return told | {"explained_kind": "own posts"}
    began, flagged = alarm["began"].date(), alarm["flagged_on"].date()
    event = coinciding(began, flagged, crisis=crisis, known=known)
    if event is not None:
        told |= {"explained_by": event.note or event.kind, "explained_kind": event.kind}
    return told


def _under(context: Context, messages: Frame, below: Frame) -> tuple[int, float]:
    """Return how many messages stand under the brand's posts, and which share of all."""
    own = messages.join(below, on="message_id", how="inner").select(n=nw.len())
    (under,) = context.engine.collect(own).to_pylist()
    (every,) = context.engine.collect(messages.select(n=nw.len())).to_pylist()
    return under["n"], under["n"] / max(every["n"], 1)


def _is_usual(left: float, expected: float) -> bool:
    """Return whether so much is under 1.5 times the usual, or comes by chance one time in ten."""
    variance = expected + USUAL_SPREAD * expected**2
    return left < _LEAST * expected or tail(left, expected, variance) > OVER


def _telling(rows: Sequence[dict[str, Any]], words: Sequence[str]) -> list[dict[str, Any]]:
    """Return the messages with most of the alarm's words, the shorter first."""

    def rank(row: dict[str, Any]) -> tuple[int, int, str]:
        text = row["text"].casefold().replace("’", "'")
        return -sum(word in text for word in words), len(text), row["message_id"]

    return sorted(rows, key=rank)[:_EXAMPLES]


def _authors(context: Context, window: Frame) -> dict[str, Any]:
    """Return who wrote them: people, customers and prospects, and what customers are worth.

    Groups under the smallest that is shown are left empty.
    """
    who = distinct(window.filter(~nw.col("person_id").is_null()).select("person_id"))
    (row,) = context.engine.collect(window.select(messages=nw.len())).to_pylist()
    (many,) = context.engine.collect(who.select(n=nw.len())).to_pylist()
    told: dict[str, Any] = {"messages": row["messages"], "people": many["n"]}
    if not {"lifetime", "customers"} <= context.results.tables.keys():
        return told
    bought = distinct(context.result("customers").select("person_id"))
    (buyers,) = context.engine.collect(
        who.join(bought, on="person_id", how="inner").select(n=nw.len())
    ).to_pylist()
    worth = context.result("lifetime").select("person_id", "lifetime_value", "low", "high")
    value = nw.col("lifetime_value")
    below, above = value - nw.col("low"), nw.col("high") - value
    joined = who.join(worth, on="person_id", how="inner")
    sums = joined.select(
        value=value.sum(), below=(below * below).sum(), above=(above * above).sum()
    )
    (found,) = context.engine.collect(sums).to_pylist()
    smallest = context.settings.people.smallest_group
    customers, prospects = buyers["n"], many["n"] - buyers["n"]
    if customers >= smallest:
        told["customers"] = customers
    if customers >= smallest and found["value"] is not None:
        told |= {
            "value_at_stake": found["value"],
            "value_low": found["value"] - math.sqrt(found["below"]),
            "value_high": found["value"] + math.sqrt(found["above"]),
        }
    if prospects >= smallest and (customers >= smallest or not customers):
        told["prospects"] = prospects
    return told
