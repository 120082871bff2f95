"""Visits that came from a page of reviews or landed on one, and what their visitors bought next."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, distinct, row_number

PAGES = (
    *("trustpilot", "avis-verifies", "verified-reviews", "tripadvisor", "yelp.", "g.page"),
    *("reviews", "/review", "/avis", "testimonial", "temoignage", "bewertung", "opiniones"),
    *("quechoisir", "60millions", "which.co.uk", "capterra", "g2.com", "reddit.com", "quora.com"),
)
"""What is in the address of a page on which people judge brands and products."""
CELL = ("prior", "visits", "channel")
DAYS = 14


def seen(visit: Frame, links: Frame) -> Frame:
    """Return the visits of people who are known.

    Returns
    -------
    Frame
        person_id, visit_id, number (day), page (the first of `PAGES` found in the page it came
        from or landed on; empty for none), channel (medium of the visit, or "").
    """
    known = visit.join(links, on=["source", "account_id"], how="inner")
    both = nw.concat_str(
        nw.col("referrer").fill_null(""), nw.col("landing_page").fill_null(""), separator=" "
    ).str.to_lowercase()
    page: nw.Expr = nw.lit("")
    for name in reversed(PAGES):
        page = nw.when(both.str.contains(name, literal=True)).then(nw.lit(name)).otherwise(page)
    return known.select(
        "person_id",
        "visit_id",
        number=day_number(nw.col("started_on")),
        page=page,
        channel=nw.col("utm_medium").fill_null(""),
    )


def pages_read(seen: Frame, gains: Frame) -> Frame:
    """Return what was read where: page, visits, people, orders (within `DAYS`), gain."""
    read = seen.filter(nw.col("page") != "")
    days = distinct(read.select("person_id", "page", read_on=nw.col("number")))
    met = gains.join(days, on="person_id", how="inner").filter(
        (nw.col("number") >= nw.col("read_on")) & (nw.col("number") <= nw.col("read_on") + DAYS)
    )
    once = distinct(met.select("person_id", "page", "source", "purchase_id", "gain"))
    bought = once.group_by("page").agg(orders=nw.len().cast(nw.Int64()), gain=nw.col("gain").sum())
    counted = read.group_by("page").agg(
        visits=nw.len().cast(nw.Int64()), people=nw.col("person_id").n_unique().cast(nw.Int64())
    )
    return counted.join(bought, on="page", how="left").with_columns(
        nw.col("orders").fill_null(0), nw.col("gain").fill_null(0.0)
    )


def read_cells(seen: Frame, gains: Frame, until: int) -> Frame:
    """Return how many visitors of one kind bought within `DAYS`, readers and others apart.

    Each person counts once: readers from their first visit by a page of reviews, others from a
    visit with as many before it, so that both are as far along.

    Returns
    -------
    Frame
        read (1 or 0), prior (buying days before: "0", "1", "2-3", "4+"), visits (visits before:
        "0", "1-2", "3+"), channel, people, bought.
    """
    numbered = seen.with_columns(
        place=row_number(["person_id"], ["number", "visit_id"]),
        read=(nw.col("page") != "").cast(nw.Int64()),
    )
    readers = numbered.filter(nw.col("read") == 1)
    first = readers.with_columns(rank=row_number(["person_id"], ["place"]))
    chosen = first.filter(nw.col("rank") == 1).drop("rank")
    never = numbered.join(distinct(readers.select("person_id")), on="person_id", how="anti")
    spread = never.filter((nw.col("place") == 1) | (nw.col("place") == 3) | (nw.col("place") == 6))
    last = spread.with_columns(rank=row_number(["person_id"], ["place"]))
    most = last.group_by("person_id").agg(most=nw.col("rank").max())
    others = last.join(most, on="person_id", how="inner").filter(nw.col("rank") == nw.col("most"))
    both = nw.concat([chosen, others.drop("rank", "most")], how="vertical")
    watched = both.filter(nw.col("number") + DAYS <= until).select(
        "person_id", "read", "place", "channel", begun=nw.col("number")
    )
    return _cells(watched, gains)


def _cells(watched: Frame, gains: Frame) -> Frame:
    days = distinct(gains.select("person_id", "number"))
    met = watched.join(days, on="person_id", how="left")
    before = (nw.col("number") < nw.col("begun")).fill_null(False).cast(nw.Int64())
    after = (nw.col("number") >= nw.col("begun")) & (nw.col("number") <= nw.col("begun") + DAYS)
    each = (
        met.with_columns(before=before, after=after.fill_null(False).cast(nw.Int64()))
        .group_by("person_id", "read", "place", "channel")
        .agg(times=nw.col("before").sum(), bought=nw.col("after").max())
    )
    several = nw.when(nw.col("times") >= 4).then(nw.lit("4+")).otherwise(nw.lit("2-3"))
    some = nw.when(nw.col("times") == 1).then(nw.lit("1")).otherwise(several)
    far = nw.when(nw.col("place") <= 3).then(nw.lit("1-2")).otherwise(nw.lit("3+"))
    told = each.select(
        "read",
        "channel",
        "bought",
        prior=nw.when(nw.col("times") == 0).then(nw.lit("0")).otherwise(some),
        visits=nw.when(nw.col("place") == 1).then(nw.lit("0")).otherwise(far),
    )
    return told.group_by("read", *CELL).agg(
        people=nw.len().cast(nw.Int64()), bought=nw.col("bought").sum().cast(nw.Int64())
    )
