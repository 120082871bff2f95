"""Networks that are asked again and again while one listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from live.mastodon_fake import HOST, TOKEN, World, mastodon
from now.places import Receiver, understand
from now.test_listen_command import crm
from rapport.errors import Fault, Problem
from rapport.settings_listening import Pulling
from rapport.sources.live import mastodon as network
from rapport.watching import running as running_module
from rapport.watching.listener import Listener
from rapport.workspace import Workspace
from shell import Shell


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, str]]:
    world = World()
    monkeypatch.setenv("RAPPORT_MASTODON_TOKEN", TOKEN)
    with mastodon(world) as address:
        yield world, address


@pytest.mark.usefixtures("understanding")
def test_what_a_network_brings_is_told(
    settings: Callable[[str], Workspace], told: Receiver, world: tuple[World, str]
) -> None:
    there, address = world
    asked = f'[{{ network = "mastodon", handle = "@shop@{HOST}", server = "{address}" }}]'
    workspace = settings(crm(told.url, pull=asked, oldest_hours="90000"))
    shell = Shell(workspace.root)
    ann = there.somebody("ann@far.example")
    post = there.say(there.brand, "<p>Broken news</p>")
    shell("listen", "--once")
    there.answer(ann, post, "<p>Mine is <b>broken</b>!</p>")
    output = shell("listen", "--once").output
    assert f"@shop@{HOST} – " in output
    messages = [came.json["message"] for came in told.came]
    assert any("Mine is broken!" in message for message in messages)
    assert not any("Broken news" in message for message in messages)
    before = len(told.came)
    shell("listen", "--once")
    assert len(told.came) == before


def test_a_network_that_refuses_is_told_and_asked_again_until_it_is_stopped(
    settings: Callable[[str], Workspace], world: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there, address = world
    workspace = settings("")
    live = network.connect(f"@shop@{HOST}", address=address, secret=lambda: TOKEN)
    events: list[dict[str, object]] = []
    listener = Listener(workspace, understand, tell=events.append)
    listener.start()
    refusals = [Problem("Nothing was fetched.", [Fault("The server is closed.")])]
    real = running_module.pull

    def pull(*given: object, **more: object) -> object:
        if refusals:
            raise refusals.pop()
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(running_module, "pull", pull)
    asked = Pulling(network="mastodon", handle=f"@shop@{HOST}", every=1)
    running = running_module.Running(listener, None, (), [(asked, live)], events.append)
    work = threading.Thread(target=running.forever)
    work.start()
    there.say(there.brand, "<p>Hello</p>")
    until = time.monotonic() + 30
    while not any(each["event"] == "pulled" for each in events):
        assert time.monotonic() < until
        time.sleep(0.05)
    running.stop.set()
    work.join(10)
    live.close()
    assert not work.is_alive()
    assert events[0] == {
        "event": "not pulled", "network": "mastodon", "why": ["The server is closed."],
    }  # fmt: skip
