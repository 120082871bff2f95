"""Zendesk as Fivetran's connector writes it into a warehouse: tickets, comments, users.

A ticket's own row does not say when somebody answered or when it was solved. The first human answer
is the first public comment of an agent in `ticket_comment` (`user` says who is one), the rest comes
from `ticket_field_history`; both are taken from the tables that lie beside the tickets. Times are
UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.beside import looked_up, read_with, tables_beside
from rapport.sources.derived import Make, derived
from rapport.sources.desk import channels
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import emails, identifiers_of, phones
from rapport.sources.loading import Recipe, Rule, facts_of, present, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.fivetran_zendesk_history import answers, histories

SOURCE = "fivetran_zendesk"
VERSION = 1
_ANSWER, _SOLVED, _AGAIN, _RATING = "first answer", "last solved", "reopened", "rating"
_CHANNEL = "channel of the ticket"

_TICKETS: dict[str, Aliases] = {
    "ticket_id": "id",
    "opened_on": "created_at",
    "account_id": "requester_id",
    "channel": "via_channel",
    "status": "status",
    "assignee": "assignee_id",
    "synced": "_fivetran_synced",
}
_TICKET_NEEDS = ("ticket_id", "opened_on", "account_id", "channel", "status", "synced")
_COMMENTS: dict[str, Aliases] = {
    "comment": "id",
    "occurred_on": "created",
    "text": "body",
    "public": "public",
    "ticket": "ticket_id",
    "account_id": "user_id",
    "tweet": "tweet",
    "facebook": "facebook_comment",
    "synced": "_fivetran_synced",
}
_COMMENT_NEEDS = ("comment", "occurred_on", "text", "public", "ticket", "account_id", "synced")
_USERS: dict[str, Aliases] = {
    "account_id": "id",
    "name": "name",
    "email": "email",
    "phone": "phone",
    "external": "external_id",
    "role": "role",
    "created": "created_at",
    "locale": "locale",
    "synced": "_fivetran_synced",
}
_USER_NEEDS = ("account_id", "name", "email", "role", "created", "synced")
_HISTORY: dict[str, Aliases] = {
    "field": "field_name",
    "ticket": "ticket_id",
    "updated": "updated",
    "value": "value",
    "synced": "_fivetran_synced",
}
_HISTORY_NEEDS = ("field", "ticket", "updated", "value", "synced")
_SENTENCES = {
    "answers": "First answers are not known: lay ticket_comment and user beside it.",
    "solved": "When tickets were solved is not known: lay ticket_field_history beside it.",
}
_AGENTS = pa.array(["agent", "admin"])
_TRUE = pa.array(["true", "t", "1"])


def _tickets(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    beside = tables_beside(file, _BESIDE_TICKETS)
    own = header["ticket_id"]
    makes: dict[str, Make] = {}
    notes = []
    if {"comments", "users"} <= set(beside):
        said = beside["comments"].table("ticket", "occurred_on", "account_id", "public")
        users = beside["users"].table("account_id", "role")
        agents = users.filter(pc.is_in(pc.utf8_lower(users.column("role")), _AGENTS))
        first = answers(said, agents.column("account_id"))
        makes[_ANSWER] = looked_up(own, first.column("ticket"), first.column("answered"))
    else:
        notes.append(_SENTENCES["answers"])
    if "history" in beside:
        told = histories(beside["history"].table("field", "ticket", "updated", "value"))
        for name, column in ((_SOLVED, "solved"), (_AGAIN, "reopened"), (_RATING, "rating")):
            makes[name] = looked_up(own, told.column("ticket"), told.column(column))
    else:
        notes.append(_SENTENCES["solved"])
    made = {
        "first_human_answer_on": _ANSWER,
        "solved_on": _SOLVED,
        "reopened": _AGAIN,
        "rating": _RATING,
    }
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("ticket_id", "account_id"), "identifier"),
        **dict.fromkeys(("opened_on", "first_human_answer_on", "solved_on"), "time"),
        "reopened": "integer",
        **dict.fromkeys(("channel", "rating"), "text"),
    }
    columns = {**header, **{name: column for name, column in made.items() if column in makes}}
    status = header["status"]
    deleted = Rule(
        "deleted",
        "The ticket was deleted.",
        lambda rows: pc.equal(pc.utf8_lower(trimmed(rows.column(status))), "deleted"),
    )

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        columns = present(typed, (*kinds, "zone"))
        if "channel" in columns:
            columns["channel"] = channels(typed.column("channel"))
        return {"ticket": record_table("ticket", columns, typed)}

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds, required=("ticket_id", "opened_on")),
        order=(own,),
        finish=finish,
        by_line=False,
        notes=tuple(notes),
        time_zone="UTC",
        rules=(deleted,),
    )
    return read_with(facts_of(derived(file, makes), recipe, settings, now), beside)


def _comments(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None
) -> Facts:
    beside = tables_beside(file, {"tickets": (_TICKETS, _TICKET_NEEDS)})
    makes: dict[str, Make] = {}
    if "tickets" in beside:
        tickets = beside["tickets"].table("ticket_id", "channel")
        makes[_CHANNEL] = looked_up(
            header["ticket"], tickets.column("ticket_id"), tickets.column("channel")
        )
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("comment", "account_id", "ticket"), "identifier"),
        "occurred_on": "time",
        **dict.fromkeys(("text", "channel"), "text"),
        **dict.fromkeys(("tweet", "facebook"), "flag"),
    }
    public = header["public"]
    internal = Rule(
        "internal_note",
        "It is a note among colleagues, which the customer does not see.",
        lambda rows: pc.invert(pc.is_in(pc.utf8_lower(trimmed(rows.column(public))), _TRUE)),
    )
    columns = {**header, **({"channel": _CHANNEL} if makes else {})}
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds, required=("comment", "occurred_on")),
        order=(header["comment"],),
        finish=_activities,
        by_line=False,
        time_zone="UTC",
        rules=(internal,),
    )
    return read_with(facts_of(derived(file, makes), recipe, settings, now), beside)


def _activities(typed: pa.Table) -> Mapping[str, pa.Table]:
    channel = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    for name, word in (("tweet", "x"), ("facebook", "facebook")):
        if name in typed.column_names:
            flag = pc.fill_null(typed.column(name), False)
            channel = pc.coalesce(channel, pc.if_else(flag, word, pa.scalar(None, pa.string())))
    if "channel" in typed.column_names:
        channel = pc.coalesce(channel, channels(typed.column("channel")))
    columns = present(typed, ("occurred_on", "zone", "account_id", "text")) | {
        "activity_id": pc.binary_join_element_wise("comment", typed.column("comment"), ":"),
        "channel": channel,
        "verb": "Create",
        "object_kind": "Note",
        "object_id": typed.column("comment"),
    }
    if "ticket" in typed.column_names:
        columns["in_reply_to"] = typed.column("ticket")
    return {"activity": record_table("activity", columns, typed)}


def _users(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("account_id", "external"), "identifier"),
        **dict.fromkeys(("name", "email", "phone", "role", "locale"), "text"),
        "created": "time",
    }
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("account_id",)),
        order=(header["account_id"],),
        finish=_people,
        by_line=False,
        time_zone="UTC",
    )


def _people(typed: pa.Table) -> Mapping[str, pa.Table]:
    def text(name: str) -> pa.ChunkedArray:
        if name in typed.column_names:
            return typed.column(name)
        return pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])

    language = pc.utf8_lower(pc.utf8_slice_codeunits(text("locale"), 0, 2))
    columns = present(typed, ("account_id", "name", "created")) | {
        "is_employee": pc.is_in(pc.utf8_lower(text("role")), _AGENTS),
        "language": language,
    }
    evidence = {
        "email": [emails(text("email"))],
        "phone": [phones(text("phone"))],
        "name": [text("name")],
        "external id": [text("external")],
    }
    account = typed.column("account_id")
    return {
        "account": record_table("account", columns, typed),
        "identifier": identifiers_of(account, evidence, typed.column(ROW)),
    }


_BESIDE_TICKETS: dict[str, tuple[Mapping[str, Aliases], tuple[str, ...]]] = {
    "comments": (_COMMENTS, _COMMENT_NEEDS),
    "users": (_USERS, _USER_NEEDS),
    "history": (_HISTORY, _HISTORY_NEEDS),
}
_CHECKED = "the connector's published test data"


SYSTEM = System(
    SOURCE,
    "Zendesk by Fivetran",
    "warehouse",
    (
        Shape(
            name="tickets",
            title="Zendesk tickets, from Fivetran",
            grain="one ticket",
            tables=("ticket",),
            columns=_TICKETS,
            needs=_TICKET_NEEDS,
            where="Table ticket of the connector's schema, with its history beside it",
            since="2020",
            checked=_CHECKED,
            facts=_tickets,
        ),
        Shape(
            name="comments",
            title="Comments of Zendesk tickets, from Fivetran",
            grain="one comment",
            tables=("activity",),
            columns=_COMMENTS,
            needs=_COMMENT_NEEDS,
            where="Table ticket_comment of the connector's schema",
            since="2020",
            checked=_CHECKED,
            facts=_comments,
        ),
        Shape(
            name="users",
            title="Zendesk users, from Fivetran",
            grain="one user",
            tables=("account", "identifier"),
            columns=_USERS,
            needs=_USER_NEEDS,
            where="Table user of the connector's schema",
            since="2020",
            checked=_CHECKED,
            recipe=_users,
        ),
        Shape(
            name="history",
            title="History of Zendesk tickets, from Fivetran",
            grain="",
            tables=(),
            columns=_HISTORY,
            needs=_HISTORY_NEEDS,
            refuses=Refusal(
                "It is the history of tickets, and is read with the table ticket beside it.",
                "Add the table ticket from the same folder.",
                spare=True,
            ),
        ),
    ),
)
