"""HubSpot: contacts are people, deals are the leads.

A contact that nobody has looked at yet stands at the stage "Lead" by default, so contacts are not
counted as leads: a deal is one. HubSpot writes times in the zone of the user who exports.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import column_of, full_names, people
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.crm_leads import WON_ON, currency_of, leads, with_won_day

SOURCE = "hubspot"
VERSION = 1
_ID: Aliases = (
    *("Record ID", "Record ID - Contact", "Record ID - Deal", "Record ID - Company"),
    *("ID de fiche d'informations", "ID de l'enregistrement", "Datensatz-ID", "ID de registro"),
    *("Post-ID", "Contact ID", "Deal ID"),
)
_CREATED: Aliases = (
    *("Create Date", "Create date", "Date de création", "Erstelldatum", "Erstellungsdatum"),
    *("Fecha de creación", "Skapandedatum", "Skapad den"),
)
_CONTACTS: dict[str, Aliases] = {
    "contact": _ID,
    "first": ("First Name", "Prénom", "Vorname", "Nombre", "Förnamn"),
    "last": ("Last Name", "Nom", "Nom de famille", "Nachname", "Apellidos", "Efternamn"),
    "email": (
        "Email",
        "E-mail",
        "Adresse e-mail",
        "E-Mail",
        "Correo",
        "Correo electrónico",
        "E-post",
    ),
    "phone": (
        *("Phone Number", "Phone", "Numéro de téléphone", "Telefonnummer"),
        "Número de teléfono",
    ),
    "mobile": ("Mobile Phone Number", "Numéro de téléphone mobile", "Mobiltelefonnummer"),
    "created": _CREATED,
    "postcode": ("Postal Code", "Code postal", "Postleitzahl", "Código postal", "Postnummer"),
    "country": (
        *("Country/Region", "Country", "Pays/région", "Pays", "Land/Region", "Land"),
        *("País/región", "País"),
    ),
    "lifecycle": (
        *("Lifecycle Stage", "Phase du cycle de vie", "Lifecycle-Phase"),
        *("Etapa del ciclo de vida", "Livscykelfas"),
    ),
    "status": ("Lead Status", "Statut du lead", "Lead-Status", "Estado del lead", "Leadstatus"),
    "owner": (
        *("Contact owner", "Propriétaire du contact", "Kontakteigentümer"),
        *("Propietario del contacto", "Kontaktägare"),
    ),
    "deal": ("Deal Name", "Deal name"),
}
_DEALS: dict[str, Aliases] = {
    "id": _ID,
    "name": (
        *("Deal Name", "Deal name", "Nom de la transaction", "Deal-Name", "Dealname"),
        *("Nombre del negocio", "Affärsnamn"),
    ),
    "stage": (
        *("Deal Stage", "Deal stage", "Phase de la transaction", "Deal-Phase"),
        *("Etapa del negocio", "Affärsfas"),
    ),
    "created": _CREATED,
    "closed": (
        *("Close Date", "Close date", "Date de fermeture", "Date de clôture"),
        *("Abschlussdatum", "Fecha de cierre", "Stängningsdatum", "Slutdatum"),
    ),
    "is_won": ("Is Closed Won", "Is closed won", "Closed Won"),
    "amount": ("Amount", "Montant", "Betrag", "Importe", "Valor", "Belopp"),
    "currency": ("Currency", "Devise", "Währung", "Moneda", "Divisa", "Valuta"),
    "origin": (
        *("Original Traffic Source", "Original Source Type", "Original Source", "Deal source"),
        *("Source d'origine", "Ursprüngliche Quelle", "Fuente original", "Ursprunglig källa"),
    ),
    "contacts": (
        *("Associated Contact IDs", "Associated Contact ID", "ID des contacts associés"),
        *("Associated Contact IDs - Contact",),
    ),
}
_OF_CONTACTS: dict[str, Kind] = {
    **dict.fromkeys(("first", "last", "email", "phone", "mobile", "postcode", "country"), "text"),
    "created": "time",
}
_OF_DEALS: dict[str, Kind] = {
    "stage": "text",
    "amount": "money",
    "currency": "currency",
    "origin": "text",
    "contacts": "text",
}
_NO_CREATED = Refusal(
    "The deals do not say when they were created.",
    "Add the column Create Date to the view, or export all properties.",
)
_NOT_PEOPLE = Refusal(
    "It is a list of companies: it names no person and no deal.", "Export contacts and deals."
)


def _contacts(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how contacts are read."""
    fields = (
        Field("contact", "identifier", (header["contact"],), required=True),
        *fields_in(header, _OF_CONTACTS),
    )
    notes = ("A contact is a person, not a lead: deals are the leads.",)
    return Recipe(
        SOURCE, VERSION, fields, (header["contact"],), _people, by_line=False, notes=notes
    )


