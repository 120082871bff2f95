"""Who is who across systems: everything by which an export shows a person, beside the person."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.history import History

KINDS = ("first_name", "last_name", "email", "phone", "postcode", "city", "loyalty_card")


def identity(history: History) -> pa.Table:
    """Return one row for each thing that a system knows of a person: system, card, kind, value.

    `card` is the card or account that carries it; the person's own e-mails, phone and browser
    have the system `person`.
    """
    parts = [_of_people(history), _of_accounts(history), _of_browsers(history)]
    profile = history.profile
    parts += [
        _part(profile, profile.column("system"), "card_id", kind) for kind in ("card_id", *KINDS)
    ]
    known = pa.concat_tables([part.filter(pc.is_valid(part.column("value"))) for part in parts])
    return known.sort_by(
        [(name, "ascending") for name in ("person_id", "system", "card", "kind", "value")]
    )


def _part(table: pa.Table, system: pa.ChunkedArray | str, card: str, kind: str) -> pa.Table:
    rows = table.num_rows
    named = pa.array([system] * rows, pa.string()) if isinstance(system, str) else system
    return pa.table(
        {
            "person_id": table.column("person_id"),
            "system": named,
            "card": table.column(card).cast(pa.string()),
            "kind": pa.array([kind] * rows, pa.string()),
            "value": table.column(kind),
        }
    )


def _of_people(history: History) -> pa.Table:
    kinds = ("email", "second_email", "phone", "loyalty_card")
    return pa.concat_tables([_part(history.person, "person", "person_id", k) for k in kinds])


def _of_accounts(history: History) -> pa.Table:
    owned = history.account.filter(pc.is_valid(history.account.column("person_id")))
    system = owned.column("network")
    kinds = ("account_id", "handle", "display_name")
    return pa.concat_tables([_part(owned, system, "account_id", kind) for kind in kinds])


def _of_browsers(history: History) -> pa.Table:
    columns = ["person_id", "device_id"]
    seen = history.visit.select(columns)
    bought = history.order.filter(pc.is_valid(history.order.column("device_id"))).select(columns)
    both = pa.concat_tables([seen, bought]).group_by(columns, use_threads=False).aggregate([])
    return _part(both, "web", "device_id", "device_id")
