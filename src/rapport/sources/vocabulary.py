"""Which column of the record a header means, in the languages that shops export in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# For each column of the record: names that mean it alone, strongest first.
WORDS: dict[str, tuple[str, ...]] = {
    "purchase_id": (
        "order id", "order number", "order no", "order name", "orderid", "ordernumber",
        "purchase id", "transaction id", "transactionid", "invoice no", "invoiceno", "invoice id",
        "invoice number", "invoice", "basket id", "receipt", "receipt number", "receipt id",
        "ticket number", "order", "bill no", "sale id",
        "numero de commande", "n commande", "no commande", "id commande", "commande", "facture",
        "numero de facture", "reference commande", "ticket de caisse",
        "bestellnummer", "bestellnr", "auftragsnummer", "rechnungsnummer", "rechnungsnr",
        "bestell nr", "belegnummer", "bestellung",
        "numero de pedido", "no pedido", "id pedido", "pedido", "factura", "numero de factura",
        "ordernr", "bestallningsnummer", "fakturanummer", "kvittonummer",
    ),
    "ordered_on": (
        "order date", "orderdate", "ordered on", "ordered at", "created at", "created on",
        "purchase date", "transaction date", "transaction timestamp", "invoice date",
        "invoicedate", "date of purchase", "date of order", "timestamp", "date time", "datetime",
        "sale date", "paid at", "date", "day", "time",
        "date de commande", "date commande", "date d achat", "date achat", "date de facture",
        "jour", "horodatage",
        "bestelldatum", "kaufdatum", "rechnungsdatum", "auftragsdatum", "datum", "belegdatum",
        "fecha de pedido", "fecha pedido", "fecha de compra", "fecha", "fecha de factura",
        "orderdatum", "kopdatum", "fakturadatum", "bestallningsdatum", "inkopsdatum",
    ),
    "account_id": (
        "customer id", "customerid", "customer number", "customer no", "customer", "client id",
        "user id", "member id", "account id", "household id", "buyer id", "shopper id",
        "loyalty card", "card number", "cust id", "customer email", "email", "e mail", "id",
        "id client", "numero client", "no client", "n client", "client", "code client",
        "carte de fidelite", "identifiant client", "adresse e mail", "courriel",
        "kundennummer", "kundennr", "kunden id", "kunde", "kunden nr", "kundenkarte",
        "id cliente", "numero de cliente", "cliente", "codigo cliente", "correo",
        "kundnummer", "kundnr", "kund id", "kund", "medlemsnummer", "e post",
    ),
    "revenue": (
        "revenue", "net revenue", "net sales", "sales value", "subtotal", "net amount", "amount",
        "order total", "total amount", "total price", "total", "order value", "sales", "turnover",
        "dollar value", "value", "spend", "line total", "price paid", "price",
        "chiffre d affaires", "montant", "montant ht", "montant net", "total ht", "montant total",
        "sous total", "prix total", "ca", "montant ttc", "total ttc", "prix",
        "umsatz", "betrag", "nettobetrag", "gesamtbetrag", "summe", "gesamtpreis", "bestellwert",
        "gesamt", "zwischensumme", "nettoumsatz", "preis",
        "ingresos", "importe", "importe neto", "importe total", "monto", "ventas", "precio",
        "intakt", "belopp", "nettobelopp", "summa", "totalt", "ordervarde", "pris",
    ),
    "quantity": (
        "quantity", "qty", "units", "lineitem quantity", "number of items", "items", "pieces",
        "quantite", "qte", "nombre", "nb articles",
        "menge", "anzahl", "stuck", "stuckzahl",
        "cantidad", "unidades", "uds",
        "antal", "kvantitet",
    ),
    "unit_price": (
        "unit price", "unitprice", "price per unit", "item price", "price each", "lineitem price",
        "prix unitaire", "pu", "prix unitaire ht", "pu ht",
        "einzelpreis", "stuckpreis", "preis pro stuck",
        "precio unitario", "precio por unidad",
        "styckpris", "a pris", "enhetspris",
    ),
    "product_id": (
        "sku", "product id", "productid", "stock code", "stockcode", "item id", "article id",
        "product code", "item number", "ean", "lineitem sku", "asin",
        "reference", "reference produit", "code article", "ref", "code produit",
        "artikelnummer", "artikelnr", "artikel nr", "produktnummer",
        "codigo de producto", "referencia", "codigo",
        "artikelnummer", "artnr", "varunummer",
    ),
    "product": (
        "product", "product name", "description", "item", "item name", "article", "title",
        "lineitem name",
        "produit", "nom du produit", "designation", "libelle",
        "produkt", "artikel", "bezeichnung", "produktname", "artikelbezeichnung",
        "producto", "descripcion", "articulo",
        "produktnamn", "benamning", "vara", "beskrivning",
    ),
    "category": (
        "category", "product category", "department", "product type",
        "categorie", "famille", "rayon", "kategorie", "warengruppe", "categoria", "kategori",
        "varugrupp",
    ),
    "discount": (
        "discount", "discount amount", "discounts", "rebate", "voucher amount",
        "remise", "reduction", "montant remise", "rabatt", "nachlass", "descuento",
    ),
    "refund": (
        "refund", "refunded amount", "refund amount", "refunded", "returned amount",
        "remboursement", "montant rembourse", "erstattung", "ruckerstattung", "reembolso",
        "aterbetalning",
    ),
    "margin": (
        "margin", "gross margin", "profit", "gross profit", "contribution",
        "marge", "marge brute", "rohertrag", "deckungsbeitrag", "margen", "marginal",
    ),
    "cost": (
        "cost", "cost of goods", "cogs", "unit cost", "cout", "cout d achat", "prix de revient",
        "einkaufspreis", "wareneinsatz", "kosten", "coste", "costo", "kostnad",
    ),
    "currency": (
        "currency", "currency code", "cur", "devise", "monnaie", "wahrung", "moneda", "divisa",
        "valuta",
    ),
    "coupon": (
        "coupon", "coupon code", "discount code", "promo code", "voucher", "voucher code",
        "code promo", "code de reduction", "bon de reduction", "gutschein", "gutscheincode",
        "rabattcode", "cupon", "codigo de descuento", "rabattkod",
    ),
    "campaign": (
        "campaign", "utm campaign", "campaign name", "campagne", "kampagne", "campana", "kampanj",
    ),
    "referrer": ("referrer", "referring site", "referer", "site referent"),
    "channel": (
        "channel", "sales channel", "store type", "canal", "canal de vente", "kanal",
        "vertriebskanal", "verkaufskanal", "canal de venta", "forsaljningskanal",
    ),
    "cancelled_on": (
        "cancelled at", "canceled at", "cancelled on", "cancellation date", "annule le",
        "date d annulation", "storniert am", "stornodatum", "cancelado el", "avbruten",
    ),
}  # fmt: skip


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """Return a header in small letters without accents or signs, words parted by one blank.

    Examples
    --------
    >>> folded("N° de Commande"), folded("CustomerID"), folded("order_date")
    ('n de commande', 'customer id', 'order date')
    """
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    plain = unicodedata.normalize("NFKD", spaced.casefold().replace("ß", "ss"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def match(name: str) -> list[tuple[str, float]]:
    """Return which columns of the record a header may mean, each with a strength up to 1.

    Examples
    --------
    >>> match("Kundennummer")[0][0], match("Chiffre d'affaires")[0][0], match("colour")
    ('account_id', 'revenue', [])
    """
    return matched(name, WORDS)


def matched(name: str, vocabulary: Mapping[str, tuple[str, ...]]) -> list[tuple[str, float]]:
    """Return which columns of a vocabulary a header may mean, each with a strength up to 1."""
    header = folded(re.sub(r"[(\[].*?[)\]]", "", name)) or folded(name)
    joined = header.replace(" ", "")
    found = []
    for column, words in vocabulary.items():
        strength = 0.0
        for place, word in enumerate(words):
            early = 0.1 * (1 - place / len(words))
            if header == word or joined == word.replace(" ", ""):
                strength = max(strength, 0.9 + early)
            elif len(word) > 3 and re.search(rf"\b{re.escape(word)}\b", header):
                share = len(word) / len(header)
                strength = max(strength, 0.3 + 0.4 * share + early)
        if strength:
            found.append((column, round(strength, 3)))
    return sorted(found, key=lambda pair: -pair[1])
