"""What today's customers are worth: choose a model, check it, value everybody, add them up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from rapport.errors import Problem
from rapport.estimate import Estimate, Grade
from rapport.results import Said, StepResult, Untold
from rapport.steps.buying import valued_orders
from rapport.steps.cautions import told
from rapport.steps.context import Context
from rapport.steps.ledger_period import periods
from rapport.steps.worth_change import equity_change
from rapport.steps.worth_contract import value_contracts
from rapport.steps.worth_tables import Valued, read_cells, read_holdout, read_spends, write_tables
from rapport.value.customers import purchase_counts
from rapport.value.equity import (
    YEAR,
    Chances,
    mean_spend,
    new_customer,
    people_total,
    purchase_variance,
    worth,
)
from rapport.value.forecast import Forecast, forecast
from rapport.value.histories import best_tenth
from rapport.value.ledger.people import LATEST

FEWEST_REPEATERS = 30
SHORTEST_DAYS = 180


@dataclass(frozen=True, slots=True)
class Terms:
    """How the money of tomorrow is counted: currency, days ahead, yearly discount rate."""

    unit: str
    horizon: float
    rate: float


def value_customers(context: Context) -> StepResult:
    """Return what customers are worth, one by one and together, or why it cannot be told."""
    settings = context.settings
    missing = _too_little(context)
    if missing is not None:
        return StepResult(untold=(missing,))
    if settings.value.contract:
        return value_contracts(context)
    cells = read_cells(context)
    regularity = context.results.facts.get("regularity")
    try:
        found = forecast(cells, read_spends(context), read_holdout(context), regularity)
    except Problem as problem:
        return StepResult(untold=(_no_forecast(problem),))
    months = _months_ahead(context, found)
    terms = Terms(settings.currency, months * YEAR / 12, settings.value.discount_rate)
    chances = Chances.of(found.buying, found.spending, missed_by=found.missed_by)
    valued = Valued.of(cells, found, chances, terms.horizon, terms.rate)
    tables = write_tables(context, valued)
    change, more = _changed(context, valued, terms)
    return StepResult(
        {**_numbers(context, valued, terms), **change},
        {**tables, **more},
        () if found.sees_leaving else (_no_leaving(),),
        warnings=tuple(told(caution) for caution in found.cautions),
        facts={
            "model": type(found.buying).__name__,
            "horizon_months": months,
            "discount_rate": terms.rate,
            "holdout_miss": found.missed_by,
        },
    )


def _changed(
    context: Context, valued: Valued, terms: Terms
) -> tuple[dict[str, Estimate], dict[str, int]]:
    """Return how equity changed over the last twelve whole months; nothing where there are fewer.

    Only money in margin is equity that a return may stand beside.
    """
    latest = next((p for p in periods(context.results.facts) if p.name == LATEST), None)
    if latest is None or context.results.facts.get("money") != "margin":
        return {}, {}
    day = latest.since - dt.timedelta(days=1)
    orders = valued_orders(context.result("orders"), context)
    before = context.engine.cache(purchase_counts(orders, day))
    terms_ = (terms.horizon, terms.rate)
    number, rows = equity_change(context, valued, (day, before), terms_)
    return {"equity_change": number}, {"equity": context.write("equity", rows)}


def _months_ahead(context: Context, found: Forecast) -> int:
    """Return how far ahead to count: no further than back where nobody is seen to leave."""
    wanted = context.settings.value.horizon_months
    if found.sees_leaving:
        return wanted
    first, last = _span(context)
    return max(1, min(wanted, int((last - first).days / YEAR * 12)))


def _span(context: Context) -> tuple[dt.date, dt.date]:
    facts = context.results.facts
    return dt.date.fromisoformat(facts["first_day"]), dt.date.fromisoformat(facts["last_day"])


def _too_little(context: Context) -> Untold | None:
    facts = context.results.facts
    question = Said("What are our customers worth?")
    repeaters = int(facts.get("repeat_customers", 0))
    if repeaters < FEWEST_REPEATERS:
        return Untold(
            question,
            Said(
                "Customers who bought again: {n}; a forecast needs {needed} at the least.",
                {"n": repeaters, "needed": FEWEST_REPEATERS},
            ),
            Said("Add older orders, or orders that name their customer."),
        )
    first, last = _span(context)
    if (last - first).days < SHORTEST_DAYS:
        return Untold(
            question,
            Said(
                "Days from the first order to the last: {n}; a forecast needs {needed} months.",
                {"n": (last - first).days, "needed": SHORTEST_DAYS // 30},
            ),
            Said("Add older orders."),
        )
    return None


def _no_forecast(problem: Problem) -> Untold:
    said = " ".join(fault.what for fault in problem.faults) or problem.summary
    return Untold(
        Said("What are our customers worth?"),
        Said("No model of repeat buying suits these orders: {why}", {"why": said}),
        Said("Add older orders, or look at groups of customers apart."),
    )


def _no_leaving() -> Untold:
    return Untold(
        Said("Who is drifting away?"),
        Said("These purchases do not show customers leaving: silence looks like waiting."),
        Said("A longer history would tell, or a date on which customers said that they left."),
    )


def _numbers(context: Context, valued: Valued, terms: Terms) -> dict[str, Estimate]:
    cells, chances = valued.cells, valued.chances
    people = int(cells.people.sum())
    rows = context.results.numbers["customers"].rows
    equity = worth(cells, valued.purchases, valued.found.spending, chances, terms.unit)
    made = {
        "lifetime_value": equity / people,
        "customer_equity": equity,
        "new_customer_value": _new_customer(context, valued, terms),
        **(_active(valued) if valued.found.sees_leaving else {}),
        "orders_next_year": people_total(
            cells,
            valued.next_year,
            chances,
            "orders",
            variance=purchase_variance(
                valued.found.buying, cells, valued.next_year.expected, valued.alive.expected
            ),
        ),
        "top_tenth_equity_share": _top_tenth(context),
    }
    based = {
        name: number.based_on(people=people, rows=rows, name=name, table="lifetime")
        for name, number in made.items()
        if number is not None
    }
    return {**based, **_drifting(context, terms.unit)} if valued.found.sees_leaving else based


def _active(valued: Valued) -> dict[str, Estimate]:
    people = float(valued.cells.people.sum())
    alive = valued.alive.expected
    active = people_total(
        valued.cells,
        valued.alive,
        valued.chances,
        "customers",
        variance=alive * (1 - alive),
        foretold=False,
    )
    possible = Estimate.from_draws(
        np.minimum(active.draws, people) if active.draws is not None else active.value,
        "customers",
        value=min(active.value, people),
    )
    share = possible / Estimate.exact(people, "customers")
    return {
        "active_customers": possible,
        "active_share": Estimate(share.value, "share", Grade.MODEL, share.low, share.high),
    }


def _new_customer(context: Context, valued: Valued, terms: Terms) -> Estimate | None:
    """Return the first order and what is expected to follow, or None without a mean spend."""
    spending = valued.found.spending
    if spending.params_["q"] <= 1:
        return None
    facts = context.results.facts
    first = Estimate.normal(
        facts["first_order_mean"], facts["first_order_error"], terms.unit, source="first order"
    )
    later = new_customer(valued.found.buying, terms.horizon, terms.rate, valued.chances)
    each = mean_spend(spending, valued.chances, terms.unit)
    follow = (later.draws if later.draws is not None else 0.0) * (
        each.draws if each.draws is not None else each.value
    )
    return first + Estimate.from_draws(follow, terms.unit, value=later.value * each.value)


def _drifting(context: Context, unit: str) -> dict[str, Estimate]:
    rows = context.engine.collect(context.result("drifting").select("alive", "value_at_risk"))
    alive = np.asarray(rows.column("alive"), dtype=float)
    money = np.asarray(rows.column("value_at_risk"), dtype=float)
    gone = 1 - alive
    spread = gone * alive
    made = {
        "drifting_customers": Estimate.normal(
            float(gone.sum()), float(np.sqrt(spread.sum())), "customers", source="drifting"
        ),
        "value_at_risk": Estimate.normal(
            float(gone @ money), float(np.sqrt(spread @ money**2)), unit, source="drifting"
        ),
    }
    return {
        name: number.based_on(people=len(alive), rows=len(alive), name=name, table="drifting")
        for name, number in made.items()
    }


def _top_tenth(context: Context) -> Estimate:
    (row,) = context.engine.collect(best_tenth(context.result("lifetime"))).to_pylist()
    share = row["best"] / row["value"] if row["value"] else 0.0
    return Estimate.exact(share, "share", grade=Grade.MODEL)
