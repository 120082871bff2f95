"""The log of a call centre, in French or English: who called when, who waited, who was helped.

A call that nobody took has no answer. A problem counts as solved at the end of the call when the
log says so and the customer did not have to call again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import Make, derived, joined
from rapport.sources.desk import after, requests, with_columns
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, column_of, emails, phones
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "call_log"
VERSION = 1
_WAIT = "waited, in seconds"
_TALK = "talked, in seconds"
_WHEN = "called on"
_COLUMNS: dict[str, Aliases] = {
    "ticket_id": (
        *("Call ID", "Call id", "Call no.", "Call number", "N° appel", "N° d'appel"),
        *("Numéro d'appel", "ID appel", "Id de l'appel", "Anruf-ID"),
    ),
    "day": (
        "Date",
        "Day",
        "Jour",
        "Call date",
        "Date d'appel",
        "Start time",
        "Début",
        "Started at",
    ),
    "hour": ("Time", "Heure", "Call time", "Heure d'appel", "Uhrzeit"),
    "phone": (
        *("Caller", "Caller number", "Caller ID", "Calling number", "From", "Phone"),
        *("Numéro appelant", "N° appelant", "Appelant", "Téléphone"),
    ),
    "email": ("Email", "E-mail", "Courriel"),
    "customer": ("Customer ID", "Customer no.", "N° client", "Id client", "Code client"),
    "card": ("Loyalty card", "Carte de fidélité", "N° carte"),
    "name": ("Customer", "Customer name", "Client", "Nom du client", "Nom"),
    "text": ("Subject", "Objet", "Notes", "Summary", "Résumé"),
    "reason": ("Reason", "Motif", "Call reason", "Motif d'appel"),
    "wait": (
        *("Wait (s)", "Wait time", "Waiting time", "Waiting time (s)", "Queue time", "Hold (s)"),
        *("Attente (s)", "Attente", "Temps d'attente", "Temps d'attente (s)"),
    ),
    "taken": ("Answered", "Taken", "Picked up", "Décroché", "Répondu", "Prise en charge"),
    "talk": ("Duration (s)", "Duration", "Talk time", "Durée (s)", "Durée", "Durée d'appel"),
    "solved": ("Resolved", "Solved", "Résolu", "Résolue"),
    "reopened": ("Call-backs", "Callbacks", "Repeat calls", "Rappels", "Nombre de rappels"),
    "agent": ("Agent", "Conseiller"),
    "store": ("Store", "Magasin"),
    "language": ("Language", "Langue"),
}
_NOTES = (
    "A problem counts as solved at the end of its call where the log says so and nobody called"
    " again.",
    "A number that was withheld names nobody.",
)


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    parts = [header[name] for name in ("day", "hour") if name in header]
    makes = {_WHEN: joined(*parts)}
    for name, column in (("wait", _WAIT), ("talk", _TALK)):
        if name in header:
            makes[column] = _in_seconds(header[name])
    made = derived(file, makes)
    return facts_of(made, _recipe(made, header), settings, now)


def _in_seconds(column: str) -> Make:
    """Return how durations become whole seconds; what is none stays as it is."""

    def make(rows: pa.Table) -> pa.ChunkedArray:
        plain = trimmed(rows.column(column))
        distinct = pc.unique(plain)
        read = [seconds(text) for text in distinct.to_pylist()]
        return pc.take(pa.array(read, pa.string()), pc.index_in(plain, distinct))

    return make


def seconds(text: str) -> str:
    """Return a duration as seconds; what is none stays as it is.

    Examples
    --------
    >>> [seconds(text) for text in ("95", "95 s", "1:35", "00:01:35", "1 min 35 s", "?")]
    ['95', '95', '95', '95', '95', '?']
    """
    clock = re.fullmatch(r"(?:(\d+):)?(\d{1,3}):(\d{2})", text)
    spoken = re.fullmatch(
        r"(?i)(?:(\d+) ?h(?:ours?|eures?)?)?\s*(?:(\d+) ?m(?:in\w*)?\.?)?\s*"
        r"(?:(\d+) ?s(?:ec\w*)?\.?)?",
        text,
    )
    found = clock or (spoken if text else None)
    if not found:
        return text
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return str(hours * 3600 + minutes * 60 + rest)


def _recipe(file: TableFile, header: Header) -> Recipe:
    """Return how calls are read."""
    places = {**header, "opened_on": _WHEN}
    places |= {"waited": _WAIT} if "wait" in header else {}
    places |= {"talked": _TALK} if "talk" in header else {}
    kinds: dict[str, Kind] = {
        "waited": "integer",
        "talked": "integer",
        "taken": "flag",
        "solved": "flag",
        "reopened": "integer",
        "phone": "text",
        "email": "text",
        "customer": "identifier",
        "card": "identifier",
        "name": "text",
        "text": "text",
    }
    fields = fields_in(places, {"opened_on": "time"}, required=["opened_on"])
    fields += fields_in(places, {"ticket_id": "identifier"}, required=["ticket_id"])
    fields += fields_in(places, kinds)
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["ticket_id"],),
        _tables,
        by_line=False,
        usual_dates="day-first",
        notes=_NOTES,
    )


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    phone, email = phones(column_of(typed, "phone")), emails(column_of(typed, "email"))
    customer, card = column_of(typed, "customer"), column_of(typed, "card")
    account = pc.coalesce(customer, phone, email, card)
    columns: dict[str, pa.ChunkedArray] = {
        "account_id": account,
        "channel": pa.chunked_array([pa.repeat("phone", typed.num_rows)]),
    }
    if "waited" in typed.column_names:
        talked = pc.greater(_number(typed, "talked"), 0.0)
        taken = _flag(typed, "taken") if "taken" in typed.column_names else talked
        waited = pc.if_else(
            pc.fill_null(taken, False), _number(typed, "waited"), pa.scalar(None, pa.float64())
        )
        columns["first_human_answer_on"] = after(typed.column("opened_on"), waited, 1)
        again = pc.fill_null(_number(typed, "reopened"), 0.0)
        done = pc.and_(pc.fill_null(_flag(typed, "solved"), False), pc.equal(again, 0.0))
        whole = pc.add(waited, _number(typed, "talked"))
        lasted = pc.if_else(done, whole, pa.scalar(None, pa.float64()))
        columns["solved_on"] = after(typed.column("opened_on"), lasted, 1)
    name = column_of(typed, "name")
    evidence = {"phone": [phone], "email": [email], "external id": [customer], "name": [name]}
    evidence["loyalty card"] = [card]
    none = column_of(typed, "")
    who = accounts_and_identifiers(account, name, none, evidence, typed.column(ROW))
    return {**requests(with_columns(typed, columns), "call"), **who}


def _number(typed: pa.Table, name: str) -> pa.ChunkedArray:
    if name in typed.column_names:
        return pc.cast(typed.column(name), pa.float64())
    return pa.chunked_array([pa.nulls(typed.num_rows, pa.float64())])


def _flag(typed: pa.Table, name: str) -> pa.ChunkedArray:
    if name in typed.column_names:
        return typed.column(name)
    return pa.chunked_array([pa.nulls(typed.num_rows, pa.bool_())])


SYSTEM = System(
    SOURCE,
    "A call centre's log",
    "service",
    (
        Shape(
            name="calls",
            title="Calls of a call centre",
            grain="one call",
            tables=("ticket", "activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("ticket_id", "day", "phone", "wait"),
            where="the telephone system's call log, as CSV",
            since="any",
            checked="column names in common use, English and French; no system's own export",
            facts=_facts,
        ),
    ),
)
