"""Whatever instant listening is killed at, the next start loses nothing and repeats nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from now.conftest import said
from now.places import Receiver, status
from now.test_listen_command import PROGRAM, TESTS, Process, crm
from rapport.pipeline import open_record
from rapport.watching import news
from rapport.workspace import Workspace
from shell import Shell

pytestmark = pytest.mark.slow

# The process dies the nth time that it sees something safely on the disk.
DIES = """
import os
safe, left = os.fsync, [{nth}]
def fsync(descriptor):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)
    safe(descriptor)
os.fsync = fsync
import atexit
atexit.register(lambda: sys.stderr.write(f"fsyncs {{-left[0]}}"))
"""


def once(root: Path, nth: int) -> int:
    """Listen once in a process that dies at its nth fsync; return how many it did if it lived."""
    program = PROGRAM.format(tests=TESTS, before=DIES.format(nth=nth))
    done = subprocess.run(
        [sys.executable, "-c", program, "listen", "--once", "--json", "-w", str(root)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode in {0, -9}, done.stderr
    return int(done.stderr.rpartition("fsyncs ")[2]) if done.returncode == 0 else -1


def dropped(workspace: Workspace) -> None:
    rows = [(str(n), f"w{n}", f"It is broken, says {n}") for n in range(5)]
    (workspace.root / "inbox" / "said.csv").write_text(said(*rows, ("9", "bob", "Can I buy it?")))


KEYS = {f"forum:{n}" for n in (0, 1, 2, 3, 4, 9)}


@pytest.fixture(scope="module")
def fsyncs(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How often a whole round sees something safely on the disk."""
    from now.conftest import MAPPING
    from now.places import receiver

    root = tmp_path_factory.mktemp("whole") / "maison"
    workspace = Workspace.create(root, brand="Maison", time_zone="UTC")
    with receiver() as told:
        path = root / "rapport.toml"
        path.write_text(path.read_text() + MAPPING + crm(told.url, per_minute="600"))
        assert once(root, -1) >= 0
        dropped(workspace)
        count = once(root, -1)
        assert len(told.came) == 6
    assert count > 15
    return count


@pytest.mark.parametrize("share", [0.0, 0.35, 0.6, 0.8, 1.0])
def test_killed_at_any_fsync_nothing_is_lost_or_repeated(
    settings: Callable[[str], Workspace],
    told: Receiver,
    understanding: None,
    fsyncs: int,
    share: float,
) -> None:
    workspace = settings(crm(told.url, per_minute="600"))
    shell = Shell(workspace.root)
    shell("listen", "--once")
    dropped(workspace)
    assert once(workspace.root, max(1, round(share * fsyncs))) == -1
    arrived = len(told.came)
    shell("listen", "--once")
    shell("listen", "--once")
    messages = Counter(came.json["facts"]["message_id"] for came in told.came)
    assert set(messages) == KEYS
    by_key = Counter(told.keys)
    assert len(by_key) == len(KEYS)  # a receiver that heeds keys sees each once
    assert sum(by_key.values()) <= len(KEYS) + 1  # only the one that was under way comes again
    repeats = [came for came in told.came if came.json["may_be_a_repeat"]]
    assert len(repeats) <= 1
    assert all(by_key[came.headers["webhook-id"]] <= 2 for came in repeats)
    assert [c for c in told.came[:arrived] if c.json["may_be_a_repeat"]] == []
    record = open_record(workspace)
    assert len(news.messages(record, sorted(KEYS))) == 6
    assert [load.status for load in record.loads()] == ["committed"]
    inbox = workspace.root / "inbox"
    assert [path.name for path in (inbox / "done").iterdir()] == ["said.csv"]
    assert list(inbox.glob("*.csv")) == []
    assert shell.json("alerts")["counts"]["sent"] == 6


def test_killed_again_and_again_while_messages_stream_in(
    settings: Callable[[str], Workspace], told: Receiver, understanding: None
) -> None:
    workspace = settings(crm(told.url, per_minute="600"))
    chance = random.Random(4)
    told.answers = [status(200), status(500)]
    Shell(workspace.root)("listen", "--once")
    wanted = set()
    for turn in range(3):
        process = Process(workspace.root)
        process.until("listening")
        for n in range(3):
            key = f"{turn}-{n}"
            wanted.add(f"forum:{key}")
            folder = workspace.root / "inbox"
            (folder / f".{key}").write_text(said((key, "ann", f"It is broken, {key}")))
            (folder / f".{key}").rename(folder / f"said-{key}.csv")
            time.sleep(chance.random() * 0.4)
        process.end(signal.SIGKILL)
    process = Process(workspace.root)
    until = time.monotonic() + 60
    while len({c.json["facts"]["message_id"] for c in told.came}) < 9 or not _all_sent(workspace):
        assert time.monotonic() < until
        time.sleep(0.1)
    process.end(signal.SIGTERM)
    assert {came.json["facts"]["message_id"] for came in told.came} == wanted
    assert len(set(told.keys)) == 9
    accepted = Counter(
        key
        for place, key in enumerate(told.keys)
        if place != 1  # which was answered with an error
    )
    again = {c.headers["webhook-id"] for c in told.came if c.json["may_be_a_repeat"]}
    assert {key for key, times in accepted.items() if times > 1} <= again
    assert len(again) <= 3  # at the most the one that was under way at each kill


def _all_sent(workspace: Workspace) -> bool:
    from rapport.actions.alerts.outbox import Outbox

    return all(each.state == "sent" for each in Outbox(workspace.listening).deliveries())
