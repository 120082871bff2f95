"""Labels that a workspace's own people gave to its messages: kept safely, without any text."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rapport.errors import Fault, Problem
from rapport.listening.heads import KINDS, SENTIMENTS
from rapport.workspace import write_whole

FILE = "labels.jsonl"
_LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody says that one message is.

    Parameters
    ----------
    message_id
        Of the table `messages`.
    sentiment
        One of SENTIMENTS, towards the brand; empty for a message that was passed over.
    kinds
        Any of KINDS.
    irony
        Whether it is meant the other way round.
    importance
        How gladly the message was chosen when it was labelled: its chance of being chosen is in
        proportion to it.
    given_on
        When, UTC.
    """

    message_id: str
    sentiment: str
    kinds: tuple[str, ...] = ()
    irony: bool = False
    importance: float = 1.0
    given_on: str = ""

    @property
    def is_passed_over(self) -> bool:
        """True for a message that nobody wanted to judge."""
        return not self.sentiment

    def to_line(self) -> str:
        """Return it as a line of the file."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def label_of(told: dict[str, Any]) -> Label:
    """Return a label from what was stored; raises ValueError when it is not one."""
    kinds = tuple(told["kinds"])
    if told["sentiment"] not in ("", *SENTIMENTS) or not set(kinds) <= set(KINDS):
        raise ValueError(told)
    return Label(
        str(told["message_id"]), told["sentiment"], kinds, bool(told["irony"]),
        float(told["importance"]), str(told["given_on"]),
    )  # fmt: skip


def utc_now() -> str:
    """Return the time, to the second, UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0).isoformat()


class Labels:
    """The labels of a workspace: one file that only grows, each line on the disk before the next.

    Parameters
    ----------
    folder
        `labels/` of the workspace.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE

    def all(self) -> dict[str, Label]:
        """Return the newest label of each message.

        Raises
        ------
        Problem
            If a line is damaged that is not the last one, which a crash may have cut.
        """
        try:
            lines = self.path.read_bytes().decode("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return {}
        found: dict[str, Label] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                label = label_of(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):
                    break
                hint = "Bring it back from a backup, or take the line out."
                fault = Fault("It does not hold a label.", f"{self.path}:{number}", hint)
                raise Problem("The labels are damaged.", [fault]) from error
            found.pop(label.message_id, None)
            found[label.message_id] = label
        return found

    def given(self) -> list[Label]:
        """Return the labels of messages that were judged, in the order they were given."""
        return [label for label in self.all().values() if not label.is_passed_over]

    def add(self, labels: Iterable[Label]) -> None:
        """Keep labels; when this returns they are on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            file.truncate(_whole(file))  # what a crash cut short was never promised to be kept
            file.write("".join(label.to_line() for label in labels).encode())
            file.flush()
            os.fsync(file.fileno())

    def keep(self, wanted: Callable[[str], bool]) -> int:
        """Drop the labels of messages that are not wanted, for good; returns how many."""
        every = self.all()
        kept = [label for label in every.values() if wanted(label.message_id)]
        dropped = len(every) - len(kept)
        if dropped:
            write_whole(self.path, "".join(label.to_line() for label in kept).encode())
        return dropped

    def fingerprint(self) -> str:
        """Return a digest of all labels; empty without any."""
        if not self.path.is_file():
            return ""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:32]


def _whole(file: Any) -> int:
    """Return how many bytes of a file are whole lines."""
    size = int(file.seek(0, os.SEEK_END))
    file.seek(max(size - _LONGEST_LINE, 0))
    tail: bytes = file.read()
    return size - (len(tail) - (tail.rfind(b"\n") + 1))
