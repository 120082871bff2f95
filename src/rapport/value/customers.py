"""How often, how lately and for how much each customer buys."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.record.frames import Frame, as_number, day_number, total, weeks, whole_sum
from rapport.value.purchases import of_known


def buying_days(orders: Frame) -> Frame:
    """Return one row for each customer and day with a purchase.

    Two orders on one day count as one (Fader, Hardie & Lee 2005, section 2). Days are those of the
    brand's time zone.

    Returns
    -------
    Frame
        person_id, day, number (of the day, as Python's `date.toordinal`), orders, net (money).
    """
    by_day = (
        of_known(orders).group_by("person_id", "day").agg(orders=nw.len(), net=total(nw.col("net")))
    )
    return by_day.with_columns(number=day_number(nw.col("day")))


def purchase_counts(orders: Frame, until: dt.date) -> Frame:
    """Return frequency, recency, age and value of each customer on the day `until`.

    Purchases after that day are not seen. All counts are of buying days.

    Returns
    -------
    Frame
        person_id; frequency (repeat buying days); recency_days (from the first buying day to the
        last), age_days (from the first to `until`), and both as `recency` and `age` in weeks;
        first_day, last_day; orders; net (money, in total); first_net (on the first day); value
        (mean net of a repeat buying day, null without one: what Gamma-Gamma needs, Fader & Hardie
        2013, "The Gamma-Gamma Model of Monetary Value").
    """
    return _counts(buying_days(orders).filter(nw.col("number") <= until.toordinal()), until)


def holdout_counts(orders: Frame, until: dt.date, days: int) -> Frame:
    """Return the counts on the day `until` and what each customer did in the `days` after it.

    Returns
    -------
    Frame
        The columns of `purchase_counts`, then holdout_frequency (buying days after `until`, up to
        and with `until` + `days`) and holdout_net (money).
    """
    end = until.toordinal() + days
    by_day = buying_days(orders).filter(nw.col("number") <= end)
    seen = _counts(by_day.filter(nw.col("number") <= until.toordinal()), until)
    after = (
        by_day.filter(nw.col("number") > until.toordinal())
        .group_by("person_id")
        .agg(later=nw.len(), later_net=total(nw.col("net")))
    )
    joined = seen.join(after, on="person_id", how="left")
    return joined.with_columns(
        holdout_frequency=nw.col("later").fill_null(0),
        holdout_net=nw.col("later_net").fill_null(0),
    ).drop("later", "later_net")


def grouped(counts: Frame) -> Frame:
    """Return how many people share each (frequency, recency, age): all that a fit needs.

    Where the counts have a holdout, people who differ there stay apart.

    Returns
    -------
    Frame
        frequency, recency_days, age_days, recency, age (weeks), people.
    """
    held = [name for name in ("holdout_frequency",) if name in counts.collect_schema().names()]
    cells = counts.group_by("frequency", "recency_days", "age_days", *held).agg(people=nw.len())
    return cells.with_columns(recency=weeks(nw.col("recency_days")), age=weeks(nw.col("age_days")))


def grouped_values(counts: Frame) -> Frame:
    """Return how many repeat customers share each (frequency, mean value): for Gamma-Gamma.

    Customers whose repeat days brought nothing are left out: that model knows positive money only.

    Returns
    -------
    Frame
        frequency, value, people.
    """
    spent = counts.filter((nw.col("frequency") > 0) & (nw.col("value") > 0))
    return spent.group_by("frequency", "value").agg(people=nw.len())


def _counts(by_day: Frame, until: dt.date) -> Frame:
    firsts = by_day.with_columns(first=nw.col("number").min().over("person_id"))
    on_first = nw.col("number") == nw.col("first")
    spans = (
        firsts.with_columns(opening=nw.when(on_first).then(nw.col("net")).otherwise(0))
        .group_by("person_id")
        .agg(
            days=nw.len(),
            first=nw.col("number").min(),
            last=nw.col("number").max(),
            first_day=nw.col("day").min(),
            last_day=nw.col("day").max(),
            orders=whole_sum(nw.col("orders")),
            net=total(nw.col("net")),
            first_net=total(nw.col("opening")),
        )
    )
    measured = spans.with_columns(
        frequency=nw.col("days") - 1,
        recency_days=nw.col("last") - nw.col("first"),
        age_days=until.toordinal() - nw.col("first"),
    )
    repeat = as_number(nw.col("net")) - as_number(nw.col("first_net"))
    return measured.select(
        "person_id",
        "frequency",
        "recency_days",
        "age_days",
        "first_day",
        "last_day",
        "orders",
        "net",
        "first_net",
        recency=weeks(nw.col("recency_days")),
        age=weeks(nw.col("age_days")),
        value=nw.when(nw.col("frequency") > 0).then(
            repeat / nw.col("frequency").cast(nw.Float64())
        ),
    )
