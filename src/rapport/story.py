"""One person's whole story, across systems: accounts, what is known, and all that happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.errors import Fault, Problem
from rapport.estimate import Estimate
from rapport.listening.heads import KINDS
from rapport.pipeline import looking
from rapport.record.frames import Frame, distinct
from rapport.record.person import find
from rapport.results import Said
from rapport.steps.context import Context
from rapport.workspace import Workspace

Row = dict[str, Any]

_ABOUT = ("people", "customers", "lifetime", "ledger")
_MOST_CHOICES = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Parameters
    ----------
    when
        Its time, naive UTC.
    what
        It in a few words.
    source, channel
        The system that told of it, and where it happened.
    text, url
        What was written, and the way to it; '' where nothing was.
    kinds
        What the message was understood as: sentiment first, then its kinds.
    place
        File and row it came from; '' for several rows together.
    """

    when: dt.datetime
    what: Said
    source: str = ""
    channel: str = ""
    text: str = ""
    url: str = ""
    kinds: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All that the record and the results know of one person."""

    person_id: str
    accounts: tuple[Row, ...]
    about: dict[str, list[Row]]
    orders: tuple[Row, ...]
    events: tuple[Event, ...] = field(default=())


def story_of(workspace: Workspace, identifier: str) -> Story:
    """Return one person's story, named by person id, account, e-mail, phone or handle.

    Raises
    ------
    Problem
        If nobody is called so, or several people are: they are listed.
    """
    with looking(workspace) as context:
        person, accounts = _who(context, workspace, identifier)
        about = {name: _of_person(context, name, person) for name in _ABOUT}
        orders = sorted(_of_person(context, "orders", person), key=lambda row: str(row["day"]))
        events = _events(context, accounts, orders, person)
    if not (accounts or orders or any(about.values())):
        raise _nobody(identifier)
    return Story(person, tuple(accounts), about, tuple(orders), tuple(events))


def _who(context: Context, workspace: Workspace, identifier: str) -> tuple[str, list[Row]]:
    """Return the id of the one person meant, and their accounts with how they are linked."""
    named = sorted(find(workspace.record, workspace.key, identifier).accounts)
    ids = [identifier, *(f"{source}:{account}" for source, account in named)]
    if "links" not in context.results.tables:
        people = {person for person in ids if _of_person(context, "customers", person)}
        pairs = [person.partition(":")[::2] for person in people or ids[1:]]
        accounts = [{"source": source, "account_id": account} for source, account in pairs]
        found = {person: [a] for person, a in zip(people or ids[1:], accounts, strict=True)}
    else:
        links = context.result("links")
        own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
        mine = links.filter(nw.col("person_id").is_in(ids) | own.is_in(ids)).select("person_id")
        found = _grouped(_collected(context, links.join(distinct(mine), on="person_id")))
    if identifier in found:
        return identifier, found[identifier]
    if len(found) > 1:
        raise _several(identifier, found)
    return next(iter(found.items()), (identifier, []))


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["person_id"], row["source"], row["account_id"])):
        found.setdefault(row["person_id"], []).append(row)
    return found


def _nobody(identifier: str) -> Problem:
    fault = Fault(
        f"Nobody is called '{identifier}' in the results.",
        hint="'rapport table customers' lists customers, 'rapport table links' all accounts.",
    )
    return Problem("The person was not found.", [fault])


def _several(identifier: str, found: dict[str, list[Row]]) -> Problem:
    faults = [
        Fault(f"'{identifier}' may be {person}.", hint=f"Ask for '{person}'.")
        for person in sorted(found)[:_MOST_CHOICES]
    ]
    return Problem(f"{len(found)} people are called so.", faults)


def _of_person(context: Context, table: str, person: str) -> list[Row]:
    if table not in context.results.tables:
        return []
    return _collected(context, context.result(table).filter(nw.col("person_id") == person))


def _collected(context: Context, rows: Frame) -> list[Row]:
    found: list[Row] = context.engine.collect(rows).to_pylist()
    return found


def _events(context: Context, accounts: list[Row], orders: list[Row], person: str) -> list[Event]:
    """Return all that happened, oldest first."""
    events = [_bought(row, context.settings.currency) for row in orders]
    if accounts:
        mine = context.engine.table(
            pa.table({name: [row[name] for row in accounts] for name in ("source", "account_id")})
        )
        read = _understood(context, person)
        for table, column, tell in _TOLD:
            events += tell(_rows(context, table, column, mine), read)
        events += _answered(context, mine)
    return sorted((e for e in events if e.when is not None), key=lambda event: event.when)


def _rows(context: Context, table: str, column: str, mine: Frame) -> list[Row]:
    keyed = mine.rename({"account_id": column}) if column != "account_id" else mine
    return _collected(context, context.facts(table).join(keyed, on=["source", column], how="inner"))


def _understood(context: Context, person: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what each message of a person was understood as, by source and activity."""
    return {
        (row["source"], row["activity_id"]): (
            row["sentiment"],
            *(kind for kind in KINDS if row.get(f"is_{kind}")),
        )
        for row in _of_person(context, "messages", person)
    }


Read = dict[tuple[str, str], tuple[str, ...]]


def _place(row: Row) -> str:
    return f"{row['source_file']}, {row['source_row']}"


