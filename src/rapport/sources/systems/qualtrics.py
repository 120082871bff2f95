"""Qualtrics: three rows of header (names, questions, import ids), then one response a row.

What was begun and not finished, and what was a preview, a test or spam, is set aside. Addresses on
the net, places and times spent on pages are not taken over.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import available_timezones

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.json_text import parse_json
from rapport.sources.loading import Recipe, Rule, facts_of
from rapport.sources.reading import TableFile
from rapport.sources.responses import (
    answer_fields,
    answers,
    instrument_of,
    no_answer,
    questions,
)
from rapport.sources.rows import ROW, RawRows, trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "qualtrics"
VERSION = 1
# The names of the first row, then the English labels of the second, which stand first in the
# files of the old tool.
_COLUMNS: dict[str, Aliases] = {
    "start": ("StartDate", "Start Date"),
    "end": ("EndDate", "End Date"),
    "recorded": ("RecordedDate", "Recorded Date"),
    "status": ("Status", "Response Type"),
    "finished": "Finished",
    "progress": "Progress",
    "response": ("ResponseId", "ResponseID", "Response ID"),
    "set": "ResponseSet",
    "last": ("RecipientLastName", "Recipient Last Name"),
    "first": ("RecipientFirstName", "Recipient First Name"),
    "name": ("Name", "Recipient Name"),
    "email": ("RecipientEmail", "Recipient Email", "EmailAddress"),
    "external": (
        *("ExternalReference", "External Data Reference", "ExternalDataReference"),
        "External Reference",
    ),
    "ip": ("IPAddress", "IP Address"),
    "seconds": ("Duration (in seconds)", "Duration"),
    "latitude": ("LocationLatitude", "Location Latitude"),
    "longitude": ("LocationLongitude", "Location Longitude"),
    "accuracy": ("LocationAccuracy", "Location Accuracy"),
    "distribution": ("DistributionChannel", "Distribution Channel"),
    "language": ("UserLanguage", "User Language"),
}
_CARD = re.compile(r"(?i)(loyalty|card|carte|fidelit|fidélit).*|.*(loyalty card|carte de fid).*")
# Not answers: times and clicks on a page, order of display, the browser, scores, groups of NPS.
_INNER = re.compile(
    r"(?i).*(first.click|last.click|page.submit|click.count|_do(_.*)?|nps.group|_browser"
    r"|_version|_operating.system|_resolution|_screen.*|_topics|_sentiment.*)"
    r"|sc\d+|sc_[a-z0-9]+|q_.*"
)
_NOT_REAL = re.compile(r"(?i)preview|test|spam|aperçu|vorschau|vista previa|förhandsgranskning")
# 1 and 2 are a preview and a test, 8 spam, 16 was gathered without a net (Qualtrics, Understanding
# Your Dataset); sums are both.
_NOT_REAL_CODES = ("1", "2", "8", "9", "12", "17", "40")
_IMPORT = '{"ImportId"'


def _header_rows(file: TableFile) -> tuple[list[int], Mapping[str, str], Mapping[str, str]]:
    """Return which rows are header still, the words of each column, and what it is inside."""
    rows = file.sample(3).to_pylist()
    imports = next((n for n, row in enumerate(rows) if _is_import(row)), None)
    if imports is None:
        return [], {}, {}
    above = [int(row[ROW]) for row in rows[max(imports - 1, 0) : imports + 1]]
    words = rows[imports - 1] if imports else {}
    inside = {name: _import_id(str(cell)) for name, cell in rows[imports].items()}
    return above, {name: str(text) for name, text in words.items()}, inside


def _is_import(row: Mapping[str, object]) -> bool:
    return any(str(cell).replace(" ", "").startswith(_IMPORT) for cell in row.values())


def _import_id(cell: str) -> str:
    try:
        found = parse_json(cell)
    except ValueError:
        return ""
    return str(found.get("ImportId", "")) if isinstance(found, dict) else ""


def _zone(file: TableFile) -> str | None:
    """Return the zone that the import ids name; every date of a file is in the same."""
    for row in file.sample(3).to_pylist():
        found = re.search(r'"timeZone"\s*:\s*"([^"]+)"', " ".join(map(str, row.values())))
        if found:
            return "UTC" if found[1] in ("Z", "UTC") else _known(found[1])
    return None


def _known(zone: str) -> str | None:
    return zone if zone in available_timezones() else None


def _below(file: TableFile, above: list[int]) -> TableFile:
    """Return the file without the rows that are header."""
    if not above:
        return file

    def rows() -> Iterator[RawRows]:
        for part in file.rows():
            header = pc.is_in(part.table.column(ROW), pa.array(above, pa.int64()))
            yield RawRows(part.table.filter(pc.invert(header)), part.aside)

    return replace(file, made=rows)


def _rules(header: Header) -> tuple[Rule, ...]:
    found = []
    if "status" in header:

        def not_real(rows: pa.Table) -> pa.ChunkedArray:
            said = trimmed(rows.column(header["status"]))
            coded = pc.is_in(said, pa.array(_NOT_REAL_CODES))
            return pc.or_(coded, pc.match_substring_regex(said, _NOT_REAL.pattern))

        found.append(
            Rule(
                "not_a_response",
                "It is no customer's response: a preview, a test or spam.",
                not_real,
            )
        )
    if "finished" in header:

        def unfinished(rows: pa.Table) -> pa.ChunkedArray:
            said = pc.utf8_lower(trimmed(rows.column(header["finished"])))
            return pc.is_in(said, pa.array(["false", "0", "faux", "falsch", "falso", "falskt"]))

        found.append(Rule("unfinished", "The response was begun and not finished.", unfinished))
    return tuple(found)


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    above, words, inside = _header_rows(file)
    recipe = _recipe(file, header, words, inside)
    return facts_of(_below(file, above), recipe, settings, now)


def _recipe(
    file: TableFile, header: Header, words: Mapping[str, str], inside: Mapping[str, str]
) -> Recipe:
    """Return how the responses are read, given the words of each column and its import id."""
    known = set(header.values())
    card = next((n for n in file.names if _CARD.fullmatch(n) and n not in known), None)
    columns = [
        (name, words.get(name) or name)
        for name in file.names
        if name not in known and name != card and _asks(name, inside)
    ]
    asked = questions(columns)
    kinds: dict[str, Kind] = {
        "response": "identifier",
        "email": "text",
        "external": "identifier",
        "first": "text",
        "last": "text",
        "name": "text",
        "language": "text",
        "card": "identifier",
    }
    when = next(name for name in ("recorded", "end", "start") if name in header)
    places = {**header, "answered_on": header[when]} | ({"card": card} if card else {})
    fields = fields_in(places, {"answered_on": "time"}, required=["answered_on"])
    fields += fields_in(places, kinds, required=["response"])
    return Recipe(
        SOURCE,
        VERSION,
        (*fields, *answer_fields(asked)),
        (header["response"],),
        answers(asked, instrument_of(file.name)),
        by_line=False,
        rules=(*_rules(header), no_answer(asked)),
        time_zone=_zone(file),
        usual_dates="month-first",
        notes=("Addresses on the net, places and page times are not taken over.",),
    )


def _asks(name: str, inside: Mapping[str, str]) -> bool:
    """Say whether a column is a question: by its import id where the file has them."""
    if _INNER.fullmatch(name) or _INNER.fullmatch(inside.get(name, "")):
        return False
    return not inside or inside[name].startswith("QID")


SYSTEM = System(
    SOURCE,
    "Qualtrics",
    "survey",
    (
        Shape(
            name="responses",
            title="Responses to a survey of Qualtrics",
            grain="one response",
            tables=("answer", "account", "identifier"),
            columns=_COLUMNS,
            needs=("response", "end", "finished"),
            where="Qualtrics › Data & Analysis › Export & Import › Export Data › CSV",
            since="2017; the old tool's two rows of header since 2010",
            checked="the documented columns and headers in open-source importers",
            facts=_facts,
        ),
    ),
)
