"""Questions with several answers, as survey tools export them: one cell, or a column a choice."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.sources.helpers import Gathered, gather, settings, written

from rapport.questionnaire import BY_CODE, CHOICES

EN, FR = (BY_CODE["motives"].labels[language] for language in ("en", "fr"))
ASKED = BY_CODE["motives"].asked("en", "Alizé")
DEMANDE = BY_CODE["motives"].asked("fr", "Alizé")


def sheet(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def chose(found: Gathered) -> dict[str, set[str]]:
    """Return what each respondent chose, by the codes; only of those with scores."""
    told: dict[str, set[str]] = {}
    for row in found.tables["answer"]:
        if row["item"].startswith("motive_") and row["score"] is not None:
            assert row["instrument"] == "rapport"
            chosen = told.setdefault(row["respondent"], set())
            if row["score"]:
                chosen.add(row["item"].removeprefix("motive_"))
    return told


def texts(found: Gathered) -> list[tuple[str, str, str]]:
    return [
        (row["respondent"], row["item"], row["text"])
        for row in found.tables["answer"]
        if row["text"] is not None
    ]


@pytest.mark.parametrize("sign", [";", ", ", " | ", "\n", "; "])
@pytest.mark.parametrize(("asked", "labels"), [(ASKED, EN), (DEMANDE, FR)])
def test_one_cell_with_what_was_chosen(
    tmp_path: Path, sign: str, asked: str, labels: tuple[str, ...]
) -> None:
    rows = [
        ["Timestamp", "Email Address", asked, "Overall, how satisfied are you with Alizé?"],
        ["2026/05/01 3:04:05 PM GMT+2", "a@b.fr", sign.join((labels[4], labels[0])), "5"],
        ["2026/05/01 3:05:05 PM GMT+2", "b@b.fr", labels[7], "4"],
        ["2026/05/01 3:06:05 PM GMT+2", "c@b.fr", "", "4"],
        ["2026/05/01 3:07:05 PM GMT+2", "d@b.fr", sign.join((labels[3], "Other: the tea")), "4"],
        ["2026/05/01 3:08:05 PM GMT+2", "e@b.fr", "1" + sign + "4", "4"],
        ["2026/05/01 3:09:05 PM GMT+2", "f@b.fr", labels[2] + sign, "4"],
    ]
    found = gather(written(tmp_path, sheet(rows), "form.csv"), settings(None))
    assert chose(found) == {
        "a@b.fr": {"self_expression", "help"},
        "b@b.fr": {"none"},
        "d@b.fr": {"saving"},
        "f@b.fr": {"belonging"},
    }, "what was skipped, and numbers of an order that nobody knows, are no answers"
    kept = {who: text for who, item, text in texts(found) if item == "motives"}
    assert kept == {"d@b.fr": "Other: the tea", "e@b.fr": "1, 4"}


def test_accents_and_capitals_lost_on_the_way(tmp_path: Path) -> None:
    rows = [
        ["Date", "Response ID", "Que venez vous chercher chez Alize ?"],
        ["2026-05-01", "1", "DES ECONOMIES;la compagnie de gens comme moi"],
        ["2026-05-02", "2", "Une facon d'agir pour une bonne cause;Saving money"],
    ]
    found = gather(written(tmp_path, sheet(rows), "s.csv"), settings(None))
    assert found.facts.source == "survey"
    assert chose(found) == {"1": {"saving", "belonging"}, "2": {"doing_good", "saving"}}


def test_typeform_gives_each_choice_a_column_of_its_name(tmp_path: Path) -> None:
    rows = [
        ["#", "How likely are you to recommend Alizé to a friend?", *EN, "Other",
         "Start Date (UTC)", "Submit Date (UTC)", "Network ID"],
        ["t1", "9", EN[0], "", "", EN[3], "", "", "", "", "", "2026-05-01 10:00:00",
         "2026-05-01 10:01:00", "n"],
        ["t2", "3", *[""] * 7, EN[7], "", "2026-05-01 10:00:00", "2026-05-01 10:01:00", "n"],
        ["t3", "3", *[""] * 8, "the tea", "2026-05-01 10:00:00", "2026-05-01 10:01:00", "n"],
    ]  # fmt: skip
    found = gather(written(tmp_path, sheet(rows), "responses.csv"), settings(None))
    assert chose(found) == {"t1": {"help", "saving"}, "t2": {"none"}}
    first = [row for row in found.tables["answer"] if row["respondent"] == "t1"]
    assert {row["item"] for row in first} == {"recommend", *CHOICES}, "what was not chosen is 0"


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("Yes", "No"), ("Oui", "Non"), ("TRUE", "")])
def test_a_column_a_choice_with_yes_and_no(tmp_path: Path, yes: str, no: str) -> None:
    rows = [
        ["Response ID", "Date submitted", *(f"{DEMANDE} [{label}]" for label in FR[:7])],
        ["1", "2026-05-01 10:00:00", no, yes, no, no, no, no, yes],
        ["2", "2026-05-01 11:00:00", *[no] * 7],
        ["3", "2026-05-01 12:00:00", yes, "3", *[no] * 5],
    ]
    found = gather(written(tmp_path, sheet(rows), "lime.csv"), settings(None))
    told = {"1": {"information", "doing_good"}, "2": set(), "3": {"help"}}
    assert chose(found) == told if no else {"1": told["1"], "3": told["3"]}
    assert texts(found) == [("3", "motive_information", "3")]


def test_qualtrics_split_into_columns_or_not(tmp_path: Path) -> None:
    start = ["StartDate", "EndDate", "Finished", "RecordedDate", "ResponseId"]
    imports = ['{"ImportId":"startDate"}', '{"ImportId":"endDate"}', '{"ImportId":"finished"}',
               '{"ImportId":"recordedDate"}', '{"ImportId":"_recordId"}']  # fmt: skip
    when = ["2026-05-01 09:58:00", "2026-05-01 10:00:00", "True", "2026-05-01 10:00:01"]
    split = [
        [*start, *(f"Q12_{n}" for n in range(1, 9))],
        [*start, *(f"{ASKED} - Selected Choice - {label}" for label in EN)],
        [*imports, *(f'{{"ImportId":"QID12_{n}"}}' for n in range(1, 9))],
        [*when, "R_1", EN[0], "", "", "", "", EN[5], "", ""],
        [*when, "R_2", "", "1", "", "", "", "", "", ""],
        [*when, "R_3", *[""] * 7, EN[7]],
    ]
    found = gather(written(tmp_path, sheet(split), "split.csv"), settings(None))
    assert found.facts.source == "qualtrics"
    told = {"R_1": {"help", "being_heard"}, "R_2": {"information"}, "R_3": {"none"}}
    assert chose(found) == told
    whole = [
        [*start, "Q12"],
        [*start, f"{ASKED} - Selected Choice"],
        [*imports, '{"ImportId":"QID12"}'],
        [*when, "R_1", f"{EN[0]},{EN[5]}"],
        [*when, "R_2", EN[1]],
        [*when, "R_3", EN[7]],
    ]
    again = gather(written(tmp_path, sheet(whole), "whole.csv"), settings(None))
    assert chose(again) == told


def test_surveymonkey_names_a_question_above_its_first_column(tmp_path: Path) -> None:
    first = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address",
             "Email Address", "First Name", "Last Name", "Custom Data 1",
             "Overall, how satisfied are you with Alizé?", "How much do you agree?", "",
             ASKED, *[""] * 8, "What would you like to tell us?"]  # fmt: skip
    second = [*[""] * 9, "Response", "Alizé keeps its promises.",
              "I can trust Alizé with a problem.", *EN, "Other (please specify)",
              "Open-Ended Response"]  # fmt: skip
    when = ["05/13/2026 09:58:00 AM", "05/13/2026 10:00:00 AM", "192.0.2.1"]
    rows = [
        ["118001", "44", *when, "a@b.fr", "Ana", "Lopez", "C7", "Very satisfied", "Agree", "",
         EN[0], "", "", EN[3], *[""] * 4, "the tea", "Merci"],
        ["118002", "44", *when, "", "", "", "", "2", "", "", *[""] * 7, EN[7], "", ""],
        ["118003", "44", *when, "", "", "", "", "3", "", "", *[""] * 9, ""],
    ]  # fmt: skip
    found = gather(written(tmp_path, sheet([first, second, *rows]), "Spring.csv"), settings(None))
    assert found.facts.source == "surveymonkey"
    assert found.rows == 3
    assert chose(found) == {"118001": {"help", "saving"}, "118002": {"none"}}
    ours = {row["item"]: row["score"] for row in found.tables["answer"]
            if row["respondent"] == "118001" and not row["item"].startswith("motive_")
            and row["instrument"] == "rapport"}  # fmt: skip
    assert ours == {"satisfaction": 5.0, "confidence_1": 4.0, "comment": None, "motives": None}
    assert ("118001", "motives", "the tea") in texts(found), "what is not ours to score is kept"
    known = {(row["kind"], row["value"]) for row in found.tables["identifier"]}
    assert known == {("email", "a@b.fr"), ("external id", "C7"), ("name", "ana lopez")}
    assert not any("192.0.2.1" in str(row) for rows in found.tables.values() for row in rows)


def test_one_column_of_such_a_name_is_not_ours(tmp_path: Path) -> None:
    rows = [
        ["Timestamp", "Email Address", "How old are you?", "Saving money"],
        ["2026/05/01 3:04:05 PM GMT+2", "a@b.fr", "41", "1"],
    ]
    found = gather(written(tmp_path, sheet(rows), "form.csv"), settings(None))
    assert {row["instrument"] for row in found.tables["answer"]} == {"form"}
