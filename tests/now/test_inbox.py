"""The drop folder: whole files only, each moved away with what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from now.conftest import said
from rapport.pipeline import open_record
from rapport.watching.inbox import Inbox, Taken
from rapport.workspace import Workspace


@pytest.fixture
def inbox(settings: Callable[[str], Workspace]) -> Inbox:
    workspace = settings("")
    return Inbox(workspace, workspace.root / "inbox")


def taken(inbox: Inbox, seconds: float = 5.0) -> list[Taken]:
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        for path in inbox.ready():
            each = inbox.take(path)
            found += [each] if each else []
        if not inbox.waiting() and not list(inbox.folder.glob("*.csv")):
            break
        time.sleep(0.05)
    return found


def rows(inbox: Inbox) -> int:
    return open_record(inbox.workspace).visible("activity").rows


def test_a_file_is_loaded_and_moved_to_done(inbox: Inbox) -> None:
    (inbox.folder / "said.csv").write_text(said(("1", "ann", "hello")))
    (done,) = taken(inbox)
    assert (done.what, done.moved_to) == ("done", inbox.folder / "done" / "said.csv")
    assert done.moved_to.is_file()
    assert rows(inbox) == 1
    (inbox.folder / "said.csv").write_text(said(("2", "ann", "hello again")))
    (second,) = taken(inbox)
    assert second.moved_to.name == "said-2.csv"
    assert rows(inbox) == 2


def test_a_file_that_cannot_be_read_is_moved_to_failed_with_the_reason(inbox: Inbox) -> None:
    (inbox.folder / "riddle.csv").write_text("foo,bar\n1,2\n")
    (inbox.folder / "empty.csv").write_text("")
    (inbox.folder / "said.csv").write_text(said(("1", "ann", "hello")))
    found = {each.name: each for each in taken(inbox)}
    assert {name: each.what for name, each in found.items()} == {
        "riddle.csv": "failed",
        "empty.csv": "failed",
        "said.csv": "done",
    }
    for name in ("riddle.csv", "empty.csv"):
        why = inbox.folder / "failed" / f"{name}.why.txt"
        assert name in why.read_text()
        assert (inbox.folder / "failed" / name).is_file()
    assert not list(inbox.folder.glob("*.csv"))


def test_a_file_that_is_still_written_is_left_alone(inbox: Inbox) -> None:
    whole = said(*((str(n), "ann", f"message {n}") for n in range(200)))
    half = whole[: len(whole) // 2]
    path = inbox.folder / "said.csv"
    with path.open("w") as file:
        file.write(half)
        file.flush()
        assert taken(inbox, 1.2) == []
        file.write(whole[len(half) :])
    (done,) = taken(inbox)
    assert rows(inbox) == 200
    assert done.added.loads[0].rows_in == 200


def test_a_file_that_grows_while_it_is_read_is_read_again_whole(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rapport.watching import inbox as module

    whole = said(*((str(n), "ann", f"message {n}") for n in range(20)))
    lines = whole.splitlines(keepends=True)
    path = inbox.folder / "said.csv"
    path.write_text("".join(lines[:5]))
    real, grown = module.add, []

    def add_and_grow(*given: object, **more: object) -> object:
        added = real(*given, **more)  # type: ignore[arg-type]
        if not grown:
            grown.append(path.write_text(whole))
        return added

    monkeypatch.setattr(module, "add", add_and_grow)
    (done,) = taken(inbox)
    assert rows(inbox) == 20
    assert done.added.loads[0].rows_in == 20
    loads = open_record(inbox.workspace).loads()
    assert [load.status for load in loads] == ["undone", "committed"]


def test_what_is_not_meant_is_left_lying(inbox: Inbox) -> None:
    for name in (".hidden.csv", "~lock.csv", "said.csv.part", "said.crdownload", "said.tmp"):
        (inbox.folder / name).write_text(said(("1", "ann", "hello")))
    (inbox.folder / "folder").mkdir()
    (inbox.folder / "link").symlink_to("/etc/passwd")
    time.sleep(0.4)
    assert inbox.ready() == []


def test_a_name_that_looks_like_a_path_stays_inside(inbox: Inbox) -> None:
    name = "said ..\\..\\x;rm -rf $(x) é.csv"
    (inbox.folder / name).write_text(said(("1", "ann", "hello")))
    (done,) = taken(inbox)
    assert done.moved_to.parent == inbox.folder / "done"
    assert done.moved_to.is_file()


def test_rolling_exports_of_one_name_add_up(inbox: Inbox) -> None:
    for start in (0, 5, 10):
        rows_now = ((str(n), "ann", f"message {n}") for n in range(start, start + 10))
        when = said(*rows_now)
        (inbox.folder / "said.csv").write_text(when)
        (done,) = taken(inbox)
        assert done.what == "done"
    from rapport.watching import news

    ids = [f"forum:{n}" for n in range(20)]
    assert set(news.messages(open_record(inbox.workspace), ids)) == set(ids)


def test_where_it_cannot_be_made_it_is_said(settings: Callable[[str], Workspace]) -> None:
    from rapport.errors import Problem

    workspace = settings("")
    (workspace.root / "inbox").write_text("a file")
    with pytest.raises(Problem, match="drop folder"):
        Inbox(workspace, Path(workspace.root / "inbox"))
