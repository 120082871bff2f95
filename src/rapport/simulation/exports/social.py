"""Who did what to the brand on a network that tells: follows, likes, shares and messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow.compute as pc

from rapport.simulation.exports.view import days_of, missing, where
from rapport.simulation.history import History

Deed = Literal["follow", "like", "share", "message"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One deed of one account: when, and its post or its message where it has one."""

    when: dt.datetime
    deed: Deed
    account: Mapping[str, Any]
    post_id: str | None = None
    message: Mapping[str, Any] | None = None


def accounts(history: History, network: str) -> dict[str, dict[str, Any]]:
    """Return the accounts of a network by their id."""
    rows = where(history.account, network=network)
    rows = rows.drop_columns(["person_id", "kind"])  # truth
    return {row["account_id"]: row for row in rows.to_pylist()}


def notices(history: History, network: str) -> list[Notice]:
    """Return what the network would have told the brand, newest first.

    Follows that were taken back are not told any more, and private messages never.
    """
    known = accounts(history, network)
    follow = where(history.follow, network=network)
    follow = follow.filter(pc.is_null(follow.column("unfollowed_on")))
    found = [
        Notice(row["followed_on"], "follow", known[row["account_id"]])
        for row in follow.to_pylist()
        if row["account_id"] in known
    ]
    for row in where(history.reaction, network=network).to_pylist():
        if row["account_id"] in known:
            deed: Deed = "like" if row["kind"] == "like" else "share"
            account = known[row["account_id"]]
            found.append(Notice(row["reacted_on"], deed, account, row["post_id"]))
    for row in public_messages(history, network):
        if row["account_id"] in known:
            account = known[row["account_id"]]
            found.append(Notice(row["sent_on"], "message", account, row["post_id"], row))
    found.sort(
        key=lambda one: (one.when, one.deed, str(one.account["account_id"]), one.post_id or "")
    )
    return found[::-1]


def public_messages(history: History, network: str) -> list[dict[str, Any]]:
    """Return the public messages of a network without what is only known as truth."""
    rows = where(history.message, network=network, is_public=True)
    rows = rows.filter(~missing(history, network, days_of(rows.column("sent_on"))))
    truth = ["kind", "topic", "sentiment", "is_irony", "cause"]
    return list(rows.drop_columns(truth).to_pylist())


def following(history: History, network: str) -> list[dict[str, Any]]:
    """Return the accounts that the brand follows: those it asks for posts, and its own people."""
    chosen = where(history.account, network=network).to_pylist()
    return [row for row in chosen if row["kind"] in ("influencer", "employee")]
