"""A plain table of survey responses: our questionnaire in any tool, or the answers of a form."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pyarrow.compute as pc

from rapport.questionnaire import ITEMS, header_patterns
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.mending import mended
from rapport.sources.reading import TableFile
from rapport.sources.responses import (
    answer_fields,
    answers,
    instrument_of,
    no_answer,
    questions,
)
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "survey"
VERSION = 1
# When a response was sent, as Google Forms and Microsoft Forms call it: English, French, German,
# Spanish, Swedish.
_SENT = (
    *("Timestamp", "Horodateur", "Zeitstempel", "Marca temporal", "Tidstämpel"),
    *("Completion time", "Heure de fin", "Fertigstellungszeit", "Hora de finalización"),
    *("Slutförandetid", "Submitted At", "Submit Date (UTC)", "Date Submitted"),
)
_WHO: dict[str, Aliases] = {
    "response": (
        *("Response ID", "ResponseId", "Respondent ID", "Réponse", "N° réponse", "N° de réponse"),
        *("ID de réponse", "Antwort-ID", "ID", "Id", "#"),
    ),
    "email": (
        *("Email Address", "Email", "E-mail", "Adresse e-mail", "Courriel", "Username"),
        *("Nom d'utilisateur", "Adresse de messagerie", "E-Mail-Adresse", "Nutzername"),
        *("Dirección de correo electrónico", "E-postadress", "Correo electrónico"),
    ),
    "name": ("Name", "Nom", "Nom complet", "Full name", "Nombre", "Namn"),
    "external": (
        *("External reference", "ExternalReference", "Customer ID", "Référence client"),
        *("N° client", "Id client", "Kundennummer", "Número de cliente", "Kundnummer"),
    ),
    "card": (
        *("Loyalty card", "Loyalty card number", "Carte de fidélité", "N° carte de fidélité"),
        *("Numéro de carte", "Kundenkarte", "Tarjeta de fidelidad", "Card number"),
    ),
    "phone": ("Phone", "Phone number", "Téléphone", "Telefon", "Teléfono"),
    "language": ("Language", "Langue", "Sprache", "Idioma", "Språk"),
}
# What forms write beside the answers.
_LEFT = re.compile(
    r"(?i)start time|last modified time|heure de début|heure de dernière modification|startzeit"
    r"|start date \(utc\)|stage date \(utc\)"
    r"|hora de inicio|starttid|network id|score|ip address|browser|points ?[-–].*"
)
_OURS: Aliases = (
    "any question of ours",
    *(pattern for item in ITEMS if item.high or item.several for pattern in header_patterns(item)),
    re.compile(r"(?i)(overall )?satisfaction( globale)?\s*(\(\d.*\d\))?|csat|nps"),
)
_QUESTION: Aliases = (
    "any question?",
    re.compile(r".{3,}\?\s*(\[.*\]|\(.*\))?"),
)


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    recipe = _recipe(file, header)
    when = header["answered_on"]

    def plain_offsets(rows: pa.Table) -> pa.Table:
        """Write the offset of Google Forms, GMT+2, as ISO 8601 does."""
        said = rows.column(when)
        if not pc.any(pc.match_substring_regex(said, r"(GMT|UTC)[+-]\d")).as_py():
            return rows
        one = pc.replace_substring_regex(said, r" ?(?:GMT|UTC)([+-])(\d{1,2})$", r"\1\2:00")
        two = pc.replace_substring_regex(one, r"([+-])(\d):00$", r"\10\2:00")
        return rows.set_column(rows.column_names.index(when), when, two)

    return facts_of(mended(file, plain_offsets), recipe, settings, now)


def _recipe(file: TableFile, header: Header) -> Recipe:
    """Return how the responses are read: in a form every other column is a question."""
    known = {name: column for name, column in header.items() if name != "asked"}
    form = "sent" in known
    others = [n for n in file.names if n not in set(known.values()) and not _LEFT.fullmatch(n)]
    found = questions((name, name) for name in others)
    asked = tuple(one for one in found if one.ours or form or one.column.strip().endswith("?"))
    kinds: dict[str, Kind] = {
        "response": "identifier",
        "email": "text",
        "name": "text",
        "external": "identifier",
        "card": "identifier",
        "phone": "text",
        "language": "text",
    }
    fields = fields_in(known, {"answered_on": "time"}, required=["answered_on"])
    fields += fields_in(known, kinds)
    left = [one.column for one in found if one not in asked]
    notes = (f"Not taken over: {', '.join(left)}.",) if left else ()
    return Recipe(
        SOURCE,
        VERSION,
        (*fields, *answer_fields(asked)),
        (known["response"],) if "response" in known else (),
        answers(asked, instrument_of(file.name)),
        by_line="response" not in known,
        rules=(no_answer(asked),),
        notes=notes,
    )


SYSTEM = System(
    SOURCE,
    "A survey",
    "survey",
    (
        Shape(
            name="form",
            title="Responses to a form of Google or Microsoft",
            grain="one response",
            tables=("answer", "account", "identifier"),
            columns={"answered_on": _SENT, "sent": _SENT, **_WHO, "asked": _QUESTION},
            needs=("answered_on", "asked"),
            where="Google Forms › Responses › Link to Sheets or Download responses (.csv)",
            since="2014",
            checked="the documented columns; German, Spanish and Swedish from translations",
            facts=_facts,
        ),
        Shape(
            name="responses",
            title="Responses to a survey in a plain table",
            grain="one response",
            tables=("answer", "account", "identifier"),
            columns={
                "answered_on": (
                    *_SENT,
                    *("Date", "Datum", "Fecha", "Date de réponse", "Response date"),
                    *("answered_on", "Submission date", "Completed at"),
                ),
                **_WHO,
                "asked": _OURS,
            },
            needs=("answered_on", "asked"),
            where="any survey tool, with our questionnaire: rapport questionnaire",
            since="2026",
            checked="our own questionnaire",
            facts=_facts,
        ),
    ),
)
