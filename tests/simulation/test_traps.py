"""Files that would load and be wrong: each is refused in a sentence, or read as it is meant."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest
from tests.simulation.small_history import made
from tests.simulation.test_round_trip import NOW, SETTINGS, Read, _read

from rapport.errors import Problem
from rapport.simulation.exports.trap_files import TRAPS
from rapport.simulation.exports.writing import write_traps
from rapport.simulation.history import History
from rapport.sources.registry import read

REFUSED = {
    "00_chatwoot_averages.csv": "averages",
    "01_facebook_daily_breakdown.csv": "daily breakdown",
    "14_meta_ads_period_total.csv": "totals of a period",
}
READ = {
    "02_facebook_page_german.csv": "facebook page_days",
    "02_facebook_swedish.csv": "facebook posts",
    "04_instagram_lifetime_impressions.csv": "instagram posts",
    "05_x_rounded_ids_no_links.csv": "x content",
    "06_x_classic_tweets.csv": "x tweets",
    "06_x_video_overview.csv": "x video",
    "07_youtube_total_row.zip": "youtube videos",
    "08_linkedin_negative_likes.xlsx": "linkedin days",
    "13_x_archive_follower.js": "x_archive follower",
    "15_threads_zone_unsaid.csv": "threads posts",
    "16_facebook_dead_metric.csv": "fivetran_facebook_pages page_days",
}


@pytest.fixture(scope="module")
def history() -> History:
    return made(people=80, months=5)


@pytest.fixture(scope="module")
def traps(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traps")
    write_traps(history, folder)
    return folder


@pytest.fixture(scope="module")
def seen(traps: Path) -> dict[str, Read]:
    return {name: next(_read(traps / name, traps)) for name in READ}


def test_every_trap_is_held_against_the_readers() -> None:
    assert set(TRAPS) == set(REFUSED) | set(READ)


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_wrong_is_refused_and_says_what_to_export_instead(
    traps: Path, name: str
) -> None:
    with pytest.raises(Problem) as problem:
        next(iter(read(traps / name, SETTINGS, NOW).batches))
    told = str(problem.value)
    assert REFUSED[name] in told
    assert "xport" in told


def test_the_others_are_taken_for_what_they_are(seen: dict[str, Read]) -> None:
    assert {name: one.what for name, one in seen.items()} == READ


def _views(history: History, network: str) -> int:
    posts = history.post.filter(pc.equal(history.post["network"], network))
    mine = pc.is_in(history.post_day["post_id"], value_set=posts["post_id"].combine_chunks())
    days = history.post_day.filter(mine)
    return int(pc.sum(days.filter(pc.less_equal(days["day"], history.last_day))["views"]).as_py())


def _figures(one: Read, metric: str, table: str = "post_metric") -> float:
    return sum(row["value"] for row in one.tables[table].to_pylist() if row["metric"] == metric)


def test_figures_are_neither_doubled_nor_lost(history: History, seen: dict[str, Read]) -> None:
    swedish = seen["02_facebook_swedish.csv"]
    assert _figures(swedish, "views") == _views(history, "facebook")
    old = seen["04_instagram_lifetime_impressions.csv"]
    assert _figures(old, "impressions") == _views(history, "instagram")
    assert _figures(old, "views") == 0, "a renamed figure keeps its own name"
    assert _figures(seen["06_x_classic_tweets.csv"], "impressions") == _views(history, "x")
    youtube = seen["07_youtube_total_row.zip"]
    assert [row["code"] for row in youtube.aside] == ["total_row"]
    assert _figures(youtube, "views") == _views(history, "youtube")


def test_german_points_are_thousands(history: History, seen: dict[str, Read]) -> None:
    days = seen["02_facebook_page_german.csv"].tables["audience"]
    size = history.audience.filter(pc.equal(history.audience["network"], "facebook"))
    assert pc.max(days["followers"]).as_py() == pc.max(size["followers"]).as_py() > 1000


def test_ids_that_a_spreadsheet_rounded_are_set_aside(seen: dict[str, Read]) -> None:
    one = seen["05_x_rounded_ids_no_links.csv"]
    assert {row["code"] for row in one.aside} == {"rounded_id"}
    assert len(one.aside) == one.rows


def test_followers_of_an_archive_have_no_invented_date(seen: dict[str, Read]) -> None:
    one = seen["13_x_archive_follower.js"]
    assert set(one.tables) <= {"account", "identifier"}
    assert one.tables["account"].num_rows == one.rows


def test_likes_below_zero_leave_the_totals_right(history: History, seen: dict[str, Read]) -> None:
    one = seen["08_linkedin_negative_likes.xlsx"]
    assert not one.aside
    assert _figures(one, "impressions", "channel_metric") == _views(history, "linkedin")


def test_a_zone_that_a_file_does_not_say_is_named(traps: Path) -> None:
    facts = read(traps / "15_threads_zone_unsaid.csv", SETTINGS, NOW)
    assert any("zone" in str(note) for note in facts.notes)
