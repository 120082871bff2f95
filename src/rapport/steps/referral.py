"""Who came because of whom, and what that is worth."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.estimate import Estimate, Grade
from rapport.listening.answering.adjusting import gap
from rapport.record.frames import Frame, as_number, quantile
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.paying import Bought, bought, column, no_orders, write_claims
from rapport.steps.roles import apart
from rapport.value.crediting import Ends
from rapport.value.referral import alone as coming
from rapport.value.referral.alone import MONTH, YEAR, Alone
from rapport.value.referral.codes import (
    coupon_uses,
    late,
    offers,
    owned,
    recipients,
    referred,
    uses,
    waited,
    with_friends,
)
from rapport.value.referral.compared import CELL, SPAN, Window, mean_gap, newcomer_cells
from rapport.value.referral.ledger import Terms, advocates, codes_shared, matrix, referrals

QUESTION = "What do referrals bring?"
CHANNELS = ("referral", "referrals", "parrainage")
SEED = 20_100_701


def referral(context: Context) -> StepResult:
    """Write referrals, advocates and what codes claim of orders; return the numbers."""
    if not context.holds("activity"):
        return StepResult(untold=(_no_codes(),))
    activity, links = context.facts("activity"), context.engine.cache(links_of(context))
    given = context.engine.cache(offers(activity))
    if not _many(context, given):
        return StepResult(untold=(_no_codes(),))
    if "orders" not in context.results.tables:
        return StepResult(untold=(no_orders(QUESTION),))
    orders = context.result("orders").filter(~nw.col("cancelled"))
    told = context.engine.cache(owned(uses(activity, given, links), orders))
    there = bought(context, with_friends(orders, told))
    if there is None:
        return StepResult(untold=(no_orders(QUESTION),))
    first = context.engine.cache(there.first)
    used = nw.concat([told, coupon_uses(orders, given, links)], how="vertical")
    came = context.engine.cache(referred(used, first))
    to_whom = context.engine.cache(recipients(given, context.facts("account"), links))
    (watched,) = context.engine.collect(waited(to_whom, came, first, there.until)).to_pylist()
    alone = Alone.seen(watched["came"], watched["days"], watched["people"])
    without = context.engine.cache(late(to_whom, came, first, there.until))
    return _valued(context, there, alone, came, without, codes_shared(given, links))


def _valued(
    context: Context, there: Bought, alone: Alone, came: Frame, without: Frame, shared: Frame
) -> StepResult:
    """Return the result once it is known who came with a code (`came`) and who without."""
    keep, people = context.engine.cache, _many(context, came.filter(nw.col("brought")))
    smallest = context.settings.people.smallest_group
    claimed = keep(coming.claims(alone, there.gains, came))
    later = keep(coming.late_claims(alone, there.gains, without))
    rows = context.engine.collect(nw.concat([claimed, later], how="vertical"))
    totals = coming.brought(alone, _orders(rows), seed=SEED)
    mean = float(column(rows, "gain") @ column(rows, "share"))
    low, high = (float(end) for end in np.quantile(totals, [0.05, 0.95]))
    ends = Ends.of(mean, low, high, float(column(rows, "gain").sum()))
    both = nw.concat([claimed, later], how="vertical")
    name = "claims_referral"
    tables = {name: write_claims(context, name, both, "referral", ends, Grade.MODEL)}
    if not people:
        return StepResult(tables=tables, untold=(_nobody_came(),))
    known = context.results.tables
    lifetime = context.result("lifetime") if "lifetime" in known else None
    reward = _rewards(context, there.unit)
    ahead = float(context.results.facts.get("horizon_months") or 0)
    terms = Terms(alone, ends, there.until, ahead, reward / people)
    made = keep(referrals(came, claimed, lifetime, terms))
    tables["referrals"] = context.write("referrals", made)
    theirs = keep(_customers_only(context, advocates(made, shared)))
    tables["referral_value"] = context.write("referral_value", theirs)
    if lifetime is not None:
        (row,) = context.engine.collect(
            lifetime.select(middle=quantile(nw.col("lifetime_value"), 0.5))
        ).to_pylist()
        groups = matrix(lifetime, theirs, float(row["middle"] or 0.0))
        shown = groups.filter(nw.col("customers") >= smallest)
        tables["referral_matrix"] = context.write("referral_matrix", shown)
    numbers = _numbers(context, there.unit, alone, totals, reward)
    compared, gaps = _compared(context, there, came)
    tables |= compared
    rates = {"referral_shape": alone.shape, "referral_months": alone.months}
    grade = Grade.MODEL if alone.people >= 3 * smallest else Grade.ASSUMPTION
    numbers = {k: n.graded(grade) if k in _JUDGED else n for k, n in numbers.items()}
    untold = () if grade is Grade.MODEL else (_few_watched(alone),)
    return StepResult({**numbers, **gaps}, tables, untold, facts=rates)


_JUDGED = ("referral_margin", "referral_value", "referral_incremental")


def _orders(rows: pa.Table) -> coming.Bought:
    people = np.unique(
        np.asarray(rows.column("person_id").to_pylist(), object), return_inverse=True
    )
    return coming.Bought(
        people[1].astype(np.int64),
        column(rows, "days") / MONTH,
        column(rows, "gain"),
        column(rows, "redeemed") > 0,
    )


def _numbers(
    context: Context, unit: str, alone: Alone, totals: Any, reward: float
) -> dict[str, Estimate]:
    rows = context.engine.collect(
        context.result("referrals").select(
            people=nw.len().cast(nw.Int64()),
            orders=nw.col("orders").sum().cast(nw.Int64()),
            value=nw.col("value").sum(),
            low=nw.col("low").sum(),
            high=nw.col("high").sum(),
        )
    ).to_pylist()[0]
    people, orders = int(rows["people"]), int(rows["orders"])
    basis: dict[str, Any] = {"people": people, "rows": orders, "table": "referrals"}
    margin = Estimate.from_draws(totals, unit, grade=Grade.MODEL)
    chance = (alone.months / (alone.months + YEAR)) ** alone.shape
    drawn = np.exp(-YEAR * alone.rates(SEED))
    made = {
        "referred_customers": Estimate.exact(people, "customers"),
        "referral_incremental": Estimate.from_draws(drawn, "share", value=float(chance)),
        "referral_margin": margin,
        "referral_value": Estimate(
            float(rows["value"]), unit, Grade.MODEL, float(rows["low"]), float(rows["high"])
        ),
    }
    if reward:
        made["referral_cost"] = Estimate.exact(reward, unit)
    return {name: number.based_on(name=name, **basis) for name, number in made.items()}


def _compared(
    context: Context, there: Bought, came: Frame
) -> tuple[dict[str, int], dict[str, Estimate]]:
    """Return the table and numbers of referred customers against comparable others."""
    span = there.until - there.begin
    begin, end = there.begin + min(365, span // 3), there.until - SPAN
    if end - begin < 60:
        return {}, {}
    sizes = there.gains.select(
        small=quantile(nw.col("gain"), 1 / 3), large=quantile(nw.col("gain"), 2 / 3)
    )
    (size,) = context.engine.collect(sizes).to_pylist()
    window = Window(begin, end, float(size["small"] or 0.0), float(size["large"] or 0.0))
    cells = newcomer_cells(there.gains, context.result("orders"), came, window)
    rows = context.engine.collect(cells)
    told = rows.to_pylist()
    found = mean_gap(told, there.unit)
    if found is None or found.compared < context.settings.people.smallest_group:
        return {}, {}
    groups: dict[int, dict[Any, tuple[float, float]]] = {0: {}, 1: {}}
    for row in told:
        groups[row["coded"]][tuple(row[name] for name in CELL)] = (row["people"], row["again"])
    again = gap(groups[1], groups[0])
    written = {"referred_compared": context.write("referred_compared", rows)}
    basis: dict[str, Any] = {"people": found.compared, "table": "referred_compared"}
    stays = Estimate(
        again.adjusted.value, "share", Grade.ADJUSTED, again.adjusted.low, again.adjusted.high
    )
    naive = Estimate(again.naive.value, "share", Grade.COUNT, again.naive.low, again.naive.high)
    return written, {
        "referred_more": found.adjusted.based_on(name="referred_more", **basis),
        "referred_more_naive": found.naive.based_on(name="referred_more_naive", **basis),
        "referred_again": stays.based_on(name="referred_again", **basis),
        "referred_again_naive": naive.based_on(name="referred_again_naive", **basis),
    }


def _customers_only(context: Context, advocates: Frame) -> Frame:
    """Return advocates who are customers like any other: nobody kept apart by a role."""
    roles = apart(context)
    if roles is None:
        return advocates
    return advocates.join(roles.select("person_id"), on="person_id", how="anti")


def _rewards(context: Context, unit: str) -> float:
    """Return what was spent on the programme, from the costs under its name."""
    if not context.holds("spend"):
        return 0.0
    named = nw.col("channel").fill_null("").str.to_lowercase().is_in(list(CHANNELS))
    spend = context.facts("spend").filter(named & (nw.col("currency") == unit))
    rows = context.engine.collect(spend.select(cost=as_number(nw.col("cost")).sum()))
    return float(pc.sum(rows.column("cost")).as_py() or 0.0)


def _many(context: Context, frame: Frame) -> int:
    rows = context.engine.collect(frame.select(n=nw.len().cast(nw.Int64())))
    return int(rows.column("n")[0].as_py())


def _no_codes() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No file says who recommended the brand to whom."),
        Said("Give customers a code for their friends, and add the list of codes and their use."),
    )


def _nobody_came() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("Codes were handed over, but no new customer is known to have come with one."),
        Said("Keep the number of the order with each code that is used."),
    )


def _few_watched(alone: Alone) -> Untold:
    return Untold(
        Said("Would referred customers have come anyway?"),
        Said(
            "Friends known to have left a code unused: {n}. How many come by themselves is then "
            "taken from an assumption: 1.5 in a hundred a month.",
            {"n": alone.people},
        ),
        Said("Keep to whom each code was handed, used or not."),
    )
