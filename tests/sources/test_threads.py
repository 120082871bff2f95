"""Lists of posts on Threads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, gather, written

from rapport.errors import Problem
from rapport.sources.registry import read, recognise

HEADER = "Published,Post text,Post URL,Views,Likes,Replies,Reposts,Quotes\n"
ROWS = (
    '05/04/2026 10:00,"Salut, toi",https://www.threads.net/@maison.alize/post/C1a_b,"1,200",30,4,2,1\n'
    "05/13/2026 10:00,two,https://www.threads.com/t/C2-d,10,0,,0,\n"
    "05/14/2026 10:00,three,https://www.threads.com/@maison.alize,10,0,0,0,0\n"
)


def test_posts_are_named_by_the_code_in_their_address(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + ROWS, "threads_2026-05-31.csv")
    assert recognise(path, SETTINGS).source == "threads"
    found = gather(path, SETTINGS)
    first, second = found.tables["post"]
    assert (first["post_id"], first["account_id"]) == ("C1a_b", "maison.alize")
    assert first["published_on"] == dt.datetime(2026, 5, 4, 17, tzinfo=dt.UTC)
    assert (second["post_id"], second["account_id"]) == ("C2-d", None)
    rows = found.tables["post_metric"]
    assert {row["metric"]: row["value"] for row in rows if row["post_id"] == "C1a_b"} == {
        "views": 1200,
        "likes": 30,
        "comments": 4,
        "shares": 2,
        "quotes": 1,
    }
    assert [row["metric"] for row in rows if row["post_id"] == "C2-d"] == [
        "likes",
        "shares",
        "views",
    ]
    assert found.codes == {"missing_post_id": 1}


def test_other_words_for_the_same_columns(tmp_path: Path) -> None:
    header = "Date,Caption,Post URL,Views,Likes,Replies,Quotes\n"
    row = "2026-05-04,hi,https://www.threads.net/@m/post/C1,5,4,3,2\n"
    found = gather(written(tmp_path, header + row), SETTINGS)
    assert found.column("text", "post") == ["hi"]
    assert sorted(found.column("metric", "post_metric")) == ["comments", "likes", "quotes", "views"]


def test_a_list_of_another_network_is_not_taken_for_threads(tmp_path: Path) -> None:
    text = (
        (HEADER + ROWS).replace("threads.net", "example.org").replace("threads.com", "example.org")
    )
    with pytest.raises(Problem, match="do not lead to Threads"):
        read(written(tmp_path, text), SETTINGS, NOW)
