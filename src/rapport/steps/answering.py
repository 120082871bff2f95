"""Are we answering? Who waits how long, who had to ask again, and what answering does."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from rapport.listening.answering.resolution import contacts_again, resolution_counts
from rapport.listening.answering.satisfaction import Satisfied, rating_cells, satisfied
from rapport.listening.answering.threads import brand_accounts
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.answering_effects import (
    AVOIDANCE,
    OUTCOMES,
    avoidance_row,
    events,
    outcome_rows,
)
from rapport.steps.answering_numbers import Found, numbers, untold
from rapport.steps.answering_requests import Asked, known_requests
from rapport.steps.answering_tables import (
    CURVE,
    SCHEMA,
    curve_rows,
    still_waiting,
    table_of,
    waiting_rows,
    whole,
)
from rapport.steps.context import Context

QUESTION = "Do we answer? How long do people wait?"
_REQUEST = (
    *("source", "channel", "request_id", "person_id", "kind", "topic", "brand", "relation"),
    *("tier", "value", "month", "opened_on", "answered_on", "community_on", "ended_on"),
    *("solved_on", "reopened", "rating", "contacts", "state", "seconds", "public", "url"),
)


def answering(context: Context) -> StepResult:
    """Write how long people wait, who still does, and what followed from answering."""
    asked = known_requests(context)
    if asked is None:
        return StepResult(untold=(_nothing(),))
    waits, smallest = asked.waits, context.settings.people.smallest_group
    rows = waiting_rows(context, waits)
    tables = {
        "requests": context.write("requests", waits.select(*_REQUEST)),
        "waiting": context.write("waiting", table_of(rows, SCHEMA)),
        "waiting_curve": context.write(
            "waiting_curve", table_of(curve_rows(context, waits), CURVE)
        ),
        "unanswered": context.write("unanswered", still_waiting(waits)),
    }
    again = context.engine.cache(contacts_again(waits, context.settings.service.recontact_days))
    settled = context.engine.collect(resolution_counts(again, asked.now.date().toordinal()))
    shown = [row for row in settled.to_pylist() if row["people"] >= smallest]
    tables["resolution"] = context.write("resolution", table_of(shown, settled.schema))
    content = satisfied(context.engine.collect(rating_cells(waits)).to_pylist())
    outcomes, avoided = _effects(context, asked, tables)
    found = Found(
        rows[0],
        whole(context, waits),
        settled.to_pylist(),
        content,
        outcomes,
        avoided,
        _community(context, waits),
    )
    facts: dict[str, Any] = {
        "answering_until": asked.now.date().isoformat(),
        "business_hours": context.settings.service.hours,
        "recontact_days": context.settings.service.recontact_days,
        "fast_hours": context.settings.service.fast_hours,
        "avoidance_days": context.settings.service.avoidance_days,
        "kinds_known": asked.kinds_known,
        "machine_replies": sum(asked.machines.values()),
        "requests_joined": asked.joined,
        **_bounds(content),
    }
    made = numbers(found, context.settings.currency)
    missing = untold(found, asked, context.settings)
    return StepResult(made, tables, missing, facts=facts)


def look_at_answers(context: Context) -> tuple[int, int]:
    """Return how many requests of help desks are on record, and replies of the brand."""
    tickets = context.engine.collect(context.facts("ticket").select(n=nw.len()))
    ours = brand_accounts(context.facts("account"), context.facts("post"))
    answers = ~nw.col("in_reply_to").is_null() & (nw.col("verb") == "Create")
    replies = (
        context.facts("activity")
        .filter(answers)
        .with_columns(channel=nw.col("channel").fill_null(nw.col("source")))
        .join(ours, on=["channel", "account_id"], how="inner")
    )
    told = context.engine.collect(replies.select(n=nw.len()))
    return int(tickets["n"][0].as_py()), int(told["n"][0].as_py())


def _effects(
    context: Context, asked: Asked, tables: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    buying, did = events(context, asked)
    outcomes = outcome_rows(context, asked, buying, did)
    avoided = avoidance_row(context, asked, buying)
    tables["outcomes"] = context.write("outcomes", table_of(outcomes, OUTCOMES))
    kept = [] if avoided is None else [avoided]
    tables["avoidance"] = context.write("avoidance", table_of(kept, AVOIDANCE))
    return outcomes, avoided


def _community(context: Context, waits: Frame) -> dict[str, int]:
    """Return how many public requests another customer answered, and before the brand did."""
    public = waits.filter(nw.col("public") == 1)
    by_others = ~nw.col("community_on").is_null()
    earlier = by_others & (
        nw.col("answered_on").is_null() | (nw.col("community_on") < nw.col("answered_on"))
    )
    (row,) = context.engine.collect(
        public.select(
            public=nw.len(),
            community=by_others.cast(nw.Int64()).sum(),
            earlier=earlier.cast(nw.Int64()).sum(),
        )
    ).to_pylist()
    return {name: int(value or 0) for name, value in row.items()}


def _bounds(content: Satisfied | None) -> dict[str, float]:
    if content is None:
        return {}
    return {"satisfaction_least": content.least, "satisfaction_most": content.most}


def _nothing() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("There is no request for help on record, and no conversation with the brand."),
        Said("Add an export of the help desk, of calls, or of comments with the brand's replies."),
    )
