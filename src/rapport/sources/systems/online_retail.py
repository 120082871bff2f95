"""Invoice lines as the UCI Online Retail sets hold them (Chen, Sain & Guo 2012).

One row is a line of an invoice. An invoice whose number begins with C is a cancellation or a
credit; one that begins with A adjusts bad debt. Some product codes are not goods: postage, fees,
discounts typed in by hand. All rows are kept, and `category` says which are not goods.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.loading import LINE, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "online_retail"
VERSION = 1

# What stands in place of a product code; the rest of the codes are goods and gift vouchers.
NOT_GOODS = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "postage",
    "C3": "postage",
    "D": "discount",
    "M": "manual",
    "S": "sample",
    "B": "bad debt",
    "BANK CHARGES": "fee",
    "AMAZONFEE": "fee",
    "CRUK": "charity",
    "ADJUST": "manual",
    "ADJUST2": "manual",
    "TEST001": "test",
    "TEST002": "test",
}


# The first set's names, then those of its second edition (Online Retail II).
_COLUMNS: dict[str, Aliases] = {
    "invoice": ("InvoiceNo", "Invoice"),
    "code": "StockCode",
    "about": "Description",
    "quantity": "Quantity",
    "date": "InvoiceDate",
    "price": ("UnitPrice", "Price"),
    "customer": ("CustomerID", "Customer ID"),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how such a file is read."""
    quantity, invoice = header["quantity"], header["invoice"]
    fields = (
        Field("purchase_id", "identifier", (invoice,), required=True),
        Field("ordered_on", "time", (header["date"],), required=True),
        Field("account_id", "identifier", (header["customer"],)),
        Field("product_id", "text", (header["code"],)),
        Field("product", "text", (header["about"],)),
        Field("quantity", "number", (quantity,), required=True),
        Field("revenue", "money", (quantity, header["price"]), required=True),
    )

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return _lines(typed, settings.currency)

    notes = (
        f"Amounts are in {settings.currency}: the file names no currency.",
        "An invoice number that begins with C is a cancellation or a credit.",
        "Postage, fees, discounts and other lines that are not goods are kept and say so in"
        " category.",
    )
    return Recipe(SOURCE, VERSION, fields, (invoice,), finish, notes=notes)


def _lines(typed: pa.Table, currency: str) -> Mapping[str, pa.Table]:
    credit = pc.starts_with(pc.utf8_upper(typed.column("purchase_id")), "C")
    quantity, revenue = typed.column("quantity"), typed.column("revenue")
    minus = pc.less(quantity, 0)
    columns: dict[str, object] = {
        name: typed.column(name)
        for name in ("purchase_id", "ordered_on", "zone", "account_id", "product_id", "product")
    }
    columns |= {
        "line": typed.column(LINE),
        "quantity": quantity,
        "revenue": revenue,
        "currency": currency,
        "category": _categories(typed, pc.and_(minus, pc.invert(credit))),
        "is_return": pc.or_(credit, minus),
    }
    return {"purchase_line": record_table("purchase_line", columns, typed)}


def _categories(typed: pa.Table, written_off: pa.ChunkedArray) -> pa.ChunkedArray:
    """Name what is not goods; goods taken off the stock without a customer are an adjustment."""
    codes = pc.utf8_upper(typed.column("product_id"))
    known = pc.index_in(codes, pa.array(list(NOT_GOODS), pa.string()))
    named = pc.take(pa.array(list(NOT_GOODS.values()), pa.string()), known)
    free = pc.equal(pc.cast(typed.column("revenue"), pa.float64()), 0.0)
    adjusted = pc.if_else(
        pc.and_(written_off, free),
        pa.scalar("stock adjustment", pa.string()),
        pa.scalar(None, pa.string()),
    )
    return pc.coalesce(adjusted, named)


SYSTEM = System(
    SOURCE,
    "Online Retail",
    "commerce",
    (
        Shape(
            name="lines",
            title="Invoice lines of the UCI Online Retail sets",
            grain="one line of an invoice",
            tables=("purchase_line",),
            columns=_COLUMNS,
            needs=tuple(_COLUMNS),
            where="UCI Machine Learning Repository, sets 352 and 502",
            since="2015",
            checked="the whole public set",
            recipe=_recipe,
        ),
    ),
)
