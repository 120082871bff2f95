"""What each order of a customer brought: its margin, or its revenue where no margin is known."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, as_number, day_number
from rapport.value.purchases import of_known


def gains(orders: Frame, money: str, share: float | None) -> Frame:
    """Return what each order of a known customer brought; employees and resellers left out.

    Parameters
    ----------
    orders
        The result table of that name.
    money
        "margin" or "revenue": the fact of the run that says which of them is valued.
    share
        Margin as a share of revenue, for orders whose own is not known.

    Returns
    -------
    Frame
        source, purchase_id, person_id, day, number (of the day, as `date.toordinal`), gain (float).
    """
    net = as_number(nw.col("net"))
    if money == "margin":
        own = as_number(nw.col("margin"))
        rest = nw.lit(0.0) if share is None else net * share
        net = nw.when(nw.col("margin").is_null()).then(rest).otherwise(own)
    return of_known(orders).select(
        "source",
        "purchase_id",
        "person_id",
        "day",
        number=day_number(nw.col("day")),
        gain=net,
    )


def first_days(gains: Frame) -> Frame:
    """Return each customer's first order: person_id, first (number of the day), first_on (day)."""
    return gains.group_by("person_id").agg(
        first=nw.col("number").min(), first_on=nw.col("day").min()
    )
