"""Pulling from Mastodon: what its server tells, through every trouble that a server has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from live.live_record import on_disk, rows, standing
from live.mastodon_fake import (
    HOST,
    TOKEN,
    World,
    broken,
    cut,
    fine,
    mastodon,
    much_too_many,
    too_many,
)
from rapport.errors import Problem
from rapport.pulling import Pulled, pull
from rapport.sources.live.mastodon import connect
from rapport.workspace import Workspace


class Shop:
    """A brand's account, its server and its workspace."""

    def __init__(self, workspace: Workspace, world: World, address: str) -> None:
        self.workspace, self.world, self.address = workspace, world, address

    def pull(self, **asked: Any) -> Pulled:
        live = connect(f"@shop@{HOST}", address=self.address, secret=lambda: TOKEN, first_wait=0.01)
        with closing(live):
            return pull(self.workspace, live, **asked)

    def standing(self) -> dict[str, dict[str, Any]]:
        return standing(self.workspace)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows(self.workspace, table)


@pytest.fixture
def shop(workspace: Workspace) -> Iterator[Shop]:
    world = World()
    with mastodon(world) as address:
        yield Shop(workspace, world, address)


def busy(world: World) -> set[str]:
    """Let a good deal happen; return the ids that the record must then hold."""
    ann, bob = world.somebody("ann@far.example"), world.somebody("bob")
    ids = set()
    for number in range(5):
        post = world.say(world.brand, f"<p>News {number}</p>")
        ids |= {f"{HOST}/{post}"}
        ids |= {f"{HOST}/notifications/{world.like(who, post)}" for who in (ann, bob)}
        ids |= {f"{HOST}/notifications/{world.boost(ann, post)}"}
        question = world.answer(bob, post, f"<p>Question {number}?</p>")
        ids |= {f"{HOST}/{question}", f"{HOST}/{world.answer(world.brand, question, '<p>Yes</p>')}"}
    ids |= {f"{HOST}/notifications/{world.follow(who)}" for who in (ann, bob)}
    return ids


def test_everything_that_happened_arrives_through_all_pages(shop: Shop) -> None:
    wanted = busy(shop.world)
    shop.pull()
    found = shop.standing()
    assert set(found) == wanted
    follow = next(row for row in found.values() if row["verb"] == "Follow")
    assert follow["object_id"] == f"shop@{HOST}"
    likes = [row for row in found.values() if row["verb"] == "Like"]
    assert {row["account_id"] for row in likes} == {"ann@far.example", f"bob@{HOST}"}
    asked = {row["in_reply_to"] for row in found.values() if row["text"] == "Question 1?"}
    assert asked < set(found)
    posts = shop.rows("post")
    assert len(posts) == 10
    assert sorted({row["goal"] or "" for row in posts}) == ["", "serve"]
    figures = {(row["post_id"], row["metric"]): row["value"] for row in shop.rows("post_metric")}
    first = next(row["post_id"] for row in posts if row["text"] == "News 0")
    assert figures[first, "likes"] == 2
    assert figures[first, "reposts"] == 1
    assert figures[first, "replies"] == 1
    assert [row["followers"] for row in shop.rows("audience")] == [2]
    handles = {row["handle"] for row in shop.rows("account")}
    assert handles == {f"@shop@{HOST}", "@ann@far.example", f"@bob@{HOST}"}


def test_the_next_pull_asks_only_for_what_is_new(shop: Shop) -> None:
    wanted = busy(shop.world)
    shop.pull()
    shop.world.asked.clear()
    assert shop.pull().load is None
    assert not [path for path in shop.world.asked if "min_id=0" in path]
    ann = next(n for n, a in shop.world.accounts.items() if a["acct"] == "ann@far.example")
    new = shop.world.mention(ann, "<p>@shop hello again</p>")
    assert shop.pull().told["new", "Create"] == 1
    assert set(shop.standing()) == wanted | {f"{HOST}/{new}"}
    assert len(shop.rows("activity")) == len(wanted) + 1


@pytest.mark.parametrize("fault", [too_many, broken, cut], ids=["429", "500", "cut"])
@pytest.mark.parametrize("nth", [0, 1, 2, 5, 9])
def test_a_server_in_trouble_is_asked_again(shop: Shop, fault: Any, nth: int) -> None:
    wanted = busy(shop.world)
    shop.world.faults = [*[fine] * nth, fault, fault]
    shop.pull()
    assert set(shop.standing()) == wanted
    assert len(shop.rows("activity")) == len(wanted)


@pytest.mark.parametrize("nth", range(2, 18, 3))
def test_a_pull_that_fails_goes_on_where_it_stopped(shop: Shop, nth: int) -> None:
    wanted = busy(shop.world)
    shop.world.faults = [*[fine] * nth, *[broken] * 6]
    with pytest.raises(Problem, match="Not everything could be fetched"):
        shop.pull()
    assert shop.standing() == {}
    shop.world.asked.clear()
    shop.world.faults = []
    again = shop.pull()
    assert again.resumed == (nth > 3)
    assert set(shop.standing()) == wanted
    assert len(shop.rows("activity")) == len(wanted)
    first_page = [path for path in shop.world.asked if "statuses?min_id=0" in path]
    assert bool(first_page) == (nth <= 3), "what was fetched is not fetched again"


def test_a_server_that_asks_for_an_hour_is_left_alone(shop: Shop) -> None:
    busy(shop.world)
    shop.world.faults = [fine, fine, fine, much_too_many]
    with pytest.raises(Problem, match="left alone until"):
        shop.pull()


