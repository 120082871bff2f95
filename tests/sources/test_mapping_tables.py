"""Files of anything but purchases: what they are is proposed, agreed, and then read exactly."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.settings import FileMapping, parse_settings
from rapport.sources.registry import NeedsMapping, read, recognise

FILES = {
    "spend": "Jour;Régie;Campagne;Dépenses;Impressions\n31/01/2026;Affiches;Hiver;1 200,50;9000\n"
    "31/01/2026;Affiches;Hiver;99,50;1000\n",
    "ticket": "Ticket number,Opened at,Customer,First reply,Solved at\n"
    "T1,2026-01-05 10:00,ana@b.example,2026-01-05 11:00,2026-01-06 09:00\n"
    "T2,2026-01-06 10:00,,,\n",
    "lead": "Lead ID,Created on,Lead source,Status\nL1,2026-01-05,Fair,open\n",
    "audience": "Datum;Abonnenten\n31.01.2026;1.200\n01.02.2026;1.210\n",
    "activity": 'Published at,Author,Comment,Link\n2026-01-05 10:00,leaf,"so good, really",u1\n'
    '2026-01-05 10:00,leaf,"so good, really",u1\n',
    "event": "Date,Occasion,Country\n2026-05-01,Labour day,FR\n",
    "sales": "Semaine;Magasin;Chiffre d'affaires\n05/01/2026;Lyon;12 000,00\n"
    "13/01/2026;Lyon;9 000,00\n",
    "account": "Username,Followers,Following,Joined\nleaf,120,80,2020-01-31\n",
    "visit": "Session start,Landing page,Referrer,UTM source\n"
    "2026-01-05 10:00,https://m.example/a,https://s.example,newsletter\n",
    "answer": "Submitted at,Email,Question,Score\n2026-01-05,ana@b.example,recommend,9\n",
}


def agreed(folder: Path, text: str, **changes: object) -> Gathered:
    path = written(folder, text, "list.csv")
    proposed = recognise(path, SETTINGS).mapping
    assert proposed is not None
    mapping = proposed.model_copy(update={"confirmed": True, **changes})
    return gather(path, SETTINGS.model_copy(update={"mappings": {"mine": mapping}}))


@pytest.mark.parametrize("table", list(FILES))
def test_each_kind_of_table_is_proposed_by_its_names_and_asked_about(
    tmp_path: Path, table: str
) -> None:
    path = written(tmp_path, FILES[table], "list.csv")
    found = recognise(path, SETTINGS)
    assert found.mapping is not None
    assert found.mapping.table == table
    assert found.proposal is not None
    assert any(sentence.startswith("One row is") for sentence in found.proposal.sentences)
    with pytest.raises(NeedsMapping):
        read(path, SETTINGS, NOW)


def test_costs_of_one_campaign_and_day_are_added_up(tmp_path: Path) -> None:
    (row,) = agreed(tmp_path, FILES["spend"], dates="day-first").tables["spend"]
    assert (row["cost"], row["impressions"], row["campaign"]) == (
        Decimal("1300.00"),
        10_000,
        "Hiver",
    )
    assert (row["currency"], str(row["day"])) == ("EUR", "2026-01-31")


def test_a_request_keeps_its_answer_and_the_open_one_stays_open(tmp_path: Path) -> None:
    told = agreed(tmp_path, FILES["ticket"])
    first, second = told.tables["ticket"]
    assert first["first_human_answer_on"].isoformat() == "2026-01-05T10:00:00+00:00"
    assert second["solved_on"] is None
    assert told.tables["identifier"][0]["value"] == "ana@b.example"


def test_the_same_comment_twice_is_two_and_named_alike_in_every_export(tmp_path: Path) -> None:
    first = agreed(tmp_path, FILES["activity"])
    names = first.column("activity_id", "activity")
    assert len(set(names)) == 2
    later = FILES["activity"].replace("\n2026", "\n2026-01-01 09:00,bo,hm hm,u0\n2026", 1)
    assert agreed(tmp_path, later).column("activity_id", "activity")[1:] == names


def test_german_counts_have_points_between_thousands(tmp_path: Path) -> None:
    told = agreed(tmp_path, FILES["audience"], channel="instagram")
    assert told.column("followers", "audience") == [1200, 1210]
    assert set(told.column("channel", "audience")) == {"instagram"}


def test_what_holds_for_every_row_may_be_said(tmp_path: Path) -> None:
    told = agreed(tmp_path, FILES["activity"], values={"verb": "Recommend", "channel": "forum"})
    assert set(told.column("verb", "activity")) == {"Recommend"}
    assert "verb is 'Recommend' in every row." in told.facts.notes


def test_purchases_stay_purchases(tmp_path: Path) -> None:
    text = "Order number,Order date,Customer,Total\nA1,2026-01-31,ana,10.50\n"
    found = recognise(written(tmp_path, text, "list.csv"), SETTINGS)
    assert found.mapping is not None
    assert found.mapping.table == "purchase"


def test_every_fault_of_a_mapping_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, FILES["spend"], "list.csv")
    mapping = FileMapping(
        files="list.csv",
        table="spend",
        columns={"day": "Jours", "costs": "Dépenses"},
        values={"chanel": "tv"},
        confirmed=True,
    )
    with pytest.raises(Problem) as caught:
        read(path, SETTINGS.model_copy(update={"mappings": {"mine": mapping}}), NOW)
    told = str(caught.value)
    for part in ("'costs' is no column", "Did you mean cost", "no column 'Jours'", "'chanel'"):
        assert part in told
    assert "It does not say which column is cost." in told


def test_a_table_that_there_is_not_is_refused_by_the_settings() -> None:
    with pytest.raises(Problem, match="spend"):
        parse_settings('brand = "M"\n[mappings.a]\nfiles = "*"\ntable = "spent"\ncolumns = {}')
