"""SurveyMonkey: two rows of header (questions, then what each column answers), a response a row.

A question with several columns is named above the first of them alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.reading import TableFile
from rapport.sources.responses import (
    answer_fields,
    answers,
    instrument_of,
    no_answer,
    questions,
)
from rapport.sources.rows import ROW, RawRows
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "surveymonkey"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "response": ("Respondent ID", "RespondentID"),
    "collector": ("Collector ID", "CollectorID"),
    "answered_on": ("End Date", "EndDate", "Date Modified", "Start Date", "StartDate"),
    "start": ("Start Date", "StartDate", "Date Created"),
    "ip": "IP Address",
    "email": "Email Address",
    "first": ("First Name", "FirstName"),
    "last": ("Last Name", "LastName"),
    "external": ("Custom Data 1", "CustomData"),
}
_UNNAMED = re.compile(r"column \d+")
# What the second row says where a question has one column.
_PLAIN = {"", "response", "open-ended response"}
_KINDS: dict[str, Kind] = {
    "response": "identifier",
    "email": "text",
    "first": "text",
    "last": "text",
    "external": "identifier",
}


def _second_row(file: TableFile, header: Header) -> dict[str, str]:
    """Return the second row of the header; empty where the first row is a response already."""
    rows = file.sample(1).to_pylist()
    if not rows or str(rows[0][header["response"]] or "").strip():
        return {}
    return {name: str(cell or "").strip() for name, cell in rows[0].items()}


def _asked(file: TableFile, header: Header, labels: dict[str, str]) -> list[tuple[str, str]]:
    """Return the columns of answers, each with its question and what it answers of it."""
    known, question, found = set(header.values()), "", []
    for name in file.names:
        question = question if _UNNAMED.fullmatch(name) else name
        if name in known or question in known:
            continue
        label = labels.get(name, "")
        words = question if label.casefold() in _PLAIN else f"{question} - {label}"
        found.append((name, words))
    return found


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    labels = _second_row(file, header)
    asked = questions(_asked(file, header, labels))
    fields = fields_in(header, {"answered_on": "time"}, required=["answered_on"])
    fields += fields_in(header, _KINDS, required=["response"])
    recipe = Recipe(
        SOURCE,
        VERSION,
        (*fields, *answer_fields(asked)),
        (header["response"],),
        answers(asked, instrument_of(file.name)),
        by_line=False,
        rules=(no_answer(asked),),
        usual_dates="month-first",
    )
    return facts_of(_below(file) if labels else file, recipe, settings, now)


def _below(file: TableFile) -> TableFile:
    """Return the file without the second row of its header."""
    (above,) = file.sample(1)[ROW].to_pylist()

    def rows() -> Iterator[RawRows]:
        for part in file.rows():
            kept = pc.not_equal(part.table.column(ROW), pa.scalar(above, pa.int64()))
            yield RawRows(part.table.filter(kept), part.aside)

    return replace(file, made=rows)


SYSTEM = System(
    SOURCE,
    "SurveyMonkey",
    "survey",
    (
        Shape(
            name="responses",
            title="Responses to a survey of SurveyMonkey",
            grain="one response",
            tables=("answer", "account", "identifier"),
            columns=_COLUMNS,
            needs=("response", "collector", "answered_on"),
            where="SurveyMonkey › Analyze Results › Save As › Export file › All responses › CSV",
            since="2014",
            checked="headers in open-source importers; not seen in a real file",
            facts=_facts,
        ),
    ),
)
