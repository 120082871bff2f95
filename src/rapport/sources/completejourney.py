"""The Complete Journey of dunnhumby: a year of groceries of 2,469 households (CC0).

`sales_value` is what the shop received: the price less the loyalty discount (`retail_disc`) and
less the shop's match of a coupon (`coupon_match_disc`). A maker's coupon (`coupon_disc`) lowers
what the customer paid and not what the shop received, since the maker pays it back (dunnhumby, The
Complete Journey User Guide, table TRANSACTION_DATA; Boehmke 2019, completejourney vignette). So
revenue is `sales_value` as it stands and the shop's own discount is the sum of the other two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.fields import Field
from rapport.sources.loading import LINE, Recipe, record_table

SOURCE = "completejourney"
VERSION = 1
CURRENCY = "USD"

_TRANSACTIONS = {
    "household_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
}

# The other tables of the set, by their headers: known, and not needed for purchases.
OTHER_TABLES: Mapping[str, frozenset[str]] = {
    "campaign descriptions": frozenset({"campaign_id", "campaign_type", "start_date", "end_date"}),
    "coupon redemptions": frozenset(
        {"household_id", "coupon_upc", "campaign_id", "redemption_date"}
    ),
    "coupons": frozenset({"coupon_upc", "product_id", "campaign_id"}),
    "campaigns": frozenset({"campaign_id", "household_id"}),
    "demographics": frozenset({"household_id", "age", "income", "household_size"}),
    "products": frozenset({"product_id", "manufacturer_id", "department", "product_category"}),
    "promotions": frozenset({"product_id", "store_id", "display_location", "mailer_location"}),
}


def is_transactions(names: Sequence[str]) -> bool:
    """Say whether a header is that of the transactions."""
    return set(names) >= _TRANSACTIONS


def other_table(names: Sequence[str]) -> str | None:
    """Return which other table of the set a header belongs to, if any."""
    for table, columns in OTHER_TABLES.items():
        if columns <= set(names) and len(names) <= len(columns) + 4:
            return table
    return None


def recipe() -> Recipe:
    """Return how the transactions are read."""
    fields = (
        Field("purchase_id", "identifier", ("basket_id",), required=True),
        Field("ordered_on", "time", ("transaction_timestamp",), required=True),
        Field("account_id", "identifier", ("household_id",), required=True),
        Field("product_id", "text", ("product_id",)),
        Field("quantity", "number", ("quantity",), required=True),
        Field("revenue", "money", ("sales_value",), required=True),
        Field("loyalty", "money", ("retail_disc",)),
        Field("match", "money", ("coupon_match_disc",)),
    )
    notes = (
        "Revenue is sales_value: what the shop received, makers' coupons included.",
        "Discounts are the shop's own: loyalty card and match of coupons.",
    )
    return Recipe(SOURCE, VERSION, fields, ("basket_id",), _lines, notes=notes)


def _lines(typed: pa.Table) -> Mapping[str, pa.Table]:
    names = ("purchase_id", "ordered_on", "zone", "account_id", "product_id", "quantity")
    columns: dict[str, object] = {name: typed.column(name) for name in (*names, "revenue")}
    zero = pa.scalar(0, pa.decimal128(18, 4))
    own = pc.add(
        pc.abs(pc.coalesce(typed.column("loyalty"), zero)),
        pc.abs(pc.coalesce(typed.column("match"), zero)),
    )
    back = pc.or_(pc.less(typed.column("quantity"), 0), pc.less(typed.column("revenue"), zero))
    columns |= {
        "line": typed.column(LINE),
        "discount": own,
        "currency": CURRENCY,
        "channel": "store",
        "is_return": back,
    }
    return {"purchase_line": record_table("purchase_line", columns, typed)}
