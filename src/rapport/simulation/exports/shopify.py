"""Shopify's own exports: orders (one row a line item) and customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import Ints, ints, local, money
from rapport.simulation.exports.delimited import Cells, names, write_filled
from rapport.simulation.exports.view import (
    cards,
    days_of,
    looked_up,
    micros,
    missing,
    moments,
    places,
    where,
)
from rapport.simulation.history import BRAND, ZONE, History

_ADDRESS = names("Name, Street, Address1, Address2, Company, City, Zip, Province, Country, Phone")
ORDERS = (
    *names(
        "Name, Email, Financial Status, Paid at, Fulfillment Status, Fulfilled at",
        "Accepts Marketing, Currency, Subtotal, Shipping, Taxes, Total, Discount Code",
        "Discount Amount, Shipping Method, Created at, Lineitem quantity, Lineitem name",
        "Lineitem price, Lineitem compare at price, Lineitem sku, Lineitem requires shipping",
        "Lineitem taxable, Lineitem fulfillment status",
    ),
    *(f"Billing {part}" for part in _ADDRESS),
    *(f"Shipping {part}" for part in _ADDRESS),
    *names(
        "Notes, Note Attributes, Cancelled at, Payment Method, Payment Reference, Refunded Amount",
        "Vendor, Outstanding Balance, Employee, Location, Device ID, Id, Tags, Risk Level, Source",
        "Lineitem discount",
    ),
    *(f"Tax {number} {part}" for number in range(1, 6) for part in ("Name", "Value")),
    *names(
        "Phone, Receipt Number, Duties, Billing Province Name, Shipping Province Name, Payment ID",
        "Payment Terms Name, Next Payment Due At, Payment References",
    ),
)
CUSTOMERS = names(
    "Customer ID, First Name, Last Name, Email, Accepts Email Marketing",
    "Default Address Company, Default Address Address1, Default Address Address2",
    "Default Address City, Default Address Province Code, Default Address Country Code",
    "Default Address Zip, Default Address Phone, Phone, Accepts SMS Marketing, Total Spent",
    "Total Orders, Note, Tax Exempt, Tags",
)
_TIME = "%Y-%m-%d %H:%M:%S %z"
_PAID_WITH = {
    "card": "Shopify Payments",
    "paypal": "PayPal Express Checkout",
    "apple_pay": "Shopify Payments",
    "gift_card": "gift_card",
}
_HOUR = 3_600_000_000


def _held(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return text behind the apostrophe that keeps spreadsheets from taking it for a number."""
    return pc.binary_join_element_wise("'", text, "")


def write_orders(history: History, folder: Path) -> list[Path]:
    """Write every order of the web shop, newest first, and return the file's path."""
    order = where(history.order, channel="shop")
    order = order.filter(
        pa.array(~missing(history, "shopify", days_of(order.column("ordered_on"))))
    )
    order = order.take(pa.array(np.arange(order.num_rows)[::-1]))
    line = history.order_line
    at = places(order.column("order_id"), line.column("order_id"))
    kept = np.flatnonzero(at >= 0)
    kept = kept[np.lexsort((ints(line.column("line"))[kept], at[kept]))]
    at = at[kept]
    columns = _lines(order, line.take(pa.array(kept)), at)
    head = np.concatenate([[True], at[1:] != at[:-1]]) if len(at) else np.zeros(0, bool)
    first = np.where(head, at, -1)
    for name, cells in (_order_cells(order) | _customer_cells(history, order)).items():
        wide = pa.repeat(pa.scalar(cells), order.num_rows) if isinstance(cells, str) else cells
        columns[name] = pc.take(wide, pa.array(first, mask=~head))
    return write_filled(folder / "shopify" / "orders_export_1.csv", ORDERS, columns)


def _lines(order: pa.Table, line: pa.Table, at: Ints) -> dict[str, Cells]:
    made = local(order.column("ordered_on"), _TIME, ZONE)
    return {
        "Name": looked_up(order, "order_id", at),
        "Created at": pc.take(made, pa.array(at)),
        "Lineitem quantity": line.column("quantity"),
        "Lineitem name": line.column("product"),
        "Lineitem price": money(line.column("price")),
        "Lineitem sku": line.column("sku"),
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "true",
        "Lineitem fulfillment status": "fulfilled",
        "Vendor": BRAND,
        "Lineitem discount": "0.00",
    }


