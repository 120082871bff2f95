"""Topics while a month goes on, for a large brand: what is said since is placed, no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals as nw
from deltalake import DeltaTable

from rapport.listening.themes.learning import Learned, Topic
from rapport.listening.themes.storing import restored
from rapport.listening.themes.talk import spoken
from rapport.record.frames import distinct
from rapport.results import Results, StepResult
from rapport.steps.context import Context
from rapport.steps.lately import same_before
from rapport.steps.topics import SPACE, placed, room_of, span_of, topics, wishes_of, written
from rapport.steps.topics_rows import EXAMPLES

_KEPT = (SPACE, "topics", "message_topics")


def topics_again(context: Context) -> StepResult:
    """Write the tables of topics anew: the topics of the last whole answer, and all messages."""
    earlier = Results(context.results.folder, only=["topics"])
    counts = earlier.facts.get("placed_by_month"), context.results.facts.get("heard_by_month")
    same = context.since is not None and same_before(context.since, *counts)
    if not same or not set(_KEPT) <= earlier.tables.keys():
        return topics(context)
    messages = context.result("messages")
    said = context.engine.cache(spoken(messages))
    span = span_of(context, said)
    if span is None:
        return topics(context)
    model = _model(context)
    is_new = (nw.col("day") >= nw.lit(context.since)).fill_null(value=False)
    new = messages.filter(~nw.col("from_brand"), is_new)
    before = context.result("message_topics").join(
        messages.filter(~is_new).select("message_id"), on="message_id", how="inner"
    )
    with room_of(context) as room:
        texts = room / "texts"
        if context.engine.write(distinct(new.select("text", "language")), texts):
            where = placed(context, DeltaTable(str(texts)).file_uris(), model, room)
            told = new.join(where, on=["text", "language"], how="inner")
            added = told.filter(~nw.col("topic_id").is_null()).select("message_id", "topic_id")
            before = nw.concat([before.select("message_id", "topic_id"), added], how="vertical")
        every = context.engine.cache(before)
        found = written(context, model, said, every, span)
    return replace(found, untold=earlier.untold)


def _model(context: Context) -> Learned:
    """Return the topics of the last whole answer, and what places messages among them."""
    rows = context.engine.collect(context.result("topics")).to_pylist()
    space = context.engine.collect(context.result(SPACE))
    return restored(space, [_topic(row) for row in rows], wishes_of(context))


def _topic(row: dict[str, Any]) -> Topic:
    names = {code: row[f"name_{code}"] for code in ("en", "fr") if row[f"name_{code}"]}
    texts = [row[f"example_{n + 1}"] for n in range(EXAMPLES)]
    examples = tuple(text for text in texts if text is not None)
    # names of topics in other languages stand under none of the two
    return Topic(
        row["topic_id"], names or {"": row["name"]}, {}, row["stability"], row["is_new"], examples
    )
