"""The archive of an X account: tweets, answers, people without a day, messages left alone."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import NOW, SETTINGS, gather, written

from rapport.errors import Problem
from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts_of_piece, recognise, wanted_pieces


def part(name: str, *objects: Any) -> str:
    """A file of the archive."""
    return f"window.YTD.{name}.part0 = " + json.dumps(objects, indent=2)


def tweet(number: str, text: str, **more: str) -> dict[str, Any]:
    """A tweet as the archive writes it."""
    fields = {
        "id_str": number,
        "full_text": text,
        "created_at": "Fri Mar 15 18:42:00 +0000 2024",
        "favorite_count": "12",
        "retweet_count": "3",
        "entities": {"user_mentions": [{"screen_name": "somebody"}]},
    }
    return {"tweet": fields | more}


ANSWER = {
    "in_reply_to_status_id_str": "1760000000000000001",
    "in_reply_to_user_id_str": "99",
    "in_reply_to_screen_name": "AnaB",
}
TWEETS = part(
    "tweets",
    tweet("1768700000000000001", "Lavande &amp; thym &lt;3"),
    tweet("1768700000000000002", "@AnaB Bonjour, nous regardons.", **ANSWER),
    tweet("1768700000000000003", "RT @press: Maison Alizé opens"),
    tweet("1768700000000000001", "again"),
    tweet("1768700000000000004", "no day", created_at="once"),
    {"tweet": "lost"},
)


def test_tweets_are_posts_and_answers_say_whom_they_answer(tmp_path: Path) -> None:
    path = written(tmp_path, TWEETS, "tweets.js")
    assert recognise(path, SETTINGS).source == "x_archive"
    found = gather(path, SETTINGS)
    assert found.rows == 6
    assert found.codes == {"repeated_order": 1, "not_a_date": 1, "not_json": 1}
    assert [(row["post_id"][-1], row["text"]) for row in found.tables["post"]] == [
        ("1", "Lavande & thym <3"),
        ("2", "@AnaB Bonjour, nous regardons."),
    ]
    assert found.tables["post"][0]["published_on"] == dt.datetime(
        2024, 3, 15, 18, 42, tzinfo=dt.UTC
    )
    first = [row for row in found.tables["post_metric"] if row["post_id"].endswith("1")]
    assert {row["metric"]: row["value"] for row in first} == {"likes": 12, "shares": 3}
    deeds = found.tables["activity"]
    assert [(row["verb"], row["in_reply_to"], row["text"]) for row in deeds] == [
        ("Create", "1760000000000000001", "@AnaB Bonjour, nous regardons."),
        # What others wrote is not kept as ours.
        ("Announce", None, None),
    ]
    (them,) = found.tables["account"]
    assert (them["account_id"], them["handle"]) == ("99", "AnaB")


def answering(number: str) -> dict[str, str]:
    """What a tweet says of the one that it answers."""
    return {"in_reply_to_status_id_str": number}


def test_a_thread_does_not_make_a_stranger_of_the_brand(tmp_path: Path) -> None:
    own = {"in_reply_to_user_id_str": "905", "in_reply_to_screen_name": "MaisonAlize"}
    text = part(
        "tweets",
        tweet("1768700000000000001", "one"),
        tweet("1768700000000000002", "two", in_reply_to_status_id_str="1768700000000000001", **own),
        tweet(
            "1768700000000000003", "lost", in_reply_to_status_id_str="1700000000000000000", **own
        ),
        tweet("1768700000000000004", "@AnaB Bonjour", **ANSWER),
    )
    found = gather(written(tmp_path, text, "tweets.js"), SETTINGS)
    assert found.column("account_id", "account") == ["99"]


def test_followers_are_accounts_without_a_day(tmp_path: Path) -> None:
    text = part(
        "follower",
        {"follower": {"accountId": "11", "userLink": "https://twitter.com/intent/user?user_id=11"}},
        {"follower": {"accountId": "12", "userLink": "https://twitter.com/intent/user?user_id=12"}},
    )
    found = gather(written(tmp_path, text, "follower.js"), SETTINGS)
    assert list(found.tables) == ["account"]
    assert found.column("account_id", "account") == ["11", "12"]
    assert "activity" not in found.tables
    assert any("since when" in note for note in found.facts.notes)


def test_a_whole_archive_leaves_messages_and_likes_alone(tmp_path: Path) -> None:
    own = {
        "email": "hidden@example.com",
        "username": "MaisonAlize",
        "accountId": "905",
        "accountDisplayName": "Maison Alizé",
        "createdAt": "2012-10-26T05:53:02.000Z",
    }
    members = {
        "data/tweets.js": TWEETS,
        "data/account.js": part("account", {"account": own}),
        "data/following.js": part("following", {"following": {"accountId": "77"}}),
        "data/like.js": part("like", {"like": {"tweetId": "1", "fullText": "x"}}),
        "data/direct-messages.js": part("direct_messages", {"dmConversation": {"messages": []}}),
        "data/manifest.js": "window.__THAR_CONFIG = {}",
    }
    path = tmp_path / "twitter-2026-05-31-abc.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name, text in members.items():
            out.writestr(name, text)
    accounts: dict[str, Any] = {}
    with pieces_of(path) as pieces:
        wanted = wanted_pieces(path, pieces, SETTINGS)
        left = {piece.label.rsplit("/", 1)[1] for piece in pieces if piece not in wanted}
        for piece in wanted:
            for batch in facts_of_piece(piece, SETTINGS, NOW).batches:
                if "account" in batch.tables:
                    accounts |= {r["account_id"]: r for r in batch.tables["account"].to_pylist()}
                if "post_metric" in batch.tables:
                    days = set(batch.tables["post_metric"]["measured_on"].to_pylist())
    assert left == {"like.js", "direct-messages.js", "manifest.js"}
    assert set(accounts) == {"905", "77", "99"}
    assert accounts["905"]["is_brand"] is True
    assert accounts["905"]["handle"] == "MaisonAlize"
    assert days == {dt.datetime(2026, 5, 31, tzinfo=dt.UTC)}


@pytest.mark.parametrize(
    ("name", "said"), [("direct_messages", "private messages"), ("like", "without an author")]
)
def test_messages_and_likes_by_themselves_are_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        gather(written(tmp_path, part(name, {name: {}}), f"{name}.js"), SETTINGS)
