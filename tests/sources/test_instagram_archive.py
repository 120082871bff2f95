"""The download of an Instagram account: followers of both forms, letters that Meta mangled."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.sources.helpers import NOW, SETTINGS, gather, written

from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts_of_piece, recognise, wanted_pieces

FIRST = 1_700_000_000  # 14 November 2023


def older(handle: str, since: int) -> dict[str, Any]:
    """A follower as the download wrote them until 2025."""
    said = {"href": f"https://www.instagram.com/{handle}", "value": handle, "timestamp": since}
    return {"title": "", "media_list_data": [], "string_list_data": [said]}


def newer(handle: str, since: int) -> dict[str, Any]:
    """A follower as newer downloads write them."""
    said = {"href": f"https://www.instagram.com/_u/{handle}", "timestamp": since}
    return {"title": handle, "string_list_data": [said]}


def mangled(text: str) -> str:
    """A text as Meta writes it: each byte of its UTF-8 as a letter."""
    return text.encode().decode("latin-1")


FOLLOWERS: list[Any] = [
    older("ana.b", FIRST),
    newer("bo_c", FIRST + 86_400),
    newer("", FIRST),
    older("dee", 0),
    older("ana.b", FIRST + 5),
    {"title": "nobody"},
    "not an object",
]
FOLLOWERS[2]["string_list_data"][0]["href"] = "https://www.instagram.com/_u/cy"


def test_followers_of_both_forms_follow_on_their_day(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(FOLLOWERS, indent=2), "followers_1.json")
    assert recognise(path, SETTINGS).source == "instagram_archive"
    found = gather(path, SETTINGS)
    assert found.rows == 7
    assert found.column("handle", "account") == ["ana.b", "bo_c", "cy", "dee"]
    assert sorted(found.column("value", "identifier")) == ["ana.b", "bo_c", "cy", "dee"]
    follows = found.tables["activity"]
    assert [(row["account_id"], row["verb"], row["occurred_on"].date()) for row in follows] == [
        ("ana.b", "Follow", dt.date(2023, 11, 14)),
        ("bo_c", "Follow", dt.date(2023, 11, 15)),
        ("cy", "Follow", dt.date(2023, 11, 14)),
    ]
    assert follows[0]["activity_id"] == f"follow/ana.b/{FIRST}"
    assert found.codes == {"repeated_order": 1, "not_json": 2}


def test_a_single_line_of_followers_is_read_too(tmp_path: Path) -> None:
    text = json.dumps({"relationships_followers": [older("ana", FIRST)]})
    found = gather(written(tmp_path, text, "followers.json"), SETTINGS)
    assert found.column("handle", "account") == ["ana"]


def archive(folder: Path) -> Path:
    """A whole download, with members that are nobody's business."""
    base = "connections/followers_and_following"
    photo = {"uri": "media/posts/202311/18011111111111111.jpg", "creation_timestamp": FIRST}
    film = {"uri": "media/reels/202311/18022222222222222.mp4", "creation_timestamp": FIRST + 60}
    post = {"media": [photo | {"title": mangled("Été 🌿")}]}
    album = {
        "media": [photo | {"uri": "media/posts/1802.jpg"}, film],
        "title": mangled("Deux à deux"),
    }
    members = {
        f"{base}/followers_1.json": FOLLOWERS[:1],
        f"{base}/followers_2.json": FOLLOWERS[1:2],
        f"{base}/following.json": {"relationships_following": [newer("muse", FIRST)]},
        f"{base}/blocked_profiles.json": {"relationships_blocked_users": [newer("foe", FIRST)]},
        "content/posts_1.json": [post, album | {"creation_timestamp": FIRST + 1}],
        "content/reels.json": {"ig_reels_media": [{"media": [film | {"title": "Hop"}]}]},
        "content/stories.json": {"ig_stories": [photo | {"title": ""}]},
        "messages/inbox/ana/message_1.json": {"participants": [], "messages": []},
    }
    path = folder / "instagram-maison.alize-2026-05-31-AbC.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name, value in members.items():
            out.writestr(name, json.dumps(value))
        out.writestr("media/posts/202311/18011111111111111.jpg", b"\xff\xd8\xff")
    return path


def test_a_whole_archive_gives_its_people_and_posts_and_leaves_the_rest(tmp_path: Path) -> None:
    path = archive(tmp_path)
    tables: dict[str, list[dict[str, Any]]] = {}
    with pieces_of(path) as pieces:
        wanted = wanted_pieces(path, pieces, SETTINGS)
        left = {piece.label.rsplit("/", 1)[1] for piece in pieces if piece not in wanted}
        for piece in wanted:
            for batch in facts_of_piece(piece, SETTINGS, NOW).batches:
                for name, table in batch.tables.items():
                    tables.setdefault(name, []).extend(table.to_pylist())
    assert left == {"blocked_profiles.json", "message_1.json"}
    assert {row["handle"] for row in tables["account"]} == {"ana.b", "bo_c", "muse"}
    deeds = {(row["account_id"], row["object_id"]) for row in tables["activity"]}
    own = "maison.alize"
    assert deeds == {("ana.b", own), ("bo_c", own), (own, "muse")}
    posts = {row["text"]: (row["format"], row["post_id"]) for row in tables["post"]}
    assert posts["Été 🌿"] == ("photo", "18011111111111111")
    assert posts["Deux à deux"][0] == "carousel"
    assert posts["Hop"] == ("reel", "18022222222222222")
    assert {row["format"] for row in tables["post"]} == {"photo", "carousel", "reel", "story"}
    assert {row["published_on"].date() for row in tables["post"]} == {dt.date(2023, 11, 14)}
