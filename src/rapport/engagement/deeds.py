"""What did each person do, month by month? Every channel, on line and off, in one sparse table."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from rapport.record.frames import Frame, light_sum, month_start

MONEY = ("revenue", "margin")
COUNTS = (
    *("orders", "visits", "store_visits", "messages", "praise", "complaints", "questions"),
    *("wishes", "leaving", "recommendations", "unheard", "tickets", "reactions", "referrals"),
    *("referred", "events", "surveys"),
)
KINDS = {
    "praise": "is_praise",
    "complaints": "is_complaint",
    "questions": "is_question",
    "wishes": "is_purchase_intent",
    "leaving": "is_leaving",
    "recommendations": "is_recommendation",
}
"""Which kind of message each count of messages is."""

_ACCOUNT = ("source", "account_id")
_KEY = ("person_id", "month")


def from_accounts(deeds: Frame, links: Frame, flags: Mapping[str, nw.Expr]) -> Frame:
    """Return how often each person did something in each month.

    Parameters
    ----------
    deeds
        source, account_id, day (a date), and what `flags` read; rows of nobody are left out.
    links
        source, account_id, person_id.
    flags
        By the name of a count, an expression that is true for a row that counts.

    Returns
    -------
    Frame
        person_id, month (its first day), and each count (Int64); each person and month once.
    """
    known = deeds.filter(~nw.col("account_id").is_null() & ~nw.col("day").is_null())
    marked = known.select(
        *_ACCOUNT,
        month=month_start(nw.col("day")),
        **{name: flag.cast(nw.Int64()) for name, flag in flags.items()},
    )
    linked = marked.join(links, on=list(_ACCOUNT), how="inner")
    return linked.group_by(*_KEY).agg(**{name: light_sum(nw.col(name)) for name in flags})


def of_activity(activity: Frame, links: Frame) -> Frame:
    """Return reactions, store visits, events and codes handed over, by person and month.

    Of all parts this is the largest by far.

    Parameters
    ----------
    activity
        source, account_id, verb, object_kind, day.
    """
    verb, kind = nw.col("verb"), nw.col("object_kind").fill_null("")
    wanted = activity.filter(verb.is_in(["Like", "Announce", "Arrive", "Recommend", "Join"]))
    flags = {
        "reactions": verb.is_in(["Like", "Announce"]),
        "store_visits": verb == "Arrive",
        "referrals": (verb == "Recommend") & (kind == "referral code"),
        "events": (verb == "Join") & (kind == "event"),
    }
    return from_accounts(wanted, links, flags)


def of_codes_used(activity: Frame, links: Frame) -> Frame:
    """Return, for whoever handed out a referral code, how often it was used, by month of use.

    Parameters
    ----------
    activity
        source, account_id, activity_id, in_reply_to, verb, object_kind, day.
    """
    handed = activity.filter(nw.col("verb") == "Recommend").select(
        "source", "account_id", in_reply_to=nw.col("activity_id")
    )
    used = activity.filter(
        (nw.col("verb") == "Accept") & (nw.col("object_kind").fill_null("") == "purchase")
    ).select("source", "in_reply_to", "day")
    joined = used.join(handed, on=["source", "in_reply_to"], how="inner")
    return from_accounts(joined, links, {"referred": ~nw.col("day").is_null()})


def of_messages(messages: Frame) -> Frame:
    """Return what people wrote, and of which kinds: a row for each message, with its month.

    Copies of a text that goes round count once, for whoever wrote it first.

    Parameters
    ----------
    messages
        person_id, day, from_brand, message_id, copy_of, and the flags of `KINDS`.
    """
    first = nw.col("copy_of") == nw.col("message_id")
    own = ~nw.col("from_brand") & ~nw.col("person_id").is_null() & first
    return messages.filter(own).select(
        "person_id",
        month=month_start(nw.col("day")),
        messages=nw.lit(1).cast(nw.Int64()),
        **{name: nw.col(flag).cast(nw.Int64()) for name, flag in KINDS.items()},
    )


def of_requests(requests: Frame, heard_within: int) -> Frame:
    """Return requests that were not answered in time: a row for each, with the month of asking.

    Parameters
    ----------
    requests
        person_id, day (of opening), state, seconds (waited), kind.
    heard_within
        Seconds after which an answer comes too late to be heard.
    """
    late = nw.col("seconds") > heard_within
    silent = nw.col("state").is_in(["ended", "waiting"]) | ((nw.col("state") == "answered") & late)
    unheard = requests.filter(~nw.col("person_id").is_null() & silent & late)
    return unheard.select(
        "person_id", month=month_start(nw.col("day")), unheard=nw.lit(1).cast(nw.Int64())
    )


def of_orders(orders: Frame) -> Frame:
    """Return orders and what they brought: a row for each, with its month.

    Parameters
    ----------
    orders
        person_id, day, revenue and margin as floats; those that count, of known people.
    """
    return orders.select(
        "person_id",
        "revenue",
        "margin",
        month=month_start(nw.col("day")),
        orders=nw.lit(1).cast(nw.Int64()),
    )


def person_months(parts: list[Frame], largest: Frame) -> Frame:
    """Return one row for each person and month in which something happened.

    Parameters
    ----------
    parts
        Frames with person_id, month and some of `COUNTS` and `MONEY`; what a part lacks is zero,
        and a person may have several rows of one month.
    largest
        A part with counts that has each person and month once: summed over all counts with the
        others, that of very many people would not fit in memory.

    Returns
    -------
    Frame
        person_id, month, then `COUNTS` (Int64) and `MONEY` (Float64), nothing null.
    """
    whole = nw.concat([_padded(part) for part in parts], how="vertical")
    told = whole.group_by(*_KEY).agg(
        **{name: light_sum(nw.col(name)) for name in COUNTS},
        **{name: nw.col(name).sum() for name in MONEY},
    )
    more = {name: f"{name}_more" for name in largest.collect_schema().names()}
    added = largest.select(nw.col(name).alias(new) for name, new in more.items())
    both = told.join(added, left_on=list(_KEY), right_on=[more[name] for name in _KEY], how="full")
    keys = {name: nw.coalesce(nw.col(name), nw.col(more[name])) for name in _KEY}
    counts = {name: nw.col(name).fill_null(0) for name in COUNTS}
    counts |= {n: counts[n] + nw.col(more[n]).fill_null(0) for n in COUNTS if n in more}
    return both.select(
        **keys,
        **{name: count.cast(nw.Int64()) for name, count in counts.items()},
        **{name: nw.col(name).fill_null(0.0) for name in MONEY},
    )


def _padded(part: Frame) -> Frame:
    there = part.collect_schema().names()
    counts = {
        name: nw.col(name).fill_null(0).cast(nw.Int64())
        if name in there
        else nw.lit(0).cast(nw.Int64())
        for name in COUNTS
    }
    money = {
        name: nw.col(name).fill_null(0).cast(nw.Float64())
        if name in there
        else nw.lit(0.0).cast(nw.Float64())
        for name in MONEY
    }
    return part.select(*_KEY, **counts, **money)
