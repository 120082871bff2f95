"""Reports of TikTok Ads Manager; the row of totals has no day."""

from __future__ import annotations

import datetime as dt
import re

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "tiktok_ads"
_COLUMNS: dict[str, Aliases] = {
    "day": ("By Day", "Stat time day", "stat_time_day", "Date", "Day", "Por día"),
    "campaign": ("Campaign name", "campaign_name", "Nombre de la campaña"),
    "cost": (
        *("Cost", "Total cost", re.compile(r"Cost \(([A-Z]{3})\)"), "Spend"),
        *("Coste", "Gasto", "Coût"),
    ),
    "impressions": ("Impressions", "Impresiones"),
    "clicks": ("Clicks (destination)", "Clics (destino)", "Clics (destination)", "Clicks"),
    "currency": ("Currency", "Moneda"),
    # What only TikTok's reports have.
    "own": (
        *("Clicks (destination)", "CTR (destination)", "CPC (destination)", "Clicks (all)"),
        *("Clics (destino)", "CTR (destino)", "Clics (destination)", "2-second video views"),
        *("Stat time day", "stat_time_day", "By Day", "Por día"),
    ),
}
_MEDIUM = Medium(SOURCE, version=1, usual_dates="year-first")


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MEDIUM)


SYSTEM = System(
    SOURCE,
    "TikTok Ads",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of TikTok Ads",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "cost", "impressions", "own"),
            where="TikTok Ads Manager › Analytics › Custom report › Dimension: By Day › Export",
            since="2021",
            checked="columns that other importers read, in English and Spanish",
            facts=_facts,
        ),
        Shape(
            name="period",
            title="Totals of a period of TikTok Ads",
            grain="one campaign over a period",
            tables=(),
            columns=_COLUMNS,
            needs=("campaign", "cost", "impressions", "own"),
            without=("day",),
            refuses=Refusal(
                "Its costs are totals of a period, and Rapport needs one row for each day.",
                "In TikTok Ads Manager, add By Day to the dimensions of the report.",
            ),
        ),
    ),
)
