"""Tickets of tills: one row is a line of a ticket, a loyalty card on some, nobody on most.

Every till writes its own columns; those read here are what French and English tills call them,
with German, Spanish and Swedish beside. A ticket's number may begin again every day and in every
store, so a ticket is named by store, day and number. The customer is the loyalty card.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings, SourceSettings
from rapport.sources.derived import Make, derived, joined
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import cards, column_of, identifiers_of
from rapport.sources.loading import LINE, Recipe, facts_of, record_table, total_row
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System, plain_name

SOURCE = "point_of_sale"
VERSION = 1
CHANNEL = "store"
_DAY = "day as written"
_COLUMNS: dict[str, Aliases] = {
    "ticket": (
        *("Receipt", "Receipt number", "Receipt no", "Receipt ID", "Ticket", "Ticket number"),
        *("Ticket no", "N° ticket", "N° de ticket", "Numéro de ticket", "No ticket", "Bon"),
        *("Bonnummer", "Belegnummer", "Kassenbon", "N.º de ticket", "Número de ticket"),
        *("Kvitto", "Kvittonummer"),
    ),
    "date": ("Date", "Sale date", "Receipt date", "Date de vente", "Datum", "Fecha"),
    "time": ("Time", "Sale time", "Heure", "Uhrzeit", "Zeit", "Hora", "Tid"),
    "store": (
        *("Store", "Shop", "Location", "Branch", "Magasin", "Point de vente", "Boutique"),
        *("Filiale", "Geschäft", "Tienda", "Butik"),
    ),
    "till_line": ("Line", "Line no", "Ligne", "N° ligne", "Zeile", "Línea", "Rad"),
    "code": (
        *("Item code", "SKU", "EAN", "Barcode", "Product code", "Code article", "Référence"),
        *("Code-barres", "Artikelnummer", "Código", "Código de artículo"),
    ),
    "product": (
        *("Item", "Product", "Item name", "Product name", "Description", "Libellé", "Article"),
        *("Désignation", "Produit", "Artikel", "Bezeichnung", "Artículo", "Descripción"),
        *("Artikelnamn", "Benämning"),
    ),
    "quantity": ("Quantity", "Qty", "Quantité", "Qté", "Menge", "Anzahl", "Cantidad", "Antal"),
    "net": (
        *("Net amount", "Amount excl. tax", "Net total", "Montant HT", "Total HT"),
        *("Nettobetrag", "Importe neto", "Nettobelopp"),
    ),
    "net_price": (
        *("Net price", "Price excl. tax", "Unit price excl. tax", "Prix unitaire HT", "Prix HT"),
        *("Nettopreis", "Precio neto"),
    ),
    "gross": (
        *("Amount", "Line total", "Line amount", "Montant TTC", "Total TTC", "Montant", "Betrag"),
        *("Bruttobetrag", "Importe", "Belopp"),
    ),
    "price": (
        *("Price", "Unit price", "Prix", "Prix unitaire", "Prix TTC", "Prix unitaire TTC"),
        *("P.U.", "Preis", "Einzelpreis", "Precio", "Precio unitario", "Pris", "Styckpris"),
    ),
    "discount": (
        *("Discount", "Discount amount", "Remise HT", "Remise", "Remise TTC", "Rabatt"),
        "Descuento",
    ),
    "tax": ("Tax", "VAT", "TVA", "MwSt", "IVA", "Moms"),
    "card": (
        *("Loyalty card", "Loyalty card number", "Card number", "Loyalty number", "Card"),
        *("Member ID", "Member number", "Carte fidélité", "Carte de fidélité", "N° carte"),
        *("N° carte fidélité", "Carte", "Kundenkarte", "Kartennummer", "Tarjeta"),
        *("Tarjeta de fidelidad", "Kundkort", "Medlemsnummer"),
    ),
    "payment": (
        *("Payment", "Payment method", "Tender", "Règlement", "Mode de règlement", "Paiement"),
        *("Zahlungsart", "Forma de pago", "Betalsätt"),
    ),
    "currency": ("Currency", "Devise", "Währung", "Moneda", "Valuta"),
}
_TOTALS = ("total", "total général", "totaux", "grand total", "gesamt", "summe", "totalt", "summa")
_WITH_TAX = "If the till's prices include tax, so does revenue: the file does not say."
_NO_AMOUNT = Refusal(
    "The tickets name no amount and no price.", "Export the lines of the tickets with their prices."
)
_NOTES = (
    "A ticket is named by its store, its day and its number, which may begin again every day.",
    "Rows without a loyalty card are kept: they are sales to somebody unknown.",
)


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of tickets; raises Problem as `loading.facts_of` does."""
    date, store = header["date"], header.get("store")
    how = settings.sources.get(SOURCE, SourceSettings())
    moment, made = date, {_DAY: _first_word(date)}
    if "time" in header:
        moment = f"{date} {header['time']}"
        made[moment] = joined(date, header["time"])
    kinds: dict[str, Kind] = {"store": "text", "code": "text", "product": "text"}
    kinds["till_line"] = "integer"
    kinds |= {"discount": "money", "card": "text", "currency": "currency"}
    fields = (
        Field("ticket", "identifier", (header["ticket"],), required=True),
        Field("ordered_on", "time", (moment,), required=True),
        Field("quantity", "number", (header["quantity"],), required=True),
        _revenue(header),
        *fields_in(header, kinds),
    )
    zone = pa.timestamp("us", how.time_zone or settings.time_zone)
    less = "net" not in header and "gross" not in header

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        day = pc.strftime(pc.cast(typed.column("ordered_on"), zone), "%Y-%m-%d")
        typed = typed.append_column("day", day)
        return _tables(typed, how.currency or settings.currency, less=less)

    order = (*([store] if store else []), _DAY, header["ticket"])
    tax = () if "net" in header or "net_price" in header else (_WITH_TAX,)
    rule = total_row(header["ticket"], *_TOTALS)
    # Tills outside the English-speaking world write the day first.
    english = plain_name(header["quantity"]) in ("quantity", "qty")
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        order,
        tables,
        notes=(*_NOTES, *tax),
        rules=(rule,),
        usual_dates=None if english else "day-first",
    )
    return facts_of(derived(file, made), recipe, settings, now)


