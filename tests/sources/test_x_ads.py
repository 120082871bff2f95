"""Costs of X Ads from its API: millionths, placements as parts, days that began elsewhere."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, gather, written

from rapport.errors import Problem
from rapport.settings import SourceSettings
from rapport.sources.registry import read, recognise

HEADER = "account_id,campaign_id,date,placement,billed_charge_local_micro,clicks,engagements,"
HEADER += "impressions,url_clicks\n"
ROWS = (
    "18ce,hq0u9,2022-05-20T07:00:00Z,ALL_ON_TWITTER,1371662,3,4,13,1\n"
    "18ce,hq0u9,2022-05-20T07:00:00Z,PUBLISHER_NETWORK,59621687,698,698,4251,\n"
    "18ce,hq0u9,2022-05-21T07:00:00Z,ALL_ON_TWITTER,0,0,0,0,0\n"
    "18ce,hq0u9,2022-05-22T07:00:00Z,ALL_ON_TWITTER,1.5,0,0,0,0\n"
)


def test_placements_of_a_campaigns_day_are_added_up(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + ROWS, "campaign_report.csv")
    assert recognise(path, SETTINGS).source == "x_ads"
    usd = {"x_ads": SourceSettings(currency="USD")}
    found = gather(path, SETTINGS.model_copy(update={"sources": usd}))
    rows = [(r["day"], r["cost"], r["impressions"], r["clicks"]) for r in found.tables["spend"]]
    assert rows == [
        (dt.date(2022, 5, 20), Decimal("60.9934"), 4264, 1),
        (dt.date(2022, 5, 21), Decimal(0), 0, 0),
    ]
    assert found.column("currency", "spend") == ["USD", "USD"]
    assert found.column("campaign", "spend") == ["hq0u9", "hq0u9"]
    assert found.codes == {"not_a_number": 1}


def test_parts_of_a_placement_are_not_counted_beside_the_whole(tmp_path: Path) -> None:
    row = "18ce,hq0u9,2022-05-20T07:00:00Z,{},1000000,3,4,13,1\n"
    places = ("ALL_ON_TWITTER", "TWITTER_TIMELINE", "TAP_FULL")
    found = gather(written(tmp_path, HEADER + "".join(map(row.format, places))), SETTINGS)
    # There is no whole of the publishers' network in the file: its part counts.
    assert found.column("cost", "spend") == [Decimal(2)]
    assert found.codes == {"part_of_another": 1}


MANAGER = (
    "ID,Campaign,Campaign URL,Time,Campaign start date,Campaign end date,Spend,Impressions,"
    "Engagements,Billed engagements,Reposts,Replies,Follows,Clicks,Media engagements,Likes,"
    "Card engagements,Unfollows,Engagement rate\n"
)


def test_the_managers_file_is_added_up_by_day(tmp_path: Path) -> None:
    rest = '2026-05-01,2026-05-31,"1,020.50",100,9,9,1,0,0,7,0,1,0,0,0.09\n'
    text = MANAGER + "".join(
        f"x1,Été,https://ads.x.com/c/x1,{time},{rest}"
        for time in ("2026-05-01 10:00", "2026-05-01 11:00", "2026-05-02 10:00")
    )
    found = gather(written(tmp_path, text), SETTINGS)
    rows = [(r["day"].day, r["campaign"], r["cost"], r["clicks"]) for r in found.tables["spend"]]
    assert rows == [(1, "Été", Decimal(2041), 14), (2, "Été", Decimal("1020.50"), 7)]


def test_the_managers_totals_of_a_period_are_refused(tmp_path: Path) -> None:
    row = "x1,Été,https://ads.x.com/c/x1,2026-05-01 - 2026-05-31,,,5,1,,,,,,,,,,,\n"
    with pytest.raises(Problem, match="totals of a period"):
        read(written(tmp_path, MANAGER + row), SETTINGS, NOW)


def test_a_day_that_began_in_paris_is_the_day_of_paris(tmp_path: Path) -> None:
    row = "18ce,hq0u9,2022-05-19T22:00:00Z,ALL_ON_TWITTER,1000000,3,4,13,1\n"
    found = gather(written(tmp_path, HEADER + row), SETTINGS)
    assert found.column("day", "spend") == [dt.date(2022, 5, 20)]


def test_the_same_costs_by_ad_group_are_refused(tmp_path: Path) -> None:
    text = (HEADER + ROWS).replace("campaign_id", "line_item_id")
    with pytest.raises(Problem, match="once more"):
        read(written(tmp_path, text), SETTINGS, NOW)
