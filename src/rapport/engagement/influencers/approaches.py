"""Each time somebody was asked to post: the how-manieth time, whether they did, and when."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, distinct, row_number

REQUEST = "request to post"
WORDS = (
    *("influencer", "influencers", "influenceur", "influenceurs", "influencer marketing"),
    *("creator", "creators", "createurs", "créateurs", "ambassador", "ambassadors"),
    *("ambassadeur", "ambassadeurs", "kol"),
)
"""How visits and costs of influencers are named, in lower case."""


def approaches(activity: Frame, links: Frame) -> Frame:
    """Return one row for each time somebody was asked to post.

    Parameters
    ----------
    activity
        source, account_id, activity_id, occurred_on, channel, verb, object_kind, object_id,
        in_reply_to.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id, channel, account_id, asked (day number), nth (1 for the first time), yes (1 for
        a post), posted (day number, null without), post_id.
    """
    deeds = activity.filter(nw.col("object_kind") == REQUEST)
    asked = deeds.filter((nw.col("verb") == "Invite") & ~nw.col("account_id").is_null()).select(
        "source", "account_id", "activity_id", "channel", "occurred_on"
    )
    posted = (
        deeds.filter((nw.col("verb") == "Accept") & ~nw.col("in_reply_to").is_null())
        .group_by("source", "in_reply_to")
        .agg(posted_on=nw.col("occurred_on").min(), post_id=nw.col("object_id").max())
        .select("source", "posted_on", "post_id", activity_id=nw.col("in_reply_to"))
    )
    both = asked.join(posted, on=["source", "activity_id"], how="left").join(
        links, on=["source", "account_id"], how="inner"
    )
    told = both.with_columns(
        nth=row_number(["person_id"], ["occurred_on", "source", "activity_id"])
    )
    return told.select(
        "person_id",
        "channel",
        "account_id",
        "nth",
        "post_id",
        asked=day_number(nw.col("occurred_on")),
        yes=(~nw.col("posted_on").is_null()).cast(nw.Int64()),
        posted=nw.when(~nw.col("posted_on").is_null()).then(day_number(nw.col("posted_on"))),
    )


def reaches(post_metric: Frame) -> Frame:
    """Return how many each post reached, as a list or network says: post_id, reach."""
    told = post_metric.filter(nw.col("metric") == "reach")
    return told.group_by("post_id").agg(reach=nw.col("value").max())


def tagged_by_day(visits: Frame, campaigns: tuple[str, ...]) -> Frame:
    """Return visits that came from influencers, and those of them that ended in an order, by day.

    Parameters
    ----------
    visits
        started_on, utm_source, utm_medium, campaign, goals.
    campaigns
        Campaigns whose cost is booked on influencers, in lower case.

    Returns
    -------
    Frame
        number (day), visits, purchases.
    """
    told = visits.filter(of_influencers(campaigns)).with_columns(
        number=day_number(nw.col("started_on")),
        bought=nw.col("goals").fill_null("").str.contains("purchase").cast(nw.Int64()),
    )
    return told.group_by("number").agg(
        visits=nw.len().cast(nw.Int64()), purchases=nw.col("bought").sum().cast(nw.Int64())
    )


def of_influencers(campaigns: tuple[str, ...]) -> nw.Expr:
    """Return whether a visit came from influencers, by its source, medium or campaign."""
    named = [
        nw.col(name).fill_null("").str.to_lowercase().is_in(list(WORDS))
        for name in ("utm_source", "utm_medium")
    ]
    found = named[0] | named[1]
    if campaigns:
        found = found | nw.col("campaign").fill_null("").str.to_lowercase().is_in(list(campaigns))
    return found


def tagged_orders(visits: Frame, orders: Frame, campaigns: tuple[str, ...]) -> Frame:
    """Return the orders that people placed on the day of a visit from an influencer.

    Parameters
    ----------
    visits
        person_id, started_on, utm_source, utm_medium, campaign, goals.
    orders
        source, purchase_id, person_id, number (day).

    Returns
    -------
    Frame
        source, purchase_id, person_id.
    """
    bought = visits.filter(
        of_influencers(campaigns) & nw.col("goals").fill_null("").str.contains("purchase")
    )
    days = distinct(bought.select("person_id", number=day_number(nw.col("started_on"))))
    return orders.join(days, on=["person_id", "number"], how="inner").select(
        "source", "purchase_id", "person_id"
    )
