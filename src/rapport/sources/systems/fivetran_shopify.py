"""Shopify as Fivetran's connector writes it into a warehouse: one order in several tables.

The table of orders makes purchases by itself; discount codes and refunds are taken from the tables
beside it (`order_discount_code`; `refund`, `order_line_refund`, `order_adjustment`). The table of
lines has neither day nor currency and takes them from the orders beside it. Money is the shop's;
goods are counted without tax. Times are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.beside import looked_up, read_with, tables_beside
from rapport.sources.derived import Make, derived
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, emails, phones
from rapport.sources.loading import LINE, Recipe, Rule, facts_of, present, record_table
from rapport.sources.money import money_of, units
from rapport.sources.opening import refuse
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems import fivetran_shopify_tables as tables

SOURCE = "fivetran_shopify"
VERSION = 1
_SHARE, _REFUND, _CODE, _OFF = "tax share", "refunded goods", "discount code", "line discounts"
_DAY, _MONEY, _WHO = "day of the order", "currency of the order", "customer of the order"
_CHANNELS = {"pos": "store", "point_of_sale": "store"}
_TRUE = pa.array(["true", "t", "1", "yes"])


def _gone(header: Header) -> tuple[Rule, ...]:
    """Return the rules that set aside test orders and what was deleted."""

    def flagged(name: str, rows: pa.Table) -> pa.ChunkedArray:
        if name not in header:
            return pa.chunked_array([pa.repeat(False, rows.num_rows)])
        return pc.is_in(pc.utf8_lower(trimmed(rows.column(header[name]))), _TRUE)

    return (
        Rule("test_order", "It is a test order.", partial(flagged, "test")),
        Rule("deleted", "It was deleted in the shop.", partial(flagged, "deleted")),
    )


def _orders(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    beside = tables_beside(file, _BESIDE_ORDERS)
    own = header["purchase_id"]
    names = ("taxes_included", "tax", "total")

    def share(rows: pa.Table) -> pa.ChunkedArray:
        columns = {
            name: rows.column(header[name]) if name in header else pa.nulls(len(rows), pa.string())
            for name in names
        }
        cells = {name: trimmed(pc.fill_null(column, "")) for name, column in columns.items()}
        return tables.tax_share(pa.table(cells))

    joined = {_REFUND: tables.refunded(beside, own), _CODE: tables.codes(beside, own)}
    makes: dict[str, Make] = {_SHARE: share}
    makes |= {name: make for name, make in joined.items() if make}
    kinds: dict[str, Kind] = {
        "purchase_id": "identifier",
        "ordered_on": "time",
        "cancelled_on": "time",
        **dict.fromkeys(("subtotal", "discount", "refund"), "money"),
        "share": "number",
        "currency": "currency",
        **dict.fromkeys(("coupon", "status", "channel", "referrer", "email", "name"), "text"),
        **dict.fromkeys(("phone", "shipping_phone", "postcode", "country"), "text"),
        "customer": "identifier",
    }
    made = {"share": _SHARE, "refund": _REFUND, "coupon": _CODE}
    columns = {**header, **{name: own for name, own in made.items() if own in makes}}
    needed = ("purchase_id", "ordered_on", "subtotal", "currency")
    refunds = _SENTENCES["refunds" if _REFUND in makes else "no refunds"]
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds, required=needed),
        order=(own,),
        finish=_order_tables,
        by_line=False,
        notes=(_SENTENCES["revenue"], refunds),
        time_zone="UTC",
        rules=_gone(header),
    )
    return read_with(facts_of(derived(file, makes), recipe, settings, now), beside)


_SENTENCES = {
    "revenue": "Revenue is the subtotal after discounts, before shipping; where prices include"
    " tax, its share of the order's total is taken off.",
    "refunds": "Refunds are of goods alone, without shipping.",
    "no refunds": "Refunds are not known: lay the tables refund and order_line_refund beside it"
    " and add it again.",
    "lines": "Lines take their day, currency and customer from the orders beside them.",
}


def _order_tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    email = emails(_text(typed, "email"))
    phone = [phones(_text(typed, name)) for name in ("phone", "shipping_phone")]
    account = pc.coalesce(_text(typed, "customer"), email, *phone)
    voided = pc.is_in(pc.utf8_lower(_text(typed, "status")), pa.array(["voided"]))
    none = pa.scalar(None, typed.column("ordered_on").type)
    cancelled = pc.if_else(pc.fill_null(voided, False), typed.column("ordered_on"), none)
    if "cancelled_on" in typed.column_names:
        cancelled = pc.coalesce(typed.column("cancelled_on"), cancelled)
    names = ("purchase_id", "ordered_on", "zone", "discount", "currency", "coupon", "referrer")
    columns = present(typed, names) | {
        "account_id": account,
        "channel": _channels(_text(typed, "channel")),
        "revenue": _without_tax(typed, "subtotal"),
        "cancelled_on": cancelled,
    }
    if "refund" in typed.column_names:
        columns["refund"] = _without_tax(typed, "refund")
    found = {"purchase": record_table("purchase", columns, typed)}
    evidence = {"email": [email], "phone": phone, "name": [_text(typed, "name")]}
    evidence["postcode"] = [_text(typed, "postcode")]
    people = accounts_and_identifiers(
        account, _text(typed, "name"), _text(typed, "country"), evidence, typed.column(ROW)
    )
    return found | people


def _without_tax(typed: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    """Return amounts less the order's share of tax; null stays null."""
    money = typed.column(name)
    share = pc.fill_null(typed.column("share"), 0.0).to_numpy()
    net = money_of(np.rint(units(money) * (1 - share)).astype(np.int64))
    return pc.if_else(pc.is_valid(money), net, pa.scalar(None, net.type))


