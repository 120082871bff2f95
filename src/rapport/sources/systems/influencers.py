"""A list of whom the brand asked to post about it: when, for how much, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, column_of
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "influencers"
VERSION = 2
_COLUMNS: dict[str, Aliases] = {
    "network": ("network", "réseau", "channel", "Netzwerk", "red"),
    "handle": ("handle", "compte", "account", "Konto", "cuenta"),
    "asked_on": ("asked_on", "asked on", "sollicité le", "approached_on", "angefragt am"),
    "posted_on": ("posted_on", "posted on", "publié le", "gepostet am"),
    "fee": ("fee", "cachet", "Honorar", "honorarios"),
    "reach": ("reach", "portée", "couverture", "Reichweite", "alcance"),
    "post": ("post_id", "post id", "post", "publication"),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "network": "text",
        "handle": "text",
        "asked_on": "time",
        "posted_on": "time",
        "post": "identifier",
        "reach": "number",
    }
    fields = fields_in(header, kinds, required=["network", "handle", "asked_on"])
    order = tuple(header[name] for name in ("network", "handle", "asked_on"))
    notes = ("A fee is a cost: give it in a list of costs.",)
    return Recipe(SOURCE, VERSION, fields, order, _tables, by_line=False, notes=notes)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    """Return an invitation for each row, and for each post made its acceptance and its reach."""
    account = pc.binary_join_element_wise(typed["network"], typed["handle"], ":")
    asked = _deeds(typed, account, "asked", "asked_on", "Invite")
    done = pc.is_valid(column_of(typed, "posted_on"))
    activity = [asked]
    if pc.any(done).as_py():
        activity.append(
            _deeds(typed.filter(done), account.filter(done), "posted", "posted_on", "Accept")
        )
    rows = pa.concat_tables(activity, promote_options="default").sort_by(ROW)
    none = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    evidence = {"handle": [typed["handle"]]}
    people = accounts_and_identifiers(account, typed["handle"], none, evidence, typed[ROW])
    made = {"activity": rows, **people}
    reached = _reach(typed)
    return {**made, "post_metric": reached} if reached.num_rows else made


def _reach(rows: pa.Table) -> pa.Table:
    """Return how many each post reached, as the list says on the day it was published."""
    reach, post = column_of(rows, "reach"), column_of(rows, "post")
    known = pc.and_(pc.is_valid(reach), pc.is_valid(post))
    known = pc.and_(known, pc.is_valid(column_of(rows, "posted_on")))
    told = rows.filter(known)
    columns: dict[str, object] = {
        "post_id": column_of(told, "post"),
        "measured_on": told["posted_on"] if told.num_rows else column_of(told, "posted_on"),
        "metric": pa.chunked_array([pa.array(["reach"] * told.num_rows, pa.string())]),
        "value": pc.cast(column_of(told, "reach"), pa.float64()),
    }
    return record_table("post_metric", columns, told)


def _deeds(rows: pa.Table, account: pa.ChunkedArray, what: str, when: str, verb: str) -> pa.Table:
    names = _names(rows[KEY])
    columns: dict[str, object] = {
        "activity_id": pc.binary_join_element_wise(names, pa.scalar(what), ":"),
        "occurred_on": rows[when],
        "zone": rows["zone"],
        "channel": rows["network"],
        "account_id": account,
        "verb": verb,
        "object_kind": "request to post",
    }
    if what == "posted":
        asked = pc.binary_join_element_wise(names, pa.scalar("asked"), ":")
        columns |= {"object_id": column_of(rows, "post"), "in_reply_to": asked}
    return record_table("activity", columns, rows)


def _names(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a name for each request that tells nobody's handle."""
    digests = [hashlib.sha256(key.encode()).hexdigest()[:24] for key in keys.to_pylist()]
    return pa.chunked_array([pa.array(digests, pa.string())])


SYSTEM = System(
    SOURCE,
    "Influencers",
    "offline",
    (
        Shape(
            name="requests",
            title="Requests to influencers",
            grain="one request to one influencer",
            tables=("activity", "account", "identifier", "post_metric"),
            columns=_COLUMNS,
            needs=("network", "handle", "asked_on", "posted_on"),
            where="A list of your own: network, handle, asked on, posted on, fee, reach, post",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe,
        ),
    ),
)
