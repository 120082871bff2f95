"""Visits of Matomo become visits, orders and browsers, in JSON and in CSV."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import gather, settings, written

NOON = int(dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC).timestamp())
SHOP = "https://www.alize.example"


def visit(number: int, **more: Any) -> dict[str, Any]:
    """A visit as Live.getLastVisitsDetails gives it, shortened to what matters and what tempts."""
    return {
        "idSite": "1",
        "idVisit": str(number),
        "visitIp": "192.0.2.0",
        "visitorId": f"{number:016x}",
        "actionDetails": [
            {"type": "action", "url": f"{SHOP}/", "pageTitle": "Alizé", "timestamp": NOON}
        ],
        "goalConversions": 0,
        "siteCurrency": "EUR",
        "serverTimestamp": NOON + 300,
        "firstActionTimestamp": NOON,
        "userId": None,
        "visitorType": "new",
        "referrerType": "direct",
        "referrerName": "",
        "referrerUrl": "",
        "languageCode": "fr-fr",
        "countryCode": "fr",
    } | more


ORDER = {
    "type": "ecommerceOrder",
    "orderId": "A7",
    "revenue": "52.90",
    "revenueSubTotal": "40.00",
    "revenueTax": "8.00",
    "revenueShipping": "4.90",
    "revenueDiscount": "10.00",
}
GOLDEN = [
    visit(
        1,
        userId="C7",
        referrerType="campaign",
        referrerName="mai",
        actionDetails=[
            {"type": "action", "url": f"{SHOP}/p/1?mtm_source=brevo&mtm_medium=email&u=a%40b.fr"},
            {"type": "goal", "goalName": "Newsletter", "goalId": "2"},
            ORDER,
            {"type": "ecommerceAbandonedCart", "revenue": "99"},
        ],
    ),
    visit(2, referrerType="search", referrerName="Google", referrerUrl="https://www.google.fr/"),
    visit(3, referrerType="social", referrerName="Facebook", referrerUrl="https://l.facebook.com/"),
    visit(
        4, referrerType="ai_assistant", referrerName="ChatGPT", referrerUrl="https://chatgpt.com/"
    ),
    visit(5, referrerType="website", referrerName="blog.fr", referrerUrl="https://blog.fr/a?e=x"),
    visit(6, actionDetails=[{"type": "action", "url": f"{SHOP}/soins/creme-mains-karite"}]),
    visit(7, visitorType="returning"),
    visit(8, visitorId=""),
    visit(2),
]


def test_visits_their_orders_and_who_came(tmp_path: Path) -> None:
    found = gather(written(tmp_path, json.dumps(GOLDEN), "visits.json"), settings(None))
    assert found.facts.source == "matomo"
    assert dict(found.codes) == {"missing_account_id": 1, "repeated_order": 1}
    assert found.rows == 9
    assert found.column("channel", "visit") == [
        *("Email", "Organic Search", "Organic Social", "AI Assistant", "Referral"),
        *("Dark Social", "Direct"),
    ]
    first = found.tables["visit"][0]
    assert first["started_on"] == dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    assert (first["utm_source"], first["utm_medium"]) == ("brevo", "email")
    assert (first["campaign"], first["goals"]) == ("mai", "Newsletter, purchase")
    assert first["landing_page"] == f"{SHOP}/p/1", "what may name a person is not kept"
    assert found.tables["visit"][4]["referrer"] == "https://blog.fr/a"
    [order] = found.tables["purchase"]
    assert (order["purchase_id"], order["revenue"], order["discount"]) == (
        "A7",
        Decimal("40.0000"),
        Decimal("10.0000"),
    )
    assert (order["currency"], order["campaign"]) == ("EUR", "mai")
    known = {(r["kind"], r["value"]) for r in found.tables["identifier"] if r["source_row"] == 1}
    assert known == {("device", f"{1:016x}"), ("external id", "C7")}
    assert not any("192.0.2" in str(row) for rows in found.tables.values() for row in rows)


@pytest.mark.parametrize(
    ("changes", "revenue"),
    [
        ({"revenueSubTotal": None}, ["40.0000"]),
        ({"revenueSubTotal": None, "revenue": None}, []),
        ({"orderId": None}, []),
        ({"revenueSubTotal": "1e40"}, ["40.0000"]),
    ],
)
def test_an_order_has_the_amount_that_is_told_or_is_none(
    tmp_path: Path, changes: dict[str, Any], revenue: list[str]
) -> None:
    rows = [visit(1, actionDetails=[ORDER | changes])]
    found = gather(written(tmp_path, json.dumps(rows), "v.json"), settings(None))
    assert found.column("revenue") == [Decimal(text) for text in revenue]


def test_json_lines_say_the_same_as_an_array(tmp_path: Path) -> None:
    array = gather(written(tmp_path, json.dumps(GOLDEN), "a.json"), settings(None))
    lines = "\n".join(json.dumps(row) for row in GOLDEN)
    assert gather(written(tmp_path, lines, "b.json"), settings(None)).tables == array.tables


def test_csv_in_utf_16_as_matomo_writes_it(tmp_path: Path) -> None:
    text = (
        "idSite,idVisit,visitIp,visitorId,goalConversions,siteCurrency,serverTimestamp,"
        "firstActionTimestamp,userId,visitorType,referrerType,referrerName,referrerUrl,"
        "actionDetails_0_type,actionDetails_0_url\n"
        f"1,11,192.0.2.0,00ab,0,EUR,{NOON + 9},{NOON},C9,new,search,Google,https://www.google.fr/,"
        f"action,{SHOP}/p?x=1\n"
    )
    path = written(tmp_path, b"\xff\xfe" + text.encode("utf-16-le"), "visits.csv")
    found = gather(path, settings(None))
    [row] = found.tables["visit"]
    assert (row["channel"], row["landing_page"]) == ("Organic Search", f"{SHOP}/p")
    assert row["started_on"] == dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    assert row["account_id"] == "00ab"
    assert "A CSV of visits holds no orders." in found.facts.notes
