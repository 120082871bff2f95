"""Lists that a brand keeps by hand: what things cost, and whom it asked to post."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from tests.sources.helpers import gather, settings, written

from rapport.sources.pieces import Piece
from rapport.sources.registry import known_shape, recognise

HOW = settings(None)
COSTS = """day,channel,campaign,region,cost,currency,impressions,clicks
2026-03-01,email,spring,Bretagne,12.50,EUR,1200,31
2026-03-01,influencer,spring,,250.00,GBP,,
2026-03-02,email,spring,Bretagne,,EUR,900,8
Total,,,,262.50,,2100,39
"""
FRENCH = """jour;canal;campagne;région;coût ht;envois;clics
01/03/2026;email;printemps;;12,50;1200;31
31/03/2026;email;printemps;;1 200,00;900;3
"""
ASKED = """network,handle,asked_on,posted_on,fee,reach,post_id
instagram,lea.goute,2026-02-01 10:00,2026-02-05 18:30,250.00,900,29001
instagram,lea.goute,2026-04-01 10:00,,0.00,0,
tiktok,tom_tea,2026-02-03 09:00,2026-02-04 12:00,100.00,5000,77
instagram,,2026-02-03 09:00,,100.00,0,
"""


def test_costs_fill_spend_and_keep_their_currency(tmp_path: Path) -> None:
    path = written(tmp_path, COSTS, "budget.csv")
    found = recognise(path, HOW)
    assert found.source == "costs"
    read = gather(path, HOW)
    rows = read.tables["spend"]
    assert [(row["channel"], row["cost"], row["currency"]) for row in rows] == [
        ("email", Decimal("12.5000"), "EUR"),
        ("influencer", Decimal("250.0000"), "GBP"),
    ]
    assert rows[0]["day"] == dt.date(2026, 3, 1)
    assert (rows[0]["impressions"], rows[0]["clicks"], rows[0]["region"]) == (1200, 31, "Bretagne")
    assert rows[1]["impressions"] is None
    assert read.codes == {"missing_cost": 1, "total_row": 1}


def test_costs_of_a_french_list_are_in_the_brands_currency(tmp_path: Path) -> None:
    read = gather(written(tmp_path, FRENCH, "couts.csv"), HOW)
    assert read.column("cost", "spend") == [Decimal("12.5000"), Decimal("1200.0000")]
    assert read.column("currency", "spend") == ["EUR", "EUR"]
    assert read.column("day", "spend") == [dt.date(2026, 3, 1), dt.date(2026, 3, 31)]
    assert any("EUR" in str(note) for note in read.facts.notes)


def test_a_table_with_other_columns_is_no_list_of_costs(tmp_path: Path) -> None:
    sold = "day,channel,cost,order\n2026-03-01,shop,12.50,A1\n2026-03-02,shop,8.00,A2\n"
    path = written(tmp_path, sold, "orders.csv")
    assert known_shape(Piece(path, path.name)) is None


def test_each_request_is_an_invitation_and_each_post_its_acceptance(tmp_path: Path) -> None:
    path = written(tmp_path, ASKED, "influencers.csv")
    assert recognise(path, HOW).source == "influencers"
    read = gather(path, HOW)
    deeds = read.tables["activity"]
    assert [(row["verb"], row["account_id"]) for row in deeds] == [
        ("Invite", "instagram:lea.goute"),
        ("Accept", "instagram:lea.goute"),
        ("Invite", "instagram:lea.goute"),
        ("Invite", "tiktok:tom_tea"),
        ("Accept", "tiktok:tom_tea"),
    ]
    asked, posted = deeds[0], deeds[1]
    assert asked["occurred_on"] == dt.datetime(2026, 2, 1, 9, tzinfo=dt.UTC)
    assert posted["in_reply_to"] == asked["activity_id"]
    assert posted["object_id"] == "29001"
    assert len({row["activity_id"] for row in deeds}) == len(deeds)
    assert not [row for row in deeds if "lea" in row["activity_id"]], "an id names nobody"
    handles = {(row["kind"], row["value"]) for row in read.tables["identifier"]}
    assert handles == {("handle", "lea.goute"), ("handle", "tom_tea")}
    assert read.codes == {"missing_handle": 1}


def test_what_a_post_reached_is_kept_as_its_figure(tmp_path: Path) -> None:
    read = gather(written(tmp_path, ASKED, "influencers.csv"), HOW)
    rows = read.tables["post_metric"]
    assert [(row["post_id"], row["metric"], row["value"]) for row in rows] == [
        ("29001", "reach", 900.0),
        ("77", "reach", 5000.0),
    ]
    assert rows[0]["measured_on"] == dt.datetime(2026, 2, 5, 17, 30, tzinfo=dt.UTC)


def test_a_list_that_says_no_reach_has_no_figures(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 2)[0] + ",," for line in ASKED.splitlines()[1:]]
    text = "\n".join([ASKED.splitlines()[0], *lines]) + "\n"
    read = gather(written(tmp_path, text, "influencers.csv"), HOW)
    assert not read.tables.get("post_metric")
    assert read.tables["activity"]
