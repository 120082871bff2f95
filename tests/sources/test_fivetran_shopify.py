"""Shopify as a connector's tables: one order in several files of one folder."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import SETTINGS, gather

from rapport.adding import add
from rapport.errors import Problem
from rapport.sources.registry import recognise
from rapport.workspace import Workspace

ORDER = """\
id,email,taxes_included,currency,subtotal_price,total_tax,total_price,created_at,name,\
billing_address_name,billing_address_phone,billing_address_country_code,billing_address_zip,\
customer_id,financial_status,referring_site,cancelled_at,total_discounts,source_name,test,\
_fivetran_synced
11,Ana@Example.fr,true,EUR,60.00,11.00,66.00,2026-05-01 08:00:00.000,#1,Ana Lopez,'+33612345678,\
FR,'75011,901,paid,https://news.example/,,10.00,web,false,2026-05-02 00:15:10.199
12,,false,EUR,30.00,3.00,38.00,2026-05-02 09:00:00.000,#2,,,,,,paid,,,0,pos,false,\
2026-05-03 00:15:10
13,bo@example.com,false,USD,20.00,0,20.00,2026-05-03 09:00:00.000,#3,Bo,,US,,903,refunded,,\
2026-05-04 10:00:00.000,0,web,false,2026-05-05 00:15:10
14,bo@example.com,false,USD,20.00,0,20.00,2026-05-03 10:00:00.000,#4,Bo,,US,,903,voided,,,0,web,\
false,2026-05-05 00:15:10
15,qa@example.com,false,EUR,1.00,0,1.00,2026-05-03 11:00:00.000,#5,Test,,,,999,paid,,,0,web,true,\
2026-05-05 00:15:10
"""
LINE = """\
order_id,id,product_id,name,title,price,quantity,sku,gift_card,total_discount,_fivetran_synced
11,101,1,Soap,Soap,24.00,2,SOAP,false,0,2026-05-02 00:15:10
11,102,2,Brush,Brush,22.00,1,BRUSH,false,10.00,2026-05-02 00:15:10
12,103,1,Soap,Soap,30.00,1,,false,0,2026-05-03 00:15:10
77,104,1,Soap,Soap,30.00,1,SOAP,false,0,2026-05-03 00:15:10
"""
CUSTOMER = """\
id,first_name,last_name,email,phone,orders_count,total_spent,created_at,_fivetran_synced
901,Ana,Lopez,ana@example.fr,,3,120.00,2024-01-05 10:00:00.000,2026-05-02 00:15:10
904,,,,,0,0,2025-01-05 10:00:00.000,2026-05-02 00:15:10
"""
REFUND = """\
id,created_at,processed_at,note,restock,user_id,_fivetran_synced,order_id
501,2026-05-06 08:00:00,2026-05-06 08:00:00,,true,1,2026-05-07 00:00:00,11
502,2026-05-06 09:00:00,2026-05-06 09:00:00,sorry,false,1,2026-05-07 00:00:00,12
"""
REFUND_LINE = """\
id,refund_id,restock_type,quantity,order_line_id,_fivetran_synced,subtotal,total_tax
1,501,return,1,101,2026-05-07 00:00:00,24.00,4.00
"""
ADJUSTMENT = """\
id,order_id,refund_id,amount,tax_amount,kind,reason,_fivetran_synced
1,11,501,-5.00,0,shipping_refund,Shipping refund,2026-05-07 00:00:00
2,12,502,-3.00,0,refund_discrepancy,Refund discrepancy,2026-05-07 00:00:00
"""
CODE = (
    "index,order_id,_fivetran_synced,amount,code,type\n1,11,2026-05-02 00:00:00,10.0,MAY10,fixed\n"
)
ALLOCATION = """\
_fivetran_synced,amount,discount_application_index,index,order_line_id
2026-05-02 00:00:00,4.00,0,0,101
2026-05-02 00:00:00,6.00,0,1,102
"""
TABLES = {
    "order": ORDER,
    "order_line": LINE,
    "customer": CUSTOMER,
    "refund": REFUND,
    "order_line_refund": REFUND_LINE,
    "order_adjustment": ADJUSTMENT,
    "order_discount_code": CODE,
    "discount_allocation": ALLOCATION,
}


def folder(path: Path, *names: str) -> Path:
    """A folder with some of the tables; all of them when none is named."""
    path.mkdir(exist_ok=True)
    for name in names or TABLES:
        (path / f"{name}.csv").write_text(TABLES[name])
    return path


def test_orders_with_what_lies_beside_them(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "shop") / "order.csv", SETTINGS)
    orders = {row["purchase_id"]: row for row in found.tables["purchase"]}
    assert found.codes == {"test_order": 1}
    first = orders["11"]
    # A sixth of what was paid is tax: 60 less 10, and of the 24 paid back 20 were goods.
    assert (first["revenue"], first["refund"]) == (Decimal(50), Decimal(20))
    assert (first["discount"], first["coupon"]) == (Decimal(10), "MAY10")
    assert first["ordered_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert (first["account_id"], first["channel"]) == ("901", "web")
    assert first["referrer"] == "https://news.example/"
    # A discrepancy is goods, a shipping refund is not; nothing paid back is not known as nought.
    second = orders["12"]
    assert (second["revenue"], second["refund"]) == (Decimal(30), Decimal(3))
    assert (second["account_id"], second["channel"]) == (None, "store")
    assert orders["13"]["refund"] is None
    assert orders["13"]["cancelled_on"] == dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)
    assert orders["14"]["cancelled_on"] == orders["14"]["ordered_on"]
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert ("901", "email", "ana@example.fr") in known
    assert ("901", "phone", "+33612345678") in known
    assert ("901", "postcode", "75011") in known


def test_orders_alone_say_what_they_lack(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "shop", "order") / "order.csv", SETTINGS)
    assert {row.get("refund") for row in found.tables["purchase"]} == {None}
    assert {row.get("coupon") for row in found.tables["purchase"]} == {None}
    assert any("Refunds are not known" in note for note in found.facts.notes)


def test_lines_take_their_day_from_the_orders_and_add_up_to_them(tmp_path: Path) -> None:
    place = folder(tmp_path / "shop")
    found = gather(place / "order_line.csv", SETTINGS)
    lines = found.tables["purchase_line"]
    assert [(row["purchase_id"], row["line"]) for row in lines] == [("11", 1), ("11", 2), ("12", 1)]
    assert sum(row["revenue"] for row in lines[:2]) == Decimal(50)
    assert [row["discount"] for row in lines] == [Decimal("3.3333"), Decimal(5), Decimal(0)]
    assert (lines[0]["quantity"], lines[0]["product_id"], lines[0]["account_id"]) == (
        2,
        "SOAP",
        "901",
    )
    assert lines[0]["ordered_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert found.reasons == [(5, "day of the order is empty. currency of the order is empty.")]


def test_lines_without_their_orders_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "shop", "order_line", "customer")
    with pytest.raises(Problem, match="neither a day nor a currency"):
        gather(place / "order_line.csv", SETTINGS)


def test_customers_are_accounts(tmp_path: Path) -> None:
    found = gather(folder(tmp_path / "shop") / "customer.csv", SETTINGS)
    accounts = {row["account_id"]: row for row in found.tables["account"]}
    assert accounts["901"]["name"] == "Ana Lopez"
    assert accounts["901"]["created"] == dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)
    assert accounts["904"]["name"] is None
    assert found.aside == []


def test_a_folder_is_loaded_whole_and_read_anew_when_a_part_changes(tmp_path: Path) -> None:
    place = folder(tmp_path / "shop")
    (tmp_path / "rapport.toml").write_text('brand = "Maison"\n')
    workspace = Workspace(tmp_path)
    added = add(workspace, [place], confirm=lambda _: False)
    assert added.refused == ()
    assert sorted(load.file for load in added.loads) == [
        "customer.csv",
        "order.csv",
        "order_line.csv",
    ]
    assert len(added.left) == 5
    again = add(workspace, [place], confirm=lambda _: False)
    assert {load.status for load in again.loads} == {"repeat"}
    (place / "order_line_refund.csv").write_text(REFUND_LINE.replace("24.00", "12.00"))
    more = add(workspace, [place], confirm=lambda _: False)
    changed = [load for load in more.loads if load.status != "repeat"]
    assert [load.file for load in changed] == ["order.csv"]
    assert len(changed[0].replaces) == 1


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    folder(tmp_path / "shop")
    shutil.make_archive(str(tmp_path / "shop"), "zip", tmp_path / "shop")
    (tmp_path / "rapport.toml").write_text('brand = "Maison"\n')
    added = add(Workspace(tmp_path), [tmp_path / "shop.zip"], confirm=lambda _: False)
    assert added.refused == ()
    rows = {load.file: load.rows for load in added.loads}
    assert rows["shop.zip/order_line.csv"] == {"purchase_line": 3}
    assert rows["shop.zip/order.csv"]["purchase"] == 4


@pytest.mark.parametrize("kind", ["shopify", "shopify_gql"])
def test_the_published_tables(shared_data: Path, kind: str) -> None:
    place = shared_data / "platforms" / "fivetran_shopify"
    for table, grain in (("order", "one order"), ("order_line", "one line of an order")):
        path = place / f"{kind}_{table}_data.csv"
        known = recognise(path, SETTINGS)
        assert (known.source, known.grain) == ("fivetran_shopify", grain)
        found = gather(path, SETTINGS)
        assert found.rows >= 3
    assert recognise(place / f"{kind}_customer_data.csv", SETTINGS).grain == "one customer"


def test_the_published_orders_without_their_tax(shared_data: Path) -> None:
    path = shared_data / "platforms" / "fivetran_shopify" / "shopify_order_data.csv"
    found = gather(path, SETTINGS)
    assert found.rows == 8
    assert found.aside == []
    revenue = {row["purchase_id"]: row["revenue"] for row in found.tables["purchase"]}
    assert revenue["2674098602081"] == Decimal("2.8")
    assert revenue["1000002"] == Decimal("79.9840")
