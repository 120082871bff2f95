"""The tables of Fivetran's Shopify connector, by REST and by GraphQL, and what lies beside one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.beside import Beside, looked_up, numbers
from rapport.sources.derived import Make
from rapport.sources.shapes import Aliases

ORDERS: dict[str, Aliases] = {
    "purchase_id": "id",
    "ordered_on": "created_at",
    "cancelled_on": "cancelled_at",
    "subtotal": ("subtotal_price", "subtotal_price_set_shop_amount"),
    "tax": ("total_tax", "total_tax_set_shop_amount"),
    "total": ("total_price", "total_price_set_shop_amount"),
    "taxes_included": "taxes_included",
    "discount": ("total_discounts", "total_discounts_set_shop_amount"),
    "currency": ("subtotal_price_set_shop_currency_code", "currency", "currency_code"),
    "status": ("financial_status", "display_financial_status"),
    "channel": "source_name",
    "referrer": "referring_site",
    "customer": "customer_id",
    "email": "email",
    "name": ("billing_address_name", "shipping_address_name"),
    "phone": "billing_address_phone",
    "shipping_phone": "shipping_address_phone",
    "postcode": ("billing_address_zip", "shipping_address_zip"),
    "country": ("billing_address_country_code", "shipping_address_country_code"),
    "test": "test",
    "deleted": "_fivetran_deleted",
    "synced": "_fivetran_synced",
}
ORDER_NEEDS = ("purchase_id", "ordered_on", "subtotal", "total", "status", "customer", "synced")
LINES: dict[str, Aliases] = {
    "order": "order_id",
    "line_id": "id",
    "product_id": "sku",
    "product": ("title", "name"),
    "quantity": "quantity",
    "price": "price",
    "gross": "original_total_set_shop_amount",
    "off": ("total_discount", "total_discount_set_shop_amount"),
    "gift_card": ("gift_card", "is_gift_card"),
    "synced": "_fivetran_synced",
}
LINE_NEEDS = ("order", "line_id", "quantity", "off", "gift_card", "synced")
CUSTOMERS: dict[str, Aliases] = {
    "account_id": "id",
    "first": "first_name",
    "last": "last_name",
    "email": "email",
    "phone": "phone",
    "created": "created_at",
    "orders": ("orders_count", "number_of_orders"),
    "spent": ("total_spent", "amount_spent_amount"),
    "synced": "_fivetran_synced",
}
CUSTOMER_NEEDS = ("account_id", "first", "last", "email", "created", "orders", "synced")
REFUNDS: dict[str, Aliases] = {
    "refund": "id",
    "order": "order_id",
    "created": "created_at",
    "note": "note",
    "restock": ("restock", "return_id"),
    "synced": "_fivetran_synced",
}
REFUND_NEEDS = ("refund", "order", "created", "note", "restock", "synced")
REFUND_LINES: dict[str, Aliases] = {
    "refund": "refund_id",
    "line": "order_line_id",
    "amount": ("subtotal", "subtotal_set_shop_amount"),
    "restock_type": "restock_type",
    "synced": "_fivetran_synced",
}
REFUND_LINE_NEEDS = ("refund", "line", "amount", "restock_type", "synced")
ADJUSTMENTS: dict[str, Aliases] = {
    "refund": "refund_id",
    "amount": ("amount", "amount_set_shop_amount"),
    "kind": "kind",
    "reason": "reason",
    "tax": ("tax_amount", "tax_amount_set_shop_amount"),
    "synced": "_fivetran_synced",
}
ADJUSTMENT_NEEDS = ("refund", "amount", "reason", "tax", "synced")
CODES: dict[str, Aliases] = {
    "order": "order_id",
    "code": "code",
    "index": "index",
    "synced": "_fivetran_synced",
}
CODE_NEEDS = ("order", "code", "index", "synced")
ALLOCATIONS: dict[str, Aliases] = {
    "line": "order_line_id",
    "amount": ("amount", "allocated_amount_set_shop_amount"),
    "application": "discount_application_index",
    "synced": "_fivetran_synced",
}
ALLOCATION_NEEDS = ("line", "amount", "application", "synced")


def tax_share(orders: pa.Table) -> pa.ChunkedArray:
    """Return the share of tax in each order's prices, as text: 0 where prices are without tax.

    Shopify tells the tax of an order as one amount, on goods and shipping together: one rate is
    taken for both.
    """
    inside = pc.is_in(pc.utf8_lower(orders.column("taxes_included")), pa.array(["true", "1", "t"]))
    tax = pc.fill_null(numbers(orders.column("tax")), 0.0)
    total = pc.fill_null(numbers(orders.column("total")), 0.0)
    whole = pc.if_else(pc.greater(total, 0.0), total, 1.0)
    share = pc.min_element_wise(pc.divide(pc.max_element_wise(tax, 0.0), whole), 1.0)
    taxed = pc.and_(inside, pc.greater(total, 0.0))
    return pc.cast(pc.if_else(taxed, share, 0.0), pa.string())


def refunded(tables: dict[str, Beside], order: str) -> Make | None:
    """Return how what was paid back for goods is made for each order; None without its tables."""
    if not {"refunds", "refund_lines"} <= set(tables):
        return None
    refunds = tables["refunds"].table("refund", "order")
    lines = tables["refund_lines"].table("refund", "amount")
    parts = [pa.table({"refund": lines["refund"], "amount": numbers(lines["amount"])})]
    if "adjustments" in tables:
        more = tables["adjustments"].table("refund", "amount", "kind", "reason")
        what = pc.binary_join_element_wise(more["kind"], more["reason"], " ")
        goods = pc.match_substring(pc.utf8_lower(what), "discrepancy")
        more = more.filter(goods)
        # A discrepancy is written as what it takes off the order.
        amount = pc.negate(numbers(more["amount"]))
        parts.append(pa.table({"refund": more["refund"], "amount": amount}))
    joined = pa.concat_tables(parts).join(refunds, "refund", join_type="inner")
    summed = joined.group_by("order").aggregate([("amount", "sum")])
    total = pc.max_element_wise(summed.column("amount_sum"), 0.0)
    return looked_up(order, summed.column("order"), pc.cast(pc.round(total, 4), pa.string()))


def codes(tables: dict[str, Beside], order: str) -> Make | None:
    """Return how the first discount code of each order is found; None without its table."""
    if "codes" not in tables:
        return None
    found = tables["codes"].table("order", "code", "index").sort_by("index")
    return looked_up(order, found.column("order"), found.column("code"))


def allocated(tables: dict[str, Beside], line: str) -> Make | None:
    """Return how the discounts of each line are added up; None without their table."""
    if "allocations" not in tables:
        return None
    found = tables["allocations"].table("line", "amount")
    amounts = pa.table({"line": found["line"], "amount": numbers(found["amount"])})
    summed = amounts.group_by("line").aggregate([("amount", "sum")])
    text = pc.cast(pc.round(summed.column("amount_sum"), 4), pa.string())
    return looked_up(line, summed.column("line"), text)
