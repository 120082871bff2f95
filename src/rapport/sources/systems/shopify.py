"""The orders export of Shopify: one row for each line item, the order's own fields on its first.

Revenue is `Subtotal`: goods after discounts, before shipping and tax. A shop whose prices include
tax exports a `Subtotal` that includes it too, and the file does not say which kind of shop it is.
`Refunded Amount` may include tax and shipping. The customer is the e-mail address, or the phone
number where there is none: the export has no number of the customer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import ASIDE, Batch, Facts
from rapport.settings import Settings
from rapport.sources.conversion import Conversion
from rapport.sources.fields import Field
from rapport.sources.identifiers import accounts_and_identifiers, column_of, emails, phones
from rapport.sources.loading import Recipe, all_aside, facts_through, record_table, without_blank
from rapport.sources.orders import RepeatedOrders
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, Aside, RawRows, raw_json, trimmed
from rapport.sources.shapes import Header, Shape, System, as_named
from rapport.sources.sql import engine
from rapport.sources.survey import Survey, order_hashes, order_keys
from rapport.sources.systems import shopify_api, shopify_customers
from rapport.sources.systems.shopify_customers import account_of
from rapport.sources.systems.shopify_lines import allocated

SOURCE = "shopify"
VERSION = 1
_ORDERS = (
    "Name",
    "Email",
    "Financial Status",
    "Currency",
    "Subtotal",
    "Total",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
)
_ORDER_FIELDS = (
    Field("purchase_id", "identifier", ("Name",), required=True),
    Field("ordered_on", "time", ("Created at",), required=True),
    Field("cancelled_on", "time", ("Cancelled at",)),
    Field("revenue", "money", ("Subtotal",), required=True),
    Field("discount", "money", ("Discount Amount",)),
    Field("refund", "money", ("Refunded Amount",)),
    Field("currency", "currency", ("Currency",), required=True),
    Field("coupon", "text", ("Discount Code",)),
    Field("status", "text", ("Financial Status",)),
    Field("channel", "text", ("Source",)),
    Field("email", "text", ("Email",)),
    Field("phone", "text", ("Phone",)),
    Field("billing_phone", "text", ("Billing Phone",)),
    Field("shipping_phone", "text", ("Shipping Phone",)),
    Field("name", "text", ("Billing Name",)),
    Field("shipping_name", "text", ("Shipping Name",)),
    Field("postcode", "text", ("Billing Zip",)),
    Field("country", "text", ("Billing Country",)),
)
_LINE_FIELDS = (
    Field("quantity", "number", ("Lineitem quantity",), required=True),
    Field("gross", "money", ("Lineitem quantity", "Lineitem price"), required=True),
    Field("off", "money", ("Lineitem discount",)),
    Field("product_id", "text", ("Lineitem sku",)),
    Field("product", "text", ("Lineitem name",)),
)
_NOTES = (
    "Revenue is Subtotal: after discounts, before shipping and tax. If the shop's prices include"
    " tax, Subtotal includes it too: the file does not say.",
    "Refunded Amount may include tax and shipping.",
    "A voided payment counts as an order cancelled when it was made.",
)
_CHANNELS = {"pos": "store"}


def _facts(file: TableFile, _: Header, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of an orders export; raises Problem as `loading.facts_of` does."""
    present = set(file.names)
    orders = tuple(f for f in _ORDER_FIELDS if set(f.columns) <= present)
    lines = tuple(f for f in _LINE_FIELDS if set(f.columns) <= present)
    notes = shopify_api.NOTES if file.made else _NOTES
    recipe = Recipe(SOURCE, VERSION, (*orders, *lines), ("Name",), dict, notes=notes)

    def batches(found: Survey, conversion: Conversion) -> Iterator[Batch]:
        reader = _Reader(
            replace(conversion, fields=orders),
            replace(conversion, fields=lines),
            RepeatedOrders(found.repeated, "Name", file.name),
        )
        with engine() as connection:
            for raw in whole_orders(file.rows()):
                yield reader.batch(connection, raw)

    return facts_through(file, recipe, settings, batches, now)


