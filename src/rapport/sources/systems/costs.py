"""A list of costs that no advertising platform knows: e-mail, influencers, agencies, tools."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, present, record_table, total_row
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "costs"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "day": ("day", "date", "jour", "Tag", "Datum", "fecha", "dag"),
    "channel": ("channel", "canal", "Kanal", "kanal"),
    "campaign": ("campaign", "campagne", "Kampagne", "campaña", "kampanj"),
    "region": ("region", "région", "Region", "región"),
    "cost": ("cost", "coût", "cout", "coût ht", "montant ht", "Kosten", "coste", "kostnad"),
    "currency": ("currency", "devise", "Währung", "moneda", "valuta"),
    "impressions": ("impressions", "contacts", "sent", "envois"),
    "clicks": ("clicks", "clics", "Klicks", "klick"),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "day": "day",
        "channel": "text",
        "campaign": "text",
        "region": "text",
        "cost": "money",
        "currency": "currency",
        "impressions": "integer",
        "clicks": "integer",
    }
    fields = fields_in(header, kinds, required=["day", "channel", "cost"])
    said = settings.sources.get(SOURCE)
    currency = (said.currency if said else None) or settings.currency

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        columns: dict[str, object] = {"currency": currency}
        columns |= present(typed, [name for name in kinds if name in typed.column_names])
        return {"spend": record_table("spend", columns, typed)}

    rules = (total_row(header["day"], "total", "total :", "summe", "gesamt"),)
    notes = () if "currency" in header else (f"Amounts are in {currency}.",)
    return Recipe(SOURCE, VERSION, fields, (), finish, rules=rules, notes=notes)


SYSTEM = System(
    SOURCE,
    "Costs",
    "offline",
    (
        Shape(
            name="costs",
            title="A list of costs",
            grain="one cost on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "channel", "cost"),
            where="A list of your own: day, channel, campaign, region, cost, currency",
            since="2026",
            checked="a list of our own making",
            exact=True,
            recipe=_recipe,
        ),
    ),
)
