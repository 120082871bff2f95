"""Reports of Meta Ads: the day, the currency in the header, totals of rows and of periods."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.registry import read, recognise

GOLDEN = Path(__file__).parent / "golden" / "meta_ads" / "Maison-Campaigns.csv"


def costs(found: Gathered) -> list[tuple[dt.date, str, Decimal, int | None, int | None]]:
    """The rows of `spend` in short."""
    return [
        (row["day"], row["campaign"], row["cost"], row.get("impressions"), row.get("clicks"))
        for row in found.tables["spend"]
    ]


def test_the_golden_report_is_a_row_for_each_campaign_and_day() -> None:
    assert recognise(GOLDEN, SETTINGS).source == "meta_ads"
    found = gather(GOLDEN, SETTINGS)
    may = dt.date(2026, 5, 1)
    assert costs(found) == [
        # Two ad sets on one day are one campaign's day.
        (may, "Spring", Decimal("1030.75"), 3300, 25),
        (may + dt.timedelta(1), "Spring", Decimal(0), 1100, None),
    ]
    assert {row["currency"] for row in found.tables["spend"]} == {"USD"}
    assert {row["channel"] for row in found.tables["spend"]} == {"meta_ads"}
    assert found.rows == 7
    assert found.codes == {"total_row": 2, "missing_cost": 1, "not_a_number": 1}
    assert any("USD" in note for note in found.facts.notes)


LANGUAGES = {
    "fr": (
        "Jour;Nom de la campagne;Montant dépensé (EUR);Impressions;Clics sur un lien",
        "2026-05-04;Été;1 234,50;1 200;8",
    ),
    "de": (
        "Tag;Name der Kampagne;Ausgegebener Betrag (EUR);Impressionen;Link-Klicks",
        "2026-05-04;Été;1.234,50;1.200;8",
    ),
    "es": (
        "Día,Nombre de la campaña,Importe gastado (EUR),Impresiones,Clics en el enlace",
        '2026-05-04,Été,"1234.50",1200,8',
    ),
    "sv": (
        "Dag,Kampanjnamn,Spenderat belopp (EUR),Visningar,Länkklick",
        '2026-05-04,Été,"1 234,50",1200,8',
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_gives_the_same_rows(tmp_path: Path, language: str) -> None:
    text = "\n".join(LANGUAGES[language]) + "\n"
    found = gather(written(tmp_path, text.encode("utf-8-sig"), "ads.csv"), SETTINGS)
    assert costs(found) == [(dt.date(2026, 5, 4), "Été", Decimal("1234.50"), 1200, 8)]
    assert found.column("currency", "spend") == ["EUR"]


HEADER = "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions\n"


def test_totals_of_a_period_are_refused_in_one_sentence(tmp_path: Path) -> None:
    text = HEADER + "2026-05-01,2026-05-31,Spring,930.00,9000\n"
    with pytest.raises(Problem, match="totals of a period") as problem:
        read(written(tmp_path, text), SETTINGS, NOW)
    assert "By time › Day" in str(problem.value)


def test_a_day_in_every_row_is_taken_from_the_dates_of_reporting(tmp_path: Path) -> None:
    text = (
        HEADER
        + "2026-05-01,2026-05-31,,930.00,9000\n"
        + "2026-05-01,2026-05-01,Spring,30.00,300\n"
        + "2026-05-02,2026-05-02,Spring,31.00,310\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert [row[0].day for row in costs(found)] == [1, 2]
    assert found.codes == {"total_row": 1}


def test_without_a_currency_in_the_header_the_brands_is_meant_and_said(tmp_path: Path) -> None:
    text = "Day,Campaign name,Amount spent,Impressions\n2026-05-01,Spring,3.00,30\n"
    found = gather(written(tmp_path, text), SETTINGS)
    assert found.column("currency", "spend") == ["EUR"]
    assert any("names no currency" in note for note in found.facts.notes)


def test_a_breakdown_is_added_up_and_its_totals_are_not(tmp_path: Path) -> None:
    text = (
        "Day,Campaign name,Age,Region,Amount spent (EUR),Impressions\n"
        "2026-05-01,Spring,All,Bretagne,3.00,30\n"
        "2026-05-01,Spring,18-24,Bretagne,1.00,10\n"
        "2026-05-01,Spring,25-34,Bretagne,2.00,20\n"
        "2026-05-01,Spring,25-34,Alsace,4.00,40\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert [(row["region"], row["cost"]) for row in found.tables["spend"]] == [
        ("Bretagne", Decimal(3)),
        ("Alsace", Decimal(4)),
    ]
    assert found.codes == {"total_row": 1}
