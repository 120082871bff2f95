"""Costs of X Ads as its interface for programs and warehouse connectors give them.

One row is one campaign, one day and one placement, on X or on its publishers' network: placements
are parts and are added up. Costs are millionths of the account's currency, which the file does not
name. A day is written as the moment at which it began in the account's zone.

The columns of the file that X Ads Manager exports could not be established, so it is not read.
"""

from __future__ import annotations

import datetime as dt

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs
from rapport.sources.mending import begun_days, mended
from rapport.sources.reading import TableFile
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
    return daily_costs(mended(file, begun_days(header["day"])), header, settings, now, _MEDIUM)


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
