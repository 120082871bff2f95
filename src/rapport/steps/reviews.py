"""Reviews read before buying: how many, and whether readers buy more than visitors like them."""

from __future__ import annotations

import math
from typing import Any

import narwhals as nw

from rapport.estimate import Estimate, Grade
from rapport.listening.answering.adjusting import Gap, gap
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.paying import bought, no_orders
from rapport.value.reviews.read import CELL, pages_read, read_cells, seen

QUESTION = "Do reviews read before buying sell?"


def reviews(context: Context) -> StepResult:
    """Write which pages of reviews were read, and how many of their readers bought."""
    if not context.holds("visit"):
        return StepResult(untold=(_no_visits(),))
    there = bought(context)
    if there is None:
        return StepResult(untold=(no_orders(QUESTION),))
    engine, smallest = context.engine, context.settings.people.smallest_group
    visits = engine.cache(seen(context.facts("visit"), links_of(context)))
    pages = pages_read(visits, there.gains).filter(nw.col("people") >= smallest)
    found = engine.cache(pages)
    tables = {"reviews": context.write("reviews", found)}
    cells = engine.collect(read_cells(visits, there.gains, there.until)).to_pylist()
    groups: tuple[dict[Any, tuple[float, float]], ...] = ({}, {})
    for row in cells:
        groups[row["read"]][tuple(row[name] for name in CELL)] = (row["people"], row["bought"])
    readers = int(sum(people for people, _ in groups[1].values()))
    if readers < smallest:
        return StepResult(tables=tables, untold=(_few(readers),))
    told = gap(groups[1], groups[0])
    numbers = _numbers(readers, told)
    return StepResult(numbers, tables, () if "reviews_more" in numbers else (_alone(readers),))


def _numbers(readers: int, told: Gap) -> dict[str, Estimate]:
    basis: dict[str, Any] = {"people": readers, "table": "reviews"}
    made = {"review_readers": Estimate.exact(readers, "people", name="review_readers", **basis)}
    spans = {
        "reviews_more": (told.adjusted, Grade.ADJUSTED),
        "reviews_more_naive": (told.naive, Grade.COUNT),
    }
    for name, (span, grade) in spans.items():
        if math.isfinite(span.value):
            made[name] = Estimate(
                span.value, "share", grade, span.low, span.high, name=name, **basis
            )
    return made


def _no_visits() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No web visit is on record."),
        Said("Add an export of visits with landing pages and the pages they came from."),
    )


def _few(readers: int) -> Untold:
    return Untold(
        Said(QUESTION),
        Said(
            "People known to have come by a page of reviews or landed on one: {n}, too few to "
            "compare.",
            {"n": readers},
        ),
        Said("Keep the page before each visit, and give your own reviews a page of their own."),
    )


def _alone(readers: int) -> Untold:
    return Untold(
        Said(QUESTION),
        Said("None of {n} readers of reviews resembles a visitor who read none.", {"n": readers}),
        Said("Add visits of more people, with their orders."),
    )