def _first_word(column: str) -> Make:
    def make(rows: pa.Table) -> pa.ChunkedArray:
        return pc.replace_substring_regex(trimmed(rows.column(column)), r"[\sT].*$", "")

    return make


def _revenue(header: Header) -> Field:
    """Return what a line sold for: without tax where the till says so."""
    for name in ("net", "gross"):
        if name in header and not (name == "gross" and "net_price" in header):
            return Field("revenue", "money", (header[name],), required=True)
    price = header.get("net_price") or header["price"]
    return Field("revenue", "money", (header["quantity"], price), required=True)


def _tables(typed: pa.Table, currency: str, *, less: bool) -> dict[str, pa.Table]:
    account = cards(column_of(typed, "card"))
    revenue, quantity = typed.column("revenue"), typed.column("quantity")
    names = ("ordered_on", "zone", "quantity", "product")
    columns: dict[str, object] = {n: typed.column(n) for n in names if n in typed.column_names}
    if "discount" in typed.column_names:
        off = pc.abs(typed.column("discount"))
        columns["discount"] = off
        if less:
            given = pc.coalesce(off, pa.scalar(0, off.type))
            sign = pc.if_else(pc.less(quantity, 0), pc.negate(given), given)
            revenue = pc.cast(pc.subtract(revenue, sign), off.type)
    named = column_of(typed, "currency")
    columns |= {
        "purchase_id": _ticket(typed),
        "line": _line(typed),
        "account_id": account,
        "channel": CHANNEL,
        "product_id": column_of(typed, "code"),
        "revenue": revenue,
        "currency": pc.coalesce(named, pa.scalar(currency, pa.string())),
        "is_return": pc.or_(pc.less(quantity, 0), pc.less(pc.cast(revenue, pa.float64()), 0)),
    }
    tables = {"purchase_line": record_table("purchase_line", columns, typed)}
    known = typed.filter(pc.is_valid(account))
    if known.num_rows:
        tables |= _people(known)
    return tables


def _people(typed: pa.Table) -> dict[str, pa.Table]:
    card = cards(column_of(typed, "card"))
    each = pa.table({"account_id": card, ROW: typed.column(ROW)})
    each = each.group_by("account_id", use_threads=False).aggregate([(ROW, "last")])
    each = each.rename_columns(["account_id", ROW])
    columns: dict[str, object] = {"account_id": each.column("account_id"), "channel": CHANNEL}
    return {
        "account": record_table("account", columns, each),
        "identifier": identifiers_of(card, {"loyalty card": [card]}, typed.column(ROW)),
    }


def _ticket(typed: pa.Table) -> pa.ChunkedArray:
    parts = [typed.column("day"), typed.column("ticket")]
    if "store" in typed.column_names:
        parts = [pc.fill_null(typed.column("store"), ""), *parts]
    return pc.binary_join_element_wise(*parts, "|")


def _line(typed: pa.Table) -> pa.ChunkedArray:
    """Return the line's number: the till's own, else its place in the ticket."""
    place = pc.cast(typed.column(LINE), pa.int64())
    return (
        pc.coalesce(typed.column("till_line"), place)
        if "till_line" in typed.column_names
        else place
    )


def _without_amounts(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    if any(name in header for name in ("net", "net_price", "gross", "price")):
        return []
    return [Fault(_NO_AMOUNT.what, file.name, _NO_AMOUNT.hint)]


SYSTEM = System(
    SOURCE,
    "Point of sale",
    "commerce",
    (
        Shape(
            name="lines",
            title="Tickets of tills",
            grain="one line of a ticket",
            tables=("purchase_line", "account", "identifier"),
            columns=_COLUMNS,
            needs=("ticket", "date", "product", "quantity"),
            where="The till's own export of its tickets, line by line",
            since="2026",
            checked="the columns that French and English tills write; no one till's documentation",
            examine=_without_amounts,
            facts=_facts,
        ),
    ),
)
