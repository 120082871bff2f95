"""Files of X: tweets of old, posts of today, days of the account, days of its videos."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.sources.helpers import SETTINGS, Gathered, gather, written

from rapport.sources.registry import recognise

GOLDEN = Path(__file__).parent / "golden" / "x"
CONTENT = GOLDEN / "account_analytics_content_2026-03-01_2026-05-31.csv"


def figures(found: Gathered, post: str) -> dict[str, float]:
    """The figures of one post by their name."""
    rows = found.tables["post_metric"]
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


def test_the_posts_of_the_golden_file_are_exactly_these() -> None:
    found = gather(CONTENT, SETTINGS)
    assert recognise(CONTENT, SETTINGS).source == "x"
    first, second = found.tables["post"]
    assert first["post_id"] == "1930000000000000101"
    assert first["published_on"] == dt.datetime(2026, 3, 6, tzinfo=dt.UTC)
    assert first["zone"] == "UTC"
    assert first["text"] == 'New scents, "fresh" and green\n🌿'
    assert first["account_id"] == "maisonalize"
    assert figures(found, first["post_id"]) == {
        "impressions": 12345,
        "likes": 210,
        "engagements": 1020,
        "saves": 8,
        "sends": 3,
        "follows": 2,
        "comments": 11,
        "shares": 9,
        "profile_visits": 40,
        "link_clicks": 55,
    }
    # The number that a spreadsheet rounded stands whole in the link.
    assert second["post_id"] == "1930000000000000207"
    assert "follows" not in figures(found, second["post_id"])
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2026, 5, 31, tzinfo=dt.UTC)}
    assert [row["handle"] for row in found.tables["account"]] == ["MaisonAlize"]
    assert found.tables["account"][0]["is_brand"] is True
    assert found.column("value", "identifier") == ["MaisonAlize"]


def test_every_row_of_the_golden_file_is_kept_or_set_aside() -> None:
    found = gather(CONTENT, SETTINGS)
    assert found.rows == 4
    assert found.codes == {"rounded_id": 1, "not_a_date": 1}


TWEETS = (
    '"Tweet id","Tweet permalink","Tweet text","time","impressions","engagements",'
    '"engagement rate","retweets","replies","likes","user profile clicks","url clicks",'
    '"hashtag clicks","detail expands","permalink clicks","app opens","app installs","follows",'
    '"email tweet","dial phone","media views","media engagements"\n'
    '"1768700000000000001","https://twitter.com/MaisonAlize/status/1768700000000000001",'
    '"Salut, toi","2024-03-15 18:42 +0000","1500.0","80.0","0.053","4.0","3.0","40.0","6.0","9.0",'
    '"0","12.0","0","0","0","1","0","0","200","12"\n'
)


def test_tweets_of_old_use_the_words_of_today(tmp_path: Path) -> None:
    name = "tweet_activity_metrics_MaisonAlize_20240301_20240331_en.csv"
    found = gather(written(tmp_path, TWEETS, name), SETTINGS)
    (post,) = found.tables["post"]
    assert post["published_on"] == dt.datetime(2024, 3, 15, 18, 42, tzinfo=dt.UTC)
    assert figures(found, post["post_id"]) == {
        "impressions": 1500,
        "engagements": 80,
        "shares": 4,
        "comments": 3,
        "likes": 40,
        "profile_visits": 6,
        "link_clicks": 9,
        "follows": 1,
    }
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2024, 3, 31, tzinfo=dt.UTC)}


def test_days_of_old_tweets_are_figures_of_the_channel(tmp_path: Path) -> None:
    text = (
        '"Date","Tweets published","impressions","engagements","engagement rate","retweets",'
        '"replies","likes","user profile clicks","url clicks","follows","promoted impressions"\n'
        '"2024-03-01","2","1500.0","80.0","0.053","4.0","3.0","40.0","6.0","9.0","1","0"\n'
    )
    found = gather(written(tmp_path, text, "daily_tweet_activity_metrics.csv"), SETTINGS)
    assert list(found.tables) == ["channel_metric"]
    assert {row["metric"]: row["value"] for row in found.tables["channel_metric"]} == {
        "impressions": 1500,
        "engagements": 80,
        "shares": 4,
        "comments": 3,
        "likes": 40,
        "profile_visits": 6,
        "link_clicks": 9,
        "follows": 1,
    }


OVERVIEW = (
    "Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Unfollows,Replies,Reposts,"
    "Profile visits,Create Post,Video views,Media views\n"
    '"Fri, Jun 5, 2026","1,234",5,40,1,2,7,3,4,6,20,1,100,150\n'
    '"Thu, Jun 4, 2026",900,5,40,1,2,0,0,4,6,20,0,,150\n'
    '"Thu, Jun 4, 2026",901,5,40,1,2,0,0,4,6,20,0,,150\n'
    '"Wed, Jun 3, 2026",,,,,,,,,,,,,\n'
)


def test_days_of_the_account_are_followers_and_figures(tmp_path: Path) -> None:
    path = written(tmp_path, OVERVIEW, "account_overview_analytics.csv")
    found = gather(path, SETTINGS)
    rows = found.tables["audience"]
    assert [(row["day"], row["gained"], row["lost"]) for row in rows] == [
        (dt.date(2026, 6, 5), 7, 3),
        (dt.date(2026, 6, 4), 0, 0),
    ]
    first = {
        row["metric"]: row["value"]
        for row in found.tables["channel_metric"]
        if row["day"] == dt.date(2026, 6, 5)
    }
    assert first == {
        "impressions": 1234,
        "likes": 5,
        "engagements": 40,
        "saves": 1,
        "sends": 2,
        "comments": 4,
        "shares": 6,
        "profile_visits": 20,
        "video_views": 100,
    }
    assert found.codes == {"repeated_order": 1, "no_figure": 1}


def test_days_of_videos_are_read_under_their_title_line(tmp_path: Path) -> None:
    text = (
        "Video overview,,,,,\n"
        "Date,Views,Watch Time (ms),Completion Rate,Average Watch Time (ms),Estimated Revenue\n"
        '"Fri, Jun 5, 2026","1,200",65500,0.31,54,0\n'
    )
    found = gather(written(tmp_path, text, "video_overview.csv"), SETTINGS)
    rows = found.tables["channel_metric"]
    assert [(row["metric"], row["value"]) for row in rows] == [
        ("video_views", 1200.0),
        ("watch_seconds", 65.5),
    ]
