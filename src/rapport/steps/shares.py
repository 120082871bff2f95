"""How many messages truly are complaints, praise, wishes to buy …: the table `shares`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.estimate import Estimate, Grade
from rapport.listening.heads import SENTIMENTS
from rapport.listening.trust.correcting import PARTS, Cell, Corrector, neutral
from rapport.listening.trust.judged import Judged
from rapport.listening.trust.known import known
from rapport.listening.trust.quantification import BINS, DRAWS, Share, told
from rapport.listening.trust.shares import WHOLE, cells, heard, sizes, spread, with_groups
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.own_labels import own_labels
from rapport.steps.reading import reader_of

Group = tuple[str, str, str]  # period, kind of group, group
_ALL: Group = (WHOLE, WHOLE, WHOLE)
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "group_kind", "group", "kind")),
        *((name, pa.float64()) for name in ("raw", "value", "low", "high")),
        *((name, pa.int64()) for name in ("messages", "people", "labelled")),
        ("grade", pa.string()),
    ]
)


def shares(context: Context) -> StepResult:
    """Write `shares`: each kind's share of the messages of each group, with its range."""
    if not context.results.tables.get("messages"):
        return _too_few(context)
    people = context.result("people") if "people" in context.results.tables else None
    messages = context.engine.cache(with_groups(heard(context.result("messages")), people))
    groups = _groups(context, sizes(messages))
    smallest = context.settings.people.smallest_group
    shown = {group: row for group, row in groups.items() if row["people"] >= smallest}
    if _ALL not in shown:
        return _too_few(context)
    counted = _cells(context.engine.collect(spread(cells(messages))), shown)
    judged = own_labels(context)
    rows, drawn = _told(known(reader_of(context).version), judged, counted, shown)
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    tables = {"shares": context.write("shares", table)}
    numbers = _numbers(rows)
    unclear = (_unclear(),) if not drawn else ()
    facts = {"labels": len(judged) if judged is not None else 0}
    return StepResult(numbers, tables, unclear, facts=facts)


def _groups(context: Context, counted: Any) -> dict[Group, dict[str, int]]:
    return {
        _group(row): {"messages": int(row["messages"]), "people": int(row["people"])}
        for row in context.engine.collect(counted).to_pylist()
    }


def _group(row: dict[str, Any]) -> Group:
    period = WHOLE if row["month"] is None else f"{row['month']:%Y-%m}"
    return period, row["group_kind"], row["group"]


def _cells(counted: pa.Table, shown: dict[Group, Any]) -> dict[str, dict[Group, Cell]]:
    counts: dict[str, dict[Group, Any]] = defaultdict(lambda: defaultdict(lambda: np.zeros(BINS)))
    said: dict[tuple[str, Group], int] = defaultdict(int)
    for row in counted.to_pylist():
        group = _group(row)
        if group in shown:
            counts[row["kind"]][group][row["bin"]] += row["messages"]
            said[row["kind"], group] += row["said"]
    return {
        kind: {group: Cell(each, said[kind, group]) for group, each in by_group.items()}
        for kind, by_group in counts.items()
    }


def _told(
    shipped: Any,
    judged: Judged | None,
    counted: dict[str, dict[Group, Cell]],
    shown: dict[Group, dict[str, int]],
) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows, and whether any of them could be corrected."""
    made: dict[tuple[Group, str], tuple[Share, str]] = {}
    sentiments: dict[tuple[Group, str], np.ndarray] = {}
    for kind in PARTS:
        corrector = Corrector(kind, shipped.get(kind), judged)
        for group, cell in counted.get(kind, {}).items():
            made[group, kind] = _share(corrector, cell, group, sentiments)
    for group in shown:
        _add_up(group, made, sentiments)
    rows = [
        _row(group, kind, share, grade, shown[group]["people"])
        for (group, kind), (share, grade) in sorted(made.items(), key=lambda each: each[0])
    ]
    return rows, any(row["value"] is not None for row in rows)


def _share(
    corrector: Corrector, cell: Cell, group: Group, sentiments: dict[tuple[Group, str], Any]
) -> tuple[Share, str]:
    messages = int(cell.counts.sum())
    if not corrector.can_tell:
        nothing = float("nan")
        return Share(cell.said / messages, nothing, nothing, nothing, messages, 0), Grade.MODEL
    drawn = corrector.draws(cell, whole=group == _ALL)
    if corrector.name in SENTIMENTS:
        sentiments[group, corrector.name] = drawn
    # own labels of all messages are a sample of them; of a group, or without labels, a model says
    grade = Grade.COUNT if group == _ALL and corrector.labelled else Grade.MODEL
    return corrector.share(cell, drawn), grade


def _add_up(
    group: Group,
    made: dict[tuple[Group, str], tuple[Share, str]],
    sentiments: dict[tuple[Group, str], Any],
) -> None:
    """Bring in what is neutral: the rest, so that the three add up."""
    if (group, "negative") not in sentiments or (group, "positive") not in sentiments:
        return
    drawn = neutral(sentiments[group, "negative"], sentiments[group, "positive"])
    raws = [made[group, name][0].raw for name in ("negative", "positive")]
    one, grade = made[group, "negative"]
    raw = (raws[0], max(1.0 - sum(raws), 0.0), raws[1])
    parts = [
        told(draws, each, one.messages, one.labelled)
        for draws, each in zip(drawn, raw, strict=True)
    ]
    whole = sum(part.value for part in parts)
    for name, part in zip(SENTIMENTS, parts, strict=True):
        value = min(max(part.value / whole, part.low), part.high)
        made[group, name] = (
            Share(part.raw, value, part.low, part.high, part.messages, part.labelled),
            grade,
        )


def _row(group: Group, kind: str, share: Share, grade: str, people: int) -> dict[str, Any]:
    ends = {"value": share.value, "low": share.low, "high": share.high}
    return {
        "period": group[0], "group_kind": group[1], "group": group[2], "kind": kind,
        "raw": share.raw,
        **{name: None if np.isnan(end) else end for name, end in ends.items()},
        "messages": share.messages, "people": people, "labelled": share.labelled,
        "grade": str(grade),
    }  # fmt: skip


def _numbers(rows: list[dict[str, Any]]) -> dict[str, Estimate]:
    """Return the shares of all messages as named numbers."""
    found = {}
    for row in rows:
        if (row["period"], row["group_kind"]) == (WHOLE, WHOLE) and row["value"] is not None:
            name = f"{row['kind']}_share"
            found[name] = Estimate(
                row["value"], "share", Grade(row["grade"]), row["low"], row["high"],
                people=row["people"], rows=row["messages"], name=name, table="shares",
            )  # fmt: skip
    return found


def _too_few(context: Context) -> StepResult:
    rows = context.write("shares", pa.Table.from_pylist([], schema=_SCHEMA))
    untold = Untold(
        Said("How many messages truly are complaints, praise or wishes to buy?"),
        Said("Fewer than {n} people wrote.", {"n": context.settings.people.smallest_group}),
        Said("Add an export of comments, mentions, reviews or survey answers."),
    )
    return StepResult(tables={"shares": rows}, untold=(untold,))


def _unclear() -> Untold:
    return Untold(
        Said("How many messages truly are complaints, praise or wishes to buy?"),
        Said("Nobody knows how often the chosen model errs: it is not the one that is shipped."),
        Said("Label at least {n} messages with 'rapport label'.", {"n": 50}),
    )


__all__ = ["DRAWS", "shares"]