def _bought(row: Row, currency: str) -> Event:
    what = Said("Order {id}", {"id": str(row["purchase_id"])})
    if row.get("revenue") is not None:
        paid = Estimate.exact(float(row["revenue"]), currency)
        what = Said("Order {id}: {money}", {"id": str(row["purchase_id"]), "money": paid})
    return Event(row["ordered_on"], what, row.get("source") or "", row.get("channel") or "")


_DEEDS = {
    "Create": Said("Wrote without text: {n}"),
    "Like": Said("Liked: {n}"),
    "Announce": Said("Passed on: {n}"),
    "Follow": Said("Followed: {n}"),
    "Undo": Said("Took back: {n}"),
    "Block": Said("Blocked: {n}"),
    "Join": Said("Came to an event: {n}"),
    "Arrive": Said("Came to a store: {n}"),
    "Recommend": Said("Recommended: {n}"),
    "Invite": Said("Was asked to post: {n}"),
    "Accept": Said("Accepted: {n}"),
}


def _deeds(rows: list[Row], read: Read) -> list[Event]:
    """Return messages one by one, and likes, follows and the like of a day and place together."""
    events = [
        Event(
            row["occurred_on"],
            Said("Wrote"),
            row["source"],
            row["channel"] or "",
            row["text"],
            row["url"] or "",
            read.get((row["source"], row["activity_id"]), ()),
            _place(row),
        )
        for row in rows
        if row["text"]
    ]

    def alike(row: Row) -> tuple[str, str, str, str]:
        day = row["occurred_on"].date().isoformat()
        return (row["verb"], row["source"], row["channel"] or "", day)

    silent = sorted((row for row in rows if not row["text"]), key=alike)
    for (verb, source, channel, _), same in groupby(silent, key=alike):
        these = list(same)
        said = _DEEDS.get(verb, Said("Other: {n}"))
        what = Said(said.message, {"n": len(these)})
        events.append(Event(min(r["occurred_on"] for r in these), what, source, channel))
    return events


def _tickets(rows: list[Row], _: Read) -> list[Event]:
    events = []
    for row in rows:
        number = {"id": str(row["ticket_id"])}
        rest = (row["source"], row["channel"] or "")
        place = _place(row)
        asked = Said("Asked for help: {id}", number)
        events.append(Event(row["opened_on"], asked, *rest, place=place))
        if row["first_human_answer_on"]:
            answered = Said("Was answered: {id}", number)
            events.append(Event(row["first_human_answer_on"], answered, *rest, place=place))
        if row["solved_on"]:
            rated = row["rating"]
            solved = Said("Solved: {id}, rated {rating}", {**number, "rating": str(rated)})
            what = solved if rated else Said("Solved: {id}", number)
            events.append(Event(row["solved_on"], what, *rest, place=place))
    return events


def _visits(rows: list[Row], _: Read) -> list[Event]:
    def alike(row: Row) -> tuple[str, str, str]:
        return (row["started_on"].date().isoformat(), row["source"], row["channel"] or "")

    return [
        Event(min(r["started_on"] for r in these), Said("Visits: {n}", {"n": len(these)}), s, c)
        for (_day, s, c), same in groupby(sorted(rows, key=alike), key=alike)
        if (these := list(same))
    ]


def _surveyed(rows: list[Row], _: Read) -> list[Event]:
    def alike(row: Row) -> tuple[str, str, str]:
        return (row["answered_on"].isoformat(), row["source"], row["instrument"])

    events = []
    for (_when, source, instrument), same in groupby(sorted(rows, key=alike), key=alike):
        these = list(same)
        what = Said("Answered {survey}: {n}", {"survey": instrument, "n": len(these)})
        texts = " · ".join(row["text"] for row in these if row["text"])
        events.append(
            Event(these[0]["answered_on"], what, source, "survey", texts, place=_place(these[0]))
        )
    return events


def _leads(rows: list[Row], _: Read) -> list[Event]:
    return [
        Event(
            row["created_on"],
            Said("Sales lead {id}: {stage}", {"id": row["lead_id"], "stage": row["stage"] or "?"}),
            row["source"],
            row["origin"] or "",
            place=_place(row),
        )
        for row in rows
    ]


_TOLD: tuple[tuple[str, str, Callable[[list[Row], Read], list[Event]]], ...] = (
    ("activity", "account_id", _deeds),
    ("ticket", "account_id", _tickets),
    ("visit", "account_id", _visits),
    ("answer", "respondent", _surveyed),
    ("lead", "account_id", _leads),
)


def _answered(context: Context, mine: Frame) -> list[Event]:
    """Return what others wrote in reply to the person."""
    activity = context.facts("activity")
    own = activity.join(mine, on=["source", "account_id"], how="inner")
    asked = distinct(own.select("source", in_reply_to=nw.col("activity_id")))
    replies = activity.join(asked, on=["source", "in_reply_to"], how="inner")
    theirs = replies.join(mine, on=["source", "account_id"], how="anti")
    return [
        Event(
            row["occurred_on"],
            Said("{account} replied", {"account": row["account_id"] or "?"}),
            row["source"],
            row["channel"] or "",
            row["text"] or "",
            row["url"] or "",
            (),
            _place(row),
        )
        for row in _collected(context, theirs)
    ]
