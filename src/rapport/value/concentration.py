"""How much of the revenue the best customers bring."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.record.frames import Frame, as_number, to_units, whole_sum

POINTS = tuple(k / 100 for k in range(101))


def ranked_values(counts: Frame) -> Frame:
    """Return how many customers brought each amount, ranked from the most.

    Parameters
    ----------
    counts
        As `rapport.value.customers.purchase_counts` gives them.

    Returns
    -------
    Frame
        value (net revenue, ten-thousandths), people, people_above, value_above (of customers who
        brought more: how many, and their sum).
    """
    values = (
        counts.select(value=to_units(nw.col("revenue")))
        .group_by("value")
        .agg(people=nw.len())
        .with_columns(sum_here=nw.col("value") * nw.col("people"), rank=-nw.col("value"))
    )
    upto_people = nw.col("people").cum_sum().over(order_by=["rank"]).cast(nw.Int64())
    upto_value = nw.col("sum_here").cum_sum().over(order_by=["rank"]).cast(nw.Int64())
    return values.select(
        "value",
        "people",
        people_above=upto_people - nw.col("people"),
        value_above=upto_value - nw.col("sum_here"),
    )


def top_shares(ranked: Frame, shares: Sequence[float] = POINTS) -> Frame:
    """Return one row: people, value, and what the best part brought (in columns s0, s1, …).

    Exact: where the edge falls among customers who brought the same, the part that is needed of
    them is counted. value and the parts are in currency units; gini is the Gini coefficient
    (Gini 1912; 0 when all bring the same).
    """
    sums = ranked.select(
        all_people=whole_sum(nw.col("people")).fill_null(0),
        all_value=(nw.col("value") * nw.col("people")).sum().cast(nw.Int64()).fill_null(0),
    )
    both = ranked.join(sums, how="cross")
    people, above = (nw.col(name).cast(nw.Float64()) for name in ("people", "people_above"))
    value = nw.col("value").cast(nw.Float64()) / 10_000
    parts = {
        f"s{k}": (
            value
            * nw.max_horizontal(
                nw.min_horizontal(nw.col("all_people") * share - above, people), nw.lit(0.0)
            )
        ).sum()
        for k, share in enumerate(shares)
    }
    # the area under the curve from the best customer to the worst, trapezium by trapezium
    upto = nw.col("value_above").cast(nw.Float64()) / 10_000
    area = (people * (upto + value * people / 2)).sum()
    found = both.select(
        people=nw.col("all_people").max(),
        value=as_number(nw.col("all_value").max()) / 10_000,
        area=area,
        **parts,
    )
    whole = nw.col("people").cast(nw.Float64()) * nw.col("value")
    return found.with_columns(gini=2 * nw.col("area") / whole - 1).drop("area")


def edge_sums(ranked: Frame, share: float) -> Frame:
    """Return one row of sums that tell how sure the share of the best part is.

    Returns
    -------
    Frame
        people, edge (value of the customer at `share` from the top, in currency units), and sums
        over people, with e for what exceeds the edge and v for the value: e, ee, ev, v, vv.
    """
    sums = ranked.select(all_people=whole_sum(nw.col("people")).fill_null(0))
    at_edge = ranked.join(sums, how="cross").filter(
        nw.col("people_above").cast(nw.Float64()) < nw.col("all_people").cast(nw.Float64()) * share
    )
    edge = at_edge.select(edge=nw.col("value").min())
    value = nw.col("value").cast(nw.Float64()) / 10_000
    limit = nw.col("edge").cast(nw.Float64()) / 10_000
    each = ranked.join(edge, how="cross").select(
        n=nw.col("people").cast(nw.Float64()),
        v=value,
        edge=limit,
        e=nw.max_horizontal(value - limit, nw.lit(0.0)),
    )
    n = nw.col("n")
    return each.select(
        people=n.sum(),
        edge=nw.col("edge").max(),
        e=(n * nw.col("e")).sum(),
        ee=(n * nw.col("e") * nw.col("e")).sum(),
        ev=(n * nw.col("e") * nw.col("v")).sum(),
        v=(n * nw.col("v")).sum(),
        vv=(n * nw.col("v") * nw.col("v")).sum(),
    )
