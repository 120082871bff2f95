"""What happens away from screens: visits, events, referrals, press, TV, radio, prices, holidays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import day_text, local, money
from rapport.simulation.exports.delimited import (
    FRENCH,
    PLAIN,
    Cells,
    names,
    write_filled,
)
from rapport.simulation.exports.view import (
    Places,
    cards,
    days_of,
    looked_up,
    places,
    present,
    where,
)
from rapport.simulation.exports.wounds import emptied
from rapport.simulation.history import CURRENCY, ZONE, History

STORE_VISITS = names("id_visite, date, heure, magasin, carte de fidélité, a acheté")
EVENTS = names("n° d'inscription, date, événement, prénom, nom, courriel, code postal")
SALES_CALLS = names("n° d'appel, date, commercial, prénom, nom, courriel, société")
HEARD = names("date, customer_id, email, how_did_you_hear")
REFERRALS = names("code, referrer_email, referred_email, shared_on, used_on, order_id, reward")
PRESS = names("date, title, outlet, kind, country, circulation, url")
TV = names("Jour, Chaîne, Campagne, Région, Contacts, Coût HT")
RADIO = names("Jour, Station, Campagne, Région, Contacts, Coût HT")
PRICES = names("semaine, concurrent, sku, produit, prix concurrent, notre prix, devise")
COSTS = names("day, channel, campaign, region, cost, currency, impressions, clicks")
INFLUENCERS = names("network, handle, asked_on, posted_on, fee, reach, post_id")
CALENDAR = names("first_day, last_day, kind, region, note, size")
HOLIDAYS = names("date, country, name")
_LOST = 0.01
_TOLD = {
    "friend": "A friend or relative",
    "social": "Social media",
    "search": "Search engine",
    "ad": "Advertising",
    "store": "Saw the store",
    "press": "Press",
    "tv": "Television",
    "radio": "Radio",
    "other": "Other",
    "dont_know": "I don't remember",
}


def write_store_visits(history: History, folder: Path) -> list[Path]:
    """Write the visits counted in the stores; a card only where it was shown."""
    rows = present(history, "store_visits", where(history.contact, kind="store_visit"), "met_on")
    known, at = cards(history, "pos", rows.column("person_id"), rows.column("met_on"))
    at = np.where(np.asarray(rows.column("identified")), at, -1)
    cells: dict[str, Cells] = {
        "id_visite": rows.column("contact_id"),
        "date": local(rows.column("met_on"), "%Y-%m-%d", ZONE),
        "heure": local(rows.column("met_on"), "%H:%M", ZONE),
        "magasin": rows.column("place"),
        "carte de fidélité": looked_up(known, "loyalty_card", at),
        "a acheté": pc.if_else(rows.column("bought"), "oui", "non"),
    }
    return write_filled(folder / "offline" / "store_visits.csv", STORE_VISITS, cells, FRENCH)


def _person(known: pa.Table, at: Places) -> dict[str, Cells]:
    return {
        "prénom": looked_up(known, "first_name", at),
        "nom": looked_up(known, "last_name", at),
        "courriel": looked_up(known, "email", at),
    }


def write_events(history: History, folder: Path) -> list[Path]:
    """Write who came to the brand's events, as they wrote it on the list; some wrote nothing."""
    rows = where(history.contact, kind="event")
    known, at = cards(history, "shopify", rows.column("person_id"), rows.column("met_on"))
    at = np.where(np.asarray(rows.column("identified")), at, -1)
    day = local(rows.column("met_on"), "%Y-%m-%d", ZONE)
    cells: dict[str, Cells] = {
        "n° d'inscription": rows.column("contact_id"),
        "date": emptied(history, "events.csv", day, _LOST),
        "événement": rows.column("place"),
        **_person(known, at),
        "code postal": looked_up(known, "postcode", at),
    }
    return write_filled(folder / "offline" / "events.csv", EVENTS, cells, FRENCH)


