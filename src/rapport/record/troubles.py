"""What the disk refuses, said in plain words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from rapport.errors import Fault, Problem

_WORDS = {
    errno.ENOSPC: ("The disk is full.", "Free some space and try again."),
    errno.EDQUOT: ("The disk quota is used up.", "Free some space and try again."),
    errno.EFBIG: ("A file would grow beyond what is allowed here.", "Raise the limit (ulimit -f)."),
    errno.EROFS: ("This place can only be read.", "Choose a workspace you may write to."),
    errno.EACCES: ("You may not write here.", "Ask for the right to, or choose another workspace."),
    errno.EPERM: ("You may not write here.", "Ask for the right to, or choose another workspace."),
    errno.ENOTDIR: ("A file stands where a folder should be.", "Move it out of the way."),
}
_FROM_BACKUP = "Bring it back from a backup, or add the files to a new workspace."


@contextmanager
def plain_words(root: Path, summary: str) -> Iterator[None]:
    """Turn what the disk refuses into a Problem that begins with `summary`."""
    try:
        yield
    except (OSError, DeltaError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        what, hint = disk_words(error)
        raise Problem(summary, [Fault(what, str(root), hint)]) from error
    except (duckdb.InvalidInputException, pa.ArrowInvalid) as error:
        if ".parquet" not in str(error):
            raise
        fault = Fault(f"A file is damaged: {_first_line(error)}.", str(root), _FROM_BACKUP)
        raise Problem(summary, [fault]) from error


def disk_words(error: Exception) -> tuple[str, str]:
    """Return what the disk refused, and what to do."""
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        number = next((known for known in _WORDS if _is(known, str(error))), None)
    if number in _WORDS:
        return _WORDS[number]
    if "No files found" in str(error):
        return f"A file is missing: {_first_line(error)}.", _FROM_BACKUP
    return f"{_first_line(error)}.", "Try again; what was there still is."


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _is(number: int, message: str) -> bool:
    """Return whether a message of Rust or of DuckDB tells of this error of the system."""
    return f"os error {number})" in message or os.strerror(number) in message
