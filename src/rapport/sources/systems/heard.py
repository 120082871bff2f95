"""Answers to "How did you hear about us?", asked at the till or after an order."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, column_of, emails
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "heard"
VERSION = 1
INSTRUMENT = "how did you hear"
_COLUMNS: dict[str, Aliases] = {
    "answered_on": ("date", "day", "jour", "answered_on", "Datum", "fecha", "horodatage"),
    "customer": ("customer_id", "customer id", "id client", "n° client", "Kundennummer"),
    "email": ("email", "e-mail", "courriel", "E-Mail-Adresse"),
    "order": ("order_id", "order id", "n° de commande", "commande", "Bestellnummer"),
    "text": (
        *("how_did_you_hear", "how did you hear about us", "how did you hear about us?"),
        *("comment nous avez-vous connus", "comment nous avez-vous connus ?"),
        *("comment avez-vous entendu parler de nous ?", "comment nous avez vous connu"),
        *("wie haben sie von uns erfahren?", "¿cómo nos conoció?", "hur hörde du talas om oss?"),
    ),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "answered_on": "time",
        "customer": "identifier",
        "email": "text",
        "order": "identifier",
        "text": "text",
    }
    fields = fields_in(header, kinds, required=["answered_on", "text"])
    who = [header[name] for name in ("customer", "email", "order") if name in header]
    notes = () if who else ("The answers do not say whose they are: they count, without a person.",)
    return Recipe(SOURCE, VERSION, fields, (), _tables, by_line=False, notes=notes)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    email, customer = emails(column_of(typed, "email")), column_of(typed, "customer")
    named = pc.binary_join_element_wise(pa.scalar("order"), column_of(typed, "order"), " ")
    known = pc.coalesce(customer, email, named)
    # An answer without a name is somebody's all the same: its row stands for the person.
    who = pc.coalesce(known, pc.binary_join_element_wise(pa.scalar("row"), typed.column(KEY), " "))
    columns: dict[str, object] = {
        "respondent": who,
        "answered_on": typed.column("answered_on"),
        "zone": typed.column("zone"),
        "instrument": INSTRUMENT,
        "item": "heard",
        "text": typed.column("text"),
    }
    none = column_of(typed, "")
    evidence = {"email": [email], "external id": [customer]}
    people = accounts_and_identifiers(known, none, none, evidence, typed.column(ROW))
    return {"answer": record_table("answer", columns, typed), **people}


SYSTEM = System(
    SOURCE,
    "How did you hear about us",
    "offline",
    (
        Shape(
            name="answers",
            title="Answers to “How did you hear about us?”",
            grain="one answer",
            tables=("answer", "account", "identifier"),
            columns=_COLUMNS,
            needs=("answered_on", "text"),
            where="A list of your own: date, customer, e-mail or order, how did you hear about us",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe,
        ),
    ),
)
