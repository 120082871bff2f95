"""Tables of warehouse connectors: Facebook pages, Instagram accounts, organic tweets."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.registry import read, recognise

SYNCED = "2026-05-10 14:22:31.126"


def table(*rows: Mapping[str, object]) -> str:
    """A CSV of these rows, with the columns of the first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def figures(found: Gathered, post: str) -> dict[str, float]:
    """The figures of one post by their name."""
    rows = found.tables["post_metric"]
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


PAGE_DAY = {
    "date": "2026-05-01 07:00:00",
    "page_id": "55",
    "_fivetran_synced": SYNCED,
    "page_fan_adds": 3,
    "page_fan_removes": 1,
    "page_fans": 256,
    "page_impressions": 6696,
    "page_views_total": 81,
    "page_post_engagements": 123,
    "page_video_views": 78,
    "page_media_view": "",
}


def test_days_of_a_page_are_its_audience_and_figures(tmp_path: Path) -> None:
    rows = [
        PAGE_DAY,
        PAGE_DAY | {"date": "2026-05-02 07:00:00", "page_fans": "", "page_fan_adds": ""},
    ]
    path = written(tmp_path, table(*rows), "daily_page_metrics_total.csv")
    assert recognise(path, SETTINGS).source == "fivetran_facebook_pages"
    found = gather(path, SETTINGS)
    days = found.tables["audience"]
    assert [(r["day"].day, r["followers"], r["gained"], r["lost"]) for r in days] == [
        (1, 256, 3, 1),
        (2, None, None, 1),
    ]
    assert {row["channel"] for row in days} == {"facebook"}
    first = {r["metric"]: r["value"] for r in found.tables["channel_metric"] if r["day"].day == 1}
    assert first == {"impressions": 6696, "visits": 81, "interactions": 123, "video_views": 78}


def test_days_of_several_pages_do_not_overwrite_each_other(tmp_path: Path) -> None:
    text = table(PAGE_DAY, PAGE_DAY | {"page_id": "66", "page_fans": 9})
    found = gather(written(tmp_path, text), SETTINGS)
    rows = found.tables["audience"]
    assert [(row["channel"], row["followers"]) for row in rows] == [
        ("facebook 55", 256),
        ("facebook 66", 9),
    ]


def test_figures_of_facebook_posts_keep_views_and_impressions_apart(tmp_path: Path) -> None:
    row = {
        "date": "2026-05-01 07:00:00",
        "post_id": "55_901",
        "_fivetran_synced": SYNCED,
        "post_clicks": 23,
        "post_impressions": 876,
        "post_media_view": 1000,
        "post_negative_feedback": 0,
        "post_reactions_like_total": 10,
        "post_reactions_love_total": 2,
        "post_reactions_anger_total": "",
        "post_video_views": "",
        "post_video_view_time": 2500,
    }
    path = written(tmp_path, table(row, row), "lifetime_post_metrics_total.csv")
    found = gather(path, SETTINGS)
    assert figures(found, "901") == {
        "clicks": 23,
        "impressions": 876,
        "views": 1000,
        "negative_feedback": 0,
        "reactions": 12,
        "watch_seconds": 2.5,
    }
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2026, 5, 1, 7, tzinfo=dt.UTC)}
    assert found.codes == {"repeated_row": 1}


def test_the_last_version_of_a_facebook_post_holds(tmp_path: Path) -> None:
    row = {
        "id": "55_901",
        "updated_time": "2026-05-03 10:00:00",
        "_fivetran_synced": SYNCED,
        "created_time": "2026-05-01 10:00:00",
        "is_published": "true",
        "page_id": "55",
        "parent_id": "",
        "status_type": "added_photos",
        "message": "new",
    }
    older = row | {"updated_time": "2026-05-01 10:00:00", "message": "old"}
    found = gather(written(tmp_path, table(older, row), "post_history.csv"), SETTINGS)
    (post,) = found.tables["post"]
    assert (post["text"], post["format"], post["account_id"]) == ("new", "photo", "55")
    assert post["published_on"] == dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
    assert found.codes == {"older_version": 1}


MEDIA = {
    "_fivetran_id": "a=",
    "_fivetran_synced": SYNCED,
    "caption": "Salut",
    "created_time": "2026-05-01T12:25:20",
    "id": "1790",
    "ig_id": "2377",
    "is_story": "false",
    "media_type": "CAROUSEL_ALBUM",
    "permalink": "https://www.instagram.com/p/C1/",
    "user_id": "178",
    "username": "maison.alize",
}


def test_instagram_posts_and_their_brand(tmp_path: Path) -> None:
    reel = MEDIA | {"id": "1791", "media_type": "VIDEO"}
    reel["permalink"] = "https://www.instagram.com/reel/C2/"
    story = MEDIA | {"id": "1792", "media_type": "IMAGE", "is_story": "true"}
    newer = MEDIA | {"caption": "Salut !", "_fivetran_synced": "2026-05-11 14:22:31.126"}
    path = written(tmp_path, table(MEDIA, reel, story, newer), "media_history.csv")
    assert recognise(path, SETTINGS).source == "fivetran_instagram_business"
    found = gather(path, SETTINGS)
    assert [(row["post_id"], row["format"], row["text"]) for row in found.tables["post"]] == [
        ("1791", "reel", "Salut"),
        ("1792", "story", "Salut"),
        ("1790", "carousel", "Salut !"),
    ]
    assert found.column("handle", "account") == ["maison.alize"]
    assert found.column("value", "identifier") == ["maison.alize"]
    assert found.codes == {"older_version": 1}


