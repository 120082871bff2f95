"""A Shopify orders export, as documented column by column, becomes orders, lines and people."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import gather, settings, written

COLUMNS = """
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,
Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,
Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,
Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,
Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,
Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,
Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,
Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,
Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,
Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,
Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,
Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,
Next Payment Due At,Payment References
"""
NAMES = COLUMNS.replace("\n", "").split(",")

ANA = {
    "Email": "Ana@Example.fr",
    "Currency": "EUR",
    "Financial Status": "paid",
    "Billing Name": "Ana  Lopez",
    "Billing Zip": "'75011",
    "Billing Country": "FR",
    "Billing Phone": "'+33 6 12 34 56 78",
    "Source": "web",
    "Refunded Amount": "0.00",
    "Tags": "vip, newsletter",
}


def order(name: str, created: str, subtotal: str, total: str, **more: str) -> dict[str, str]:
    """The first row of an order."""
    fields = {key.replace("_", " "): value for key, value in more.items()}
    return ANA | {
        "Name": name,
        "Created at": created,
        "Subtotal": subtotal,
        "Total": total,
        **fields,
    }


def item(name: str, quantity: str, title: str, price: str, off: str = "0.00") -> dict[str, str]:
    """The columns of a line item."""
    return {
        "Name": name,
        "Lineitem quantity": quantity,
        "Lineitem name": title,
        "Lineitem price": price,
        "Lineitem sku": title[:3].upper(),
        "Lineitem discount": off,
    }


def export(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, NAMES, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


GOLDEN = [
    # Three lines and a code for ten euros off: 20 + 2 * 15 + 5 - 5 (line) = 50, less 10.
    order("#1001", "2026-05-01 10:00:00 +0200", "40.00", "52.90", Discount_Code="MAY10")
    | {"Discount Amount": "10.00", "Shipping": "4.90", "Taxes": "8.00"}
    | item("#1001", "1", "Soap, rose", "20.00"),
    item("#1001", "2", "Cream\nfor hands", "15.00", "5.00") | {"Email": "Ana@Example.fr"},
    item("#1001", "1", "Brush", "5.00"),
    # Part of it was paid back.
    order("#1002", "2026-05-02 23:30:00 -0500", "30.00", "30.00")
    | {"Refunded Amount": "12.00", "Email": "", "Phone": "'0033 6 99 88 77 66", "Source": "pos"}
    | {"Financial Status": "partially_refunded", "Billing Phone": "", "Currency": "USD"}
    | item("#1002", "3", "Brush", "10.00"),
    # Cancelled, and voided.
    order("#1003", "2026-05-03 09:00:00 +0200", "20.00", "20.00")
    | {"Cancelled at": "2026-05-04 09:00:00 +0200", "Email": "BO@example.com "}
    | item("#1003", "1", "Soap, rose", "20.00"),
    order("#1004", "2026-05-05 09:00:00 +0200", "20.00", "20.00")
    | {"Financial Status": "voided"}
    | item("#1004", "1", "Soap, rose", "20.00"),
    # A guest who left nothing.
    order("#1005", "2026-05-06 09:00:00 +0200", "5.00", "5.00")
    | {"Email": "", "Billing Phone": "", "Billing Name": "", "Billing Zip": ""}
    | item("#1005", "1", "Brush", "5.00"),
]


def test_an_order_is_one_purchase_and_its_lines_add_up_to_it(tmp_path: Path) -> None:
    found = gather(written(tmp_path, export(GOLDEN)), settings(None))
    assert found.rows == 7
    assert found.aside == []
    first = found.tables["purchase"][0]
    assert first["purchase_id"] == "#1001"
    assert first["ordered_on"] == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert first["zone"] == "+02:00"
    assert (first["revenue"], first["discount"]) == (Decimal("40.0000"), Decimal("10.0000"))
    assert (first["coupon"], first["currency"], first["channel"]) == ("MAY10", "EUR", "web")
    lines = [row for row in found.tables["purchase_line"] if row["purchase_id"] == "#1001"]
    assert [row["line"] for row in lines] == [1, 2, 3]
    assert [row["source_row"] for row in lines] == [2, 3, 4]
    assert sum(row["revenue"] for row in lines) == Decimal("40.0000")
    assert [row["revenue"] for row in lines] == [Decimal(16), Decimal(20), Decimal(4)]
    assert [row["discount"] for row in lines] == [Decimal(4), Decimal(10), Decimal(1)]
    assert {row["account_id"] for row in lines} == {"ana@example.fr"}
    assert lines[1]["product"] == "Cream\nfor hands"


def test_refunds_cancellations_and_voided_payments_are_told_apart(tmp_path: Path) -> None:
    found = gather(written(tmp_path, export(GOLDEN)), settings(None))
    orders = {row["purchase_id"]: row for row in found.tables["purchase"]}
    assert orders["#1002"]["refund"] == Decimal("12.0000")
    assert orders["#1002"]["revenue"] == Decimal("30.0000")
    assert orders["#1002"]["ordered_on"] == dt.datetime(2026, 5, 3, 4, 30, tzinfo=dt.UTC)
    assert (orders["#1002"]["channel"], orders["#1002"]["currency"]) == ("store", "USD")
    assert orders["#1001"]["cancelled_on"] is None
    assert orders["#1003"]["cancelled_on"] == dt.datetime(2026, 5, 4, 7, tzinfo=dt.UTC)
    assert orders["#1004"]["cancelled_on"] == orders["#1004"]["ordered_on"]


def test_people_are_known_by_email_or_phone_written_in_one_way(tmp_path: Path) -> None:
    found = gather(written(tmp_path, export(GOLDEN)), settings(None))
    accounts = {row["account_id"]: row for row in found.tables["account"]}
    assert set(accounts) == {"ana@example.fr", "bo@example.com", "+33699887766"}
    assert accounts["ana@example.fr"]["country"] == "FR"
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert ("ana@example.fr", "phone", "+33612345678") in known
    assert ("ana@example.fr", "postcode", "75011") in known
    assert ("ana@example.fr", "name", "ana lopez") in known
    assert len(known) == len(found.tables["identifier"])
    guest = next(r for r in found.tables["purchase"] if r["purchase_id"] == "#1005")
    assert guest["account_id"] is None


def test_the_notes_say_what_the_file_cannot(tmp_path: Path) -> None:
    notes = gather(written(tmp_path, export(GOLDEN)), settings(None)).facts.notes
    assert (
        "Revenue is Subtotal: after discounts, before shipping and tax. If the shop's prices "
        "include tax, Subtotal includes it too: the file does not say."
    ) in notes


def test_an_export_saved_again_by_a_french_spreadsheet_says_the_same(tmp_path: Path) -> None:
    rows = []
    for row in GOLDEN:
        local = {key: value.replace(".", ",") if "@" not in value else value
                 for key, value in row.items()}  # fmt: skip
        for key in ("Created at", "Cancelled at"):
            if row.get(key):
                day = dt.datetime.strptime(row[key], "%Y-%m-%d %H:%M:%S %z")
                local[key] = day.astimezone(dt.timezone(dt.timedelta(hours=2))).strftime(
                    "%d/%m/%Y %H:%M"
                )
        rows.append(local)
    # One day above 12, so that the file says by itself that days come first.
    rows[-1]["Created at"] = "16/05/2026 09:00"
    text = export(rows, ";").encode("cp1252")
    french = gather(written(tmp_path, text), settings(None))
    english = gather(written(tmp_path, export(GOLDEN), "b.csv"), settings(None))
    assert french.aside == []
    for name in ("purchase_id", "revenue", "refund", "discount", "currency", "account_id"):
        assert french.column(name) == english.column(name)
    assert french.column("ordered_on")[:-1] == english.column("ordered_on")[:-1]
    assert "Columns are parted by semicolons." in french.facts.notes


def test_an_order_is_kept_whole_or_set_aside_whole(tmp_path: Path) -> None:
    rows = [dict(row) for row in GOLDEN]
    rows[2]["Lineitem quantity"] = "two"
    found = gather(written(tmp_path, export(rows)), settings(None))
    assert found.rows == 7
    assert found.reasons == [
        (2, "Row 4 of the same order was set aside: Lineitem quantity 'two' is not a number. "
            "Lineitem quantity * Lineitem price 'two * 5.00' is not a number."),
        (3, "Row 4 of the same order was set aside: Lineitem quantity 'two' is not a number. "
            "Lineitem quantity * Lineitem price 'two * 5.00' is not a number."),
        (4, "Lineitem quantity 'two' is not a number. "
            "Lineitem quantity * Lineitem price 'two * 5.00' is not a number."),
    ]  # fmt: skip
    assert "#1001" not in found.column("purchase_id")


@pytest.mark.parametrize("between", [[], [GOLDEN[3]]])
def test_an_order_exported_twice_counts_once(tmp_path: Path, between: list[dict[str, str]]) -> None:
    rows = [*GOLDEN[:3], *between, *GOLDEN[:3]]
    found = gather(written(tmp_path, export(rows)), settings(None))
    assert found.column("purchase_id").count("#1001") == 1
    assert len(found.aside) == 3
    assert found.aside[0]["reason"] == "It repeats row 2."


def test_a_line_without_its_order_is_set_aside(tmp_path: Path) -> None:
    rows = [item("#999", "1", "Brush", "5.00"), *GOLDEN]
    found = gather(written(tmp_path, export(rows)), settings(None))
    assert found.reasons == [
        (2, "No row with the order's own fields stands above this line of order '#999'.")
    ]


def test_orders_stay_whole_across_the_pieces_in_which_a_file_is_read(tmp_path: Path) -> None:
    rows = []
    note = "x" * 3000
    for number in range(3000):
        name = f"#{number}"
        rows.append(
            order(name, "2026-05-01 10:00:00 +0200", "6.00", "6.00", Notes=note)
            | item(name, "1", "Soap", "1.00")
        )
        rows += [item(name, "1", "Brush", "2.00"), item(name, "1", "Cream", "3.00")]
    path = written(tmp_path, export(rows))
    assert path.stat().st_size > 9 << 20
    found = gather(path, settings(None))
    assert found.aside == []
    assert len(found.tables["purchase"]) == 3000
    lines = found.tables["purchase_line"]
    assert [row["line"] for row in lines] == [1, 2, 3] * 3000
    assert sum(row["revenue"] for row in lines) == 18_000


def test_a_line_of_another_order_is_set_aside_and_not_kept_as_well(tmp_path: Path) -> None:
    head = "Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,"
    text = head + (
        "Lineitem name,Lineitem price\n"
        "#1,a@b.example,paid,EUR,10,10,2026-01-31 10:00:00 +0100,1,Tea,10\n"
        "#9,,,,,,,1,Cup,4\n"
        "#2,c@d.example,paid,EUR,4,4,2026-01-31 11:00:00 +0100,1,Cup,4\n"
    )
    told = gather(written(tmp_path, text), settings(None))
    assert told.codes == {"line_without_order": 1}
    assert told.column("product", "purchase_line") == ["Tea", "Cup"]


def test_a_broken_row_within_the_last_order_keeps_its_place(tmp_path: Path) -> None:
    head = "Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,"
    text = head + (
        "Lineitem name,Lineitem price\n"
        "#1,a@b.example,paid,EUR,14,14,2026-01-31 10:00:00 +0100,1,Tea,10\n"
        "#1,,,,,,,1,Cup,4,too,many,cells\n"
        "#1,,,,,,,1,Pot,4\n"
    )
    told = gather(written(tmp_path, text), settings(None))
    assert told.codes == {"too_many_columns": 1}
    rows = [row["source_row"] for row in told.aside]
    assert rows == [3]