def _text(typed: pa.Table, name: str) -> pa.ChunkedArray:
    if name in typed.column_names:
        return typed.column(name)
    return pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])


def _channels(names: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pc.index_in(pc.utf8_lower(names), pa.array(list(_CHANNELS)))
    return pc.coalesce(pc.take(pa.array(list(_CHANNELS.values())), known), names)


def _lines(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    beside = tables_beside(file, _BESIDE_LINES)
    if "orders" not in beside:
        raise refuse(file.name, _NO_ORDERS.what, _NO_ORDERS.hint)
    orders = beside["orders"].table(
        *("purchase_id", "ordered_on", "currency", "customer", "taxes_included", "tax", "total")
    )
    share = tables.tax_share(orders)
    own, line = header["order"], header["line_id"]
    known = orders.column("purchase_id")
    makes: dict[str, Make] = {
        _DAY: looked_up(own, known, orders.column("ordered_on")),
        _MONEY: looked_up(own, known, orders.column("currency")),
        _WHO: looked_up(own, known, orders.column("customer")),
        _SHARE: looked_up(own, known, share),
    }
    discounts = tables.allocated(beside, line)
    if discounts:
        makes[_OFF] = discounts
    off = _OFF if discounts else header["off"]
    gross = (header["gross"],) if "gross" in header else (header["quantity"], header["price"])
    fields = (
        Field("purchase_id", "identifier", (own,), required=True),
        Field("ordered_on", "time", (_DAY,), required=True),
        Field("currency", "currency", (_MONEY,), required=True),
        Field("account_id", "identifier", (_WHO,)),
        Field("quantity", "number", (header["quantity"],), required=True),
        Field("gross", "money", gross, required=True),
        Field("off", "money", (off,)),
        Field("share", "number", (_SHARE,)),
        *fields_in(header, {"product_id": "text", "product": "text"}),
    )
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        order=(own,),
        finish=_line_tables,
        notes=(_SENTENCES["lines"],),
        time_zone="UTC",
    )
    return read_with(facts_of(derived(file, makes), recipe, settings, now), beside)


_NO_ORDERS = Refusal(
    "Its lines have neither a day nor a currency: those stand in the table order.",
    "Lay the table order into the same folder, or add the folder as a whole.",
)


def _line_tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    share = 1 - pc.fill_null(typed.column("share"), 0.0).to_numpy()
    off = np.abs(units(typed.column("off")))
    net = np.rint((units(typed.column("gross")) - off) * share).astype(np.int64)
    names = ("purchase_id", "ordered_on", "zone", "account_id", "product_id", "product")
    columns = present(typed, (*names, "quantity", "currency")) | {
        "line": typed.column(LINE),
        "revenue": money_of(net),
        "discount": money_of(np.rint(off * share).astype(np.int64)),
        "is_return": pc.less(typed.column("quantity"), 0),
    }
    return {"purchase_line": record_table("purchase_line", columns, typed)}


def _customers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "account_id": "identifier",
        "created": "time",
        **dict.fromkeys(("first", "last", "email", "phone"), "text"),
    }
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("account_id",)),
        order=(header["account_id"],),
        finish=_customer_tables,
        by_line=False,
        time_zone="UTC",
        rules=_gone(header),
    )


