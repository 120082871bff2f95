"""Responses of surveys become answers, whichever tool asked, and say who gave them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import Gathered, gather, settings, written

from rapport.questionnaire import CHOICES, INTRODUCTION, ITEMS
from rapport.sources.registry import recognise


def names_in(text: str) -> list[str]:
    return next(csv.reader([text]))


NAMES = names_in(
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,"
    "ResponseId,RecipientLastName,RecipientFirstName,RecipientEmail,ExternalReference,"
    "LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage"
)
LABELS = names_in(
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,"
    "Recorded Date,Response ID,Recipient Last Name,Recipient First Name,Recipient Email,"
    "External Data Reference,Location Latitude,Location Longitude,Distribution Channel,"
    "User Language"
)
IMPORTS = names_in(
    "startDate,endDate,status,ipAddress,progress,duration,finished,recordedDate,_recordId,"
    "recipientLastName,recipientFirstName,recipientEmail,externalDataReference,locationLatitude,"
    "locationLongitude,distributionChannel,userLanguage"
)
MATRIX = "How much do you agree? - Alizé\nkeeps its promises."
EXTRA = [
    ("Q1", "Overall, how satisfied are you with Alizé?", "QID1"),
    ("Q2_1", MATRIX, "QID2_1"),
    ("Q3", "What would you like to tell us?", "QID3_TEXT"),
    ("Q4", "How old are you?", "QID4"),
    ("Q1_First Click", "Timing - First Click", "QID9_FIRST_CLICK"),
    ("loyalty_card", "loyalty_card", "loyalty_card"),
    ("utm", "utm", "utm"),
]


def sheet(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def response(number: str, *answers: str, **more: str) -> list[str]:
    cells = {
        "StartDate": "2026-05-01 09:58:00",
        "EndDate": "2026-05-01 10:00:00",
        "Status": "IP Address",
        "IPAddress": "192.0.2.1",
        "Progress": "100",
        "Duration (in seconds)": "120",
        "Finished": "True",
        "RecordedDate": "2026-05-01 10:00:01",
        "ResponseId": number,
        "DistributionChannel": "email",
        "UserLanguage": "FR",
    } | more
    return [cells.get(name, "") for name in NAMES] + list(answers)


def import_row(zone: str) -> list[str]:
    dated = {"startDate", "endDate", "recordedDate"}
    return [
        json.dumps({"ImportId": code} | ({"timeZone": zone} if code in dated else {}))
        for code in (*IMPORTS, *(code for _, _, code in EXTRA))
    ]


def qualtrics(rows: list[list[str]], zone: str = "America/Denver") -> str:
    names = [*NAMES, *(name for name, _, _ in EXTRA)]
    labels = [*LABELS, *(label for _, label, _ in EXTRA)]
    return sheet([names, labels, import_row(zone), *rows])


GOLDEN = [
    response(
        *("R_1", "Very satisfied", "4", "Rien à dire, merci\nà vous", "41", "3.2", "fid 01", "x"),
        RecipientEmail="Ana@Example.fr",
        RecipientLastName="Lopez",
        RecipientFirstName="Ana",
        ExternalReference="C7",
    ),
    response("R_2", "2", "", "", "", "", "", ""),
    response("R_3", "5", "5", "", "", "", "", "", Status="Survey Preview"),
    response("R_4", "5", "5", "", "", "", "", "", Status="Spam"),
    response("R_5", "5", "", "", "", "", "", "", Finished="False", Progress="40"),
    response("R_6", "", "", "", "", "9", "", ""),
    response("R_2", "2", "", "", "", "", "", ""),
]


def told(found: Gathered) -> list[tuple[Any, ...]]:
    columns = ("respondent", "instrument", "item", "score", "text")
    return sorted(tuple(row[name] for name in columns) for row in found.tables["answer"])


def test_qualtrics_one_response_is_many_answers(tmp_path: Path) -> None:
    path = written(tmp_path, qualtrics(GOLDEN), "Spring survey_May 5, 2026_10.22.csv")
    found = gather(path, settings(None))
    assert found.facts.source == "qualtrics"
    assert found.rows == 7, "the three rows of header are no responses"
    assert told(found) == [
        ("R_1", "Spring survey", "How old are you?", 41.0, None),
        ("R_1", "rapport", "comment", None, "Rien à dire, merci\nà vous"),
        ("R_1", "rapport", "confidence_1", 4.0, None),
        ("R_1", "rapport", "satisfaction", 5.0, None),
        ("R_2", "rapport", "satisfaction", 2.0, None),
    ]
    assert [(row["source_row"], row["code"]) for row in found.aside] == [
        (6, "not_a_response"),
        (7, "not_a_response"),
        (8, "unfinished"),
        (9, "no_answer"),
        (10, "repeated_row"),
    ]
    answer = found.tables["answer"][0]
    assert answer["answered_on"] == dt.datetime(2026, 5, 1, 16, 0, 1, tzinfo=dt.UTC)
    assert answer["zone"] == "America/Denver", "the file says its zone in the import ids"
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert known == {
        ("R_1", "email", "ana@example.fr"),
        ("R_1", "external id", "C7"),
        ("R_1", "loyalty card", "FID01"),
        ("R_1", "name", "ana lopez"),
    }
    assert not any("192.0.2.1" in str(row) for rows in found.tables.values() for row in rows)


def test_qualtrics_numbers_for_what_is_no_response(tmp_path: Path) -> None:
    rows = [response(f"R_{n}", "3", *[""] * 6, Status=code, Finished="1")
            for n, code in enumerate(["0", "1", "2", "4", "8", "9", "12", "16", "17"])]  # fmt: skip
    rows.append(response("R_x", "3", *[""] * 6, Status="0", Finished="0"))
    found = gather(written(tmp_path, qualtrics(rows, "Z"), "s.csv"), settings(None))
    assert [row["respondent"] for row in found.tables["answer"]] == ["R_0", "R_3", "R_7"]
    assert dict(found.codes) == {"not_a_response": 6, "unfinished": 1}
    assert found.column("zone", "answer")[0] == "UTC"


def test_qualtrics_two_rows_of_header_of_the_old_tool(tmp_path: Path) -> None:
    names = ["V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "Q1_1", "Q2"]
    labels = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress",
              "IPAddress", "Status", "StartDate", "EndDate", "Finished",
              "I am proud to be a customer of Alizé.", "Which shop?"]  # fmt: skip
    row = ["R_9", "Default Response Set", "Lopez, Ana", "", "ana@b.fr", "192.0.2.1", "0",
           "2012-05-01 9:00:00", "2012-05-01 9:05:00", "1", "5", "Lyon"]  # fmt: skip
    found = gather(written(tmp_path, sheet([names, labels, row]), "old.csv"), settings(None))
    assert told(found) == [
        ("R_9", "old", "Which shop?", None, "Lyon"),
        ("R_9", "rapport", "pride_1", 5.0, None),
    ]
    assert found.aside == []


def test_qualtrics_in_tabs_and_utf_16(tmp_path: Path) -> None:
    names = [*NAMES, "Q1"]
    labels = [*LABELS, "Dans l’ensemble, quelle est votre satisfaction avec Maison Alizé ?"]
    imports = [*import_row("Europe/Paris")[: len(IMPORTS)], '{"ImportId":"QID1"}']
    text = sheet([names, labels, imports, response("R_1", "Très grande")], "\t")
    found = gather(written(tmp_path, text.encode("utf-16"), "s.tsv"), settings(None))
    assert told(found) == [("R_1", "rapport", "satisfaction", 5.0, None)]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_our_questionnaire_from_google_forms(tmp_path: Path, language: str) -> None:
    when, email = {"en": ("Timestamp", "Email Address"), "fr": ("Horodateur", "Adresse e-mail")}[
        language
    ]
    header, answers = [when, email], ["2026/05/01 3:04:05 PM GMT+2", "Bo@example.com"]
    for item in ITEMS:
        words = item.asked(language, "Maison Alizé")
        grid = item.code.split("_")[0] in ("confidence", "integrity", "pride", "passion")
        header.append(f"{INTRODUCTION[language]} [{words}]" if grid else words)
        labels = item.labels[language]
        if item.several:
            answers.append(f"{labels[3]}, {labels[0]}")
        else:
            answers.append(labels[3] if len(labels) == 5 else "9" if labels else "Merci !")
    header.append("How did you travel?" if language == "en" else "Comment êtes-vous venu ?")
    answers.append("Vélo")
    found = gather(written(tmp_path, sheet([header, answers]), "form.csv"), settings(None))
    ours = {row["item"]: row["score"] for row in found.tables["answer"]
            if row["instrument"] == "rapport"}  # fmt: skip
    fours = {item.code: 4.0 for item in ITEMS if item.high == 5}
    motives = dict.fromkeys(CHOICES, 0.0) | {"motive_help": 1.0, "motive_saving": 1.0}
    assert ours == fours | motives | {"recommend": 9.0, "comment": None}
    assert found.tables["answer"][0]["answered_on"] == dt.datetime(
        2026, 5, 1, 13, 4, 5, tzinfo=dt.UTC
    )
    assert {row["respondent"] for row in found.tables["answer"]} == {"bo@example.com"}
    assert [row["kind"] for row in found.tables["identifier"]] == ["email"]
    other = [r for r in found.tables["answer"] if r["instrument"] == "form"]
    assert [row["text"] for row in other] == ["Vélo"]


def test_microsoft_forms_in_french(tmp_path: Path) -> None:
    header = ["ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom",
              "Recommanderiez-vous Alizé à un ami ?", "Votre boutique ?"]  # fmt: skip
    rows = [["1", "13/05/2026 10:00:00", "13/05/2026 10:02:00", "anonymous", "", "10", "Lyon"]]
    found = gather(written(tmp_path, sheet([header, *rows], ";"), "f.csv"), settings(None))
    assert told(found) == [
        ("1", "f", "Votre boutique ?", None, "Lyon"),
        ("1", "rapport", "recommend", 10.0, None),
    ]
    assert "account" not in found.tables, "nobody is named"


def test_a_tablet_in_the_store_with_short_names(tmp_path: Path) -> None:
    header = ["Réponse", "Date", "Magasin", "Langue", "Satisfaction (1-5)",
              "Reviendrez-vous ? (1-5)", "Recommanderiez-vous ? (0-10)",
              *(f"Affirmation {n} (1-5)" for n in range(1, 9)), "Commentaire"]  # fmt: skip
    rows = [
        ["T1", "13/05/2026 10:00", "S1", "fr", "5", "4", "10", *"12345123", ""],
        ["T2", "14/05/2026 10:00", "S1", "fr", "9", "", "", *[""] * 8, "À voir"],
        ["T3", "", "S1", "fr", "5", "", "", *[""] * 8, ""],
    ]
    found = gather(written(tmp_path, sheet([header, *rows], ";"), "tablette.csv"), settings(None))
    scores = {row["item"]: row["score"] for row in found.tables["answer"]
              if row["respondent"] == "T1"}  # fmt: skip
    assert scores == {
        "satisfaction": 5, "return": 4, "recommend": 10, "confidence_1": 1, "confidence_2": 2,
        "integrity_1": 3, "integrity_2": 4, "pride_1": 5, "pride_2": 1, "passion_1": 2,
        "passion_2": 3,
    }  # fmt: skip
    off = [row for row in found.tables["answer"] if row["respondent"] == "T2"]
    assert [(row["item"], row["score"], row["text"]) for row in off] == [
        ("comment", None, "À voir"),
        ("satisfaction", None, "9"),
    ], "what is off the scale is kept as it was written, and is no score"
    assert dict(found.codes) == {"missing_answered_on": 1}
    assert "Not taken over: Magasin." in found.facts.notes


def test_a_table_of_orders_with_remarks_is_no_survey(tmp_path: Path) -> None:
    text = "Date,Order,Amount,Comment\n2026-05-01,1,10,ok\n"
    assert recognise(written(tmp_path, text, "o.csv"), settings(None)).source != "survey"
