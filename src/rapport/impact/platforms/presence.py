"""Who is on which platform, what they write there, and what comes from there to the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import narwhals as nw

from rapport.record.frames import Frame, as_number, day_number, distinct, whole_sum

ELSEWHERE = (
    "email", "phone", "chat", "social messaging", "survey", "store", "web", "press", "event",
    "referral", "newsletter", "sms", "social", "loyalty", "other",
)  # fmt: skip
"""Channels that are no platforms: people come to the brand there, or to nobody."""
HOSTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "facebook": ("facebook.", "fb.me", "fb.com", "messenger.com"),
        "instagram": ("instagram.",),
        "x": ("//t.co", "twitter.com", "//x.com", "www.x.com"),
        "linkedin": ("linkedin.", "lnkd.in"),
        "youtube": ("youtube.", "youtu.be"),
        "tiktok": ("tiktok.",),
        "threads": ("threads.net", "threads.com"),
        "bluesky": ("bsky.app",),
        "mastodon": ("mastodon.",),
        "pinterest": ("pinterest.", "pin.it"),
        "reddit": ("reddit.com",),
        "snapchat": ("snapchat.com",),
    }
)
"""What stands in the address of a page of each platform that sends visitors."""
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "facebook": ("facebook", "fb"),
        "instagram": ("instagram", "ig"),
        "x": ("x", "twitter"),
        "bluesky": ("bluesky", "bsky"),
    }
)
"""What link tags call a platform, where it is more than its own name."""
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "help": ("is_question", "is_complaint", "is_leaving"),
        "praise": ("is_praise", "is_thanks", "is_recommendation"),
        "buy": ("is_purchase_intent",),
        "ideas": ("is_suggestion",),
    }
)
"""What people come for, and the kinds of messages that say so."""


def present(account: Frame, acts: Frame, links: Frame, suspicious: Frame) -> Frame:
    """Return which people are on which platforms: person_id, platform, each once.

    Somebody is on a platform who has an account there, or was seen to act there.

    Parameters
    ----------
    account
        The table of the record.
    acts
        As `rapport.people.gathering.acts` gives them.
    links
        source, account_id, person_id.
    suspicious
        source, account_id of accounts that look bought or automated; they are nobody.
    """
    seen = [
        table.filter(~nw.col("channel").is_null(), ~nw.col("account_id").is_null()).select(
            "source", "account_id", platform=nw.col("channel")
        )
        for table in (account, acts)
    ]
    every = distinct(nw.concat(seen, how="vertical"))
    kept = every.filter(~nw.col("platform").is_in(list(ELSEWHERE)))
    real = kept.join(suspicious, on=["source", "account_id"], how="anti")
    return distinct(
        real.join(links, on=["source", "account_id"], how="inner").select("person_id", "platform")
    )


def people_there(there: Frame, people: Frame) -> Frame:
    """Return how many customers and prospects are on each platform; staff and resellers left out.

    Returns
    -------
    Frame
        platform, customers, prospects.
    """
    known = there.join(_people(people), on="person_id", how="inner")
    counted = known.group_by("platform").agg(customers=whole_sum(nw.col("customer")), n=nw.len())
    return counted.select(
        "platform", "customers", prospects=nw.col("n").cast(nw.Int64()) - nw.col("customers")
    )


def everybody(people: Frame) -> Frame:
    """Return one row: all customers and prospects on record, wherever they are."""
    return _people(people).select(
        customers=whole_sum(nw.col("customer")).fill_null(0),
        prospects=nw.len().cast(nw.Int64()) - whole_sum(nw.col("customer")).fill_null(0),
    )


def _people(people: Frame) -> Frame:
    return people.filter(nw.col("role") == "person").select(
        "person_id", customer=(nw.col("relation") != "prospect").cast(nw.Int64())
    )


def levels_there(there: Frame, levels: Frame) -> Frame:
    """Return the expected numbers of each level on each platform, customers and prospects apart.

    Returns
    -------
    Frame
        platform, side, people, fully, engaged, not_engaged, actively (expected numbers).
    """
    names = {"fully": "p_fully", "engaged": "p_engaged", "not_engaged": "p_not",
             "actively": "p_actively"}  # fmt: skip
    known = there.join(levels, on="person_id", how="inner")
    counted = known.group_by("platform", "side").agg(
        n=nw.len(), **{name: nw.col(column).sum() for name, column in names.items()}
    )
    return counted.select("platform", "side", *names, people=nw.col("n").cast(nw.Int64()))


def overlap(there: Frame, people: Frame) -> Frame:
    """Return how many people are on both of two platforms: platform, other, people."""
    known = there.join(_people(people).select("person_id"), on="person_id", how="inner")
    other = known.select("person_id", other=nw.col("platform"))
    pairs = known.join(other, on="person_id", how="inner").filter(
        nw.col("platform") != nw.col("other")
    )
    counted = pairs.group_by("platform", "other").agg(n=nw.len())
    return counted.select("platform", "other", people=nw.col("n").cast(nw.Int64()))


def talk(messages: Frame) -> Frame:
    """Return what people write on each platform: messages, and those of each kind of `KINDS`.

    A message may be of several kinds, or of none. Messages of the brand are counted as `answers`.

    Parameters
    ----------
    messages
        The result table `messages`.
    """
    here = messages.filter(~nw.col("channel").is_null())
    here = here.filter(~nw.col("channel").is_in(list(ELSEWHERE)))
    own = nw.col("from_brand").cast(nw.Int64())
    flags = {
        kind: (nw.any_horizontal(*(nw.col(c) for c in columns), ignore_nulls=True)).cast(nw.Int64())
        * (1 - own)
        for kind, columns in KINDS.items()
    }
    reply = own * (~nw.col("in_reply_to").is_null()).cast(nw.Int64())
    marked = here.select(platform=nw.col("channel"), told=1 - own, answers=reply, **flags)
    return marked.group_by("platform").agg(
        messages=whole_sum(nw.col("told")),
        answers=whole_sum(nw.col("answers")),
        **{kind: whole_sum(nw.col(kind)) for kind in KINDS},
    )


def visits_from(visit: Frame, since: int) -> Frame:
    """Return unpaid visits of the site that came from each platform, and those that bought.

    Parameters
    ----------
    visit
        The table `visit` of the record.
    since
        The first day that counts, as `date.toordinal`.

    Returns
    -------
    Frame
        platform, visits, bought.
    """
    recent = visit.filter(day_number(nw.col("started_on_day")) >= since)
    paid = nw.col("channel").fill_null("").str.starts_with("Paid")
    tag = nw.col("utm_source").fill_null("").str.to_lowercase()
    page = nw.col("referrer").fill_null("").str.to_lowercase()
    told = recent.filter(~paid).select(
        platform=_named(tag, page),
        bought=nw.col("goals").fill_null("").str.contains("purchase").cast(nw.Int64()),
    )
    counted = told.filter(nw.col("platform") != "").group_by("platform")
    return counted.agg(n=nw.len(), bought=whole_sum(nw.col("bought"))).select(
        "platform", "bought", visits=nw.col("n").cast(nw.Int64())
    )


def _named(tag: nw.Expr, page: nw.Expr) -> nw.Expr:
    """Return the platform that a visit came from: by its link's tag, else by the page before."""
    told = nw.lit("")
    for platform, hosts in HOSTS.items():
        for host in hosts:
            found = page.str.contains(host, literal=True)
            told = nw.when(found).then(nw.lit(platform)).otherwise(told)
    for platform in HOSTS:
        names = list(NAMES.get(platform, (platform,)))
        told = nw.when(tag.is_in(names)).then(nw.lit(platform)).otherwise(told)
    return told


