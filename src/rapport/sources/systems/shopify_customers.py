"""Shopify's list of customers, so that it joins the customers of the orders.

An account is named as the orders name it: by the e-mail address, or the phone number where there
is none. Only a customer with neither is named by Shopify's own number, which no order shows.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import column_of, emails, full_names, ids, people, phones
from rapport.sources.loading import Recipe, Rule
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header

SOURCE = "shopify"
VERSION = 1
COLUMNS: dict[str, Aliases] = {
    "customer": "Customer ID",
    "first": "First Name",
    "last": "Last Name",
    "email": "Email",
    "accepts": ("Accepts Email Marketing", "Accepts Marketing"),
    "phone": "Phone",
    "address_phone": "Default Address Phone",
    "postcode": ("Default Address Zip", "Zip"),
    "country": ("Default Address Country Code", "Country Code", "Country"),
    "created": "created_at",
    "spent": "Total Spent",
    "orders": ("Total Orders", "orders_count"),
    "tags": "Tags",
    "note": "Note",
    "tax_exempt": "Tax Exempt",
}
NEEDS = ("first", "last", "email", "accepts")
_NOTES = (
    "Customers are known by their e-mail address or phone number, as in the orders.",
    "Total Spent and Total Orders are left: the orders say it order by order.",
)


def account_of(email: pa.ChunkedArray, *phone: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return how Shopify's customers are told apart: an e-mail address, else a phone number.

    Parameters
    ----------
    email, phone
        As `identifiers.emails` and `identifiers.phones` write them.
    """
    return pc.coalesce(email, *phone)


def recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the list is read."""
    kinds: dict[str, Kind] = dict.fromkeys((*_EVIDENCE, *_SAID), "text")
    fields = fields_in(header, {**kinds, "created": "time"})
    columns = {name: header[name] for name in _EVIDENCE if name in header}

    def nobody(rows: pa.Table) -> pa.ChunkedArray:
        named = rows.select(list(columns.values())).rename_columns(list(columns))
        return pc.is_null(_account(named))

    rule = Rule(
        "no_account", "It names neither an e-mail address, nor a phone, nor a number.", nobody
    )
    return Recipe(SOURCE, VERSION, fields, (), _tables, by_line=False, notes=_NOTES, rules=(rule,))


_EVIDENCE = ("email", "phone", "address_phone", "customer")
_SAID = ("first", "last", "postcode", "country")


def _account(rows: pa.Table) -> pa.ChunkedArray:
    email = emails(column_of(rows, "email"))
    phone = [phones(column_of(rows, name)) for name in ("phone", "address_phone")]
    return pc.coalesce(account_of(email, *phone), ids(column_of(rows, "customer")))


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    columns: dict[str, object] = {"account_id": _account(typed), "name": name}
    columns |= {"country": column_of(typed, "country")}
    if "created" in typed.column_names:
        columns["created"] = typed.column("created")
    evidence = {
        "email": [column_of(typed, "email")],
        "phone": [column_of(typed, "phone"), column_of(typed, "address_phone")],
        "name": [name],
        "postcode": [column_of(typed, "postcode")],
        "external id": [column_of(typed, "customer")],
    }
    return people(typed, columns, evidence)
