"""Shopify's customers, and answers of its API, join the orders of the CSV export."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import gather, settings, written

from rapport.sources.registry import recognise

NEW = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,"
    "Default Address Province Code,Default Address Country Code,Default Address Zip,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags\n"
    "'7210448301122,Ana,Lopez,Ana@Example.fr ,yes,,1 rue X,,Paris,,FR,'75011,'+33 6 12 34 56 78,"
    '\'0033 6 99 88 77 66,no,120.50,3,secret note,no,"vip, x"\n'
    "7.21045E+12,Bo,,,no,,,,,,SE,,,'+46 70 111 22 33,no,0.00,0,,no,\n"
    "'7210448301124,Cy,Ng,,no,,,,,,,,,,no,0.00,0,,no,\n"
    ",Di,,not-an-address,no,,,,,,,,,,no,0.00,0,,no,\n"
)
OLD = (
    "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,"
    "Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,"
    "Tags,Note,Tax Exempt\n"
    "Ana,Lopez,ana@example.fr,yes,,1 rue X,,Paris,,,France,FR,'75011,'+33612345678,no,1.00,1,,,no\n"
)


def test_a_customer_is_the_account_of_their_orders(tmp_path: Path) -> None:
    found = gather(written(tmp_path, NEW), settings(None))
    assert found.facts.source == "shopify"
    assert found.tables["account"] == [
        {"account_id": "ana@example.fr", "name": "Ana Lopez", "country": "FR", "source_row": 2},
        {"account_id": "+46701112233", "name": "Bo", "country": "SE", "source_row": 3},
        {"account_id": "7210448301124", "name": "Cy Ng", "country": None, "source_row": 4},
    ]
    assert found.reasons == [(5, "It names neither an e-mail address, nor a phone, nor a number.")]


def test_all_that_tells_who_it_is_is_kept_and_nothing_else(tmp_path: Path) -> None:
    found = gather(written(tmp_path, NEW), settings(None))
    known = [(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]]
    assert sorted(known) == [
        ("+46701112233", "name", "bo"),
        ("+46701112233", "phone", "+46701112233"),
        ("7210448301124", "external id", "7210448301124"),
        ("7210448301124", "name", "cy ng"),
        ("ana@example.fr", "email", "ana@example.fr"),
        ("ana@example.fr", "external id", "7210448301122"),
        ("ana@example.fr", "name", "ana lopez"),
        ("ana@example.fr", "phone", "+33612345678"),
        ("ana@example.fr", "phone", "+33699887766"),
        ("ana@example.fr", "postcode", "75011"),
    ]
    assert "secret note" not in str(found.tables)
    assert "vip" not in str(found.tables)


def test_the_older_export_says_the_same(tmp_path: Path) -> None:
    found = gather(written(tmp_path, OLD), settings(None))
    (row,) = found.tables["account"]
    assert (row["account_id"], row["name"], row["country"]) == ("ana@example.fr", "Ana Lopez", "FR")


def test_an_export_saved_again_by_a_german_spreadsheet_is_known(tmp_path: Path) -> None:
    text = OLD.replace(",", ";").replace("Ana;Lopez", "Åsa;Müller").encode("cp1252")
    (row,) = gather(written(tmp_path, text), settings(None)).tables["account"]
    assert row["name"] == "Åsa Müller"


def answer(**more: Any) -> dict[str, Any]:
    """One order as the API gives it, prices with tax."""
    lines = [
        {"quantity": 2, "name": "Soap", "price": "12.00", "sku": "S", "total_discount": "0.00",
         "discount_allocations": [{"amount": "6.00"}], "tax_lines": [{"price": "3.00"}]},
        {"quantity": 1, "name": "Brush", "price": "6.00", "sku": "B", "total_discount": "0.00",
         "discount_allocations": [], "tax_lines": [{"price": "1.00"}]},
    ]  # fmt: skip
    return {
        "id": 450789469, "name": "#1001", "email": "Ana@Example.fr", "currency": "EUR",
        "created_at": "2026-05-01T10:00:00+02:00", "cancelled_at": None, "taxes_included": True,
        "financial_status": "paid", "subtotal_price": "24.00", "total_price": "28.90",
        "total_discounts": "6.00", "discount_codes": [{"code": "MAY", "amount": "6.00"}],
        "source_name": "web", "phone": None, "line_items": lines, "note": "ring twice",
        "billing_address": {"name": "Ana Lopez", "zip": "75011", "country_code": "FR"},
        "refunds": [{"transactions": [
            {"kind": "refund", "status": "success", "amount": "4.50"},
            {"kind": "refund", "status": "failure", "amount": "9.99"},
        ]}],
    } | more  # fmt: skip


def test_an_order_of_the_api_is_counted_without_tax_and_adds_up(tmp_path: Path) -> None:
    text = json.dumps({"orders": [answer()]}, indent=2)
    found = gather(written(tmp_path, text, "orders.json"), settings(None))
    (row,) = found.tables["purchase"]
    assert (row["purchase_id"], row["revenue"], row["refund"]) == (
        "#1001", Decimal(20), Decimal("4.5"),
    )  # fmt: skip
    assert row["ordered_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert (row["coupon"], row["channel"], row["account_id"]) == ("MAY", "web", "ana@example.fr")
    lines = found.tables["purchase_line"]
    assert [(r["line"], r["revenue"], r["discount"]) for r in lines] == [
        (1, Decimal(15), Decimal(6)), (2, Decimal(5), Decimal(0)),
    ]  # fmt: skip
    assert "ring twice" not in str(found.tables)
    assert not any("does not say" in note for note in found.facts.notes)


def test_prices_without_tax_stay_and_an_absent_refund_is_not_zero(tmp_path: Path) -> None:
    one = answer(taxes_included=False)
    del one["refunds"]
    found = gather(written(tmp_path, json.dumps({"order": one}), "o.json"), settings(None))
    (row,) = found.tables["purchase"]
    assert (row["revenue"], row["refund"]) == (Decimal(24), None)


def test_pages_one_after_the_other_and_a_broken_end(tmp_path: Path) -> None:
    pages = [json.dumps({"orders": [answer(name=f"#{n}")]}) for n in (1, 2)]
    text = "\n".join(pages) + '\n{"orders": [{"id":'
    found = gather(written(tmp_path, text, "orders.json"), settings(None))
    assert found.column("purchase_id") == ["#1", "#2"]
    assert found.codes == {"not_json": 1}


@pytest.mark.parametrize("text", ['{"orders": [{"id": 1, "total": 2}]}', '{"customers": []}'])
def test_another_systems_json_is_not_taken_for_shopifys(tmp_path: Path, text: str) -> None:
    with pytest.raises(Exception, match="not read"):
        recognise(written(tmp_path, text, "orders.json"), settings(None))


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("orders", {"purchase": 1, "account": 1, "identifier": 5}),
        ("order", {"purchase": 1, "purchase_line": 3, "account": 1, "identifier": 4}),
        ("customers_search", {"account": 1, "identifier": 5}),
        ("customer", {"account": 1, "identifier": 5}),
    ],
)
def test_real_answers_of_the_api(shared_data: Path, name: str, tables: dict[str, int]) -> None:
    path = shared_data / "platforms" / "shopify_api" / f"{name}.json"
    found = gather(path, settings(None))
    assert {table: len(rows) for table, rows in found.tables.items()} == tables
    assert found.aside == []
    assert found.tables["account"][0]["account_id"] == "bob.norman@hostmail.com"
    if name == "order":
        assert found.column("revenue") == [Decimal(398)]
