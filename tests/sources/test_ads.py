"""What advertising cost, as Google, Microsoft, LinkedIn, TikTok and Pinterest report it."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.settings import SourceSettings
from rapport.sources.registry import recognise

GOLDEN = Path(__file__).parent / "golden"
GOOGLE = GOLDEN / "google_ads" / "Campaign report.csv"


def costs(found: Gathered) -> list[tuple[Any, ...]]:
    """Day, campaign, cost, currency, impressions, clicks and row of every row of spend."""
    names = ("day", "campaign", "cost", "currency", "impressions", "clicks", "source_row")
    return [tuple(row.get(name) for name in names) for row in found.tables["spend"]]


def refused(path: Path) -> str:
    with pytest.raises(Problem) as problem:
        gather(path, SETTINGS)
    return str(problem.value)


def test_google_rows_are_kept_and_totals_set_aside() -> None:
    found = gather(GOOGLE, SETTINGS)
    day = dt.date(2025, 9, 1)
    assert costs(found) == [
        (day, "Spring soaps & brushes", Decimal("12.34"), "EUR", 1234, 7, 4),
        (dt.date(2025, 9, 2), "Spring soaps & brushes", Decimal("1020.5"), "EUR", 10500, 88, 5),
        # What was not counted is not nought.
        (day, "Brand – Search", Decimal("3.1"), "EUR", 40, None, 6),
        # A campaign whose name begins like a total is none.
        (dt.date(2025, 9, 3), "Total recall", Decimal(0), "EUR", 0, 0, 7),
    ]
    assert found.codes == {"total_row": 3}
    assert {row["channel"] for row in found.tables["spend"]} == {"google_ads"}


@pytest.mark.parametrize(
    ("language", "rows", "cost", "currency", "impressions"),
    [
        ("fr", 2, Decimal("1032.84"), "CAD", 11734),
        ("de", 2, Decimal("1334.46"), "USD", 13245),
        ("es", 1, Decimal("12.34"), "EUR", 100),
        ("sv", 1, Decimal("112.34"), "SEK", 100),
    ],
)
def test_google_in_other_languages(
    language: str, rows: int, cost: Decimal, currency: str, impressions: int
) -> None:
    path = GOLDEN / "google_ads" / f"{language}.csv"
    assert recognise(path, SETTINGS).source == "google_ads"
    found = gather(path, SETTINGS)
    assert found.rows == rows + 1
    assert found.codes == {"total_row": 1}
    assert sum(found.column("cost", "spend")) == cost
    assert sum(found.column("impressions", "spend")) == impressions
    assert set(found.column("currency", "spend")) == {currency}


def test_google_as_excel_writes_it_gives_the_same_rows(tmp_path: Path) -> None:
    lines = GOOGLE.read_text("utf-8").splitlines()
    table = list(csv.reader(lines))
    text = "\r\n".join("\t".join(row) for row in table)
    path = written(tmp_path, b"\xff\xfe" + text.encode("utf-16-le"), "Campaign report.csv")
    assert costs(gather(path, SETTINGS)) == costs(gather(GOOGLE, SETTINGS))


def test_parts_of_a_campaign_and_day_are_added_up(tmp_path: Path) -> None:
    text = (
        "Day,Campaign,Device,Currency code,Cost,Impr.,Clicks\n"
        "2026-01-05,Soaps,Mobile phones,CAD,10.00,100,5\n"
        "2026-01-05,Soaps,Computers,CAD,4.50,50,--\n"
        "2026-01-06,Soaps,Computers,CAD,1.00,5,--\n"
        "2026-01-05,Soaps,Tablets,CAD,0.50,5,0\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert found.rows == 4
    assert found.aside == []
    assert costs(found) == [
        (dt.date(2026, 1, 5), "Soaps", Decimal(15), "CAD", 155, 5, 2),
        (dt.date(2026, 1, 6), "Soaps", Decimal(1), "CAD", 5, None, 4),
    ]


def test_two_currencies_of_one_campaign_are_not_added(tmp_path: Path) -> None:
    text = (
        "Day,Campaign,Currency code,Cost,Impr.\n"
        "2026-01-05,Soaps,CAD,10.00,100\n2026-01-05,Soaps,USD,4.50,50\n"
    )
    assert "'Soaps' has costs in CAD and USD on 2026-01-05." in refused(written(tmp_path, text))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("Campaign,Cost,Impr.,Clicks\nSoaps,990.00,400,9\n", "Segment › Time › Day"),
        ("Week,Campaign,Cost,Impr.\n2026-01-05,Soaps,70.00,5\n", "Segment › Time › Day"),
        (
            "Campaign name,Cost,Impressions,Clicks (destination)\nSoaps,990.00,400,9\n",
            "add By Day to the dimensions",
        ),
        (
            "Account name,Campaign name,Campaign ID,Spend,Impressions\nM,Soaps,1,99.00,400\n",
            "choose Day as the unit of time",
        ),
        ("Campaign Name,Total Spent,Impressions\nSoaps,990.00,400\n", "time breakdown Daily"),
        ("Campaign name,Spend in account currency\nSoaps,990.00\n", "column for the day"),
    ],
)
def test_totals_of_a_period_are_refused(tmp_path: Path, file: str, said: str) -> None:
    answer = refused(written(tmp_path, file))
    assert "needs one row for each day" in answer
    assert said in answer


def test_the_currency_is_the_files_the_sources_or_the_brands(tmp_path: Path) -> None:
    plain = written(tmp_path, "Day,Campaign,Cost,Impr.\n2026-01-05,Soaps,4.50,50\n", "plain.csv")
    named = written(tmp_path, "Day,Campaign,Cost (GBP),Impr.\n2026-01-05,S,4.50,50\n", "named.csv")
    found = gather(plain, SETTINGS)
    assert found.column("currency", "spend") == ["EUR"]
    note = "The file names no currency: costs are in EUR (the brand's currency)."
    assert note in found.facts.notes
    said = SETTINGS.model_copy(update={"sources": {"google_ads": SourceSettings(currency="CHF")}})
    assert gather(plain, said).column("currency", "spend") == ["CHF"]
    found = gather(named, SETTINGS)
    assert found.column("currency", "spend") == ["GBP"]
    assert "Costs are in GBP, as their column says." in found.facts.notes


def test_the_api_writes_millionths(tmp_path: Path) -> None:
    text = (
        "segments_date,campaign_name,metrics_cost_micros,metrics_impressions,"
        "customer_currency_code\n"
        "2026-01-05,Soaps,12340000,1234,JPY\n"
        "2026-01-06,Soaps,1234567000000,1234,JPY\n"
        "2026-01-07,Soaps,0.5,1234,JPY\n"
        "2026-01-08,Soaps,,1234,JPY\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert found.column("cost", "spend") == [Decimal("12.34"), Decimal(1234567)]
    assert found.codes == {"not_a_number": 1, "missing_cost": 1}


def test_microsoft_days_are_days_and_devices_are_added_up() -> None:
    path = GOLDEN / "microsoft_ads" / "report.csv"
    assert recognise(path, SETTINGS).source == "microsoft_ads"
    found = gather(path, SETTINGS)
    assert costs(found) == [
        (dt.date(2026, 1, 2), "Search", Decimal("25.25"), "EUR", 2000, 100, 12),
        (dt.date(2026, 1, 3), "Search", Decimal("12.5"), "EUR", 900, 31, 14),
        (dt.date(2026, 1, 3), "Audience", Decimal(0), "EUR", None, None, 15),
    ]
    assert found.rows == 5
    assert len(found.aside) == 1


@pytest.mark.parametrize("aggregation", ["Weekly", "Monthly", "Summary"])
def test_microsoft_weeks_are_refused(tmp_path: Path, aggregation: str) -> None:
    text = (GOLDEN / "microsoft_ads" / "report.csv").read_text("utf-8")
    path = written(tmp_path, text.replace("Aggregation: Daily", f"Aggregation: {aggregation}"))
    assert "choose Day as the unit of time" in refused(path)


def test_microsoft_api_names_and_us_dates(tmp_path: Path) -> None:
    text = (
        "TimePeriod,AccountId,CampaignName,CurrencyCode,Impressions,Clicks,Spend\n"
        "1/2/2026,9,Search,EUR,100,3,1.50\n"
    )
    found = gather(written(tmp_path, text), SETTINGS)
    assert costs(found)[0][:3] == (dt.date(2026, 1, 2), "Search", Decimal("1.5"))


def test_linkedin_in_utf16_with_lines_above() -> None:
    path = GOLDEN / "linkedin_ads" / "report.csv"
    assert recognise(path, SETTINGS).source == "linkedin_ads"
    found = gather(path, SETTINGS)
    assert costs(found) == [
        (dt.date(2026, 1, 5), "Buyers, Paris", Decimal("33.33"), "EUR", 1000, 4, 7),
        (dt.date(2026, 1, 6), "Buyers, Paris", Decimal("33.34"), "EUR", 1100, 5, 8),
        (dt.date(2026, 1, 6), "Retailers", Decimal(0), "EUR", 0, 0, 9),
    ]
    assert found.aside == []


def test_linkedin_ad_sets_stand_where_campaigns_stood() -> None:
    found = gather(GOLDEN / "linkedin_ads" / "de.csv", SETTINGS)
    assert costs(found) == [
        (dt.date(2025, 10, 13), "Einkäufer", Decimal("330.51"), "CHF", 4197, 17, 5),
        (dt.date(2025, 10, 14), "Einkäufer", Decimal(12), "CHF", 97, 1, 6),
    ]


def test_linkedin_totals_that_look_daily_are_refused(tmp_path: Path) -> None:
    text = (
        "Campaign Performance Report (in UTC)\nReport Start: 1/1/2026\nReport End: 1/31/2026\n\n"
        "Start Date (in UTC),Campaign Name,Currency,Total Spent,Impressions\n"
        "1/1/2026,Buyers,EUR,933.33,1000\n1/1/2026,Retailers,EUR,33.33,1000\n"
    )
    assert "time breakdown Daily" in refused(written(tmp_path, text))
    one_day = text.replace("1/31/2026", "1/1/2026")
    assert gather(written(tmp_path, one_day), SETTINGS).rows == 2


def test_tiktok_total_has_no_day() -> None:
    path = GOLDEN / "tiktok_ads" / "report.csv"
    assert recognise(path, SETTINGS).source == "tiktok_ads"
    found = gather(path, SETTINGS)
    assert costs(found) == [
        (dt.date(2026, 1, 5), "Launch", Decimal(15), "EUR", 5000, 40, 2),
        (dt.date(2026, 1, 6), "Launch", Decimal(11), "EUR", 4100, None, 4),
    ]
    assert found.codes == {"total_row": 1}
    spanish = gather(GOLDEN / "tiktok_ads" / "es.csv", SETTINGS)
    assert costs(spanish)[0][1:6] == ("Lanzamiento", Decimal("10.5"), "EUR", 4000, 31)


def test_pinterest_counts_clicks_that_leave() -> None:
    path = GOLDEN / "pinterest_ads" / "report.csv"
    assert recognise(path, SETTINGS).source == "pinterest_ads"
    found = gather(path, SETTINGS)
    day = dt.date(2026, 1, 5)
    assert costs(found) == [(day, "Spring Pins", Decimal(12), "EUR", 5500, 66, 2)]
