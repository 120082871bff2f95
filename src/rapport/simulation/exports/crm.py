"""The sellers' systems: HubSpot contacts and deals, Salesforce leads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import local, money, pick
from rapport.simulation.exports.delimited import PLAIN, Cells, Dialect, names, write_filled
from rapport.simulation.exports.view import (
    DAY,
    Mask,
    Places,
    cards,
    looked_up,
    micros,
    moments,
    places,
    where,
)
from rapport.simulation.history import CURRENCY, ZONE, History

CONTACTS = names(
    "ID de fiche d'informations, Prénom, Nom, E-mail, Numéro de téléphone, Intitulé du poste",
    "Nom de l'entreprise, Statut du lead, Phase du cycle de vie, Date de création, Ville",
    "Code postal, Pays/région, Propriétaire du contact, Statut du contact marketing",
)
DEALS = names(
    "Record ID, Deal Name, Deal Stage, Close Date, Create Date, Deal owner, Amount, Currency",
    "Pipeline, Original Traffic Source, Associated Contact IDs, Associated Contact",
    "Associated Company",
)
LEADS = names(
    "Lead ID, First Name, Last Name, Title, Company, Email, Phone, Street, City, Zip/Postal Code",
    "Lead Source, Lead Status, Rating, Lead Owner, Create Date, Converted, Converted Date",
    "Expected Amount, Expected Amount Currency",
)
OPPORTUNITIES = names(
    "Opportunity ID, Opportunity Name, Account Name, Type, Lead Source, Amount, Amount Currency",
    "Close Date, Stage, Probability (%), Won, Created Date, Opportunity Owner, Contact ID",
)
_STAGES = {
    "new": "Appointment Scheduled",
    "qualified": "Qualified To Buy",
    "proposal": "Presentation Scheduled",
    "won": "Closed Won",
    "lost": "Closed Lost",
}
_SOURCES = {
    "website": "Direct Traffic",
    "event": "Offline Sources",
    "linkedin": "Organic Social",
    "referral": "Referrals",
    "phone": "Offline Sources",
    "social": "Organic Social",
}
_STATUS = {
    "new": "Open - Not Contacted",
    "qualified": "Working - Contacted",
    "proposal": "Closed - Converted",
    "won": "Closed - Converted",
    "lost": "Closed - Not Converted",
}
_TALKED, _DECIDED = 2, 60
"""Days until a lead is converted, and from then until somebody hopes to close."""
_LEAD_SOURCES = {
    "website": "Web",
    "event": "Trade Show",
    "linkedin": "Social Media",
    "referral": "Partner Referral",
    "phone": "Phone Inquiry",
    "social": "Social Media",
}


def _named(words: dict[str, str], column: pa.ChunkedArray) -> pa.Array:
    at = places(pa.array(list(words)), column)
    return pick(list(words.values()), at)


def _countries(history: History, person: pa.ChunkedArray) -> pa.Array:
    at = places(history.person.column("person_id"), person)
    french = pc.equal(looked_up(history.person, "country", at), "FR")
    return pc.if_else(french, "France", "United Kingdom")


def write_contacts(history: History, folder: Path) -> list[Path]:
    """Write HubSpot's contacts in French: people of firms, and some customers."""
    known = where(history.profile, system="hubspot")
    lead = where(history.lead, system="hubspot")
    at = places(lead.column("person_id"), known.column("person_id"))
    stage, won = looked_up(lead, "stage", at), looked_up(lead, "won_on", at)
    lifecycle = pc.if_else(pc.is_valid(won), "Customer", "Opportunity")
    agreed = pc.if_else(
        known.column("accepts_marketing"), "Marketing contact", "Non-marketing contact"
    )
    cells: dict[str, Cells] = {
        "ID de fiche d'informations": known.column("card_id"),
        "Prénom": known.column("first_name"),
        "Nom": known.column("last_name"),
        "E-mail": known.column("email"),
        "Numéro de téléphone": known.column("phone"),
        "Nom de l'entreprise": looked_up(lead, "company", at),
        "Statut du lead": pc.if_else(pc.equal(stage, "new"), "New", "Connected"),
        "Phase du cycle de vie": pc.if_else(pa.array(at >= 0), lifecycle, "Lead"),
        "Date de création": local(known.column("created_on"), "%Y-%m-%d %H:%M", ZONE),
        "Ville": known.column("city"),
        "Code postal": known.column("postcode"),
        "Pays/région": _countries(history, known.column("person_id")),
        "Propriétaire du contact": looked_up(lead, "owner", at),
        "Statut du contact marketing": agreed,
    }
    path = folder / "crm" / f"hubspot-crm-exports-all-contacts-{history.last_day}.csv"
    return write_filled(path, CONTACTS, cells, Dialect(quotes="all"))


def _lead_people(history: History, lead: pa.Table, system: str) -> tuple[pa.Table, Places]:
    return cards(history, system, lead.column("person_id"), lead.column("created_on"))


