"""Zendesk: tickets as its own table and as its API gives them, and the users of the API.

A satisfaction of "Offered" or "Not Offered" is no rating. The first reply counts from a minute on:
before that a trigger answered. Times within business hours are clocks of the firm, not of the
customer, and are left; "Resolution time" is rounded to hours, and is left too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Problem
from rapport.settings import Settings
from rapport.sources.desk import after, channels, requests, some_minutes, with_columns
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import (
    accounts_and_identifiers,
    column_of,
    emails,
    people,
)
from rapport.sources.json_text import parse_json
from rapport.sources.loading import Recipe, Rule
from rapport.sources.opening import opened
from rapport.sources.other_tables import json_objects, object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.rows import ROW, RawRows, trimmed
from rapport.sources.shapes import Header, Shape, System, as_named

SOURCE = "zendesk"
VERSION = 1
_LARGEST_PAGE = 256 << 20
_TICKETS = {
    "ticket_id": "Id",
    "account_id": "Requester id",
    "external": "Requester external id",
    "email": "Requester email",
    "requester": "Requester",
    "status": "Status",
    "channel": "Via",
    "text": "Subject",
    "opened_on": "Created at",
    "solved_on": "Solved at",
    "rating": "Satisfaction Score",
    "reopened": "Reopens",
    "replies": "Replies",
    "minutes": "First reply time in minutes",
    "summation": "Summation column",
    "assignee": "Assignee",
    "group": "Group",
    "tags": "Tags",
    "priority": "Priority",
    "kind": "Ticket type",
    "updated": "Updated at",
    "resolution": "Resolution time",
}
_API = (
    *("ticket_id", "account_id", "external", "email", "requester", "status", "channel", "text"),
    *("opened_on", "solved_on", "rating", "reopened", "minutes"),
)
_USERS = (
    *("id", "name", "email", "phone", "external_id", "role", "created_at", "locale"),
    *("tags", "active"),
)
_NOTES = (
    "A reply within the first minute is taken for a machine's: no person's answer is known then.",
    "Offered and Not Offered are no ratings.",
)


def _deleted(status: str) -> Rule:
    def finds(rows: pa.Table) -> pa.ChunkedArray:
        return pc.is_in(pc.utf8_lower(trimmed(rows.column(status))), pa.array(["deleted"]))

    return Rule("deleted", "The ticket was deleted.", finds)


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how tickets are read, from the table or from the API."""
    kinds: dict[str, Kind] = {
        "account_id": "identifier",
        "external": "identifier",
        "email": "text",
        "requester": "text",
        "channel": "text",
        "text": "text",
        "solved_on": "time",
        "rating": "text",
        "reopened": "integer",
        "minutes": "number",
    }
    fields = fields_in(header, {"opened_on": "time"}, required=["opened_on"])
    fields += fields_in(header, {"ticket_id": "identifier"}, required=["ticket_id"])
    fields += fields_in(header, kinds)
    rules = (_deleted(header["status"]),) if "status" in header else ()
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["ticket_id"],),
        _tables,
        by_line=False,
        rules=rules,
        notes=_NOTES,
    )


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    email = emails(column_of(typed, "email"))
    account = pc.coalesce(column_of(typed, "account_id"), email)
    columns = {"account_id": account, "channel": channels(column_of(typed, "channel"))}
    if "minutes" in typed.column_names:
        waited = some_minutes(typed.column("minutes"))
        columns["first_human_answer_on"] = after(typed.column("opened_on"), waited, 60)
    columns["rating"] = _ratings(column_of(typed, "rating"))
    rows = with_columns(typed, columns)
    name = column_of(typed, "requester")
    evidence = {"email": [email], "external id": [column_of(typed, "external")], "name": [name]}
    none = column_of(typed, "")
    who = accounts_and_identifiers(account, name, none, evidence, typed.column(ROW))
    return {**requests(rows, "ticket"), **who}


