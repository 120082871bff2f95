"""What service earns: customers kept because somebody answered, contacts nobody had to make."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.estimate import DRAWS, Estimate, Grade
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.paying import Array, Bought, bought, no_orders, write_claims
from rapport.value.crediting import Shift
from rapport.value.service.complained import (
    COMPLAINTS,
    MOST_TIMES,
    answers_given,
    buying_cells,
    claims,
    complaints,
    first_of_each,
    histories,
    later_orders,
    later_sums,
    worth_ahead,
)
from rapport.value.service.kept import Kept, kept

QUESTION = "What does answering complaints keep?"
FEWEST = 30
OWN = 0.5
"""How much of a number a brand's own data must say for it to be called adjusted."""
SEED = 19_830_701
_SHARES = pa.schema(
    [("answered", pa.string()), ("public", pa.int64()), ("times", pa.int64()),
     ("share", pa.float64())]
)  # fmt: skip
Found = tuple[Kept, ...]
_LINES = pa.schema(
    [
        *(("line", pa.string()), ("grade", pa.string())),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        *((name, pa.int64()) for name in ("people", "others")),
    ]
)


def service_value(context: Context) -> StepResult:
    """Write what service is worth, and what answers claim of orders."""
    avoided = _avoided(context)
    if "requests" not in context.results.tables:
        return StepResult(untold=(_nobody_asked(),))
    there = bought(context)
    if there is None:
        return StepResult(untold=(no_orders(QUESTION),))
    engine, facts = context.engine, context.results.facts
    kinds = COMPLAINTS if facts.get("kinds_known") else ()
    asked = engine.cache(
        complaints(context.result("requests"), context.settings.service.fast_hours, kinds)
    )
    like = histories(first_of_each(asked), there.gains)
    until = min(there.until, _day(facts.get("answering_until"), there.until))
    cells = engine.collect(buying_cells(like, there.gains, until))
    found = kept(cells.to_pylist(), seed=SEED)
    answered = sum(each.people + each.alone for each in found)
    if answered < FEWEST:
        return _written(context, avoided, {}, (_too_few(answered),))
    grade = _grade(found)
    given = engine.cache(answers_given(asked))
    later = engine.cache(later_orders(given, there.gains))
    sums = engine.collect(later_sums(later)).to_pylist()
    totals, gain = _totals(sums, found)
    made, table = _kept_numbers(found, totals, sums, there, grade)
    claimed = claims(later, engine.table(_shares(found)))
    mean = sum(row["gain"] * _share(found, row) for row in sums)
    low, high = (float(end) for end in np.quantile(totals, [0.05, 0.95]))
    ends = Shift.of(mean, low, high, gain)
    name = "claims_answer"
    tables = {name: write_claims(context, name, claimed, "answer", ends, grade)}
    ahead = _ahead(context, found, given, there.unit, grade)
    lines = [*avoided, *table, *([_line("kept_expected", ahead)] if ahead else [])]
    every = {**made, **({"kept_expected": ahead} if ahead else {})}
    unsure = () if grade is Grade.ADJUSTED else (_assumed(found),)
    written = _written(context, lines, every, unsure)
    return StepResult(written.numbers, {**written.tables, **tables}, written.untold)


def _grade(found: Found) -> Grade:
    """Return "adjusted" where the brand's own data say most of the number."""
    answered = [each.people + each.alone for each in found]
    seen = sum(n * each.seen for n, each in zip(answered, found, strict=True)) / sum(answered)
    return Grade.ADJUSTED if seen >= OWN else Grade.ASSUMPTION


def _written(
    context: Context,
    lines: list[dict[str, Any]],
    numbers: dict[str, Estimate],
    untold: tuple[Untold, ...],
) -> StepResult:
    rows = pa.Table.from_pylist(lines, schema=_LINES)
    return StepResult(numbers, {"service_value": context.write("service_value", rows)}, untold)


def _totals(sums: list[dict[str, Any]], found: Found) -> tuple[Array, float]:
    """Return what answers kept so far, in draws, and all that came in after answers."""
    rng = np.random.default_rng(SEED + 1)
    totals, spread, gain = np.zeros(DRAWS), 0.0, 0.0
    for row in sums:
        kind = _of(found, row)
        if kind is None:
            continue
        share = kind.after(row["times"])
        totals += share * row["gain"]
        middle = float(np.clip(share.mean(), 0.0, 1.0))
        spread += middle * (1 - middle) * row["squares"]
        gain += row["gain"]
    return totals + np.sqrt(spread) * rng.standard_normal(DRAWS), gain


