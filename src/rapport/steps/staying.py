"""Who stays: retention by cohort, new money against returning, and where money concentrates."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pyarrow as pa

from rapport.record.frames import Frame
from rapport.results import StepResult
from rapport.steps.buying_numbers import back_after
from rapport.steps.context import Context
from rapport.value.concentration import POINTS, ranked_values, top_shares
from rapport.value.customers import buying_days
from rapport.value.retention import filled, retention, share_back, survival, tenures
from rapport.value.returning import revenue_by_month

QUARTER_LATER = 3


def staying(context: Context) -> StepResult:
    """Write the tables of retention, of revenue by month, and of concentration."""
    last = context.results.facts.get("last_day")
    if last is None:
        return StepResult()
    until = dt.date.fromisoformat(last)
    orders = context.engine.cache(context.result("orders").filter(nw.col("day") <= until))
    tables = {"revenue_by_month": context.write("revenue_by_month", revenue_by_month(orders))}
    days = context.engine.cache(buying_days(orders))
    cells = filled(context.engine.collect(retention(days)), until)
    made = {
        "retention": cells,
        "concentration": _concentration(context, context.result("customers")),
        **_contracts(context, days, until),
    }
    for name, rows in made.items():
        if rows.num_rows:
            tables[name] = context.write(name, rows)
    back = back_after(share_back(cells, QUARTER_LATER))
    return StepResult({} if back is None else {"retention_month_3": back}, tables)


def _concentration(context: Context, counts: Frame) -> pa.Table:
    """Return which share of the revenue the best share of customers brought, point by point."""
    (row,) = context.engine.collect(top_shares(ranked_values(counts), POINTS)).to_pylist()
    if not row["people"] or row["value"] <= 0:
        return pa.table({})
    shares = [row[f"s{k}"] / row["value"] for k in range(len(POINTS))]
    return pa.table({"customers_share": list(POINTS), "revenue_share": shares})


def _contracts(context: Context, days: Frame, until: dt.date) -> dict[str, pa.Table]:
    """Return how many contracts outlive each month, where customers have contracts."""
    if not context.settings.value.contract:
        return {}
    return {"survival": survival(context.engine.collect(tenures(days, until)))}
