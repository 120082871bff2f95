"""What the record says of who its accounts are."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from rapport.people.kinds import NETWORKS
from rapport.record.frames import Frame, distinct, light_sum

ACCOUNTS = {
    "account": "account_id", "identifier": "account_id", "activity": "account_id",
    "purchase": "account_id", "purchase_line": "account_id", "visit": "account_id",
    "ticket": "account_id", "answer": "respondent", "lead": "account_id",
}  # fmt: skip
"""Tables of the record that name people's accounts, and the column that does."""


TIMES = {
    "activity": "occurred_on", "purchase": "ordered_on", "purchase_line": "ordered_on",
    "visit": "started_on", "ticket": "opened_on", "lead": "created_on",
}  # fmt: skip
"""Of those tables, the ones that date what an account did, and the column that does."""


REACTIONS = ("Like", "Announce", "Create")
"""Likes, shares and messages."""


def acts(activity: Frame) -> Frame:
    """Return how much each account did on each channel, and from when to when.

    Of all that is read of what people did, this is read most often: it is found once a run.

    Returns
    -------
    Frame
        source, account_id, channel, first, last (times), acted (deeds but following and inviting),
        reacted (likes, shares and messages).
    """
    verb = nw.col("verb")
    marked = activity.filter(~nw.col("account_id").is_null() & ~nw.col("source").is_null()).select(
        *("source", "account_id", "channel", "occurred_on"),
        acted=(~verb.is_in(["Follow", "Undo", "Invite"])).cast(nw.Int64()),
        reacted=verb.is_in(list(REACTIONS)).cast(nw.Int64()),
    )
    return marked.group_by("source", "account_id", "channel").agg(
        first=nw.col("occurred_on").min(),
        last=nw.col("occurred_on").max(),
        acted=light_sum(nw.col("acted")),
        reacted=light_sum(nw.col("reacted")),
    )


def accounts_met(tables: Mapping[str, Frame], acts: Frame) -> Frame:
    """Return every account that something names, once, and when it was first and last seen.

    Parameters
    ----------
    tables
        Tables of the record by name, of those in `ACCOUNTS`, without `activity`.
    acts
        As `acts` gives them of `activity`.

    Returns
    -------
    Frame
        source, account_id, first, last (times; null where no table dates what it did).
    """
    never = nw.lit(None).cast(nw.Datetime("us"))
    named = [acts.select("source", "account_id", "first", "last")]
    for name, frame in tables.items():
        moment = nw.col(TIMES[name]) if name in TIMES else never
        named.append(
            frame.select("source", account_id=nw.col(ACCOUNTS[name]), first=moment, last=moment)
        )
    every = nw.concat(named, how="vertical").filter(
        ~nw.col("account_id").is_null() & ~nw.col("source").is_null()
    )
    return every.group_by("source", "account_id").agg(
        first=nw.col("first").min(), last=nw.col("last").max()
    )


def identifiers_known(identifier: Frame, account: Frame) -> Frame:
    """Return all evidence: what stands in `identifier`, and handle, name and country of accounts.

    A handle names one account of its network, whichever export it stands in.

    The brand's own accounts are nobody's, and have no evidence.

    Returns
    -------
    Frame
        source, account_id, kind, value; each once.
    """
    own = account.filter(nw.col("is_brand").fill_null(value=False)).select("source", "account_id")
    columns = ("source", "account_id")
    parts = [identifier.select(*columns, "kind", "value")]
    parts += [
        account.select(*columns, kind=nw.lit(kind), value=nw.col(kind))
        for kind in ("handle", "name", "country")
    ]
    parts.append(
        account.filter(nw.col("channel").is_in(list(NETWORKS))).select(
            *columns,
            kind=nw.lit("network account"),
            value=nw.concat_str(nw.col("channel"), nw.col("handle"), separator=":"),
        )
    )
    known = nw.concat(parts, how="vertical").filter(~nw.col("value").is_null())
    return distinct(known.join(distinct(own), on=list(columns), how="anti"))


def named_by_contact(met: Frame, account: Frame) -> Frame:
    """Return the e-mails and phones that accounts are named by: shops and lists use them as ids.

    Handles of networks that look like e-mails (`name@server`) are none, nor is a number without
    its "+", which may be anything. What the record has hashed looks like neither.

    Parameters
    ----------
    met
        As `accounts_met` gives it.
    account
        source, account_id, handle, is_brand.

    Returns
    -------
    Frame
        source, account_id, kind ("email" or "phone"), value.
    """
    columns = ("source", "account_id")
    apart = account.filter(
        nw.col("is_brand").fill_null(value=False) | ~nw.col("handle").is_null()
    ).select(*columns)
    name = nw.col("account_id")
    kind = (
        nw.when(name.str.contains(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"))
        .then(nw.lit("email"))
        .when(name.str.contains(r"^\+[0-9][0-9 .()-]{7,20}$"))
        .then(nw.lit("phone"))
    )
    found = met.select(*columns, kind=kind, value=name).filter(~nw.col("kind").is_null())
    return found.join(distinct(apart), on=list(columns), how="anti")


def order_people(orders: Frame, named: Frame, links: Frame) -> Frame:
    """Return the orders that count with their person, with and without weak links.

    Parameters
    ----------
    orders
        As the step `buying` writes them: source, purchase_id, day, net, cancelled, person_id.
    named
        source, purchase_id, account_id: who placed which order.
    links
        source, account_id, sure_id: the person without weak links.

    Returns
    -------
    Frame
        person_id, sure_id, day, net (a number).
    """
    who = named.filter(~nw.col("account_id").is_null()).unique(["source", "purchase_id"])
    sure = links.select("source", "account_id", "sure_id")
    joined = (
        orders.filter(~nw.col("cancelled") & ~nw.col("person_id").is_null())
        .select("source", "purchase_id", "person_id", "day", net=nw.col("net").cast(nw.Float64()))
        .join(who, on=["source", "purchase_id"], how="left")
        .join(sure, on=["source", "account_id"], how="left")
    )
    return joined.select("person_id", "day", "net", sure_id=nw.coalesce("sure_id", "person_id"))


def buyers(orders: Frame, person: str) -> Frame:
    """Return one row of sums over buyers, people being told by the column `person`.

    Returns
    -------
    Frame
        customers, repeat_customers (bought on two days or more).
    """
    days = distinct(orders.select(person, "day")).group_by(person).agg(days=nw.len())
    again = (nw.col("days") > 1).cast(nw.Int64())
    return days.select(customers=nw.len(), repeat_customers=again.sum().fill_null(0))


def resting_on(orders: Frame, links: Frame) -> Frame:
    """Return the orders of people whom only weak links hold together: people and net.

    Parameters
    ----------
    orders
        As `order_people` gives them.
    links
        person_id, weak.

    Returns
    -------
    Frame
        One row: people (buyers with a weak link), net (all they bought).
    """
    weak = distinct(links.filter(nw.col("weak")).select("person_id"))
    theirs = orders.join(weak, on="person_id", how="inner")
    return theirs.select(
        people=nw.col("person_id").n_unique(), net=nw.col("net").sum().fill_null(0.0)
    )
