"""People met: guests of the brand's events, and calls or visits of its sellers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import (
    accounts_and_identifiers,
    column_of,
    emails,
    full_names,
    phones,
)
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "meetings"
VERSION = 1
_WHO: dict[str, Aliases] = {
    "occurred_on": ("date", "day", "jour", "Datum", "fecha"),
    "first": ("first_name", "first name", "prénom", "Vorname", "nombre", "förnamn"),
    "last": ("last_name", "last name", "nom", "Nachname", "apellido", "efternamn"),
    "email": ("email", "e-mail", "courriel", "E-Mail-Adresse"),
    "phone": ("phone", "téléphone", "Telefon", "teléfono"),
    "postcode": ("postcode", "zip", "code postal", "PLZ", "código postal", "postnummer"),
}
_EVENTS: dict[str, Aliases] = {
    **_WHO,
    "meeting_id": ("contact_id", "registration id", "guest id", "n° d'inscription"),
    "about": ("event", "événement", "évènement", "Veranstaltung", "evento", "evenemang"),
}
_CALLS: dict[str, Aliases] = {
    **_WHO,
    "meeting_id": ("call_id", "call id", "n° d'appel", "meeting id"),
    "about": ("seller_event", "seller", "vendeur", "commercial", "Verkäufer", "vendedor"),
}


def _recipe(channel: str, verb: str) -> Callable[[TableFile, Header, Settings], Recipe]:
    def recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
        names = ("first", "last", "email", "phone", "postcode", "about")
        kinds: dict[str, Kind] = {"meeting_id": "identifier", "occurred_on": "time"}
        kinds |= dict.fromkeys(names, "text")
        fields = fields_in(header, kinds, required=["occurred_on", "about"])
        order = (header["meeting_id"],) if "meeting_id" in header else ()

        def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
            return _tables(typed, channel, verb)

        return Recipe(SOURCE, VERSION, fields, order, finish, by_line=False, notes=_NOTES)

    return recipe


_NOTES = ("People are told apart by their e-mail address or phone number.",)


def _tables(typed: pa.Table, channel: str, verb: str) -> Mapping[str, pa.Table]:
    email, phone = emails(column_of(typed, "email")), phones(column_of(typed, "phone"))
    account = pc.coalesce(email, phone)
    columns: dict[str, object] = {
        "activity_id": pc.binary_join_element_wise(pa.scalar(channel), typed.column(KEY), ":"),
        "occurred_on": typed.column("occurred_on"),
        "zone": typed.column("zone"),
        "channel": channel,
        "account_id": account,
        "verb": verb,
        "object_kind": channel,
        "object_id": typed.column("about"),
    }
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    postcode = column_of(typed, "postcode")
    evidence = {"email": [email], "phone": [phone], "name": [name], "postcode": [postcode]}
    none = column_of(typed, "")
    people = accounts_and_identifiers(account, name, none, evidence, typed.column(ROW))
    return {"activity": record_table("activity", columns, typed), **people}


SYSTEM = System(
    SOURCE,
    "Events and calls",
    "offline",
    (
        Shape(
            name="events",
            title="Guests of events",
            grain="one guest of one event",
            tables=("activity", "account", "identifier"),
            columns=_EVENTS,
            needs=("occurred_on", "about", "email"),
            where="A guest list of your own: date, event, first name, last name, e-mail",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe("event", "Join"),
        ),
        Shape(
            name="calls",
            title="Calls and visits of sellers",
            grain="one call",
            tables=("activity", "account", "identifier"),
            columns=_CALLS,
            needs=("meeting_id", "occurred_on", "about", "email"),
            where="A list of your own: call id, date, seller, first name, last name, e-mail",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe("sales call", "Accept"),
        ),
    ),
)
