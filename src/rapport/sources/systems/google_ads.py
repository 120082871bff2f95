"""Reports of Google Ads: a title, a line with the dates, the table, rows of totals.

The interface writes amounts in the account's currency; the API and BigQuery write millionths of it
(`cost_micros`; Google Ads API reference, resource `metrics`). Dates are the account's own days.
"""

from __future__ import annotations

import datetime as dt
import re

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "google_ads"
_MEDIUM = Medium(SOURCE, version=1)
_MICROS = Medium(SOURCE, version=1, micros=True)
_COLUMNS: dict[str, Aliases] = {
    "day": ("Day", "Jour", "Tag", "Día", "Dag"),
    "campaign": ("Campaign", "Campaign name", "Campagne", "Kampagne", "Campaña", "Kampanj"),
    "cost": (
        "Cost",
        re.compile(r"Cost \(([A-Z]{3})\)"),
        *("Coût", "Kosten", "Coste", "Costo", "Kostnad"),
    ),
    "impressions": ("Impr.", "Visn."),
    "clicks": ("Clicks", "Clics", "Klicks", "Klick"),
    "currency": (
        *("Currency code", "Currency", "Code de la devise", "Code devise", "Währungscode"),
        *("Código de moneda", "Código de divisa", "Valutakod"),
    ),
    "region": "Location",
}
_API: dict[str, Aliases] = {
    "day": ("segments.date", "segments_date"),
    "campaign": ("campaign.name", "campaign_name"),
    "cost": ("metrics.cost_micros", "metrics_cost_micros"),
    "impressions": ("metrics.impressions", "metrics_impressions"),
    "clicks": ("metrics.clicks", "metrics_clicks"),
    "currency": ("customer.currency_code", "customer_currency_code"),
}


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MEDIUM)


def _micros(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MICROS)


SYSTEM = System(
    SOURCE,
    "Google Ads",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of Google Ads",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "cost", "impressions"),
            where="Google Ads › Campaigns › Segment › Time › Day › Download › CSV",
            since="2018",
            checked="reports as other importers' tests hold them, in English, French and German",
            facts=_facts,
        ),
        Shape(
            name="period",
            title="Totals of a period of Google Ads",
            grain="one campaign over a period",
            tables=(),
            columns=_COLUMNS,
            needs=("campaign", "cost", "impressions"),
            without=("day",),
            refuses=Refusal(
                "Its costs are totals of a period, and Rapport needs one row for each day.",
                "In Google Ads, choose Segment › Time › Day before the download.",
            ),
        ),
        Shape(
            name="api",
            title="Campaigns by day of the Google Ads API",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_API,
            needs=("day", "campaign", "cost"),
            where="Google Ads API or BigQuery Data Transfer, campaign with metrics.cost_micros",
            since="2022",
            checked="the documented columns",
            facts=_micros,
        ),
    ),
)
