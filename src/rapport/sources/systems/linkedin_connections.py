"""A member's own download from LinkedIn: Connections.csv, with its lines of notes.

A connection is somebody's tie to an employee, not to the brand's page. On LinkedIn both sides of a
connection follow each other, so the day it was made is the day of a `Follow`. E-mail addresses are
empty unless the other side allows it. Company and position are not kept: the record has no place
for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, emails
from rapport.sources.loading import Recipe, Rule, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "linkedin_connections"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "first": ("First Name", "Prénom", "Vorname", "Nombre", "Förnamn"),
    "last": ("Last Name", "Nom", "Nachname", "Apellidos", "Efternamn"),
    "url": ("URL", "Profile URL"),
    "email": ("Email Address", "Adresse e-mail", "E-Mail-Adresse", "Dirección de correo"),
    "company": ("Company", "Entreprise", "Unternehmen", "Empresa", "Företag"),
    "position": ("Position", "Poste", "Cargo", "Befattning"),
    "occurred_on": "Connected On",
}
_SENTENCES = {
    "emails": "Most e-mail addresses are empty: LinkedIn shows those that people share.",
}
_SLUG = r"/in/(?P<handle>[^/?#\s]+)"


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "occurred_on": "time",
        **dict.fromkeys(("first", "last", "url", "email"), "text"),
    }
    nobody = Rule(
        "no_account",
        "Neither the address of a profile nor an e-mail address says who it is.",
        lambda rows: _nobody(rows, header),
    )
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("occurred_on",)),
        order=tuple(header[name] for name in ("url",) if name in header),
        finish=_tables,
        by_line=False,
        notes=(_SENTENCES["emails"],),
        time_zone="UTC",
        usual_dates="day-first",
        rules=(nobody,),
    )


def _nobody(rows: pa.Table, header: Header) -> pa.ChunkedArray:
    none = pc.is_null(emails(rows.column(header["email"])))
    if "url" not in header:
        return none
    return pc.and_(none, pc.equal(trimmed(rows.column(header["url"])), ""))


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    nothing = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    url = typed.column("url") if "url" in typed.column_names else nothing
    email = emails(typed.column("email")) if "email" in typed.column_names else nothing
    slug = pc.struct_field(pc.extract_regex(url, _SLUG), "handle")
    handle = pc.utf8_lower(slug)
    account = pc.coalesce(handle, url, email)
    name = _names(typed)
    evidence = {"email": [email], "handle": [handle], "name": [name]}
    people = accounts_and_identifiers(account, name, nothing, evidence, typed.column(ROW))
    if "account" in people:
        rows = people["account"]
        known = pc.index_in(rows.column("account_id"), pc.unique(handle.drop_null()))
        handles = pc.if_else(pc.is_valid(known), rows.column("account_id"), None)
        people["account"] = rows.append_column("handle", handles).append_column(
            "channel", pa.repeat(pa.scalar("linkedin"), rows.num_rows)
        )
    columns: dict[str, object] = {
        "activity_id": _digests(account),
        "occurred_on": typed.column("occurred_on"),
        "zone": typed.column("zone"),
        "channel": "linkedin",
        "account_id": account,
        "verb": "Follow",
        "object_kind": "Person",
    }
    return {"activity": record_table("activity", columns, typed), **people}


def _digests(accounts: pa.ChunkedArray) -> pa.Array:
    """Return an id for each connection that does not tell whose it is."""
    whole = [hashlib.sha256(text.encode()).hexdigest() for text in accounts.to_pylist()]
    return pa.array([f"connection:{digest[:24]}" for digest in whole])


def _names(typed: pa.Table) -> pa.ChunkedArray:
    parts = [pc.fill_null(typed.column(name), "") for name in ("first", "last")]
    whole = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))
    return pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole)


SYSTEM = System(
    SOURCE,
    "LinkedIn connections",
    "social",
    (
        Shape(
            name="connections",
            title="Connections of a LinkedIn member",
            grain="one connection",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("first", "last", "email", "company", "position", "occurred_on"),
            where="LinkedIn › Settings › Data privacy › Get a copy of your data › Connections",
            since="2018",
            checked="the documented columns",
            recipe=_recipe,
        ),
    ),
)
