"""What answering does: what people did next, who did not have to ask, how content they were."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.listening.answering.adjusting import Gap, gap, share
from rapport.listening.answering.avoidance import CELLS as LOOK_CELLS
from rapport.listening.answering.avoidance import avoidance_cells, looks
from rapport.listening.answering.outcomes import (
    CELLS,
    FAST,
    HORIZONS,
    NEVER,
    SLOW,
    WHATS,
    cases,
    outcome_cells,
)
from rapport.record.frames import Frame, day_number, distinct
from rapport.settings import Settings
from rapport.steps.answering_requests import Asked
from rapport.steps.context import Context
from rapport.steps.linked import links_of

LINKED = 30
"""People who asked must be known as customers before their buying says anything."""
OUTCOMES = pa.schema(
    [
        *((name, pa.string()) for name in ("outcome", "answered")),
        *((name, pa.int64()) for name in ("days", "people", "compared", "alone")),
        *((f"share{end}", pa.float64()) for end in ("", "_low", "_high")),
        *((f"naive{end}", pa.float64()) for end in ("", "_low", "_high")),
        *((f"adjusted{end}", pa.float64()) for end in ("", "_low", "_high")),
    ]
)
AVOIDANCE = pa.schema(
    [
        *((name, pa.int64()) for name in ("people", "asked", "others", "others_asked", "days")),
        *((name, pa.int64()) for name in ("compared", "alone")),
        *((f"{name}{end}", pa.float64()) for name in ("naive", "adjusted", "contacts", "money")
          for end in ("", "_low", "_high")),
    ]
)  # fmt: skip


def events(context: Context, asked: Asked) -> tuple[Frame, Frame]:
    """Return the days on which people bought, and all that they did, by day."""
    orders = context.result("orders").filter(~nw.col("person_id").is_null() & (nw.col("net") > 0))
    buying = context.engine.cache(
        distinct(orders.select("person_id", number=day_number(nw.col("day"))))
    )
    parts = [buying.with_columns(what=nw.lit("bought"))]
    names = {"praised": "is_praise", "complained": "is_complaint", "left": "is_leaving"}
    if asked.kinds_known:
        said = context.result("messages").filter(~nw.col("person_id").is_null())
        parts += [
            said.filter(nw.col(column)).select(
                "person_id",
                number=day_number(nw.col("occurred_on")),
                what=nw.lit(what),
            )
            for what, column in names.items()
        ]
    else:
        again = asked.waits.filter(~nw.col("person_id").is_null())
        parts.append(
            again.select(
                "person_id",
                number=day_number(nw.col("opened_on")),
                what=nw.lit("complained"),
            )
        )
    return buying, context.engine.cache(nw.concat(parts, how="vertical"))


def outcome_rows(context: Context, asked: Asked, buying: Frame, did: Frame) -> list[dict[str, Any]]:
    """Return what people did after they were answered fast, slowly or never, with the gaps."""
    today = asked.now.date().toordinal()
    waits = asked.waits
    if asked.kinds_known:
        waits = waits.filter(nw.col("kind").is_in(["complaint", "leaving"]))
    fast = context.settings.service.fast_hours
    rows: list[dict[str, Any]] = []
    for days in HORIZONS:
        first = context.engine.cache(cases(waits, today, fast, days))
        cells = context.engine.collect(outcome_cells(first, buying, did, (days,))).to_pylist()
        buyers = sum(row["people"] for row in cells if row["prior"] != "0" or row[f"bought_{days}"])
        for what in WHATS:
            if what in {"praised", "left"} and not asked.kinds_known:
                continue
            if what == "bought" and buyers < LINKED:
                continue  # nobody who asked is known as a customer: that says nothing
            rows += _rows_of(cells, what, days)
    smallest = context.settings.people.smallest_group
    return [row for row in rows if row["people"] >= smallest]


def _rows_of(cells: Sequence[Mapping[str, Any]], what: str, days: int) -> list[dict[str, Any]]:
    groups: dict[str, dict[Any, tuple[float, float]]] = {FAST: {}, SLOW: {}, NEVER: {}}
    for row in cells:
        key = tuple(row[name] for name in CELLS)
        groups[row["answered"]][key] = (row["people"], row[f"{what}_{days}"])
    rows = []
    for name, group in groups.items():
        people = int(sum(n for n, _ in group.values()))
        told: dict[str, Any] = {"outcome": what, "answered": name, "days": days, "people": people}
        told |= spread("share", share(group))
        if name != NEVER and people:
            found = gap(group, groups[NEVER])
            told |= {"compared": found.compared, "alone": found.alone}
            told |= spread("naive", found.naive) | spread("adjusted", found.adjusted)
        rows.append(told)
    return rows


def avoidance_row(context: Context, asked: Asked, buying: Frame) -> dict[str, Any] | None:
    """Return contacts that answers in public avoided; None where nobody linked saw one."""
    service = context.settings.service
    links = links_of(context)
    deeds = context.facts("activity").select(
        "source", "account_id", "occurred_on", "object_id", "in_reply_to",
        channel=nw.col("channel").fill_null(nw.col("source")),
    )  # fmt: skip
    visits = context.facts("visit").select("source", "account_id", "started_on", "landing_page")
    if not _any_answer(context, asked.answers, visits):
        return None  # nobody can have seen one: what people did need not be read
    seen = looks(
        visits.join(links, on=["source", "account_id"], how="inner"),
        deeds.join(links, on=["source", "account_id"], how="inner"),
        asked.answers,
        service.help_pages,
    )
    requests = asked.waits.filter(~nw.col("person_id").is_null()).select(
        "person_id", number=day_number(nw.col("opened_on"))
    )
    days = service.avoidance_days
    cells = avoidance_cells(
        seen, buying, requests, asked.now.date().toordinal(), days, context.engine.cache
    )
    rows = context.engine.collect(cells).to_pylist()
    return _avoided(rows, days, context.settings)


def _any_answer(context: Context, answers: Frame, visits: Frame) -> bool:
    """Return whether there is an answer in public, or a visit to a page that answers questions."""
    if context.engine.collect(answers.head(1)).num_rows:
        return True
    page = nw.col("landing_page").fill_null("").str.to_lowercase()
    parts = [part.lower() for part in context.settings.service.help_pages if part]
    return any(
        context.engine.collect(
            visits.filter(page.str.contains(part, literal=True)).head(1)
        ).num_rows
        for part in parts
    )


def _avoided(
    rows: Iterable[Mapping[str, Any]], days: int, settings: Settings
) -> dict[str, Any] | None:
    groups: tuple[dict[Any, tuple[float, float]], ...] = ({}, {})
    for row in rows:
        key = tuple(row[name] for name in LOOK_CELLS)
        groups[row["helpful"]][key] = (row["people"], row["asked"])
    people, others = (int(sum(n for n, _ in group.values())) for group in groups[::-1])
    asked, others_asked = (int(sum(d for _, d in group.values())) for group in groups[::-1])
    # without a linked person who asked at all, a difference of zero would mean nothing
    if min(people, others) < settings.people.smallest_group or not asked + others_asked:
        return None
    found: Gap = gap(groups[1], groups[0])
    told: dict[str, Any] = {"people": people, "asked": asked, "others": others, "days": days}
    told |= {"others_asked": others_asked, "compared": found.compared, "alone": found.alone}
    told |= spread("naive", found.naive) | spread("adjusted", found.adjusted)
    if not found.adjusted.known:
        return told
    ends = [-found.compared * getattr(found.adjusted, end) for end in ("value", "high", "low")]
    names = ("contacts", "contacts_low", "contacts_high")
    told |= dict(zip(names, ends, strict=True))
    cost = settings.service.cost_per_contact
    if cost is not None:
        told |= {
            name.replace("contacts", "money"): end * cost
            for name, end in zip(names, ends, strict=True)
        }
    return told


def spread(name: str, span: Any) -> dict[str, float | None]:
    """Return a figure and its range as columns; null where it cannot be told."""
    if not math.isfinite(span.value):
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: span.value, f"{name}_low": span.low, f"{name}_high": span.high}
