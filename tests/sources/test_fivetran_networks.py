"""LinkedIn and YouTube as a warehouse connector's tables."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from tests.sources.helpers import SETTINGS, gather, written

from rapport.errors import Problem
from rapport.sources.registry import recognise


@pytest.fixture(scope="module")
def social(shared_data: Path) -> Path:
    return shared_data / "platforms" / "fivetran_social"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["share_history", "ugc_post_history"])
def test_linkedin_posts(social: Path, name: str) -> None:
    path = social / f"linkedin_pages_{name}_data.csv"
    assert recognise(path, SETTINGS).source == "fivetran_linkedin"
    found = gather(path, SETTINGS)
    told = rows_of(path)
    numbers = {row["id"].rpartition(":")[2] for row in told}
    assert {row["post_id"] for row in found.tables["post"]} == numbers
    assert found.rows == len(told)
    assert found.codes.get("older_version", 0) == len(told) - len(numbers)
    accounts = {row["account_id"] for row in found.tables["account"]}
    assert accounts <= {row["author"].rpartition(":")[2] for row in told}
    assert {row["is_brand"] for row in found.tables["account"]} == {True}


def test_linkedin_drafts_and_members_posts_are_told_apart(tmp_path: Path) -> None:
    text = (
        "_fivetran_synced,author,commentary,created_time,first_published_at,id,last_modified_time,"
        "lifecycle_state\n"
        "2026-03-02 00:00:00,urn:li:organization:9,First,2026-03-01 08:00:00,"
        "2026-03-01 08:00:00,urn:li:share:101,2026-03-01 08:00:00,PUBLISHED\n"
        "2026-03-02 00:00:00,urn:li:organization:9,Better,2026-03-01 08:00:00,"
        "2026-03-01 08:00:00,urn:li:share:101,2026-03-01 09:00:00,PUBLISHED\n"
        "2026-03-02 00:00:00,urn:li:person:abc,Mine,2026-03-01 08:00:00,"
        "2026-03-01 08:00:00,urn:li:share:102,2026-03-01 08:00:00,PUBLISHED\n"
        "2026-03-02 00:00:00,urn:li:organization:9,Soon,2026-03-01 08:00:00,"
        ",urn:li:share:103,2026-03-01 08:00:00,DRAFT\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    posts = {row["post_id"]: row for row in found.tables["post"]}
    assert (posts["101"]["text"], posts["101"]["account_id"]) == ("Better", "9")
    assert posts["102"]["account_id"] is None
    assert found.codes == {"older_version": 1, "not_published": 1}
    assert [row["account_id"] for row in found.tables["account"]] == ["9"]


def test_linkedin_figures_are_of_the_last_sync(social: Path) -> None:
    path = social / "linkedin_pages_share_statistic_data.csv"
    found = gather(path, SETTINGS)
    told = rows_of(path)
    assert found.rows == len(told)
    assert found.aside == []
    sums = Counter[str]()
    for row in found.tables["post_metric"]:
        sums[row["metric"]] += row["value"]
    assert sums["impressions"] == sum(int(row["impression_count"]) for row in told)
    assert sums["likes"] == sum(int(row["like_count"]) for row in told)
    first = found.tables["post_metric"][0]
    assert first["post_id"] == "6123513602981842944"
    assert first["measured_on"] == dt.datetime(2021, 10, 27, 3, 59, 43, 438000, tzinfo=dt.UTC)


def test_linkedin_pages_and_followers(social: Path, tmp_path: Path) -> None:
    found = gather(social / "linkedin_pages_organization_data.csv", SETTINGS)
    assert [row["account_id"] for row in found.tables["account"]] == ["10429", "3954657"]
    text = (
        "_fivetran_id,day,follower_gains_organic_follower_gain,"
        "follower_gains_paid_follower_gain,organization_entity,_fivetran_synced\n"
        "a,2026-03-01T00:00:00Z,5,2,urn:li:organization:9,2026-03-02 00:00:00\n"
        "b,2026-03-02T00:00:00Z,-3,0,urn:li:organization:9,2026-03-03 00:00:00\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    rows = [(row["day"], row["gained"], row["lost"]) for row in found.tables["audience"]]
    assert rows == [(dt.date(2026, 3, 1), 7, None), (dt.date(2026, 3, 2), 0, 3)]


def test_youtube_days_are_added_up(social: Path) -> None:
    path = social / "youtube_channel_basic_data.csv"
    known = recognise(path, SETTINGS)
    assert known.source == "fivetran_youtube"
    found = gather(path, SETTINGS)
    told = rows_of(path)
    assert found.rows == len(told) == 1000
    assert found.aside == []
    days = Counter[tuple[str, str]]()
    for row in told:
        days[row["date"], row["video_id"]] += int(row["views"])
    ours = {
        (str(row["measured_on"].date()), row["post_id"]): row["value"]
        for row in found.tables["post_metric"]
        if row["metric"] == "views_of_day"
    }
    assert ours == {key: views for key, views in days.items() if key[1]}
    whole = {row["metric"]: 0.0 for row in found.tables["channel_metric"]}
    for row in found.tables["channel_metric"]:
        whole[row["metric"]] += row["value"]
    assert whole["views"] == sum(int(row["views"]) for row in told)
    assert whole["follows"] == sum(int(row["subscribers_gained"]) for row in told)
    minutes = sum(float(row["watch_time_minutes"]) for row in told)
    assert whole["watch_seconds"] == pytest.approx(60 * minutes)


def test_youtube_videos(social: Path) -> None:
    found = gather(social / "youtube_video_data.csv", SETTINGS)
    first = found.tables["post"][0]
    assert (first["post_id"], first["text"]) == ("t91FEgxdojg", "Cool video 1")
    assert first["published_on"] == dt.datetime(2020, 10, 27, 22, 48, 14, tzinfo=dt.UTC)
    views = {
        row["post_id"]: row["value"]
        for row in found.tables["post_metric"]
        if row["metric"] == "views"
    }
    assert views == {"t91FEgxdojg": 2038, "1IXX_cSR1qc": 204, "820T4XYcNCQ": 142}
    account = found.tables["account"][0]
    assert (account["name"], account["is_brand"]) == ("Fivetran", True)


def test_youtube_groups_of_viewers_are_refused(social: Path) -> None:
    with pytest.raises(Problem, match="shares of viewers by age and sex"):
        recognise(social / "youtube_channel_demographics_data.csv", SETTINGS)
