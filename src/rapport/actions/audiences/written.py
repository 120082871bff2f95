"""When each list was written, for whom, and where: a line for each time."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rapport.workspace import write_whole

LOG = "audiences/writings.jsonl"
"""Where the list of writings is, from the workspace on."""


@dataclass(frozen=True, slots=True)
class Writing:
    """One time that a list was written.

    Parameters
    ----------
    name
        The audience.
    day
        The day for which it was written.
    to
        The format: "crm" or a network.
    rows
        How many rows it had.
    file
        Where it was put.
    """

    name: str
    day: dt.date
    to: str
    rows: int
    file: str


def writings(folder: Path) -> list[Writing]:
    """Return every time that a list was written, first come first; lines that are damaged not.

    Parameters
    ----------
    folder
        `audiences/` of the workspace.
    """
    path = folder / "writings.jsonl"
    if not path.is_file():
        return []
    found = []
    for line in path.read_text("utf-8").splitlines():
        try:
            told = json.loads(line)
            day = dt.date.fromisoformat(told["day"])
            found.append(
                Writing(str(told["name"]), day, str(told["to"]), int(told["rows"]), told["file"])
            )
        except (ValueError, TypeError, KeyError):
            continue
    return found


def note(folder: Path, writing: Writing) -> None:
    """Add one time that a list was written.

    Examples
    --------
    >>> import tempfile
    >>> here = Path(tempfile.mkdtemp())
    >>> note(here, Writing("win-back", dt.date(2026, 1, 1), "crm", 3, "a.csv"))
    >>> [each.rows for each in writings(here)]
    [3]
    """
    known = [*writings(folder), writing]
    lines = [json.dumps(asdict(each) | {"day": each.day.isoformat()}, ensure_ascii=False)
             for each in known]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "writings.jsonl", ("\n".join(lines) + "\n").encode())
