"""TikTok Studio's files, whose dates may have no year, and Pinterest's overview."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.registry import recognise

LINK = "https://www.tiktok.com/@maison/video/74123456789012345"
VIDEOS = f"""\
Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views,\
Total play time,Average watch time,Watched full video,Add to favorites
"Soap, again",{LINK}67,2026-03-02 19:05:00,120,48,31,"18,400",,11.5,0.31,40
Behind the shop,{LINK}68,2026-03-09 08:00:00,3,0,0,90,,2.5,0.10,
No link,,2026-03-10 08:00:00,3,0,0,90,,2.5,0.10,
"""
DAYS = """\
Date,Video Views,Profile Views,Likes,Comments,Shares
December 30,0,0,0,0,0
December 31,100,10,2,1,3
January 1,200,20,4,-1,1
January 2,undefined,undefined,undefined,undefined,undefined
"""


def figures(rows: list[dict[str, Any]], **which: Any) -> dict[str, float]:
    return {
        row["metric"]: row["value"]
        for row in rows
        if all(row[name] == value for name, value in which.items())
    }


def test_videos_are_posts_with_their_totals(tmp_path: Path) -> None:
    path = written(tmp_path, VIDEOS, "Content.csv")
    assert recognise(path, SETTINGS).source == "tiktok"
    found = gather(path, SETTINGS)
    assert found.codes == {"missing_post_id": 1}
    posts = found.tables["post"]
    assert [row["post_id"] for row in posts] == ["7412345678901234567", "7412345678901234568"]
    assert posts[0]["published_on"] == dt.datetime(2026, 3, 2, 19, 5, tzinfo=dt.UTC)
    assert (posts[0]["zone"], posts[0]["format"]) == ("UTC", "video")
    assert figures(found.tables["post_metric"], post_id=posts[0]["post_id"]) == {
        "views": 18400,
        "likes": 120,
        "comments": 48,
        "shares": 31,
        "saves": 40,
    }
    assert "saves" not in figures(found.tables["post_metric"], post_id=posts[1]["post_id"])


@pytest.mark.parametrize(
    "header",
    [
        "Video title,Video link,Post time,Video views,Likes,Comments,Shares,Add to Favorites",
        "Título del video,Enlace del video,Hora de publicación,Visualizaciones totales,"
        "Me gusta totales,Comentarios totales,Veces compartido,Add to favorites",
    ],
)
def test_videos_under_other_names(tmp_path: Path, header: str) -> None:
    text = f"{header}\nSoap,{LINK}67,2026-03-02 19:05:00,900,40,2,1,5\n"
    found = gather(written(tmp_path, text), SETTINGS)
    assert figures(found.tables["post_metric"]) == {
        "views": 900,
        "likes": 40,
        "comments": 2,
        "shares": 1,
        "saves": 5,
    }


def days(found: Gathered) -> list[tuple[dt.date, float]]:
    rows = found.tables["channel_metric"]
    return [(row["day"], row["value"]) for row in rows if row["metric"] == "views"]


def test_days_without_a_year_go_back_from_the_last(tmp_path: Path) -> None:
    found = gather(written(tmp_path, DAYS, "Overview.csv"), SETTINGS)
    assert days(found) == [
        (dt.date(2025, 12, 30), 0),
        (dt.date(2025, 12, 31), 100),
        (dt.date(2026, 1, 1), 200),
    ]
    # What was not counted yet is neither nought nor there; a day's figures are net.
    assert found.codes == {"missing_views": 1}
    last = figures(found.tables["channel_metric"], day=dt.date(2026, 1, 1))
    assert (last["comments"], last["profile_visits"]) == (-1, 20)
    assert any("the last day is taken for 2026-01-02" in note for note in found.facts.notes)


def test_a_day_in_the_files_name_says_until_when(tmp_path: Path) -> None:
    found = gather(written(tmp_path, DAYS, "Overview_2025-02-10.csv"), SETTINGS)
    assert [day.year for day, _ in days(found)] == [2024, 2024, 2025]


def test_an_older_file_keeps_its_order(tmp_path: Path) -> None:
    # Loaded in June: each day for itself would be taken for a day of this year.
    text = "Date,Video Views,Profile Views\nMarch 31,1,0\nApril 1,2,0\nMarch 1,3,0\n"
    found = gather(written(tmp_path, text), SETTINGS)
    assert [str(day) for day, _ in days(found)] == ["2025-03-31", "2025-04-01", "2026-03-01"]


def test_days_with_years_and_followers(tmp_path: Path) -> None:
    text = (
        "Date,Video views,Profile views,Likes,Comments,Shares,Followers,Net followers\n"
        "2026-03-10,20000,300,900,50,70,12500,35\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert days(found) == [(dt.date(2026, 3, 10), 20000)]
    assert [row["followers"] for row in found.tables["audience"]] == [12500]


def test_followers_and_viewers_by_day(tmp_path: Path) -> None:
    text = (
        "Date,Followers,Difference in followers from previous day\n"
        "December 30,undefined,0\nDecember 31,10,0\nJanuary 1,9,-1\n"
    )
    found = gather(written(tmp_path, text, "FollowerHistory.csv"), SETTINGS)
    rows = [(row["day"], row["followers"]) for row in found.tables["audience"]]
    assert rows == [(dt.date(2025, 12, 31), 10), (dt.date(2026, 1, 1), 9)]
    assert found.codes == {"missing_followers": 1}
    text = "Date,Total Viewers,New Viewers,Returning Viewers\nJanuary 1,8,5,3\n"
    found = gather(written(tmp_path, text, "Viewers.csv"), SETTINGS)
    assert figures(found.tables["channel_metric"]) == {"viewers": 8}


def test_groups_of_followers_are_not_taken_for_purchases(tmp_path: Path) -> None:
    for text in ("Gender,Distribution\nMale,0.51\n", "Top territories,Distribution\nFR,0.51\n"):
        with pytest.raises(Problem, match="No known system"):
            recognise(written(tmp_path, text), SETTINGS)


OVERVIEW = """\
Analytics overview
Date range,2026-03-01 - 2026-03-03
Content type,All
Claimed accounts,maison.example

Date,Impressions
2026-03-01,"1,204"
2026-03-02,
2026-03-03,87
Data starting 2025-12-01 is estimated

Top boards
Pinterest Link,Impressions,Engagement,Pin clicks,Outbound clicks,Saves
https://www.pinterest.com/maison/soaps/,900,40,12,3,9
Top boards table shows the last 30 days

Pinterest Link,Title,Content Type,Source,Impressions
https://www.pinterest.com/pin/1234/,Soap,Organic,Your Pins,700
"""


def test_pinterests_days_without_its_lists(tmp_path: Path) -> None:
    path = written(tmp_path, OVERVIEW, "analytics_overview.csv")
    known = recognise(path, SETTINGS)
    assert (known.source, known.grain) == ("pinterest", "one day")
    found = gather(path, SETTINGS)
    rows = [(r["day"], r["metric"], r["value"]) for r in found.tables["channel_metric"]]
    assert rows == [
        (dt.date(2026, 3, 1), "impressions", 1204),
        (dt.date(2026, 3, 3), "impressions", 87),
    ]
    assert found.reasons == [(8, "Impressions is empty.")]
    assert any("top boards and pins" in note for note in found.facts.notes)
