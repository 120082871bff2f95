"""Which person stands behind each account: as the step `identity` says, or each one by itself."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct
from rapport.steps.context import Context

_FACTS = ("account", "activity", "purchase", "purchase_line", "ticket", "lead", "visit")


def links_of(context: Context) -> Frame:
    """Return source, account_id, person_id of every account on record, each once."""
    if "links" in context.results.tables:
        return context.result("links").select("source", "account_id", "person_id")
    met = [
        distinct(
            context.facts(name)
            .filter(~nw.col("account_id").is_null())
            .select("source", "account_id")
        )
        for name in _FACTS
    ]
    own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
    return distinct(nw.concat(met, how="vertical")).with_columns(person_id=own)
