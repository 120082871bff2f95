"""Answers of Shopify's Admin API (REST), as tables with the names of its own CSV exports.

The API says more than the CSV: whether prices include tax, and the tax of each line. So goods are
counted without tax here, where the CSV of such a shop counts them with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from rapport.sources.json_text import whole
from rapport.sources.opening import opened
from rapport.sources.other_tables import object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.rows import RawRows

_HEAD = 4096
_BLANKS = re.compile(r"\s*")
_BEGINS = {
    "order": re.compile(rb'^[\xef\xbb\xbf\s]*\{\s*"orders?"\s*:\s*[\[{]'),
    "customer": re.compile(rb'^[\xef\xbb\xbf\s]*\{\s*"customers?"\s*:\s*[\[{]'),
}
# What no other system's orders or customers have.
_TELLING = {
    "order": {"financial_status", "subtotal_price", "currency", "created_at"},
    "customer": {"first_name", "last_name", "email", "orders_count", "total_spent"},
}
ORDERS = (
    *("Name", "Email", "Financial Status", "Currency", "Subtotal", "Total", "Discount Code"),
    *("Discount Amount", "Created at", "Cancelled at", "Refunded Amount", "Source", "Phone"),
    *("Billing Name", "Billing Zip", "Billing Country", "Billing Phone", "Shipping Name"),
    *("Shipping Phone", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"),
    "Lineitem discount",
)
CUSTOMERS = (
    *("Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Phone"),
    *("Default Address Phone", "Default Address Zip", "Default Address Country Code"),
    "created_at",
)
NOTES = (
    "Revenue is subtotal_price: after discounts, before shipping, and without the tax of the lines"
    " where prices include it.",
    "Refunds are what was really paid back; they may include tax and shipping.",
    "A voided payment counts as an order cancelled when it was made.",
)


def orders(piece: Piece) -> TableFile | None:
    """Return the table of an answer with orders, one row for each line item; None for another."""
    return _table(piece, "order", ORDERS, _order_rows)


def customers(piece: Piece) -> TableFile | None:
    """Return the table of an answer with customers; None when it is something else."""
    return _table(piece, "customer", CUSTOMERS, lambda one: [_customer(one)])


def _table(piece: Piece, what: str, names: tuple[str, ...], rows_of: Any) -> TableFile | None:
    if piece.sheet or not piece.path.is_file():
        return None
    with opened(piece.path) as stream:
        if not _BEGINS[what].match(stream.read(_HEAD)):
            return None
    first = next((one for one in _objects(piece, what) if isinstance(one, dict)), {})
    if not _TELLING[what] <= set(first):
        return None

    def rows() -> Iterator[RawRows]:
        made = (row for one in _objects(piece, what) for row in _made(one, rows_of))
        yield from object_rows(enumerate(made, start=1), names)

    return made_table(piece, names, rows)


def _made(one: object, rows_of: Any) -> Iterable[Mapping[str, object] | str]:
    return rows_of(one) if isinstance(one, dict) else [str(one)]


def _objects(piece: Piece, what: str) -> Iterator[object]:
    """Yield what one answer, or several one after the other, hold; a text for what is broken."""
    with opened(piece.path) as stream:
        text = stream.read().decode("utf-8-sig", "replace")
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    place = 0
    while (place := _after_blanks(text, place)) < len(text):
        try:
            answer, place = decoder.raw_decode(text, place)
            answer = whole(answer)
        except (json.JSONDecodeError, RecursionError):
            yield text[place:]
            return
        found = answer.get(f"{what}s", answer.get(what)) if isinstance(answer, dict) else answer
        yield from found if isinstance(found, list) else [found]


def _after_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _order_rows(order: dict[str, Any]) -> Iterable[Mapping[str, object]]:
    lines = [line for line in _list(order.get("line_items")) if isinstance(line, dict)]
    taxed = str(order.get("taxes_included")).lower() == "true"
    tax = sum((_tax(line) for line in lines), Decimal(0)) if taxed else Decimal(0)
    name = order.get("name") or order.get("order_number") or order.get("id")
    head = _head(order) | {"Name": name, "Subtotal": _less(order.get("subtotal_price"), tax)}
    if not lines:
        return [head]
    items = [{"Name": name, **_item(line, taxed=taxed)} for line in lines]
    return [{**items[0], **head}, *items[1:]]


def _head(order: dict[str, Any]) -> dict[str, object]:
    customer, billing = _dict(order.get("customer")), _dict(order.get("billing_address"))
    shipping = _dict(order.get("shipping_address"))
    codes = [_dict(code).get("code") for code in _list(order.get("discount_codes"))]
    refunds = order.get("refunds")
    return {
        "Email": order.get("email") or order.get("contact_email") or customer.get("email"),
        "Financial Status": order.get("financial_status"),
        "Currency": order.get("currency"),
        "Total": order.get("total_price"),
        "Discount Code": ", ".join(str(code) for code in codes if code),
        "Discount Amount": order.get("total_discounts"),
        "Created at": order.get("created_at"),
        "Cancelled at": order.get("cancelled_at"),
        "Refunded Amount": None if refunds is None else _refunded(_list(refunds)),
        "Source": order.get("source_name"),
        "Phone": order.get("phone") or customer.get("phone"),
        "Billing Name": billing.get("name"),
        "Billing Zip": billing.get("zip"),
        "Billing Country": billing.get("country_code"),
        "Billing Phone": billing.get("phone"),
        "Shipping Name": shipping.get("name"),
        "Shipping Phone": shipping.get("phone"),
    }


def _item(line: dict[str, Any], *, taxed: bool) -> dict[str, object]:
    given = line.get("discount_allocations")
    off = (
        sum((_number(_dict(each).get("amount")) for each in _list(given)), Decimal(0))
        if isinstance(given, list)
        else _number(line.get("total_discount"))
    )
    price, quantity = line.get("price"), _number(line.get("quantity"))
    if taxed and quantity:
        price = (_number(price) - _tax(line) / quantity).quantize(Decimal("0.000001"))
    return {
        "Lineitem quantity": line.get("quantity"),
        "Lineitem name": line.get("name") or line.get("title"),
        "Lineitem price": None if price is None else str(price),
        "Lineitem sku": line.get("sku"),
        "Lineitem discount": str(off),
    }


def _tax(line: dict[str, Any]) -> Decimal:
    each = [_number(_dict(tax).get("price")) for tax in _list(line.get("tax_lines"))]
    return sum(each, Decimal(0))


def _refunded(refunds: list[Any]) -> str:
    paid = [
        _number(transaction.get("amount"))
        for refund in refunds
        for transaction in map(_dict, _list(_dict(refund).get("transactions")))
        if transaction.get("kind") == "refund" and transaction.get("status") == "success"
    ]
    return str(sum(paid, Decimal(0)))


def _less(amount: object, tax: Decimal) -> object:
    return str(_number(amount) - tax) if tax and amount is not None else amount


def _customer(customer: dict[str, Any]) -> dict[str, object]:
    address = _dict(customer.get("default_address"))
    return {
        "Customer ID": customer.get("id"),
        "First Name": customer.get("first_name"),
        "Last Name": customer.get("last_name"),
        "Email": customer.get("email"),
        "Accepts Email Marketing": customer.get("accepts_marketing"),
        "Phone": customer.get("phone"),
        "Default Address Phone": address.get("phone"),
        "Default Address Zip": address.get("zip"),
        "Default Address Country Code": address.get("country_code"),
        "created_at": customer.get("created_at"),
    }


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)
