"""The drop folder: a file is taken when it is whole, and moved away when it is in the record.

A file counts as whole when it has not grown between two looks and nobody has it open for writing
(on Linux the system tells; elsewhere it must rest for longer). If it grows all the same while it is
read, its load is taken back and it waits again.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rapport.adding import Added, add
from rapport.errors import Fault, Problem
from rapport.pipeline import open_record
from rapport.workspace import Workspace, write_whole

DONE, FAILED = "done", "failed"
REST = 0.25  # seconds in which a file must not grow
LONG_REST = 3.0  # where the system does not tell who writes
_UNFINISHED = (
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".tmp",
    ".temp",
    ".swp",
    ".filepart",
)

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a dropped file: "done" or "failed"; its loads, and why not."""

    name: str
    what: str
    moved_to: Path
    added: Added


class Inbox:
    """A folder whose files go into the record.

    Parameters
    ----------
    workspace
        The brand's folder.
    folder
        Where files are dropped; it is made.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workspace, self.folder, self.clock = workspace, folder, clock
        self._looked: dict[str, tuple[Stamp, float]] = {}
        try:
            for each in (folder, folder / DONE, folder / FAILED):
                each.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            hint = "Choose another folder under [listening] or with --folder."
            fault = Fault(f"{error.strerror}.", str(folder), hint)
            raise Problem("The drop folder could not be made.", [fault]) from None

    def ready(self) -> list[Path]:
        """Return the files that are whole, the oldest first."""
        now, found = self.clock(), []
        there: dict[str, tuple[Stamp, float]] = {}
        for path in self._files():
            with suppress(OSError):
                stamp = _stamp(path)
                before = self._looked.get(path.name)
                since = before[1] if before and before[0] == stamp else now
                there[path.name] = (stamp, since)
                rested = now - since
                if rested >= REST and _is_let_go(path, rested):
                    found.append((stamp[1], path))
        self._looked = there
        return [path for _, path in sorted(found)]

    def waiting(self) -> bool:
        """Return whether a file lies there that is not whole yet."""
        return bool(self._looked)

    def take(self, path: Path, loaded: Callable[[], None] = lambda: None) -> Taken | None:
        """Load a file and move it away; None when it grew meanwhile and waits again.

        `loaded` is called when its rows count and before it is moved: a process that dies there
        finds the file again, and the record knows its content.
        """
        try:
            before = _stamp(path)
            added = add(self.workspace, [path], confirm=lambda _: False, overlap="keep")
            grew = _stamp(path) != before
        except Problem as problem:
            if not path.exists():
                return None  # somebody took it away again
            faults = problem.faults or (Fault(problem.summary, path.name),)
            added, grew = Added(refused=tuple(faults)), False
        except OSError:
            return None
        if grew:
            record = open_record(self.workspace)
            for load in added.loads:
                if load.status == "committed":
                    record.undo(load.load_id)
            self._looked.pop(path.name, None)
            return None
        loaded()
        return self._moved(path, added)

    def _moved(self, path: Path, added: Added) -> Taken:
        failed = bool(added.refused) or not added.loads
        place = self.folder / (FAILED if failed else DONE)
        target = _free(place / path.name)
        if failed:
            reasons = [str(fault) for fault in added.refused]
            reasons = reasons or ["No answer of Rapport needs this file."]
            if added.loads:
                loads = ", ".join(load.load_id for load in added.loads)
                reasons.append(f"Parts of it were loaded: {loads}.")
            text = "\n".join(reasons) + "\n"
            beside = target.with_name(f"{target.name}.why.txt")
            write_whole(beside, text.encode("utf-8", "replace"))
        path.replace(target)
        self._looked.pop(path.name, None)
        return Taken(path.name, FAILED if failed else DONE, target, added)

    def _files(self) -> list[Path]:
        with os.scandir(self.folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.is_file(follow_symlinks=False)
                and not entry.name.startswith((".", "~"))
                and not entry.name.casefold().endswith(_UNFINISHED)
            ]


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _free(path: Path) -> Path:
    """Return a path that is not taken, with a number before the ending."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _is_let_go(path: Path, rested: float) -> bool:
    """Return whether nobody has a file open for writing, as far as the system tells."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return rested >= LONG_REST
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return False
    except OSError:
        return rested >= LONG_REST  # somebody else's file, or a disk that knows no leases
    finally:
        os.close(descriptor)
    return True
