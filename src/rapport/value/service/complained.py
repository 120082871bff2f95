"""Customers who complained, whether they were answered, and what they bought from then on.

Whether somebody was answered is looked at on a fixed day after the complaint, and buying counts
from that day on for all alike (the landmark method, Anderson, Cain & Gelber 1983).
"""

from __future__ import annotations

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.outcomes import FAST, LANDMARK, NEVER, SLOW
from rapport.listening.answering.waits import HIDDEN
from rapport.record.frames import Frame, day_number, distinct, row_number

COMPLAINTS = ("complaint", "leaving")
HISTORY = ("prior", "recency")
ANSWER = ("answered", "public")
"""What sets answers apart: how soon, and whether the complaint was one that all could read. Who
complains in public often wants less than who writes to the firm, and is lost less easily."""
MOST_TIMES = 4


def complaints(requests: Frame, fast_hours: float, kinds: tuple[str, ...] = COMPLAINTS) -> Frame:
    """Return the complaints of people who are known, and how each was answered.

    Parameters
    ----------
    requests
        The result table of that name; requests whose answer is hidden are left out.
    kinds
        Which kinds count; none for all requests, where nobody told the kinds apart.

    Returns
    -------
    Frame
        person_id, request_id, opened_on, opened (day number), public (1 when all could read it),
        answered: "fast" (within
        `fast_hours`), "slow" (within `LANDMARK` days), "never" (not by then).
    """
    waited = seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))
    fast = (waited <= int(fast_hours * 3600)).fill_null(False)
    slow = (waited <= LANDMARK * 86_400).fill_null(False)
    known = requests.filter(~nw.col("person_id").is_null() & (nw.col("state") != HIDDEN))
    if kinds:
        known = known.filter(nw.col("kind").is_in(list(kinds)))
    return known.select(
        "person_id",
        "request_id",
        "opened_on",
        "public",
        opened=day_number(nw.col("opened_on")),
        answered=nw.when(fast)
        .then(nw.lit(FAST))
        .otherwise(nw.when(slow).then(nw.lit(SLOW)).otherwise(nw.lit(NEVER))),
    )


def first_of_each(complaints: Frame) -> Frame:
    """Return each person's first complaint: person_id, opened, public, answered."""
    ranked = complaints.with_columns(place=row_number(["person_id"], ["opened_on", "request_id"]))
    return ranked.filter(nw.col("place") == 1).select("person_id", "opened", "public", "answered")


def answers_given(complaints: Frame) -> Frame:
    """Return the complaints that were answered, a day's only once.

    Returns
    -------
    Frame
        person_id, opened, and of each person's first one: answered, public.
    """
    given = complaints.filter(nw.col("answered") != NEVER)
    first = first_of_each(given).select("person_id", "answered", "public")
    return distinct(given.select("person_id", "opened")).join(first, on="person_id", how="inner")


def histories(complained: Frame, gains: Frame) -> Frame:
    """Return the complaints of customers, with what they had bought before.

    Returns
    -------
    Frame
        person_id, opened, public, answered, prior (buying days before: "1", "2-3", "4+"), recency
        (days since the last: "30", "180", "older"); who had not bought before is left out.
    """
    days = distinct(gains.select("person_id", "number"))
    before = complained.join(days, on="person_id", how="inner").filter(
        nw.col("number") <= nw.col("opened")
    )
    told = before.group_by("person_id", "opened", "public", "answered").agg(
        times=nw.len(), last=nw.col("number").max()
    )
    since = nw.col("opened") - nw.col("last")
    several = nw.when(nw.col("times") >= 4).then(nw.lit("4+")).otherwise(nw.lit("2-3"))
    far = nw.when(since <= 180).then(nw.lit("180")).otherwise(nw.lit("older"))
    return told.select(
        "person_id",
        "opened",
        "public",
        "answered",
        prior=nw.when(nw.col("times") == 1).then(nw.lit("1")).otherwise(several),
        recency=nw.when(since <= 30).then(nw.lit("30")).otherwise(far),
    )


def buying_cells(histories: Frame, gains: Frame, until: int) -> Frame:
    """Return how much people of one history bought after the landmark, by how they were answered.

    Returns
    -------
    Frame
        answered, public, prior, recency, people, days (watched after the landmark), orders, and
        the sums of their products: orders_2, days_2, both.
    """
    start = nw.col("opened") + LANDMARK
    watched = histories.filter(start < until).with_columns(days=until - start)
    later = (
        watched.select("person_id", "opened")
        .join(gains.select("person_id", "number"), on="person_id", how="inner")
        .filter((nw.col("number") > nw.col("opened") + LANDMARK) & (nw.col("number") <= until))
        .group_by("person_id")
        .agg(orders=nw.len())
    )
    joined = watched.join(later, on="person_id", how="left").with_columns(
        nw.col("orders").fill_null(0).cast(nw.Float64()), nw.col("days").cast(nw.Float64())
    )
    products = joined.with_columns(
        orders_2=nw.col("orders") * nw.col("orders"),
        days_2=nw.col("days") * nw.col("days"),
        both=nw.col("orders") * nw.col("days"),
    )
    names = ("days", "orders", "orders_2", "days_2", "both")
    return products.group_by(*ANSWER, *HISTORY).agg(
        nw.len().cast(nw.Int64()).alias("people"), *(nw.col(name).sum() for name in names)
    )


def later_orders(given: Frame, gains: Frame) -> Frame:
    """Return the orders after a complaint was answered.

    Parameters
    ----------
    given
        As `answers_given` gives them.

    Returns
    -------
    Frame
        person_id, source, purchase_id, gain, answered, public, times (how many answers came before,
        at most `MOST_TIMES`).
    """
    joined = gains.join(given, on="person_id", how="inner").filter(
        nw.col("number") > nw.col("opened") + LANDMARK
    )
    each = joined.group_by("person_id", "source", "purchase_id", *ANSWER).agg(
        gain=nw.col("gain").max(), many=nw.len().cast(nw.Int64())
    )
    several = nw.when(nw.col("many") > MOST_TIMES).then(nw.lit(MOST_TIMES))
    return each.with_columns(times=several.otherwise(nw.col("many")).cast(nw.Int64())).drop("many")


def later_sums(later: Frame) -> Frame:
    """Return what came in after answers, each person's orders after so many answers together.

    Returns
    -------
    Frame
        answered, public, times, people, orders, gain, squares (of what each person brought).
    """
    keys = (*ANSWER, "times")
    each = later.group_by("person_id", *keys).agg(orders=nw.len(), gain=nw.col("gain").sum())
    marked = each.with_columns(square=nw.col("gain") * nw.col("gain"))
    return marked.group_by(*keys).agg(
        people=nw.len().cast(nw.Int64()),
        orders=nw.col("orders").sum().cast(nw.Int64()),
        gain=nw.col("gain").sum(),
        squares=nw.col("square").sum(),
    )


def worth_ahead(given: Frame, lifetime: Frame) -> Frame:
    """Return the lifetime value still to come of people who were answered: by `ANSWER`, value."""
    joined = distinct(given.select("person_id", *ANSWER)).join(
        lifetime.select("person_id", "lifetime_value"), on="person_id", how="inner"
    )
    return joined.group_by(*ANSWER).agg(value=nw.col("lifetime_value").sum())


def claims(later: Frame, shares: Frame) -> Frame:
    """Return the orders after an answer with the share that the answer kept.

    Parameters
    ----------
    shares
        answered, public, times, share: small, from the driver.
    """
    return later.join(shares, on=[*ANSWER, "times"], how="inner").select(
        "person_id", "source", "purchase_id", "gain", "share"
    )