def write_sales_calls(history: History, folder: Path) -> list[Path]:
    """Write the calls of the sellers."""
    rows = where(history.contact, kind="sales_call")
    known, at = cards(history, "salesforce", rows.column("person_id"), rows.column("met_on"))
    lead = places(history.lead.column("person_id"), rows.column("person_id"))
    cells: dict[str, Cells] = {
        "n° d'appel": rows.column("contact_id"),
        "date": local(rows.column("met_on"), "%Y-%m-%d", ZONE),
        "commercial": rows.column("place"),
        **_person(known, at),
        "société": looked_up(history.lead, "company", lead),
    }
    return write_filled(folder / "offline" / "sales_calls.csv", SALES_CALLS, cells, FRENCH)


def write_heard(history: History, folder: Path) -> list[Path]:
    """Write the answers to the question at the till of the web shop."""
    rows = history.heard
    known, at = cards(history, "shopify", rows.column("person_id"), rows.column("asked_on"))
    told = places(pa.array(list(_TOLD)), rows.column("told"))
    cells: dict[str, Cells] = {
        "date": local(rows.column("asked_on"), "%Y-%m-%d", ZONE),
        "customer_id": looked_up(known, "card_id", at),
        "email": looked_up(known, "email", at),
        "how_did_you_hear": looked_up(pa.table({"told": list(_TOLD.values())}), "told", told),
    }
    return write_filled(folder / "offline" / "how_did_you_hear.csv", HEARD, cells)


def write_referrals(history: History, folder: Path) -> list[Path]:
    """Write the referral codes: who handed one to whom, and the order it came with.

    Who has no card in the shop gave the programme the address used most.
    """
    rows = history.referral
    person = {}
    for side in ("referrer", "referred"):
        known, at = cards(history, "shopify", rows.column(side), rows.column("referred_on"))
        own = places(history.person.column("person_id"), rows.column(side))
        person[f"{side}_email"] = pc.coalesce(
            looked_up(known, "email", at), looked_up(history.person, "email", own)
        )
    cells: dict[str, Cells] = {
        "code": rows.column("code"),
        **person,
        "shared_on": local(rows.column("referred_on"), "%Y-%m-%d %H:%M:%S", ZONE),
        "used_on": local(rows.column("used_on"), "%Y-%m-%d %H:%M:%S", ZONE),
        "order_id": rows.column("order_id"),
        "reward": money(rows.column("reward")),
    }
    return write_filled(folder / "offline" / "referral_codes.csv", REFERRALS, cells)


def write_press(history: History, folder: Path) -> list[Path]:
    """Write the cuttings of the press office: the first of each text, not its copies."""
    rows = where(history.mention, tool="meltwater")
    rows = rows.filter(pc.is_null(rows.column("copy_of")))
    cells: dict[str, Cells] = {
        "date": local(rows.column("published_on"), "%Y-%m-%d", ZONE),
        "title": rows.column("title"),
        "outlet": rows.column("outlet"),
        "kind": rows.column("page_type"),
        "country": rows.column("country"),
        "circulation": rows.column("reach"),
        "url": rows.column("url"),
    }
    return write_filled(folder / "offline" / "press.csv", PRESS, cells)


def write_plans(history: History, folder: Path) -> list[Path]:
    """Write the plans of TV and radio as the agency sends them: French, semicolons."""
    paths = []
    for channel, header, station in (("tv", TV, "Chaîne"), ("radio", RADIO, "Station")):
        rows = where(history.spend, channel=channel)
        cells: dict[str, Cells] = {
            "Jour": day_text(rows.column("day"), "%d/%m/%Y"),
            station: "Régie fictive",
            "Campagne": rows.column("campaign"),
            "Région": rows.column("region"),
            "Contacts": rows.column("impressions"),
            "Coût HT": money(rows.column("cost"), ","),
        }
        paths += write_filled(folder / "offline" / f"{channel}_plan.csv", header, cells, FRENCH)
    return paths