def _order_cells(order: pa.Table) -> dict[str, Cells]:
    subtotal, discount = ints(order.column("subtotal")), ints(order.column("discount"))
    shipping, tax = ints(order.column("shipping")), ints(order.column("tax"))
    refund, net = ints(order.column("refund")), ints(order.column("subtotal")) - discount
    total = net + shipping + tax
    status = np.where(refund >= total, "refunded", "partially_refunded")
    paid = pa.array(list(_PAID_WITH))
    method = pc.take(
        pa.array(list(_PAID_WITH.values())), pc.index_in(order.column("payment"), paid)
    )
    made = order.column("ordered_on")
    number = pc.cast(pc.replace_substring_regex(order.column("order_id"), r"\D", ""), pa.int64())
    french = pc.equal(order.column("country"), "FR")
    vat = pc.if_else(french, "FR TVA 20%", "GB VAT 20%")
    return {
        "Financial Status": pa.array(np.where(refund > 0, status, "paid")),
        "Paid at": local(made, _TIME, ZONE),
        "Fulfillment Status": "fulfilled",
        "Fulfilled at": local(moments(micros(made) + 26 * _HOUR), _TIME, ZONE),
        "Currency": order.column("currency"),
        "Subtotal": money(subtotal - discount),
        "Shipping": money(shipping),
        "Taxes": money(tax),
        "Total": money(total),
        "Discount Code": order.column("coupon"),
        "Discount Amount": money(discount),
        "Shipping Method": pc.if_else(french, "Livraison standard", "Standard delivery"),
        "Payment Method": method,
        "Refunded Amount": money(refund),
        "Outstanding Balance": "0.00",
        "Id": pc.cast(pc.add(pc.multiply(number, 32_768), 5_400_000_000_000), pa.string()),
        "Risk Level": "Low",
        "Source": "web",
        "Tax 1 Name": vat,
        "Tax 1 Value": money(tax),
    }


def _customer_cells(history: History, order: pa.Table) -> dict[str, Cells]:
    known, at = cards(history, "shopify", order.column("person_id"), order.column("ordered_on"))
    name = pc.binary_join_element_wise(
        looked_up(known, "first_name", at), looked_up(known, "last_name", at), " "
    )
    postcode, city = _held(looked_up(known, "postcode", at)), looked_up(known, "city", at)
    phone = _held(looked_up(known, "phone", at))
    agreed = pc.if_else(looked_up(known, "accepts_marketing", at), "yes", "no")
    cells: dict[str, Cells] = {
        "Email": looked_up(known, "email", at),
        "Accepts Marketing": agreed,
        "Phone": phone,
    }
    for side in ("Billing", "Shipping"):
        cells |= {
            f"{side} Name": name,
            f"{side} City": city,
            f"{side} Zip": postcode,
            f"{side} Country": order.column("country"),
            f"{side} Phone": phone,
        }
    return cells


def write_customers(history: History, folder: Path) -> list[Path]:
    """Write every customer the shop knows, with what they spent, and return the file's path."""
    known = where(history.profile, system="shopify")
    order = where(history.order, channel="shop")
    _, at = cards(history, "shopify", order.column("person_id"), order.column("ordered_on"))
    total = sum(ints(order.column(name)) for name in ("subtotal", "shipping", "tax"))
    total = total - ints(order.column("discount")) - ints(order.column("refund"))
    mine = at >= 0
    spent = np.bincount(at[mine], total[mine], known.num_rows).astype(np.int64)
    orders = np.bincount(at[mine], minlength=known.num_rows)
    person = places(history.person.column("person_id"), known.column("person_id"))
    agreed = pc.if_else(known.column("accepts_marketing"), "yes", "no")
    columns: dict[str, Cells] = {
        "Customer ID": _held(known.column("card_id")),
        "First Name": known.column("first_name"),
        "Last Name": known.column("last_name"),
        "Email": known.column("email"),
        "Accepts Email Marketing": agreed,
        "Default Address City": known.column("city"),
        "Default Address Country Code": looked_up(history.person, "country", person),
        "Default Address Zip": _held(known.column("postcode")),
        "Phone": _held(known.column("phone")),
        "Accepts SMS Marketing": "no",
        "Total Spent": money(spent),
        "Total Orders": orders,
        "Tax Exempt": "no",
    }
    return write_filled(folder / "shopify" / "customers_export.csv", CUSTOMERS, columns)
