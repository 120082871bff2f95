"""Help desks: who asked, when somebody answered, and what cannot be known from a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import gather, settings, written

from rapport.errors import Problem
from rapport.sources.registry import recognise
from rapport.sources.systems.support_conversations import Threads

WAITS = (
    *("First reply time", "First resolution time", "Full resolution time", "Agent wait time"),
    *("Requester wait time", "On hold time"),
)
TICKETS = (
    *("Summation column", "Id", "Requester", "Requester id", "Requester external id"),
    *("Requester email", "Requester domain", "Submitter", "Assignee", "Group", "Subject", "Tags"),
    *("Status", "Priority", "Via", "Ticket type", "Created at", "Updated at", "Assigned at"),
    *("Organization", "Due date", "Initially assigned at", "Solved at", "Resolution time"),
    *("Satisfaction Score", "Group stations", "Assignee stations", "Reopens", "Replies"),
    *(f"{w} in minutes{b}" for w in WAITS for b in ("", " within business hours")),
    "Topic [list]",
)


def table(
    names: Sequence[str], rows: Sequence[Mapping[str, str]], delimiter: str = ",", above: str = ""
) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return above + out.getvalue()


def ticket(number: str, **more: str) -> dict[str, str]:
    cells = {
        "Summation column": "1",
        "Id": number,
        "Requester": "Ana Lopez",
        "Requester id": "396331237134",
        "Requester external id": "C7",
        "Requester email": "Ana@Example.fr",
        "Subject": "Colis perdu",
        "Status": "Closed",
        "Via": "Mail",
        "Ticket type": "Problem",
        "Created at": "2026-05-01 10:00",
        "Solved at": "2026-05-02 09:30",
        "Resolution time": "24",
        "Satisfaction Score": "Good",
        "Reopens": "1",
        "Replies": "2",
        "First reply time in minutes": "95",
        "First reply time in minutes within business hours": "35",
    }
    return cells | {key.replace("_", " "): value for key, value in more.items()}


ROWS = [
    ticket("1"),
    ticket("2", Satisfaction_Score="Offered", Solved_at="", Status="Open", Via="Web form")
    | {"First reply time in minutes": "0", "Requester id": "7", "Requester email": ""},
    ticket("3", Status="Deleted"),
    ticket("4", Satisfaction_Score="Bad", Via="X (formerly Twitter)")
    | {"First reply time in minutes": "", "Requester id": ""},
    ticket("5", Satisfaction_Score="Not Offered"),
    ticket("1"),
    ticket("6") | {"Created at": "", "Requester id": "3.96331E+11"},
]


def test_zendesk_tickets(tmp_path: Path) -> None:
    found = gather(written(tmp_path, table(TICKETS, ROWS), "export.csv"), settings(None))
    assert found.facts.source == "zendesk"
    assert dict(found.codes) == {"deleted": 1, "repeated_row": 1, "missing_opened_on": 1}
    rows = {row["ticket_id"]: row for row in found.tables["ticket"]}
    one = rows["1"]
    assert one["opened_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert one["first_human_answer_on"] == dt.datetime(2026, 5, 1, 9, 35, tzinfo=dt.UTC), (
        "the customer's clock, not that of the firm's hours"
    )
    assert one["solved_on"] == dt.datetime(2026, 5, 2, 7, 30, tzinfo=dt.UTC)
    assert (one["channel"], one["rating"], one["reopened"]) == ("email", "good", 1)
    assert [rows[n]["rating"] for n in "245"] == [None, "bad", None], "an offer is no rating"
    assert rows["2"]["first_human_answer_on"] is None, "a trigger answered within the minute"
    assert rows["4"]["first_human_answer_on"] is None
    assert rows["4"]["account_id"] == "ana@example.fr"
    assert [rows[n]["channel"] for n in "24"] == ["web", "x"]
    [said] = [row for row in found.tables["activity"] if row["object_id"] == "1"]
    assert (said["verb"], said["text"]) == ("Create", "Colis perdu")
    known = {(r["kind"], r["value"]) for r in found.tables["identifier"]
             if r["account_id"] == "396331237134"}  # fmt: skip
    assert known == {("email", "ana@example.fr"), ("external id", "C7"), ("name", "ana lopez")}


PAGE: dict[str, Any] = {
    "tickets": [
        {
            "id": 35436,
            "created_at": "2026-05-01T08:00:00Z",
            "requester_id": 20978392,
            "status": "solved",
            "subject": "Help",
            "description": "Help! Where is it?",
            "via": {"channel": "native_messaging"},
            "satisfaction_rating": {"id": 1, "score": "unoffered"},
        },
        {
            "id": 35437,
            "created_at": "2026-05-01T09:00:00Z",
            "requester_id": 1,
            "status": "open",
            "subject": None,
            "via": {"channel": "email"},
            "satisfaction_rating": None,
        },
        {"id": 9, "requester_id": 1, "status": "deleted", "created_at": "2026-05-01T09:00:00Z"},
        "odd",
    ],
    "users": [{"id": 20978392, "name": "Ana", "email": "ana@b.fr", "external_id": "C7"}],
    "metric_sets": [
        {
            "ticket_id": 35436,
            "reopens": 2,
            "solved_at": "2026-05-01T10:00:00Z",
            "reply_time_in_minutes": {"calendar": 30, "business": 5},
        }
    ],
    "end_of_stream": True,
}


def test_zendesk_tickets_of_the_api_with_what_came_along(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(PAGE), "tickets.json"), settings(None))
    assert dict(found.codes) == {"deleted": 1, "not_json": 1}
    one, two = found.tables["ticket"]
    assert one["first_human_answer_on"] == dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
    assert one["solved_on"] == dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
    assert (one["channel"], one["reopened"], one["rating"]) == ("chat", 2, None)
    assert [row["text"] for row in found.tables["activity"]] == ["Help! Where is it?"]
    assert (two["first_human_answer_on"], two["solved_on"], two["reopened"]) == (None, None, None)
    assert {(r["kind"], r["value"]) for r in found.tables["identifier"]} == {
        ("email", "ana@b.fr"),
        ("external id", "C7"),
        ("name", "ana"),
    }


def test_zendesk_tickets_as_lines_of_json(tmp_path: Path) -> None:
    lines = [
        tickets | {"metric_set": PAGE["metric_sets"][0], "requester": PAGE["users"][0]}
        for tickets in PAGE["tickets"][:1]
    ]
    text = "\n".join([*(json.dumps(line) for line in lines), "{broken"])
    found = gather(written(tmp_path, text, "tickets.json"), settings(None))
    assert dict(found.codes) == {"not_json": 1}
    [one] = found.tables["ticket"]
    assert one["first_human_answer_on"] == dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)


def test_zendesk_users_agents_among_them(tmp_path: Path) -> None:
    user = {"id": 1, "name": "Ana", "email": "A@b.fr", "phone": "+33 6 12 34 56 78", "locale": "fr"}
    user |= {"external_id": "C7", "role": "end-user", "created_at": "2026-05-01T08:00:00Z"}
    agent = user | {"id": 2, "role": "agent", "email": "bo@alize.fr", "phone": None}
    page = {"users": [user, agent, 3], "count": 2, "end_time": 1}
    found = gather(written(tmp_path, json.dumps(page), "users.json"), settings(None))
    assert found.column("is_employee", "account") == [False, True]
    assert ("1", "phone", "+33612345678") in {
        (r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]
    }
    assert dict(found.codes) == {"not_json": 1}


CSAT = ("Agent Name,Rating,Feedback Comment,Contact Name,Contact Email Address,"
        "Contact Phone Number,Link to the conversation,Recorded date")  # fmt: skip
RATED = (
    "Zoé (zoe@alize.fr),5,Merci,Ana Lopez,Ana@b.fr,+33612345678,"
    "https://chat.example/app/accounts/1/conversations/42,2026-05-01 10:00:00 UTC\n"
    "Zoé (zoe@alize.fr),1,,,,,"
    "https://chat.example/app/accounts/1/conversations/43,2026-05-01 11:00:00 UTC\n"
)
PERIOD = "Reporting period 2026-05-01 to 2026-05-31\n"


@pytest.mark.parametrize("above", [PERIOD, PERIOD + "\n", ""])
def test_chatwoot_ratings_with_the_period_above_or_below(tmp_path: Path, above: str) -> None:
    text = f"{above}{CSAT}\n{RATED}" + ("" if above else PERIOD)
    found = gather(written(tmp_path, text, "csat.csv"), settings(None))
    assert found.facts.source == "chatwoot"
    told = [(r["respondent"], r["item"], r["score"], r["text"]) for r in found.tables["answer"]]
    assert sorted(told, key=str) == [
        ("ana@b.fr", "feedback", None, "Merci"),
        ("ana@b.fr", "rating", 5.0, None),
        ("conversation 43", "rating", 1.0, None),
    ]
    assert found.tables["answer"][0]["answered_on"] == dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
    assert sum(found.codes.values()) == (0 if above else 1)


@pytest.mark.parametrize(
    "header",
    [
        "Agentenname,Bewertung,Feedback-Kommentar,Kontaktname,Kontakt-E-Mail-Adresse,"
        "Kontakt Telefonnummer,Link zur Konversation,Aufnahmedatum",
        "Nombre del agente,Calificación,Comentario de opinión,Nombre de Contacto,"
        "Correo electrónico de contacto,Número de teléfono de contacto,"
        "Enlace a la conversación,Fecha registrada",
        "Nom de l'agent,Note,Feedback Comment,Contact Name,Contact Email Address,"
        "Contact Phone Number,Link to the conversation,Recorded date",
        "Agentens namn,Betyg,Feedback Comment,Contact Name,Contact Email Address,"
        "Contact Phone Number,Link to the conversation,Recorded date",
    ],
)
def test_chatwoot_ratings_in_other_languages(tmp_path: Path, header: str) -> None:
    found = gather(written(tmp_path, f"{header}\n{RATED}", "csat.csv"), settings(None))
    assert found.column("score", "answer").count(None) == 1
    assert len(found.tables["answer"]) == 3


AVERAGES = [
    "Agent name,Assigned conversations,Avg first response time,Avg resolution time,"
    "Resolution Count,Avg customer waiting time\nZoé,10,2 hours,1 days,9,1 hours\n",
    "Inbox name,Inbox type,No. of conversations,Avg first response time,Avg resolution time\n"
    "Site,Website,10,2 hours,1 days\n",
    "Nom de l'agent,Nombre de conversations,Temps de réponse moyen (Minutes),"
    "Temps moyen de résolution (Minutes)\nZoé,10,12,100\n",
    "Nombre del equipo,Cantidad de conversaciones,Promedio de tiempo de la primera respuesta,"
    "Tiempo promedio de resolución\nA,10,2 h,1 d\n",
]


@pytest.mark.parametrize("text", AVERAGES)
def test_averages_of_chatwoot_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match="do not say how long anybody waited") as refused:
        recognise(written(tmp_path, f"{PERIOD}\n{text}", "agents.csv"), settings(None))
    assert "CSAT" in str(refused.value)


def test_chatwoot_conversations_of_the_api(tmp_path: Path) -> None:
    sender = {"id": 6, "name": "Ana", "email": None, "phone_number": "+5491131376731"}
    sender["identifier"] = "C7"
    talk = {
        "id": 1643,
        "status": "resolved",
        "created_at": 1777622400,
        "first_reply_created_at": 1777626000,
        "meta": {"sender": sender, "channel": "Channel::Whatsapp"},
        "messages": [{"message_type": 0, "content": "Où est mon colis ?"}],
        "last_activity_at": 1777629999,
    }
    waits = talk | {"id": 1644, "first_reply_created_at": 0, "messages": []}
    page = {"data": {"meta": {"all_count": 2}, "payload": [talk, waits, "odd"]}}
    found = gather(written(tmp_path, json.dumps(page), "talks.json"), settings(None))
    one, two = found.tables["ticket"]
    assert one["opened_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert one["first_human_answer_on"] == dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)
    assert one.get("solved_on") is None, "the last activity is not the solution"
    assert (one["channel"], one["account_id"]) == ("whatsapp", "6")
    assert two["first_human_answer_on"] is None
    assert [row["text"] for row in found.tables["activity"]] == ["Où est mon colis ?"]
    assert dict(found.codes) == {"not_json": 1}


FRENCH = ("N° appel", "Date", "Heure", "Numéro appelant", "Client", "Motif", "Objet",
          "Attente (s)", "Décroché", "Durée (s)", "Résolu", "Rappels")  # fmt: skip


def call(*cells: str) -> dict[str, str]:
    return dict(zip(FRENCH, cells, strict=True))


CALLS = [
    call("A1", "13/05/2026", "10:00:00", "06 12 34 56 78", "Ana Lopez", "Réclamation",
         "Colis perdu", "95", "oui", "300", "oui", "0"),
    call("A2", "13/05/2026", "11:00:00", "Masqué", "", "Question", "", "180", "non", "", "non",
         "1"),
    call("A3", "13/05/2026", "12:00:00", "0033699887766", "", "Question", "", "1:35", "oui",
         "00:05:00", "oui", "2"),
    call("A4", "", "12:00:00", "0699887766", "", "", "", "10", "oui", "10", "oui", "0"),
    call("A5", "14/05/2026", "12:00:00", "0699887766", "", "", "", "longtemps", "oui", "1", "", ""),
]  # fmt: skip


def test_calls_in_french(tmp_path: Path) -> None:
    text = table(FRENCH, CALLS, ";").encode("cp1252")
    found = gather(written(tmp_path, text, "appels.csv"), settings(None))
    assert found.facts.source == "call_log"
    assert dict(found.codes) == {"missing_opened_on": 1, "not_a_number": 1}
    rows = {row["ticket_id"]: row for row in found.tables["ticket"]}
    start = dt.datetime(2026, 5, 13, 8, tzinfo=dt.UTC)
    assert rows["A1"]["opened_on"] == start
    assert rows["A1"]["first_human_answer_on"] == start + dt.timedelta(seconds=95)
    assert rows["A1"]["solved_on"] == start + dt.timedelta(seconds=395)
    assert (rows["A1"]["account_id"], rows["A1"]["channel"]) == ("0612345678", "phone")
    assert rows["A2"]["first_human_answer_on"] is None, "nobody took the call"
    assert (rows["A2"]["account_id"], rows["A2"]["reopened"]) == (None, 1)
    assert rows["A3"]["first_human_answer_on"] == start + dt.timedelta(seconds=7295)
    assert rows["A3"]["solved_on"] is None, "they had to call again"
    assert [row["text"] for row in found.tables["activity"]] == ["Colis perdu"]


def test_calls_in_english(tmp_path: Path) -> None:
    text = (
        "Call ID,Start time,Caller,Customer ID,Wait time,Answered,Duration,Resolved\n"
        "1,2026-05-01 10:00:00,+44 7911 123456,C7,0:40,yes,5 min 10 s,yes\n"
        "2,2026-05-01 11:00:00,anonymous,,0:20,no,,no\n"
    )
    found = gather(written(tmp_path, text, "calls.csv"), settings(None))
    one, two = found.tables["ticket"]
    assert one["first_human_answer_on"] == dt.datetime(2026, 5, 1, 8, 0, 40, tzinfo=dt.UTC)
    assert one["solved_on"] == dt.datetime(2026, 5, 1, 8, 5, 50, tzinfo=dt.UTC)
    assert (one["account_id"], two["account_id"]) == ("C7", None)
    assert found.aside == []


TALK = (
    "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
    "4,alize,False,Wed May 13 10:30:00 +0000 2026,@9 Sorry!,5,3\n"
    "3,9,True,Wed May 13 10:00:00 +0000 2026,@alize where is it?,4,\n"
    "5,9,True,Wed May 13 10:40:00 +0000 2026,@alize thanks,6,4\n"
    '6,alize,False,Wed May 13 10:41:00 +0000 2026,"@9 Any time,\nreally",,5\n'
    "7,8,True,Wed May 13 11:00:00 +0000 2026,@rival hello?,,\n"
    "8,rival,False,Wed May 13 12:00:00 +0000 2026,New shop!,9,\n"
    "9,8,True,Wed May 13 12:10:00 +0000 2026,@rival when?,10,8\n"
    "10,rival,False,Wed May 13 12:20:00 +0000 2026,@8 soon,,9\n"
    "11,8,maybe,Wed May 13 12:20:00 +0000 2026,?,,\n"
)


def test_requests_on_a_network_and_the_brands_first_answers(tmp_path: Path) -> None:
    found = gather(written(tmp_path, TALK, "talk.csv"), settings(None))
    assert found.facts.source == "support_conversations"
    assert dict(found.codes) == {"not_yes_or_no": 1}
    tickets = {row["ticket_id"]: row["first_human_answer_on"] for row in found.tables["ticket"]}
    day = dt.datetime(2026, 5, 13, tzinfo=dt.UTC)
    assert tickets == {
        "3": day.replace(hour=10, minute=30),
        "7": None,
        "9": day.replace(hour=12, minute=20),
    }
    brands = {r["account_id"] for r in found.tables["account"] if r["is_brand"]}
    assert brands == {"alize", "rival"}
    replies = {row["activity_id"]: row["in_reply_to"] for row in found.tables["activity"]}
    assert (replies["4"], replies["3"]) == ("3", None)
    assert "2 brands answer in it: alize, rival." in found.facts.notes


def test_messages_that_answer_each_other_in_a_ring_end() -> None:
    threads = Threads()
    threads.add("1", False, "2", "10:00")
    threads.add("2", False, "1", "10:01")
    threads.add("3", True, "", "9:00")
    assert threads.requests() == {"3": None}


def test_real_conversations(shared_data: Path) -> None:
    found = gather(shared_data / "service/support_tweets.csv", settings(None))
    assert found.rows == 5001
    assert len(found.aside) == 1, "one row of the file is broken: its text stands in its id"
    assert len(found.tables["activity"]) == 5000
    answered = [row for row in found.tables["ticket"] if row["first_human_answer_on"]]
    assert all(row["first_human_answer_on"] >= row["opened_on"] for row in answered)
    assert len(answered) > 1000
