"""What was sold and taken back, line by line, in one shape whichever way a system reports it."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from rapport.record.frames import Frame, distinct, to_units

CHARGES = (
    "postage", "fee", "charity", "sample", "bad debt", "stock adjustment", "test",
)  # fmt: skip
"""Categories of lines that are money but no goods: kept out of revenue, and shown apart."""

BY_HAND = ("discount", "manual")
"""Categories of amounts typed in by hand: they count, but name no product that could come back."""

LINE = ("source", "purchase_id", "line")

_THOUSAND = 1000  # quantities are exact to a thousandth


def lines(
    purchase: Frame,
    purchase_line: Frame,
    *,
    currency: str,
    rates: Mapping[str, float] | None = None,
    people: Frame | None = None,
) -> Frame:
    """Return every line of every order and return; an order known as a whole is one line.

    An order of `purchase` holds over its lines in `purchase_line`. Amounts of other currencies are
    converted by `rates` (one unit of it in `currency`) to the nearest ten-thousandth; without a
    rate they are left out, and `left_out` counts them.

    Parameters
    ----------
    purchase, purchase_line
        The tables of the record, as `rapport.record.reading.table_frame` gives them.
    people
        Columns source, account_id, person_id; without it each account is a person of its own.

    Returns
    -------
    Frame
        source, purchase_id, line, person_id (null when unknown), ordered_on, day, channel, kind
        ("sale", "return" or "charge"), item (the product, null when none is named), size (quantity
        in thousandths, not negative), amount, discount, refunded, cost, margin (in ten-thousandths
        of `currency`), coupon, campaign, cancelled.
    """
    wanted = {currency: 1.0, **(rates or {})}
    by_line = purchase_line.join(
        distinct(purchase.select("source", "purchase_id")), on=["source", "purchase_id"], how="anti"
    )
    all_lines = nw.concat([_whole(purchase, wanted), _single(by_line, wanted)], how="vertical")
    return _with_person(all_lines, people)


def left_out(
    purchase: Frame,
    purchase_line: Frame,
    *,
    currency: str,
    rates: Mapping[str, float] | None = None,
) -> Frame:
    """Return what `lines` leaves out: currency, rows and amount (in that currency, units)."""
    known = [currency, *(rates or {})]
    by_line = purchase_line.join(
        distinct(purchase.select("source", "purchase_id")), on=["source", "purchase_id"], how="anti"
    )
    both = [
        frame.filter(~nw.col("currency").is_in(known)).select(
            "currency", amount=to_units(nw.col("revenue"))
        )
        for frame in (purchase, by_line)
    ]
    return (
        nw.concat(both, how="vertical")
        .group_by("currency")
        .agg(rows=nw.len(), amount=nw.col("amount").sum().cast(nw.Int64()))
    )


def _whole(purchase: Frame, rates: Mapping[str, float]) -> Frame:
    revenue = nw.col("revenue")
    return purchase.filter(nw.col("currency").is_in(list(rates))).select(
        "source",
        "purchase_id",
        "account_id",
        "ordered_on",
        "channel",
        "coupon",
        "campaign",
        line=nw.lit(0).cast(nw.Int64()),
        day=nw.col("ordered_on_day"),
        kind=nw.when(revenue < 0).then(nw.lit("return")).otherwise(nw.lit("sale")),
        item=nw.lit(None).cast(nw.String()),
        size=nw.lit(0).cast(nw.Int64()),
        amount=_converted(revenue, rates),
        discount=_converted(nw.col("discount"), rates).fill_null(0),
        refunded=_converted(nw.col("refund"), rates).fill_null(0),
        cost=nw.lit(None).cast(nw.Int64()),
        margin=_converted(nw.col("margin"), rates),
        cancelled=~nw.col("cancelled_on").is_null(),
    )


def _single(purchase_line: Frame, rates: Mapping[str, float]) -> Frame:
    nothing = nw.lit(0).cast(nw.Int64())
    return purchase_line.filter(nw.col("currency").is_in(list(rates))).select(
        "source",
        "purchase_id",
        "account_id",
        "ordered_on",
        "channel",
        "coupon",
        "campaign",
        "line",
        day=nw.col("ordered_on_day"),
        kind=_kind(),
        item=nw.when(~_category().is_in(list(BY_HAND))).then(nw.col("product_id")),
        size=(nw.col("quantity").abs() * _THOUSAND + 0.5).floor().cast(nw.Int64()),
        amount=_converted(nw.col("revenue"), rates),
        discount=_converted(nw.col("discount"), rates).fill_null(0),
        refunded=nothing,
        cost=_converted(nw.col("cost"), rates),
        margin=nw.lit(None).cast(nw.Int64()),
        cancelled=nw.lit(value=False),
    )


def _kind() -> nw.Expr:
    returned = nw.col("is_return") | (nw.col("quantity") < 0)
    return (
        nw.when(_category().is_in(list(CHARGES)))
        .then(nw.lit("charge"))
        .otherwise(nw.when(returned).then(nw.lit("return")).otherwise(nw.lit("sale")))
    )


def _category() -> nw.Expr:
    return nw.col("category").fill_null("goods")


def _converted(money: nw.Expr, rates: Mapping[str, float]) -> nw.Expr:
    units = to_units(money)
    converted = nw.lit(None).cast(nw.Int64())
    for currency, rate in rates.items():
        here = units if rate == 1.0 else (units.cast(nw.Float64()) * rate + 0.5).floor()
        converted = (
            nw.when(nw.col("currency") == currency).then(here.cast(nw.Int64())).otherwise(converted)
        )
    return converted


def _with_person(rows: Frame, people: Frame | None) -> Frame:
    own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
    if people is None:
        return rows.with_columns(person_id=own).drop("account_id")
    linked = people.select("source", "account_id", linked_id=nw.col("person_id"))
    joined = rows.join(linked, on=["source", "account_id"], how="left")
    person = nw.coalesce(nw.col("linked_id"), own)
    return joined.with_columns(person_id=person).drop("account_id", "linked_id")
