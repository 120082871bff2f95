"""Codes: who handed one to whom, and which order it came with."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, distinct, row_number

CODE = "referral code"


def offers(activity: Frame) -> Frame:
    """Return the codes handed over.

    Returns
    -------
    Frame
        source, share_id, account_id (who handed it over), code, shared (day number), source_file,
        source_row (the row that names the friend as well).
    """
    handed = (nw.col("verb") == "Recommend") & (nw.col("object_kind") == CODE)
    return activity.filter(handed).select(
        "source",
        "account_id",
        "source_file",
        "source_row",
        share_id=nw.col("activity_id"),
        code=nw.col("object_id"),
        shared=day_number(nw.col("occurred_on")),
    )


def recipients(offers: Frame, account: Frame, links: Frame) -> Frame:
    """Return whom codes were handed to, used or not: the second account of the same row.

    Returns
    -------
    Frame
        person_id, shared (day number of the first code), each person once.
    """
    place = ["source", "source_file", "source_row"]
    named = account.select(*place, friend=nw.col("account_id"))
    met = offers.join(named, on=place, how="inner").filter(nw.col("friend") != nw.col("account_id"))
    people = met.join(
        links, left_on=["source", "friend"], right_on=["source", "account_id"], how="inner"
    )
    return people.group_by("person_id").agg(shared=nw.col("shared").min())


def uses(activity: Frame, offers: Frame, links: Frame) -> Frame:
    """Return the codes that a friend used, as the referral tool says.

    Returns
    -------
    Frame
        person_id (the friend), referrer, code, used (day number), purchase_id (may be null).
    """
    used = activity.filter((nw.col("verb") == "Accept") & ~nw.col("in_reply_to").is_null()).select(
        "source",
        friend=nw.col("account_id"),
        share_id=nw.col("in_reply_to"),
        used=day_number(nw.col("occurred_on")),
        purchase_id=nw.col("object_id"),
    )
    met = used.join(
        offers.select("source", "share_id", "code", giver=nw.col("account_id")),
        on=["source", "share_id"],
        how="inner",
    )
    return _named(met, links)


def owned(uses: Frame, orders: Frame) -> Frame:
    """Return uses with the customer whom the order names, where it names one.

    A friend's e-mail in the referral tool is often linked to no order, while the tool knows the
    number of the order; two orders of one number are nobody's.
    """
    named = _numbered(orders).filter(~nw.col("person_id").is_null())
    owner = named.select("number_of", owner=nw.col("person_id"))
    joined = uses.with_columns(number_of=nw.col("purchase_id")).join(
        owner, on="number_of", how="left"
    )
    return joined.select(
        "referrer",
        "code",
        "used",
        "purchase_id",
        person_id=nw.coalesce(nw.col("owner"), nw.col("person_id")),
    ).select("person_id", "referrer", "code", "used", "purchase_id")


def with_friends(orders: Frame, uses: Frame) -> Frame:
    """Return orders with the friend as customer, where an order with a code names none."""
    mine = uses.filter(~nw.col("purchase_id").is_null()).select(
        "person_id", number_of=nw.col("purchase_id")
    )
    friends = mine.group_by("number_of").agg(
        friend=nw.col("person_id").min(), least=nw.col("person_id").max()
    )
    sure = friends.filter(nw.col("friend") == nw.col("least")).select("number_of", "friend")
    numbers = _numbered(orders).filter(nw.col("person_id").is_null())
    found = numbers.join(sure, on="number_of", how="inner").select(
        "source", "purchase_id", "friend"
    )
    joined = orders.join(found, on=["source", "purchase_id"], how="left")
    named = joined.with_columns(person_id=nw.coalesce(nw.col("person_id"), nw.col("friend")))
    return named.drop("friend")


def _numbered(orders: Frame) -> Frame:
    """Return the orders whose number is that of no other; a till writes its number last."""
    told = orders.select(
        "source",
        "purchase_id",
        "person_id",
        number_of=nw.col("purchase_id").str.replace_all(r"^.*\|", ""),
    )
    alone = told.group_by("number_of").agg(many=nw.len()).filter(nw.col("many") == 1)
    return told.join(alone.select("number_of"), on="number_of", how="inner")


def coupon_uses(orders: Frame, offers: Frame, links: Frame) -> Frame:
    """Return orders whose coupon is a code that somebody handed over: the columns of `uses`."""
    plain = nw.col("code").str.to_lowercase().str.strip_chars()
    codes = offers.select("source", "code", "account_id", key=plain)
    first = codes.with_columns(place=row_number(["key"], ["source", "account_id", "code"]))
    known = first.filter(nw.col("place") == 1).join(links, on=["source", "account_id"], how="inner")
    givers = known.select("key", "code", referrer=nw.col("person_id"))
    redeemed = orders.filter(~nw.col("coupon").is_null() & ~nw.col("person_id").is_null()).select(
        "person_id",
        "purchase_id",
        used=day_number(nw.col("day")),
        key=nw.col("coupon").str.to_lowercase().str.strip_chars(),
    )
    met = redeemed.join(givers, on="key", how="inner")
    return met.select("person_id", "referrer", "code", "used", "purchase_id")


def _named(met: Frame, links: Frame) -> Frame:
    friends = links.select("source", friend=nw.col("account_id"), person_id=nw.col("person_id"))
    givers = links.select("source", giver=nw.col("account_id"), referrer=nw.col("person_id"))
    both = met.join(friends, on=["source", "friend"], how="inner").join(
        givers, on=["source", "giver"], how="inner"
    )
    return both.select("person_id", "referrer", "code", "used", "purchase_id")


def referred(uses: Frame, first: Frame) -> Frame:
    """Return each friend's first code, and whether it brought them.

    Parameters
    ----------
    uses
        As `uses` and `coupon_uses` give them.
    first
        Each customer's first order, as `gains.first_days` gives it.

    Returns
    -------
    Frame
        person_id, referrer, code, used, came (number of the day of the first order; null when no
        order of theirs is known), came_on (that day), brought (the first order came with the code,
        not before it).
    """
    others = uses.filter(nw.col("person_id") != nw.col("referrer"))
    order = ["used", "referrer", "code", "purchase_id"]
    ranked = others.with_columns(nw.col("purchase_id").fill_null("")).with_columns(
        place=row_number(["person_id"], order)
    )
    known = ranked.filter(nw.col("place") == 1).join(first, on="person_id", how="left")
    return known.select(
        "person_id",
        "referrer",
        "code",
        "used",
        came=nw.col("first"),
        came_on=nw.col("first_on"),
        brought=(nw.col("first") >= nw.col("used")).fill_null(False),
    )


def waited(recipients: Frame, referred: Frame, first: Frame, until: int) -> Frame:
    """Return how long friends who left their code unused were watched, and who came by themselves.

    Returns
    -------
    Frame
        One row: people, came (of these, who ordered later), days (watched until then or `until`).
    """
    rest = recipients.join(distinct(referred.select("person_id")), on="person_id", how="anti")
    known = rest.join(first, on="person_id", how="left").filter(
        nw.col("first").is_null() | (nw.col("first") > nw.col("shared"))
    )
    seen = known.filter(nw.col("shared") < until).select(
        came=(nw.col("first") <= until).fill_null(False).cast(nw.Int64()),
        days=nw.when(nw.col("first") <= until)
        .then(nw.col("first"))
        .otherwise(nw.lit(until))
        .cast(nw.Int64())
        - nw.col("shared"),
    )
    return seen.select(
        people=nw.len().cast(nw.Int64()),
        came=nw.col("came").sum().fill_null(0).cast(nw.Int64()),
        days=nw.col("days").sum().fill_null(0).cast(nw.Int64()),
    )


def late(recipients: Frame, referred: Frame, first: Frame, until: int) -> Frame:
    """Return friends who came later without their code: person_id, came (day number)."""
    used = distinct(referred.select("person_id"))
    rest = recipients.join(used, on="person_id", how="anti")
    known = rest.join(first, on="person_id", how="inner").filter(
        (nw.col("first") > nw.col("shared")) & (nw.col("first") <= until)
    )
    return known.select("person_id", came=nw.col("first"))