def _people(typed: pa.Table) -> Mapping[str, pa.Table]:
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    columns: dict[str, object] = {"account_id": typed.column("contact"), "name": name}
    columns["country"] = column_of(typed, "country")
    if "created" in typed.column_names:
        columns["created"] = typed.column("created")
    evidence = {
        "email": [column_of(typed, "email")],
        "phone": [column_of(typed, "phone"), column_of(typed, "mobile")],
        "name": [name],
        "postcode": [column_of(typed, "postcode")],
    }
    return people(typed, columns, evidence)


def _deals(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of deals; raises Problem as `loading.facts_of` does."""
    won = (Field("won_on", "time", (WON_ON,)),) if "closed" in header else ()
    fields = (
        Field("lead_id", "identifier", (header["id"],), required=True),
        Field("created_on", "time", (header["created"],), required=True),
        *won,
        *fields_in(header, _OF_DEALS),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {"lead": leads(typed, _only_contact(typed), currency_of(SOURCE, settings))}

    notes = (
        "A deal is a lead; it is won where its stage says so, on its close date.",
        "A deal of several contacts is nobody's: which of them buys is not said.",
    )
    recipe = Recipe(SOURCE, VERSION, fields, (header["id"],), tables, by_line=False, notes=notes)
    return facts_of(with_won_day(file, header), recipe, settings, now)


def _only_contact(typed: pa.Table) -> pa.ChunkedArray:
    """Return the contact of each deal that has one."""
    known = pc.replace_substring_regex(column_of(typed, "contacts"), r"\.0$", "")
    one = pc.fill_null(pc.match_substring_regex(known, r"^\d+$"), False)
    return pc.if_else(one, known, pa.scalar(None, pa.string()))


def _undated(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    if "created" in header:
        return []
    return [Fault(_NO_CREATED.what, file.name, _NO_CREATED.hint)]


SYSTEM = System(
    SOURCE,
    "HubSpot",
    "crm",
    (
        Shape(
            name="contacts",
            title="Contacts of HubSpot",
            grain="one contact",
            tables=("account", "identifier"),
            columns=_CONTACTS,
            needs=("contact", "first", "last", "email"),
            without=("deal",),
            where="HubSpot › CRM › Contacts › Export",
            since="2020",
            checked="what open-source importers read; other languages: held to no file",
            recipe=_contacts,
        ),
        Shape(
            name="deals",
            title="Deals of HubSpot",
            grain="one deal",
            tables=("lead",),
            columns=_DEALS,
            needs=("id", "name", "stage"),
            where="HubSpot › CRM › Deals › Export",
            since="2020",
            checked="what open-source importers read; other languages: held to no file",
            examine=_undated,
            facts=_deals,
        ),
        Shape(
            name="companies",
            title="Companies of HubSpot",
            grain="one company",
            tables=(),
            columns={
                "id": _ID,
                "company": (
                    "Company name",
                    "Company Name",
                    "Nom de l'entreprise",
                    "Unternehmensname",
                ),
                "owner": (
                    "Company owner",
                    "Propriétaire de l'entreprise",
                    "Unternehmenseigentümer",
                ),
            },
            needs=("id", "company", "owner"),
            refuses=_NOT_PEOPLE,
        ),
    ),
)
