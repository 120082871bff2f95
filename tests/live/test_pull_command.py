"""The command `rapport pull`: what it says to people, to machines, and when it cannot."""

from __future__ import annotations

import builtins
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from live.mastodon_fake import HOST, TOKEN, World, broken, mastodon
from rapport.workspace import Workspace
from shell import Shell


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, str]]:
    world = World()
    monkeypatch.setenv("RAPPORT_MASTODON_TOKEN", TOKEN)
    with mastodon(world) as address:
        yield world, address


@pytest.fixture
def shell(workspace: Workspace) -> Shell:
    return Shell(workspace.root)


def asked(address: str) -> tuple[str, ...]:
    return ("pull", "mastodon", f"@shop@{HOST}", "--server", address)


def happen(world: World) -> str:
    ann = world.somebody("ann@far.example")
    post = world.say(world.brand, "<p>News</p>")
    world.like(ann, post)
    world.follow(ann)
    return world.answer(ann, post, "<p>Is it vegan?</p>")


def test_it_says_what_was_new_changed_and_deleted(world: tuple[World, str], shell: Shell) -> None:
    there, address = world
    question = happen(there)
    said = shell(*asked(address)).output
    assert f"@shop@{HOST}, as L000001:" in said
    assert "new: 2 posts, 1 like, 1 follow, 2 accounts" in said
    assert "figures of 1 post have changed" in said
    assert "Next: rapport check, then rapport run" in said
    assert f"@shop@{HOST}: nothing new." in shell(*asked(address)).output
    there.delete(question)
    said = shell(*asked(address)).output
    assert "deleted or taken back: 1 post" in said
    assert "1 text that was deleted there is deleted here." in said


def test_machines_get_counts(world: tuple[World, str], shell: Shell) -> None:
    happen(world[0])
    answer = shell.json(*asked(world[1]))
    (pulled,) = answer["pulls"]
    assert pulled["counts"]["new"] == {"Create": 2, "Follow": 1, "Like": 1, "account": 2}
    assert pulled["load"]["load_id"] == "L000001"
    assert pulled["load"]["rows_in"] == pulled["load"]["rows_kept"]
    assert shell.json(*asked(world[1]))["pulls"][0]["load"] is None


def test_it_speaks_the_brands_language(world: tuple[World, str], shell: Shell) -> None:
    toml = shell.root / "rapport.toml"
    toml.write_text(toml.read_text().replace('languages = ["en"]', 'languages = ["fr"]'))
    happen(world[0])
    assert "nouveau : 2 publications" in shell(*asked(world[1])).output.replace("\xa0", " ")


def test_watching_asks_again_until_it_is_stopped(
    world: tuple[World, str], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, address = world
    happen(there)
    slept: list[float] = []
    ours, really = threading.get_ident(), time.sleep

    def sleep(seconds: float) -> None:
        if threading.get_ident() != ours:
            return really(seconds)
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt
        there.say(there.brand, "<p>More news</p>")
        return None

    monkeypatch.setattr(time, "sleep", sleep)
    answer = shell.json(*asked(address), "--watch", "30")
    assert slept == [30.0, 30.0]
    assert [pull["counts"]["new"]["Create"] for pull in answer["pulls"]] == [2, 1]


def test_what_is_pulled_is_seen_by_the_other_commands(
    world: tuple[World, str], shell: Shell
) -> None:
    happen(world[0])
    shell(*asked(world[1]))
    status = shell.json("status")
    assert [load["source"] for load in status["loads"]] == ["mastodon"]
    shell("undo", "1", "--yes")
    assert shell.json(*asked(world[1]))["pulls"][0]["counts"]["new"]["Like"] == 1
    shell("forget", "@ann@far.example", "--yes")
    assert "vegan" not in shell("table", "activity").output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("mastodon", "shop"), "It names no server."),
        (("mastodon", f"shop@{HOST}", "--server", "http://open.example"), "without encryption"),
        (("bluesky", "x.example", "--server", "http://open.example"), "without encryption"),
        (("bluesky", "x.example", "--server", "https://a.example/path"), "not the address"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(
    shell: Shell, arguments: tuple[str, ...], says: str
) -> None:
    answer = shell.json("pull", *arguments, code=1)
    assert not answer["ok"]
    assert says in json.dumps(answer)


def test_without_a_token_it_is_said_where_to_get_one(
    world: tuple[World, str], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAPPORT_MASTODON_TOKEN")
    answer = shell.json(*asked(world[1]), code=1)
    assert "RAPPORT_MASTODON_TOKEN" in json.dumps(answer)


def test_a_server_that_stays_down_is_told_and_nothing_is_lost(
    world: tuple[World, str], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, address = world
    happen(there)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    from rapport.sources.live import pacing

    monkeypatch.setattr(pacing.Pacer.__init__, "__kwdefaults__", _quick(pacing.Pacer))
    there.faults = [lambda _: False] * 4 + [broken] * 6
    answer = shell.json(*asked(address), code=1)
    assert "It was asked 6 times." in json.dumps(answer)
    assert "something went wrong" in json.dumps(answer)
    there.faults = []
    assert shell.json(*asked(address))["pulls"][0]["resumed"]


def _quick(pacer: Any) -> dict[str, Any]:
    return {**pacer.__init__.__kwdefaults__, "sleep": lambda _: None}


def test_where_the_clients_are_missing_it_is_said_how_to_get_them(
    world: tuple[World, str], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "mastodon":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    answer = shell.json(*asked(world[1]), code=1)
    assert "pip install 'rapport[live]'" in json.dumps(answer)