def test_what_was_deleted_or_taken_back_is_gone_here_too(shop: Shop) -> None:
    busy(shop.world)
    ann = next(n for n, a in shop.world.accounts.items() if a["acct"] == "ann@far.example")
    reply = shop.world.mention(ann, "<p>secretwordone</p>")
    own = shop.world.say(shop.world.brand, "<p>secretwordtwo</p>")
    like, boost = shop.world.like(ann, own), shop.world.boost(ann, own)
    stays = shop.world.say(shop.world.brand, "<p>stays</p>")
    unliked, unboosted = shop.world.like(ann, stays), shop.world.boost(ann, stays)
    unfollowed = next(n for n, note in shop.world.notes.items() if note["type"] == "follow")
    shop.pull()
    before = set(shop.standing())
    shop.world.delete(reply)
    shop.world.delete(own)
    for note in (unliked, unboosted, unfollowed):
        shop.world.take_back(note)
    shop.pull()
    gone = {f"{HOST}/{reply}", f"{HOST}/{own}"}
    gone |= {f"{HOST}/notifications/{note}" for note in (unliked, unboosted, unfollowed)}
    assert before - set(shop.standing()) == gone
    assert {f"{HOST}/notifications/{note}" for note in (like, boost)} <= set(shop.standing())
    assert on_disk(shop.workspace, "secretword") == []
    assert {row["format"] for row in shop.rows("post")} == {"text", "deleted"}


def test_a_server_of_before_4_3_is_asked_post_by_post(shop: Shop) -> None:
    shop.world.old = True
    busy(shop.world)
    ann = next(n for n, a in shop.world.accounts.items() if a["acct"] == "ann@far.example")
    reply = shop.world.mention(ann, "<p>secretwordone</p>")
    shop.pull()
    shop.world.delete(reply)
    shop.pull()
    assert f"{HOST}/{reply}" not in shop.standing()
    assert on_disk(shop.workspace, "secretwordone") == []


@pytest.mark.parametrize("who_blocks", ["the person", "the brand"])
def test_nothing_is_kept_of_what_somebody_blocked_said(shop: Shop, who_blocks: str) -> None:
    ann, bob = shop.world.somebody("ann@far.example"), shop.world.somebody("bob")
    shop.world.mention(ann, "<p>angryword</p>")
    kind = shop.world.mention(bob, "<p>kind words</p>")
    shop.pull()
    if who_blocks == "the person":
        shop.world.blocked_by.add(ann)
    else:
        shop.world.blocks.append(ann)
    shop.world.mention(ann, "<p>angryword again</p>")
    shop.pull()
    said = {n for n, row in shop.standing().items() if row["verb"] == "Create"}
    assert said == {f"{HOST}/{kind}"}
    assert on_disk(shop.workspace, "angryword") == []


def test_a_message_to_few_is_left_where_it_is(shop: Shop) -> None:
    ann = shop.world.somebody("ann")
    shop.world.mention(ann, "<p>between us</p>", visibility="direct")
    shop.pull()
    assert shop.standing() == {}
    assert on_disk(shop.workspace, "between us") == []


def test_an_edited_post_and_a_boost_by_the_brand(shop: Shop) -> None:
    ann = shop.world.somebody("ann")
    said = shop.world.mention(ann, "<p>lovley</p>")
    boost = shop.world.say(shop.world.brand, "", reblog=said)
    shop.pull()
    found = shop.standing()
    assert found[f"{HOST}/{boost}"]["verb"] == "Announce"
    assert found[f"{HOST}/{boost}"]["object_id"] == f"{HOST}/{said}"
    shop.world.statuses[said]["content"] = "<p>lovely</p>"
    assert shop.pull().told["changed", "Create"] == 1
    assert shop.standing()[f"{HOST}/{said}"]["text"] == "lovely"


def test_the_token_is_nowhere(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    busy(shop.world)
    shop.pull()
    assert on_disk(shop.workspace, TOKEN) == []
    with pytest.raises(Problem) as refused:
        connect(f"shop@{HOST}", address=shop.address, secret=lambda: f"wrong {TOKEN}")
    assert TOKEN not in str(refused.value)
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err


@pytest.mark.parametrize(
    ("handle", "secret", "says"),
    [
        ("shop", TOKEN, "names no server"),
        (f"shop@{HOST}", None, "RAPPORT_MASTODON_TOKEN"),
        (f"other@{HOST}", TOKEN, "is that of shop"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    shop: Shop, handle: str, secret: str | None, says: str
) -> None:
    with pytest.raises(Problem, match=says):
        connect(handle, address=shop.address, secret=lambda: secret)


def test_a_server_that_leads_to_an_open_line_is_not_followed(shop: Shop) -> None:
    def elsewhere(handler: Any) -> bool:
        handler.send_response(302)
        handler.send_header("location", "http://open.example/api")
        handler.send_header("content-length", "0")
        handler.end_headers()
        return True

    shop.world.faults = [elsewhere]
    with pytest.raises(Problem, match="without encryption"):
        shop.pull()


def test_our_answers_have_the_shape_of_a_real_server(shared_data: Path) -> None:
    """Each field that the code reads is there in the recorded answers, with the same type."""
    world = World()
    busy(world)
    real = shared_data / "platforms" / "mastodon_api"
    ours = {
        "accounts": world.account(world.brand),
        "statuses": world.status(next(iter(world.statuses))),
        "notifications": next(
            world.noted(n) for n, note in world.notes.items() if note["type"] == "favourite"
        ),
    }
    for name, mine in ours.items():
        recorded = json.loads((real / f"{name}.json").read_text())
        fields = [answer for answer in recorded if set(mine) - {"content"} <= set(answer)]
        assert fields, f"{name}: no recorded answer has {sorted(mine)}"
        for answer in fields:
            for key in set(mine) & set(answer):
                if mine[key] is not None and answer[key] is not None:
                    assert type(mine[key]) is type(answer[key]), f"{name}.{key}"
