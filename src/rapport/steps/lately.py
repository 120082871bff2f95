"""What came since a monthly answer was given: lists are of today, and nothing is overlooked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import narwhals as nw

from rapport.record.frames import Frame, distinct, month_start
from rapport.steps.context import Context
from rapport.steps.linked import links_of


def heard_by_month(context: Context) -> dict[str, int]:
    """Return how many messages of others each month has, by its first day."""
    heard = context.result("messages").filter(~nw.col("from_brand"), ~nw.col("day").is_null())
    months = heard.select(month=month_start(nw.col("day")))
    counts = months.group_by("month").agg(n=nw.len().cast(nw.Int64()))
    told = context.engine.collect(counts.select("month", "n")).to_pylist()
    return {str(row["month"])[:10]: int(row["n"]) for row in told}


def same_before(
    since: dt.date, before: Mapping[str, int] | None, now: Mapping[str, int] | None
) -> bool:
    """Return whether months before a day have as many messages as they had.

    Examples
    --------
    >>> now = {"2026-08-01": 4, "2026-09-01": 2}
    >>> since = dt.date(2026, 9, 1)
    >>> same_before(since, {"2026-08-01": 4}, now), same_before(since, {"2026-08-01": 5}, now)
    (True, False)
    """

    def past(counts: Mapping[str, int]) -> dict[str, int]:
        return {month: n for month, n in counts.items() if month < since.isoformat()}

    return before is not None and now is not None and past(before) == past(now)


def without_buyers(context: Context, rows: Frame, step: str) -> Frame:
    """Return rows of people who bought nothing since a step's answer was given."""
    day = context.results.resting.get(step)
    if day is None or "orders" not in context.results.tables:
        return rows
    bought = context.result("orders").filter(
        nw.col("day") >= nw.lit(day), ~nw.col("person_id").is_null()
    )
    return rows.join(distinct(bought.select("person_id")), on="person_id", how="anti")


def without_doers(
    context: Context, rows: Frame, step: str, verbs: Sequence[str] | None = None
) -> Frame:
    """Return rows of people who did none of these things since a step's answer was given.

    Parameters
    ----------
    rows
        With a column person_id.
    step
        Whose answer it is; where it does not rest, nobody is left out.
    verbs
        What they did; anything at all if not given.
    """
    day = context.results.resting.get(step)
    if day is None:
        return rows
    begin = dt.datetime.combine(day, dt.time()) - dt.timedelta(days=1)  # in any time zone
    did = context.facts("activity").filter(nw.col("occurred_on") >= nw.lit(begin))
    if verbs is not None:
        did = did.filter(nw.col("verb").is_in(list(verbs)))
    who = did.join(links_of(context), on=["source", "account_id"], how="inner")
    return rows.join(distinct(who.select("person_id")), on="person_id", how="anti")
