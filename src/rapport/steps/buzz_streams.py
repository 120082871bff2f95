"""Streams of messages watched as arrays, and their alarms told as episodes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.listening.buzz.alarm import Alarm
from rapport.listening.buzz.alarming import alarm_row
from rapport.listening.buzz.rules import DAY, Rules
from rapport.listening.buzz.watch import Watch

Stream = tuple[str, str, str]
"""kind ("volume", "negative", "complaint", "praise"), cut ("all", "topic", …), part."""

FEWEST = 10  # messages in the whole record, for a stream to be watched
STREAMS = 200
_NEVER = dt.datetime.fromisoformat("9000-01-01")
_TOLD_AS = {"negative": "crisis", "complaint": "crisis", "praise": "praise", "volume": "volume"}
_ORDER = ("crisis", "praise", "volume")
_CUTS = ("all", "brand", "language", "topic")


@dataclass(frozen=True)
class Watched:
    """What a watch found: its alarms as rows, and what was usual on each day."""

    alarms: list[dict[str, Any]] = field(default_factory=list)
    usual: dict[tuple[str, dt.date], float] = field(default_factory=dict)
    known: bool = False


def watch_streams(counts: pa.Table, rules: Rules, until: dt.datetime | None = None) -> Watched:
    """Return the alarms of counted streams.

    Parameters
    ----------
    counts
        kind, cut, part, time, count, as `rapport.listening.buzz.counting.stream_counts` gives them.
    rules
        What counts as an alarm.
    until
        The last period to be watched; that of the last message when not given.
    """
    streams = _chosen(counts)
    if not streams:
        return Watched()
    times = counts.column("time").to_pylist()
    first = min(times)
    last = max(*times, until or first)
    n = int((last - first).total_seconds()) // rules.every + 1
    place = {stream: number for number, stream in enumerate(streams)}
    table = np.zeros((n, len(streams)))
    keys = zip(*(counts.column(c).to_pylist() for c in ("kind", "cut", "part")), strict=True)
    for key, time, count in zip(keys, times, counts.column("count").to_pylist(), strict=True):
        if key in place and time <= last:
            table[int((time - first).total_seconds()) // rules.every, place[key]] = count
    watch = Watch(["\t".join(stream) for stream in streams], first, rules)
    whole = {number: key[0] for key, number in place.items() if key[1] == "all"}
    usual: dict[tuple[str, dt.date], float] = {}
    ones = np.ones(len(streams))
    for row in table:
        at = watch.period
        watch.step(row, ones)
        for number, kind in whole.items():
            if watch.armed[number] >= 0 and watch.armed[number] <= at:
                day = (kind, watch.start_of(at).date())
                seen = float(watch.expected[number, at % rules.needed])
                usual[day] = usual.get(day, 0.0) + seen
    rows = [_row(alarm, watch) for alarm in watch.alarms]
    return Watched(rows, usual, len(watch.unwatched) < len(streams))


def _chosen(counts: pa.Table) -> list[Stream]:
    sums = counts.group_by(["kind", "cut", "part"]).aggregate([("count", "sum")]).to_pylist()
    enough = [row for row in sums if row["count_sum"] >= FEWEST]
    enough.sort(key=lambda r: (r["cut"] != "all", -r["count_sum"], r["kind"], r["cut"], r["part"]))
    return [(row["kind"], row["cut"], row["part"]) for row in enough[:STREAMS]]


def _row(alarm: Alarm, watch: Watch) -> dict[str, Any]:
    row = alarm_row(alarm, watch)
    row["kind_of_message"], row["cut"], row["part"] = alarm.stream.split("\t")
    row["kind"] = _TOLD_AS[row["kind_of_message"]]
    row["every_hours"] = watch.rules.every / 3600
    del row["stream"]
    return row


def episodes(alarms: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return alarms that overlap as one: the same talk seen in several streams.

    A crisis or a wave of praise takes up the alarms of all messages that fall into it. The stream
    of an episode is the one with the most evidence; its topic is that of the topic stream with the
    most messages. Within an episode `streams` lists all of them.
    """
    told: list[dict[str, Any]] = []
    ranked = sorted(alarms, key=lambda a: (_ORDER.index(a["kind"]), a["began"], a["flagged_on"]))
    groups: list[list[dict[str, Any]]] = []
    for alarm in ranked:
        same = next((g for g in groups if _belongs(alarm, g)), None)
        if same is None:
            groups.append([alarm])
        else:
            same.append(alarm)
    for group in groups:
        own = [a for a in group if a["kind"] == group[0]["kind"]]
        main = min(own, key=lambda a: (_CUTS.index(a["cut"]), a["chance"], -a["size"]))
        topics = [a for a in own if a["cut"] == "topic"]
        topic = max(topics, key=lambda a: a["seen"])["part"] if topics else None
        named = {(a["kind_of_message"], a["cut"], a["part"]) for a in group}
        told.append(
            {
                **main,
                "began": min(a["began"] for a in own),
                "flagged_on": min(a["flagged_on"] for a in own),
                "ended": _ended(own),
                "topic": topic,
                "streams": "; ".join(" ".join(p for p in s if p != "all") for s in sorted(named)),
            }
        )
    told.sort(key=lambda a: (a["flagged_on"], a["kind"]))
    return [{"alarm_id": number, **each} for number, each in enumerate(told, start=1)]


def _belongs(alarm: dict[str, Any], group: Sequence[dict[str, Any]]) -> bool:
    kind = group[0]["kind"]
    if alarm["kind"] not in {kind, "volume"}:
        return False
    day = dt.timedelta(days=1)
    far = _NEVER
    return any(
        alarm["began"] <= (each["ended"] or far) + day
        and each["began"] <= (alarm["ended"] or far) + day
        for each in group
    )


def _ended(group: Sequence[dict[str, Any]]) -> dt.datetime | None:
    ends = [each["ended"] for each in group]
    return None if None in ends else max(ends)


def rules_of(false_alarms: float, zone: str, *, by_day: bool) -> Rules:
    """Return the rules of the step: by hours in the brand's zone, or by its days."""
    if by_day:
        return Rules(DAY, false_alarms)
    return Rules(3600, false_alarms, zone=zone)
