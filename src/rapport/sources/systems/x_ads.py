"""Costs of X Ads: the export of its manager, and what its API and warehouse connectors give.

The manager's file holds one row for a campaign and a day or an hour (X Business, "Export .CSV
definitions"). The API's report holds one for a campaign, a day and a placement, on X or on its
publishers' network: those two are added up, and rows that part them further are set aside beside
them. Its costs are millionths of the account's currency, which no file names, and its days are
written as the moment at which they began in the account's zone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import NOT_BY_DAY, Medium, daily_costs, days_said
from rapport.sources.loading import Rule
from rapport.sources.mending import begun_days, mended
from rapport.sources.reading import TableFile
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "x_ads"
_MEDIUM = Medium(
    SOURCE,
    micros=True,
    notes=("Campaigns are named by their number: the file has no names.",),
)
_COLUMNS: dict[str, Aliases] = {
    "day": "date",
    "campaign": "campaign_id",
    "placement": "placement",
    "cost": "billed_charge_local_micro",
    "impressions": "impressions",
    "clicks": "url_clicks",
    "account": "account_id",
    "all_clicks": "clicks",
    "engagements": "engagements",
}


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    """Return the facts of a campaign report; raises Problem as `costs.daily_costs` does."""
    medium = replace(_MEDIUM, rules=(parts_of_placements(file, header["placement"]),))
    return daily_costs(mended(file, begun_days(header["day"])), header, settings, now, medium)


def parts_of_placements(file: TableFile, placement: str) -> Rule:
    """Return the rule that sets aside placements that the file also has as a whole."""
    named: set[str] = set()
    for part in file.rows([placement]):
        named.update(pc.unique(trimmed(part.table.column(placement))).to_pylist())
    wholes = {"ALL_ON_TWITTER": "^TWITTER_", "PUBLISHER_NETWORK": "^TAP_"}
    parts = "|".join(pattern for whole, pattern in wholes.items() if whole in named)

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        return pc.match_substring_regex(trimmed(rows.column(placement)), parts or "^\\b$")

    return Rule("part_of_another", "Another row counts this placement with others.", finds)


_MANAGER: dict[str, Aliases] = {
    "day": ("Time", "Time period"),
    "campaign": ("Campaign", "Campaign name"),
    "cost": ("Spend", re.compile(r"Spend \(([A-Z]{3})\)")),
    "impressions": "Impressions",
    "clicks": ("Link clicks", "Clicks"),
    "id": ("ID", "Campaign ID"),
    "url": "Campaign URL",
    "starts": "Campaign start date",
    "ends": "Campaign end date",
    "currency": "Currency",
    "engagements": "Engagements",
    "billed": "Billed engagements",
    "rate": "Engagement rate",
}


def _manager(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    """Return the facts of the manager's file; raises Problem as `costs.daily_costs` does."""
    medium = Medium(SOURCE, usual_dates="month-first", notes=("Days are the account's own.",))
    return daily_costs(file, header, settings, now, medium)


def _by_day(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse totals of a period: cells that name two days."""
    for cell in file.sample().column(header["day"]).to_pylist():
        if len(set(days_said(cell))) > 1:
            return [Fault(NOT_BY_DAY.what, file.name, NOT_BY_DAY.hint)]
    return []


_PARTS = Refusal(
    "It holds the costs of campaigns once more, by their ad groups or posts.",
    "Add the report of campaigns (campaign_report) alone.",
    spare=True,
)

SYSTEM = System(
    SOURCE,
    "X Ads",
    "paid",
    (
        Shape(
            name="manager",
            title="Campaigns by day of X Ads",
            grain="one campaign on one day or hour",
            tables=("spend",),
            columns=_MANAGER,
            needs=("day", "campaign", "url", "cost", "impressions"),
            where="X Ads › Campaigns › Export, by day",
            since="2018",
            checked="the definitions that X publishes of the file's columns",
            facts=_manager,
            examine=_by_day,
        ),
        Shape(
            name="campaigns",
            title="Campaigns by day of X Ads, from its API or a connector",
            grain="one campaign on one day in one placement",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("day", "campaign", "placement", "cost", "impressions"),
            where="A warehouse connector's table campaign_report",
            since="2021",
            checked="the connector's published columns",
            facts=_facts,
        ),
        Shape(
            name="parts",
            title="Ad groups and promoted posts by day of X Ads",
            grain="one ad group or post on one day",
            tables=(),
            columns={**_COLUMNS, "campaign": ("line_item_id", "promoted_tweet_id")},
            needs=("day", "campaign", "placement", "cost"),
            refuses=_PARTS,
        ),
    ),
)
