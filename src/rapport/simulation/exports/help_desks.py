"""What help desks answer by API: Zendesk's newest tickets and people, Chatwoot's conversations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rapport.simulation.exports.packing import json_bytes, write_bytes
from rapport.simulation.exports.view import cards, present, where
from rapport.simulation.history import History

NEWEST = dt.timedelta(days=182)
"""Zendesk's newest tickets come from the API, since the export of tables stopped then."""
_HELD = {
    "fr": "Bonjour, merci pour votre message, un conseiller vous répond bientôt.",
    "en": "Hello, thank you for your message, somebody will answer soon.",
}
_ANSWERED = {
    "fr": "Bonjour, je regarde cela avec vous tout de suite.",
    "en": "Hello, let me look into this with you right now.",
}
_INBOX = 1
_MINUTE = dt.timedelta(minutes=1)


def newest_from(history: History) -> dt.datetime:
    """Return since when Zendesk's tickets come from the API."""
    day = max(history.last_day - NEWEST, history.first_day)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _with_people(history: History, system: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each ticket of a system with the card of who asked, empty for a stranger."""
    rows = present(history, system, where(history.ticket, system=system), "opened_on")
    known, at = cards(history, system, rows.column("person_id"), rows.column("opened_on"))
    people = known.drop_columns(["person_id"]).to_pylist()
    for ticket, place in zip(
        rows.drop_columns(["person_id"]).to_pylist(), at.tolist(), strict=True
    ):
        yield ticket, people[place] if place >= 0 else {}


def _name(card: dict[str, Any]) -> str:
    return " ".join(part for part in (card.get("first_name"), card.get("last_name")) if part)


def _moment(when: dt.datetime | None) -> str | None:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None


def _seconds(when: dt.datetime | None) -> int:
    return int(when.timestamp()) if when else 0


def write_zendesk(history: History, folder: Path) -> list[Path]:
    """Write two answers of Zendesk's incremental export: tickets of the last half-year, users."""
    start = newest_from(history)
    pairs = [pair for pair in _with_people(history, "zendesk") if pair[0]["opened_on"] >= start]
    if not pairs:
        return []
    agents = {ticket["agent"] for ticket, _ in pairs if ticket["agent"]}
    numbers = {name: 900_000_001 + place for place, name in enumerate(sorted(agents))}
    asked = {card["card_id"]: card for _, card in pairs if card}
    users = [_user(card) for _, card in sorted(asked.items())]
    users += [_agent(name, number, start) for name, number in numbers.items()]
    tickets = [_ticket(ticket, card, numbers) for ticket, card in pairs]
    base = folder / "service"
    return [
        write_bytes(base / "zendesk_incremental_tickets.json", _answer("tickets", tickets)),
        write_bytes(base / "zendesk_incremental_users.json", _answer("users", users)),
    ]


def _answer(name: str, items: list[dict[str, Any]]) -> bytes:
    end = {"count": len(items), "end_of_stream": True, "next_page": None}
    return json_bytes({name: items, **end}, indent=1)


def _user(card: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": int(card["card_id"]),
        "name": _name(card),
        "email": card["email"],
        "phone": card["phone"],
        "created_at": _moment(card["created_on"]),
        "updated_at": _moment(card["created_on"]),
        "role": "end-user",
        "active": True,
        "verified": True,
        "suspended": False,
        "external_id": None,
    }


def _agent(name: str, number: int, since: dt.datetime) -> dict[str, Any]:
    card = {"card_id": number, "first_name": name, "last_name": "", "created_on": since}
    return {**_user({**card, "email": None, "phone": None}), "role": "agent"}


def _ticket(ticket: dict[str, Any], card: dict[str, Any], agents: dict[str, int]) -> dict[str, Any]:
    solved, answered = ticket["solved_on"], ticket["first_answer_on"]
    number = int(ticket["ticket_id"])
    asked_by = int(card["card_id"]) if card else None
    rating = ticket["rating"] or ("offered" if solved else "unoffered")
    return {
        "url": f"https://maison-alize.zendesk.example/api/v2/tickets/{number}.json",
        "id": number,
        "external_id": None,
        "via": {"channel": "email" if ticket["channel"] == "email" else "messaging"},
        "created_at": _moment(ticket["opened_on"]),
        "updated_at": _moment(solved or answered or ticket["opened_on"]),
        "type": "question" if ticket["kind"] == "question" else "problem",
        "subject": ticket["subject"],
        "raw_subject": ticket["subject"],
        "description": ticket["text"],
        "priority": "normal",
        "status": "closed" if solved else "pending" if answered else "new",
        "requester_id": asked_by,
        "submitter_id": asked_by,
        "assignee_id": agents.get(ticket["agent"]),
        "organization_id": None,
        "group_id": 360_001,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": [ticket["topic"]],
        "satisfaction_rating": {"score": rating},
        "metric_set": _metrics(ticket),
        "generated_timestamp": _seconds(solved or answered or ticket["opened_on"]),
    }


def _metrics(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the waits as Zendesk counts them: the bot's answer is a reply to it."""
    opened, answered = ticket["opened_on"], ticket["first_answer_on"]
    solved, reply = ticket["solved_on"], ticket["bot_answer_on"] or ticket["first_answer_on"]

    def minutes(until: dt.datetime | None) -> dict[str, int | None]:
        return {"calendar": (until - opened) // _MINUTE if until else None, "business": None}

    return {
        "ticket_id": int(ticket["ticket_id"]),
        "created_at": _moment(opened),
        "group_stations": 1,
        "assignee_stations": 1,
        "reopens": ticket["reopened"],
        "replies": ticket["contacts"],
        "initially_assigned_at": _moment(answered),
        "assigned_at": _moment(answered),
        "solved_at": _moment(solved),
        "reply_time_in_minutes": minutes(reply),
        "first_resolution_time_in_minutes": minutes(solved),
        "full_resolution_time_in_minutes": minutes(solved),
        "requester_wait_time_in_minutes": minutes(answered),
    }


def write_chatwoot(history: History, folder: Path) -> list[Path]:
    """Write Chatwoot's conversations as its API answers, each with its messages."""
    items = [_conversation(ticket, card) for ticket, card in _with_people(history, "chatwoot")]
    if not items:
        return []
    answer = {"data": {"meta": {"all_count": len(items)}, "payload": items}}
    path = folder / "service" / "chatwoot_conversations.json"
    return [write_bytes(path, json_bytes(answer, indent=1))]


def _conversation(ticket: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    solved, answered = ticket["solved_on"], ticket["first_answer_on"]
    last = solved or answered or ticket["bot_answer_on"] or ticket["opened_on"]
    sender = {
        "id": int(card["card_id"]) if card else None,
        "name": _name(card) or "Visitor",
        "email": card.get("email"),
        "phone_number": card.get("phone"),
        "identifier": None,
        "type": "contact",
    }
    assignee = {"id": 1, "name": ticket["agent"], "role": "agent"} if ticket["agent"] else None
    return {
        "id": int(ticket["ticket_id"]),
        "account_id": 1,
        "inbox_id": _INBOX,
        "status": "resolved" if solved else "open",
        "created_at": _seconds(ticket["opened_on"]),
        "updated_at": _seconds(last),
        "timestamp": _seconds(last),
        "last_activity_at": _seconds(last),
        "first_reply_created_at": _seconds(answered),
        "waiting_since": 0 if answered else _seconds(ticket["opened_on"]),
        "labels": [ticket["topic"]],
        "unread_count": 0,
        "priority": None,
        "meta": {"sender": sender, "channel": "Channel::WebWidget", "assignee": assignee},
        "messages": _messages(ticket, sender),
    }


def _messages(ticket: dict[str, Any], sender: dict[str, Any]) -> list[dict[str, Any]]:
    language = ticket["language"]
    bot = {"id": 1, "name": "Alizé bot", "type": "agent_bot"}
    agent = {"id": 1, "name": ticket["agent"], "type": "user"}
    said = [
        (ticket["opened_on"], 0, ticket["text"], sender),
        (ticket["bot_answer_on"], 1, _HELD[language], bot),
        (ticket["first_answer_on"], 1, _ANSWERED[language], agent),
    ]
    told = sorted((each for each in said if each[0]), key=lambda each: each[0])
    return [
        {
            "id": int(ticket["ticket_id"]) * 10 + place,
            "conversation_id": int(ticket["ticket_id"]),
            "inbox_id": _INBOX,
            "message_type": kind,
            "content_type": "text",
            "content": text,
            "private": False,
            "created_at": _seconds(when),
            "sender": who,
        }
        for place, (when, kind, text, who) in enumerate(told)
    ]
