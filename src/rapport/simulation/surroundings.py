"""Stores, products, spending, rivals' prices, dated events, and the holes in the data."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from rapport.simulation.goods import STORES
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, words_of
from rapport.simulation.media import CHANNELS, CLICKED, costs
from rapport.simulation.orders import Orders
from rapport.simulation.selling import TASTINGS, tasting_days
from rapport.simulation.web import SOURCES

CAMPAIGNS = {
    "meta_ads": (("Prospection", 0.65), ("Reciblage", 0.35)),
    "google_ads": (("Générique", 0.7), ("Marque", 0.3)),
    "microsoft_ads": (("Brand FR-UK", 1.0),),
    "linkedin_ads": (("Cadeaux d'affaires", 1.0),),
    "tv": (("Spot 20s", 1.0),),
    "radio": (("Spot 30s", 1.0),),
    "email": (("lettre", 1.0),),
}
PER_EURO = {
    "meta_ads": (140.0, 0.012),
    "google_ads": (25.0, 0.06),
    "microsoft_ads": (30.0, 0.05),
    "linkedin_ads": (20.0, 0.006),
    "tv": (110.0, 0.0),
    "radio": (160.0, 0.0),
    "email": (900.0, 0.02),
}
"""Impressions for a euro, and clicks for an impression."""
RIVALS = ("Comptoir Bourdon", "Harrow Tea")
# Whom people speak of beside the brand, in the words of either language (simulation/texts).
SPOKEN_OF = (
    "Comptoir du Levant|Levant & Sons",
    "Les Thés d'Ulysse|Ulysses Teas",
    "Chocolaterie du Pont|Bridge Chocolate Co",
    "Café Boréal|Boreal Coffee",
)
HOLIDAYS = (
    (1, 1, None, "Jour de l'an / New Year's Day"),
    (2, 14, None, "Saint-Valentin / Valentine's Day"),
    (5, 1, "FR", "Fête du Travail"),
    (5, 8, "FR", "Victoire 1945"),
    (7, 14, "FR", "Fête nationale"),
    (8, 15, "FR", "Assomption"),
    (11, 1, "FR", "Toussaint"),
    (11, 11, "FR", "Armistice"),
    (12, 25, None, "Noël / Christmas"),
    (12, 26, "GB", "Boxing Day"),
)
LAUNCHES = ((95, "Thé fumé"), (410, "Coffret café du monde"))


def store_table() -> pa.Table:
    """Return the sheet `store`."""
    columns = zip(*sorted(STORES), strict=True)
    names = ("store_id", "name", "city", "region", "country")
    return sheet("store", {name: list(values) for name, values in zip(names, columns, strict=True)})


def product_table(lived: Lived) -> pa.Table:
    """Return the sheet `product`, by number."""
    goods = lived.goods
    order = np.argsort(goods.sku.astype(str))
    names = ("sku", "name_fr", "name_en", "category", "price", "cost")
    return sheet("product", {name: getattr(goods, name)[order] for name in names})


def spend_table(lived: Lived, clicks: np.ndarray) -> pa.Table:
    """Return the sheet `spend`; platforms claim every order that came by a click of theirs."""
    parts = [_channel(lived, name, clicks) for name in CHANNELS]
    parts.append(_influencers(lived))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    keys = (columns["region"], columns["campaign"], columns["channel"])
    order = np.lexsort((*(key.astype(str) for key in keys), columns["day"]))
    columns = {name: values[order] for name, values in columns.items()}
    columns["day"] = lived.days.dates(columns["day"])
    return sheet("spend", columns)


def _channel(lived: Lived, name: str, clicks: np.ndarray) -> dict[str, np.ndarray]:
    rng = lived.chance(f"spend {name}")
    plan, people = lived.pressures.media[name], lived.people
    cents = costs(plan, people.in_region)
    rate, through = PER_EURO[name]
    made: dict[str, list[np.ndarray]] = {}
    for campaign, share in CAMPAIGNS[name]:
        cost = np.round(cents * share).astype(np.int64)
        region, day = np.nonzero(cost > 0)
        paid = cost[region, day]
        impressions = rng.poisson(paid / 100 * rate)
        clicked = rng.binomial(impressions, through)
        claimed = _claimed(lived, name, campaign, clicks)[region, day]
        clicked = np.maximum(clicked, claimed)
        columns = {
            "day": day,
            "channel": np.full(len(day), name, dtype=object),
            "campaign": np.full(len(day), campaign, dtype=object),
            "region": words_of(region, people.regions),
            "cost": paid,
            "impressions": np.maximum(impressions, clicked),
            "clicks": clicked if name in CLICKED else np.zeros(len(day), np.int64),
            "conversions": claimed,
        }
        for column, values in columns.items():
            made.setdefault(column, []).append(values)
    return {column: np.concatenate(values) for column, values in made.items()}


def _claimed(lived: Lived, channel: str, campaign: str, clicks: np.ndarray) -> np.ndarray:
    """Return web orders whose last click was of a campaign, by region and day."""
    cells = np.zeros((len(lived.people.regions), lived.days.count), np.int64)
    mine = [n for n, s in enumerate(SOURCES) if s.paid == channel and s.campaign == campaign]
    rows = np.flatnonzero(np.isin(clicks, mine))
    orders: Orders = lived.orders
    np.add.at(cells, (lived.people.region[orders.person[rows]], orders.day[rows].astype(int)), 1)
    return cells


def _influencers(lived: Lived) -> dict[str, np.ndarray]:
    asked = lived.pressures.approaches
    day = np.unique(asked.day.astype(int))
    count = np.bincount(asked.day.astype(int), minlength=lived.days.count)[day]
    zero = np.zeros(len(day), np.int64)
    return {
        "day": day,
        "channel": np.full(len(day), "influencer", dtype=object),
        "campaign": np.full(len(day), "ambassadeurs", dtype=object),
        "region": np.full(len(day), "", dtype=object),
        "cost": count * round(lived.world.influencers.fee * 100),
        "impressions": zero,
        "clicks": zero,
        "conversions": zero,
    }


def competitor_price_table(lived: Lived) -> pa.Table:
    """Return the sheet `competitor_price`: eight products of two rivals, each Monday."""
    rng, goods = lived.chance("competitor prices"), lived.goods
    mondays = np.flatnonzero(lived.days.weekday == 0)
    compared = np.sort(np.argsort(-goods.share, kind="stable")[:8])
    day, rival, product = (
        part.ravel() for part in np.meshgrid(mondays, np.arange(2), compared, indexing="ij")
    )
    drift = 1 + 0.015 * rng.standard_normal(len(day))
    level = np.array([0.97, 1.05])[rival]
    off = np.zeros(len(day))
    runs = lived.days.stretches(lived.world.competitors.campaigns)
    for campaign, begin, end in runs if lived.world.competitors.on else []:
        mine = (day >= begin) & (day < end)
        if campaign.name in RIVALS:
            mine &= rival == RIVALS.index(campaign.name)
        off[mine] = campaign.off
    ours = np.round(goods.price[product] * lived.pressures.price[day]).astype(np.int64)
    theirs = np.round(goods.price[product] * level * drift * (1 - off)).astype(np.int64)
    sku = goods.sku[product]
    names = words_of(rival, RIVALS)
    order = np.lexsort((sku.astype(str), names.astype(str), day))
    return sheet(
        "competitor_price",
        {
            "day": lived.days.dates(day[order]),
            "competitor": names[order],
            "sku": sku[order],
            "price": theirs[order],
            "our_price": ours[order],
        },
    )


def event_table(lived: Lived) -> pa.Table:
    """Return the sheet `event`, by day."""
    days, world = lived.days, lived.world
    rows: list[tuple[int, int, str, str | None, str, float | None]] = []
    for kind, part in (("promotion", world.promotions), ("competitor", world.competitors)):
        runs = days.stretches(part.campaigns) if part.on else []
        rows += [(begin, end - 1, kind, None, run.name, run.off) for run, begin, end in runs]
    if world.price.on:
        rows.append((world.price.day, world.price.day, "price", None, "prices", world.price.rise))
    rows += [
        (wave.day, wave.day + int(wave.days), "crisis", None, wave.topic, wave.severity)
        for wave in world.crises.waves
        if world.crises.on
    ]
    rows += [
        (viral.day, viral.day + int(world.buzz.days), "viral", None, "wave", viral.size)
        for viral in world.buzz.virals
        if world.buzz.on
    ]
    rows += [(day, day, "launch", None, note, None) for day, note in LAUNCHES]
    rows += [
        (int(day), int(day), "press", None, "article", None) for day in lived.pressures.articles
    ]
    for number, day in enumerate(tasting_days(lived)):
        rows.append((day, day, "store_event", None, TASTINGS[number % len(TASTINGS)], None))
    rows += _holidays(lived) + _flights(lived)
    rows = sorted(
        (row for row in set(rows) if 0 <= row[0] < days.count),
        key=lambda row: (row[0], row[2], row[3] or "", row[4], row[1], row[5] or 0.0),
    )
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return sheet(
        "event",
        {
            "day": [days.date(day) for day in columns[0]],
            "until": [min(days.date(day), days.last) for day in columns[1]],
            "kind": list(columns[2]),
            "region": pa.array(columns[3], pa.string()),
            "note": list(columns[4]),
            "size": pa.array(columns[5], pa.float64()),
        },
    )


def _holidays(lived: Lived) -> list[tuple[int, int, str, str | None, str, float | None]]:
    rows: list[tuple[int, int, str, str | None, str, float | None]] = []
    for year in range(lived.days.first.year, lived.days.last.year + 1):
        dated = [(dt.date(year, month, day), land, note) for month, day, land, note in HOLIDAYS]
        dated.append(
            (_easter(year) + dt.timedelta(days=1), None, "Lundi de Pâques / Easter Monday")
        )
        for date, land, note in dated:
            number = (date - lived.days.first).days
            rows.append((number, number, "holiday", land, note, None))
    return rows


def _easter(year: int) -> dt.date:
    """Return Easter Sunday (Meeus, Jones & Butcher's anonymous Gregorian algorithm)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def _flights(lived: Lived) -> list[tuple[int, int, str, str | None, str, float | None]]:
    """Return each flight of television and radio in each region."""
    rows: list[tuple[int, int, str, str | None, str, float | None]] = []
    for channel in ("tv", "radio"):
        spend = lived.pressures.media[channel].spend > 0
        for number, region in enumerate(lived.people.regions):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], spend[number].astype(int), [0]])))
            for begin, end in edges.reshape(-1, 2).tolist():
                rows.append((begin, end - 1, channel, region, "flight", None))
    return rows


def gap_table(lived: Lived) -> pa.Table:
    """Return the sheet `gap`: stretches lost here and there, and the last days of late systems."""
    faults, rng, days = lived.world.faults, lived.chance("gaps"), lived.days
    systems = [
        "ga4",
        "instagram",
        "facebook",
        "pos:LIL1",
        "pos:PAR2",
        "meta_ads",
        "store_visits",
        "tiktok",
    ]
    rows = []
    for system in rng.permutation(systems)[: faults.missing * faults.on].tolist():
        begin = int(rng.integers(0, days.count))
        end = min(begin + int(rng.integers(1, 6)), days.count - 1)
        rows.append((system, days.date(begin), days.date(end), "missing"))
    if faults.on and faults.late:
        begin = max(days.count - faults.late, 0)
        rows += [(name, days.date(begin), days.last, "late") for name in ("ga4", "pos:LYO1")]
    rows.sort()
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = ("system", "first_day", "last_day", "kind")
    kinds = (pa.string(), pa.date32(), pa.date32(), pa.string())
    return sheet("gap", {n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
