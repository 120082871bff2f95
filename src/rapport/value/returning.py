"""Revenue of new, returning and unknown customers, month by month."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, as_number, distinct, month_start, total
from rapport.value.purchases import kept, of_customer


def revenue_by_month(orders: Frame) -> Frame:
    """Return net revenue by calendar month, by who brought it.

    A customer is new on the day of the first order and returning from the next day on. The four
    parts add up to the net revenue of all kept orders.

    Returns
    -------
    Frame
        month (its first day), new, returning, unknown, apart (of employees, the brand's own
        accounts and resellers; net revenue, floats), orders, customers (known ones who bought in
        that month).
    """
    sales = kept(orders).select(
        "person_id", "day", "net", month=month_start(nw.col("day")), counts=of_customer(orders)
    )
    known = sales.filter(nw.col("counts"))
    first = known.group_by("person_id").agg(first=nw.col("day").min())
    parts = sales.join(first, on="person_id", how="left").with_columns(
        new=_where(nw.col("counts") & (nw.col("day") == nw.col("first"))),
        returning=_where(nw.col("counts") & (nw.col("day") > nw.col("first"))),
        unknown=_where(nw.col("person_id").is_null()),
        apart=_where(~nw.col("counts") & ~nw.col("person_id").is_null()),
    )
    sums = parts.group_by("month").agg(
        new=total(nw.col("new")),
        returning=total(nw.col("returning")),
        unknown=total(nw.col("unknown")),
        apart=total(nw.col("apart")),
        orders=nw.len(),
    )
    people = distinct(known.select("month", "person_id")).group_by("month").agg(known=nw.len())
    return sums.join(people, on="month", how="left").select(
        "month",
        "orders",
        new=as_number(nw.col("new")),
        returning=as_number(nw.col("returning")),
        unknown=as_number(nw.col("unknown")),
        apart=as_number(nw.col("apart")),
        customers=nw.col("known").fill_null(0),
    )


def _where(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.col("net")).otherwise(0)
