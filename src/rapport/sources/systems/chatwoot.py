"""Chatwoot: ratings of conversations, and conversations as its API gives them.

The reports by agent, inbox, label and team are averages: they say how long people waited on
average and not how long anybody did, so they are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Problem
from rapport.settings import Settings
from rapport.sources.desk import channels, requests, with_columns
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, column_of, emails, phones
from rapport.sources.json_text import parse_json
from rapport.sources.loading import Recipe, record_table
from rapport.sources.opening import opened
from rapport.sources.other_tables import object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System, as_named

SOURCE = "chatwoot"
VERSION = 1
INSTRUMENT = "chatwoot csat"
_LARGEST_PAGE = 256 << 20
# English, German and Spanish as its own catalogues have them; French and Swedish translate a part.
_CSAT: dict[str, Aliases] = {
    "agent": ("Agent Name", "Nom de l'agent", "Agentenname", "Nombre del agente", "Agentens namn"),
    "rating": ("Rating", "Note", "Bewertung", "Calificación", "Betyg"),
    "text": ("Feedback Comment", "Feedback-Kommentar", "Comentario de opinión"),
    "name": ("Contact Name", "Kontaktname", "Nombre de Contacto"),
    "email": (
        *("Contact Email Address", "Kontakt-E-Mail-Adresse"),
        "Correo electrónico de contacto",
    ),
    "phone": (
        *("Contact Phone Number", "Kontakt Telefonnummer"),
        "Número de teléfono de contacto",
    ),
    "link": (
        *("Link to the conversation", "Link zur Konversation"),
        "Enlace a la conversación",
    ),
    "answered_on": ("Recorded date", "Aufnahmedatum", "Fecha registrada"),
    "notes": "Review Notes",
}
_FIRST_RESPONSE: Aliases = (
    *("Avg first response time", "Avg first response time (Minutes)"),
    *("Temps de réponse moyen (Minutes)", "Durchschnittliche Reaktionszeit (Minuten)"),
    *("Durchschnittliche Zeit bis zur ersten Antwort (Minuten)",),
    "Promedio de tiempo de la primera respuesta",
)
_RESOLUTION: Aliases = (
    *("Avg resolution time", "Avg resolution time (Minutes)"),
    *("Temps moyen de résolution (Minutes)", "Durchschnittliche Auflösungszeit (Minuten)"),
    "Tiempo promedio de resolución",
)
_AVERAGES = Refusal(
    "It is a report of averages, which do not say how long anybody waited.",
    "Export the conversations through the API, and the ratings under Reports › CSAT.",
)
_API = (
    *("ticket_id", "opened_on", "account_id", "channel", "first_human_answer_on"),
    *("name", "email", "phone", "external", "text"),
)


def _csat(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how ratings are read."""
    kinds: dict[str, Kind] = {"text": "text", "name": "text", "email": "text", "phone": "text"}
    fields = fields_in(header, {"answered_on": "time"}, required=["answered_on"])
    fields += fields_in(header, {"rating": "integer"}, required=["rating"])
    fields += fields_in(header, {"link": "text"}, required=["link"])
    fields += fields_in(header, kinds)
    notes = ("Notes of the team on a rating are not taken over.",)
    return Recipe(
        *(SOURCE, VERSION, fields, (header["link"],), _answers),
        by_line=False,
        time_zone="UTC",
        notes=notes,
    )


def _answers(typed: pa.Table) -> Mapping[str, pa.Table]:
    number = pc.struct_field(
        pc.extract_regex(typed.column("link"), r"/conversations/(?P<id>\d+)"), "id"
    )
    talk = pc.binary_join_element_wise(
        pa.scalar("conversation"), pc.coalesce(number, typed.column("link")), " "
    )
    email, phone = emails(column_of(typed, "email")), phones(column_of(typed, "phone"))
    account = pc.coalesce(email, phone)
    rows = with_columns(typed, {"who": pc.coalesce(account, talk)})
    rated = _answer(rows, "rating", score=pc.cast(typed.column("rating"), pa.float64()))
    parts = [rated]
    said = rows.filter(pc.is_valid(column_of(rows, "text")))
    if said.num_rows:
        parts.append(_answer(said, "feedback", text=said.column("text")))
    name = column_of(typed, "name")
    evidence = {"email": [email], "phone": [phone], "name": [name]}
    none = column_of(typed, "")
    who = accounts_and_identifiers(account, name, none, evidence, typed.column(ROW))
    return {"answer": pa.concat_tables(parts).sort_by(ROW), **who}


def _answer(rows: pa.Table, item: str, **values: pa.ChunkedArray) -> pa.Table:
    columns: dict[str, object] = {
        "respondent": rows.column("who"),
        "answered_on": rows.column("answered_on"),
        "zone": rows.column("zone"),
        "instrument": INSTRUMENT,
        "item": item,
        "score": None,
        "text": None,
    }
    return record_table("answer", {**columns, **values}, rows)


