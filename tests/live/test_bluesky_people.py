"""Pulling with people's rights kept: names as hashes, people who were forgotten, one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.bluesky_server import Somebody
from live.live_record import Brand, on_disk
from rapport.errors import Problem
from rapport.pipeline import open_record
from rapport.record.forget import forget
from rapport.sources.live import bluesky_repos
from rapport.sources.live.bluesky_server import BlueskyServer
from rapport.sources.live.spool import NAME, Spool, discard_pages

pytestmark = pytest.mark.slow

_number = itertools.count()


@pytest.fixture
def people(pds: str) -> Iterator[tuple[Somebody, Somebody, Somebody]]:
    number = next(_number)
    made = [Somebody(pds, f"{name}p{number}") for name in ("brand", "ann", "bob")]
    yield made[0], made[1], made[2]
    for somebody in made:
        somebody.http.close()


@pytest.fixture
def brand(people: tuple[Somebody, ...], pds: str, brand_of: Callable[..., Brand]) -> Brand:
    return brand_of(pds, people[0].handle)


def test_where_names_are_hashed_no_name_of_anybody_is_on_the_disk(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    brand.hash_identifiers()
    maison, ann, bob = people
    ann.profile("Ann Ångström")
    post = maison.say("Hello")
    ann.follow(maison)
    ann.like(post)
    reply = ann.reply(post, "a question")
    maison.reply(reply, "an answer", root=post)
    maison.follow(bob)
    brand.pull()
    for name in (ann.did, ann.handle, "Ångström", bob.did):
        assert on_disk(brand.workspace, name) == [], name
    found = list(brand.standing().values())
    asked = next(row for row in found if row["text"] == "a question")
    answered = next(row for row in found if row["text"] == "an answer")
    followed = next(
        row for row in found if row["verb"] == "Follow" and row["account_id"] == asked["account_id"]
    )
    assert answered["in_reply_to"] == asked["activity_id"], "what belongs together stays together"
    assert followed["object_id"] == answered["account_id"]
    assert brand.pull().load is None
    ann.delete(reply)
    brand.pull()
    assert on_disk(brand.workspace, "a question") == []
    assert brand.pull().load is None


def test_who_was_forgotten_is_not_fetched_again(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("Hello")
    ann.like(post)
    question = ann.reply(post, "a question")
    bob.like(post)
    brand.pull()
    forgotten = forget(open_record(brand.workspace), f"@{ann.handle}")
    assert forgotten.hits == 0
    ann.follow(maison)
    maison.reply(question, "an answer", root=post)
    brand.pull()
    assert on_disk(brand.workspace, ann.did) == []
    assert on_disk(brand.workspace, ann.handle) == []
    answer = next(row for row in brand.standing().values() if row["text"] == "an answer")
    assert answer["in_reply_to"] is None
    assert brand.pull().load is None


def test_forgetting_throws_pages_away_that_are_not_loaded_yet(
    people: tuple[Somebody, Somebody, Somebody],
    brand: Brand,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maison, ann, _ = people
    ann.like(maison.say("Hello"))
    brand.pull()
    ann.like(maison.say("Hello again"))

    def fails(*_: object) -> None:
        raise Problem("the line is cut")

    with monkeypatch.context() as cut:
        cut.setattr(bluesky_repos.Repositories, "_name_people", fails)
        with pytest.raises(Problem, match="the line is cut"):
            brand.pull()
    record = open_record(brand.workspace)
    assert [path.name for path in on_disk(brand.workspace, ann.did) if path.name == NAME]
    assert discard_pages(record.root) == 1
    assert forget(record, ann.did).hits == 0
    assert on_disk(brand.workspace, ann.did) == []


def test_news_comes_by_the_stream_of_commits_without_fetching_whole_repositories(
    people: tuple[Somebody, Somebody, Somebody],
    brand: Brand,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maison, ann, bob = people
    post = maison.say("Hello")
    follow = ann.follow(maison)
    brand.pull()
    like, reply = ann.like(post), bob.reply(post, "By the stream")
    ann.delete(follow)
    fetched: list[str] = []
    whole = BlueskyServer.repository

    def repository(self: BlueskyServer, account: str) -> bytes:
        fetched.append(account)
        return whole(self, account)

    monkeypatch.setattr(BlueskyServer, "repository", repository)
    brand.pull()
    assert fetched == []
    assert set(brand.standing()) == {post["uri"], like["uri"], reply["uri"]}
    undo = next(row for row in brand.rows("activity") if row["verb"] == "Undo")
    times = {row["activity_id"]: row["occurred_on"] for row in brand.rows("activity")}
    assert abs((undo["occurred_on"] - times[reply["uri"]]).total_seconds()) < 5


def test_a_new_name_comes_by_the_stream_too(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    ann.follow(maison)
    brand.pull()
    ann.profile("Ann the First")
    bob.profile("Nobody we know")
    brand.pull()
    named = {row["account_id"]: row for row in brand.rows("account")}
    assert named[ann.did]["name"] == "Ann the First"
    assert named[ann.did]["handle"] == ann.handle
    assert bob.did not in named


def test_a_silent_stream_is_no_harm(
    people: tuple[Somebody, Somebody, Somebody],
    brand: Brand,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maison, ann, _ = people
    post = maison.say("Hello")
    brand.pull()
    like = ann.like(post)
    monkeypatch.setattr(bluesky_repos, "commits", lambda *_: iter(()))
    brand.pull()
    assert set(brand.standing()) == {post["uri"], like["uri"]}


def test_an_account_is_pulled_by_one_at_a_time(
    people: tuple[Somebody, Somebody, Somebody],
    brand: Brand,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people[0].say("Hello")
    inside = bluesky_repos.Repositories.fetch
    refused: list[str] = []

    def fetch(self: bluesky_repos.Repositories, tell: object) -> object:
        if not refused:
            refused.append("")
            with pytest.raises(Problem, match="Another pull of this account is under way"):
                brand.pull()
        return inside(self, tell)

    monkeypatch.setattr(bluesky_repos.Repositories, "fetch", fetch)
    brand.pull()
    assert len(brand.standing()) == 1


def test_only_what_is_not_older_than_asked_comes_and_that_is_remembered(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    import datetime as dt

    maison, ann, _ = people
    follow = "app.bsky.graph.follow"
    old = ann.make(follow, {"subject": maison.did, "createdAt": "2024-03-01T09:30:00.000Z"})
    post = maison.say("Hello")
    brand.pull(since=dt.date(2025, 1, 1))
    assert set(brand.standing()) == {post["uri"]}
    like = ann.like(post)
    brand.pull()
    assert set(brand.standing()) == {post["uri"], like["uri"]}
    brand.pull(since=dt.date(2024, 1, 1))
    assert set(brand.standing()) == {post["uri"], like["uri"], old["uri"]}


def test_a_second_account_has_followers_of_its_own(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand, pds: str
) -> None:
    maison, ann, bob = people
    ann.follow(maison)
    bob.follow(maison)
    ann.follow(bob)
    brand.pull()
    Brand(brand.workspace, pds, bob.handle).pull()
    sizes = {row["channel"]: row["followers"] for row in brand.rows("audience")}
    assert sizes == {"bluesky": 2, f"bluesky:{bob.handle}": 1}
    assert brand.pull().load is None, "the one's people are not gone for the other"


def test_another_server_is_not_taken_for_everybody_having_left(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, _ = people
    like = ann.like(maison.say("Hello"))
    brand.pull()
    brand.address = brand.address.replace("localhost", "127.0.0.1")
    assert brand.pull().load is None
    assert like["uri"] in brand.standing()


def test_a_repository_file_and_a_pull_double_nothing(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand, tmp_path: Path
) -> None:
    import httpx

    from rapport.adding import add

    maison, ann, _ = people
    post = maison.say("Hello")
    reply = ann.reply(post, "Is it vegan?")
    answer = maison.reply(reply, "It is!", root=post)
    url = f"{brand.address}/xrpc/com.atproto.sync.getRepo?did={maison.did}"
    (tmp_path / "repo.car").write_bytes(httpx.get(url).content)
    added = add(brand.workspace, [tmp_path / "repo.car"], confirm=lambda _: False)
    assert not added.refused
    assert {row["post_id"] for row in brand.rows("post")} == {post["uri"], answer["uri"]}
    brand.pull()
    assert {row["post_id"] for row in brand.rows("post")} == {post["uri"], answer["uri"]}
    keys = [row["activity_id"] for row in brand.rows("activity")]
    assert sorted(keys) == sorted([post["uri"], reply["uri"], answer["uri"]])


def test_pages_written_by_halves_are_cut_off(people: tuple[Somebody, ...], brand: Brand) -> None:
    folder = brand.workspace.root
    spool = Spool(folder, "base")
    spool.keep("notifications", items=[1], next=None)
    with (folder / NAME).open("ab") as file:
        file.write(b'{"kind": "notifications", "items": [2')
    again = Spool(folder, "base")
    assert [page["items"] for page in again] == [[1]]
    again.keep("notifications", items=[3], next=None)
    assert [page["items"] for page in Spool(folder, "base")] == [[1], [3]]
    assert list(Spool(folder, "another base")) == []