def whole_orders(parts: Iterator[RawRows]) -> Iterator[RawRows]:
    """Yield the rows again so that the rows of one order, one after the other, stay together."""
    held: pa.Table | None = None
    aside = ASIDE.empty_table()
    for part in parts:
        rows = part.table if held is None else pa.concat_tables([held, part.table])
        aside = pa.concat_tables([aside, part.aside])
        names = rows.column("Name")
        start = len(names)
        if start:
            last = names[-1]
            other = pc.not_equal(names, last).to_numpy()
            places = np.flatnonzero(other)
            start = int(places[-1]) + 1 if places.size else 0
        held = rows.slice(start)
        # Rows set aside wait with the rows above them: numbers rise from batch to batch.
        waits = pc.greater(aside.column(ROW), held.column(ROW)[0]) if held.num_rows else None
        ready = aside if waits is None else aside.filter(pc.invert(waits))
        aside = aside.filter(waits) if waits is not None else ASIDE.empty_table()
        yield RawRows(rows.slice(0, start).combine_chunks(), ready)
    if held is not None and (held.num_rows or aside.num_rows):
        yield RawRows(held.combine_chunks(), aside)


@dataclass
class _Reader:
    orders: Conversion
    lines: Conversion
    repeated: RepeatedOrders

    def batch(self, connection: duckdb.DuckDBPyConnection, raw: RawRows) -> Batch:
        rows, asides = without_blank(raw.table, self.orders.fields)
        if not rows.num_rows:
            return Batch(raw.rows, {}, all_aside(raw, asides))
        heads = _heads(rows)
        group = np.cumsum(heads) - 1
        asides += _orphans(rows, heads, group)
        head_rows = rows.filter(pa.array(heads))
        keys = order_keys(head_rows, ["Name"])
        hashes = order_hashes(connection, keys)
        twice = hashes[1:][hashes[1:] == hashes[:-1]]
        _, again = self.repeated.split(head_rows, keys, hashes, also=twice)
        orders, wrong_orders = self.orders.apply(connection, head_rows)
        items = _has_item(rows)
        lines, wrong_lines = self.lines.apply(connection, rows.filter(pa.array(items)))
        asides += _first_told([*again, *wrong_orders, *wrong_lines])
        asides += _no_item(rows, heads, items)
        broken = _broken_groups(rows, group, asides)
        asides += _with_their_order(rows, group, broken, asides)
        numbers = rows.column(ROW).to_numpy()
        told = pa.array([aside.source_row for aside in asides], pa.int64())
        orders = _of_whole(_without(orders, told), numbers, group, broken)
        lines = _of_whole(_without(lines, told), numbers, group, broken)
        tables = _tables(orders, lines) if orders.num_rows else {}
        return Batch(raw.rows, tables, all_aside(raw, asides))


def _heads(rows: pa.Table) -> npt.NDArray[np.bool_]:
    """Say which rows carry the fields of an order."""
    heads = np.zeros(rows.num_rows, bool)
    for name in ("Currency", "Subtotal", "Total", "Financial Status"):
        heads |= pc.not_equal(trimmed(rows.column(name)), "").to_numpy()
    return heads


def _has_item(rows: pa.Table) -> npt.NDArray[np.bool_]:
    items = np.zeros(rows.num_rows, bool)
    for name in ("Lineitem name", "Lineitem quantity", "Lineitem price"):
        items |= pc.not_equal(trimmed(rows.column(name)), "").to_numpy()
    return items


def _orphans(
    rows: pa.Table, heads: npt.NDArray[np.bool_], group: npt.NDArray[np.int64]
) -> list[Aside]:
    """Set aside lines that do not follow the first row of their order."""
    names = rows.column("Name")
    first = names.filter(pa.array(heads))
    if len(first):
        same = pc.equal(pc.take(first, pa.array(np.maximum(group, 0))), names).to_numpy()
    else:
        same = np.zeros(len(group), bool)
    reason = "No row with the order's own fields stands above this line of order '{}'."
    return [
        _aside(row, "Name", "line_without_order", reason.format(row["Name"]))
        for row in rows.filter(pa.array((group < 0) | ~same)).to_pylist()
    ]


