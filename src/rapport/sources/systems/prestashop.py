"""PrestaShop: the list of orders and the list of customers, as the back office exports them.

The list of orders has the total with tax and shipping, its currency written beside the amount, and
of the customer an initial and a name, which tell nobody apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings, SourceSettings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import column_of, full_names, people
from rapport.sources.loading import Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.shop_orders import refunds, unpaid

SOURCE = "prestashop"
VERSION = 1
CHANNEL = "web"
_ORDERS: dict[str, Aliases] = {
    "id": "ID",
    "reference": ("Reference", "Référence", "Bestellnummer", "Referenz", "Referencia", "Referens"),
    "new": ("New client", "Nouveau client", "Neuer Kunde", "Nuevo cliente", "Ny kund"),
    "delivery": ("Delivery", "Livraison", "Lieferung", "Entrega", "Leverans"),
    "customer": ("Customer", "Client", "Kunde", "Cliente", "Kund"),
    "total": ("Total", "Gesamt", "Gesamtsumme", "Summe", "Totalt"),
    "payment": ("Payment", "Paiement", "Zahlung", "Pago", "Betalning"),
    "status": ("Status", "État", "Statut", "Estado"),
    "date": ("Date", "Datum", "Fecha"),
}
_CUSTOMERS: dict[str, Aliases] = {
    "id": "ID",
    "title": ("Social title", "Titre de civilité", "Titre", "Anrede", "Tratamiento", "Titel"),
    "first": ("First name", "Prénom", "Vorname", "Nombre", "Förnamn"),
    "last": ("Last name", "Nom", "Nachname", "Apellidos", "Apellido", "Efternamn"),
    "email": (
        *("Email address", "Adresse e-mail", "E-Mail-Adresse", "E-Mail"),
        *("Dirección de correo electrónico", "Correo electrónico", "E-postadress"),
    ),
    "spent": ("Sales", "Ventes", "Umsatz", "Verkäufe", "Ventas", "Försäljning"),
    "newsletter": ("Newsletter", "Lettre d'informations", "Boletín de noticias", "Nyhetsbrev"),
    "partners": (
        *("Partner offers", "Offres partenaires", "Offres des partenaires", "Partnerangebote"),
        *("Ofertas de socios", "Partnererbjudanden"),
    ),
    "created": ("Registration", "Inscription", "Registrierung", "Registro", "Registrering"),
}
_SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK"}


def _orders(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how orders are read."""
    fields = (
        Field("purchase_id", "identifier", (header["id"],), required=True),
        Field("ordered_on", "time", (header["date"],), required=True),
        Field("revenue", "money", (header["total"],), required=True),
        Field("written", "text", (header["total"],)),
        *fields_in(header, {"status": "text"}),
    )
    own = settings.sources.get(SOURCE, SourceSettings()).currency or settings.currency

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        revenue = typed.column("revenue")
        names = ("purchase_id", "ordered_on", "zone", "revenue")
        columns: dict[str, object] = {name: typed.column(name) for name in names}
        columns |= {"channel": CHANNEL, "currency": _currencies(typed.column("written"), own)}
        columns |= {"refund": refunds(typed, revenue)}
        return {"purchase": record_table("purchase", columns, typed)}

    notes = (
        "Revenue is the total paid: tax and shipping are in it, and it is not said how much.",
        "The list names a customer by an initial and a name: orders are of somebody unknown.",
    )
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["id"],),
        tables,
        by_line=False,
        notes=notes,
        rules=(unpaid(header["status"]),),
    )


def _currencies(written: pa.ChunkedArray, own: str) -> pa.ChunkedArray:
    """Return the currency that stands beside each amount, else the shop's own."""
    code = pc.struct_field(pc.extract_regex(written, r"(?P<code>\b[A-Z]{3}\b)"), "code")
    found = code
    for sign, currency in _SIGNS.items():
        here = pc.match_substring(written, sign)
        found = pc.coalesce(
            found, pc.if_else(here, pa.scalar(currency), pa.scalar(None, pa.string()))
        )
    return pc.coalesce(found, pa.scalar(own, pa.string()))


def _customers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how customers are read."""
    kinds: dict[str, Kind] = {"first": "text", "last": "text", "email": "text", "created": "time"}
    fields = (
        Field("customer", "identifier", (header["id"],), required=True),
        *fields_in(header, kinds),
    )
    return Recipe(SOURCE, VERSION, fields, (header["id"],), _people, by_line=False)


def _people(typed: pa.Table) -> Mapping[str, pa.Table]:
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    columns = {"account_id": typed.column("customer"), "name": name}
    columns["created"] = typed.column("created")
    evidence = {"email": [column_of(typed, "email")], "name": [name]}
    return people(typed, columns, evidence)


SYSTEM = System(
    SOURCE,
    "PrestaShop",
    "commerce",
    (
        Shape(
            name="orders",
            title="Orders of a PrestaShop shop",
            grain="one order",
            tables=("purchase",),
            columns=_ORDERS,
            needs=("id", "reference", "new", "delivery", "total", "status", "date"),
            where="PrestaShop › Orders › Export",
            since="2020",
            checked="PrestaShop's own source; other languages: held to no file",
            recipe=_orders,
        ),
        Shape(
            name="customers",
            title="Customers of a PrestaShop shop",
            grain="one customer",
            tables=("account", "identifier"),
            columns=_CUSTOMERS,
            needs=("id", "first", "last", "email", "partners", "created"),
            where="PrestaShop › Customers › Export",
            since="2019",
            checked="PrestaShop's own source; other languages: held to no file",
            recipe=_customers,
        ),
    ),
)
