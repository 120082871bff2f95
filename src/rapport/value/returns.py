"""Which order a return or cancellation takes back.

A return of a known customer is matched, in this order, to

1. a line of the same product, quantity and amount,
2. lines of the same product, unit by unit,
3. where no product is named: an order of the same amount, then orders of the same customer by
   money,

always to the latest that was placed before the return and is not taken back already (last in,
first out). What finds no earlier order stays unmatched and reduces none.

Both halves of last-in-first-out need running sums only. Going forward, a return is unmatched as
far as it takes the stock below zero; going backward, a sale is kept as far as it exceeds the
returns still waiting. The matched units of both sides, numbered in time, then belong together
one to one: the n-th unit taken back was always sold before the n-th return.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.record.frames import Frame, Keep, as_is, distinct, running_sum, whole_sum
from rapport.value.lines import LINE

_ORDER = ("ordered_on", "side", "purchase_id", "line", "source")
_SALE, _RETURN = 0, 1  # at one instant the sale comes first


def matched_returns(lines: Frame, *, keep: Keep = as_is) -> Frame:
    """Return which return takes back how much of which order.

    Parameters
    ----------
    lines
        As `rapport.value.lines.lines` gives them.
    keep
        `Engine.cache`: the matching reads its own intermediate frames several times, and without
        it each is computed anew, slowly.

    Returns
    -------
    Frame
        source, purchase_id (of the order), return_source, return_purchase_id, return_line,
        returned_on (day), refund (ten-thousandths of the currency, positive).
    """
    known = lines.filter(~nw.col("person_id").is_null())
    returns = keep(
        known.filter(nw.col("kind") == "return").with_columns(
            amount=-nw.col("amount"), by_item=_names_item()
        )
    )
    buyers = distinct(returns.select("person_id"))
    sales = keep(
        known.filter(nw.col("kind") == "sale")
        .join(buyers, on="person_id", how="semi")
        .with_columns(by_item=_names_item())
    )
    of_goods = keep(_of_goods(sales, returns, keep))
    of_money = _of_money(sales, of_goods, returns, keep)
    return nw.concat([of_goods, of_money], how="vertical")


def _names_item() -> nw.Expr:
    return ~nw.col("item").is_null() & (nw.col("size") > 0)


def _of_goods(sales: Frame, returns: Frame, keep: Keep) -> Frame:
    within = ["person_id", "item"]
    returns = returns.filter(nw.col("by_item"))
    some = sales.filter(nw.col("by_item")).join(
        distinct(returns.select(*within)), on=within, how="semi"
    )
    return _in_two_rounds(some, returns, within, "size", keep)


def _of_money(sales: Frame, of_goods: Frame, returns: Frame, keep: Keep) -> Frame:
    within = ["person_id"]
    returns = returns.filter(~nw.col("by_item") & (nw.col("amount") > 0))
    some = sales.join(distinct(returns.select(*within)), on=within, how="semi")
    return _in_two_rounds(_open_orders(some, of_goods), returns, within, "amount", keep)


def _in_two_rounds(sales: Frame, returns: Frame, within: list[str], size: str, keep: Keep) -> Frame:
    """Match what is alike as a whole first, then the rest unit by unit."""
    sales = keep(sales)
    alike = [*within, *sorted({size, "amount"})]
    same = keep(_matched(_by_one(sales, alike), _by_one(returns, alike), _keys(alike), keep))
    left = sales.join(_sold(same), on=list(LINE), how="anti")
    back = returns.join(_returned(same), on=list(LINE), how="anti")
    rest = _matched(_sized(left, within, size), _sized(back, within, size), within, keep)
    return nw.concat([_shown(same), _shown(rest)], how="vertical")


def _open_orders(sales: Frame, of_goods: Frame) -> Frame:
    """Return each order with what is left of its amount after what was returned already."""
    order = ["source", "purchase_id"]
    taken = of_goods.group_by(*order).agg(taken=whole_sum(nw.col("refund")))
    orders = (
        sales.filter(~nw.col("cancelled"))
        .group_by(*order, "person_id")
        .agg(
            ordered_on=nw.col("ordered_on").min(),
            day=nw.col("day").min(),
            gross=whole_sum(nw.col("amount") - nw.col("refunded")),
        )
    )
    left = orders.join(taken, on=order, how="left").with_columns(
        amount=nw.col("gross") - nw.col("taken").fill_null(0), line=nw.lit(0).cast(nw.Int64())
    )
    return left.filter(nw.col("amount") > 0)


def _keys(names: Sequence[str]) -> list[str]:
    return [f"{name}_key" if name in {"size", "amount"} else name for name in names]


def _by_one(rows: Frame, within: Sequence[str]) -> Frame:
    """Return rows that match as a whole or not at all: the size of each is one."""
    keys = {f"{name}_key": nw.col(name) for name in within if name in {"size", "amount"}}
    one = nw.lit(1).cast(nw.Int64())
    return _events(rows.with_columns(units=one, **keys), _keys(within))


def _sized(rows: Frame, within: Sequence[str], size: str) -> Frame:
    return _events(rows.with_columns(units=nw.col(size)), within)


def _events(rows: Frame, within: Sequence[str]) -> Frame:
    return rows.select(*within, *LINE, "ordered_on", "day", "amount", "units")


def _matched(sales: Frame, returns: Frame, within: Sequence[str], keep: Keep) -> Frame:
    """Return pairs of sale and return with the units that belong together.

    The units of a return are counted from zero: `first` to `last` are those of the pair.
    """
    both = nw.concat(
        [
            sales.with_columns(side=nw.lit(_SALE).cast(nw.Int64())),
            returns.with_columns(side=nw.lit(_RETURN).cast(nw.Int64())),
        ],
        how="vertical",
    )
    met = keep(_numbered(_met(both, within), within))
    is_sale = nw.col("side") == _SALE
    sold = met.filter(is_sale).select(
        *within, *LINE, start=nw.col("until") - nw.col("met"), end=nw.col("until")
    )
    back = met.filter(~is_sale).select(
        *within,
        "amount",
        "units",
        return_source=nw.col("source"),
        return_purchase_id=nw.col("purchase_id"),
        return_line=nw.col("line"),
        returned_on=nw.col("day"),
        begin=nw.col("until") - nw.col("met"),
        stop=nw.col("until"),
    )
    pairs = sold.join(back, on=list(within), how="inner").with_columns(
        first=nw.max_horizontal("start", "begin") - nw.col("begin"),
        last=nw.min_horizontal("end", "stop") - nw.col("begin"),
    )
    return pairs.filter(nw.col("first") < nw.col("last"))


def _met(events: Frame, within: Sequence[str]) -> Frame:
    """Return the events with how many units of each find their counterpart."""
    order = list(_ORDER)
    signed = nw.when(nw.col("side") == _SALE).then(nw.col("units")).otherwise(-nw.col("units"))
    flowing = events.with_columns(flow=signed).with_columns(
        before=running_sum(nw.col("flow"), within, order),
        all_flow=whole_sum(nw.col("flow")).over(*within),
    )
    zero = nw.lit(0).cast(nw.Int64())
    deficits = flowing.with_columns(
        short=nw.max_horizontal((-nw.col("before")).cum_max().over(*within, order_by=order), zero),
        over=nw.max_horizontal(
            (nw.col("all_flow") - nw.col("before") + nw.col("flow"))
            .cum_max(reverse=True)
            .over(*within, order_by=order),
            zero,
        ),
    )
    # the running deficit grows at a return by what has no sale, and (seen from the end) at a
    # sale by what has no return
    alone = (
        nw.when(nw.col("side") == _SALE)
        .then(nw.col("over") - nw.col("over").shift(-1).over(*within, order_by=order).fill_null(0))
        .otherwise(
            nw.col("short") - nw.col("short").shift(1).over(*within, order_by=order).fill_null(0)
        )
    )
    return deficits.with_columns(alone=alone).with_columns(met=nw.col("units") - nw.col("alone"))


def _numbered(events: Frame, within: Sequence[str]) -> Frame:
    met = events.filter(nw.col("met") > 0)
    return met.with_columns(until=running_sum(nw.col("met"), [*within, "side"], _ORDER))


def _sold(pairs: Frame) -> Frame:
    return distinct(pairs.select(*LINE))


def _returned(pairs: Frame) -> Frame:
    return distinct(
        pairs.select(
            source=nw.col("return_source"),
            purchase_id=nw.col("return_purchase_id"),
            line=nw.col("return_line"),
        )
    )


def _shown(pairs: Frame) -> Frame:
    """Return the pairs with their money: the return's own amount, split so that it adds up."""
    whole = nw.col("amount").cast(nw.Float64()) / nw.col("units").cast(nw.Float64())
    upto_last = (whole * nw.col("last") + 0.5).floor().cast(nw.Int64())
    upto_first = (whole * nw.col("first") + 0.5).floor().cast(nw.Int64())
    return pairs.select(
        "source",
        "purchase_id",
        "return_source",
        "return_purchase_id",
        "return_line",
        "returned_on",
        refund=upto_last - upto_first,
    )
