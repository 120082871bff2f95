"""Customers by history: the small tables that forecasts work on, and the way back to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import narwhals as nw

from rapport.estimate import EDGE
from rapport.record.frames import Frame, as_number, days_between, distinct, quantile

HISTORY = ("frequency", "recency_days", "age_days", "valued")


def histories(customers: Frame) -> Frame:
    """Return how many customers share each history: all that a forecast of purchases needs.

    Returns
    -------
    Frame
        frequency, recency_days, age_days, valued (repeat buying days with a value), people,
        mean_sum (sum over people of the mean value of those days).
    """
    return customers.group_by(*HISTORY).agg(
        people=nw.len(), mean_sum=nw.col("mean_value").fill_null(0.0).sum()
    )


def spends(customers: Frame) -> Frame:
    """Return how many customers share each mean value, to the hundredth of a currency unit.

    Returns
    -------
    Frame
        valued, mean_value, people; customers without a repeat purchase of value are left out.
    """
    hundredths = (nw.col("mean_value") * 100 + 0.5).floor() / 100
    return (
        customers.filter(nw.col("valued") > 0, nw.col("mean_value") > 0)
        .with_columns(mean_value=hundredths)
        .group_by("valued", "mean_value")
        .agg(people=nw.len())
    )


def lifetimes(customers: Frame, outlooks: Frame, spending: Mapping[str, float]) -> Frame:
    """Return each customer's outlook: the value of their history joined back to them.

    Parameters
    ----------
    customers
        One row a customer, with the columns of `HISTORY` and mean_value.
    outlooks
        One row a history: `HISTORY`, alive, expected_orders (within a year), purchases
        (discounted, within the horizon), error (relative, of the value).
    spending
        p, q and v of a Gamma-Gamma model (Fader, Hardie & Lee 2005, "RFM and CLV", eq. 5).
    """
    p, q, v = spending["p"], spending["q"], spending["v"]
    seen = nw.col("valued").cast(nw.Float64())
    mean = nw.col("mean_value").fill_null(0.0)
    spend = p * (v + seen * mean) / (p * seen + (q - 1))
    joined = customers.join(outlooks, on=list(HISTORY), how="inner")
    valued = joined.with_columns(lifetime_value=nw.col("purchases") * spend)
    half = EDGE * nw.col("error")
    return valued.select(
        "person_id",
        "frequency",
        "recency_days",
        "age_days",
        "orders",
        "revenue",
        "last_order",
        "alive",
        "expected_orders",
        "lifetime_value",
        low=nw.col("lifetime_value") * (-half).exp(),
        high=nw.col("lifetime_value") * half.exp(),
    )


def drifting(lifetime: Frame, orders: Frame) -> Frame:
    """Return repeat customers who are more likely gone than not, with what they used to bring.

    Returns
    -------
    Frame
        person_id, last_order, orders, usual_gap_days (mean days between buying days),
        silent_days, alive, value_at_risk (net revenue in the year that ended with their last
        order), lifetime_value.
    """
    gone = lifetime.filter(nw.col("frequency") >= 2, nw.col("alive") < 0.5)
    bought = orders.select("person_id", "day", net=as_number(nw.col("net")))
    last_year = (
        bought.join(gone.select("person_id", "last_order"), on="person_id", how="inner")
        .filter(days_between(nw.col("day"), nw.col("last_order")) < 365)
        .group_by("person_id")
        .agg(value_at_risk=nw.col("net").sum())
    )
    return gone.join(last_year, on="person_id", how="inner").select(
        "person_id",
        "last_order",
        "orders",
        "alive",
        "value_at_risk",
        "lifetime_value",
        usual_gap_days=nw.col("recency_days").cast(nw.Float64()) / nw.col("frequency"),
        silent_days=nw.col("age_days") - nw.col("recency_days"),
    )


def best_tenth(lifetime: Frame) -> Frame:
    """Return one row: value (of all), best (of the tenth of customers worth most), people."""
    edge = lifetime.select(edge=quantile(nw.col("lifetime_value"), 0.9))
    marked = lifetime.join(edge, how="cross").with_columns(
        top=nw.when(nw.col("lifetime_value") >= nw.col("edge"))
        .then(nw.col("lifetime_value"))
        .otherwise(0.0)
    )
    return marked.select(
        value=nw.col("lifetime_value").sum(), best=nw.col("top").sum(), people=nw.len()
    )


def weekly(orders: Frame, first_day: dt.date) -> Frame:
    """Return, week by week from `first_day`, first buying days and repeat buying days.

    Returns
    -------
    Frame
        week (0, 1, …), born (customers who bought for the first time), repeats (buying days of
        customers after their first; two orders on one day count as one).
    """
    days = distinct(orders.select("person_id", "day"))
    first = days.group_by("person_id").agg(first=nw.col("day").min())
    marked = days.join(first, on="person_id", how="inner").select(
        week=days_between(nw.lit(first_day), nw.col("day")) // 7,
        born=(nw.col("day") == nw.col("first")).cast(nw.Int64()),
        again=(nw.col("day") != nw.col("first")).cast(nw.Int64()),
    )
    return marked.group_by("week").agg(born=nw.col("born").sum(), repeats=nw.col("again").sum())
