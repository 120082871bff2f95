"""Why people are there: as they say, else as their behaviour shows, and what each answers to."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.motives.agreement import AGREES, WEAKLY, Agreement
from rapport.engagement.motives.answering import Tried, lift, responses, sums
from rapport.engagement.motives.chances import (
    MOTIVES,
    cells,
    counted,
    of_deeds,
    of_messages,
    of_orders,
    of_visits,
    strengths,
    together,
)
from rapport.engagement.motives.fitting import TOLD, Fit, fit
from rapport.engagement.motives.saying import first_said, settled
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.motives_numbers import by_motive, motive_numbers, untold
from rapport.steps.motives_said import SHARES, Heard, heard, said_by, share_rows, shares
from rapport.value.purchases import of_known

QUESTION = "Why are people there?"
_KINDS = ("goal", "format")
_HALVES = pa.schema(
    [
        *((name, pa.string()) for name in ("person_id", "motive")),
        *((name, pa.int64()) for name in ("early", "occasions", "signs")),
    ]
)
_FITTED = pa.schema(
    [("motive", pa.string()), ("occasions", pa.int64()), ("signs", pa.int64()),
     ("strength", pa.float64()), ("chance", pa.float64()), ("has", pa.int64()),
     ("grade", pa.string())]
)  # fmt: skip
ANSWERS = pa.schema(
    [
        *((name, pa.string()) for name in ("motive", "dimension", "value")),
        *((name, pa.int64()) for name in ("people", "others", "asked")),
        *((name, pa.float64()) for name in ("share", "share_others", "lift", "low", "high")),
    ]
)


def tell_motives(context: Context) -> StepResult:
    """Write who has which motive, how many of each side, and what those with it respond to."""
    engine = context.engine
    first, last = _span(context)
    middle = (first + last) // 2
    people = _people(context)
    if people is None:
        return StepResult(untold=(_nobody(),))
    links = engine.cache(links_of(context))
    told = said_by(context, links, people)
    found = _counts(context, middle, links)
    halves = (
        engine.table(_HALVES.empty_table())
        if found is None
        else engine.cache(found.join(people.select("person_id"), on="person_id", how="semi"))
    )
    counts = engine.cache(together(halves))
    fits, fitted = _fits(context, counts)
    shown = strengths(counts, engine.table(fitted))
    asked = heard(context, told, shown, people)
    if found is None and not len(asked):
        return StepResult(untold=(_nobody(),))
    agreements = asked.agreements()
    known = _known(fitted, asked, agreements)
    every = settled(told, strengths(counts, engine.table(known)))
    tables = {"motives": context.write("motives", every)}
    rows = by_motive(context, fits, asked, agreements)
    tables["motives_told"] = context.write("motives_told", rows)
    smallest = context.settings.people.smallest_group
    shared = shares(asked, smallest)
    made = pa.Table.from_pylist(list(share_rows(asked, shared)), SHARES)
    tables["motive_shares"] = context.write("motive_shares", made)
    lifts = _answers(context, halves, middle, (told, agreements)) if last > first else []
    tables["motive_answers"] = context.write("motive_answers", pa.Table.from_pylist(lifts, ANSWERS))
    return StepResult(
        motive_numbers(context, asked, shared), tables, untold(fits, asked, agreements, smallest)
    )


def _known(fitted: pa.Table, asked: Heard, agreements: Mapping[str, Agreement]) -> pa.Table:
    """Return the fit with what may be told of those who were not asked, by what others said."""
    rows = fitted.to_pylist()
    for motive, held in agreements.items():
        own = [row for row in rows if row["motive"] == motive]
        if own and held.verdict in {AGREES, WEAKLY}:
            chance = asked.chances(motive, np.array([row["strength"] for row in own]))
            for row, each in zip(own, chance.tolist(), strict=True):
                row["chance"] = each
        for row in own:
            row["has"] = int(held.tells and row["strength"] >= TOLD)
            row["grade"] = held.grade.value
    return pa.Table.from_pylist(rows, _FITTED)


def _people(context: Context) -> Frame | None:
    """Return people who are not staff or the like; None where nobody is known."""
    if not context.results.tables.get("people"):
        return None
    return context.result("people").filter(nw.col("role").is_null() | (nw.col("role") == "person"))


def _span(context: Context) -> tuple[int, int]:
    """Return the first and the last day of the record; both the same where none is known."""
    facts = context.results.facts
    last = context.settings.today or dt.date.fromisoformat(str(facts.get("last_day", "1970-01-01")))
    first = dt.date.fromisoformat(str(facts.get("first_day", last.isoformat())))
    return first.toordinal(), last.toordinal()


def _counts(context: Context, middle: int, links: Frame) -> Frame | None:
    """Return all occasions of the record, counted by half; None where there are none."""
    made, parts = context.results.tables, []
    early = (nw.col("day") <= dt.date.fromordinal(middle)).cast(nw.Int64())
    if made.get("messages"):
        own = ~nw.col("from_brand") & (nw.col("copy_of") == nw.col("message_id"))
        said = context.result("messages").filter(own).with_columns(early=early)
        parts.append(counted(of_messages(said)))
    if made.get("orders"):
        parts.append(counted(of_orders(_bought(context).with_columns(early=early))))
    if context.holds("visit"):
        visits = _named(context, "visit", "started_on", ("goals",)).with_columns(early=early)
        parts.append(counted(of_visits(_linked(visits, links))))
    if context.holds("activity"):
        deeds = _named(context, "activity", "occurred_on", ("verb", "channel"))
        marked = deeds.with_columns(early=early)
        # accounts are counted before they become people, so that the join is with few rows
        parts.append(_linked(counted(of_deeds(marked)), links))
    if not parts:
        return None
    names = ("person_id", "motive", "early", "occasions", "signs")
    return nw.concat([part.select(*names) for part in parts], how="vertical")


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


def _answers(
    context: Context, halves: Frame, middle: int, by: tuple[Frame, Mapping[str, Agreement]]
) -> list[dict[str, Any]]:
    """Return what those with a motive respond to: told from the first half, seen in the second.

    What people said counts whenever they said it: it is no response.
    """
    (said, agreements), engine = by, context.engine
    counts = engine.cache(together(halves.filter(nw.col("early") == 1)))
    _, fitted = _fits(context, counts)
    each = strengths(counts, engine.table(fitted)).filter(
        nw.col("motive").is_in([motive for motive, held in agreements.items() if held.tells])
    )
    shown = each.select("person_id", "motive", has=(nw.col("strength") >= TOLD).cast(nw.Int64()))
    told = engine.cache(first_said(said, shown))
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
        priced = later.select("person_id", value=price, times=nw.lit(1).cast(nw.Int64()))
        found.append((context.engine.cache(priced), "price"))
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
    ).join(posts.unique(["channel", "object_id"], keep="any"),
           on=["channel", "object_id"], how="inner")  # fmt: skip
    # counted by account before they become people, so that the join is with few rows
    times = reacted.group_by("source", "account_id", *_KINDS).agg(times=nw.len().cast(nw.Int64()))
    met = context.engine.cache(_linked(times, links_of(context)))
    for name in _KINDS:
        known = met.filter(~nw.col(name).is_null())
        found.append((known.select("person_id", "times", value=nw.col(name)), name))
    return found


def _lifts(rows: list[dict[str, Any]], smallest: int) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], dict[int, Tried]] = defaultdict(dict)
    asked: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        key = (row["motive"], row["dimension"], row["value"])
        names = ("people", "hits", "tries", "hits2", "both", "tries2")
        groups[key][int(row["has"])] = Tried(*(row[name] for name in names))
        asked[key] += int(row["asked"])
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
             "asked": asked[motive, dimension, value],
             "share": sides[1].share, "share_others": sides[0].share,
             "lift": found.value, "low": found.low, "high": found.high}
        )  # fmt: skip
    return made


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No order, visit, message or reaction of anybody known is on record."),
        Said("Add exports of orders, visits, comments or reactions that name people."),
    )
