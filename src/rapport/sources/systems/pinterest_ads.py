"""Reports of Pinterest Ads Manager, whose costs are in a currency that the file does not name."""

from __future__ import annotations

import datetime as dt

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import NOT_BY_DAY, Medium, daily_costs
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "pinterest_ads"
_COLUMNS: dict[str, Aliases] = {
    "day": "Date",
    "campaign": "Campaign name",
    "cost": "Spend in account currency",
    "impressions": ("Impressions", "Impression"),
    "clicks": ("Outbound clicks", "Pin clicks"),
}
_MEDIUM = Medium(SOURCE, version=1)


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MEDIUM)


SYSTEM = System(
    SOURCE,
    "Pinterest Ads",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of Pinterest Ads",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "cost"),
            where="Pinterest Ads › Reporting › Custom reports › by day › Export",
            since="2023",
            checked="columns that two other importers read",
            facts=_facts,
        ),
        Shape(
            name="period",
            title="Totals of a period of Pinterest Ads",
            grain="one campaign over a period",
            tables=(),
            columns=_COLUMNS,
            needs=("campaign", "cost"),
            without=("day",),
            refuses=NOT_BY_DAY,
        ),
    ),
)
