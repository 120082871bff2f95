"""Performance reports of LinkedIn Campaign Manager: UTF-16 with tabs, some lines above the header.

In October 2025 LinkedIn renamed its levels: what was a campaign is an ad set, and what was a
campaign group is a campaign. Costs stay with the level below, so that a series goes on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs, days_said
from rapport.sources.headers import rows_above
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "linkedin_ads"
_COLUMNS: dict[str, Aliases] = {
    "day": (
        *("Start Date (in UTC)", re.compile(r"start date \(in .+\)"), "Startdatum (in UTC)"),
        re.compile(r"startdatum \(in .+\)"),
    ),
    "campaign": (
        *("Ad Set Name", "Name der Anzeigengruppe"),
        *("Campaign Name", "Kampagnenname", "Name der Kampagne"),
    ),
    "cost": ("Total Spent", "Gesamtausgaben"),
    "impressions": ("Impressions", "Impressionen"),
    "clicks": ("Clicks", "Klicks"),
    "currency": ("Currency", "Währung"),
}
_PERIOD = Refusal(
    "Its costs are totals of a period, and Rapport needs one row for each day.",
    "In Campaign Manager, export the report with the time breakdown Daily.",
)
_SENTENCES = {
    "levels": "Where the file has ad sets, they stand as campaigns: LinkedIn called them so until"
    " October 2025.",
}
_MEDIUM = Medium(
    SOURCE,
    version=1,
    usual_dates="month-first",
    notes=(_SENTENCES["levels"],),
)


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    return daily_costs(file, header, settings, now, _MEDIUM)


def _examine(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse reports of several days in which every row has the same date: its first."""
    said = days_said(" ".join(" ".join(row) for row in rows_above(file)))
    if len(said) < 2 or said[0] == said[1]:
        return []
    dates = {cell for cell in file.sample().column(header["day"]).to_pylist() if cell.strip()}
    return [Fault(_PERIOD.what, file.name, _PERIOD.hint)] if len(dates) == 1 else []


SYSTEM = System(
    SOURCE,
    "LinkedIn Ads",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of LinkedIn Ads",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "cost"),
            where="Campaign Manager › Advertise › Export › Campaign performance, Daily",
            since="2020",
            checked="reports as other importers' tests hold them, in English and German",
            examine=_examine,
            facts=_facts,
        ),
        Shape(
            name="period",
            title="Totals of a period of LinkedIn Ads",
            grain="one campaign over a period",
            tables=(),
            columns=_COLUMNS,
            needs=("campaign", "cost", "impressions"),
            without=("day",),
            refuses=_PERIOD,
        ),
    ),
)
