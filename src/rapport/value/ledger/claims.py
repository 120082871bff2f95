"""Each order's margin, credited at most once: claims by precedence, the rest is baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import narwhals as nw

from rapport.record.frames import Frame, as_number, from_units, to_units
from rapport.value.ledger.causes import (
    APART,
    BASELINE,
    CANCELLED,
    CAUSES,
    LOSS,
    NOBODY,
    UNPRICED,
)

ORDER = ["source", "purchase_id"]
ENDS = ("share", "low", "high")
CLAIMED = (BASELINE, LOSS, NOBODY)
"""Orders that a cause may be credited with: neither cancelled, nor apart, nor without a margin."""


def order_margins(orders: Frame, share: float | None) -> Frame:
    """Return the margin of every order in ten-thousandths, and what its rest is called.

    Parameters
    ----------
    orders
        As the step `buying` writes them: margin may be null.
    share
        The margin that is set for orders whose own is not known; None for none.

    Returns
    -------
    Frame
        source, purchase_id, person_id, day, part (one of `rapport.value.ledger.causes.RESTS`),
        units (whole; zero where the margin is unknown), refunded (whole, money paid back).
    """
    own = to_units(nw.col("margin"))
    if share is not None:
        scaled = (as_number(to_units(nw.col("net"))) * share + 0.5).floor().cast(nw.Int64())
        own = nw.when(nw.col("margin").is_null()).then(scaled).otherwise(own)
    priced = orders.with_columns(units=own)
    part = (
        nw.when(nw.col("cancelled"))
        .then(nw.lit(CANCELLED))
        .when(~nw.col("role").is_null())
        .then(nw.lit(APART))
        .when(nw.col("units").is_null())
        .then(nw.lit(UNPRICED))
        .when(nw.col("person_id").is_null())
        .then(nw.lit(NOBODY))
        .when(nw.col("units") < 0)
        .then(nw.lit(LOSS))
        .otherwise(nw.lit(BASELINE))
    )
    return priced.select(
        *ORDER,
        "person_id",
        "day",
        part=part,
        units=nw.col("units").fill_null(0),
        refunded=to_units(nw.col("refund").fill_null(0)),
    )


def claims_by_order(claims: Mapping[str, Frame]) -> Frame:
    """Return the share of each order that each cause claims, one row an order.

    Several claims of one cause on one order are added; no cause claims more than the whole order,
    or takes away more than the whole. A claim without a share says nothing, and is left out.

    Parameters
    ----------
    claims
        By the key of a cause: source, purchase_id, share, low, high. Not empty.

    Returns
    -------
    Frame
        source, purchase_id, and for each cause share_KEY, low_KEY, high_KEY (0 without a claim).
    """
    told = [_told(frame).with_columns(key=nw.lit(key)) for key, frame in claims.items()]
    every = nw.concat(told, how="vertical")
    split = every.select(
        *ORDER,
        **{
            f"{end}_{cause.key}": nw.when(nw.col("key") == cause.key)
            .then(nw.col(end))
            .otherwise(0.0)
            for cause in CAUSES
            for end in ENDS
        },
    )
    names = [f"{end}_{cause.key}" for cause in CAUSES for end in ENDS]
    sums = split.group_by(*ORDER).agg(**{name: nw.col(name).sum() for name in names})
    return sums.select(*ORDER, **{name: nw.col(name).clip(-1.0, 1.0) for name in names})


def credited(margins: Frame, shares: Frame | None) -> Frame:
    """Return what each cause is credited with of every order; the rest belongs to nobody.

    A cause takes its share of what those before it have left, rounded to the ten-thousandth, so
    credits and rest add up to the margin whatever is claimed, and no more is credited than there
    is. A negative claim (margin that the cause cost) takes nothing from what is left to others:
    the rest makes up for it. Orders that are cancelled, apart or without a margin are credited to
    nothing.

    Parameters
    ----------
    margins
        As `order_margins` gives them.
    shares
        As `claims_by_order` gives them; None where nothing is claimed.

    Returns
    -------
    Frame
        The columns of `margins`; for each cause share_KEY, low_KEY, high_KEY (of what was left),
        left_KEY (what was left before it) and credit_KEY (ten-thousandths); rest.
    """
    names = [f"{end}_{cause.key}" for cause in CAUSES for end in ENDS]
    if shares is None:
        made = margins.with_columns(nw.lit(0.0).alias(name) for name in names)
    else:
        open_to = nw.col("part").is_in(list(CLAIMED))
        joined = margins.join(shares, on=ORDER, how="left")
        made = joined.with_columns(
            nw.when(open_to).then(nw.col(name)).otherwise(0.0).fill_null(0.0).alias(name)
            for name in names
        )
    made = made.with_columns(left=nw.col("units"), rest=nw.col("units"))
    for cause in CAUSES:
        made = _taken(made, cause.key)
    return made.drop("left")


def _taken(orders: Frame, key: str) -> Frame:
    """Return the orders after one cause has taken its share of what was left."""
    share, left = nw.col(f"share_{key}"), nw.col("left")
    part = (share * as_number(left) + 0.5).floor().cast(nw.Int64())
    credit = nw.when(share == 0.0).then(nw.lit(0).cast(nw.Int64())).otherwise(part)
    took = orders.with_columns(left.alias(f"left_{key}"), credit.alias(f"credit_{key}"))
    credit = nw.col(f"credit_{key}")
    return took.with_columns(
        left=nw.when(share > 0.0).then(left - credit).otherwise(left),
        rest=nw.col("rest") - credit,
    )


def ledger_orders(parted: Frame) -> Frame:
    """Return one row for each order and cause that is credited with a part of it, and the rest.

    Parameters
    ----------
    parted
        As `credited` gives them.

    Returns
    -------
    Frame
        source, purchase_id, person_id, day, period (the calendar year, as text), cause (of
        `CAUSES`, or what the rest is called), credited (money), low, high (of what is credited;
        the rest's range holds those of all causes, taken as independent), rule. The parts of an
        order add up to its margin.
    """
    who = ("person_id", "day")
    year = nw.col("day").dt.year().cast(nw.String())
    parts = [
        parted.filter(nw.col(f"credit_{cause.key}") != 0).select(
            *ORDER,
            *who,
            period=year,
            cause=nw.lit(cause.name),
            credited=from_units(nw.col(f"credit_{cause.key}")),
            low=_end(cause.key, nw.min_horizontal),
            high=_end(cause.key, nw.max_horizontal),
            rule=nw.lit(cause.rule),
        )
        for cause in CAUSES
    ]
    below, above = _beyond(upper=True).sqrt(), _beyond(upper=False).sqrt()
    rest = as_number(nw.col("rest"))
    parts.append(
        parted.select(
            *ORDER,
            *who,
            period=year,
            cause=nw.col("part"),
            credited=from_units(nw.col("rest")),
            low=_money(rest - below),
            high=_money(rest + above),
            rule=nw.lit("rest"),
        )
    )
    return nw.concat(parts, how="vertical")


def _end(key: str, of: Callable[..., nw.Expr]) -> nw.Expr:
    """Return one end of a credit's range; for an order sold at a loss the ends change places."""
    left, credit = as_number(nw.col(f"left_{key}")), as_number(nw.col(f"credit_{key}"))
    return _money(of(nw.col(f"low_{key}") * left, nw.col(f"high_{key}") * left, credit))


def _beyond(*, upper: bool) -> nw.Expr:
    """Return the sum of squares of how far the causes' credits may be off, up or down."""
    end = "high" if upper else "low"
    squares = [
        ((nw.col(f"{end}_{c.key}") - nw.col(f"share_{c.key}")) * as_number(nw.col(f"left_{c.key}")))
        ** 2
        for c in CAUSES
    ]
    return nw.sum_horizontal(*squares)


def _money(units: nw.Expr) -> nw.Expr:
    return from_units((units + 0.5).floor().cast(nw.Int64()))


def _told(frame: Frame) -> Frame:
    """Return the claims that say something, their range around their share."""
    share = nw.col("share").cast(nw.Float64())
    known = frame.filter(~nw.col("share").is_null()).filter(~share.is_nan())
    low, high = (nw.col(end).cast(nw.Float64()).fill_null(share) for end in ("low", "high"))
    return known.select(
        *ORDER,
        share=share,
        low=nw.min_horizontal(low, share),
        high=nw.max_horizontal(high, share),
    )
