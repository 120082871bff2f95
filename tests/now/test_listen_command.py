"""`rapport listen` and `rapport alerts`: what they say to people, to machines, and when stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from now.conftest import said
from now.places import Receiver, receiver, status, understand
from rapport.actions.alerts.delivering import Pace
from rapport.actions.alerts.sending import senders
from rapport.watching.inbox import Inbox
from rapport.watching.listener import Listener
from rapport.watching.running import Running, alone, couriers
from rapport.workspace import Workspace
from shell import Shell

# The command line, with the understanding of the tests, in a process of its own.
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import rapport.listening
from now.places import understand
from rapport.watching import understanding as reading
reading.understanding_of = lambda workspace: understand
rapport.listening.weighed = lambda text, _: text.split()[:2]
from rapport.cli import main
{before}
main()
"""
TESTS = str(Path(__file__).parents[1])


def crm(url: str, **more: str) -> str:
    extra = "\n".join(f"{name} = {value}" for name, value in more.items())
    return f"""
[listening]
allow = ["127.0.0.1"]
timeout = 2
{extra}
[[alerts]]
name = "crm"
kind = "url"
url = "{url}/hook?token=SECRETTOKEN"
"""


class Process:
    """`rapport listen --json` in a process of its own."""

    def __init__(self, root: Path, *arguments: str, before: str = "") -> None:
        program = PROGRAM.format(tests=TESTS, before=before)
        self.run = subprocess.Popen(
            [sys.executable, "-c", program, "listen", "--json", "-w", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
        )
        self.events: list[dict[str, Any]] = []

    def until(self, event: str) -> dict[str, Any]:
        assert self.run.stdout is not None
        for line in self.run.stdout:
            self.events.append(json.loads(line))
            if self.events[-1].get("event") == event:
                return self.events[-1]
        raise AssertionError(f"{event} never came: {self.run.communicate()} {self.events}")

    def end(self, sign: int) -> int:
        self.run.send_signal(sign)
        out, _ = self.run.communicate(timeout=20)
        self.events += [json.loads(line) for line in out.splitlines()]
        return self.run.returncode


@pytest.fixture
def listening() -> Iterator[list[Process]]:
    made: list[Process] = []
    yield made
    for each in made:
        if each.run.poll() is None:
            each.run.kill()
        each.run.communicate()


@pytest.mark.usefixtures("understanding")
def test_once_does_what_there_is_to_do(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    workspace = settings(crm(told.url))
    shell = Shell(workspace.root)
    assert "Nothing new." in shell("listen", "--once").output
    inbox = workspace.root / "inbox"
    (inbox / "said.csv").write_text(said(("1", "ann", "It is broken!"), ("2", "bob", "hello")))
    (inbox / "riddle.csv").write_text("foo,bar\n1,2\n")
    output = shell("listen", "--once").output
    assert "A complaint on forum → crm – It is broken!" in output
    assert "said.csv – 2 rows" in output
    assert "riddle.csv" in output
    assert "sent" in output
    assert "SECRETTOKEN" not in output
    (came,) = told.came
    assert came.json["message"] == "It is broken!"
    assert "Nothing new." in shell("listen", "--once").output
    listed = shell("alerts").output
    assert "complaint" in listed
    assert "sent – 1" in listed
    assert "SECRETTOKEN" not in listed


@pytest.mark.usefixtures("understanding")
def test_what_was_given_up_is_shown_tried_again_and_dropped(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    workspace = settings(crm(told.url))
    shell = Shell(workspace.root)
    shell("listen", "--once")
    told.answers = [status(404), status(404), status(200)]
    (workspace.root / "inbox" / "said.csv").write_text(
        said(("1", "ann", "It is broken!"), ("2", "bob", "Broken too"))
    )
    answers = shell("listen", "--once", "--json").stdout.splitlines()
    assert [json.loads(line)["event"] for line in answers].count("dead") == 2
    listed = shell.json("alerts")
    assert listed["counts"]["dead"] == 2
    first, second = (each["id"] for each in listed["alerts"])
    assert "127.0.0.1 answered 404." in shell("alerts").output
    assert "Try those given up again" in shell("alerts").output
    answer = shell.json("alerts", "--retry", first[:8])
    assert (answer["retried"], answer["tried"]) == ([first], True)
    assert shell.json("alerts")["counts"]["sent"] == 1
    assert shell.json("alerts", "--drop", "all")["dropped"] == [second]
    assert shell.json("alerts")["counts"] | {"joined": 0} == {
        "waiting": 0, "sent": 1, "joined": 0, "dead": 0, "dropped": 1,
    }  # fmt: skip
    problem = shell.json("alerts", "--retry", "zzz", code=1)
    assert "No alert that was given up is called 'zzz'." in json.dumps(problem)


@pytest.mark.usefixtures("understanding")
def test_a_dry_run_shows_all_and_does_nothing(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    workspace = settings(crm(told.url))
    shell = Shell(workspace.root)
    (workspace.root / "said.csv").write_text(said(("1", "ann", "It is <b>broken</b>!")))
    shell("add", str(workspace.root / "said.csv"))
    before = sorted(str(p) for p in workspace.root.rglob("*") if "record" not in p.parts)
    output = shell("listen", "--dry-run").output
    assert "> It is <b>broken</b>!" in output
    assert "1 message looked at. Nothing was sent, loaded or written." in output
    assert told.came == []
    after = sorted(str(p) for p in workspace.root.rglob("*") if "record" not in p.parts)
    assert before == after
    lines = shell("listen", "--dry-run", "--json").stdout.splitlines()
    routed = json.loads(lines[0])
    assert routed["alert"]["type"] == "rapport.complaint"
    assert routed["to"] == ["crm"]


@pytest.mark.usefixtures("understanding")
def test_who_is_forgotten_is_in_no_alert_either(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    workspace = settings(crm(told.url))
    shell = Shell(workspace.root)
    shell("listen", "--once")
    told.answers = [status(500)]
    (workspace.root / "inbox" / "said.csv").write_text(said(("1", "annsecret", "broken secret")))
    shell("listen", "--once")
    assert "broken secret" in (workspace.listening / "outbox.jsonl").read_text()
    shell("forget", "annsecret", "--yes")
    for path in workspace.listening.iterdir():
        assert "secret" not in path.read_text()
    shell("listen", "--once")
    assert len(told.came) == 1


def test_a_channel_is_tested(settings: Callable[[str], Workspace], told: Receiver) -> None:
    shell = Shell(settings(crm(told.url)).root)
    assert "A test was sent to crm." in shell("listen", "--test", "crm").output
    assert told.came[0].json["type"] == "rapport.test"
    told.answers = [status(200), status(500)]
    problem = json.dumps(shell.json("listen", "--test", "crm", code=1))
    assert "The test did not arrive." in problem
    assert "answered 500" in problem
    assert "SECRETTOKEN" not in problem
    assert "Did you mean crm?" in json.dumps(shell.json("listen", "--test", "crn", code=1))


def test_a_private_address_is_refused_with_what_to_do(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    shell = Shell(settings(crm(told.url).replace('allow = ["127.0.0.1"]', "")).root)
    problem = json.dumps(shell.json("listen", "--test", "crm", code=1), ensure_ascii=False)
    assert "a private address" in problem
    assert "allow = […] under [listening]" in problem
    assert told.came == []


@pytest.mark.usefixtures("understanding")
def test_missing_secrets_are_told_all_at_once_before_anything_begins(
    settings: Callable[[str], Workspace],
) -> None:
    text = """
[[alerts]]
name = "team"
kind = "slack"
url_from = "NO_SUCH_SLACK_URL"
[[alerts]]
name = "desk"
kind = "email"
host = "mail.example"
sender = "a@maison.example"
to = ["b@maison.example"]
user = "a"
password_from = "NO_SUCH_PASSWORD"
"""
    shell = Shell(settings(text).root)
    problem = json.dumps(shell.json("listen", "--once", code=1))
    assert "NO_SUCH_SLACK_URL" in problem
    assert "NO_SUCH_PASSWORD" in problem


def test_it_says_so_in_french(settings: Callable[[str], Workspace], told: Receiver) -> None:
    workspace = settings(crm(told.url))
    path = workspace.root / "rapport.toml"
    path.write_text(path.read_text().replace('languages = ["en"]', 'languages = ["fr"]'))
    Shell(workspace.root)("listen", "--test", "crm")
    title = "Ceci est un test : les alertes de Rapport arrivent bien ici."
    assert told.came[0].json["title"].replace("\xa0", " ") == title


@pytest.mark.parametrize(
    "sign", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_it_goes_on_until_it_is_stopped_and_ends_calmly(
    settings: Callable[[str], Workspace],
    told: Receiver,
    listening: list[Process],
    sign: signal.Signals,
) -> None:
    workspace = settings(crm(told.url))
    process = Process(workspace.root)
    listening.append(process)
    process.until("listening")
    began = time.monotonic()
    (workspace.root / "inbox" / "said.csv").write_text(said(("1", "ann", "It is broken!")))
    routed = process.until("routed")
    assert routed["alert"]["facts"]["message_id"] == "forum:1"
    process.until("sent")
    assert time.monotonic() - began < 5  # under a second on an idle machine: benchmarks/listen.py
    second = Shell(workspace.root).json("alerts")
    assert second["counts"]["sent"] == 1
    assert process.end(sign) == 0
    assert process.events[-1]["counts"]["sent complaint"] == 1
    assert process.events[-1]["ok"]


@pytest.mark.usefixtures("understanding")
def test_two_do_not_listen_at_once(settings: Callable[[str], Workspace], told: Receiver) -> None:
    workspace = settings(crm(told.url))
    with alone(workspace.listening):
        problem = Shell(workspace.root).json("listen", "--once", code=1)
    assert "Somebody listens here already." in json.dumps(problem)
    assert Shell(workspace.root).json("listen", "--once")["ok"]


def test_a_slow_channel_holds_up_no_other(
    settings: Callable[[str], Workspace], told: Receiver
) -> None:
    with receiver() as slow:
        over = threading.Event()
        slow.answers = [lambda request: over.wait(30)] * 50
        channel = f'[[alerts]]\nname = "slow"\nkind = "url"\nurl = "{slow.url}"\n'
        workspace = settings(crm(told.url) + channel)
        listener = Listener(workspace, understand)
        listener.start()
        inbox = Inbox(workspace, workspace.root / "inbox")
        made = couriers(listener.outbox, list(senders(workspace.settings).values()), Pace())
        running = Running(listener, inbox, made)
        work = threading.Thread(target=running.forever)
        work.start()
        until = time.monotonic() + 60
        for n in range(2):
            text = said((str(n), "ann", f"It is broken {n}!"))
            (inbox.folder / f"said{n}.csv").write_text(text)
            while _sent(listener) <= n:
                assert time.monotonic() < until
                time.sleep(0.02)
        sent = [e.channel for e in listener.outbox.deliveries() if e.state == "sent"]
        over.set()
        running.stop.set()
        work.join(10)
        assert sent == ["crm", "crm"]
        assert len(slow.came) >= 1


def _sent(listener: Listener) -> int:
    return sum(each.state == "sent" for each in listener.outbox.deliveries())
