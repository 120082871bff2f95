"""Pipedrive's list of deals: one deal a row, its columns named "Deal - …"."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rapport.settings import Settings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.loading import Recipe
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.crm_leads import currency_of, leads

SOURCE = "pipedrive"
VERSION = 1
_DEALS: dict[str, Aliases] = {
    "id": ("Deal - ID", "Deal - System ID", "Deal - Pipedrive System ID"),
    "name": "Deal - Title",
    "amount": "Deal - Value",
    "currency": ("Deal - Currency of Value", "Deal - Currency of value", "Deal - Currency"),
    "status": "Deal - Status",
    "stage": ("Deal - Stage", "Deal - Stage (pipeline)"),
    "created": ("Deal - Deal created", "Deal - Creation date", "Deal - Created"),
    "won": "Deal - Won time",
    "origin": ("Deal - Source channel", "Deal - Source", "Deal - Source origin"),
}


def _deals(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how deals are read."""
    kinds: dict[str, Kind] = {"stage": "text", "amount": "money", "currency": "currency"}
    won = (Field("won_on", "time", (header["won"],)),) if "won" in header else ()
    fields = (
        Field("lead_id", "identifier", (header["id"],), required=True),
        Field("created_on", "time", (header["created"],), required=True),
        *won,
        *fields_in(header, {**kinds, "origin": "text"}),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {"lead": leads(typed, None, currency_of(SOURCE, settings))}

    notes = ("The contact of a deal is a name only, which tells nobody apart, and is left.",)
    return Recipe(SOURCE, VERSION, fields, (header["id"],), tables, by_line=False, notes=notes)


SYSTEM = System(
    SOURCE,
    "Pipedrive",
    "crm",
    (
        Shape(
            name="deals",
            title="Deals of Pipedrive",
            grain="one deal",
            tables=("lead",),
            columns=_DEALS,
            needs=("id", "name", "status", "created"),
            where="Pipedrive › Deals › list › Export filter results",
            since="2020",
            checked="the columns that open-source importers of its exports read; English only",
            recipe=_deals,
        ),
    ),
)
