"""Labelling in a spreadsheet: a file out, the same file filled in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.errors import Fault, Problem, nearest
from rapport.tables import defused
from rapport.workspace import write_whole

if TYPE_CHECKING:
    from rapport.listening.trust.labels import Label

_ABOUT = ("message_id", "text", "channel", "day", "language")
_CHANCE = "importance"
_IRONY, _SENTIMENT = "irony", "sentiment"
_LONGEST = 5000  # characters of a message, so that no cell overflows
_SAID = {
    "negative": "negative", "neg": "negative", "n": "negative", "-": "negative", "-1": "negative",
    "négatif": "negative", "negatif": "negative", "négative": "negative",
    "neutral": "neutral", "neu": "neutral", "0": "neutral", "neutre": "neutral", "m": "neutral",
    "positive": "positive", "pos": "positive", "p": "positive", "+": "positive", "1": "positive",
    "positif": "positive", "+1": "positive",
}  # fmt: skip
_YES = {"x", "1", "yes", "y", "oui", "o", "true", "vrai", "✓", "✔"}
_NO = {"", "0", "no", "n", "non", "false", "faux", "-"}


@dataclass(slots=True)
class Read:
    """What a file held: labels, and rows that nobody filled in."""

    labels: list[Label] = field(default_factory=list)
    empty: int = 0


def write_file(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages with empty columns for their labels; no text can act as a formula."""
    from rapport.listening.heads import KINDS

    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow([*_ABOUT, _SENTIMENT, *KINDS, _IRONY, _CHANCE])
    for row in rows:
        about = [defused(_cell(row[name])) for name in _ABOUT]
        writer.writerow([*about, *[""] * (len(KINDS) + 2), f"{row[_CHANCE]:.6f}"])
    try:
        write_whole(path, b"\xef\xbb\xbf" + told.getvalue().encode("utf-8", "replace"))
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(path), "Name a file in a folder you may write to.")
        raise Problem("Nothing was written.", [fault]) from error


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("\0", " ")[:_LONGEST]


def read_file(path: Path, there: Callable[[list[str]], set[str]]) -> Read:
    """Return the labels of a file; raises Problem with every fault, each with its row.

    Parameters
    ----------
    path
        As `write_file` wrote it, filled in; commas, semicolons and tabs part columns alike.
    there
        Returns which of some ids are ids of messages.
    """
    rows = _rows(path)
    ids = [row.get("message_id", "").strip() for row in rows]
    known = there([form for each in ids for form in (each, each.removeprefix("'")) if form])
    faults: list[Fault] = []
    read = Read()
    for number, row in enumerate(rows, start=2):
        label = _label(row, f"{path}:{number}", known, faults)
        if label is None:
            read.empty += 1
        else:
            read.labels.append(label)
    if faults:
        raise Problem("No label was kept.", faults)
    return read


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(path), "Name the file that was filled in.")
        raise Problem("No label was kept.", [fault]) from error
    except UnicodeDecodeError as error:
        fault = Fault("It is not UTF-8.", str(path), "Save it as CSV UTF-8.")
        raise Problem("No label was kept.", [fault]) from error
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    missing = [c for c in ("message_id", _SENTIMENT) if c not in (reader.fieldnames or ())]
    if missing:
        hint = "Begin from a file of 'rapport label --export'."
        faults = [Fault(f"There is no column '{each}'.", str(path), hint) for each in missing]
        raise Problem("No label was kept.", faults)
    return [{str(k): v or "" for k, v in row.items() if isinstance(v, str)} for row in reader]


def _label(row: Mapping[str, str], at: str, known: set[str], faults: list[Fault]) -> Label | None:
    """Return the label of a row; None when it is not filled in."""
    from rapport.listening.heads import KINDS
    from rapport.listening.trust.labels import Label, utc_now

    said = row[_SENTIMENT].strip().removeprefix("'").casefold()
    marks = {name: row.get(name, "").strip().casefold() for name in (*KINDS, _IRONY)}
    if not said and not any(mark not in _NO for mark in marks.values()):
        return None
    before = len(faults)
    message = row["message_id"].strip()
    message = message if message in known else message.removeprefix("'")
    if message not in known:
        hint = "Leave the column message_id as it was."
        faults.append(Fault(f"'{message[:60]}' is no message here.", at, hint))
    if said not in _SAID:
        hint = nearest(said, ["negative", "neutral", "positive"]) if said else "Fill it in."
        faults.append(Fault(f"'{said}' is not a sentiment.", at, hint))
    for name, mark in marks.items():
        if mark not in _YES | _NO:
            faults.append(Fault(f"'{mark}' is not clear under {name}.", at, "Write x or nothing."))
    if len(faults) > before:
        return None
    kinds = tuple(kind for kind in KINDS if marks[kind] in _YES)
    irony = marks[_IRONY] in _YES
    return Label(message, _SAID[said], kinds, irony, _importance(row, at, faults), utc_now())


def _importance(row: Mapping[str, str], at: str, faults: list[Fault]) -> float:
    told = row.get(_CHANCE, "").strip().replace(",", ".")
    try:
        found = float(told) if told else 1.0
    except ValueError:
        found = -1.0
    if not 0 < found < 1000:
        hint = "Leave the column importance as it was."
        faults.append(Fault(f"'{told[:20]}' is not a number of ours.", at, hint))
    return found
