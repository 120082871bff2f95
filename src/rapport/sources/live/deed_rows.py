"""Deeds, people and figures as rows of the record, for pulls and for files of the same networks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rapport.sources.live.deeds import Deed, Who

Row = dict[str, Any]


def activity_row(deed: Deed, channel: str) -> Row:
    """Return a deed as a row of `activity`."""
    return {
        "activity_id": deed.deed_id,
        "occurred_on": deed.occurred_on,
        "zone": "UTC",
        "channel": channel,
        "account_id": deed.account,
        "verb": deed.verb,
        "object_kind": deed.object_kind,
        "object_id": deed.object_id,
        "in_reply_to": deed.in_reply_to,
        "text": deed.text,
        "url": deed.url,
    }


def post_row(deed: Deed, channel: str) -> Row:
    """Return what the brand said as a row of `post`."""
    return {
        "post_id": deed.deed_id,
        "published_on": deed.occurred_on,
        "zone": "UTC",
        "channel": channel,
        "account_id": deed.account,
        "text": deed.text,
        "format": deed.form or "text",
        "paid": False,
        "goal": "serve" if deed.serves else None,
    }


def figure_rows(post: str, counts: Mapping[str, int], measured_on: dt.datetime) -> list[Row]:
    """Return the figures of a post as rows of `post_metric`."""
    base = {"post_id": post, "measured_on": measured_on}
    return [{**base, "metric": name, "value": float(count)} for name, count in counts.items()]


def person_rows(who: Who, channel: str, *, is_brand: bool) -> dict[str, list[Row]]:
    """Return an account as a row of `account` and rows of `identifier`."""
    names = [("external id", who.account), ("handle", who.handle)]
    return {
        "account": [
            {
                "account_id": who.account,
                "channel": channel,
                "is_brand": is_brand,
                "handle": who.handle,
                "name": who.name,
                "followers": who.followers,
                "following": who.following,
                "posts": who.posts,
                "created": who.created,
            }
        ],
        "identifier": [
            {"account_id": who.account, "kind": kind, "value": value}
            for kind, value in names
            if value
        ],
    }


def deed_item(deed: Deed, channel: str, brand: str | None) -> dict[str, list[Row]]:
    """Return all rows that a deed gives."""
    item = {"activity": [activity_row(deed, channel)]}
    if deed.verb == "Create" and deed.account == brand:
        item["post"] = [post_row(deed, channel)]
    return item
