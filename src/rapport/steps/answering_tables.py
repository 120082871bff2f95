"""Tables of waiting: by channel and other groups, the curves, and who still waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.listening.answering.survival import Curve
from rapport.listening.answering.waiting import curves, told
from rapport.listening.answering.waits import WAITING, wait_counts
from rapport.record.frames import Frame, distinct
from rapport.steps.context import Context

GROUPINGS = ("channel", "kind", "topic", "relation", "tier", "brand", "month")
LIMITS = {"within_1h": 60.0, "within_24h": 1440.0}
FIGURES = [f"{name}{end}" for name in ("median", "p90", *LIMITS) for end in ("", "_low", "_high")]
_POINTS = 120
_COUNTS = ("requests", "people", "answered", "ended", "waiting", "hidden")
SCHEMA = pa.schema(
    [
        ("grouping", pa.string()),
        ("group", pa.string()),
        *((name, pa.int64()) for name in _COUNTS),
        *((name, pa.float64()) for name in FIGURES),
    ]
)
CURVE = pa.schema(
    [
        ("channel", pa.string()),
        ("minutes", pa.float64()),
        *((name, pa.float64()) for name in ("share", "low", "high")),
        *((name, pa.int64()) for name in ("requests", "people", "waiting")),
    ]
)


def waiting_rows(context: Context, waits: Frame) -> list[dict[str, Any]]:
    """Return how long people wait: all of them, then by each grouping that the data hold."""
    counts = context.engine.collect(wait_counts(waits, ()))
    people = {(): _people(context, waits, ())}
    rows = [_named("all", "all", row, people[()]) for row in told(counts, (), LIMITS)]
    for grouping in GROUPINGS:
        part = waits.filter(~nw.col(grouping).is_null())
        counts = context.engine.collect(wait_counts(part, (grouping,)))
        by = _people_by(context, part, grouping)
        if len(by) < 2 and grouping not in {"channel", "month"}:
            continue  # one group is all of them
        rows += [
            _named(grouping, row[grouping], row, by[row[grouping]])
            for row in told(counts, (grouping,), LIMITS)
            if by[row[grouping]] >= context.settings.people.smallest_group
        ]
    return rows


def whole(context: Context, waits: Frame) -> Curve:
    """Return the curve of all requests together."""
    counts = context.engine.collect(wait_counts(waits, ()))
    return curves(counts, ())[()]


def curve_rows(context: Context, waits: Frame) -> list[dict[str, Any]]:
    """Return the curve of each channel, at so many points as a picture needs."""
    counts = context.engine.collect(wait_counts(waits, ("channel",)))
    by = _people_by(context, waits, "channel")
    rows: list[dict[str, Any]] = []
    for (channel,), found in sorted(curves(counts, ("channel",)).items(), key=_size):
        if by[channel] >= context.settings.people.smallest_group:
            rows += _points(channel, found, by[channel])
    return rows


def still_waiting(waits: Frame) -> Frame:
    """Return who still waits: for how long, on what, what they are worth, and where it was said."""
    said = nw.col("text").str.slice(0, 500)
    return waits.filter(nw.col("state") == WAITING).select(
        "person_id",
        "name",
        "channel",
        "kind",
        "opened_on",
        "value",
        "relation",
        "url",
        "source",
        "request_id",
        waiting_hours=nw.col("seconds").cast(nw.Float64()) / 3600.0,
        text=said,
    )


def table_of(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of a schema; columns that a row lacks are null."""
    return pa.Table.from_pylist([{n: row.get(n) for n in schema.names} for row in rows], schema)


def _named(grouping: str, group: Any, row: Mapping[str, Any], people: int) -> dict[str, Any]:
    return {"grouping": grouping, "group": str(group)[:200], "people": people, **row}


def _people(context: Context, waits: Frame, by: tuple[str, ...]) -> int:
    who = distinct(waits.select(*by, who=_who())).select(n=nw.len())
    return int(context.engine.collect(who)["n"][0].as_py())


def _people_by(context: Context, waits: Frame, by: str) -> dict[Any, int]:
    each = distinct(waits.select(by, who=_who())).group_by(by).agg(n=nw.len())
    return {row[by]: row["n"] for row in context.engine.collect(each).to_pylist()}


def _who() -> nw.Expr:
    """Return who asked; a request of nobody known is somebody of their own."""
    own = nw.concat_str(nw.col("source"), nw.lit("?"), nw.col("request_id"))
    return nw.col("person_id").fill_null(own)


def _size(item: tuple[tuple[Any, ...], Curve]) -> tuple[int, str]:
    return -item[1].requests, str(item[0])


def _points(channel: str, found: Curve, people: int) -> list[dict[str, Any]]:
    """Return a curve thinned to as many points as are seen, its last always among them."""
    places = np.arange(len(found.minutes))
    if len(places) > _POINTS:
        rising = np.searchsorted(found.share, np.linspace(0, found.share[-1], _POINTS))
        places = np.unique([*np.minimum(rising, len(places) - 1), len(places) - 1])
    base = {"channel": channel, "requests": found.requests, "people": people}
    base |= {"waiting": found.waiting}
    start = {**base, "minutes": 0.0, "share": 0.0, "low": 0.0, "high": 0.0}
    rows = [] if len(places) and found.minutes[places[0]] == 0 else [start]
    for k in places:
        point = {"minutes": found.minutes[k], "share": found.share[k]}
        rows.append({**base, **point, "low": found.low[k], "high": found.high[k]})
    last = rows[-1]
    return rows if last["minutes"] == found.watched else [*rows, {**last, "minutes": found.watched}]
