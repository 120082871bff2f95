"""Reports of Meta Ads Manager: what campaigns on Facebook and Instagram cost, day by day.

The currency stands in the header. Ad sets and ads of a campaign are added up to its day; the row of
totals, and rows that say "All" where others break a figure down, are set aside. Without a column
for the day a row is a whole period, unless `Reporting starts` and `Reporting ends` are one day in
every row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.costs import Medium, daily_costs
from rapport.sources.loading import Rule
from rapport.sources.reading import TableFile
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "meta_ads"


def _in_currency(words: str) -> re.Pattern[str]:
    return re.compile(rf"{words} \(([A-Z]{{3}})\)")


_COLUMNS: dict[str, Aliases] = {
    "day": ("Day", "Jour", "Tag", "Día", "Dag"),
    "starts": (
        *("Reporting starts", "Début des rapports", "Berichtsstart", "Inicio del informe"),
        "Rapporteringsstart",
    ),
    "ends": (
        *("Reporting ends", "Fin des rapports", "Berichtsende", "Fin del informe"),
        "Rapporteringsslut",
    ),
    "campaign": (
        *("Campaign name", "Nom de la campagne", "Name der Kampagne", "Kampagnenname"),
        *("Nombre de la campaña", "Kampanjnamn"),
    ),
    "ad_set": (
        *("Ad set name", "Nom de l'ensemble de publicités", "Anzeigengruppenname"),
        *("Nombre del conjunto de anuncios", "Annonsuppsättningens namn"),
    ),
    "ad": ("Ad name", "Nom de la publicité", "Anzeigenname", "Nombre del anuncio", "Annonsnamn"),
    "cost": (
        *(_in_currency("Amount spent"), _in_currency("Montant dépensé")),
        *(_in_currency("Ausgegebener Betrag"), _in_currency("Importe gastado")),
        *(_in_currency("Spenderat belopp"), "Amount spent", "Montant dépensé"),
        *("Ausgegebener Betrag", "Importe gastado", "Spenderat belopp"),
    ),
    "currency": ("Currency", "Devise", "Währung", "Divisa", "Valuta"),
    "impressions": ("Impressions", "Impressionen", "Impresiones", "Visningar"),
    "clicks": (
        *("Link clicks", "Clics sur un lien", "Clics sur le lien", "Link-Klicks"),
        *("Clics en el enlace", "Länkklick", "Clicks (all)", "Clics (tous)", "Klicks (alle)"),
        *("Clics (todos)", "Klick (alla)"),
    ),
    "region": ("Region", "Région", "Región", "Country", "Pays", "Land", "País"),
    "age": ("Age", "Âge", "Alter", "Edad", "Ålder"),
    "gender": ("Gender", "Sexe", "Geschlecht", "Sexo", "Kön"),
    "platform": ("Platform", "Plateforme", "Plattform", "Plataforma"),
    "placement": ("Placement", "Platzierung", "Ubicación", "Placering"),
    "device": ("Device platform", "Impression device", "Appareil", "Gerät", "Dispositivo", "Enhet"),
}
_BREAKDOWNS = ("day", "region", "age", "gender", "platform", "placement", "device")
_ALL = ("all", "tous", "toutes", "tout", "alle", "todos", "todas", "todo", "alla", "total")
_ALL_CLICKS = r"\((all|tous|alle|todos|alla)\)"


def _daily(header: Header) -> Header | None:
    """Return the header with a column for the day; None when the file names no day."""
    if "day" in header:
        return header
    if "starts" in header and "ends" in header:
        return Header({**header, "day": header["starts"]}, header.said)
    return None


def _facts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    """Return the facts of a report; raises Problem as `costs.daily_costs` does."""
    daily = _daily(header) or header
    breakdowns = [header[name] for name in _BREAKDOWNS if name in header]
    clicks = "all clicks" if re.search(_ALL_CLICKS, header.get("clicks", ""), re.I) else "on links"
    notes = (f"Clicks are {clicks}." if "clicks" in header else "The file has no clicks.",)
    medium = Medium(SOURCE, rules=(_totals(header["campaign"], breakdowns),), notes=notes)
    return daily_costs(file, daily, settings, now, medium)


def _totals(campaign: str, breakdowns: Sequence[str]) -> Rule:
    def finds(rows: pa.Table) -> pa.ChunkedArray:
        found = pc.equal(trimmed(rows.column(campaign)), "")
        for name in breakdowns:
            cells = pc.utf8_lower(trimmed(rows.column(name)))
            found = pc.or_(found, pc.is_in(cells, pa.array(_ALL)))
        return found

    return Rule("total_row", "The row is the total of the others.", finds)


_PERIOD = Refusal(
    "Its rows are totals of a period, from Reporting starts to Reporting ends, and not of a day.",
    "In Ads Manager choose Breakdown › By time › Day and export the table again.",
)


def _examine(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse totals over a period, which look like daily rows."""
    if "day" in header or (_daily(header) and _one_day_a_row(file, header)):
        return []
    return [Fault(_PERIOD.what, file.name, _PERIOD.hint)]


def _one_day_a_row(file: TableFile, header: Header) -> bool:
    starts, ends, campaign = (header[name] for name in ("starts", "ends", "campaign"))
    for part in file.rows([starts, ends, campaign]):
        rows = part.table.filter(pc.not_equal(trimmed(part.table.column(campaign)), ""))
        same = pc.equal(trimmed(rows.column(starts)), trimmed(rows.column(ends)))
        if rows.num_rows and not pc.all(same).as_py():
            return False
    return True


SYSTEM = System(
    SOURCE,
    "Meta Ads",
    "paid",
    (
        Shape(
            name="campaigns",
            title="Campaigns by day of Meta Ads",
            grain="one campaign on one day",
            tables=("spend",),
            columns=_COLUMNS,
            needs=("cost", "campaign", "impressions"),
            where="Meta Ads Manager › Campaigns › Breakdown › By time › Day › Export table data",
            since="2020",
            checked="English, French, German and Spanish as a public importer verified them in real"
            " files; Swedish not seen in a real file",
            facts=_facts,
            examine=_examine,
        ),
    ),
)
