"""One person's story tells every system's facts in order, and is safe whatever they wrote."""

from __future__ import annotations

import json

import pytest

from rapport.workspace import Workspace
from shell import Shell, run_some

NASTY = '<script>alert(1)</script> =cmd|" /C calc"!A0 \u202eevil'


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    root = tmp_path_factory.mktemp("story") / "maison"
    shell = Shell(root)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    orders = root.parent / "orders.csv"
    orders.write_text(
        "Order,Date,Customer,Total\n"
        + "".join(f"o{n},2024-0{n}-03 10:00,ann@x.fr,{n}0.50\n" for n in range(1, 7))
        + "".join(f"p{n},2024-0{n}-04 10:00,bob@x.fr,20.00\n" for n in range(1, 7)),
        encoding="utf-8",
    )
    talk = root.parent / "talk.csv"
    talk.write_text(
        "Id,When,Who,Verb,Reply,Message,Link\n"
        f'm1,2024-03-01 09:00,ann@x.fr,Create,,"{NASTY.replace(chr(34), chr(34) * 2)}",'
        "javascript:alert(1)\n"
        "m2,2024-03-01 09:30,brand,Create,m1,We are on it.,https://x.example/m2\n"
        "l1,2024-03-02 09:00,ann@x.fr,Like,,,\n"
        "l2,2024-03-02 10:00,ann@x.fr,Like,,,\n",
        encoding="utf-8",
    )
    toml = root / "rapport.toml"
    toml.write_text(
        toml.read_text("utf-8")
        + """
[mappings.orders]
files = "orders.csv"
table = "purchase"
confirmed = true
currency = "EUR"
time_zone = "Europe/Paris"
channel = "web"
columns = { purchase_id = "Order", ordered_on = "Date", account_id = "Customer", revenue = "Total" }

[mappings.talk]
files = "talk.csv"
table = "activity"
confirmed = true
time_zone = "Europe/Paris"
channel = "forum"
[mappings.talk.columns]
activity_id = "Id"
occurred_on = "When"
account_id = "Who"
verb = "Verb"
in_reply_to = "Reply"
text = "Message"
url = "Link"
""",
        encoding="utf-8",
    )
    shell("add", "--yes", str(orders), str(talk))
    run_some(root, "identity")
    shell("link", "orders:ann@x.fr", "talk:ann@x.fr", "--yes")
    shell("run")
    return shell


def _person(shell: Shell) -> str:
    (found,) = {e["person_id"] for e in [shell.json("show", "ann@x.fr")]}
    return str(found)


def test_a_story_holds_orders_messages_answers_and_likes_in_order(shell: Shell) -> None:
    told = shell.json("show", _person(shell))
    whats = [event["what"] for event in told["events"]]
    assert [w for w in whats if w.startswith("Order")] == [
        f"Order o{n}: €{n}0.50" for n in range(1, 7)
    ]
    assert whats.index("Wrote") + 1 == whats.index("brand replied")
    assert "Liked: 2" in whats
    assert [e["when"] for e in told["events"]] == sorted(e["when"] for e in told["events"])
    wrote = next(event for event in told["events"] if event["what"] == "Wrote")
    assert wrote["text"] == NASTY
    assert wrote["place"] == "talk.csv, 2"
    assert "bob" not in json.dumps(told)


def test_a_page_shows_hostile_words_and_runs_none(shell: Shell, tmp_path: object) -> None:
    page = Workspace.find(shell.root).root / "ann.html"
    shell("show", _person(shell), "--out", str(page), "--language", "fr")
    told = page.read_text(encoding="utf-8")
    assert "<script" not in told
    assert "&lt;script&gt;" in told
    assert "javascript:" not in told
    assert 'href="https://x.example/m2"' in told
    assert "Ce qui s’est passé" in told


def test_on_the_screen_no_control_sign_is_left(shell: Shell) -> None:
    assert "\u202e" not in shell("show", _person(shell)).stdout


def test_who_is_unknown_is_told_where_to_look(shell: Shell) -> None:
    assert "rapport table customers" in shell("show", "nobody", code=1).stderr