def _shares(found: Found) -> pa.Table:
    """Return the share that so many answers of a kind kept, as `claims` takes it."""
    rows = [
        {"answered": each.answered, "public": each.public, "times": times,
         "share": float(each.after(times).mean())}
        for each in found
        for times in range(1, MOST_TIMES + 1)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_SHARES)


def _share(found: Found, row: dict[str, Any]) -> float:
    kind = _of(found, row)
    return 0.0 if kind is None else float(kind.after(row["times"]).mean())


def _of(found: Found, row: dict[str, Any]) -> Kept | None:
    """Return what is known of the kind of answer that a row is of."""
    kind = (row["answered"], row["public"])
    return next((each for each in found if (each.answered, each.public) == kind), None)


def _kept_numbers(
    found: Found,
    totals: Array,
    sums: list[dict[str, Any]],
    there: Bought,
    grade: Grade,
) -> tuple[dict[str, Estimate], list[dict[str, Any]]]:
    answered = sum(each.people + each.alone for each in found)
    weights = [(each.people + each.alone) / answered for each in found]
    draws = sum(
        (part * each.draws for part, each in zip(weights, found, strict=True)), np.zeros(DRAWS)
    )
    rows = int(sum(row["orders"] for row in sums))
    basis: dict[str, Any] = {"people": answered, "table": "service_value"}
    share = Estimate.from_draws(draws, "share", grade=grade, name="kept_share", **basis)
    margin = Estimate.from_draws(
        totals, there.unit, grade=grade, name="kept_margin", rows=rows, **basis
    )
    lines = [
        _line(
            f"kept_share_{each.answered}{'_public' if each.public else ''}",
            Estimate.from_draws(
                each.draws, "share", people=each.people + each.alone,
                grade=Grade.ADJUSTED if each.seen >= OWN else Grade.ASSUMPTION,
            ),
            each.others,
        )
        for each in found
    ]  # fmt: skip
    made = {"kept_margin": margin, "kept_share": share}
    naive = [(part, each.naive) for part, each in zip(weights, found, strict=True)]
    if all(value is not None for _, value in naive):
        told = sum(weight * (value or 0.0) for weight, value in naive)
        made["kept_share_naive"] = Estimate.exact(told, "share", name="kept_share_naive", **basis)
    return made, [*lines, _line("kept_margin", margin)]


def _ahead(context: Context, found: Found, given: Any, unit: str, grade: Grade) -> Estimate | None:
    """Return the lifetime value still to come of customers whom answers kept."""
    if "lifetime" not in context.results.tables:
        return None
    rows = context.engine.collect(worth_ahead(given, context.result("lifetime"))).to_pylist()
    pairs = [(_of(found, row), row["value"]) for row in rows]
    parts = [each.draws * value for each, value in pairs if each is not None]
    if not parts:
        return None
    return Estimate.from_draws(
        np.sum(parts, axis=0), unit, grade=grade, name="kept_expected", table="service_value",
        people=sum(each.people + each.alone for each in found),
    )  # fmt: skip


def _avoided(context: Context) -> list[dict[str, Any]]:
    """Return the money of contacts that answers in public avoided, as the letter tells them."""
    if "avoidance" not in context.results.tables:
        return []
    rows = context.engine.collect(context.result("avoidance")).to_pylist()
    money = [row for row in rows if row.get("money") is not None]
    if not money:
        return []
    (row,) = money[:1]
    number = Estimate(
        row["money"], context.settings.currency, Grade.ADJUSTED, row["money_low"],
        row["money_high"], people=row["people"],
    )  # fmt: skip
    return [_line("contacts_avoided_money", number, row["others"])]


def _line(name: str, number: Estimate, others: int | None = None) -> dict[str, Any]:
    return {
        "line": name, "grade": number.grade.value, "value": number.value, "low": number.low,
        "high": number.high, "people": number.people, "others": others,
    }  # fmt: skip


def _day(told: Any, otherwise: int) -> int:
    return dt.date.fromisoformat(str(told)).toordinal() if told else otherwise


def _nobody_asked() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No request for help is on record."),
        Said("Add an export of the help desk, or of conversations on networks."),
    )


def _too_few(answered: int) -> Untold:
    return Untold(
        Said(QUESTION),
        Said(
            "Customers who complained and were answered: {n}; to tell takes {needed}.",
            {"n": answered, "needed": FEWEST},
        ),
        Said("Link requests to customers by e-mail, phone or number of the order."),
    )


def _assumed(found: Found) -> Untold:
    return Untold(
        Said("What do answers keep in this very brand?"),
        Said(
            "Customers who complained and were never answered: {n}. So few say little; the number "
            "rests mostly on what is known of other firms.",
            {"n": sum({each.public: each.others for each in found}.values())},
        ),
        Said("Nothing to do: answer everybody. A test of speed could tell what faster brings."),
    )
