"""Who is in an audience, what they brought, and how they are reached: relational."""

from __future__ import annotations

import narwhals as nw

from rapport.people.gathering import named_by_contact
from rapport.record.frames import Frame, distinct, row_number

_ALL = ("person_id", "place", "reasons", "said", "url")


def of_play(play_people: Frame, play: str) -> Frame:
    """Return the people of a play in their order.

    Parameters
    ----------
    play_people
        play, person_id, rank, reasons, said, url.

    Returns
    -------
    Frame
        person_id, place, reasons, said, url.
    """
    mine = play_people.filter(nw.col("play") == play)
    return mine.with_columns(place=nw.col("rank")).select(*_ALL)


def of_table(table: Frame, by: str | None) -> Frame:
    """Return the people of a result table, each once, those first with most of a column.

    Parameters
    ----------
    table
        person_id, and the column `by` where one is named.
    by
        A column of numbers; without it they stand by their ids.

    Returns
    -------
    Frame
        person_id, place, reasons, said, url (all three empty).
    """
    known = table.filter(~nw.col("person_id").is_null())
    rated = known.with_columns(rate=nw.col(by).cast(nw.Float64()) if by else nw.lit(0.0))
    each = rated.group_by("person_id").agg(most=nw.col("rate").max())
    nothing = nw.lit("")
    placed = each.with_columns(less=-nw.col("most").fill_null(0.0), whole=nw.lit(1)).with_columns(
        place=row_number(["whole"], ["less", "person_id"])
    )
    return placed.select("person_id", "place", reasons=nothing, said=nothing, url=nothing)


def chosen(people: Frame, ordinary: Frame, asked: Frame, most_asks: int) -> Frame:
    """Return those who may be reached, with their places closed up.

    Parameters
    ----------
    people
        person_id, place, reasons, said, url.
    ordinary
        person_id of who is a customer or may become one.
    asked
        person_id, times in the last year.
    most_asks
        From how many times on somebody is left in peace.
    """
    free = (
        people.join(ordinary, on="person_id", how="semi")
        .join(asked, on="person_id", how="left")
        .filter(nw.col("times").fill_null(0) < most_asks)
        .with_columns(whole=nw.lit(1))
    )
    again = row_number(["whole"], ["place", "person_id"])
    return free.with_columns(at_last=again).select(
        "person_id", "reasons", "said", "url", place=nw.col("at_last")
    )


def contacts(identifier: Frame, account: Frame, links: Frame, people: Frame) -> Frame:
    """Return e-mails and phones of people: person_id, kind, value, country of the account.

    Those by which a shop or a list names its accounts as well.

    Parameters
    ----------
    identifier
        source, account_id, kind, value.
    account
        source, account_id, country, handle, is_brand.
    links
        source, account_id, person_id.
    people
        person_id.
    """
    keys = ["source", "account_id"]
    told = identifier.filter(
        nw.col("kind").is_in(["email", "phone"]) & ~nw.col("value").is_null()
    ).select(*keys, "kind", "value")
    known = nw.concat([told, named_by_contact(links, account)], how="vertical")
    theirs = known.join(links, on=keys, how="inner").join(
        people.select("person_id"), on="person_id", how="semi"
    )
    return distinct(
        theirs.join(account.select(*keys, "country"), on=keys, how="left").select(
            "person_id", "kind", "value", "country"
        )
    )


def handles(account: Frame, links: Frame, people: Frame) -> Frame:
    """Return the names that people bear on networks: person_id, channel, handle."""
    keys = ["source", "account_id"]
    known = account.filter(~nw.col("handle").is_null() & ~nw.col("channel").is_null())
    return distinct(
        known.select(*keys, "channel", "handle")
        .join(links, on=keys, how="inner")
        .join(people.select("person_id"), on="person_id", how="semi")
        .select("person_id", "channel", "handle")
    )


def brought(people: Frame, money: Frame, until: int, window: int) -> Frame:
    """Return how much people brought in so many days: sums, for the planner.

    The mean over as many windows as a year holds: some lists are of people who are silent just now.

    Parameters
    ----------
    people
        person_id.
    money
        person_id, number (day), money.
    until
        The last day, as `date.toordinal`.
    window
        Days in which an effect will count.

    Returns
    -------
    Frame
        One row: people, brought, and squares, summed over people.
    """
    many = max(365 // window, 1)
    age = (until - nw.col("number")).cast(nw.Int64())
    mine = money.join(people.select("person_id"), on="person_id", how="semi").filter(
        (age >= 0) & (age < many * window)
    )
    spans = mine.with_columns(span=age // window).group_by("person_id", "span")
    each = spans.agg(in_span=nw.col("money").sum()).group_by("person_id")
    told = each.agg(
        brought=nw.col("in_span").sum() / many,
        squares=(nw.col("in_span") * nw.col("in_span")).sum() / many,
    )
    return (
        people.select("person_id")
        .join(told, on="person_id", how="left")
        .select(
            people=nw.len().cast(nw.Int64()),
            brought=nw.col("brought").fill_null(0.0).sum(),
            squares=nw.col("squares").fill_null(0.0).sum(),
        )
    )
