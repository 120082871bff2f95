"""Locks that the operating system lets go when a process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the one lock of `path`, waiting for whoever holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """A file that says that a process is at work for as long as it lives.

    The file may outlast its process; `is_live` then tells that nobody holds it any more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = _take(path)

    def release(self) -> None:
        """Let go and leave the file, for others to see that work was left behind."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def end(self) -> None:
        """Let go and remove the file: nothing was left behind."""
        if self._descriptor is not None:
            self.path.unlink(missing_ok=True)
        self.release()


def _take(path: Path) -> int:
    """Create and lock a lease; another process may clear it away between the two, so look again."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(descriptor)


def is_live(path: Path) -> bool:
    """Return whether a process holds the lease at `path`."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def reader_lease(folder: Path) -> Iterator[None]:
    """Say for the length of the block that files are being read; see `has_readers`.

    Who may not write in the folder cannot say so, and reads all the same.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lease = Lease(folder / f"{os.getpid()}-{secrets.token_hex(4)}")
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lease.end()


def has_readers(folder: Path) -> bool:
    """Return whether a process is reading; what dead readers left is cleared away."""
    found = False
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if is_live(path):
            found = True
        else:
            path.unlink(missing_ok=True)
    return found
