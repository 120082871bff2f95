"""Reports of Microsoft Advertising: ten lines on the report, the table, a line of copyright.

The lines above say how the rows are summed up ("Report Aggregation: Daily"), which decides whether
a date is a day or the first of a week.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs
from rapport.sources.headers import rows_above
from rapport.sources.loading import Rule
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "microsoft_ads"
_COLUMNS: dict[str, Aliases] = {
    "day": ("Gregorian date", "GregorianDate", "TimePeriod", "Time period", "Date", "Day"),
    "campaign": ("Campaign name", "CampaignName", "Campaign"),
    "cost": ("Spend", re.compile(r"Spend \(([A-Z]{3})\)")),
    "impressions": ("Impressions", "Impr."),
    "clicks": "Clicks",
    "currency": ("Currency code", "CurrencyCode"),
    "region": ("Country/region", "CountryOrRegion"),
    "account": ("Account name", "AccountName", "Account number", "AccountNumber", "AccountId"),
    "campaign_id": ("Campaign ID", "CampaignId"),
}


def _is_copyright(rows: pa.Table) -> pa.ChunkedArray:
    first = next(name for name in rows.column_names if name != ROW)
    return pc.match_substring_regex(rows.column(first), r"^©.*Microsoft")


_MEDIUM = Medium(
    SOURCE,
    version=1,
    usual_dates="month-first",
    rules=(Rule("footer", "The row is the line of copyright under the table.", _is_copyright),),
)


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MEDIUM)


def _examine(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse reports that are summed up over weeks, months or the whole period."""
    for row in rows_above(file):
        found = re.search(r"Report Aggregation:\s*(\w+)", " ".join(row), re.IGNORECASE)
        if found and found[1].casefold() not in ("daily", "day"):
            return [Fault(_PERIOD.what, file.name, _PERIOD.hint)]
    return []


_PERIOD = Refusal(
    "Its costs are totals of a period, and Rapport needs one row for each day.",
    "In Microsoft Advertising, choose Day as the unit of time of the report.",
)


SYSTEM = System(
    SOURCE,
    "Microsoft Advertising",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of Microsoft Advertising",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "cost", "impressions"),
            where="Microsoft Advertising › Reports › Performance › Campaign › Unit of time: Day",
            since="2018",
            checked="the documented columns, reports as other importers' tests hold them",
            examine=_examine,
            facts=_facts,
        ),
        Shape(
            name="period",
            title="Totals of a period of Microsoft Advertising",
            grain="one campaign over a period",
            tables=(),
            columns=_COLUMNS,
            needs=("campaign", "campaign_id", "account", "cost", "impressions"),
            without=("day",),
            refuses=_PERIOD,
        ),
    ),
)
