"""Files of Bluesky: a repository made by hand, saved answers, and what people may do to them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.helpers import SETTINGS, gather, written

from rapport.errors import Problem
from rapport.settings import People
from rapport.sources.registry import recognise

libipld = pytest.importorskip("libipld", reason="the extra 'live' is not installed")

US, ANN = "did:plc:maisonalizemaisonalize22", "did:plc:annannannannannannannann2"
POST = f"at://{US}/app.bsky.feed.post/3k2yihcrp6f2c"
THEIRS = f"at://{ANN}/app.bsky.feed.post/3k2yijcrp6f2d"


def link(block: bytes) -> bytes:
    """The binary name of a block: version 1, dag-cbor, SHA-256."""
    return b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


class Blocks:
    """The blocks of a CAR file, as they are put in."""

    def __init__(self) -> None:
        self.found: list[tuple[bytes, bytes]] = []

    def put(self, content: bytes) -> bytes:
        self.found.append((link(content), content))
        return link(content)

    def car(self, root: bytes) -> bytes:
        header = b"\xa2eroots\x81" + tag(root) + b"gversion\x01"
        parts = [varint(len(header)) + header]
        parts += [varint(len(name) + len(block)) + name + block for name, block in self.found]
        return b"".join(parts)


def tag(name: bytes) -> bytes:
    """A link in CBOR: tag 42, a byte string of 37 bytes, a zero first."""
    return b"\xd8\x2a\x58\x25\x00" + name


def cbor(value: object) -> bytes:
    """The few kinds of CBOR that a tree of records needs; `Link` stands for a link."""
    if isinstance(value, Link):
        return tag(value.name)
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    assert isinstance(value, Mapping)
    keys = sorted(value, key=lambda key: (len(key), key))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in keys)


def head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes([kind << 5 | size])
    return (
        bytes([kind << 5 | 24, size]) if size < 256 else bytes([kind << 5 | 25, *divmod(size, 256)])
    )


class Link:
    def __init__(self, name: bytes) -> None:
        self.name = name


def repository(records: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A CAR file: a commit, and one node of the tree, whose keys are written as differences."""
    blocks, entries, before = Blocks(), [], b""
    for path in sorted(records):
        key = path.encode()
        same = next((i for i, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), 0)
        name = blocks.put(cbor(records[path]))
        entries.append({"p": same, "k": key[same:], "v": Link(name), "t": None})
        before = key
    tree = blocks.put(cbor({"e": entries, "l": None}))
    commit = {"did": US, "rev": "3k2yihcrp6f2c", "version": 3, "data": Link(tree), "prev": None}
    return blocks.car(blocks.put(cbor(commit | {"sig": b"signed"})))


RECORDS: dict[str, dict[str, Any]] = {
    "app.bsky.actor.profile/self": {"$type": "app.bsky.actor.profile", "displayName": "Alizé"},
    "app.bsky.feed.post/3k2yihcrp6f2c": {
        "$type": "app.bsky.feed.post",
        "text": "Our new scent ☀",
        "createdAt": "2026-03-06T08:00:00.000Z",
        "embed": {"$type": "app.bsky.embed.images", "images": []},
    },
    "app.bsky.feed.post/3k2yihcrp6f2d": {
        "$type": "app.bsky.feed.post",
        "text": "It is vegan!",
        "createdAt": "2026-03-06T10:00:00+02:00",
        "reply": {"root": {"uri": POST, "cid": "c"}, "parent": {"uri": THEIRS, "cid": "c"}},
    },
    "app.bsky.feed.like/3k2yihcrp6f2e": {
        "$type": "app.bsky.feed.like",
        "subject": {"uri": THEIRS, "cid": "c"},
        "createdAt": "2026-03-07T08:00:00Z",
    },
    "app.bsky.graph.follow/3k2yihcrp6f2f": {
        "$type": "app.bsky.graph.follow",
        "subject": ANN,
        "createdAt": "2026-03-08T08:00:00Z",
    },
    "app.bsky.graph.list/3k2yihcrp6f2g": {"$type": "app.bsky.graph.list", "name": "Friends"},
}


def test_a_repository_is_what_its_account_did(tmp_path: Path) -> None:
    path = written(tmp_path, repository(RECORDS), "repo.car")
    found = gather(path, SETTINGS)
    assert recognise(path, SETTINGS).source == "bluesky"
    assert found.rows == 6
    assert found.codes == {"not_needed": 1}
    deeds = {row["activity_id"]: row for row in found.tables["activity"]}
    assert {row["verb"] for row in deeds.values()} == {"Create", "Like", "Follow"}
    assert {row["account_id"] for row in deeds.values()} == {US}
    reply = deeds[f"at://{US}/app.bsky.feed.post/3k2yihcrp6f2d"]
    assert reply["in_reply_to"] == THEIRS
    assert reply["occurred_on"] == dt.datetime(2026, 3, 6, 8, tzinfo=dt.UTC)
    follow = next(row for row in deeds.values() if row["verb"] == "Follow")
    assert follow["object_id"] == ANN
    assert follow["occurred_on"] == dt.datetime(2026, 3, 8, 8, tzinfo=dt.UTC)
    posts = {row["text"]: row for row in found.tables["post"]}
    assert posts["Our new scent ☀"]["format"] == "photo"
    assert posts["It is vegan!"]["goal"] == "serve"
    assert [(row["name"], row["is_brand"]) for row in found.tables["account"]] == [("Alizé", True)]


def test_a_broken_repository_is_refused_and_never_half_read(tmp_path: Path) -> None:
    whole = repository(RECORDS)
    for size in (len(whole) // 2, len(whole) - 40):
        with pytest.raises(Problem):
            gather(written(tmp_path, whole[:size], "repo.car"), SETTINGS)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 1500), value=st.integers(0, 255))
