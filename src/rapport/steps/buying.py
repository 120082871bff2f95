"""What was bought, how often, by whom: orders net of returns, and each customer's buying."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw

from rapport.record.frames import Frame, as_number
from rapport.results import Said, StepResult, Untold
from rapport.steps.buying_numbers import how_regular, numbers
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.roles import apart
from rapport.value.customers import (
    buying_days,
    counts_of,
    grouped,
    holdout_of,
    in_weeks,
    purchase_counts,
)
from rapport.value.lines import left_out, lines
from rapport.value.purchases import balance, kept, orders, with_roles
from rapport.value.returns import matched_returns
from rapport.value.rhythm import gaps

MARGIN_KNOWN = 0.95
HOLDOUT_SHARE = 1 / 3
SHORTEST_CALIBRATION = 90
FINE_HISTORIES = 50_000  # more are compared in weeks


@dataclass(frozen=True, slots=True)
class Basis:
    """What the orders are, at a glance: how many, from when to when, with margin or not."""

    orders: int
    known_orders: int
    first_day: dt.date
    last_day: dt.date
    margin_known: float


def buying(context: Context) -> StepResult:
    """Write orders and customers; every later step reads these two tables."""
    tables = write_orders(context)
    basis = look_at(context.result("orders"), context)
    if basis is None:
        return StepResult(tables=tables, untold=(_nothing(),))
    until = context.settings.today or basis.last_day
    money = _money(context, basis)
    seen = context.result("orders").filter(nw.col("day") <= until)
    days = context.engine.cache(buying_days(seen))
    counts = context.engine.cache(counts_of(days, until))
    valued = counts
    if money == "margin":
        valued = purchase_counts(valued_orders(seen, context), until)
    tables["customers"] = context.write("customers", _customers(valued, counts))
    facts: dict[str, object] = {
        "currency": context.settings.currency,
        "first_day": basis.first_day.isoformat(),
        "last_day": until.isoformat(),
        "smallest_group": context.settings.people.smallest_group,
        "money": money,
        "margin_share": context.settings.value.margin,
        "contract": context.settings.value.contract,
        **_of_customers(context),
    }
    split = _calibration_day(basis.first_day, until)
    if split is not None:
        ahead = (until - split).days
        cells = context.engine.cache(grouped(holdout_of(days, split, ahead)))
        (many,) = context.engine.collect(cells.select(n=nw.len())).column("n").to_pylist()
        cells = in_weeks(cells) if many > FINE_HISTORIES else cells
        tables["calibration"] = context.write("calibration", cells)
        facts |= {"calibration_day": split.isoformat(), "holdout_days": ahead}
    between = context.engine.cache(gaps(days))
    regular = how_regular(context, between)
    facts |= {"regularity": regular} if regular is not None else {}
    found = numbers(context, seen, counts, between)
    return StepResult(found, tables, _untold(context, basis, money), facts=facts)


def write_orders(context: Context) -> dict[str, int]:
    """Write one row for each order, net of returns; returns the table's rows."""
    settings = context.settings
    both = (context.facts("purchase"), context.facts("purchase_line"))
    rates = settings.exchange_rates
    links = links_of(context) if "links" in context.results.tables else None
    every = context.engine.cache(
        lines(*both, currency=settings.currency, rates=rates, people=links)
    )
    matched = context.engine.cache(matched_returns(every, keep=context.engine.cache))
    made = (
        orders(every, matched)
        .with_columns(gross=nw.col("revenue"))
        .with_columns(revenue=nw.col("net"), currency=nw.lit(settings.currency))
    )
    made = with_roles(made, apart(context))
    return {
        "orders": context.write("orders", made),
        "balance": context.write("balance", balance(every, matched)),
    }


def look_at(orders: Frame, context: Context) -> Basis | None:
    """Return a summary of the orders that count, or None when there is none."""
    known = (~nw.col("person_id").is_null()).cast(nw.Int64())
    margin = (~nw.col("margin").is_null()).cast(nw.Int64())
    summary = kept(orders).select(
        n=nw.len(),
        known=known.sum(),
        first=nw.col("day").min(),
        last=nw.col("day").max(),
        margin=margin.sum(),
    )
    (row,) = context.engine.collect(summary).to_pylist()
    if not row["n"]:
        return None
    return Basis(
        row["n"], row["known"], _day(row["first"]), _day(row["last"]), row["margin"] / row["n"]
    )


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _money(context: Context, basis: Basis) -> str:
    """Return which money is valued: "margin" where it is known or set, "revenue" otherwise."""
    if basis.margin_known >= MARGIN_KNOWN or context.settings.value.margin is not None:
        return "margin"
    return "revenue"


