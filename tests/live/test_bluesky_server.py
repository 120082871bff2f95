"""Pulling from a real Bluesky server: the record says what the server says, after anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from live.bluesky_server import Somebody
from live.live_record import Brand, on_disk

pytestmark = pytest.mark.slow

_number = itertools.count()


@pytest.fixture
def people(pds: str) -> Iterator[tuple[Somebody, Somebody, Somebody]]:
    """A brand and two people, new on the server."""
    number = next(_number)
    made = [Somebody(pds, f"{name}{number}") for name in ("brand", "ann", "bob")]
    yield made[0], made[1], made[2]
    for somebody in made:
        somebody.http.close()


@pytest.fixture
def brand(people: tuple[Somebody, ...], pds: str, brand_of: Callable[..., Brand]) -> Brand:
    return brand_of(pds, people[0].handle)


def test_everything_that_has_to_do_with_the_brand_arrives_and_nothing_else(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    ann.profile("Ann Ås")
    post = maison.say("Our new lipstick is here.")
    follow = ann.follow(maison)
    like, repost = ann.like(post), bob.repost(post)
    reply = ann.reply(post, "Is it vegan?")
    answer = maison.reply(reply, "It is!", root=post)
    mention, quote = bob.mention(maison, "love it 💄"), bob.quote(post, "look")
    bob.say("Nothing to do with anybody.")
    bob.like(mention)
    bob.follow(ann)
    block = bob.block(ann)
    brand.pull()
    found = brand.standing()
    wanted = [post, follow, like, repost, reply, answer, mention, quote]
    assert set(found) == {made["uri"] for made in wanted}
    assert block["uri"] not in found
    assert found[follow["uri"]]["verb"] == "Follow"
    assert found[follow["uri"]]["object_id"] == maison.did
    assert found[like["uri"]]["object_id"] == post["uri"]
    assert found[repost["uri"]]["verb"] == "Announce"
    assert found[reply["uri"]]["in_reply_to"] == post["uri"]
    assert found[mention["uri"]]["text"] == f"@{maison.handle} love it 💄"
    assert found[quote["uri"]]["object_id"] == post["uri"]
    posts = {row["post_id"]: row for row in brand.rows("post")}
    assert set(posts) == {post["uri"], answer["uri"]}
    assert posts[answer["uri"]]["goal"] == "serve"
    figures = {
        row["metric"]: row["value"]
        for row in brand.rows("post_metric")
        if row["post_id"] == post["uri"]
    }
    assert figures == {"likes": 1, "reposts": 1, "replies": 1, "quotes": 1}
    assert [row["followers"] for row in brand.rows("audience")] == [1]
    accounts = {row["account_id"]: row for row in brand.rows("account")}
    assert set(accounts) == {maison.did, ann.did, bob.did}
    assert accounts[ann.did]["handle"] == ann.handle
    assert accounts[ann.did]["name"] == "Ann Ås"
    assert accounts[maison.did]["is_brand"]
    assert not accounts[ann.did]["is_brand"]
    known_as = {(r["account_id"], r["kind"], r["value"]) for r in brand.rows("identifier")}
    assert (bob.did, "handle", bob.handle) in known_as
    assert (bob.did, "external id", bob.did) in known_as


def test_a_follow_has_the_date_that_its_record_bears(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, _ = people
    then = "2024-03-01T09:30:00.000Z"
    made = ann.make("app.bsky.graph.follow", {"subject": maison.did, "createdAt": then})
    brand.pull()
    when = brand.standing()[made["uri"]]["occurred_on"]
    assert when.isoformat() == "2024-03-01T09:30:00"


def test_the_second_pull_brings_only_what_is_new_and_doubles_nothing(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("One")
    first = ann.like(post)
    brand.pull()
    assert brand.pull().load is None
    second = bob.like(post)
    again = brand.pull()
    assert again.told["new", "Like"] == 1
    likes = [row for row in brand.rows("activity") if row["verb"] == "Like"]
    assert sorted(row["activity_id"] for row in likes) == sorted([first["uri"], second["uri"]])
    values = {row["value"] for row in brand.rows("post_metric") if row["metric"] == "likes"}
    assert values == {2.0}


def test_what_is_deleted_there_is_deleted_here_and_off_the_disk(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("Sale of secretwordone")
    stays = maison.say("This one stays")
    reply = ann.reply(stays, "I said secretwordtwo")
    follow, like = bob.follow(maison), bob.like(stays)
    brand.pull()
    assert on_disk(brand.workspace, "secretwordtwo")
    maison.delete(post)
    ann.delete(reply)
    bob.delete(follow)
    bob.delete(like)
    pulled = brand.pull()
    assert pulled.told["gone", "Create"] == 2
    assert set(brand.standing()) == {stays["uri"]}
    assert on_disk(brand.workspace, "secretwordone") == []
    assert on_disk(brand.workspace, "secretwordtwo") == []
    rows = {row["activity_id"]: row for row in brand.rows("activity")}
    assert rows[reply["uri"]]["verb"] == "Delete"
    assert rows[f"{follow['uri']}#undo"]["object_kind"] == "Follow"
    assert rows[follow["uri"]]["verb"] == "Follow", "that she followed once stays true"
    assert [row["followers"] for row in brand.rows("audience")] == [0]
    latest = {
        r["metric"]: r["value"] for r in brand.rows("post_metric") if r["post_id"] == stays["uri"]
    }
    assert latest == {"likes": 0, "reposts": 0, "replies": 0, "quotes": 0}


def test_an_edited_post_is_changed_and_not_doubled(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, _, _ = people
    post = maison.say("Befor")
    brand.pull()
    maison.edit(post, "Before")
    assert brand.pull().told["changed", "Create"] == 1
    assert [row["text"] for row in brand.rows("post")] == ["Before"]


@pytest.mark.parametrize("who_blocks", ["the person", "the brand"])
def test_of_who_blocks_or_is_blocked_nothing_is_fetched_or_kept(
    who_blocks: str, people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("Hello")
    before, other = ann.reply(post, "angrywordone"), bob.reply(post, "kind words")
    brand.pull()
    block = ann.block(maison) if who_blocks == "the person" else maison.block(ann)
    after = ann.reply(post, "angrywordtwo")
    brand.pull()
    brand.pull()
    assert set(brand.standing()) == {post["uri"], other["uri"], block["uri"]}
    assert on_disk(brand.workspace, "angryword") == []
    (ann if who_blocks == "the person" else maison).delete(block)
    brand.pull()
    brand.pull()
    assert {before["uri"], after["uri"]} <= set(brand.standing())


def test_an_account_that_leaves_takes_what_it_said_along_and_may_come_back(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, _ = people
    post = maison.say("Hello")
    reply, follow = ann.reply(post, "leavingword"), ann.follow(maison)
    brand.pull()
    ann.leave()
    brand.pull()
    assert set(brand.standing()) == {post["uri"]}
    assert on_disk(brand.workspace, "leavingword") == []
    ann.come_back()
    brand.pull()
    assert reply["uri"] in brand.standing()
    again = brand.rows("activity")
    undo = next(row for row in again if row["activity_id"] == f"{follow['uri']}#undo")
    assert undo["object_kind"] == "Undo", "undoing was undone"
    assert [row["followers"] for row in brand.rows("audience")] == [1]


def test_undoing_a_load_makes_the_next_pull_bring_it_again(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    from rapport.pipeline import open_record

    maison, ann, _ = people
    post = maison.say("Hello")
    brand.pull()
    like = ann.like(post)
    second = brand.pull().load
    assert second is not None
    open_record(brand.workspace).undo(second.load_id)
    assert like["uri"] not in brand.standing()
    brand.pull()
    assert set(brand.standing()) == {post["uri"], like["uri"]}


def test_a_time_that_cannot_be_true_does_not_reach_the_record(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    import datetime as dt

    maison, ann, _ = people
    ann.make("app.bsky.graph.follow", {"subject": maison.did, "createdAt": "9999-01-01T00:00:00Z"})
    brand.pull()
    (row,) = brand.standing().values()
    assert row["occurred_on"].replace(tzinfo=dt.UTC) <= dt.datetime.now(dt.UTC)