def test_a_changed_byte_is_no_crash_and_loses_no_row(
    tmp_path: Path, place: int, value: int
) -> None:
    content = bytearray(repository(RECORDS))
    content[place % len(content)] = value
    try:
        found = gather(written(tmp_path, bytes(content), f"repo-{place}-{value}.car"), SETTINGS)
    except Problem:
        return
    assert found.rows <= 6


def view(did: str, handle: str, **more: Any) -> dict[str, Any]:
    return {"did": did, "handle": handle, "displayName": handle.title(), **more}


NOTES = {
    "notifications": [
        {
            "uri": f"at://{ANN}/app.bsky.graph.follow/3k2yihcrp6f2f",
            "cid": "c",
            "author": view(ANN, "ann.example"),
            "reason": "follow",
            "record": {"subject": US, "createdAt": "2026-03-08T08:00:00Z"},
            "isRead": True,
            "indexedAt": "2026-03-08T08:00:01Z",
        },
        {
            "uri": f"at://{ANN}/app.bsky.feed.like/3k2yihcrp6f2e",
            "cid": "c",
            "author": view(ANN, "ann.example"),
            "reason": "like",
            "reasonSubject": POST,
            "record": {"subject": {"uri": POST, "cid": "c"}, "createdAt": "2026-03-07T08:00:00Z"},
            "isRead": True,
            "indexedAt": "2026-03-07T08:00:01Z",
        },
    ],
    "cursor": "2026-03-07T08:00:01Z",
}
FEED = {
    "feed": [
        {
            "post": {
                "uri": POST,
                "cid": "c",
                "author": view(US, "alize.example"),
                "record": RECORDS["app.bsky.feed.post/3k2yihcrp6f2c"],
                "replyCount": 3,
                "repostCount": 2,
                "likeCount": 11,
                "quoteCount": 1,
                "indexedAt": "2026-03-06T08:00:01Z",
            }
        }
    ]
}
FOLLOWERS = {
    "subject": view(US, "alize.example"),
    "followers": [view(ANN, "ann.example", createdAt="2024-01-01T00:00:00Z")],
}


def test_saved_answers_say_who_did_what_to_the_brand(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(NOTES), "notes.json"), SETTINGS)
    assert found.rows == 2
    verbs = {row["verb"]: row for row in found.tables["activity"]}
    assert verbs["Follow"]["object_id"] == US
    assert verbs["Like"]["object_id"] == POST
    assert {row["account_id"] for row in found.tables["account"]} == {ANN}
    assert not any(row["is_brand"] for row in found.tables["account"])


def test_a_feed_has_the_brands_posts_with_their_figures(tmp_path: Path) -> None:
    name = "feed_2026-05-31.json"
    found = gather(written(tmp_path, json.dumps(FEED), name), SETTINGS)
    figures = {row["metric"]: row["value"] for row in found.tables["post_metric"]}
    assert figures == {"likes": 11, "reposts": 2, "replies": 3, "quotes": 1}
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2026, 5, 31, tzinfo=dt.UTC)}
    assert found.tables["account"][0]["is_brand"]


def test_pages_one_below_the_other_are_one_file(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(page) for page in (NOTES, FEED, FOLLOWERS))
    found = gather(written(tmp_path, text, "pages.jsonl"), SETTINGS)
    assert found.rows == 4
    assert {row["verb"] for row in found.tables["activity"]} == {"Follow", "Like", "Create"}


def test_a_list_of_followers_bears_no_date_and_none_is_made_up(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(FOLLOWERS), "followers.json"), SETTINGS)
    assert set(found.tables) == {"account", "identifier"}


NAMES = ["text", "createdAt", "subject", "uri", "reply", "parent", "root", "embed", "record"]
NAMES += ["facets", "features", "$type", "did", "media", "langs"]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([US, POST]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
KINDS = ["feed.post", "feed.like", "feed.repost", "graph.follow", "graph.block", "actor.profile"]


@settings(max_examples=300, deadline=None)
@given(record=st.dictionaries(st.text(max_size=3), ANY) | ANY, kind=st.sampled_from(KINDS))
def test_anybody_may_write_anything_into_a_record(record: Any, kind: str) -> None:
    from rapport.sources.live.bluesky_records import deed_of

    if isinstance(record, dict):
        uri = f"at://{ANN}/app.bsky.{kind}/3k2yihcrp6f2c"
        now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
        deed = deed_of(uri, record, US, now)
        assert deed is None or deed.occurred_on <= now


def test_where_names_are_hashed_a_file_whose_ids_name_people_is_refused(tmp_path: Path) -> None:
    hashed = SETTINGS.model_copy(update={"people": People(hash_identifiers=True)})
    path = written(tmp_path, json.dumps(NOTES), "notes.json")
    with pytest.raises(Problem, match="rapport pull"):
        gather(path, hashed)


def test_recorded_answers_are_read_whole(shared_data: Path) -> None:
    answers = shared_data / "platforms" / "bluesky_api"
    thread = gather(answers / "thread_view_post_with_embed_media.json", SETTINGS)
    assert thread.tables["post"][0]["format"] == "photo"
    follows = gather(answers / "get_follows.json", SETTINGS)
    assert "why.bsky.team" in {row["handle"] for row in follows.tables["account"]}
    like = gather(answers / "like_record.json", SETTINGS).tables["activity"][0]
    assert like["verb"] == "Like"
    assert like["occurred_on"] == dt.datetime(2023, 8, 26, 12, 56, 31, 44240, tzinfo=dt.UTC)
    for name in ("did_doc.json", "resolve_handle.json"):
        with pytest.raises(Problem):
            gather(answers / name, SETTINGS)
