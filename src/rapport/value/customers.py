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

    Purchases after that day are not seen. All counts but `orders` are of buying days.

    Returns
    -------
    Frame
        person_id; frequency (repeat buying days); recency_days (from the first buying day to the
        last) and age_days (from the first to `until`), and both as `recency` and `age` in weeks;
        valued (repeat buying days that brought money) and mean_value (the mean net revenue of
        those, null without one: what Gamma-Gamma needs, Fader & Hardie 2013, "The Gamma-Gamma
        Model of Monetary Value"); first_order, last_order (days); orders; revenue (net, money)
        and first_revenue (of the first day).
    """
    return counts_of(buying_days(orders), until)


def holdout_counts(orders: Frame, until: dt.date, days: int) -> Frame:
    """Return the counts on the day `until` and what each customer did in the `days` after it.

    Returns
    -------
    Frame
        The columns of `purchase_counts`, then holdout (buying days after `until`, up to and with
        `until` + `days`) and holdout_revenue (money).
    """
    return holdout_of(buying_days(orders), until, days)


def holdout_of(buying_days: Frame, until: dt.date, days: int) -> Frame:
    """Return what `holdout_counts` does, from buying days that are at hand."""
    end = until.toordinal() + days
    by_day = buying_days.filter(nw.col("number") <= end)
    seen = counts_of(by_day, until)
    after = (
        by_day.filter(nw.col("number") > until.toordinal())
        .group_by("person_id")
        .agg(later=nw.len(), later_net=total(nw.col("net")))
    )
    joined = seen.join(after, on="person_id", how="left")
    return joined.with_columns(
        holdout=nw.col("later").fill_null(0), holdout_revenue=nw.col("later_net").fill_null(0)
    ).drop("later", "later_net")


def in_weeks(cells: Frame) -> Frame:
    """Return grouped holdout counts with recency and age rounded up to whole weeks, in days.

    A year of days gives half a million histories; in weeks, which the literature counts in, it
    gives ten thousand, enough to compare models by.
    """
    rounded = cells.with_columns(
        recency_days=(nw.col("recency_days") + 6) // 7 * 7,
        age_days=(nw.col("age_days") + 6) // 7 * 7,
    )
    return rounded.group_by("frequency", "recency_days", "age_days", "holdout").agg(
        people=whole_sum(nw.col("people"))
    )


def grouped(counts: Frame) -> Frame:
    """Return how many people share each (frequency, recency, age): all that a fit needs.

    Where the counts have a holdout, people who differ there stay apart.

    Returns
    -------
    Frame
        frequency, recency_days, age_days, holdout (where the counts have it), people.
    """
    held = [name for name in counts.collect_schema().names() if name == "holdout"]
    return counts.group_by("frequency", "recency_days", "age_days", *held).agg(people=nw.len())


def counts_of(buying_days: Frame, until: dt.date) -> Frame:
    """Return what `purchase_counts` does, from buying days that are at hand."""
    by_day = buying_days.filter(nw.col("number") <= until.toordinal())
    firsts = by_day.with_columns(first=nw.col("number").min().over("person_id"))
    later = nw.col("number") > nw.col("first")
    paid = later & (nw.col("net") > 0)
    spans = (
        firsts.with_columns(
            opening=nw.when(later).then(nw.lit(0)).otherwise(nw.col("net")),
            paid=paid.cast(nw.Int64()),
            paid_net=nw.when(paid).then(nw.col("net")).otherwise(0),
        )
        .group_by("person_id")
        .agg(
            days=nw.len(),
            first=nw.col("number").min(),
            last=nw.col("number").max(),
            first_order=nw.col("day").min(),
            last_order=nw.col("day").max(),
            orders=whole_sum(nw.col("orders")),
            revenue=total(nw.col("net")),
            first_revenue=total(nw.col("opening")),
            valued=whole_sum(nw.col("paid")),
            paid_net=total(nw.col("paid_net")),
        )
    )
    measured = spans.with_columns(
        frequency=nw.col("days") - 1,
        recency_days=nw.col("last") - nw.col("first"),
        age_days=until.toordinal() - nw.col("first"),
    )
    mean = as_number(nw.col("paid_net")) / nw.col("valued").cast(nw.Float64())
    return measured.select(
        "person_id",
        "frequency",
        "recency_days",
        "age_days",
        "valued",
        "first_order",
        "last_order",
        "orders",
        "revenue",
        "first_revenue",
        recency=weeks(nw.col("recency_days")),
        age=weeks(nw.col("age_days")),
        mean_value=nw.when(nw.col("valued") > 0).then(mean),
    )
