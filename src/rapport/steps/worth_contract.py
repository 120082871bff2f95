"""What customers under contract are worth: fit how long they stay, value the months to come."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.errors import Problem
from rapport.estimate import DRAWS, Estimate
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.cautions import told
from rapport.steps.context import Context
from rapport.value.contracts import by_tenure, fit, payments_left, tenants
from rapport.value.histories import best_tenth
from rapport.value.lifetime import ShiftedBetaGeometric

YEAR = 12


def value_contracts(context: Context) -> StepResult:
    """Return what running contracts are worth, one by one and together, or why nobody can tell."""
    until = dt.date.fromisoformat(context.results.facts["last_day"])
    value = context.settings.value
    everybody = context.engine.cache(tenants(_paid(context), until))
    rows = context.engine.collect(by_tenure(everybody))
    try:
        model = fit(rows)
    except Problem as problem:
        said = " ".join(fault.what for fault in problem.faults) or problem.summary
        return StepResult(
            untold=(
                Untold(
                    Said("What are our customers worth?"),
                    Said("No model of how long contracts last suits them: {why}", {"why": said}),
                    Said("Add older payments, from before the first customers left."),
                ),
            )
        )
    running = rows.filter(rows.column("running"))
    periods = np.asarray(running.column("periods"), dtype=float)
    months, rate = value.horizon_months, value.discount_rate
    outlook = pa.table(
        {
            "periods": pa.array(periods.astype(np.int64)),
            "payments": payments_left(model, periods, months, rate),
            "next_year": payments_left(model, periods, YEAR, 0.0),
        }
    )
    tables = {"lifetime": context.write("lifetime", _lifetimes(context, everybody, outlook))}
    numbers = _numbers(context, model, running, months, rate)
    facts = {
        "model": "ShiftedBetaGeometric",
        "horizon_months": months,
        "discount_rate": rate,
    }
    warnings = tuple(told(caution) for caution in model.warnings_)
    return StepResult(numbers, tables, warnings=warnings, facts=facts)


def _paid(context: Context) -> Frame:
    """Return customers with the money that is valued: margin where it is known, else revenue."""
    first = nw.col("first_value")
    later = nw.col("mean_value").fill_null(0.0) * nw.col("valued").cast(nw.Float64())
    return context.result("customers").with_columns(paid=first + later)


def _lifetimes(context: Context, everybody: Frame, outlook: pa.Table) -> Frame:
    joined = everybody.join(context.engine.table(outlook), on="periods", how="left")
    stays = nw.col("running").cast(nw.Float64())
    payments = nw.col("payments").fill_null(0.0) * stays
    return joined.select(
        "person_id",
        "frequency",
        "recency_days",
        "age_days",
        "orders",
        "revenue",
        "last_order",
        "periods",
        "monthly",
        alive=stays,
        expected_orders=nw.col("next_year").fill_null(0.0) * stays,
        lifetime_value=nw.col("monthly") * payments,
    )


def _numbers(
    context: Context, model: ShiftedBetaGeometric, running: pa.Table, months: int, rate: float
) -> dict[str, Estimate]:
    unit = context.settings.currency
    customers = context.results.numbers["customers"]
    everybody = int(customers.value)
    periods = np.asarray(running.column("periods"), dtype=float)
    people = np.asarray(running.column("people"), dtype=float)
    monthly = np.asarray(running.column("monthly"), dtype=float)
    moved = [model.with_parameters(p) for p in model.sample_parameters(DRAWS, 1)]
    worth = [float(monthly @ payments_left(m, periods, months, rate)) for m in moved]
    orders = [float(people @ payments_left(m, periods, YEAR, 0.0)) for m in moved]
    equity = Estimate.from_draws(
        worth, unit, value=float(monthly @ payments_left(model, periods, months, rate))
    )
    active = Estimate.exact(people.sum(), "customers")
    made = {
        "lifetime_value": equity / everybody if everybody else equity,
        "customer_equity": equity,
        "active_customers": active,
        "active_share": Estimate.of_share(people.sum(), everybody, source="running contracts"),
        "orders_next_year": Estimate.from_draws(
            orders, "orders", value=float(people @ payments_left(model, periods, YEAR, 0.0))
        ),
        "top_tenth_equity_share": _top_tenth(context),
    }
    return {
        name: number.based_on(people=everybody, rows=customers.rows, name=name, table="lifetime")
        for name, number in made.items()
    }


def _top_tenth(context: Context) -> Estimate:
    (row,) = context.engine.collect(best_tenth(context.result("lifetime"))).to_pylist()
    return Estimate.exact(row["best"] / row["value"] if row["value"] else 0.0, "share")
