"""Lists of a brand's own: visits, guests, calls, codes, plans, holidays, press, prices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.sources.registry import read, recognise

VISITS = """visit_id,date,time,store,loyalty_card,bought
v1,2026-01-31,09:30,Lyon,FID-00 12,yes
v2,2026-01-31,18:05,Lyon,,no
v3,2026-07-14,,Lille,,yes
v4,31/02/2026,10:00,Lille,,yes
v1,2026-01-31,09:30,Lyon,FID-00 12,yes
"""
VISITES = """Jour;Heure;Magasin;Carte de fidélité;A acheté
31/01/2026;9:30;Lyon;FID0012;oui
01/02/2026;10:00;Lille;;non
"""
GUESTS = """contact_id,date,event,first_name,last_name,email,postcode
g1,2026-03-01,Tasting,Élodie,Le Goff,Elodie@Mail.example,35000
g2,2026-03-01,Tasting,,,,
"""
CALLS = """call_id,date,seller_event,first_name,last_name,email,company
c1,2026-03-01,Fair of Lyon,Ana,Lo,ana@b.example,B
"""
HEARD = """date,customer_id,email,how_did_you_hear
2026-03-01,77,ana@b.example,A friend or relative
2026-03-02,,bo@c.example,=cmd|' /C calc'!A0
2026-03-03,,,Social media
2026-03-04,78,,
"""
CODES = """code,referrer_email,referred_email,shared_on,used_on,order_id,reward
A1,ana@b.example,bo@c.example,2026-03-01,2026-03-09,#1001,10.00
B2,ana@b.example,,2026-03-02,,,
B2,ana@b.example,,2026-03-02,,,
"""
POINTS = """date,email,network,handle,points
2026-03-01 10:00:00,Ana@b.example,Instagram,@ana.lo,50
2026-03-02 10:00:00,ana@b.example,x,analo,50
2026-03-02 10:00:00,bo@c.example,Instagram,,50
"""
TV = """Jour;Chaîne;Campagne;Région;Contacts;Coût HT
01/03/2026;Canal 9;Printemps;Bretagne;120 000;4 500,00
01/03/2026;Canal 8;Printemps;Bretagne;80 000;2 000,50
Total;;;;200 000;6 500,50
"""
CALENDAR = """first_day,last_day,kind,region,note,size
2026-03-01,2026-03-03,promotion,,SPRING10,0.1
2026-03-05,,launch,FR,Tea no. 5,
"""
HOLIDAYS = (
    "date,country,name\n2026-05-01,FR,Fête du travail\n2026-05-04,GB,Early May bank holiday\n"
)
PRESS = """date,title,outlet,kind,country,circulation,url
2026-03-01,A tea house,Le Quotidien,news,FR,120000,https://q.example/1
2026-03-01,Tea again,The Daily,news,FR,90000,https://d.example/1
"""
PRICES = """week,competitor,sku,product,competitor_price,our_price,currency
2026-03-02,Other Teas,T1,Tea no. 1,9.90,10.50,EUR
"""


def read_text(folder: Path, text: str) -> Gathered:
    found = recognise(written(folder, text, "list.csv"), SETTINGS)
    assert found.shape is not None
    return gather(folder / "list.csv", SETTINGS)


def test_a_visit_is_an_arrival_of_a_card_or_of_nobody(tmp_path: Path) -> None:
    told = read_text(tmp_path, VISITS)
    visits = told.tables["activity"]
    assert [v["account_id"] for v in visits] == ["FID0012", None]
    assert {v["verb"] for v in visits} == {"Arrive"}
    assert visits[0]["occurred_on"] == dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.UTC)
    assert told.codes == {"date_in_future": 1, "not_a_date": 1, "repeated_row": 1}
    (card,) = told.tables["identifier"]
    assert (card["kind"], card["value"]) == ("loyalty card", "FID0012")


def test_visits_may_be_written_in_french(tmp_path: Path) -> None:
    told = read_text(tmp_path, VISITES)
    assert [v["object_id"] for v in told.tables["activity"]] == ["Lyon", "Lille"]
    assert told.tables["activity"][1]["occurred_on"].isoformat() == "2026-02-01T09:00:00+00:00"


def test_guests_and_calls_are_told_apart(tmp_path: Path) -> None:
    guests, calls = read_text(tmp_path, GUESTS), read_text(tmp_path, CALLS)
    assert [(g["verb"], g["account_id"]) for g in guests.tables["activity"]] == [
        ("Join", "elodie@mail.example"),
        ("Join", None),
    ]
    kinds = {(i["kind"], i["value"]) for i in guests.tables["identifier"]}
    assert ("name", "élodie le goff") in kinds
    assert calls.tables["activity"][0]["channel"] == "sales call"


def test_who_was_heard_of_is_an_answer_also_without_a_name(tmp_path: Path) -> None:
    told = read_text(tmp_path, HEARD)
    answers = told.tables["answer"]
    assert [a["respondent"] for a in answers] == ["77", "bo@c.example", "row 4"]
    assert answers[1]["text"] == "=cmd|' /C calc'!A0"
    assert told.codes == {"missing_text": 1}


def test_a_code_is_recommended_once_and_accepted_once(tmp_path: Path) -> None:
    told = read_text(tmp_path, CODES)
    deeds = [(a["activity_id"], a["verb"], a["account_id"]) for a in told.tables["activity"]]
    assert deeds == [
        ("A1|2026-03-01:shared", "Recommend", "ana@b.example"),
        ("A1|2026-03-01:used", "Accept", "bo@c.example"),
        ("B2|2026-03-02:shared", "Recommend", "ana@b.example"),
    ]
    assert told.tables["activity"][1]["object_id"] == "#1001"
    assert told.codes == {"repeated_row": 1}


def test_points_for_following_join_a_handle_and_an_address(tmp_path: Path) -> None:
    got = read_text(tmp_path, POINTS)
    follows = [(r["channel"], r["account_id"], r["verb"]) for r in got.tables["activity"]]
    assert follows == [("instagram", "instagram:ana.lo", "Follow"), ("x", "x:analo", "Follow")]
    evidence = {(r["account_id"], r["kind"], r["value"]) for r in got.tables["identifier"]}
    assert evidence == {
        ("instagram:ana.lo", "email", "ana@b.example"),
        ("x:analo", "email", "ana@b.example"),
    }
    assert [r["handle"] for r in got.tables["account"]] == ["ana.lo", "analo"]
    assert got.codes == {"missing_handle": 1}


def test_a_plan_of_spots_is_cost_by_day_and_its_total_is_not(tmp_path: Path) -> None:
    told = read_text(tmp_path, TV)
    spent = told.tables["spend"]
    assert sum(row["cost"] for row in spent) == Decimal("6500.50")
    assert [row["impressions"] for row in spent] == [120_000, 80_000]
    assert {row["channel"] for row in spent} == {"tv"}
    assert len({row["campaign"] for row in spent}) == 2
    assert told.codes == {"total_row": 1}


def test_an_occasion_of_three_days_stands_on_each(tmp_path: Path) -> None:
    told = read_text(tmp_path, CALENDAR)
    days = [(e["day"].day, e["kind"], e["note"]) for e in told.tables["event"]]
    assert days == [
        (1, "promotion", "SPRING10 0.1"),
        (2, "promotion", "SPRING10 0.1"),
        (3, "promotion", "SPRING10 0.1"),
        (5, "launch", "Tea no. 5"),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "notes"),
    [
        (HOLIDAYS, "holiday", ["Fête du travail", "Early May bank holiday"]),
        (PRESS, "press", ["A tea house · Le Quotidien", "Tea again · The Daily"]),
        (PRICES, "competitor price", ["Other Teas · Tea no. 1 · 9.90 · 10.50 · EUR"]),
    ],
)
def test_lists_of_days_become_events(
    tmp_path: Path, text: str, kind: str, notes: list[str]
) -> None:
    told = read_text(tmp_path, text)
    assert {e["kind"] for e in told.tables["event"]} == {kind}
    assert [e["note"] for e in told.tables["event"]] == notes


def test_two_cuttings_of_one_day_are_both_kept_by_the_record(tmp_path: Path) -> None:
    from rapport.record.store import Record

    record = Record(tmp_path / "record", key=b"k")
    record.load(read(written(tmp_path, PRESS, "press.csv"), SETTINGS, NOW))
    assert record.visible("event").rows == 2