def test_the_filled_one_of_instagrams_columns_is_the_figure(tmp_path: Path) -> None:
    row = {
        "_fivetran_id": "a=",
        "_fivetran_synced": SYNCED,
        "id": "1791",
        "like_count": 7,
        "comment_count": 1,
        "carousel_album_reach": "",
        "story_reach": "",
        "video_photo_reach": "",
        "reel_reach": 29,
        "reel_views": 82,
        "video_photo_saved": 0,
        "story_replies": "",
    }
    found = gather(written(tmp_path, table(row), "media_insights.csv"), SETTINGS)
    assert figures(found, "1791") == {
        "likes": 7,
        "comments": 1,
        "reach": 29,
        "views": 82,
        "saves": 0,
    }


TWEET_DAY = {
    "account_id": "18ce",
    "date": "2026-05-01T07:00:00",
    "organic_tweet_id": "1930",
    "placement": "ALL_ON_TWITTER",
    "_fivetran_synced": "2026-05-06T07:47:23.745",
    "clicks": 4,
    "engagements": 5,
    "impressions": 100,
    "likes": 3,
    "replies": 1,
    "retweets": 0,
    "url_clicks": "",
    "video_total_views": 0,
}


def test_figures_of_one_day_are_called_so_and_placements_added_up(tmp_path: Path) -> None:
    rows = [TWEET_DAY, TWEET_DAY | {"placement": "PUBLISHER_NETWORK", "impressions": 50}]
    rows.append(TWEET_DAY | {"date": "2026-05-02T07:00:00"})
    path = written(tmp_path, table(*rows), "organic_tweet_report.csv")
    assert recognise(path, SETTINGS).source == "fivetran_twitter_organic"
    found = gather(path, SETTINGS)
    first = {
        row["metric"]: row["value"]
        for row in found.tables["post_metric"]
        if row["measured_on"] == dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    }
    assert first == {
        "impressions_of_day": 150,
        "engagements_of_day": 10,
        "likes_of_day": 6,
        "comments_of_day": 2,
        "shares_of_day": 0,
        "clicks_of_day": 8,
        "video_views_of_day": 0,
    }
    assert found.rows == 3


def test_a_row_without_any_figure_is_set_aside(tmp_path: Path) -> None:
    empty = {
        name: "" for name in TWEET_DAY if name not in ("date", "organic_tweet_id", "placement")
    }
    text = table(TWEET_DAY, TWEET_DAY | {"organic_tweet_id": "1931"} | empty)
    found = gather(written(tmp_path, text), SETTINGS)
    assert found.codes == {"no_figure": 1}


def test_a_table_without_followers_says_nothing_of_the_audience(tmp_path: Path) -> None:
    row = {"date": "2026-05-01", "page_id": "55", "page_post_engagements": 5}
    found = gather(written(tmp_path, table(row, row | {"page_id": "66"})), SETTINGS)
    assert list(found.tables) == ["channel_metric"]


SHARED = {
    "facebook_pages_daily_page_metrics_total_data": (
        "fivetran_facebook_pages",
        {"audience": 6},
        {},
    ),
    "facebook_pages_lifetime_post_metrics_total_data": (
        "fivetran_facebook_pages",
        {"post_metric": 25 * 7},
        {},
    ),
    "facebook_pages_post_history_data": (
        "fivetran_facebook_pages",
        {"post": 99},
        {"older_version": 1},
    ),
    "facebook_pages_page_data": ("fivetran_facebook_pages", {}, {}),
    "instagram_business_media_history_data": (
        "fivetran_instagram_business",
        {"post": 3},
        {"older_version": 97},
    ),
    "instagram_business_media_insights_data": ("fivetran_instagram_business", {}, {}),
    "instagram_business_user_history_data": (
        "fivetran_instagram_business",
        {"account": 1, "audience": 1},
        {},
    ),
    "organic_tweet_report": ("fivetran_twitter_organic", {}, {}),
    "tweet": ("fivetran_twitter_organic", {"post": 100, "post_metric": 200}, {}),
    "twitter_user_history": ("fivetran_twitter_organic", {"account": 1, "identifier": 1}, {}),
}


@pytest.mark.parametrize("name", SHARED)
def test_published_data_of_the_connectors_are_read_whole(shared_data: Path, name: str) -> None:
    source, rows, aside = SHARED[name]
    path = shared_data / "platforms" / "fivetran_social" / f"{name}.csv"
    assert recognise(path, SETTINGS).source == source
    found = gather(path, SETTINGS)
    assert found.codes == aside
    assert found.tables
    assert {table: len(found.tables[table]) for table in rows} == rows


def test_the_account_of_advertising_is_refused(shared_data: Path) -> None:
    path = shared_data / "platforms" / "fivetran_social" / "account_history.csv"
    with pytest.raises(Problem, match="no answer needs"):
        read(path, SETTINGS, NOW)
