"""Orders net of returns and cancellations, and the account of where every amount went."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, from_units, whole_sum
from rapport.value.lines import LINE

ORDER = ("source", "purchase_id")


def orders(lines: Frame, matched: Frame) -> Frame:
    """Return one row for each order, net of what was returned.

    An order is cancelled when its source says so or when all its money went back: then it is no
    purchase. An order worth nothing (a gift) counts as one. Margin, where known, falls with the
    share of revenue returned.

    Parameters
    ----------
    lines
        As `rapport.value.lines.lines` gives them.
    matched
        As `rapport.value.returns.matched_returns` gives them.

    Returns
    -------
    Frame
        source, purchase_id, person_id (null when unknown), ordered_on (naive UTC), day (in the
        brand's time zone), channel, coupon, campaign, lines, cancelled, and money: revenue
        (gross), discount, refund, net (revenue less refund), charges (postage and the like, not
        in revenue), margin (null when unknown).
    """
    sold = _sold(lines)
    back = matched.group_by(*ORDER).agg(matched=whole_sum(nw.col("refund")))
    joined = sold.join(back, on=list(ORDER), how="left")
    owed = nw.col("refunded") + nw.col("matched").fill_null(0)
    refund = nw.when(nw.col("called_off")).then(nw.max_horizontal(owed, "revenue")).otherwise(owed)
    net = joined.with_columns(refund=refund).with_columns(
        net=nw.col("revenue") - nw.col("refund"),
        cancelled=nw.col("called_off")
        | ((nw.col("revenue") > 0) & (nw.col("refund") >= nw.col("revenue"))),
    )
    money = {
        name: from_units(nw.col(name))
        for name in ("revenue", "discount", "refund", "net", "charges")
    }
    return net.select(
        *ORDER,
        "person_id",
        "ordered_on",
        "day",
        "channel",
        "coupon",
        "campaign",
        "lines",
        "cancelled",
        **money,
        margin=from_units(_kept_margin()),
    )


def _sold(lines: Frame) -> Frame:
    is_sale = nw.col("kind") == "sale"
    cost_known = is_sale & ~nw.col("cost").is_null()
    margin_known = is_sale & ~nw.col("margin").is_null()
    rows = lines.filter(nw.col("kind") != "return").with_columns(
        sale=is_sale.cast(nw.Int64()),
        known=(cost_known | margin_known).cast(nw.Int64()),
        gain=nw.when(margin_known)
        .then(nw.col("margin"))
        .otherwise(nw.when(cost_known).then(nw.col("amount") - nw.col("cost")).otherwise(0)),
        sold=nw.when(is_sale).then(nw.col("amount")).otherwise(0),
        charged=nw.when(is_sale).then(nw.lit(0)).otherwise(nw.col("amount")),
        called=nw.col("cancelled").cast(nw.Int64()),
    )
    grouped = rows.group_by(*ORDER).agg(
        person_id=nw.col("person_id").max(),
        ordered_on=nw.col("ordered_on").min(),
        day=nw.col("day").min(),
        channel=nw.col("channel").max(),
        coupon=nw.col("coupon").max(),
        campaign=nw.col("campaign").max(),
        lines=whole_sum(nw.col("sale")),
        known=whole_sum(nw.col("known")),
        revenue=whole_sum(nw.col("sold")),
        charges=whole_sum(nw.col("charged")),
        discount=whole_sum(nw.col("discount")),
        refunded=whole_sum(nw.col("refunded")),
        gain=whole_sum(nw.col("gain")),
        called=nw.col("called").max(),
    )
    return grouped.filter(nw.col("lines") > 0).with_columns(called_off=nw.col("called") > 0)


def _kept_margin() -> nw.Expr:
    all_known = nw.col("known") == nw.col("lines")
    share = nw.col("net").cast(nw.Float64()) / nw.col("revenue").cast(nw.Float64())
    kept = (nw.col("gain").cast(nw.Float64()) * share + 0.5).floor().cast(nw.Int64())
    untouched = (nw.col("refund") == 0) | (nw.col("revenue") == 0)
    return nw.when(all_known).then(nw.when(untouched).then(nw.col("gain")).otherwise(kept))


def kept(orders: Frame) -> Frame:
    """Return the orders that count as purchases: those not cancelled."""
    return orders.filter(~nw.col("cancelled"))


def with_roles(orders: Frame, roles: Frame | None) -> Frame:
    """Return orders with the `role` of who placed them: null for customers like any other.

    Parameters
    ----------
    roles
        Columns person_id, role: the brand's own accounts, employees, resellers; None for nobody.
    """
    if roles is None:
        return orders.with_columns(role=nw.lit(None).cast(nw.String()))
    return orders.join(roles.select("person_id", "role"), on="person_id", how="left")


def of_customer(orders: Frame) -> nw.Expr:
    """Return whether an order's customer is known and nobody who is kept apart by a role."""
    known = ~nw.col("person_id").is_null()
    if "role" not in orders.collect_schema().names():
        return known
    return known & nw.col("role").is_null()


def of_known(orders: Frame) -> Frame:
    """Return the purchases whose customer is known: what every number by customer rests on."""
    return kept(orders).filter(of_customer(orders))


def balance(lines: Frame, matched: Frame) -> Frame:
    """Return where every amount went; the parts add up to all lines, to the last digit.

    sold + refunded + matched returns is the net revenue of all orders, save those called off
    without a refund on record.

    Returns
    -------
    Frame
        part, rows, amount (money), one row for each part that occurs: "sold" (goods, gross),
        "refunded" (by the order's own system), "matched returns", "unmatched returns" (rows:
        those of which nothing was matched) and "charges"; refunds and returns are negative.
    """
    is_return = nw.col("kind") == "return"
    back = matched.group_by("return_source", "return_purchase_id", "return_line").agg(
        found=whole_sum(nw.col("refund"))
    )
    keys = ("return_source", "return_purchase_id", "return_line")
    returns = lines.filter(is_return).join(
        back, left_on=list(LINE), right_on=list(keys), how="left"
    )
    parts = [
        lines.filter(~is_return).select(
            "amount",
            part=nw.when(nw.col("kind") == "sale")
            .then(nw.lit("sold"))
            .otherwise(nw.lit("charges")),
            n=nw.lit(1).cast(nw.Int64()),
        ),
        lines.filter(nw.col("refunded") != 0).select(
            amount=-nw.col("refunded"), part=nw.lit("refunded"), n=nw.lit(1).cast(nw.Int64())
        ),
        returns.filter(~nw.col("found").is_null()).select(
            amount=-nw.col("found"), part=nw.lit("matched returns"), n=nw.lit(1).cast(nw.Int64())
        ),
        returns.select(
            amount=nw.col("amount") + nw.col("found").fill_null(0),
            part=nw.lit("unmatched returns"),
            n=nw.col("found").is_null().cast(nw.Int64()),
        ),
    ]
    sums = (
        nw.concat(parts, how="vertical")
        .group_by("part")
        .agg(rows=whole_sum(nw.col("n")), amount=whole_sum(nw.col("amount")))
    )
    return sums.select("part", "rows", amount=from_units(nw.col("amount")))
