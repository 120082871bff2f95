"""Files of Mastodon: an archive, the list of accounts followed, and saved answers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import SETTINGS, gather, written

from rapport.errors import Problem
from rapport.settings import People

HOME = "https://shop.example/users/alize"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def created(number: int, content: str, **more: Any) -> dict[str, Any]:
    name = f"{HOME}/statuses/{number}"
    return {
        "id": f"{name}/activity",
        "type": "Create",
        "actor": HOME,
        "published": "2026-03-06T08:00:00Z",
        "to": [PUBLIC],
        "cc": [f"{HOME}/followers"],
        "object": {
            "id": name,
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": "2026-03-06T08:00:00Z",
            "url": f"https://shop.example/@alize/{number}",
            "attributedTo": HOME,
            "content": content,
            "attachment": [],
            "tag": [],
        }
        | more,
    }


OUTBOX: dict[str, Any] = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "outbox.json",
    "type": "OrderedCollection",
    "totalItems": 6,
    "orderedItems": [
        created(101, "<p>Our new scent ☀<br>from <b>Grasse</b></p>"),
        created(
            102,
            "<p>It is vegan!</p>",
            inReplyTo="https://far.example/users/ann/statuses/7",
            attachment=[{"type": "Document", "mediaType": "image/png"}],
        ),
        created(103, "<p>And more</p>", inReplyTo=f"{HOME}/statuses/101", summary="A thread"),
        {
            "id": f"{HOME}/statuses/104/activity",
            "type": "Announce",
            "actor": HOME,
            "published": "2026-03-07T08:00:00Z",
            "to": [PUBLIC],
            "cc": ["https://far.example/users/ann"],
            "object": "https://far.example/users/ann/statuses/8",
        },
        created(105, "<p>between us</p>") | {"to": ["https://far.example/users/ann"], "cc": []},
        {"id": "broken", "type": "Create", "actor": HOME, "object": None},
    ],
}


def test_an_archive_is_what_the_brand_said_in_public(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(OUTBOX), "outbox.json"), SETTINGS)
    assert found.facts.source == "mastodon"
    assert found.rows == 6
    assert found.codes == {"not_needed": 2}
    deeds = {row["activity_id"]: row for row in found.tables["activity"]}
    assert set(deeds) == {f"shop.example/{number}" for number in (101, 102, 103, 104)}
    assert {row["account_id"] for row in deeds.values()} == {"alize@shop.example"}
    assert deeds["shop.example/101"]["text"] == "Our new scent ☀\nfrom Grasse"
    assert deeds["shop.example/101"]["occurred_on"] == dt.datetime(2026, 3, 6, 8, tzinfo=dt.UTC)
    answered = deeds["shop.example/102"]["in_reply_to"]
    assert answered == "https://far.example/users/ann/statuses/7"
    assert deeds["shop.example/103"]["in_reply_to"] == "shop.example/101"
    assert deeds["shop.example/103"]["text"] == "A thread\n\nAnd more"
    assert deeds["shop.example/104"]["verb"] == "Announce"
    posts = {row["post_id"]: row for row in found.tables["post"]}
    assert posts["shop.example/102"]["goal"] == "serve"
    assert posts["shop.example/102"]["format"] == "photo"
    assert posts["shop.example/103"]["goal"] is None, "a thread of one's own serves nobody"


def test_the_message_to_few_is_not_read(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(OUTBOX), "outbox.json"), SETTINGS)
    assert "between us" not in str(found.tables) + str(found.aside)


def test_the_list_of_accounts_followed(tmp_path: Path) -> None:
    text = (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        "ann@far.example,true,false,\n"
        'Bob@b.example,false,false,"en, fr"\n'
        ",true,false,\n"
    )
    found = gather(written(tmp_path, text, "following_accounts.csv"), SETTINGS)
    assert found.facts.source == "mastodon"
    assert found.column("account_id", "account") == ["ann@far.example", "Bob@b.example"]
    assert len(found.aside) == 1
    assert "activity" not in found.tables, "no date is told, so none is made up"


def account(acct: str) -> dict[str, Any]:
    return {
        "id": str(abs(hash(acct)) % 1000),
        "username": acct.split("@", maxsplit=1)[0],
        "acct": acct,
        "display_name": "N.",
        "created_at": "2026-01-01T00:00:00.000Z",
        "url": f"https://shop.example/@{acct}",
        "followers_count": 2,
        "following_count": 0,
        "statuses_count": 1,
    }


def status(number: str, who: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "created_at": "2026-03-06T08:00:00.000Z",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "url": f"https://shop.example/@{who}/{number}",
        "content": f"<p>Said {number}</p>",
        "account": account(who),
        "media_attachments": [],
        "mentions": [],
        "reblog": None,
        "replies_count": 1,
        "reblogs_count": 2,
        "favourites_count": 3,
        "quotes_count": 0,
        **more,
    }


def note(number: str, kind: str, who: str, what: dict[str, Any] | None) -> dict[str, Any]:
    about = {"status": what} if what else {}
    time = "2026-03-07T08:00:00.000Z"
    return {"id": number, "type": kind, "created_at": time, "account": account(who), **about}


def test_saved_notifications_say_who_did_what(tmp_path: Path) -> None:
    mention = status("9", "ann@far.example", mentions=[{"acct": "alize", "id": "1"}])
    notes = [
        note("1", "favourite", "ann@far.example", status("5", "alize")),
        note("2", "reblog", "bob", status("5", "alize")),
        note("3", "follow", "bob", None),
        note("4", "mention", "ann@far.example", mention),
        note("5", "admin.sign_up", "bob", None),
    ]
    found = gather(written(tmp_path, json.dumps(notes), "notifications.json"), SETTINGS)
    assert found.codes == {"not_needed": 1}
    verbs = {row["verb"]: row for row in found.tables["activity"]}
    assert set(verbs) == {"Like", "Announce", "Follow", "Create"}
    assert verbs["Like"]["object_id"] == "shop.example/5"
    assert verbs["Follow"]["object_id"] == "alize@shop.example"
    assert verbs["Follow"]["account_id"] == "bob@shop.example"
    assert verbs["Create"]["activity_id"] == "shop.example/9"
    assert "post" not in found.tables


@pytest.mark.parametrize(("others", "posts"), [([], 2), (["ann@far.example"], 0)])
def test_posts_are_the_brands_only_when_all_are_by_one(
    tmp_path: Path, others: list[str], posts: int
) -> None:
    statuses = [status("5", "alize"), status("6", "alize")]
    statuses += [status(str(7 + i), who) for i, who in enumerate(others)]
    found = gather(written(tmp_path, json.dumps(statuses), "s_2026-05-31.json"), SETTINGS)
    assert len(found.tables.get("post", [])) == posts
    assert len(found.tables["activity"]) == 2 + len(others)
    if posts:
        figures = {row["metric"]: row["value"] for row in found.tables["post_metric"]}
        assert figures == {"likes": 3, "reposts": 2, "replies": 1, "quotes": 0}


@pytest.mark.parametrize("missing", ["id", "created_at", "account", "content", "acct", "status"])
@pytest.mark.parametrize("instead", [None, 7, [], {}, "x"])
def test_an_entry_that_is_not_as_documented_is_no_crash_and_not_lost(
    tmp_path: Path, missing: str, instead: Any
) -> None:
    bad = note("1", "favourite", "ann@far.example", status("5", "alize"))
    for holder in (bad, bad["status"], bad["account"], bad["status"]["account"]):
        if missing in holder:
            holder[missing] = instead
    good = note("2", "follow", "bob", None)
    found = gather(written(tmp_path, json.dumps([bad, good]), "n.json"), SETTINGS)
    assert found.rows == 2
    assert "Follow" in {row["verb"] for row in found.tables["activity"]}


def test_where_names_are_hashed_addresses_of_people_are_refused(tmp_path: Path) -> None:
    hashed = SETTINGS.model_copy(update={"people": People(hash_identifiers=True)})
    path = written(tmp_path, json.dumps([status("5", "alize")]), "s.json")
    with pytest.raises(Problem, match="rapport pull"):
        gather(path, hashed)


def test_recorded_answers_are_read_whole(shared_data: Path) -> None:
    answers = shared_data / "platforms" / "mastodon_api"
    statuses = gather(answers / "statuses.json", SETTINGS)
    recorded = json.loads((answers / "statuses.json").read_text())
    public = [x for x in recorded if x["visibility"] != "direct" and "content" in x]
    assert statuses.rows == len(recorded)
    assert len(statuses.tables["activity"]) == len(public)
    assert not {"Toot!"} & {row["text"] for row in statuses.tables["activity"]}, "it was deleted"
    accounts = gather(answers / "accounts.json", SETTINGS)
    assert "@admin@localhost:3000" in set(accounts.column("handle", "account"))
    notes = gather(answers / "notifications.json", SETTINGS)
    assert {"Follow", "Create"} <= {row["verb"] for row in notes.tables["activity"]}