def write_deals(history: History, folder: Path) -> list[Path]:
    """Write HubSpot's deals, each with the contact it belongs to."""
    lead = where(history.lead, system="hubspot")
    known, at = _lead_people(history, lead, "hubspot")
    contact, email = looked_up(known, "card_id", at), looked_up(known, "email", at)
    name = pc.binary_join_element_wise(
        looked_up(known, "first_name", at), looked_up(known, "last_name", at), " "
    )
    cells: dict[str, Cells] = {
        "Record ID": lead.column("lead_id"),
        "Deal Name": pc.binary_join_element_wise(lead.column("company"), " - coffrets", ""),
        "Deal Stage": _named(_STAGES, lead.column("stage")),
        "Close Date": local(lead.column("won_on"), "%Y-%m-%d %H:%M", ZONE),
        "Create Date": local(lead.column("created_on"), "%Y-%m-%d %H:%M", ZONE),
        "Deal owner": lead.column("owner"),
        "Amount": _amount(lead, "."),
        "Currency": CURRENCY,
        "Pipeline": "Sales Pipeline",
        "Original Traffic Source": _named(_SOURCES, lead.column("origin")),
        "Associated Contact IDs": contact,
        "Associated Contact": pc.binary_join_element_wise(name, " (", email, ")", ""),
        "Associated Company": lead.column("company"),
    }
    path = folder / "crm" / f"hubspot-crm-exports-all-deals-{history.last_day}.csv"
    return write_filled(path, DEALS, cells, Dialect(quotes="all"))


def _amount(lead: pa.Table, decimal: str) -> pa.Array:
    known = pc.is_valid(lead.column("amount"))
    return pc.if_else(known, money(lead.column("amount"), decimal), pa.scalar(None, pa.string()))


def write_leads(history: History, folder: Path) -> list[Path]:
    """Write Salesforce's report of leads: US dates, converted as 1 or 0.

    A lead that came to an offer was converted: it goes on as an opportunity.
    """
    lead = where(history.lead, system="salesforce")
    known, at = _lead_people(history, lead, "salesforce")
    went_on = _went_on(lead)
    person = {
        header: looked_up(known, column, at)
        for header, column in (
            ("First Name", "first_name"),
            ("Last Name", "last_name"),
            ("Email", "email"),
            ("Phone", "phone"),
            ("City", "city"),
            ("Zip/Postal Code", "postcode"),
        )
    }
    cells: dict[str, Cells] = {
        "Lead ID": lead.column("lead_id"),
        **person,
        "Company": lead.column("company"),
        "Lead Source": _named(_LEAD_SOURCES, lead.column("origin")),
        "Lead Status": _named(_STATUS, lead.column("stage")),
        "Lead Owner": lead.column("owner"),
        "Create Date": local(lead.column("created_on"), "%m/%d/%Y", ZONE),
        "Converted": went_on.astype(np.int64),
        "Converted Date": local(_later(lead, _TALKED, went_on), "%m/%d/%Y", ZONE),
        "Expected Amount": _amount(lead, "."),
        "Expected Amount Currency": CURRENCY,
    }
    path = folder / "crm" / f"salesforce_leads_{history.last_day}.csv"
    return write_filled(path, LEADS, cells, Dialect(quotes="all", encoding=PLAIN.encoding))


def _went_on(lead: pa.Table) -> Mask:
    return np.asarray(pc.is_in(lead.column("stage"), pa.array(["proposal", "won"])))


def _later(lead: pa.Table, days: int, known: Mask) -> pa.Array:
    """Return the moment so many days after each lead came, null where it is not known."""
    moved = micros(lead.column("created_on")) + days * DAY
    return pc.if_else(
        pa.array(known), moments(moved), pa.scalar(None, lead.schema.field("created_on").type)
    )


def write_opportunities(history: History, folder: Path) -> list[Path]:
    """Write Salesforce's opportunities: an open one has a close date too, which lies ahead."""
    lead = where(history.lead, system="salesforce")
    lead = lead.filter(pa.array(_went_on(lead)))
    won = pc.is_valid(lead.column("won_on"))
    ahead = _later(lead, _TALKED + _DECIDED, np.ones(lead.num_rows, bool))
    cells: dict[str, Cells] = {
        "Opportunity ID": pc.binary_join_element_wise("006", lead.column("lead_id"), ""),
        "Opportunity Name": pc.binary_join_element_wise(lead.column("company"), " - coffrets", ""),
        "Account Name": lead.column("company"),
        "Type": "New Business",
        "Lead Source": _named(_LEAD_SOURCES, lead.column("origin")),
        "Amount": _amount(lead, "."),
        "Amount Currency": CURRENCY,
        "Close Date": local(pc.coalesce(lead.column("won_on"), ahead), "%m/%d/%Y", ZONE),
        "Stage": pc.if_else(won, "Closed Won", "Proposal/Price Quote"),
        "Probability (%)": pc.if_else(won, "100", "75"),
        "Won": pc.if_else(won, "1", "0"),
        "Created Date": local(_later(lead, _TALKED, _went_on(lead)), "%m/%d/%Y", ZONE),
        "Opportunity Owner": lead.column("owner"),
        "Contact ID": lead.column("lead_id"),
    }
    path = folder / "crm" / f"salesforce_opportunities_{history.last_day}.csv"
    return write_filled(path, OPPORTUNITIES, cells, Dialect(quotes="all"))
