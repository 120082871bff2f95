"""Matomo: visits with their actions, as `Live.getLastVisitsDetails` gives them in JSON or CSV.

In JSON a visit holds its actions, so that its landing page, its goals and its orders are known; the
CSV of the same report spreads actions over columns that differ from file to file: of those only the
first page is read, and orders and goals are left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from rapport.record.schema import MONEY
from rapport.settings import Settings
from rapport.sources.channels import Arrival, origin
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import column_of, people
from rapport.sources.json_text import parse_json
from rapport.sources.loading import Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "matomo"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "visit_id": "idVisit",
    "account_id": "visitorId",
    "first": "firstActionTimestamp",
    "server": "serverTimestamp",
    "user": "userId",
    "kind": "visitorType",
    "way": "referrerType",
    "from": "referrerName",
    "referrer": "referrerUrl",
    "keyword": "referrerKeyword",
    "source": "campaignSource",
    "medium": "campaignMedium",
    "campaign": "campaignName",
    "currency": "siteCurrency",
    "language": "languageCode",
    "country": "countryCode",
    "actions": "actionDetails",
    "page": re.compile(r"actionDetails_(0_url|url_0)"),
    "site": "idSite",
    "duration": "visitDuration",
}
# What Matomo calls the way a visitor came, as a medium of the default channel group.
_MEDIUMS = {
    "search": "organic",
    "social": "social",
    "website": "referral",
    "ai_assistant": "ai-assistant",
    "ai-assistant": "ai-assistant",
}
_MTM = re.compile(r"([?&])(?:mtm|matomo|pk|piwik)_(source|medium|campaign)=")
_NOTES = (
    "Addresses are kept without what follows the question mark.",
    "Orders are what the browser saw. Where the shop's own orders are added too, count one of the"
    " two.",
)


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how visits are read."""
    kinds: dict[str, Kind] = {
        "user": "identifier",
        "kind": "text",
        "way": "text",
        "from": "text",
        "referrer": "text",
        "source": "text",
        "medium": "text",
        "campaign": "text",
        "currency": "text",
        "language": "text",
        "actions": "text",
        "page": "text",
    }
    when = "first" if "first" in header else "server"
    places = {**header, "started_on": header[when]}
    fields = fields_in(places, {"started_on": "time"}, required=["started_on"])
    fields += fields_in(places, {"visit_id": "identifier"}, required=["visit_id"])
    fields += fields_in(places, {"account_id": "identifier"}, required=["account_id"])
    fields += fields_in(places, kinds)

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        return _tables(typed, settings.currency)

    order = (header["visit_id"],)
    notes = _NOTES if "actions" in header else (_NOTES[0], "A CSV of visits holds no orders.")
    return Recipe(
        SOURCE, VERSION, fields, order, tables, by_line=False, time_zone="UTC", notes=notes
    )


def _tables(typed: pa.Table, currency: str) -> Mapping[str, pa.Table]:
    rows = typed.to_pylist()
    acts = [_actions(row.get("actions")) for row in rows]
    landings = [_landing(row, done) for row, done in zip(rows, acts, strict=True)]
    found = [_origin(row, page) for row, page in zip(rows, landings, strict=True)]
    goals = [", ".join(sorted(_goals(done))) or None for done in acts]
    columns: dict[str, object] = {
        **{name: typed.column(name) for name in ("visit_id", "started_on", "zone", "account_id")},
        **{name: pa.chunked_array([_texts(row[name] for row in found)]) for name in found[0]},
        "landing_page": pa.chunked_array([_texts(_bare(page) for page in landings)]),
        "referrer": pa.chunked_array([_texts(_bare(row.get("referrer")) for row in rows)]),
        "goals": pa.chunked_array([_texts(goals)]),
    }
    tables = {"visit": record_table("visit", columns, typed)}
    orders = [
        order
        for row, done, told in zip(rows, acts, found, strict=True)
        for order in _orders(row, done, told["campaign"], currency)
    ]
    if orders:
        tables["purchase"] = _purchases(orders)
    account = typed.column("account_id")
    who: dict[str, object] = {
        "account_id": account,
        "channel": "web",
        "language": column_of(typed, "language"),
    }
    evidence = {"device": [account], "external id": [column_of(typed, "user")]}
    return {**tables, **people(typed, who, evidence)}


