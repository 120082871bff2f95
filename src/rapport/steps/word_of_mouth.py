"""How many new customers word of mouth brought, and what they bring: a band, not a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.estimate import DRAWS, Estimate, Grade
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.paying import Bought, alone_as_seen, bought, no_orders, write_claims
from rapport.value.crediting import Ends
from rapport.value.referral.alone import Alone
from rapport.value.referral.codes import coupon_uses, offers, owned, referred, uses, with_friends
from rapport.value.word_of_mouth.newcomers import (
    CELL,
    answers_by_kind,
    chances_of,
    claims,
    cohort_cells,
    gains_by_age,
    newcomers,
)
from rapport.value.word_of_mouth.newness import TRIALS, Cohorts, new_among_unasked
from rapport.value.word_of_mouth.recall import Recall, corrected
from rapport.value.word_of_mouth.told import INSTRUMENT, KINDS, answers

Array = NDArray[np.float64]

QUESTION = "How many customers does word of mouth bring?"
FEWEST = 30
SEED = 19_780_701


def word_of_mouth(context: Context) -> StepResult:
    """Write what people say brought them, corrected, and what word of mouth claims of orders."""
    if not context.holds("answer"):
        return StepResult(untold=(_not_asked(0),))
    links = context.engine.cache(links_of(context))
    said = context.engine.cache(answers(context.facts("answer"), links, INSTRUMENT))
    there = _bought(context, links)
    if there is None:
        return StepResult(untold=(no_orders(QUESTION),))
    ordered, came = there
    rows = context.engine.collect(answers_by_kind(said, came)).to_pylist()
    own = {row["told"]: row["answers"] for row in rows if not row["coded"]}
    coded = {row["told"]: row["answers"] for row in rows if row["coded"]}
    if sum(own.values()) < FEWEST:
        return StepResult(untold=(_not_asked(sum(own.values())),))
    recall = corrected(own, coded, seed=SEED)
    tables = {"word_of_mouth": context.write("word_of_mouth", _told(own, coded, recall))}
    made = newcomers(ordered.first, said, came, ordered.begin)
    claimed, numbers = _claimed(context, context.engine.cache(made), ordered, recall)
    basis: dict[str, Any] = {"people": sum(own.values()), "rows": sum(own.values())}
    shares = {"word_of_mouth_share": recall.share, "friend_recall": recall.says_so}
    for name, draws in shares.items():
        numbers[name] = Estimate.from_draws(
            draws, "share", grade=Grade.ASSUMPTION, name=name, table="word_of_mouth", **basis
        )
    return StepResult(numbers, {**tables, **claimed}, (_talk_of_customers(),))


def _bought(context: Context, links: Frame) -> tuple[Bought, Frame] | None:
    """Return what was bought, and who came with a code, as the step on referrals knows it."""
    if "orders" not in context.results.tables:
        return None
    activity, orders = context.facts("activity"), context.result("orders")
    given = context.engine.cache(offers(activity))
    told = context.engine.cache(owned(uses(activity, given, links), orders))
    ordered = bought(context, with_friends(orders, told))
    if ordered is None:
        return None
    first = context.engine.cache(ordered.first)
    used = context.engine.cache(
        referred(nw.concat([told, coupon_uses(orders, given, links)], how="vertical"), first)
    )
    return Bought(ordered.gains, first, ordered.begin, ordered.until, ordered.unit), used


def _claimed(
    context: Context, made: Frame, ordered: Bought, recall: Recall
) -> tuple[dict[str, int], dict[str, Estimate]]:
    engine = context.engine
    cells = engine.collect(cohort_cells(made, ordered.gains)).to_pylist()
    aged = engine.collect(gains_by_age(made, ordered.gains)).to_pylist()
    alone = alone_as_seen(context.results.facts)
    people, shares = new_among_unasked(_cohorts(cells), seed=SEED)
    chances = _chances(cells, recall, shares)
    totals = _totals(chances, cells, aged, alone)
    brought = _brought(cells, recall, people)
    table = pa.Table.from_pylist(
        [
            {**dict(zip(CELL, key, strict=True)), "chance": float(draws.mean())}
            for key, draws in chances.items()
        ],
        schema=pa.schema(
            [("cohort", pa.int64()), ("told", pa.string()), ("near", pa.int64()),
             ("chance", pa.float64())]
        ),
    )  # fmt: skip
    orders = engine.cache(claims(chances_of(made, engine.table(table)), ordered.gains, alone))
    (sums,) = engine.collect(
        orders.select(
            rows=nw.len().cast(nw.Int64()),
            gain=nw.col("gain").sum().fill_null(0.0),
            part=(nw.col("gain") * nw.col("share")).sum().fill_null(0.0),
        )
    ).to_pylist()
    low, high = (float(end) for end in np.quantile(totals, [0.05, 0.95]))
    ends = Ends.of(sums["part"], low, high, sums["gain"])
    name = "claims_word_of_mouth"
    tables = {name: write_claims(context, name, orders, "word of mouth", ends, Grade.ASSUMPTION)}
    basis: dict[str, Any] = {"grade": Grade.ASSUMPTION, "table": name, "rows": sums["rows"]}
    return tables, {
        "word_of_mouth_customers": Estimate.from_draws(
            brought, "customers", name="word_of_mouth_customers", **basis
        ),
        "word_of_mouth_margin": Estimate.from_draws(
            totals, ordered.unit, name="word_of_mouth_margin", **basis
        ),
    }


def _cohorts(cells: list[dict[str, Any]]) -> Cohorts:
    """Return first orders by month, of people asked around them and of all others."""
    months = max((row["cohort"] for row in cells), default=-1) + 1
    asked, others = np.zeros((2, months)), np.zeros((2, months))
    for row in cells:
        side = asked if row["near"] else others
        side[:, max(row["cohort"], 0)] += row["people"], row["gain"]
    return Cohorts(asked[0], others[0], asked[1], others[1])


def _chances(
    cells: list[dict[str, Any]], recall: Recall, shares: Array
) -> dict[tuple[Any, ...], Array]:
    """Return how likely a friend brought people of each cell: who was not asked may be no new."""
    trial = np.random.default_rng(SEED + 1).integers(0, TRIALS, DRAWS)
    found = {}
    for row in cells:
        chance = recall.chance(row["told"])
        if not row["near"]:
            chance = chance * shares[trial, max(row["cohort"], 0)]
        found[tuple(row[name] for name in CELL)] = chance
    return found


def _totals(
    chances: Mapping[tuple[Any, ...], Array],
    cells: list[dict[str, Any]],
    aged: list[dict[str, Any]],
    alone: Alone,
) -> Array:
    """Return what word of mouth brought in all, in draws: each person came by it or did not."""
    rng = np.random.default_rng(SEED + 2)
    rates, totals, spread = alone.rates(SEED + 3), np.zeros(DRAWS), 0.0
    for row in aged:
        still = np.exp(-rates * (row["age"] + 0.5 * (row["age"] > 0)))
        totals += chances[tuple(row[name] for name in CELL)] * still * row["gain"]
    for row in cells:
        chance = float(chances[tuple(row[name] for name in CELL)].mean())
        spread += chance * (1 - chance) * row["squares"]
    found: Array = np.maximum(totals + np.sqrt(spread) * rng.standard_normal(DRAWS), 0.0)
    return found


def _brought(cells: list[dict[str, Any]], recall: Recall, people: Array) -> Array:
    """Return how many new customers word of mouth brought, in draws."""
    trial = np.random.default_rng(SEED + 1).integers(0, TRIALS, DRAWS)
    asked = sum((row["people"] * recall.chance(row["told"]) for row in cells if row["near"]), 0.0)
    found: Array = asked + recall.share * people[trial].sum(axis=1)
    return found


def _told(own: Mapping[str, int], coded: Mapping[str, int], recall: Recall) -> pa.Table:
    """Return what was said, and how likely a friend brought who said it."""
    rows, whole = [], sum(own.values())
    for kind in KINDS:
        if kind not in own and kind not in coded:
            continue
        low, high = np.quantile(recall.chance(kind), [0.05, 0.95])
        rows.append(
            {
                "told": kind,
                "answers": own.get(kind, 0),
                "share": own.get(kind, 0) / whole,
                "by_friends": float(recall.chance(kind).mean()),
                "low": float(low),
                "high": float(high),
                "with_code": coded.get(kind, 0),
            }
        )
    names = ("share", "by_friends", "low", "high")
    schema = pa.schema(
        [("told", pa.string()), ("answers", pa.int64()), *((n, pa.float64()) for n in names),
         ("with_code", pa.int64())]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _not_asked(answered: int) -> Untold:
    why = Said("Nobody was asked how they heard of the brand.")
    if answered:
        why = Said(
            "Answers on how people heard of the brand: {n}; a share needs {needed} at the least.",
            {"n": answered, "needed": FEWEST},
        )
    return Untold(
        Said(QUESTION), why, Said("Ask new customers how they heard of you, and add the answers.")
    )


def _talk_of_customers() -> Untold:
    return Untold(
        Said("How much more do customers buy because friends speak of the brand?"),
        Said("Talk among friends is not seen, and who buys already is not asked what moved them."),
        Said("A test would tell: ask some advocates, chosen by lot, to speak of the brand."),
    )
