"""Plans of TV, radio, posters and print as media agencies send them: cost by day and region."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import column_of
from rapport.sources.loading import Recipe, record_table, total_row
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System, plain_name

SOURCE = "media_plan"
VERSION = 1
_SPENT: dict[str, Aliases] = {
    "day": ("jour", "date", "day", "Tag", "Datum", "fecha"),
    "campaign": ("campagne", "campaign", "Kampagne", "campaña", "kampanj"),
    "region": ("région", "region", "zone", "Gebiet", "región"),
    "contacts": ("contacts", "impacts", "impressions", "Kontakte", "contactos", "GRP contacts"),
    "cost": ("coût ht", "cout ht", "cost", "net cost", "budget net", "Kosten", "coste", "coût"),
    "currency": ("currency", "devise", "Währung", "moneda"),
}
_MEDIA: Mapping[str, Aliases] = {
    "tv": ("chaîne", "chaine", "tv channel", "tv station", "Sender", "cadena"),
    "radio": ("station", "radio", "radio station", "emisora"),
    "outdoor": ("emplacement", "panneau", "site", "billboard", "Plakatstelle"),
    "print": ("titre de presse", "magazine", "newspaper", "publication", "Zeitung"),
}
_TITLE_SENTENCES = {
    "tv": "Plan of television spots",
    "radio": "Plan of radio spots",
    "outdoor": "Plan of posters",
    "print": "Plan of advertisements in print",
}


def _recipe(medium: str) -> Callable[[TableFile, Header, Settings], Recipe]:
    def recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
        kinds: dict[str, Kind] = {
            "day": "day",
            "outlet": "text",
            "campaign": "text",
            "region": "text",
            "contacts": "integer",
            "cost": "money",
            "currency": "currency",
        }
        fields = fields_in(header, kinds, required=["day", "cost"])
        said = settings.sources.get(SOURCE)
        currency = (said.currency if said else None) or settings.currency

        def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
            return {"spend": _spend(typed, medium, currency)}

        rules = (total_row(header["day"], "total", "total :", "summe", "gesamt"),)
        notes = () if "currency" in header else (f"Amounts are in {currency}.",)
        # Agencies outside the English-speaking world write the day first.
        english = plain_name(header["day"]) in ("date", "day")
        return Recipe(
            SOURCE,
            VERSION,
            fields,
            (),
            finish,
            rules=rules,
            notes=notes,
            usual_dates=None if english else "day-first",
        )

    return recipe


def _spend(typed: pa.Table, medium: str, currency: str) -> pa.Table:
    """Return a row for each outlet: its name is part of the campaign, which tells rows apart."""
    campaign, outlet = column_of(typed, "campaign"), column_of(typed, "outlet")
    named = pc.binary_join_element_wise(pc.fill_null(campaign, ""), pc.fill_null(outlet, ""), " · ")
    columns: dict[str, object] = {
        "day": typed.column("day"),
        "channel": medium,
        "campaign": named,
        "region": column_of(typed, "region"),
        "cost": typed.column("cost"),
        "currency": typed.column("currency") if "currency" in typed.column_names else currency,
    }
    if "contacts" in typed.column_names:
        columns["impressions"] = typed.column("contacts")
    return record_table("spend", columns, typed)


def _shape(medium: str, outlet: Aliases) -> Shape:
    return Shape(
        name=medium,
        title=_TITLE_SENTENCES[medium],
        grain="one outlet on one day",
        tables=("spend",),
        columns={**_SPENT, "outlet": outlet},
        needs=("day", "outlet", "cost"),
        where="The media agency's plan: day, outlet, campaign, region, contacts, cost",
        since="2026",
        checked="a list of our own making",
        recipe=_recipe(medium),
    )


SYSTEM = System(
    SOURCE,
    "Media plans",
    "offline",
    tuple(_shape(medium, outlet) for medium, outlet in _MEDIA.items()),
)
