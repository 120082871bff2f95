"""The rows of `topics`, and the numbers on them, from sums that the engine made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.estimate import Estimate, Grade
from rapport.listening.themes.learning import Topic
from rapport.listening.themes.rising import (
    BEFORE_DAYS,
    RECENT_DAYS,
    discovered,
    growth,
    newness,
    scatter_of,
)

Row = dict[str, Any]

_PERIODS = RECENT_DAYS // 7
_LONG_ENOUGH = 3  # times the recent days that must lie before them
EXAMPLES = 3

TOPICS = pa.schema(
    [
        *((name, pa.string()) for name in ("topic_id", "name", "name_en", "name_fr")),
        *((name, pa.int64()) for name in ("messages", "people")),
        *((name, pa.date32()) for name in ("first_seen", "last_seen")),
        *((name, pa.int64()) for name in ("recent", "before")),
        *((name, pa.float64()) for name in ("growth", "growth_low", "growth_high")),
        ("course", pa.string()),
        ("is_new", pa.bool_()),
        *((f"negative{end}", pa.float64()) for end in ("", "_low", "_high")),
        *((f"complaint{end}", pa.float64()) for end in ("", "_low", "_high")),
        ("stability", pa.float64()),
        *((f"example_{n + 1}", pa.string()) for n in range(EXAMPLES)),
    ]
)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day, as `date.toordinal`."""

    first: int
    last: int

    def exposure(self, most: int | None = None) -> float:
        """Return how many times the recent days lie before them on record, at most `most` days."""
        days = max(0, self.last - RECENT_DAYS - self.first + 1)
        return (days if most is None else min(days, most)) / RECENT_DAYS


def topic_rows(
    topics: Sequence[Topic],
    sums: Sequence[Row],
    weeks: Sequence[Row],
    span: Span,
    language: str,
) -> list[Row]:
    """Return the rows of `topics`, the most talked about first.

    Parameters
    ----------
    topics
        What was found.
    sums, weeks
        As `topic_sums` and `topic_weeks` give them.
    span
        The days on record.
    language
        In which `name` is, where there is a name in it.
    """
    known = {row["topic_id"]: row for row in sums}
    there = [topic for topic in topics if topic.topic_id in known]
    scatter = _scatter(weeks)
    rising = [_growth(known[t.topic_id], span, scatter) for t in there]
    novel = [_newness(known[t.topic_id], span, scatter) for t in there]
    changed = discovered([each.chance for each in rising])
    is_new = discovered(novel)
    rows = []
    for place, topic in enumerate(there):
        own, course = known[topic.topic_id], rising[place]
        told = not math.isnan(course.times)
        examples = (*topic.examples, *[None] * EXAMPLES)[:EXAMPLES]
        rows.append(
            {
                "topic_id": topic.topic_id,
                "name": topic.name(language),
                "name_en": topic.names.get("en"),
                "name_fr": topic.names.get("fr"),
                **{n: own[n] for n in ("messages", "people", "first_seen", "last_seen")},
                "recent": own["recent"],
                "before": own["before"],
                "growth": course.times if told else None,
                "growth_low": course.low if told else None,
                "growth_high": course.high if told else None,
                "course": _course(course.times, told=told, changed=changed[place]),
                "is_new": is_new[place],
                **_share("negative", own["negative"], own["messages"]),
                **_share("complaint", own["complaints"], own["messages"]),
                "stability": topic.stability,
                **{f"example_{n + 1}": text for n, text in enumerate(examples)},
            }
        )
    return sorted(rows, key=lambda row: (-row["messages"], row["topic_id"]))


def _scatter(weeks: Sequence[Row]) -> float:
    """Return how counts scatter in the weeks before the last four."""
    if not weeks:
        return 1.0
    longest = max(row["week"] for row in weeks) + 1
    names = sorted({row["topic_id"] for row in weeks})
    table = np.zeros((len(names), longest))
    place = {name: n for n, name in enumerate(names)}
    for row in weeks:
        table[place[row["topic_id"]], row["week"]] = row["messages"]
    return scatter_of(table[:, _PERIODS:-1])  # the first week on record may not be whole


def _growth(own: Row, span: Span, scatter: float) -> Any:
    exposure = span.exposure(BEFORE_DAYS)
    return growth(own["recent"], own["before"], exposure if exposure >= 1 else 0.0, scatter)


def _newness(own: Row, span: Span, scatter: float) -> float:
    exposure = span.exposure()
    long_enough = exposure >= _LONG_ENOUGH
    return newness(own["recent"], own["earlier"], exposure if long_enough else 0.0, scatter)


def _course(times: float, *, told: bool, changed: bool) -> str | None:
    if not told:
        return None
    return "same" if not changed else "more" if times > 1 else "less"


def _share(name: str, part: int, whole: int) -> Row:
    made = Estimate.of_share(part, whole, source=name)
    return {name: made.value, f"{name}_low": made.low, f"{name}_high": made.high}


def numbers(rows: Sequence[Row], said: Mapping[str, Any]) -> dict[str, Estimate]:
    """Return the named numbers: topics, those that are new, and the share that has one.

    Parameters
    ----------
    rows
        As `topic_rows` gives them, those that may be shown.
    said
        messages and people in all.
    """
    basis: dict[str, Any] = {
        "people": int(said["people"]),
        "rows": int(said["messages"]),
        "table": "topics",
    }
    having = sum(row["messages"] for row in rows)
    counted = {
        "topics": len(rows),
        "new_topics": sum(row["is_new"] for row in rows),
        "growing_topics": sum(row["course"] == "more" for row in rows),
    }
    found = {
        name: Estimate.exact(n, "topics", grade=Grade.MODEL, name=name, **basis)
        for name, n in counted.items()
    }
    found["with_topic_share"] = Estimate.of_share(
        min(having, said["messages"]),
        said["messages"],
        source="with_topic_share",
        grade=Grade.MODEL,
        name="with_topic_share",
        **basis,
    )
    return found