def _opens(piece: Piece) -> TableFile | None:
    """Return the conversations of an API's answer; None for any other file."""
    try:
        with opened(piece.path) as stream:
            start = stream.read(1 << 16)
    except Problem:
        return None
    marks = (b'"payload"', b'"sender"', b'"channel"')
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or not all(m in start for m in marks):
        return None
    if _payload(piece) is None:
        return None
    return made_table(piece, _API, lambda: object_rows(_talks(piece), _API))


def _payload(piece: Piece) -> list[Any] | None:
    with opened(piece.path) as stream:
        text = stream.read(_LARGEST_PAGE)
    try:
        found = parse_json(text)
    except (ValueError, RecursionError):
        return None
    whole = found.get("data", found) if isinstance(found, dict) else None
    payload = whole.get("payload") if isinstance(whole, dict) else None
    return payload if isinstance(payload, list) else None


def _talks(piece: Piece) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    for number, talk in enumerate(_payload(piece) or (), start=1):
        yield number, _flat(talk) if isinstance(talk, dict) else json.dumps(talk)


def _flat(talk: Mapping[str, Any]) -> dict[str, object]:
    meta = talk.get("meta") if isinstance(talk.get("meta"), dict) else {}
    sender = meta.get("sender") if isinstance(meta, dict) else {}
    who = sender if isinstance(sender, dict) else {}
    return {
        "ticket_id": talk.get("id"),
        "opened_on": _moment(talk.get("created_at")),
        "account_id": who.get("id"),
        "channel": meta.get("channel") if isinstance(meta, dict) else None,
        "first_human_answer_on": _moment(talk.get("first_reply_created_at")),
        "name": who.get("name"),
        "email": who.get("email"),
        "phone": who.get("phone_number"),
        "external": who.get("identifier"),
        "text": _first_words(talk.get("messages")),
    }


def _moment(value: object) -> object:
    """Return a moment; 0 stands for none."""
    return None if value in (0, "0", "") else value


def _first_words(messages: object) -> object:
    """Return the first message of the customer (type 0) among those that came along."""
    found = messages if isinstance(messages, list) else []
    theirs = [each for each in found if isinstance(each, dict) and each.get("message_type") == 0]
    return theirs[0].get("content") if theirs else None


def _conversations(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how conversations are read: Chatwoot itself names the first answer of a person."""
    kinds: dict[str, Kind] = {
        "account_id": "identifier",
        "channel": "text",
        "first_human_answer_on": "time",
        "name": "text",
        "email": "text",
        "phone": "text",
        "external": "identifier",
        "text": "text",
    }
    fields = fields_in(header, {"opened_on": "time"}, required=["opened_on"])
    fields += fields_in(header, {"ticket_id": "identifier"}, required=["ticket_id"])
    fields += fields_in(header, kinds)

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        account, name = column_of(typed, "account_id"), column_of(typed, "name")
        rows = with_columns(typed, {"channel": channels(column_of(typed, "channel"))})
        evidence = {
            "email": [column_of(typed, "email")],
            "phone": [column_of(typed, "phone")],
            "external id": [column_of(typed, "external")],
            "name": [name],
        }
        none = column_of(typed, "")
        who = accounts_and_identifiers(account, name, none, evidence, typed.column(ROW))
        return {**requests(rows, "conversation"), **who}

    notes = ("When a conversation was solved is not among what the API says of it.",)
    order = (header["ticket_id"],)
    return Recipe(
        SOURCE, VERSION, fields, order, tables, by_line=False, time_zone="UTC", notes=notes
    )


SYSTEM = System(
    SOURCE,
    "Chatwoot",
    "service",
    (
        Shape(
            name="csat",
            title="Ratings of conversations in Chatwoot",
            grain="one rating",
            tables=("answer", "account", "identifier"),
            columns=_CSAT,
            needs=("rating", "link", "answered_on"),
            where="Chatwoot › Reports › CSAT › Download CSAT reports",
            since="2022",
            checked="its source: the template and the catalogues in five languages",
            recipe=_csat,
        ),
        Shape(
            name="conversations",
            title="Conversations of Chatwoot, from its API",
            grain="one conversation",
            tables=("ticket", "activity", "account", "identifier"),
            columns=as_named(*_API),
            needs=_API,
            where="Chatwoot API, GET /api/v1/accounts/…/conversations?status=all",
            since="2021",
            checked="answers in open-source clients",
            opens=_opens,
            recipe=_conversations,
        ),
        Shape(
            name="averages",
            title="Averages of Chatwoot by agent, inbox, label or team",
            grain="",
            tables=(),
            columns={"first": _FIRST_RESPONSE, "resolution": _RESOLUTION},
            needs=("first", "resolution"),
            refuses=_AVERAGES,
        ),
    ),
)
