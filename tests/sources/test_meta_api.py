"""Answers of Meta's Graph API: posts, media, comments with who said them, pages, figures."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.pieces import Piece
from rapport.sources.registry import known_shape, recognise


def answer(folder: Path, value: Any, name: str = "answer_2026-05-31.json") -> Gathered:
    """What is read from an answer."""
    path = written(folder, json.dumps(value), name)
    assert recognise(path, SETTINGS).source == "meta_api"
    return gather(path, SETTINGS)


def counted(n: int) -> dict[str, Any]:
    """A list of which only the count is told."""
    return {"data": [], "summary": {"total_count": n}}


POST = {
    "id": "55_901",
    "created_time": "2026-05-04T10:00:00+0000",
    "message": "Salut",
    "status_type": "added_photos",
    "permalink_url": "https://www.facebook.com/55/posts/901",
    "reactions": counted(12),
    "comments": counted(3),
    "shares": {"count": 2},
}


def test_posts_of_a_page_count_what_the_answer_counts(tmp_path: Path) -> None:
    bare = {"id": "55_902", "created_time": "2026-05-05T10:00:00+0000"}
    found = answer(tmp_path, {"data": [POST, bare, {"id": "?"}], "paging": {}})
    assert [(row["post_id"], row["format"], row["account_id"]) for row in found.tables["post"]] == [
        ("901", "photo", "55"),
        ("902", None, "55"),
    ]
    assert found.tables["post"][0]["published_on"] == dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)
    rows = found.tables["post_metric"]
    assert {(row["post_id"], row["metric"]): row["value"] for row in rows} == {
        ("901", "reactions"): 12,
        ("901", "comments"): 3,
        ("901", "shares"): 2,
    }
    assert found.codes == {"not_json": 1}


def test_media_by_number_and_alone_are_the_same(tmp_path: Path) -> None:
    media = {
        "id": "17900000000000001",
        "media_type": "CAROUSEL_ALBUM",
        "timestamp": "2026-05-04T10:00:00+0000",
        "caption": "Été",
        "like_count": 7,
        "username": "maison.alize",
    }
    alone = answer(tmp_path, media)
    several = answer(tmp_path, {media["id"]: media})
    assert alone.tables == several.tables
    (post,) = alone.tables["post"]
    assert (post["format"], post["text"], post["account_id"]) == ("carousel", "Été", "maison.alize")
    assert alone.column("metric", "post_metric") == ["likes"]
    assert alone.column("is_brand", "account") == [True]


def test_comments_say_who_spoke_under_which_post_where_meta_does(tmp_path: Path) -> None:
    address = "https://www.facebook.com/55/posts/901/?comment_id=4002"
    comments = [
        {
            "id": "901_4001",
            "created_time": "2026-05-04T11:00:00+0000",
            "message": "Where can I buy it?",
            "like_count": 1,
            "from": {"id": "777", "name": "Ana B"},
        },
        {
            "created_time": "2026-05-04T12:00:00+0000",
            "message": "Me too",
            "comment_count": 0,
            "permalink_url": address,
        },
        {
            "created_time": "2026-05-04T13:00:00+0000",
            "message": "At our shop.",
            "comment_count": 0,
            "permalink_url": f"{address}&reply_comment_id=4003",
        },
    ]
    found = answer(tmp_path, {"data": comments})
    rows = found.tables["activity"]
    assert [(r["activity_id"], r["in_reply_to"], r["account_id"], r["verb"]) for r in rows] == [
        ("4001", "901", "777", "Create"),
        ("4002", "901", None, "Create"),
        ("4003", "4002", None, "Create"),
    ]
    assert {row["channel"] for row in rows} == {"facebook"}
    (account,) = found.tables["account"]
    assert (account["account_id"], account["name"]) == ("777", "Ana B")


def test_comments_on_instagram_name_their_authors(tmp_path: Path) -> None:
    comment = {
        "id": "17850000000000001",
        "timestamp": "2026-05-04T11:00:00+0000",
        "text": "Superbe !",
        "username": "ana.b",
        "media": {"id": "17900000000000001"},
    }
    found = answer(tmp_path, {"data": [comment]})
    (row,) = found.tables["activity"]
    assert (row["account_id"], row["in_reply_to"]) == ("ana.b", "17900000000000001")
    assert found.column("value", "identifier") == ["ana.b"]


def test_figures_of_a_medium_keep_their_names_apart(tmp_path: Path) -> None:
    def figure(name: str, value: int) -> dict[str, Any]:
        number = f"17900000000000001/insights/{name}/lifetime"
        return {"name": name, "period": "lifetime", "values": [{"value": value}], "id": number}

    figures = [figure("impressions", 8), figure("saved", 0), figure("profile_activity", 11)]
    found = answer(tmp_path, {"data": figures})
    rows = found.tables["post_metric"]
    assert {row["metric"]: row["value"] for row in rows} == {
        "impressions": 8,
        "saves": 0,
        "profile_activity": 11,
    }
    measured = {row["measured_on"] for row in rows}
    assert measured == {dt.datetime(2026, 5, 31, tzinfo=dt.UTC)}


READ = {
    "facebook__apidata__posts__feeds_default_fields_p1": {"post": 5},
    "facebook__apidata__posts__feed_fields_p2": {"post": 5},
    "facebook__apidata__posts__multi_posts_data": {"post": 2},
    "facebook__apidata__posts__single_post_data": {"post": 1},
    "facebook__apidata__comments__comments_p1": {"activity": 10},
    "facebook__apidata__comments__comments_info": {"activity": 2},
    "facebook__apidata__pages__multi_default_fields": {"account": 2},
    "facebook__apidata__pages__single_fields_page": {"account": 1},
    "instagram__apidata__medias__medias_fields": {"post": 2},
    "instagram__apidata__users__medias_p1": {"post": 2},
    "instagram__apidata__stories__stories_info": {"post": 2},
    "instagram__apidata__comments__comments_fields": {"activity": 2, "account": 2},
    "instagram__apidata__medias__comments_p1": {"activity": 2},
    "instagram__apidata__medias__insights": {"post_metric": 3},
    "instagram_basic__apidata__user__user_medias_p1": {"post": 2},
}


@pytest.mark.parametrize("name", READ)
def test_recorded_answers_are_read_whole(shared_data: Path, name: str) -> None:
    path = shared_data / "platforms" / "meta_api" / f"{name}.json"
    assert recognise(path, SETTINGS).source == "meta_api"
    found = gather(path, SETTINGS)
    assert not found.codes
    assert {table: len(found.tables[table]) for table in READ[name]} == READ[name]


def test_no_recorded_answer_is_taken_for_another_systems(shared_data: Path) -> None:
    """Answers that hold nothing for the record are not known at all."""
    known = 0
    for path in sorted((shared_data / "platforms" / "meta_api").glob("*.json")):
        try:
            found = known_shape(Piece(path, path.name))
        except Problem as problem:
            assert "JSON objects" in str(problem)  # noqa: PT017 - one key is no table
            continue
        if found:
            assert found.source == "meta_api"
            known += 1
    assert known >= len(READ)
