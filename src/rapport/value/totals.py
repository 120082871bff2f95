"""Sums over all orders and over all customers: one row each, from which numbers are estimated."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, as_number, distinct, total, whole_sum
from rapport.value.purchases import kept, of_customer


def totals(orders: Frame) -> Frame:
    """Return one row of sums over orders.

    Returns
    -------
    Frame
        orders (kept), cancelled, known_orders (kept, with a customer), apart_orders (kept, of those
        kept apart by a role), gross, discount, refund, net, charges (money, cancelled orders
        included), kept_net, known_net, apart_net (money, kept orders), margin (money, where known),
        margin_net (net of those orders), first_day, last_day (of kept orders); unknown_squares (sum
        of squared net of kept orders without a customer).
    """
    is_kept = ~nw.col("cancelled")
    counts = of_customer(orders)
    known = is_kept & counts
    unknown = is_kept & ~counts
    apart = unknown & ~nw.col("person_id").is_null()
    with_margin = is_kept & ~nw.col("margin").is_null()
    net = nw.col("net")
    marked = orders.select(
        "discount",
        "refund",
        "net",
        "charges",
        gross=net + nw.col("refund"),
        n_kept=is_kept.cast(nw.Int64()),
        n_known=known.cast(nw.Int64()),
        n_apart=apart.cast(nw.Int64()),
        kept_net=_where(is_kept, net),
        known_net=_where(known, net),
        apart_net=_where(apart, net),
        kept_margin=_where(with_margin, nw.col("margin")),
        margin_net=_where(with_margin, net),
        square=_where(unknown, as_number(net) * as_number(net)),
        kept_day=nw.when(is_kept).then(nw.col("day")),
    )
    sums = marked.select(
        rows=nw.len(),
        orders=_count("n_kept"),
        known_orders=_count("n_known"),
        apart_orders=_count("n_apart"),
        gross=total(nw.col("gross")),
        discount=total(nw.col("discount")),
        refund=total(nw.col("refund")),
        net=total(net),
        charges=total(nw.col("charges")),
        kept_net=total(nw.col("kept_net")),
        known_net=total(nw.col("known_net")),
        apart_net=total(nw.col("apart_net")),
        margin=total(nw.col("kept_margin")),
        margin_net=total(nw.col("margin_net")),
        unknown_squares=nw.col("square").sum().fill_null(0.0),
        first_day=nw.col("kept_day").min(),
        last_day=nw.col("kept_day").max(),
    )
    return sums.with_columns(cancelled=nw.col("rows") - nw.col("orders")).drop("rows")


def customer_sums(counts: Frame) -> Frame:
    """Return one row of sums over customers: all that ranges by customer need.

    Parameters
    ----------
    counts
        As `rapport.value.customers.purchase_counts` gives them.

    Returns
    -------
    Frame
        people, repeat_people, orders, net and later (net after the first buying day; money), and
        sums over people of products: orders_orders, orders_net, net_net, later_net, later_later;
        first and first_squares (net of the first buying day).
    """
    money, first = as_number(nw.col("revenue")), as_number(nw.col("first_revenue"))
    each = counts.select(
        "revenue",
        "orders",
        later_exact=nw.col("revenue") - nw.col("first_revenue"),
        n=nw.col("orders").cast(nw.Float64()),
        again=(nw.col("frequency") > 0).cast(nw.Int64()),
        money=money,
        first=first,
        later=money - first,
    )
    return each.select(
        people=nw.len(),
        repeat_people=_count("again"),
        orders=_count("orders"),
        net=total(nw.col("revenue")),
        later=total(nw.col("later_exact")),
        orders_orders=_product("n", "n"),
        orders_net=_product("n", "money"),
        net_net=_product("money", "money"),
        later_net=_product("later", "money"),
        later_later=_product("later", "later"),
        first=nw.col("first").sum().fill_null(0.0),
        first_squares=_product("first", "first"),
    )


def by_channel(orders: Frame) -> Frame:
    """Return orders, known customers and net revenue by channel; null where none is named.

    Returns
    -------
    Frame
        channel, orders, customers, net (money).
    """
    sales = kept(orders)
    sums = sales.group_by("channel").agg(orders=nw.len(), net=total(nw.col("net")))
    people = (
        distinct(
            sales.filter(of_customer(sales)).select(
                "person_id", channel_of=nw.col("channel").fill_null("")
            )
        )
        .group_by("channel_of")
        .agg(known=nw.len())
    )
    joined = sums.with_columns(channel_of=nw.col("channel").fill_null("")).join(
        people, on="channel_of", how="left"
    )
    return joined.select("channel", "orders", "net", customers=nw.col("known").fill_null(0))


def segments(counts: Frame, people: Frame) -> Frame:
    """Return prospects, one-time buyers and repeat buyers, never mixed.

    Parameters
    ----------
    counts
        As `rapport.value.customers.purchase_counts` gives them.
    people
        Everybody known, in a column person_id: `known_people` gives it.

    Returns
    -------
    Frame
        segment ("prospect", "one-time" or "repeat"), people, orders, net (money).
    """
    bought = counts.select(
        "orders",
        "revenue",
        segment=nw.when(nw.col("frequency") > 0)
        .then(nw.lit("repeat"))
        .otherwise(nw.lit("one-time")),
    )
    buyers = bought.group_by("segment").agg(
        people=nw.len(), orders=_count("orders"), net=total(nw.col("revenue"))
    )
    without = people.join(counts.select("person_id"), on="person_id", how="anti")
    nothing = nw.lit(0).cast(nw.Int64())
    prospects = (
        without.with_columns(segment=nw.lit("prospect"), none=nothing)
        .group_by("segment")
        .agg(people=nw.len(), orders=_count("none"), net=total(nw.col("none")))
    )
    return nw.concat([buyers, prospects], how="vertical")


def known_people(account: Frame, people: Frame | None = None) -> Frame:
    """Return everybody whose account is on record, brand and staff left out: person_id, once."""
    others = account.filter(
        ~nw.col("is_brand").fill_null(value=False) & ~nw.col("is_employee").fill_null(value=False)
    )
    own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
    if people is None:
        return distinct(others.select(person_id=own))
    linked = people.select("source", "account_id", "person_id")
    joined = others.select("source", "account_id", own=own).join(
        linked, on=["source", "account_id"], how="left"
    )
    return distinct(joined.select(person_id=nw.coalesce("person_id", "own")))


def _where(condition: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(value).otherwise(0)


def _count(name: str) -> nw.Expr:
    return whole_sum(nw.col(name)).fill_null(0)


def _product(left: str, right: str) -> nw.Expr:
    return (nw.col(left) * nw.col(right)).sum().fill_null(0.0)
