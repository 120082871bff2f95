"""WooCommerce: its own Analytics export, and the two plug-ins that most shops export with.

WooCommerce itself exports no orders with their customers: Analytics names who bought by a name
only, which tells nobody apart. Both plug-ins name the e-mail address. Net revenue is goods after
coupons, without tax and shipping, in all three.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings, SourceSettings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import column_of, people
from rapport.sources.loading import LINE, Recipe, Rule, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.shop_orders import customers, refunds, unpaid

SOURCE = "woocommerce"
VERSION = 1
CHANNEL = "web"
_ANALYTICS: dict[str, Aliases] = {
    "date": ("Date", "Datum", "Fecha"),
    "order": (
        *("Order #", "N° de commande", "Commande n°", "Bestellung #", "Bestellnummer"),
        *("N.º de pedido", "Pedido n.º", "Beställning #", "Ordernr"),
    ),
    "status": ("Status", "État", "Statut", "Estado"),
    "customer": ("Customer", "Client", "Kunde", "Cliente", "Kund"),
    "type": (
        *("Customer type", "Type de client", "Type du client", "Kundentyp"),
        *("Tipo de cliente", "Kundtyp"),
    ),
    "products": ("Product(s)", "Produit(s)", "Produkt(e)", "Producto(s)", "Produkt(er)"),
    "items": (
        *("Items sold", "Articles vendus", "Verkaufte Artikel", "Artículos vendidos"),
        "Sålda artiklar",
    ),
    "coupons": ("Coupon(s)", "Code(s) promo", "Gutschein(e)", "Cupón(es)", "Rabattkod(er)"),
    "net": (
        *("Net Sales", "N. Revenue", "Net sales", "Ventes nettes", "Revenus nets", "C.A. net"),
        *("Nettoumsatz", "Nettoverkäufe", "Ventas netas", "Ingresos netos", "Nettoförsäljning"),
    ),
}
# Advanced Order Export For WooCommerce: the labels that it proposes.
_EXPORT: dict[str, Aliases] = {
    "order": "Order Number",
    "status": "Order Status",
    "date": "Order Date",
    "first": "First Name (Billing)",
    "last": "Last Name (Billing)",
    "email": "Email (Billing)",
    "phone": "Phone (Billing)",
    "postcode": "Postcode (Billing)",
    "country": ("Country Code (Billing)", "Country Name (Billing)"),
    "code": "SKU",
    "product": ("Item Name", "Name"),
    "quantity": "Quantity",
    "line_total": "Order Line (w/o tax)",
    "coupon": ("Coupon Code", "Coupons Used"),
    "off": "Cart Discount Amount",
    "subtotal": "Order Subtotal Amount",
    "refund": "Order Refund Amount",
    "total": "Order Total Amount",
    "currency": ("Currency", "Order Currency"),
}
# Order Export & Order Import for WooCommerce (WebToffee).
_WEBTOFFEE: dict[str, Aliases] = {
    "order": "order_number",
    "id": "order_id",
    "date": "order_date",
    "status": "status",
    "subtotal": "order_subtotal",
    "off": "discount_total",
    "total": "order_total",
    "currency": "order_currency",
    "email": ("billing_email", "customer_email"),
    "phone": "billing_phone",
    "first": "billing_first_name",
    "last": "billing_last_name",
    "postcode": "billing_postcode",
    "country": "billing_country",
    "coupons": "coupon_items",
}
_CUSTOMERS: dict[str, Aliases] = {
    "name": ("Name", "Nom", "Nombre", "Namn"),
    "username": ("Username", "Identifiant", "Benutzername", "Nombre de usuario", "Användarnamn"),
    "active": ("Last Active", "Last active"),
    "created": ("Sign Up", "Sign up", "Date registered"),
    "email": ("Email", "E-mail", "E-Mail", "Correo electrónico", "E-post"),
    "orders": ("Orders", "Commandes", "Bestellungen", "Pedidos", "Beställningar"),
    "spent": ("Total Spend", "Total spend"),
    "average": "AOV",
    "country": ("Country / Region", "Country"),
    "postcode": ("Postal Code", "Postal code"),
    "phone": "Billing Phone",
    "other_phone": "Shipping Phone",
}
_PERSON: dict[str, Kind] = dict.fromkeys(
    ("email", "phone", "first", "last", "postcode", "country"), "text"
)
_ORDER: dict[str, Kind] = {
    "coupon": "text",
    "off": "money",
    "refund": "money",
    "currency": "currency",
    "status": "text",
    **_PERSON,
}


def _currency(settings: Settings) -> str:
    how = settings.sources.get(SOURCE, SourceSettings())
    return how.currency or settings.currency


def _analytics(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the orders of Analytics are read: each is one line, and so is each refund."""
    fields = (
        Field("purchase_id", "identifier", (header["order"],), required=True),
        Field("ordered_on", "time", (header["date"],), required=True),
        Field("quantity", "number", (header["items"],), required=True),
        Field("revenue", "money", (header["net"],), required=True),
        *fields_in(header, {"coupons": "text"}),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        back = pc.less(pc.cast(typed.column("revenue"), pa.float64()), 0.0)
        names = ("purchase_id", "ordered_on", "zone", "quantity", "revenue")
        columns: dict[str, object] = {name: typed.column(name) for name in names}
        columns |= {"line": typed.column(LINE), "channel": CHANNEL, "is_return": back}
        columns |= {"currency": _currency(settings), "coupon": column_of(typed, "coupons")}
        return {"purchase_line": record_table("purchase_line", columns, typed)}

    notes = (
        "Analytics names a customer by a name only: orders are of somebody unknown.",
        "Net sales are goods after coupons, without tax and shipping.",
        "A row below zero is a refund of the order that it names.",
    )
    rules = (unpaid(header["status"]),)
    return Recipe(SOURCE, VERSION, fields, (header["order"],), tables, notes=notes, rules=rules)


def _export_lines(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how an export with a row for each line of an order is read."""
    kinds: dict[str, Kind] = {**_ORDER, "subtotal": "money", "code": "text", "product": "text"}
    fields = (
        Field("purchase_id", "identifier", (header["order"],), required=True),
        Field("ordered_on", "time", (header["date"],), required=True),
        Field("quantity", "number", (header["quantity"],), required=True),
        Field("line_total", "money", (header["line_total"],), required=True),
        *fields_in(header, kinds),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        account, found = customers(typed)
        found["purchase_line"] = _lines(typed, account, _currency(settings))
        first = pc.equal(typed.column(LINE), 1)
        if "subtotal" in typed.column_names:
            known = pc.and_(first, pc.is_valid(typed.column("subtotal")))
            heads = typed.filter(known)
            found["purchase"] = _purchases(heads, account.filter(known), _currency(settings))
        return found

    notes = ("Revenue is the subtotal less the discount: goods without tax and shipping.",)
    rules = (unpaid(header["status"]),)
    return Recipe(SOURCE, VERSION, fields, (header["order"],), tables, notes=notes, rules=rules)


def _lines(typed: pa.Table, account: pa.ChunkedArray, currency: str) -> pa.Table:
    names = ("purchase_id", "ordered_on", "zone", "quantity", "product")
    columns: dict[str, object] = {n: typed.column(n) for n in names if n in typed.column_names}
    columns |= {
        "line": typed.column(LINE),
        "account_id": account,
        "channel": CHANNEL,
        "product_id": column_of(typed, "code"),
        "revenue": typed.column("line_total"),
        "currency": pc.coalesce(column_of(typed, "currency"), pa.scalar(currency, pa.string())),
        "coupon": column_of(typed, "coupon"),
        "is_return": pc.less(typed.column("quantity"), 0),
    }
    return record_table("purchase_line", columns, typed)


def _orders(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how an export with a row for each order is read."""
    fields = (
        Field("purchase_id", "identifier", (header["order"],), required=True),
        Field("ordered_on", "time", (header["date"],), required=True),
        Field("subtotal", "money", (header["subtotal"],), required=True),
        *fields_in(header, {**_ORDER, "coupons": "text"}),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        account, found = customers(typed)
        return {"purchase": _purchases(typed, account, _currency(settings)), **found}

    notes = (
        "Revenue is the subtotal less the discount: goods without tax and shipping.",
        "An order whose status is refunded counts as paid back whole where no figure says less.",
    )
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["order"],),
        tables,
        by_line=False,
        notes=notes,
        rules=(unpaid(header["status"]),),
    )


def _purchases(typed: pa.Table, account: pa.ChunkedArray, currency: str) -> pa.Table:
    revenue = typed.column("subtotal")
    columns: dict[str, object] = {
        name: typed.column(name) for name in ("purchase_id", "ordered_on", "zone")
    }
    if "off" in typed.column_names:
        off = pc.abs(typed.column("off"))
        less = pc.coalesce(off, pa.scalar(0, off.type))
        revenue = pc.cast(pc.subtract(revenue, less), off.type)
        columns["discount"] = off
    coupons = _coupon_codes(column_of(typed, "coupons"))
    columns |= {
        "account_id": account,
        "channel": CHANNEL,
        "revenue": revenue,
        "refund": refunds(typed, revenue),
        "currency": pc.coalesce(column_of(typed, "currency"), pa.scalar(currency, pa.string())),
        "coupon": pc.coalesce(column_of(typed, "coupon"), coupons),
    }
    return record_table("purchase", columns, typed)


def _coupon_codes(items: pa.ChunkedArray) -> pa.ChunkedArray:
    found = pc.extract_regex(items, r"code:(?P<code>[^|;]+)")
    return pc.struct_field(found, "code")


def _customers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the customers of Analytics are read."""
    kinds: dict[str, Kind] = {**_PERSON, "name": "text", "other_phone": "text", "created": "time"}
    fields = fields_in(header, kinds, required=["email"])

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        account = pc.utf8_lower(pc.utf8_trim_whitespace(typed.column("email")))
        columns: dict[str, object] = {"account_id": account, "name": column_of(typed, "name")}
        columns["country"] = column_of(typed, "country")
        if "created" in typed.column_names:
            columns["created"] = typed.column("created")
        evidence = {
            "email": [account],
            "phone": [column_of(typed, "phone"), column_of(typed, "other_phone")],
            "name": [column_of(typed, "name")],
            "postcode": [column_of(typed, "postcode")],
        }
        return people(typed, columns, evidence)

    rule = Rule(
        "no_address",
        "It names no e-mail address, which orders know a customer by.",
        lambda rows: pc.invert(pc.match_substring(trimmed(rows.column(header["email"])), "@")),
    )
    return Recipe(SOURCE, VERSION, fields, (), tables, by_line=False, rules=(rule,))


_ALL = ("purchase", "account", "identifier")

SYSTEM = System(
    SOURCE,
    "WooCommerce",
    "commerce",
    (
        Shape(
            name="analytics_orders",
            title="Orders of WooCommerce Analytics",
            grain="one order, or one refund of it",
            tables=("purchase_line",),
            columns=_ANALYTICS,
            needs=("date", "order", "status", "type", "products", "items", "net"),
            where="WooCommerce › Analytics › Orders › Download",
            since="2020",
            checked="WooCommerce's own source; other languages: held to no file",
            recipe=_analytics,
        ),
        Shape(
            name="analytics_customers",
            title="Customers of WooCommerce Analytics",
            grain="one customer",
            tables=("account", "identifier"),
            columns=_CUSTOMERS,
            needs=("name", "username", "email", "orders", "average"),
            where="WooCommerce › Analytics › Customers › Download",
            since="2020",
            checked="WooCommerce's own source; other languages: held to no file",
            recipe=_customers,
        ),
        Shape(
            name="export_lines",
            title="Order lines of the plug-in Advanced Order Export for WooCommerce",
            grain="one line of an order",
            tables=("purchase_line", *_ALL),
            columns=_EXPORT,
            needs=("order", "status", "date", "email", "quantity", "line_total"),
            where="WooCommerce › Export Orders › Export",
            since="2018",
            checked="the header of a real file, as an open-source reader documents it",
            recipe=_export_lines,
        ),
        Shape(
            name="export_orders",
            title="Orders of the plug-in Advanced Order Export for WooCommerce",
            grain="one order",
            tables=_ALL,
            columns=_EXPORT,
            needs=("order", "status", "date", "email", "subtotal"),
            without=("quantity", "line_total"),
            where="WooCommerce › Export Orders › Export",
            since="2018",
            checked="the header of a real file, as an open-source reader documents it",
            recipe=_orders,
        ),
        Shape(
            name="webtoffee_orders",
            title="Orders of the plug-in Order Export & Order Import for WooCommerce",
            grain="one order",
            tables=_ALL,
            columns=_WEBTOFFEE,
            needs=("order", "date", "status", "subtotal", "total", "currency", "email"),
            where="WebToffee Import Export › Export › Orders",
            since="2020",
            checked="the header of a real file, as an open-source reader holds it",
            recipe=_orders,
        ),
    ),
)
