"""Pulling from a Bluesky server behind which an AppView stands: what it tells, and takes back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from live.bluesky_server import PASSWORD, CannotRun, Somebody, bluesky
from live.live_record import Brand, on_disk
from rapport.errors import Problem
from rapport.sources.live.bluesky import connect
from rapport.workspace import Workspace

pytestmark = pytest.mark.slow

_number = itertools.count()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from live.appview_fake import DID, appview

    folder = tmp_path_factory.mktemp("pds")
    try:
        with (
            appview() as (view, address),
            bluesky(folder, PDS_BSKY_APP_VIEW_URL=address, PDS_BSKY_APP_VIEW_DID=DID) as server,
        ):
            view.server = server
            yield server
    except CannotRun as reason:
        pytest.skip(f"the Bluesky server cannot run here: {reason}")


@pytest.fixture
def people(served: str) -> Iterator[tuple[Somebody, Somebody, Somebody]]:
    number = next(_number)
    made = [Somebody(served, f"{name}{number}") for name in ("brand", "ann", "bob")]
    yield made[0], made[1], made[2]
    for somebody in made:
        somebody.http.close()


@pytest.fixture
def brand(people: tuple[Somebody, ...], served: str, brand_of: Callable[..., Brand]) -> Brand:
    return brand_of(served, people[0].handle, PASSWORD)


def test_the_appview_tells_the_same_as_the_repositories(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("Our new lipstick is here.")
    wanted = [post, ann.follow(maison), ann.like(post), bob.repost(post)]
    wanted += [bob.mention(maison, "love it"), bob.quote(post, "look")]
    reply = ann.reply(post, "Is it vegan?")
    wanted += [reply, maison.reply(reply, "It is!", root=post)]
    bob.say("Nothing to do with anybody.")
    brand.pull()
    assert set(brand.standing()) == {made["uri"] for made in wanted}
    figures = {
        row["metric"]: row["value"]
        for row in brand.rows("post_metric")
        if row["post_id"] == post["uri"]
    }
    assert figures == {"likes": 1, "reposts": 1, "replies": 1, "quotes": 0}
    assert [row["followers"] for row in brand.rows("audience")] == [1]
    accounts = {row["account_id"]: row for row in brand.rows("account")}
    assert accounts[maison.did]["followers"] == 1
    assert accounts[bob.did]["handle"] == bob.handle
    assert brand.pull().load is None


@pytest.mark.parametrize("names", ["plain", "hashed"])
def test_what_is_deleted_or_taken_back_is_found_by_looking_again(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand, names: str
) -> None:
    if names == "hashed":
        brand.hash_identifiers()
    maison, ann, bob = people
    post, stays = maison.say("Sale of secretwordone"), maison.say("This one stays")
    reply, kind = ann.reply(stays, "I said secretwordtwo"), bob.reply(stays, "thank you")
    follow, like, repost = bob.follow(maison), bob.like(stays), bob.repost(stays)
    brand.pull()
    before = set(brand.standing())
    assert len(before) == 7
    maison.delete(post)
    ann.delete(reply)
    for made in (follow, like, repost):
        bob.delete(made)
    pulled = brand.pull()
    gone = {verb: n for (what, verb), n in pulled.told.items() if what == "gone"}
    assert gone == {"Create": 2, "Follow": 1, "Like": 1, "Announce": 1}
    assert {row["text"] for row in brand.standing().values()} == {"This one stays", "thank you"}
    assert on_disk(brand.workspace, "secretword") == []
    if names == "plain":
        assert set(brand.standing()) == {stays["uri"], kind["uri"]}
    assert brand.pull().load is None


def test_of_who_blocks_the_brand_nothing_is_kept(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand
) -> None:
    maison, ann, bob = people
    post = maison.say("Hello")
    ann.reply(post, "angrywordone")
    kind = bob.reply(post, "kind words")
    brand.pull()
    ann.block(maison)
    ann.reply(post, "angrywordtwo")
    brand.pull()
    assert set(brand.standing()) == {post["uri"], kind["uri"]}
    assert on_disk(brand.workspace, "angryword") == []


def test_without_a_password_it_is_said_where_to_get_one(
    people: tuple[Somebody, Somebody, Somebody], served: str
) -> None:
    with pytest.raises(Problem, match="RAPPORT_BLUESKY_PASSWORD"):
        connect(people[0].handle, address=served, secret=lambda: None)
    with pytest.raises(Problem, match="does not let this account in") as refused:
        connect(people[0].handle, address=served, secret=lambda: "not-the-password")
    assert "not-the-password" not in str(refused.value)


def test_the_password_is_nowhere_on_the_disk(
    people: tuple[Somebody, Somebody, Somebody], brand: Brand, workspace: Workspace
) -> None:
    people[0].say("Hello")
    brand.pull()
    assert on_disk(workspace, PASSWORD) == []
