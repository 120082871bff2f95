"""The surveys: Qualtrics with its three header rows, and a tablet in the stores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.questionnaire import ITEMS as QUESTIONS
from rapport.simulation.exports.cells import ints, local
from rapport.simulation.exports.delimited import Cells, Dialect, as_text, names, write_filled
from rapport.simulation.exports.view import cards, looked_up, micros, moments, places, where
from rapport.simulation.history import BRAND, ZONE, History
from rapport.simulation.schema_events import ITEMS

_START = names(
    "StartDate, EndDate, Status, IPAddress, Progress, Duration (in seconds), Finished",
    "RecordedDate, ResponseId, RecipientLastName, RecipientFirstName, RecipientEmail",
    "ExternalReference, LocationLatitude, LocationLongitude, DistributionChannel, UserLanguage",
)
QUALTRICS = (*_START, *(f"Q{number}" for number in range(1, len(ITEMS) + 1)))
STORE = (
    *names("Réponse, Date, Magasin, Langue"),
    *names("Satisfaction (1-5), Reviendrez-vous ? (1-5), Recommanderiez-vous ? (0-10)"),
    *(f"Affirmation {number} (1-5)" for number in range(1, 9)),
    "Commentaire",
)


def _wide(history: History, instrument: str) -> tuple[pa.Table, dict[str, pa.Array]]:
    """Return one row for each response, in the order of time, and its answers by item."""
    rows = where(history.answer, instrument=instrument)
    ids = rows.column("response_id").combine_chunks().dictionary_encode()
    of = np.asarray(ids.indices)
    first = np.full(len(ids.dictionary), -1)
    first[of[::-1]] = np.arange(len(of))[::-1]
    heads = rows.take(pa.array(first))
    answers = {}
    for item in ITEMS:
        mine = np.flatnonzero(np.asarray(pc.equal(rows.column("item"), item)))
        at = np.full(len(first), -1)
        at[of[mine]] = mine
        column = "text" if item == "comment" else "score"
        answers[item] = as_text(looked_up(rows, column, at))
    return heads, answers


def write_qualtrics(history: History, folder: Path) -> list[Path]:
    """Write the survey by e-mail: names, questions and import ids stand above the answers."""
    heads, answers = _wide(history, "relationship")
    known, at = cards(history, "qualtrics", heads.column("person_id"), heads.column("answered_on"))
    seconds = ints(heads.column("seconds"))
    start = moments(micros(heads.column("answered_on")) - seconds * 1_000_000)
    done = local(heads.column("answered_on"), "%Y-%m-%d %H:%M:%S", ZONE)
    cells: dict[str, Cells] = {
        "StartDate": local(start, "%Y-%m-%d %H:%M:%S", ZONE),
        "EndDate": done,
        "Status": "IP Address",
        "Progress": "100",
        "Duration (in seconds)": seconds,
        "Finished": "True",
        "RecordedDate": done,
        "ResponseId": heads.column("response_id"),
        "RecipientLastName": looked_up(known, "last_name", at),
        "RecipientFirstName": looked_up(known, "first_name", at),
        "RecipientEmail": looked_up(known, "email", at),
        "ExternalReference": looked_up(known, "card_id", at),
        "DistributionChannel": "email",
        "UserLanguage": pc.utf8_upper(heads.column("language")),
    }
    cells |= {f"Q{number}": answers[item] for number, item in enumerate(ITEMS, start=1)}
    asked = [question for question in QUESTIONS if not question.several]
    labels = [*_LABELS, *(question.asked("fr", BRAND) for question in asked)]
    imports = [json.dumps({"ImportId": name}) for name in _import_ids()]
    table: dict[str, Cells] = {
        name: pa.array([label, code, *_filled(cells.get(name, ""), heads.num_rows)], pa.string())
        for name, label, code in zip(QUALTRICS, labels, imports, strict=True)
    }
    path = folder / "surveys" / "Relationship survey_qualtrics.csv"
    return write_filled(path, QUALTRICS, table, Dialect())


def _filled(cells: Cells, rows: int) -> list[str]:
    return [cells] * rows if isinstance(cells, str) else as_text(cells).to_pylist()


_LABELS = names(
    "Start Date, End Date, Response Type, IP Address, Progress, Duration (in seconds), Finished",
    "Recorded Date, Response ID, Recipient Last Name, Recipient First Name, Recipient Email",
    "External Data Reference, Location Latitude, Location Longitude, Distribution Channel",
    "User Language",
)


def _import_ids() -> list[str]:
    own = {"Duration (in seconds)": "duration", "ResponseId": "_recordId"}
    start = [own.get(name, name[0].lower() + name[1:]) for name in _START]
    return [*start, *(f"QID{number}" for number in range(1, len(ITEMS) + 1))]


def write_store(history: History, folder: Path) -> list[Path]:
    """Write the tablet's answers: in French, nobody named, some questions left out."""
    heads, answers = _wide(history, "store")
    at = places(history.store.column("store_id"), heads.column("store"))
    cells: dict[str, Cells] = {
        "Réponse": heads.column("response_id"),
        "Date": local(heads.column("answered_on"), "%d/%m/%Y %H:%M", ZONE),
        "Magasin": looked_up(history.store, "store_id", at),
        "Langue": heads.column("language"),
    }
    asked = [name for name in STORE if name not in cells]
    cells |= {name: answers[item] for name, item in zip(asked, ITEMS, strict=True)}
    path = folder / "surveys" / "enquete_magasins.csv"
    return write_filled(path, STORE, cells, Dialect(";", "\r\n", encoding="utf-8-sig"))
