"""Invoice lines as the UCI Online Retail sets hold them (Chen, Sain & Guo 2012).

One row is a line of an invoice. An invoice whose number begins with C is a cancellation or a
credit; one that begins with A adjusts bad debt. Some product codes are not goods: postage, fees,
discounts typed in by hand. All rows are kept, and `category` says which are not goods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.loading import LINE, Recipe, record_table

SOURCE = "online_retail"
VERSION = 1

# The first set's names, and those of its second edition (Online Retail II).
_SHAPES = (
    ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
    ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"),
)

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


def shape_of(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the set's column names when a header holds them all."""
    return next((shape for shape in _SHAPES if set(shape) <= set(names)), None)


def recipe(names: Sequence[str], settings: Settings) -> Recipe:
    """Return how such a file is read; raises ValueError when the header is another."""
    shape = shape_of(names)
    if shape is None:
        msg = f"not the columns of {SOURCE}: {names}"
        raise ValueError(msg)
    invoice, code, about, quantity, date, price, customer = shape
    fields = (
        Field("purchase_id", "identifier", (invoice,), required=True),
        Field("ordered_on", "time", (date,), required=True),
        Field("account_id", "identifier", (customer,)),
        Field("product_id", "text", (code,)),
        Field("product", "text", (about,)),
        Field("quantity", "number", (quantity,), required=True),
        Field("revenue", "money", (quantity, price), required=True),
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
