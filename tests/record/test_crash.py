"""Killed at any instant, the record is in its last whole state, and the next writer works."""

from __future__ import annotations

import dataclasses
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_shop import facts, names, order_ids, orders, purchases

from rapport.record.facts import Batch, Facts
from rapport.record.forget import forget
from rapport.record.store import Record

HERE = Path(__file__).parent

# Forks one process for each line "ROOT STEP ACT" it reads, and answers with its exit code. The
# process kills itself just before its n-th step that others could see; 0 kills nothing.
CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_shop import names, orders
from rapport.record import delta, ledger, store, writing
from rapport.record.forget import forget

def counted(step):
    def run(*args, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*args, **more)
    return run

for module, name in (
    (delta.DeltaTable, "create_write_transaction"), (delta.DeltaTable, "create"),
    (ledger.Ledger, "append"), (ledger.Ledger, "strike"), (Path, "unlink"),
    (writing.MonthFile, "close"), (writing.MonthFile, "write"),
):
    setattr(module, name, counted(getattr(module, name)))

orders(["warm"])
for line in sys.stdin:
    root, step, act = line.rstrip().split(" ", 2)
    child = os.fork()
    if not child:
        left = int(step)
        record = store.Record(Path(root), key=b"a key")
        exec(act)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

ACTS = {
    "load": "record.load(orders(names(40, 'new'), file='new.csv'))",
    "replace": "record.load(orders(names(41)))",
    "undo": "record.undo('1')",
    "compact": "record.compact()",
    "forget": "forget(record, 'customer-o3')",
}


@pytest.fixture(scope="module")
def forks() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CHILD, str(HERE)]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def run_to(forks: subprocess.Popen[str], root: Path, act: str, step: int) -> int:
    """Do an act in a process that dies at a step; return its exit code."""
    assert forks.stdin
    assert forks.stdout
    forks.stdin.write(f"{root} {step} {ACTS[act]}\n")
    forks.stdin.flush()
    return int(forks.stdout.readline())


def prepared(open_record: Callable[..., Record]) -> Record:
    record = open_record()
    record.load(orders(names(40)))
    record.load(orders(names(5, "p"), file="other.csv"))
    return record


BEFORE = sorted(names(40) + names(5, "p"))
AFTER = {
    "load": sorted([*BEFORE, *names(40, "new")]),
    "replace": sorted(names(41) + names(5, "p")),
    "undo": names(5, "p"),
    "compact": BEFORE,
    "forget": sorted(set(BEFORE) - {"o3"}),
}


def in_order(record: Record, act: str) -> None:
    """The record is as before the act or as after it; then finish it and look at everything."""
    seen = sorted(set(order_ids_of(record)))
    assert seen in (BEFORE, AFTER[act]), f"half of {act} is seen"
    record.load(orders(["next"], file="next.csv"))
    if act == "forget":
        forget(record, "customer-o3")
    seen = order_ids(record)
    assert seen in (sorted([*BEFORE, "next"]), sorted([*AFTER[act], "next"]))
    assert sum(load.rows_now("purchase") for load in record.ledger.state().visible) == len(seen)
    assert not list(record.ledger.running.iterdir())
    on_disk = {str(path) for path in record.root.glob("purchase/*/*.parquet")}
    kept = {load.load_id for load in record.loads() if load.status == "replaced"}
    shown = set(record.visible("purchase").files)
    assert {p for p in on_disk - shown if Path(p).name.split("-")[0] not in kept} == set()


def order_ids_of(record: Record) -> list[str]:
    """As `order_ids`, for a record whose counts a broken forgetting has not settled yet."""
    shown = record.visible("purchase")
    return [
        row["purchase_id"]
        for file in shown.files
        for row in pq.read_table(file, partitioning=None).to_pylist()
        if row["load_id"] in shown.load_ids
    ]


@pytest.mark.parametrize("act", ACTS)
def test_killed_at_each_step(
    open_record: Callable[..., Record], act: str, tmp_path: Path, forks: subprocess.Popen[str]
) -> None:
    record = prepared(open_record)
    saved = tmp_path / "saved"
    shutil.copytree(record.root, saved)
    for step in count(1):
        shutil.rmtree(record.root)
        shutil.copytree(saved, record.root)
        code = run_to(forks, record.root, act, step)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        in_order(open_record(), act)
    assert step > 4
    assert order_ids(open_record()) == AFTER[act]


