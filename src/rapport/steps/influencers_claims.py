"""What influencers claim of orders: after a visit by their link, and of people they brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.influencers.approaches import tagged_by_day, tagged_orders
from rapport.engagement.influencers.bringing import brought_orders, chance_of, newness, rises
from rapport.engagement.influencers.following import Following, weighed, working
from rapport.estimate import Grade
from rapport.record.frames import Frame, day_number
from rapport.steps.context import Context
from rapport.steps.paying import alone_as_seen
from rapport.value.crediting import CLAIM, Ends
from rapport.value.purchases import of_known
from rapport.value.referral.alone import MONTH

if TYPE_CHECKING:
    from rapport.steps.influencers import Asked

SEED = 20_010_214
CAUSE = "influencer"
_CHANCES = pa.schema([("number", pa.int64()), ("chance", pa.float64())])


def claims_of(context: Context, asked: Asked, links: Frame) -> Frame | None:
    """Return the orders that influencers may have brought, with shares; None without any.

    People who bought on the day of a visit by an influencer's link are claimed as far as posts
    explain such visits, and all orders of people who first bought in the days after posts as far as
    posts explain new customers.
    """
    if "orders" not in context.results.tables:
        return None
    orders = context.engine.cache(
        of_known(context.result("orders")).select(
            "source", "purchase_id", "person_id", number=day_number(nw.col("day"))
        )
    )
    parts = []
    linked, new = (asked.followed.get(name) for name in ("tagged purchases", "new customers"))
    if linked is not None and linked.each > 0:
        parts.append(_by_link(context, asked, linked, links, orders))
    brought = _new(context, asked, new, orders) if new is not None else None
    if brought is not None:
        parts.append(brought)
    return nw.concat(parts, how="vertical") if parts else None


def _by_link(
    context: Context, asked: Asked, bought: Following, links: Frame, orders: Frame
) -> Frame:
    visits = context.facts("visit").join(links, on=["source", "account_id"], how="inner")
    every = tagged_by_day(context.facts("visit"), asked.campaigns)
    (many,) = context.engine.collect(every.select(n=nw.col("purchases").sum()))["n"].to_pylist()
    share = [
        min(1.0, max(0.0, end * bought.posts / many))
        for end in (bought.each, bought.low, bought.high)
    ]
    told = tagged_orders(visits, orders, asked.campaigns).with_columns(
        cause=nw.lit(CAUSE), share=nw.lit(share[0]), low=nw.lit(share[1]), high=nw.lit(share[2]),
        grade=nw.lit(Grade.ADJUSTED.value),
    )  # fmt: skip
    return told.select(*CLAIM)


def _new(context: Context, asked: Asked, found: Following, orders: Frame) -> Frame | None:
    """Return the claims on new customers who first bought in the days after posts."""
    first = context.engine.cache(orders.group_by("person_id").agg(number=nw.col("number").min()))
    rows = context.engine.collect(first.group_by("number").agg(people=nw.len())).sort_by("number")
    begins = np.asarray(rows["number"], np.int64)
    days = np.arange(begins[0], begins[-1] + 1)
    people = np.zeros(len(days))
    people[begins - days[0]] = np.asarray(rows["people"], float)
    month = ((days - days[0]) / MONTH).astype(np.int64)
    new = newness(np.bincount(month, people).astype(float), seed=SEED)[month]
    work = working(days.astype(float), *weighed(asked.rows["posted"], asked.rows["reach"]))
    if not (new * work).any():
        return None
    drawn, own = rises(found, float(work.mean()), seed=SEED)
    chances = chance_of(work, drawn) * new[:, None]
    table = pa.table({"number": days, "chance": chances.mean(axis=1)}, schema=_CHANCES)
    alone = alone_as_seen(context.results.facts)
    claimed = context.engine.cache(brought_orders(orders, context.engine.table(table), alone))
    ends = _ends(context, claimed, chances, int(days[0]))
    grade = Grade.ADJUSTED if own else Grade.ASSUMPTION
    told = claimed.with_columns(
        cause=nw.lit(CAUSE), grade=nw.lit(grade.value), **ends.columns(nw.col("share"))
    )
    return told.select(*CLAIM)


def _ends(context: Context, claimed: Frame, chances: np.ndarray[Any, Any], begin: int) -> Ends:
    """Return how far the ends of shares lie; who first bought on one day shares its chance."""
    rows = context.engine.collect(
        claimed.group_by("first").agg(part=nw.col("share").sum(), orders=nw.len())
    ).sort_by("first")
    if not rows.num_rows:
        return Ends.of(0.0, 0.0, 0.0, 0.0)
    drawn = chances[np.asarray(rows["first"], int) - begin]
    usual = drawn.mean(axis=1)
    part = np.asarray(rows["part"], float)
    totals = (part / usual) @ drawn
    low, high = (float(end) for end in np.quantile(totals, [0.05, 0.95]))
    return Ends.of(float(part.sum()), low, high, float(np.asarray(rows["orders"]).sum()))
