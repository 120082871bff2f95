"""How much of each result rests on weak links between accounts: totals with and without them."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.estimate import Estimate
from rapport.people.gathering import buyers, order_people, resting_on
from rapport.results import StepResult
from rapport.steps.context import ORDERS, Context


def footing(context: Context) -> StepResult:
    """Write the table `footing`: each total with all links, without weak ones, and its share.

    The share is what would be told otherwise: for counts of people the difference, for money what
    people bought whom only weak links hold together.
    """
    engine = context.engine
    links = context.result("links")
    named = nw.concat(
        [context.facts(name).select("source", "purchase_id", "account_id") for name in ORDERS],
        how="vertical",
    )
    orders = engine.cache(order_people(context.result("orders"), named, links))
    summed = engine.collect(
        links.select(
            people=nw.col("person_id").n_unique(),
            sure=nw.col("sure_id").n_unique(),
            accounts=nw.len(),
            weak=nw.col("weak").cast(nw.Int64()).sum().fill_null(0),
        )
    ).to_pylist()[0]
    with_all = engine.collect(buyers(orders, "person_id")).to_pylist()[0]
    without = engine.collect(buyers(orders, "sure_id")).to_pylist()[0]
    money = engine.collect(resting_on(orders, links)).to_pylist()[0]
    (net,) = engine.collect(orders.select(net=nw.col("net").sum().fill_null(0.0))).to_pylist()
    rows = [
        _row("accounts", summed["accounts"], summed["accounts"], summed["weak"]),
        _row("people", summed["people"] or 0, summed["sure"] or 0),
        _row("customers", with_all["customers"], without["customers"], money["people"]),
        _row("repeat_customers", with_all["repeat_customers"], without["repeat_customers"]),
        _row("revenue_of_known", net["net"], net["net"], money["net"]),
    ]
    tables = {"footing": context.write("footing", pa.Table.from_pylist(rows, _FOOTING))}
    return StepResult(_numbers(rows, int(summed["people"] or 0)), tables)


_FOOTING = pa.schema(
    [
        ("measure", pa.string()),
        ("with_all", pa.float64()),
        ("without_weak", pa.float64()),
        ("resting", pa.float64()),
        ("share", pa.float64()),
    ]
)


def _row(
    measure: str, with_all: float, without: float, resting: float | None = None
) -> dict[str, Any]:
    """Return a row: `resting` is what rests on weak links, the difference where not given."""
    moved = abs(without - with_all) if resting is None else resting
    return {
        "measure": measure,
        "with_all": float(with_all),
        "without_weak": float(without),
        "resting": float(moved),
        "share": float(moved) / float(with_all) if with_all else 0.0,
    }


def _numbers(rows: list[dict[str, Any]], people: int) -> dict[str, Estimate]:
    named = {
        "accounts": "weak_share",
        "customers": "weak_customers",
        "revenue_of_known": "weak_revenue",
    }
    return {
        named[row["measure"]]: Estimate.exact(
            row["share"], "share", people=people, rows=int(rows[0]["with_all"])
        ).based_on(name=named[row["measure"]], table="footing")
        for row in rows
        if row["measure"] in named and row["with_all"]
    }