def _no_item(
    rows: pa.Table, heads: npt.NDArray[np.bool_], items: npt.NDArray[np.bool_]
) -> list[Aside]:
    reason = "The row holds neither an order nor a line item."
    return [
        _aside(row, None, "no_line_item", reason)
        for row in rows.filter(pa.array(~heads & ~items)).to_pylist()
    ]


def _aside(row: dict[str, object], column: str | None, code: str, reason: str) -> Aside:
    number = int(str(row.pop(ROW)))
    return Aside(number, column, code, reason, raw_json(row))


def _first_told(asides: Sequence[Aside]) -> list[Aside]:
    told: dict[int, Aside] = {}
    for aside in asides:
        told.setdefault(aside.source_row, aside)
    return list(told.values())


_NOT_OF_ORDER = {"line_without_order", "no_line_item", "blank_row"}


def _broken_groups(
    rows: pa.Table, group: npt.NDArray[np.int64], asides: Sequence[Aside]
) -> dict[int, Aside]:
    """Return the orders of which a row is set aside, with the first such row."""
    numbers = rows.column(ROW).to_numpy()
    broken: dict[int, Aside] = {}
    for aside in sorted(asides, key=lambda one: one.source_row):
        if aside.code not in _NOT_OF_ORDER:
            place = int(np.searchsorted(numbers, aside.source_row))
            broken.setdefault(int(group[place]), aside)
    return broken


def _with_their_order(
    rows: pa.Table,
    group: npt.NDArray[np.int64],
    broken: Mapping[int, Aside],
    asides: Sequence[Aside],
) -> list[Aside]:
    """Set aside the other rows of a broken order: an order is kept whole or not at all."""
    if not broken:
        return []
    told = {aside.source_row for aside in asides}
    more = []
    for place in np.flatnonzero(np.isin(group, list(broken))):
        row = rows.slice(int(place), 1).to_pylist()[0]
        if row[ROW] not in told:
            cause = broken[int(group[place])]
            reason = f"Row {cause.source_row:,} of the same order was set aside: {cause.reason}"
            more.append(_aside(row, None, "order_set_aside", reason))
    return more


def _without(typed: pa.Table, told: pa.Array) -> pa.Table:
    return typed.filter(pc.invert(pc.is_in(typed.column(ROW), told)))


def _of_whole(
    typed: pa.Table,
    numbers: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
    broken: Mapping[int, Aside],
) -> pa.Table:
    """Return the typed rows of whole orders, with the number of their order in the batch."""
    of = group[np.searchsorted(numbers, typed.column(ROW).to_numpy())]
    typed = typed.append_column("group", pa.array(of, pa.int64()))
    return typed.filter(pa.array(~np.isin(of, list(broken)) & (of >= 0)))


def _tables(orders: pa.Table, lines: pa.Table) -> dict[str, pa.Table]:
    email = emails(column_of(orders, "email"))
    phone = [
        phones(column_of(orders, name)) for name in ("phone", "billing_phone", "shipping_phone")
    ]
    account = account_of(email, *phone)
    channel = _channels(column_of(orders, "channel"))
    tables = {"purchase": _purchases(orders, account, channel)}
    if lines.num_rows:
        tables["purchase_line"] = _lines(orders, lines, account, channel)
    name = pc.coalesce(column_of(orders, "name"), column_of(orders, "shipping_name"))
    evidence = {"email": [email], "phone": phone, "name": [name]}
    evidence["postcode"] = [column_of(orders, "postcode")]
    country = column_of(orders, "country")
    return tables | accounts_and_identifiers(account, name, country, evidence, orders.column(ROW))


def _channels(source: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pc.index_in(source, pa.array(list(_CHANNELS), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(_CHANNELS.values()), pa.string()), known), source)


