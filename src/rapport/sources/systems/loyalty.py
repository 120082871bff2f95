"""Members of a loyalty programme: who holds which card, and since when.

Every programme writes its own list; those read here name the card and the day of joining in
English, French, German, Spanish or Swedish. The card is the evidence that links a member to the
tickets of the tills.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import cards, column_of, full_names, people
from rapport.sources.loading import Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "loyalty"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "card": (
        *("Loyalty card", "Loyalty card number", "Card number", "Card", "Member ID"),
        *("Member number", "Membership number", "Loyalty number", "Carte fidélité"),
        *("Carte de fidélité", "N° carte", "N° de carte", "N° carte fidélité"),
        *("Numéro de carte", "Numéro d'adhérent", "Carte", "Kundenkarte", "Kartennummer"),
        *("Kundenkartennummer", "Mitgliedsnummer", "Tarjeta", "Tarjeta de fidelidad"),
        *("Número de tarjeta", "Número de socio", "Kundkort", "Kortnummer", "Medlemsnummer"),
    ),
    "joined": (
        *("Joined", "Joined on", "Join date", "Member since", "Enrolled", "Enrollment date"),
        *("Enrolment date", "Date d'adhésion", "Adhésion", "Date d'inscription", "Inscrit le"),
        *("Membre depuis", "Beitritt", "Beitrittsdatum", "Mitglied seit", "Fecha de alta"),
        *("Socio desde", "Medlem sedan", "Blev medlem"),
    ),
    "name": ("Name", "Full name", "Nom complet", "Nom et prénom", "Nombre completo", "Namn"),
    "first": ("First name", "Prénom", "Vorname", "Nombre", "Förnamn"),
    "last": ("Last name", "Surname", "Nom", "Nom de famille", "Nachname", "Apellidos", "Efternamn"),
    "email": (
        *("Email", "E-mail", "Email address", "Adresse e-mail", "Courriel", "E-Mail-Adresse"),
        *("Correo", "Correo electrónico", "E-post", "E-postadress"),
    ),
    "phone": (
        *("Phone", "Phone number", "Mobile", "Téléphone", "Portable", "Telefon", "Telefonnummer"),
        *("Mobilnummer", "Teléfono", "Móvil"),
    ),
    "postcode": (
        *("Postcode", "Postal code", "Zip", "Zip code", "Code postal", "CP", "Postleitzahl"),
        *("PLZ", "Código postal", "Postnummer"),
    ),
    "country": ("Country", "Country code", "Pays", "Land", "País"),
    "points": ("Points", "Points balance", "Solde de points", "Punkte", "Puntos", "Poäng"),
    "tier": ("Tier", "Level", "Status", "Niveau", "Statut", "Stufe", "Nivel", "Nivå"),
}
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("name", "first", "last", "email", "phone", "postcode", "country"), "text"),
    "joined": "time",
}
_NOTES = ("Points and tiers are left: they say what the programme gives, not what was bought.",)


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the list is read."""
    card = header["card"]
    fields = (Field("card", "identifier", (card,), required=True), *fields_in(header, _KINDS))
    return Recipe(SOURCE, VERSION, fields, (card,), _tables, by_line=False, notes=_NOTES)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    account = pc.coalesce(cards(typed.column("card")), typed.column("card"))
    own = full_names(column_of(typed, "first"), column_of(typed, "last"))
    name = pc.coalesce(column_of(typed, "name"), own)
    columns: dict[str, object] = {"account_id": account, "name": name}
    columns |= {"country": column_of(typed, "country"), "created": typed.column("joined")}
    evidence = {
        "loyalty card": [account],
        "email": [column_of(typed, "email")],
        "phone": [column_of(typed, "phone")],
        "name": [name],
        "postcode": [column_of(typed, "postcode")],
    }
    tables = people(typed, columns, evidence)
    dated = pc.is_valid(typed.column("joined"))
    if pc.any(dated).as_py():
        tables["activity"] = _joining(typed.filter(dated), account.filter(dated))
    return tables


def _joining(typed: pa.Table, account: pa.ChunkedArray) -> pa.Table:
    """Return the day on which each member joined, as something that they did."""
    columns: dict[str, object] = {
        "activity_id": pc.binary_join_element_wise("join", account, "|"),
        "occurred_on": typed.column("joined"),
        "zone": typed.column("zone"),
        "account_id": account,
        "verb": "Join",
        "object_kind": "loyalty programme",
    }
    return record_table("activity", columns, typed)


SYSTEM = System(
    SOURCE,
    "Loyalty programme",
    "crm",
    (
        Shape(
            name="members",
            title="Members of a loyalty programme",
            grain="one member",
            tables=("account", "identifier", "activity"),
            columns=_COLUMNS,
            needs=("card", "joined"),
            where="The programme's own list of its members",
            since="2026",
            checked="what such lists call their columns; no one programme's documentation",
            recipe=_recipe,
        ),
    ),
)
