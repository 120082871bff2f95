"""What the comparison reads, made by the engine: customers, their months, their connections."""

from __future__ import annotations

import narwhals as nw

from rapport.engagement.connections import CONTACT
from rapport.record.frames import Frame, distinct, month_number
from rapport.value.purchases import of_known

AMOUNTS = (
    *("margin", "revenue", "orders", "visits", "messages", "praise", "complaints", "reactions"),
    *("referrals", "leaving", "unheard"),
)
"""What is known of people's months."""


def customers(months: Frame, people: Frame, connections: Frame) -> Frame:
    """Return everybody who bought, employees and resellers apart, and who of them is connected.

    Parameters
    ----------
    months
        person_id, orders, …: one row for each person and month.
    people
        person_id, role.
    connections
        person_id, …

    Returns
    -------
    Frame
        person_id, connected (0 or 1).
    """
    bought = distinct(months.filter(nw.col("orders") > 0).select("person_id"))
    ordinary = people.filter(nw.col("role").fill_null("person") == "person").select("person_id")
    ever = distinct(connections.select("person_id")).with_columns(connected=nw.lit(1))
    known = bought.join(ordinary, on="person_id", how="inner")
    return known.join(ever, on="person_id", how="left").select(
        "person_id", connected=nw.col("connected").fill_null(0).cast(nw.Int64())
    )


def monthly(months: Frame, chosen: Frame) -> Frame:
    """Return what the chosen people did: number, month (a number), `AMOUNTS`.

    Parameters
    ----------
    chosen
        person_id, number.
    """
    joined = months.join(chosen, on="person_id", how="inner")
    return joined.select(
        "number",
        *(nw.col(name).cast(nw.Float64()) for name in AMOUNTS),
        month=month_number(nw.col("month")),
    )


def begun(connections: Frame, chosen: Frame) -> Frame:
    """Return when the chosen people connected: number, kind, platform, month (a number).

    Who only filled in a questionnaire has not talked with anybody.
    """
    asked = (nw.col("platform").fill_null("other") == "survey") & (nw.col("kind") == CONTACT)
    known = connections.filter(~nw.col("since").is_null() & ~asked)
    joined = known.join(chosen, on="person_id", how="inner")
    return joined.select(
        "number",
        "kind",
        platform=nw.col("platform").fill_null("other"),
        month=month_number(nw.col("since")),
    )


def levels(level_months: Frame, chosen: Frame) -> Frame:
    """Return how engaged the chosen people were: number, month (a number), level, p_fully."""
    joined = level_months.join(chosen, on="person_id", how="inner")
    return joined.select("number", "level", "p_fully", month=month_number(nw.col("month")))


def worth(lifetime: Frame, chosen: Frame) -> Frame:
    """Return what the chosen people are worth today: number, lifetime_value."""
    joined = lifetime.join(chosen, on="person_id", how="inner")
    return joined.select("number", "lifetime_value")


def named_by(orders: Frame, connections: Frame) -> Frame:
    """Return for each kind of connection and channel how many known orders are by connected people.

    Where nearly all are, it is the connection that gives purchases a name (a loyalty card, say):
    what people bought before it, and what others buy, cannot be seen.

    Returns
    -------
    Frame
        kind, channel, connected (orders of people ever connected so).
    """
    known = of_known(orders).select("person_id", channel=nw.col("channel").fill_null("other"))
    ever = distinct(connections.select("person_id", "kind"))
    joined = known.join(ever, on="person_id", how="inner")
    return joined.group_by("kind", "channel").agg(connected=nw.len().cast(nw.Int64()))


def known_orders(orders: Frame) -> Frame:
    """Return how many orders of known people each channel has: channel, orders."""
    known = of_known(orders).select(channel=nw.col("channel").fill_null("other"))
    return known.group_by("channel").agg(orders=nw.len().cast(nw.Int64()))


def claims(orders: Frame, connections: Frame, terms: Frame) -> Frame:
    """Return the orders that people made while connected, with the share that it caused.

    Parameters
    ----------
    orders
        source, purchase_id, person_id, ordered_on, role, cancelled.
    connections
        Of the kind that was measured: person_id, since, until.
    terms
        One row: cause, share, low, high, grade.
    """
    spans = connections.group_by("person_id").agg(
        since=nw.col("since").min(),
        until=nw.col("until").max(),
        lasting=nw.col("until").is_null().cast(nw.Int64()).max(),
    )
    known = of_known(orders).select("source", "purchase_id", "person_id", "ordered_on")
    joined = known.join(spans, on="person_id", how="inner")
    within = (nw.col("ordered_on") > nw.col("since")) & (
        (nw.col("lasting") == 1) | (nw.col("ordered_on") < nw.col("until"))
    )
    kept = joined.filter(within).select("source", "purchase_id", "person_id", one=nw.lit(1))
    with_terms = kept.join(terms.with_columns(one=nw.lit(1)), on="one", how="inner")
    return with_terms.select(
        *("cause", "person_id", "source", "purchase_id", "share", "low", "high", "grade")
    )
