"""Referral codes: who handed one to whom, when it was used, and the order it came with."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import accounts_and_identifiers, column_of, emails
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "referral_codes"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "code": ("code", "referral code", "code de parrainage", "Empfehlungscode", "código"),
    "referrer": ("referrer_email", "referrer email", "e-mail du parrain", "parrain"),
    "referred": ("referred_email", "referred email", "e-mail du filleul", "filleul"),
    "shared_on": ("shared_on", "shared on", "partagé le", "created_at"),
    "used_on": ("used_on", "used on", "utilisé le"),
    "order": ("order_id", "order id", "n° de commande", "commande"),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "code": "identifier",
        "referrer": "text",
        "referred": "text",
        "shared_on": "time",
        "used_on": "time",
        "order": "identifier",
    }
    fields = fields_in(header, kinds, required=["code", "referrer", "shared_on"])
    notes = ("A reward is a cost of the programme: give it in a list of costs.",)
    # One code is handed to several people: the moment tells them apart, and names nobody.
    order = (header["code"], header["shared_on"])
    return Recipe(SOURCE, VERSION, fields, order, _tables, by_line=False, notes=notes)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    referrer, referred = emails(typed.column("referrer")), emails(column_of(typed, "referred"))
    code = typed.column("code")
    shared: dict[str, object] = {
        "activity_id": pc.binary_join_element_wise(typed.column(KEY), pa.scalar("shared"), ":"),
        "occurred_on": typed.column("shared_on"),
        "zone": typed.column("zone"),
        "channel": "referral",
        "account_id": referrer,
        "verb": "Recommend",
        "object_kind": "referral code",
        "object_id": code,
    }
    activity = [record_table("activity", shared, typed)]
    if "used_on" in typed.column_names:
        used = typed.filter(pc.is_valid(typed.column("used_on")))
        answered: dict[str, object] = {
            "activity_id": pc.binary_join_element_wise(used[KEY], pa.scalar("used"), ":"),
            "occurred_on": used.column("used_on"),
            "zone": used.column("zone"),
            "channel": "referral",
            "account_id": emails(column_of(used, "referred")),
            "verb": "Accept",
            "object_kind": "purchase",
            "object_id": column_of(used, "order"),
            "in_reply_to": pc.binary_join_element_wise(used[KEY], pa.scalar("shared"), ":"),
        }
        activity.append(record_table("activity", answered, used))
    columns = sorted(set(activity[0].column_names) | set(activity[-1].column_names))
    both = pa.concat_tables(activity, promote_options="default").select(columns).sort_by(ROW)
    return {"activity": both, **_people(typed, referrer, referred)}


def _people(
    typed: pa.Table, referrer: pa.ChunkedArray, referred: pa.ChunkedArray
) -> dict[str, pa.Table]:
    who = pa.chunked_array([*referrer.chunks, *referred.chunks], pa.string())
    numbers = typed.column(ROW)
    rows = pa.chunked_array([*numbers.chunks, *numbers.chunks])
    none = pa.chunked_array([pa.nulls(len(who), pa.string())])
    made = accounts_and_identifiers(who, none, none, {"email": [who]}, rows)
    return {name: table.sort_by(ROW) for name, table in made.items()}


SYSTEM = System(
    SOURCE,
    "Referral codes",
    "offline",
    (
        Shape(
            name="codes",
            title="Referral codes",
            grain="one code, shared and perhaps used",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("code", "referrer", "shared_on"),
            where="The referral tool's export: code, e-mails of both, dates, order",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe,
        ),
    ),
)
