"""Why people are there, as far as behaviour shows it, and what each motive answers to."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.motives.answering import Tried, lift, responses, sums
from rapport.engagement.motives.chances import (
    MOTIVES,
    cells,
    counted,
    of_messages,
    of_orders,
    of_presence,
    of_reactions,
    of_visits,
    strengths,
    together,
)
from rapport.engagement.motives.fitting import TOLD, Fit, fit
from rapport.estimate import Estimate, Grade
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.value.purchases import of_known

QUESTION = "Why are people there?"
_KINDS = ("goal", "format")
_FITTED = pa.schema(
    [("motive", pa.string()), ("occasions", pa.int64()), ("signs", pa.int64()),
     ("strength", pa.float64())]
)  # fmt: skip
BY_MOTIVE = pa.schema(
    [
        ("motive", pa.string()),
        *((name, pa.int64()) for name in ("judged", "told")),
        ("usual", pa.float64()),
        ("differ", pa.bool_()),
    ]
)
ANSWERS = pa.schema(
    [
        *((name, pa.string()) for name in ("motive", "dimension", "value")),
        *((name, pa.int64()) for name in ("people", "others")),
        *((name, pa.float64()) for name in ("share", "share_others", "lift", "low", "high")),
    ]
)


def tell_motives(context: Context) -> StepResult:
    """Write who shows which motive, how strongly, and what those with it respond to."""
    engine = context.engine
    first, last = _span(context)
    middle = (first + last) // 2
    found = _counts(context, middle)
    if found is None:
        return StepResult(untold=(_nobody(),))
    halves = engine.cache(found)
    counts = engine.cache(together(halves))
    fits, fitted = _fits(context, counts)
    told = strengths(counts, engine.table(fitted)).filter(nw.col("signs") > 0)
    tables = {"motives": context.write("motives", told)}
    rows = _by_motive(context, fits, fitted, counts)
    tables["motives_told"] = context.write("motives_told", pa.Table.from_pylist(rows, BY_MOTIVE))
    lifts = _answers(context, halves, middle) if last > first else []
    tables["motive_answers"] = context.write("motive_answers", pa.Table.from_pylist(lifts, ANSWERS))
    return StepResult(_numbers(context, fits), tables, _untold(fits))


def _span(context: Context) -> tuple[int, int]:
    """Return the first and the last day of the record; both the same where none is known."""
    facts = context.results.facts
    last = context.settings.today or dt.date.fromisoformat(str(facts.get("last_day", "1970-01-01")))
    first = dt.date.fromisoformat(str(facts.get("first_day", last.isoformat())))
    return first.toordinal(), last.toordinal()


def _counts(context: Context, middle: int) -> Frame | None:
    """Return all occasions of the record, of people who are not staff, counted by half."""
    made, parts = context.results.tables, []
    if not made.get("people"):
        return None
    early = (nw.col("day") <= dt.date.fromordinal(middle)).cast(nw.Int64())
    if made.get("messages"):
        own = ~nw.col("from_brand") & (nw.col("copy_of") == nw.col("message_id"))
        said = context.result("messages").filter(own).with_columns(early=early)
        parts.append(counted(of_messages(said)))
    if made.get("orders"):
        parts.append(counted(of_orders(_bought(context).with_columns(early=early))))
    links = context.engine.cache(links_of(context))
    if context.holds("visit"):
        visits = _named(context, "visit", "started_on", ("goals",)).with_columns(early=early)
        parts.append(counted(of_visits(_linked(visits, links))))
    if context.holds("activity"):
        deeds = _named(context, "activity", "occurred_on", ("verb", "channel"))
        marked = deeds.with_columns(early=early)
        # accounts are counted before they become people, so that the join is with few rows
        occasions = (of_presence(marked), of_reactions(marked))
        parts += [_linked(counted(each), links) for each in occasions]
    if not parts:
        return None
    people = context.result("people").filter(
        nw.col("role").is_null() | (nw.col("role") == "person")
    )
    names = ("person_id", "motive", "early", "occasions", "signs")
    whole = nw.concat([part.select(*names) for part in parts], how="vertical")
    return whole.join(people.select("person_id"), on="person_id", how="semi")


def _bought(context: Context) -> Frame:
    """Return orders of known people, and whether a coupon or a reduction was used."""
    return of_known(context.result("orders")).select(
        "person_id",
        "day",
        reduced=(nw.col("coupon").fill_null("") != "") | (nw.col("discount") > 0),
    )


def _named(context: Context, table: str, time: str, more: tuple[str, ...]) -> Frame:
    rows = context.facts(table).filter(~nw.col("account_id").is_null())
    return rows.select("source", "account_id", *more, day=nw.col(f"{time}_day"))


def _linked(rows: Frame, links: Frame) -> Frame:
    return rows.join(links, on=["source", "account_id"], how="inner")


def _fits(context: Context, counts: Frame) -> tuple[dict[str, Fit], pa.Table]:
    by_motive: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in context.engine.collect(cells(counts)).to_pylist():
        by_motive[row["motive"]].append(row)
    fits, made = {}, []
    for motive in MOTIVES:
        rows = by_motive[motive]
        n, k = (np.array([r[name] for r in rows], float) for name in ("occasions", "signs"))
        found = fit(n, k, [row["people"] for row in rows]) if rows else None
        if found is None:
            continue
        fits[motive] = found
        if found.differ:
            each = found.strength(n, k)
            made += [
                {name: row[name] for name in _FITTED.names[:3]} | {"strength": float(value)}
                for row, value in zip(rows, each, strict=True)
            ]
    return fits, pa.Table.from_pylist(made, _FITTED)


def _by_motive(
    context: Context, fits: dict[str, Fit], fitted: pa.Table, counts: Frame
) -> list[dict[str, Any]]:
    strong = strengths(counts, context.engine.table(fitted)).filter(nw.col("strength") >= TOLD)
    many = {
        row["motive"]: int(row["n"])
        for row in context.engine.collect(strong.group_by("motive").agg(n=nw.len())).to_pylist()
    }
    smallest = context.settings.people.smallest_group
    rows = []
    for motive, found in fits.items():
        told = many.get(motive, 0)
        rows.append(
            {"motive": motive, "judged": found.people, "usual": found.usual,
             "differ": found.differ, "told": told if told >= smallest else None}
        )  # fmt: skip
    return rows


def _answers(context: Context, halves: Frame, middle: int) -> list[dict[str, Any]]:
    """Return what those with a motive respond to: told from the first half, seen in the second."""
    engine = context.engine
    counts = engine.cache(together(halves.filter(nw.col("early") == 1)))
    _, fitted = _fits(context, counts)
    if not fitted.num_rows:
        return []
    each = strengths(counts, engine.table(fitted))
    told = engine.cache(
        each.select("person_id", "motive", has=(nw.col("strength") >= TOLD).cast(nw.Int64()))
    )
    rows = []
    for deeds, dimension in _responses(context, middle):
        counted_rows = engine.collect(sums(responses(deeds, dimension), told)).to_pylist()
        rows += _lifts(counted_rows, context.settings.people.smallest_group)
    return rows


def _responses(context: Context, middle: int) -> list[tuple[Frame, str]]:
    """Return what people responded to after a day: posts by goal and format, prices."""
    found = []
    if context.results.tables.get("orders"):
        price = nw.when(nw.col("reduced")).then(nw.lit("reduced")).otherwise(nw.lit("full"))
        later = _bought(context).filter(nw.col("day") > dt.date.fromordinal(middle))
        found.append((context.engine.cache(later.select("person_id", value=price)), "price"))
    if not context.holds("post") or not context.holds("activity"):
        return found
    posts = context.facts("post").select("channel", "goal", "format", object_id=nw.col("post_id"))
    day = dt.date.fromordinal(middle)
    verb = nw.col("verb").is_in(["Like", "Announce", "Create"])
    deeds = context.facts("activity").filter(
        verb, nw.col("occurred_on_day") > day, ~nw.col("account_id").is_null()
    )
    reacted = deeds.select(
        *("source", "account_id", "channel"),
        object_id=nw.coalesce(nw.col("in_reply_to"), nw.col("object_id")),
    ).join(links_of(context), on=["source", "account_id"], how="inner")
    met = context.engine.cache(
        reacted.join(posts.unique(["channel", "object_id"], keep="any"),
                     on=["channel", "object_id"], how="inner")
    )  # fmt: skip
    for name in _KINDS:
        known = met.filter(~nw.col(name).is_null()).select("person_id", value=nw.col(name))
        found.append((context.engine.cache(known), name))
    return found


def _lifts(rows: list[dict[str, Any]], smallest: int) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], dict[int, Tried]] = defaultdict(dict)
    for row in rows:
        key = (row["motive"], row["dimension"], row["value"])
        names = ("people", "hits", "tries", "hits2", "both", "tries2")
        groups[key][int(row["has"])] = Tried(*(row[name] for name in names))
    made = []
    for (motive, dimension, value), sides in sorted(groups.items()):
        if set(sides) != {0, 1} or min(side.people for side in sides.values()) < smallest:
            continue
        found = lift(sides[1], sides[0])
        if not math.isfinite(found.value):
            continue
        made.append(
            {"motive": motive, "dimension": dimension, "value": value,
             "people": sides[1].people, "others": sides[0].people,
             "share": sides[1].share, "share_others": sides[0].share,
             "lift": found.value, "low": found.low, "high": found.high}
        )  # fmt: skip
    return made


def _numbers(context: Context, fits: dict[str, Fit]) -> dict[str, Estimate]:
    strong = (
        context.result("motives").filter(nw.col("strength") >= TOLD).select("person_id").unique()
    )
    (many,) = context.engine.collect(strong.select(n=nw.len())).column("n").to_pylist()
    if not fits or not many:
        return {}
    name = "people_with_motive"
    return {
        name: Estimate.exact(
            int(many), "people", grade=Grade.MODEL, people=int(many), name=name, table="motives"
        )
    }


def _untold(fits: dict[str, Fit]) -> tuple[Untold, ...]:
    if all(motive in fits and fits[motive].differ for motive in MOTIVES):
        return ()
    return (
        Untold(
            Said("Why is each person there?"),
            Said(
                "Of {n} motives, {missing} show in nobody’s behaviour more than chance would make "
                "them show.",
                {
                    "n": len(MOTIVES),
                    "missing": sum(m not in fits or not fits[m].differ for m in MOTIVES),
                },
            ),
            Said("Ask people why they follow you, and link their accounts to their orders."),
        ),
    )


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No order, visit, message or reaction of anybody known is on record."),
        Said("Add exports of orders, visits, comments or reactions that name people."),
    )
