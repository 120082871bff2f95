"""The disk refuses: said in plain words, nothing accepted is lost, nothing half is seen."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_shop import MARCH, names, order_ids, orders

from rapport.errors import Problem
from rapport.record.store import Record

HERE = Path(__file__).parent


def hard_to_pack(seed: str) -> list[str]:
    return [hashlib.sha256(f"{seed}{n}".encode()).hexdigest() for n in range(20_000)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (not root)")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    record = Record(small_disk / "record", key=b"a key")
    record.load(orders(["a"], file="a.csv"))
    full = "b.csv was not loaded; the record is as it was.\n  - .*The disk is full. Free some space"
    for attempt in range(3):
        with pytest.raises(Problem, match=full):
            record.load(orders(hard_to_pack(f"{attempt}"), file="b.csv", step_hours=0))
        assert order_ids(record) == ["a"]
    assert not list(record.root.rglob("L000002*"))
    record.load(orders(["c"], file="c.csv"))
    assert order_ids(record) == ["a", "c"]


def test_a_disk_filled_by_others_stops_at_any_byte(small_disk: Path) -> None:
    """Whatever is left of the disk, a load counts wholly or not at all."""
    record = Record(small_disk / "record", key=b"a key")
    record.load(orders(["a"], file="a.csv"))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    refused, told = 0, set()
    known = ["a"]
    for n in range(40):
        os.truncate(filler, filler.stat().st_size - 4096)
        try:
            record.load(orders([f"b{n}"], file=f"b{n}.csv"))
            known.append(f"b{n}")
        except Problem as problem:
            told.add(problem.faults[0].what)
            refused += 1
        assert order_ids(record) == sorted(known)
    assert told == {"The disk is full."}
    assert refused > 1
    assert len(known) > 1


LIMITED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_shop import orders
from rapport.errors import Problem
from rapport.record.store import Record
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    record = Record(Path(sys.argv[2]), key=b"a key")
    ids = [f"{n * 7919 % 1000003:x}" for n in range(60_000)]
    record.load(orders(ids, file="b.csv", step_hours=0))
except Problem as problem:
    print(problem)
"""


def test_a_limit_on_files_is_said(record: Record) -> None:
    record.load(orders(["a"], file="a.csv"))
    command = [sys.executable, "-c", LIMITED, str(HERE), str(record.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "A file would grow beyond what is allowed here." in done.stdout
    assert order_ids(record) == ["a"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Make a folder one that cannot be written, for root too."""
    bound: list[Path] = []

    def lock(place: Path) -> None:
        for options in (["--bind", str(place), str(place)], ["-o", "remount,ro,bind", str(place)]):
            if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
                pytest.skip("a read-only place cannot be mounted here (not root)")
            if place not in bound:
                bound.append(place)

    yield lock
    for place in bound:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_record_that_can_only_be_read_is_read(
    record: Record, read_only: Callable[[Path], None]
) -> None:
    record.load(orders(["a"]))
    read_only(record.root)
    with record.reading():
        assert order_ids(record) == ["a"]
    assert record.load(orders(["a"])).status == "repeat"
    for act in (
        lambda: record.load(orders(["b"], file="b.csv")),
        lambda: record.undo("1"),
        record.compact,
    ):
        with pytest.raises(Problem, match="This place can only be read"):
            act()
    assert order_ids(record) == ["a"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; see the read-only test")
def test_no_right_to_write_is_said(record: Record) -> None:
    record.root.mkdir()
    record.root.chmod(0o500)
    with pytest.raises(Problem, match="You may not write here"):
        record.load(orders(["a"]))


def test_no_right_to_write_is_said_to_root_too(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(Problem, match=r"You may not write here\. Ask for the right to"):
        record.load(orders(["a"]))


def test_a_file_in_the_place_of_the_record_is_said(record: Record) -> None:
    record.root.write_text("I am a file")
    with pytest.raises(Problem, match="A file stands where a folder should be"):
        record.load(orders(["a"]))


def test_a_damaged_ledger_is_said_with_its_line(record: Record) -> None:
    record.load(orders(["a"]))
    with record.ledger.path.open("ab") as ledger:
        ledger.write(b"what is this\n")
    with pytest.raises(Problem, match=r"ledger\.jsonl, line 2: This line is not an event"):
        record.loads()


def test_many_months_do_not_need_many_open_files(record: Record) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        record.load(orders(names(400), start=MARCH.replace(year=1971), step_hours=24 * 30))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert record.visible("purchase").rows == 400