def _purchases(orders: pa.Table, account: pa.ChunkedArray, channel: pa.ChunkedArray) -> pa.Table:
    names = ("purchase_id", "ordered_on", "zone", "revenue", "currency", "coupon")
    columns: dict[str, object] = {n: orders.column(n) for n in names if n in orders.column_names}
    for name in ("discount", "refund"):
        if name in orders.column_names:
            columns[name] = pc.abs(orders.column(name))
    voided = pc.equal(pc.utf8_lower(column_of(orders, "status")), "voided")
    none = pa.scalar(None, orders.column("ordered_on").type)
    cancelled = pc.if_else(pc.fill_null(voided, False), orders.column("ordered_on"), none)
    if "cancelled_on" in orders.column_names:
        cancelled = pc.coalesce(orders.column("cancelled_on"), cancelled)
    columns |= {"account_id": account, "channel": channel, "cancelled_on": cancelled}
    return record_table("purchase", columns, orders)


def _lines(
    orders: pa.Table, lines: pa.Table, account: pa.ChunkedArray, channel: pa.ChunkedArray
) -> pa.Table:
    group = lines.column("group").to_numpy()
    place = np.searchsorted(orders.column("group").to_numpy(), group)
    order = pa.array(place)
    revenue, discount = allocated(orders, lines, place)
    starts = np.searchsorted(group, group)
    columns: dict[str, object] = {
        name: pc.take(orders.column(name), order)
        for name in ("purchase_id", "ordered_on", "zone", "currency", "coupon")
        if name in orders.column_names
    }
    columns |= {
        "line": pa.array(np.arange(len(group)) - starts + 1),
        "account_id": pc.take(account, order),
        "channel": pc.take(channel, order),
        "product_id": column_of(lines, "product_id"),
        "product": column_of(lines, "product"),
        "quantity": lines.column("quantity"),
        "revenue": revenue,
        "discount": discount,
        "is_return": pc.less(lines.column("quantity"), 0),
    }
    return record_table("purchase_line", columns, lines)


_ORDER_COLUMNS = as_named(
    *_ORDERS, *(c for f in (*_ORDER_FIELDS, *_LINE_FIELDS) for c in f.columns)
)
_PEOPLE = ("account", "identifier")
_PURCHASES = ("purchase", "purchase_line", *_PEOPLE)

SYSTEM = System(
    SOURCE,
    "Shopify",
    "commerce",
    (
        Shape(
            name="orders",
            title="Orders of a Shopify shop",
            grain="one line of an order; the order's own fields on its first",
            tables=_PURCHASES,
            columns=_ORDER_COLUMNS,
            needs=_ORDERS,
            where="Shopify admin › Orders › Export › CSV for Excel",
            since="2016",
            checked="the documented columns",
            facts=_facts,
        ),
        Shape(
            name="orders_api",
            title="Orders from the programming interface of Shopify",
            grain="one line of an order; the order's own fields on its first",
            tables=_PURCHASES,
            columns=_ORDER_COLUMNS,
            needs=_ORDERS,
            where="Shopify Admin API (REST) › orders.json, status any",
            since="2016",
            checked="real answers of the API",
            opens=shopify_api.orders,
            facts=_facts,
        ),
        Shape(
            name="customers",
            title="Customers of a Shopify shop",
            grain="one customer",
            tables=_PEOPLE,
            columns=shopify_customers.COLUMNS,
            needs=shopify_customers.NEEDS,
            where="Shopify admin › Customers › Export",
            since="2016",
            checked="the documented columns, old and new",
            recipe=shopify_customers.recipe,
        ),
        Shape(
            name="customers_api",
            title="Customers from the programming interface of Shopify",
            grain="one customer",
            tables=_PEOPLE,
            columns=shopify_customers.COLUMNS,
            needs=shopify_customers.NEEDS,
            where="Shopify Admin API (REST) › customers.json",
            since="2016",
            checked="real answers of the API",
            opens=shopify_api.customers,
            recipe=shopify_customers.recipe,
        ),
    ),
)