def connected_margin(connections: Frame, orders: Frame, since: int) -> Frame:
    """Return what people who follow on each platform bought since a day: platform, people, margin.

    Parameters
    ----------
    connections
        person_id, platform, kind, until.
    orders
        person_id, day, money.
    since
        The first day that counts, as `date.toordinal`.
    """
    follow = connections.filter(nw.col("kind") == "follow", nw.col("until").is_null())
    who = distinct(follow.select("person_id", "platform"))
    sums = (
        orders.filter(~nw.col("person_id").is_null(), day_number(nw.col("day")) >= since)
        .group_by("person_id")
        .agg(margin=nw.col("money").sum())
    )
    counted = who.join(sums, on="person_id", how="inner").group_by("platform")
    return counted.agg(n=nw.len(), margin=nw.col("margin").sum()).select(
        "platform", "margin", people=nw.col("n").cast(nw.Int64())
    )


def valued(orders: Frame, share: float | None, *, in_margin: bool) -> Frame:
    """Return orders that count with their money: person_id, day, money.

    Parameters
    ----------
    orders
        The result table `orders`.
    share
        Margin as a share of net revenue, for orders whose own is not known.
    in_margin
        Whether money is margin; net revenue otherwise.
    """
    net = as_number(nw.col("net"))
    known = (
        nw.when(nw.col("margin").is_null())
        .then(net * (share or 0.0))
        .otherwise(as_number(nw.col("margin")))
    )
    kept = orders.filter(~nw.col("cancelled"), nw.col("role").is_null())
    return kept.select("person_id", "day", money=known if in_margin else net)


def spent(spend: Frame, platforms: Sequence[str], since: int) -> Frame:
    """Return what was spent on each platform itself since a day: platform, cost.

    Campaigns of an advertising system that serves several platforms are of none of them.
    """
    here = spend.filter(
        nw.col("channel").is_in(list(platforms)), day_number(nw.col("day")) >= since
    )
    return (
        here.group_by("channel")
        .agg(cost=as_number(nw.col("cost")).sum())
        .select("cost", platform=nw.col("channel"))
    )


def published(post: Frame, since: int) -> Frame:
    """Return the posts of each platform since a day, and what they cost: platform, posts, cost."""
    own = post.filter(
        ~nw.col("channel").is_null(),
        ~nw.col("text").fill_null("").str.starts_with("@"),
        day_number(nw.col("published_on_day")) >= since,
    )
    each = own.group_by("channel", "post_id").agg(cost=as_number(nw.col("cost")).max())
    counted = each.group_by("channel").agg(n=nw.len(), cost=nw.col("cost").sum())
    return counted.select(
        platform=nw.col("channel"), posts=nw.col("n").cast(nw.Int64()),
        cost=nw.col("cost").fill_null(0.0),
    )  # fmt: skip
