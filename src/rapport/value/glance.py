"""A quick look at the purchases, before anything is computed: how many, whose, since when."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct, whole_sum

ORDER = ("source", "purchase_id")


def glance(purchase: Frame, purchase_line: Frame) -> Frame:
    """Return one row that says what the purchases can tell.

    Returns of lines are left out, unmatched: this is a look, not an account.

    Returns
    -------
    Frame
        orders, known_orders (with a customer), customers, repeat_customers (two days or more),
        first and last (day; null without orders), with_margin (orders whose margin or cost is
        known).
    """
    whole = purchase.select(
        *ORDER,
        "account_id",
        day=nw.col("ordered_on_day"),
        priced=(~nw.col("margin").is_null()).cast(nw.Int64()),
    )
    by_line = (
        purchase_line.filter(~nw.col("is_return"))
        .join(distinct(purchase.select(*ORDER)), on=list(ORDER), how="anti")
        .group_by(*ORDER)
        .agg(
            account_id=nw.col("account_id").max(),
            day=nw.col("ordered_on_day").min(),
            priced=(~nw.col("cost").is_null()).cast(nw.Int64()).min(),
        )
    )
    every = nw.concat([whole, by_line], how="vertical")
    people = (
        every.filter(~nw.col("account_id").is_null())
        .group_by("source", "account_id")
        .agg(days=nw.col("day").n_unique(), orders=nw.len())
        .select(
            customers=nw.len(),
            repeat_customers=whole_sum((nw.col("days") > 1).cast(nw.Int64())),
            known_orders=whole_sum(nw.col("orders")),
        )
    )
    summary = every.select(
        orders=nw.len(),
        first=nw.col("day").min(),
        last=nw.col("day").max(),
        with_margin=whole_sum(nw.col("priced")),
    )
    return summary.join(people, how="cross")
