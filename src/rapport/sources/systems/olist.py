"""Olist's marketing funnel: leads in one file, the deals that came of them in another.

Both name the lead by `mql_id`. The file of leads knows when it came and from where, that of deals
when it was won; a lead is one row of the record all the same, whichever file was loaded first
(see `Table.completed`). What a seller declares to earn in a month is not what the deal is worth,
and is left.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rapport.settings import Settings
from rapport.sources.fields import Field, fields_in
from rapport.sources.identifiers import identifiers_of
from rapport.sources.loading import Finish, Recipe
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Header, Shape, System, as_named
from rapport.sources.systems.crm_leads import currency_of, leads

SOURCE = "olist"
VERSION = 1
ZONE = "America/Sao_Paulo"
WON = "won"


def _leads(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how leads are read."""
    fields = (
        Field("lead_id", "identifier", (header["mql_id"],), required=True),
        Field("created_on", "time", (header["first_contact_date"],), required=True),
        *fields_in(header, {"origin": "text"}),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {"lead": leads(typed, typed.column("lead_id"), currency_of(SOURCE, settings))}

    return _recipe(fields, header, tables, ())


def _deals(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how deals are read: what they add to their leads."""
    fields = (
        Field("lead_id", "identifier", (header["mql_id"],), required=True),
        Field("won_on", "time", (header["won_date"],), required=True),
        *fields_in(header, {"seller_id": "text"}),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        account = typed.column("lead_id")
        stage = pa.chunked_array([pa.repeat(pa.scalar(WON), typed.num_rows)])
        won = typed.append_column("stage", stage)
        evidence = {"external id": [typed.column("seller_id")]}
        return {
            "lead": leads(won, account, currency_of(SOURCE, settings)),
            "identifier": identifiers_of(account, evidence, typed.column(ROW)),
        }

    notes = (
        "A deal completes the lead of the same mql_id, whichever file was loaded first.",
        "declared_monthly_revenue is what the seller earns, not what the deal is worth: left.",
    )
    return _recipe(fields, header, tables, notes)


def _recipe(
    fields: tuple[Field, ...], header: Header, tables: Finish, notes: tuple[str, ...]
) -> Recipe:
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["mql_id"],),
        tables,
        by_line=False,
        notes=notes,
        time_zone=ZONE,
        usual_dates="year-first",
    )


SYSTEM = System(
    SOURCE,
    "Olist",
    "crm",
    (
        Shape(
            name="leads",
            title="Qualified leads of Olist's marketing funnel",
            grain="one lead",
            tables=("lead",),
            columns=as_named("mql_id", "first_contact_date", "landing_page_id", "origin"),
            needs=("mql_id", "first_contact_date", "origin"),
            where="Marketing Funnel by Olist, qualified leads",
            since="2018",
            checked="the whole public set",
            recipe=_leads,
        ),
        Shape(
            name="deals",
            title="Closed deals of Olist's marketing funnel",
            grain="one deal",
            tables=("lead", "identifier"),
            columns=as_named("mql_id", "seller_id", "won_date", "declared_monthly_revenue"),
            needs=("mql_id", "seller_id", "won_date"),
            where="Marketing Funnel by Olist, closed deals",
            since="2018",
            checked="the whole public set",
            recipe=_deals,
        ),
    ),
)
