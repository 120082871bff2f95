"""What the record keeps of who is who: people's ids, and what somebody decided about them.

It stands in `record/people/` and not in the results, so that deleting those changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.record.mentions import is_theirs
from rapport.record.person import Person
from rapport.workspace import write_whole

Account = tuple[str, str]
Verb = Literal["link", "unlink"]

IDS = pa.schema(
    [
        ("source", pa.string()),
        ("account_id", pa.string()),
        ("person_id", pa.string()),
        ("since", pa.int64()),
    ]
)
OWN = re.compile(r"#\d+$")
"""What tells a person's id from that of another who was named after the same account."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided: two sets of accounts (source and id) are one person, or are not."""

    number: int
    verb: Verb
    left: tuple[Account, ...]
    right: tuple[Account, ...]
    decided_on: str

    def to_line(self) -> str:
        """Return it as a line of the file."""
        told = {
            "n": self.number,
            "on": self.decided_on,
            "verb": self.verb,
            "left": self.left,
            "right": self.right,
        }
        return json.dumps(told, ensure_ascii=False) + "\n"

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Decision:
        """Return the decision that `to_line` wrote."""
        left, right = (
            tuple((str(source), str(account)) for source, account in told[side])
            for side in ("left", "right")
        )
        return cls(int(told["n"]), told["verb"], left, right, str(told["on"]))


class Kept:
    """The folder of who is who.

    Parameters
    ----------
    record
        The folder of the record.
    """

    def __init__(self, record: Path) -> None:
        self.folder = record / "people"
        self._ids = self.folder / "ids.parquet"
        self._decisions = self.folder / "decisions.jsonl"

    def ids(self) -> pa.Table:
        """Return source, account_id, person_id and since (the run that first gave that id)."""
        if not self._ids.is_file():
            return IDS.empty_table()
        return pq.read_table(self._ids, schema=IDS)

    def keep_ids(self, ids: pa.Table) -> None:
        """Replace the ids whole; where they are the same, nothing is written."""
        rows = ids.select(IDS.names).cast(IDS)
        if rows.equals(self.ids()):
            return
        stream = io.BytesIO()
        pq.write_table(rows, stream, compression="zstd", write_statistics=False)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._ids, stream.getvalue())

    def decisions(self) -> tuple[Decision, ...]:
        """Return every decision, first to last; a line that a crash cut off does not count."""
        try:
            text = self._decisions.read_text("utf-8")
        except FileNotFoundError:
            return ()
        whole = text[: text.rfind("\n") + 1]
        return tuple(Decision.from_dict(json.loads(line)) for line in whole.splitlines() if line)

    def decide(self, verb: Verb, left: Sequence[Account], right: Sequence[Account]) -> Decision:
        """Add a decision, which stands once its line is on the disk."""
        number = max((each.number for each in self.decisions()), default=0) + 1
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        made = Decision(number, verb, tuple(left), tuple(right), now)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._cut()
        with self._decisions.open("ab") as file:
            file.write(made.to_line().encode())
            file.flush()
            os.fsync(file.fileno())
        return made

    def _cut(self) -> None:
        """Cut off a line without its end."""
        if not self._decisions.is_file():
            return
        content = self._decisions.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            write_whole(self._decisions, content[:whole])

    def fingerprint(self) -> str:
        """Return a digest that changes with the decisions."""
        lines = "".join(each.to_line() for each in self.decisions())
        return hashlib.sha256(lines.encode()).hexdigest()

    def forget(self, person: Person) -> int:
        """Take a person's accounts out of ids and decisions; returns how many rows went.

        Others who bear an id that was made of one of these accounts get one made of their own.
        """
        return self._forget_ids(person) + self._forget_decisions(person)

    def _forget_ids(self, person: Person) -> int:
        ids = self.ids()
        if not ids.num_rows:
            return 0
        theirs = is_theirs(person, ids)
        left = ids.filter(pa.compute.invert(theirs))
        gone = {f"{source}:{account}" for source, account in person.accounts}
        new: dict[str, str] = {}
        named = []
        for row in left.to_pylist():
            old = row["person_id"]
            if OWN.sub("", old) in gone:
                old = new.setdefault(old, f"{row['source']}:{row['account_id']}")
            named.append(old)
        self.keep_ids(left.set_column(2, "person_id", pa.array(named, pa.string())))
        return int(ids.num_rows - left.num_rows)

    def _forget_decisions(self, person: Person) -> int:
        before = self.decisions()
        after = []
        for each in before:
            left, right = (_without(side, person.accounts) for side in (each.left, each.right))
            if left and right:
                after.append(Decision(each.number, each.verb, left, right, each.decided_on))
        if after == list(before):
            return 0
        write_whole(self._decisions, "".join(each.to_line() for each in after).encode())
        return len(before) - len(after)


def _without(side: Iterable[Account], gone: Iterable[Account]) -> tuple[Account, ...]:
    names = set(gone)
    return tuple(account for account in side if account not in names)