def _customer_tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    parts = [pc.fill_null(_text(typed, name), "") for name in ("first", "last")]
    whole = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))
    name = pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole)
    account = typed.column("account_id")
    nothing = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    evidence = {
        "email": [emails(_text(typed, "email"))],
        "phone": [phones(_text(typed, "phone"))],
        "name": [name],
    }
    found = accounts_and_identifiers(account, name, nothing, evidence, typed.column(ROW))
    columns = {"account_id": account, "name": name, **present(typed, ("created",))}
    return found | {"account": record_table("account", columns, typed)}


_BESIDE_ORDERS: dict[str, tuple[Mapping[str, Aliases], tuple[str, ...]]] = {
    "refunds": (tables.REFUNDS, tables.REFUND_NEEDS),
    "refund_lines": (tables.REFUND_LINES, tables.REFUND_LINE_NEEDS),
    "adjustments": (tables.ADJUSTMENTS, tables.ADJUSTMENT_NEEDS),
    "codes": (tables.CODES, tables.CODE_NEEDS),
}
_BESIDE_LINES: dict[str, tuple[Mapping[str, Aliases], tuple[str, ...]]] = {
    "orders": (tables.ORDERS, tables.ORDER_NEEDS),
    "allocations": (tables.ALLOCATIONS, tables.ALLOCATION_NEEDS),
}
_CHECKED = "the connector's published test data, by REST and by GraphQL"


def _read_with_orders(name: str, columns: Mapping[str, Aliases], needs: Sequence[str]) -> Shape:
    return Shape(
        name=name,
        title="Parts of Shopify orders, from Fivetran",
        grain="",
        tables=(),
        columns=columns,
        needs=tuple(needs),
        refuses=Refusal(
            "It is a part of orders, and is read with the table order that lies beside it.",
            "Add the table order from the same folder.",
            spare=True,
        ),
    )


SYSTEM = System(
    SOURCE,
    "Shopify by Fivetran",
    "warehouse",
    (
        Shape(
            name="orders",
            title="Shopify orders, from Fivetran",
            grain="one order",
            tables=("purchase", "account", "identifier"),
            columns=tables.ORDERS,
            needs=tables.ORDER_NEEDS,
            where="Table order of the connector's schema",
            since="2020",
            checked=_CHECKED,
            facts=_orders,
        ),
        Shape(
            name="lines",
            title="Lines of Shopify orders, from Fivetran",
            grain="one line of an order",
            tables=("purchase_line",),
            columns=tables.LINES,
            needs=tables.LINE_NEEDS,
            where="Table order_line of the connector's schema, with order beside it",
            since="2020",
            checked=_CHECKED,
            facts=_lines,
        ),
        Shape(
            name="customers",
            title="Shopify customers, from Fivetran",
            grain="one customer",
            tables=("account", "identifier"),
            columns=tables.CUSTOMERS,
            needs=tables.CUSTOMER_NEEDS,
            where="Table customer of the connector's schema",
            since="2020",
            checked=_CHECKED,
            recipe=_customers,
        ),
        _read_with_orders("refunds", tables.REFUNDS, tables.REFUND_NEEDS),
        _read_with_orders("refund_lines", tables.REFUND_LINES, tables.REFUND_LINE_NEEDS),
        _read_with_orders("adjustments", tables.ADJUSTMENTS, tables.ADJUSTMENT_NEEDS),
        _read_with_orders("codes", tables.CODES, tables.CODE_NEEDS),
        _read_with_orders("allocations", tables.ALLOCATIONS, tables.ALLOCATION_NEEDS),
    ),
)