@pytest.mark.parametrize("act", ACTS)
def test_killed_at_any_instant(open_record: Callable[..., Record], act: str) -> None:
    record = prepared(open_record)
    script = CHILD.replace("os.fork()", "0").replace("sys.stdin", "[sys.argv[2]]")
    line = f"{record.root} 0 {ACTS[act]}"
    child = subprocess.Popen([sys.executable, "-c", script, str(HERE), line])
    time.sleep(random.uniform(0.3, 1.2))
    child.kill()
    child.wait()
    in_order(open_record(), act)


def test_a_line_cut_short_does_not_count_and_is_cut_off(record: Record) -> None:
    record.load(orders(["a"]))
    with record.ledger.path.open("ab") as ledger:
        ledger.write(b'{"event": "undo", "load_id": "L000001", "rest')
    assert order_ids(record) == ["a"]
    record.load(orders(["b"], file="b.csv"))
    assert order_ids(record) == ["a", "b"]


SAME_FILE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_shop import names, orders
from rapport.record.store import Record
record = Record(Path(sys.argv[2]), key=b"a key")
sys.stdin.readline()
for n in range(4):
    mine = record.load(orders(names(30, f"{sys.argv[3]}-{n}-"), file=f"{sys.argv[3]}-{n}.csv"))
    both = record.load(orders(names(50, f"both-{n}-"), file=f"both-{n}.csv"))
    print(mine.status, both.status, flush=True)
"""


def test_two_processes_add_at_once_without_loss_or_doubles(record: Record) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", SAME_FILE, str(HERE), str(record.root), name],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    time.sleep(1.0)
    answers = []
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        answers.append([line.split() for line in out.splitlines()])
    one, two = answers
    assert [mine for mine, _ in one + two] == ["committed"] * 8
    for n in range(4):
        assert sorted([one[n][1], two[n][1]]) == ["committed", "repeat"]
    wanted = [f"{p}-{n}-{i}" for p in ("one", "two") for n in range(4) for i in range(30)]
    wanted += [f"both-{n}-{i}" for n in range(4) for i in range(50)]
    assert order_ids(record) == sorted(wanted)
    assert not list(record.ledger.running.iterdir())


def test_the_very_same_file_at_the_very_same_time(open_record: Callable[..., Record]) -> None:
    """The second of two loads of one file, begun before the first was committed, is a repeat."""
    other = open_record()

    def slowly() -> Iterator[Batch]:
        yield Batch(1, {"purchase": purchases(["a"])})
        other.load(same())
        yield Batch(1, {"purchase": purchases(["b"], first_row=3)})

    def same() -> Facts:
        return facts(
            [
                Batch(1, {"purchase": purchases(["a"])}),
                Batch(1, {"purchase": purchases(["b"], first_row=3)}),
            ]
        )

    record = open_record()
    mine = record.load(dataclasses.replace(same(), batches=slowly()))
    assert (mine.status, mine.load_id) == ("repeat", "L000002")
    assert order_ids(record) == ["a", "b"]
    assert not list(record.root.rglob("L000001*"))


def test_a_load_that_still_runs_is_not_swept(open_record: Callable[..., Record]) -> None:
    other = open_record()

    def batches() -> Iterator[Batch]:
        yield Batch(1, {"purchase": purchases(["a"])})
        other.load(orders(["x"], file="x.csv"))
        other.undo("2")
        other.compact()
        yield Batch(1, {"purchase": purchases(["b"], first_row=3)})

    record = open_record()
    load = record.load(dataclasses.replace(orders(["?"]), batches=batches()))
    assert (load.load_id, load.rows) == ("L000001", {"purchase": 2})
    assert order_ids(record) == ["a", "b"]


def test_readers_see_whole_loads_while_others_write(record: Record) -> None:
    """A load is 60 rows over two months: a reader sees all of a load or nothing."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SAME_FILE.replace("30", "60").replace("50", "60"),
            str(HERE),
            str(record.root),
            "one",
        ],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin
    child.stdin.write("go\n")
    child.stdin.flush()
    looks = set()
    while child.poll() is None:
        with record.reading():
            found = len(order_ids(record))
        assert found % 60 == 0
        looks.add(found)
    _, err = child.communicate()
    assert child.returncode == 0, err
    assert len(looks) > 2
