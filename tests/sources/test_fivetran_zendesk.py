"""Zendesk as a connector's tables: tickets with their history, comments, users."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.sources.helpers import SETTINGS, gather

from rapport.errors import Problem
from rapport.sources.registry import recognise

TICKET = """\
id,_fivetran_synced,assignee_id,created_at,requester_id,status,via_channel
1,2026-03-09 00:00:00,7,2026-03-01 08:00:00,21,closed,email
2,2026-03-09 00:00:00,7,2026-03-02 08:00:00,22,open,twitter
3,2026-03-09 00:00:00,,2026-03-03 08:00:00,22,deleted,web
"""
COMMENT = """\
id,_fivetran_synced,body,created,facebook_comment,public,ticket_id,tweet,user_id,voice_comment
101,2026-03-09 00:00:00,It is broken,2026-03-01 08:00:00,FALSE,TRUE,1,FALSE,21,FALSE
102,2026-03-09 00:00:00,He is right,2026-03-01 08:30:00,FALSE,FALSE,1,FALSE,7,FALSE
103,2026-03-09 00:00:00,We send another,2026-03-01 09:15:00,FALSE,TRUE,1,FALSE,7,FALSE
104,2026-03-09 00:00:00,Hello?,2026-03-02 08:00:00,FALSE,TRUE,2,TRUE,22,FALSE
"""
USER = """\
id,_fivetran_synced,created_at,email,external_id,locale,name,phone,role
7,2026-03-09 00:00:00,2020-01-01 08:00:00,agent@maison.example,,fr-FR,Arthur,,agent
21,2026-03-09 00:00:00,2024-01-01 08:00:00,ana@example.fr,C-901,fr,Ana Lopez,+33612345678,end-user
22,2026-03-09 00:00:00,2025-01-01 08:00:00,,,en-US,Bo,,end-user
"""
HISTORY = """\
field_name,ticket_id,updated,_fivetran_synced,user_id,value
status,1,2026-03-01 08:00:00,2026-03-09 00:00:00,,new
status,1,2026-03-01 10:00:00,2026-03-09 00:00:00,7,solved
status,1,2026-03-03 10:00:00,2026-03-09 00:00:00,21,open
status,1,2026-03-04 10:00:00,2026-03-09 00:00:00,7,solved
status,1,2026-03-08 10:00:00,2026-03-09 00:00:00,,closed
satisfaction_score,1,2026-03-05 10:00:00,2026-03-09 00:00:00,21,good
status,2,2026-03-02 08:00:00,2026-03-09 00:00:00,,open
"""
TABLES = {
    "ticket": TICKET,
    "ticket_comment": COMMENT,
    "user": USER,
    "ticket_field_history": HISTORY,
}


def folder(path: Path, *names: str) -> Path:
    path.mkdir()
    for name in names or TABLES:
        (path / f"{name}.csv").write_text(TABLES[name])
    return path


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+00:00")


def test_tickets_with_their_history(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "desk") / "ticket.csv", SETTINGS)
    assert found.codes == {"deleted": 1}
    first, second = found.tables["ticket"]
    assert first["opened_on"] == at("2026-03-01 08:00:00")
    # Not the note among colleagues, and not what the customer wrote.
    assert first["first_human_answer_on"] == at("2026-03-01 09:15:00")
    # Solved for good when it was solved last, not when it was closed by itself.
    assert first["solved_on"] == at("2026-03-04 10:00:00")
    assert (first["reopened"], first["rating"], first["channel"]) == (1, "good", "email")
    assert first["account_id"] == "21"
    assert (second["first_human_answer_on"], second["solved_on"]) == (None, None)
    assert (second["reopened"], second["rating"]) == (0, None)


def test_tickets_alone_say_what_they_lack(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "desk", "ticket") / "ticket.csv", SETTINGS)
    assert found.tables["ticket"][0].get("first_human_answer_on") is None
    assert sum("not known" in note for note in found.facts.notes) == 2


def test_public_comments_are_what_people_said(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "desk") / "ticket_comment.csv", SETTINGS)
    assert [(row["source_row"], row["code"]) for row in found.aside] == [(3, "internal_note")]
    rows = found.tables["activity"]
    told = [(r["account_id"], r["text"], r["in_reply_to"], r["channel"]) for r in rows]
    assert told == [
        ("21", "It is broken", "1", "email"),
        ("7", "We send another", "1", "email"),
        ("22", "Hello?", "2", "x"),
    ]
    assert {row["verb"] for row in rows} == {"Create"}


def test_users_are_customers_or_colleagues(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "desk") / "user.csv", SETTINGS)
    people = {row["account_id"]: row for row in found.tables["account"]}
    assert [people[number]["is_employee"] for number in ("7", "21", "22")] == [True, False, False]
    assert [people[number]["language"] for number in ("7", "22")] == ["fr", "en"]
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert {("21", "email", "ana@example.fr"), ("21", "phone", "+33612345678")} <= known
    assert {("21", "external id", "C-901"), ("22", "name", "bo")} <= known


def test_the_history_is_read_with_the_tickets(tmp_path: Path) -> None:
    place = folder(tmp_path / "desk")
    with pytest.raises(Problem, match="read with the table ticket"):
        recognise(place / "ticket_field_history.csv", SETTINGS)


def test_the_published_tables(shared_data: Path) -> None:
    place = shared_data / "platforms" / "fivetran_zendesk"
    tickets = gather(place / "ticket_data.csv", SETTINGS)
    assert (tickets.rows, tickets.codes) == (10, {"deleted": 2})
    known = {row["ticket_id"]: row for row in tickets.tables["ticket"]}
    assert known["11071"]["solved_on"] == at("2020-11-14 11:01:27")
    assert known["11071"]["reopened"] == 0
    comments = gather(place / "ticket_comment_data.csv", SETTINGS)
    assert len(comments.tables["activity"]) == 20
    users = gather(place / "user_data.csv", SETTINGS)
    assert sum(row["is_employee"] for row in users.tables["account"]) == 1
