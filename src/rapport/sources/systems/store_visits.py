"""Visits to stores, as a counter at the door, a till or a member of staff writes them down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import with_time
from rapport.sources.fields import fields_in
from rapport.sources.identifiers import accounts_and_identifiers, cards, column_of, emails
from rapport.sources.loading import KEY, Recipe, facts_of, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "store_visits"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "visit_id": ("visit_id", "visit id", "id_visite", "n° de visite"),
    "occurred_on": ("date", "day", "jour", "visited_on", "Datum", "fecha"),
    "time": ("time", "heure", "Uhrzeit", "hora", "tid"),
    "store": ("store", "magasin", "boutique", "Filiale", "tienda", "butik"),
    "card": ("loyalty_card", "loyalty card", "carte de fidélité", "carte_fidelite", "Kundenkarte"),
    "email": ("email", "e-mail", "courriel", "E-Mail-Adresse"),
    "bought": ("bought", "a acheté", "a_achete", "achat", "gekauft", "compró", "köpte"),
}


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    timed, moment = with_time(file, header["occurred_on"], header.get("time"))
    fields = fields_in(
        {**header, "occurred_on": moment},
        {
            "visit_id": "identifier",
            "occurred_on": "time",
            "store": "text",
            "card": "text",
            "email": "text",
        },
        required=["occurred_on", "store"],
    )
    order = (header["visit_id"],) if "visit_id" in header else ()
    recipe = Recipe(SOURCE, VERSION, fields, order, _tables, by_line=False)
    return facts_of(timed, recipe, settings, now)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    card, email = cards(column_of(typed, "card")), emails(column_of(typed, "email"))
    account = pc.coalesce(card, email)
    columns: dict[str, object] = {
        "activity_id": typed.column(KEY),
        "occurred_on": typed.column("occurred_on"),
        "zone": typed.column("zone"),
        "channel": "store",
        "account_id": account,
        "verb": "Arrive",
        "object_kind": "store",
        "object_id": typed.column("store"),
    }
    none = column_of(typed, "")
    evidence = {"loyalty card": [card], "email": [email]}
    people = accounts_and_identifiers(account, none, none, evidence, typed.column(ROW))
    return {"activity": record_table("activity", columns, typed), **people}


SYSTEM = System(
    SOURCE,
    "Store visits",
    "offline",
    (
        Shape(
            name="visits",
            title="Visits to stores",
            grain="one visit",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("occurred_on", "store", "bought"),
            where="A list of your own: date, time, store, loyalty card, bought",
            since="2026",
            checked="a list of our own making",
            facts=_facts,
        ),
    ),
)