def write_costs(history: History, folder: Path) -> list[Path]:
    """Write what e-mails and influencers cost, which no advertising platform knows."""
    rows = history.spend
    rows = rows.filter(pc.is_in(rows.column("channel"), pa.array(["email", "influencer"])))
    cells: dict[str, Cells] = {
        "day": day_text(rows.column("day")),
        **{name: rows.column(name) for name in ("channel", "campaign", "region")},
        "cost": money(rows.column("cost")),
        "currency": CURRENCY,
        "impressions": rows.column("impressions"),
        "clicks": rows.column("clicks"),
    }
    return write_filled(folder / "offline" / "costs.csv", COSTS, cells)


def write_influencers(history: History, folder: Path) -> list[Path]:
    """Write whom the brand asked for a post, and what came of it."""
    rows = history.approach
    network = rows.column("network").to_pylist()
    keys = zip(network, rows.column("account_id").to_pylist(), strict=True)
    known = history.account.select(["network", "account_id", "handle"]).to_pylist()
    handles = {(row["network"], row["account_id"]): row["handle"] for row in known}
    cells: dict[str, Cells] = {
        "network": network,
        "handle": [handles.get(key) for key in keys],
        "asked_on": local(rows.column("approached_on"), "%Y-%m-%d %H:%M", ZONE),
        "posted_on": local(rows.column("posted_on"), "%Y-%m-%d %H:%M", ZONE),
        "fee": money(rows.column("cost")),
        "reach": rows.column("reach"),
        "post_id": rows.column("message_id"),
    }
    return write_filled(folder / "offline" / "influencers.csv", INFLUENCERS, cells)


def write_prices(history: History, folder: Path) -> list[Path]:
    """Write competitors' prices, week by week."""
    rows = history.competitor_price
    at = places(history.product.column("sku"), rows.column("sku"))
    cells: dict[str, Cells] = {
        "semaine": day_text(rows.column("day")),
        "concurrent": rows.column("competitor"),
        "sku": rows.column("sku"),
        "produit": looked_up(history.product, "name_fr", at),
        "prix concurrent": money(rows.column("price"), ","),
        "notre prix": money(rows.column("our_price"), ","),
        "devise": CURRENCY,
    }
    return write_filled(folder / "offline" / "competitor_prices.csv", PRICES, cells, FRENCH)


def write_calendar(history: History, folder: Path) -> list[Path]:
    """Write what the brand itself knows of: promotions, prices, launches, its own events."""
    known = ("promotion", "price", "launch", "store_event", "competitor", "crisis")
    rows = history.event
    rows = rows.filter(pc.is_in(rows.column("kind"), pa.array(known)))
    cells: dict[str, Cells] = {
        "first_day": day_text(rows.column("day")),
        "last_day": day_text(rows.column("until")),
        "kind": rows.column("kind"),
        "region": rows.column("region"),
        "note": rows.column("note"),
        "size": rows.column("size"),
    }
    return write_filled(folder / "offline" / "calendar.csv", CALENDAR, cells)


def write_holidays(history: History, folder: Path) -> list[Path]:
    """Write the public holidays, one day a row."""
    rows = where(history.event, kind="holiday")
    first, last = days_of(rows.column("day")), days_of(rows.column("until"))
    length = np.maximum(last - first + 1, 1)
    at = np.repeat(np.arange(rows.num_rows), length)
    step = np.arange(len(at)) - np.repeat(np.cumsum(length) - length, length)
    days = pa.array((first[at] + step).astype("datetime64[D]"))
    cells: dict[str, Cells] = {
        "date": day_text(days),
        "country": looked_up(rows, "region", at),
        "name": looked_up(rows, "note", at),
    }
    return write_filled(folder / "offline" / "holidays.csv", HOLIDAYS, cells, PLAIN)
