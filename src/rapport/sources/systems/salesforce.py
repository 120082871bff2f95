"""Salesforce: reports of leads and of opportunities, and its own weekly export.

A lead that is converted goes on as an opportunity. Both are kept: the lead's stage is then
"converted", so that whoever counts leads can count the opportunity in its place. Reports are
written in the user's language, and dates as the user's country writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import derived, joined
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import column_of, full_names, people
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.crm_leads import WON_ON, currency_of, leads, with_won_day

SOURCE = "salesforce"
VERSION = 1
CONVERTED = "converted"
_NAMED_BY = "account, name and day"
_ORIGIN: Aliases = (
    *("Lead Source", "LeadSource", "Origine de la piste", "Leadquelle", "Lead-Quelle"),
    *("Origen del candidato", "Origen del prospecto"),
)
_CREATED: Aliases = (
    *("Create Date", "Created Date", "CreatedDate", "Date de création", "Erstelldatum"),
    "Fecha de creación",
)
_LEADS: dict[str, Aliases] = {
    "id": ("Lead ID", "Id", "ID de piste", "ID de la piste", "Lead-ID", "Id. de candidato"),
    "first": ("First Name", "FirstName", "Prénom", "Vorname", "Nombre"),
    "last": ("Last Name", "LastName", "Nom", "Nom de famille", "Nachname", "Apellidos"),
    "email": ("Email", "Adresse e-mail", "E-mail", "E-Mail", "Correo electrónico"),
    "phone": ("Phone", "Téléphone", "Telefon", "Teléfono"),
    "mobile": ("Mobile", "MobilePhone", "Mobile Phone", "Mobil", "Móvil"),
    "postcode": (
        *("Zip/Postal Code", "PostalCode", "Code postal", "Postleitzahl", "PLZ"),
        "Código postal",
    ),
    "country": ("Country", "Pays", "Land", "País"),
    "created": _CREATED,
    "origin": _ORIGIN,
    "stage": (
        *("Lead Status", "Status", "Statut de la piste", "Lead-Status", "Leadstatus"),
        *("Estado del candidato", "Estado del prospecto"),
    ),
    "converted": ("Converted", "IsConverted", "Convertie", "Converti", "Konvertiert", "Convertido"),
    "amount": "Expected Amount",
    "currency": ("Expected Amount Currency", "CurrencyIsoCode"),
    "owner": ("Lead Owner", "OwnerId", "Propriétaire de la piste", "Lead-Inhaber"),
    "company": (
        *("Company / Account", "Company", "Société / Compte", "Société", "Firma/Account", "Firma"),
        *("Compañía / Cuenta", "Compañía"),
    ),
}
_OPPORTUNITIES: dict[str, Aliases] = {
    "id": (
        *("Opportunity ID", "Id", "ID d'opportunité", "ID de l'opportunité", "Opportunity-ID"),
        "Id. de oportunidad",
    ),
    "name": (
        *("Opportunity Name", "Name", "Nom de l'opportunité", "Opportunity-Name"),
        *("Opportunityname", "Nombre de la oportunidad"),
    ),
    "account": ("Account Name", "AccountId", "Nom du compte", "Accountname", "Nombre de la cuenta"),
    "stage": ("Stage", "StageName", "Étape", "Phase", "Etapa"),
    "closed": ("Close Date", "CloseDate", "Date de clôture", "Schlusstermin", "Fecha de cierre"),
    "created": _CREATED,
    "is_won": ("Won", "IsWon", "Gagnée", "Gagné", "Gewonnen", "Ganada"),
    "origin": _ORIGIN,
    "amount": ("Amount", "Montant", "Betrag", "Importe"),
    "currency": (
        *("Amount Currency", "Opportunity Currency", "CurrencyIsoCode", "Devise de Montant"),
        *("Devise de Montant", "Betrag Währung", "Moneda de Importe"),
    ),
    "contact": ("Contact ID", "ContactId", "ID du contact", "Kontakt-ID"),
}
_PEOPLE: dict[str, Kind] = dict.fromkeys(
    ("first", "last", "email", "phone", "mobile", "postcode", "country"), "text"
)


def _leads(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how leads are read; without their number they are named by their e-mail address."""
    named = header.get("id") or header["email"]
    kinds: dict[str, Kind] = {"origin": "text", "stage": "text", "converted": "flag"}
    kinds |= {"amount": "money", "currency": "currency", **_PEOPLE}
    fields = (
        Field("lead_id", "identifier", (named,), required=True),
        Field("created_on", "time", (header["created"],), required=True),
        *fields_in(header, kinds),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        if "id" not in header:
            place = typed.column_names.index("lead_id")
            typed = typed.set_column(place, "lead_id", pc.utf8_lower(typed.column("lead_id")))
        return _lead_tables(typed, currency_of(SOURCE, settings))

    notes = ["A converted lead goes on as an opportunity: its stage is 'converted'."]
    if "id" not in header:
        notes.append("The report has no Lead ID: leads are named by their e-mail address.")
    return Recipe(SOURCE, VERSION, fields, (named,), tables, by_line=False, notes=tuple(notes))


def _lead_tables(typed: pa.Table, currency: str) -> dict[str, pa.Table]:
    account = typed.column("lead_id")
    if "converted" in typed.column_names:
        went_on = pc.fill_null(typed.column("converted"), False)
        stage = pc.if_else(went_on, pa.scalar(CONVERTED), column_of(typed, "stage"))
        typed = typed.set_column(typed.column_names.index("stage"), "stage", stage)
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    columns = {"account_id": account, "name": name, "country": column_of(typed, "country")}
    evidence = {
        "email": [column_of(typed, "email")],
        "phone": [column_of(typed, "phone"), column_of(typed, "mobile")],
        "name": [name],
        "postcode": [column_of(typed, "postcode")],
    }
    return {"lead": leads(typed, account, currency), **people(typed, columns, evidence)}


def _opportunities(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of opportunities; raises Problem as `loading.facts_of` does."""
    named = header.get("id") or _NAMED_BY
    kinds: dict[str, Kind] = {"origin": "text", "stage": "text", "amount": "money"}
    kinds |= {"currency": "currency", "contact": "text"}
    fields = (
        Field("lead_id", "identifier", (named,), required=True),
        Field("created_on", "time", (header["created"],), required=True),
        Field("won_on", "time", (WON_ON,)),
        *fields_in(header, kinds),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        contact = typed.column("contact") if "contact" in typed.column_names else None
        return {"lead": leads(typed, contact, currency_of(SOURCE, settings))}

    notes = ["An opportunity is won where its stage says so, on its close date."]
    if "id" not in header:
        names = header.all_of(("account", "name", "created"))
        file = derived(file, {_NAMED_BY: joined(*(header[name] for name in names))})
        notes.append("The report has no Opportunity ID: account, name and day name each.")
    recipe = Recipe(SOURCE, VERSION, fields, (named,), tables, by_line=False, notes=tuple(notes))
    return facts_of(with_won_day(file, header), recipe, settings, now)


SYSTEM = System(
    SOURCE,
    "Salesforce",
    "crm",
    (
        Shape(
            name="leads",
            title="Leads of Salesforce",
            grain="one lead",
            tables=("lead", "account", "identifier"),
            columns=_LEADS,
            needs=("last", "email", "stage", "created", "company"),
            where="Salesforce › Reports › Leads › Export › Details Only, CSV",
            since="2015",
            checked="the standard labels; French in part, German and Spanish: not held to a file",
            recipe=_leads,
        ),
        Shape(
            name="opportunities",
            title="Opportunities of Salesforce",
            grain="one opportunity",
            tables=("lead",),
            columns=_OPPORTUNITIES,
            needs=("name", "stage", "closed", "created"),
            where="Salesforce › Reports › Opportunities › Export › Details Only, CSV",
            since="2015",
            checked="the standard labels; French, German and Spanish: not held to a file",
            facts=_opportunities,
        ),
    ),
)