def _texts(values: Any) -> pa.Array:
    return pa.array(list(values), pa.string())


def _actions(text: str | None) -> list[dict[str, Any]]:
    """Return the actions of a visit; none when they are no list of objects."""
    if not text:
        return []
    try:
        found = parse_json(text)
    except ValueError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _landing(row: Mapping[str, Any], done: list[dict[str, Any]]) -> str:
    pages = (str(act["url"]) for act in done if act.get("type") == "action" and act.get("url"))
    return next(pages, row.get("page") or "")


def _origin(row: Mapping[str, Any], landing: str) -> dict[str, str | None]:
    way = str(row.get("way") or "")
    page = _MTM.sub(r"\1utm_\2=", landing)
    source = row.get("source") or (str(row.get("from") or "").casefold() if way != "direct" else "")
    medium = row.get("medium") or _MEDIUMS.get(way, "")
    campaign = row.get("campaign") or (row.get("from") if way == "campaign" else "")
    returning = {"new": False, "returning": True, "returningCustomer": True}.get(
        str(row.get("kind"))
    )
    told = origin(
        Arrival(
            page, row.get("referrer") or "", source, medium, campaign or "", returning=returning
        )
    )
    return {
        "utm_source": told.source or None,
        "utm_medium": told.medium or None,
        "campaign": told.campaign or None,
        "channel": told.channel,
    }


def _bare(address: str | None) -> str | None:
    return re.sub(r"[?#].*$", "", address) or None if address else None


def _goals(done: list[dict[str, Any]]) -> set[str]:
    named = {
        str(act["goalName"]) for act in done if act.get("type") == "goal" and act.get("goalName")
    }
    return named | {"purchase" for act in done if act.get("type") == "ecommerceOrder"}


def _orders(
    row: Mapping[str, Any], done: list[dict[str, Any]], campaign: str | None, currency: str
) -> list[dict[str, Any]]:
    """Return the orders of a visit; one without a number or an amount is none."""
    orders = []
    for act in done:
        if act.get("type") != "ecommerceOrder" or not act.get("orderId"):
            continue
        revenue = _money(act.get("revenueSubTotal"))
        if revenue is None and (whole := _money(act.get("revenue"))) is not None:
            beside = (_money(act.get(name)) for name in ("revenueTax", "revenueShipping"))
            revenue = whole - sum(part or Decimal(0) for part in beside)
        if revenue is None:
            continue
        orders.append(
            {
                "purchase_id": str(act["orderId"]),
                "ordered_on": row["started_on"],
                "zone": row["zone"],
                "account_id": row["account_id"],
                "channel": "web",
                "revenue": revenue,
                "discount": _money(act.get("revenueDiscount")),
                "currency": _currency(row.get("currency")) or currency,
                "campaign": campaign,
                "referrer": _bare(row.get("referrer")),
                ROW: row[ROW],
            }
        )
    return orders


def _currency(text: object) -> str | None:
    return text if isinstance(text, str) and re.fullmatch(r"[A-Z]{3}", text) else None


def _money(value: object) -> Decimal | None:
    """Return an amount with four decimals; None for what is none or does not fit."""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return amount if abs(amount) < Decimal(10) ** 14 else None


def _purchases(orders: list[dict[str, Any]]) -> pa.Table:
    kinds = {"revenue": MONEY, "discount": MONEY, ROW: pa.int64()}
    kinds["ordered_on"] = pa.timestamp("us", "UTC")
    columns = {
        name: pa.chunked_array(
            [pa.array([order[name] for order in orders], kinds.get(name, pa.string()))]
        )
        for name in orders[0]
    }
    rows = pa.table(columns)
    return record_table("purchase", {n: rows.column(n) for n in columns if n != ROW}, rows)


SYSTEM = System(
    SOURCE,
    "Matomo",
    "web",
    (
        Shape(
            name="visits",
            title="Visits of Matomo, with their actions",
            grain="one visit",
            tables=("visit", "purchase", "account", "identifier"),
            columns=_COLUMNS,
            needs=("visit_id", "account_id", "server", "way"),
            where="Matomo API, Live.getLastVisitsDetails, format=JSON or CSV",
            since="2018",
            checked="answers in open-source clients, and the documented keys",
            recipe=_recipe,
        ),
    ),
)