def _ratings(said: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return good or bad; what was offered and not answered is no rating."""
    small = pc.utf8_lower(said)
    none = pa.scalar(None, pa.string())
    bad = pc.if_else(pc.starts_with(small, "bad"), pa.scalar("bad"), none)
    return pc.if_else(pc.starts_with(small, "good"), pa.scalar("good"), bad)


def _opens(piece: Piece) -> TableFile | None:
    """Return the tickets of an API's answer, or of lines of JSON with a ticket each."""
    try:
        with opened(piece.path) as stream:
            start = stream.read(1 << 16)
    except Problem:
        return None
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    if b'"tickets"' in start and b'"requester_id"' in start:
        if _page(piece, "tickets") is not None:
            return made_table(piece, _API, lambda: object_rows(_of_page(piece), _API))
        return None
    marks = (b'"requester_id"', b'"via"', b'"created_at"', b'"status"')
    if all(mark in start for mark in marks):
        return made_table(piece, _API, lambda: _of_lines(piece))
    return None


def _page(piece: Piece, key: str) -> dict[str, Any] | None:
    """Return one answer of the API when it holds a list under a key."""
    with opened(piece.path) as stream:
        text = stream.read(_LARGEST_PAGE)
    try:
        found = parse_json(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get(key), list) else None


def _of_page(piece: Piece) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    page = _page(piece, "tickets") or {}
    users = {str(u.get("id")): u for u in _objects(page.get("users"))}
    metrics = {str(m.get("ticket_id")): m for m in _objects(page.get("metric_sets"))}
    for number, ticket in enumerate(page.get("tickets", ()), start=1):
        if isinstance(ticket, dict):
            user = users.get(str(ticket.get("requester_id")), {})
            yield number, _flat(ticket, user, metrics.get(str(ticket.get("id")), {}))
        else:
            yield number, json.dumps(ticket)


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _of_lines(piece: Piece) -> Iterator[RawRows]:
    with opened(piece.path) as stream:
        told = (
            (number, _flat(value, {}, {}) if isinstance(value, dict) else value)
            for number, value, _ in json_objects(stream)
        )
        yield from object_rows(told, _API)


def _flat(
    ticket: Mapping[str, Any], user: Mapping[str, Any], metrics: Mapping[str, Any]
) -> dict[str, object]:
    """Return one ticket of the API as a row; a figure that is not there is not made up."""
    metric = _part(ticket, "metric_set") or metrics
    who = _part(ticket, "requester") or user
    return {
        "ticket_id": ticket.get("id"),
        "account_id": ticket.get("requester_id") or who.get("id"),
        "external": who.get("external_id"),
        "email": who.get("email"),
        "requester": who.get("name"),
        "status": ticket.get("status"),
        "channel": _part(ticket, "via").get("channel"),
        "text": ticket.get("description") or ticket.get("subject"),
        "opened_on": ticket.get("created_at"),
        "solved_on": metric.get("solved_at"),
        "rating": _part(ticket, "satisfaction_rating").get("score"),
        "reopened": metric.get("reopens"),
        "minutes": _part(metric, "reply_time_in_minutes").get("calendar"),
    }


def _part(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = whole.get(key)
    return part if isinstance(part, dict) else {}


def _opens_users(piece: Piece) -> TableFile | None:
    try:
        with opened(piece.path) as stream:
            start = stream.read(1 << 16)
    except Problem:
        return None
    marks = (b'"users"', b'"role"', b'"email"')
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or not all(m in start for m in marks):
        return None
    if b'"suspended"' not in start and b'"locale"' not in start:
        return None
    page = _page(piece, "users")
    if page is None or "tickets" in page:
        return None

    def objects() -> Iterator[tuple[int, Mapping[str, object] | str]]:
        for number, user in enumerate((_page(piece, "users") or {}).get("users", ()), start=1):
            yield number, user if isinstance(user, dict) else json.dumps(user)

    return made_table(piece, _USERS, lambda: object_rows(objects(), _USERS))


def _users(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how users are read: agents are employees."""
    kinds: dict[str, Kind] = {
        "name": "text",
        "email": "text",
        "phone": "text",
        "external_id": "identifier",
        "role": "text",
        "created_at": "time",
        "locale": "text",
    }
    fields = fields_in(header, {"id": "identifier"}, required=["id"]) + fields_in(header, kinds)

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        role = pc.utf8_lower(column_of(typed, "role"))
        columns: dict[str, object] = {
            "account_id": typed.column("id"),
            "name": column_of(typed, "name"),
            "created": typed.column("created_at"),
            "language": column_of(typed, "locale"),
            "is_employee": pc.is_in(role, pa.array(["agent", "admin"])),
        }
        evidence = {
            "email": [column_of(typed, "email")],
            "phone": [column_of(typed, "phone")],
            "external id": [column_of(typed, "external_id")],
            "name": [column_of(typed, "name")],
        }
        return people(typed, columns, evidence)

    return Recipe(SOURCE, VERSION, fields, (header["id"],), tables, by_line=False)


SYSTEM = System(
    SOURCE,
    "Zendesk",
    "service",
    (
        Shape(
            name="tickets",
            title="Tickets of Zendesk",
            grain="one ticket",
            tables=("ticket", "activity", "account", "identifier"),
            columns=_TICKETS,
            needs=("ticket_id", "opened_on", "status", "channel", "kind"),
            where="Zendesk › Admin Center › Account › Tools › Reports › Export › Tickets › CSV",
            since="2012",
            checked="the documented columns, and headers in open-source tools; English only",
            recipe=_recipe,
        ),
        Shape(
            name="tickets_json",
            title="Tickets of Zendesk, from its API",
            grain="one ticket",
            tables=("ticket", "activity", "account", "identifier"),
            columns=as_named(*_API),
            needs=_API,
            where="Zendesk API, incremental/tickets/cursor.json?include=metric_sets,users",
            since="2014",
            checked="the documented answers of the API",
            opens=_opens,
            recipe=_recipe,
        ),
        Shape(
            name="users_json",
            title="Users of Zendesk, from its API",
            grain="one user",
            tables=("account", "identifier"),
            columns=as_named(*_USERS),
            needs=_USERS,
            where="Zendesk API, incremental/users/cursor.json",
            since="2014",
            checked="the documented answers of the API",
            opens=_opens_users,
            recipe=_users,
        ),
    ),
)