def valued_orders(orders: Frame, context: Context) -> Frame:
    """Return the orders with their margin in `net`."""
    share = context.settings.value.margin
    if share is None:
        return orders.with_columns(net=nw.col("margin").fill_null(0))
    scaled = as_number(nw.col("net")) * share
    known = nw.when(nw.col("margin").is_null()).then(scaled).otherwise(as_number(nw.col("margin")))
    return orders.with_columns(net=known)


def _customers(valued: Frame, counts: Frame) -> Frame:
    """Return one row for each customer: buying in the money that is valued, and net revenue."""
    spent = counts.select("person_id", brought=as_number(nw.col("revenue")))
    joined = valued.join(spent, on="person_id", how="inner")
    return joined.select(
        "person_id",
        "first_order",
        "last_order",
        "orders",
        "frequency",
        "recency_days",
        "age_days",
        "valued",
        "mean_value",
        revenue=nw.col("brought"),
        mean_order=nw.col("brought") / nw.col("orders").cast(nw.Float64()),
        first_value=as_number(nw.col("first_revenue")),
        segment=nw.when(nw.col("frequency") > 0)
        .then(nw.lit("repeat"))
        .otherwise(nw.lit("one-time")),
    )


def _of_customers(context: Context) -> dict[str, object]:
    """Return what later steps need to know of all customers together."""
    value = nw.col("first_value")
    rows = context.result("customers").select(
        customers=nw.len(),
        repeat_customers=(nw.col("frequency") > 0).cast(nw.Int64()).sum(),
        mean=value.mean(),
        square=(value * value).mean(),
    )
    (row,) = context.engine.collect(rows).to_pylist()
    people = row["customers"]
    if not people:
        return {"customers": 0, "repeat_customers": 0}
    variance = max(row["square"] - row["mean"] ** 2, 0.0)
    return {
        "customers": people,
        "repeat_customers": row["repeat_customers"],
        "first_order_mean": row["mean"],
        "first_order_error": (variance / people) ** 0.5,
    }


def _calibration_day(first: dt.date, last: dt.date) -> dt.date | None:
    """Return the day before the last third, which is kept back; None for a short history."""
    days = (last - first).days
    split = first + dt.timedelta(days=round(days * (1 - HOLDOUT_SHARE)))
    return split if (split - first).days >= SHORTEST_CALIBRATION else None


def _nothing() -> Untold:
    return Untold(
        Said("What do our customers buy?"),
        Said("There is no order in the brand's currency that was kept."),
        Said("Add an export of orders, or exchange rates in rapport.toml."),
    )


def _untold(context: Context, basis: Basis, money: str) -> tuple[Untold, ...]:
    found: list[Untold] = []
    if money == "revenue":
        found.append(
            Untold(
                Said("What do we earn on them?"),
                Said("Neither the files nor rapport.toml say what the goods cost."),
                Said("Set margin in rapport.toml, or add costs of goods."),
            )
        )
    unknown = basis.orders - basis.known_orders
    if unknown:
        found.append(
            Untold(
                Said("Who placed the orders without a customer?"),
                Said("{n} of {all} orders name no customer.", {"n": unknown, "all": basis.orders}),
                Said("Ask for a loyalty card, an e-mail or a phone number at the till."),
            )
        )
    return (*found, *_foreign(context))


def _foreign(context: Context) -> tuple[Untold, ...]:
    settings = context.settings
    both = (context.facts("purchase"), context.facts("purchase_line"))
    rows = left_out(*both, currency=settings.currency, rates=settings.exchange_rates)
    return tuple(
        Untold(
            Said("What are the sales in {currency} worth?", {"currency": row["currency"]}),
            Said("Rows in {currency}, left out: {n}.", {"n": row["rows"], **_name(row)}),
            Said("Give a rate for {currency} under exchange_rates in rapport.toml.", _name(row)),
        )
        for row in context.engine.collect(rows).to_pylist()
    )


def _name(row: dict[str, object]) -> dict[str, str]:
    return {"currency": str(row["currency"])}
