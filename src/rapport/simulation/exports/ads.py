"""The advertising platforms' daily reports: Meta in French, Google, Microsoft, LinkedIn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import day_text, fixed, grouped, ints, money
from rapport.simulation.exports.delimited import Cells, Dialect, as_text, names, write_filled
from rapport.simulation.exports.view import present, where
from rapport.simulation.history import BRAND, CURRENCY, History

META = (
    *names("Jour, Nom de la campagne, Région, Diffusion de la campagne"),
    f"Montant dépensé ({CURRENCY})",
    *names("Impressions, Couverture, Clics (tous), Clics sur un lien, Résultats"),
    *names("Indicateur de résultats, Début des rapports, Fin des rapports"),
)
GOOGLE = names(
    "Day, Campaign, Campaign type, Location, Currency code, Impr., Clicks, Cost, Conversions"
)
MICROSOFT = names(
    "Gregorian date, Account name, Campaign name, Campaign ID, Impressions, Clicks, Spend",
    "Conversions, Currency code",
)
LINKEDIN = names(
    "Start Date (in UTC), Account Name, Currency, Campaign Group Name, Campaign Name",
    "Campaign ID, Total Spent, Impressions, Clicks, Average CTR, Conversions",
)


def _spend(history: History, channel: str) -> pa.Table:
    return present(history, channel, where(history.spend, channel=channel), "day")


def _numbers(campaigns: pa.ChunkedArray, base: int) -> list[int]:
    known = sorted(set(campaigns.to_pylist()))
    return [base + 7919 * known.index(name) for name in campaigns.to_pylist()]


def write_meta(history: History, folder: Path) -> list[Path]:
    """Write Meta's daily report: semicolons, decimal commas, the currency in the header."""
    rows = _spend(history, "meta_ads")
    clicks, impressions = ints(rows.column("clicks")), ints(rows.column("impressions"))
    day = day_text(rows.column("day"))
    cells: dict[str, Cells] = {
        "Jour": day,
        "Nom de la campagne": rows.column("campaign"),
        "Région": rows.column("region"),
        "Diffusion de la campagne": "active",
        f"Montant dépensé ({CURRENCY})": money(rows.column("cost"), ","),
        "Impressions": impressions,
        "Couverture": np.rint(impressions * 0.83).astype(np.int64),
        "Clics (tous)": clicks + clicks // 5,
        "Clics sur un lien": clicks,
        "Résultats": rows.column("conversions"),
        "Indicateur de résultats": "actions:offsite_conversion.fb_pixel_purchase",
        "Début des rapports": day,
        "Fin des rapports": day,
    }
    path = folder / "meta" / "Maison-Alize-Campagnes-par-jour.csv"
    return write_filled(path, META, cells, Dialect(";", "\n", encoding="utf-8-sig"))


def write_google(history: History, folder: Path) -> list[Path]:
    """Write Google Ads' report: two lines above the header, numbers with commas, total rows."""
    rows = _spend(history, "google_ads")
    n = rows.num_rows
    cost, clicks = ints(rows.column("cost")), ints(rows.column("clicks"))
    impressions, claimed = ints(rows.column("impressions")), ints(rows.column("conversions"))
    brandish = [("search" in name.lower()) for name in rows.column("campaign").to_pylist()]
    totals = ("Total: Campaigns", "Total: Account")
    blank = [""] * 2
    cells: dict[str, Cells] = {
        "Day": [*as_text(day_text(rows.column("day"))).to_pylist(), *totals],
        "Campaign": [*rows.column("campaign").to_pylist(), " --", " --"],
        "Campaign type": [*("Search" if s else "Performance Max" for s in brandish), *blank],
        "Location": [*rows.column("region").to_pylist(), *blank],
        "Currency code": [CURRENCY] * (n + 2),
        "Impr.": grouped(_with_totals(impressions)),
        "Clicks": grouped(_with_totals(clicks)),
        "Cost": _grouped_money(_with_totals(cost)),
        "Conversions": fixed(_with_totals(claimed).astype(float), 2),
    }
    last = f"{history.last_day:%B} {history.last_day.day}, {history.last_day.year}"
    first = f"{history.first_day:%B} {history.first_day.day}, {history.first_day.year}"
    dialect = Dialect(preamble=f'Campaign report\n"{first} - {last}"\n')
    return write_filled(folder / "ads" / "Campaign report.csv", GOOGLE, cells, dialect)


def _with_totals(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, [values.sum()] * 2])


def _grouped_money(cents: np.ndarray) -> list[str]:
    return [f"{value // 100:,}.{value % 100:02d}" for value in cents.tolist()]


def write_microsoft(history: History, folder: Path) -> list[Path]:
    """Write Microsoft Advertising's report: US dates, no region, so regions are added up."""
    rows = _summed(_spend(history, "microsoft_ads"))
    cells: dict[str, Cells] = {
        "Gregorian date": day_text(rows.column("day"), "%m/%d/%Y"),
        "Account name": BRAND,
        "Campaign name": rows.column("campaign"),
        "Campaign ID": _numbers(rows.column("campaign"), 412_880_000),
        "Impressions": rows.column("impressions"),
        "Clicks": rows.column("clicks"),
        "Spend": money(rows.column("cost")),
        "Conversions": rows.column("conversions"),
        "Currency code": CURRENCY,
    }
    path = folder / "ads" / "Campaign_Performance_Report_Microsoft.csv"
    return write_filled(path, MICROSOFT, cells, Dialect(encoding="utf-8-sig", quotes="all"))


def _summed(rows: pa.Table) -> pa.Table:
    figures = ("cost", "impressions", "clicks", "conversions")
    summed = rows.group_by(["day", "campaign"], use_threads=False).aggregate(
        [(name, "sum") for name in figures]
    )
    summed = summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
    return summed.sort_by([("day", "ascending"), ("campaign", "ascending")])


def write_linkedin(history: History, folder: Path) -> list[Path]:
    """Write LinkedIn's campaign report: UTF-16, tabs, five lines above the header."""
    rows = _summed(_spend(history, "linkedin_ads"))
    clicks, shown = ints(rows.column("clicks")), ints(rows.column("impressions"))
    rate = pc.binary_join_element_wise(fixed(100 * clicks / np.maximum(shown, 1), 2), "%", "")
    cells: dict[str, Cells] = {
        "Start Date (in UTC)": day_text(rows.column("day"), "%m/%d/%Y"),
        "Account Name": BRAND,
        "Currency": CURRENCY,
        "Campaign Group Name": "Default Campaign Group",
        "Campaign Name": rows.column("campaign"),
        "Campaign ID": _numbers(rows.column("campaign"), 291_400_000),
        "Total Spent": money(rows.column("cost")),
        "Impressions": shown,
        "Clicks": clicks,
        "Average CTR": rate,
        "Conversions": rows.column("conversions"),
    }
    made = history.last_day
    preamble = (
        "Campaign Performance Report (in UTC)\n"
        f"Report Start: {history.first_day:%B %d, %Y}, 12:00 AM\n"
        f"Report End: {made:%B %d, %Y}, 11:59 PM\n"
        f"Date Generated: {made:%B %d, %Y}, 11:59 PM\n\n"
    )
    dialect = Dialect("\t", "\n", encoding="utf-16-le", preamble=preamble)
    return write_filled(
        folder / "ads" / "linkedin_campaign_performance.csv", LINKEDIN, cells, dialect
    )
