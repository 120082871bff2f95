"""What each person does, month by month, and who is connected with us since when."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.engagement.connections import contacts, followings
from rapport.engagement.deeds import (
    from_accounts,
    of_activity,
    of_codes_used,
    of_messages,
    of_orders,
    of_requests,
    person_months,
)
from rapport.record.frames import Frame, as_number, distinct
from rapport.results import StepResult
from rapport.steps.answering_requests import FOUND
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.value.purchases import of_known

HEARD_WITHIN = 7 * 24 * 3600  # seconds: who is answered after a week was not heard
_SELDOM = ("Recommend", "Accept", "Follow", "Join", "Undo")
"""What codes and connections are read from: a small part of what people do, kept by itself."""
_FACTS = ("activity", "purchase", "purchase_line", "visit", "ticket", "answer")


def months(context: Context) -> StepResult:
    """Write what people did by month, and their connections."""
    if not context.holds(*_FACTS):
        return StepResult()
    links = context.engine.cache(links_of(context))
    activity = _activity(context)
    seldom = context.engine.cache(activity.filter(nw.col("verb").is_in(list(_SELDOM))))
    done = context.engine.cache(of_activity(activity, links))
    parts = [
        *_bought(context),
        of_codes_used(seldom, links),
        *_said(context),
        _counted(context, "visit", "started_on", links, "visits"),
        _counted(context, "ticket", "opened_on", links, "tickets"),
        _surveyed(context, links),
    ]
    tables = {"person_months": context.write("person_months", person_months(parts, done))}
    joined = [followings(seldom, links)]
    if "messages" in context.results.tables:
        joined.append(contacts(context.result("messages")))
    whole = nw.concat(joined, how="vertical")
    tables["connections"] = context.write("connections", whole)
    return StepResult(tables=tables, facts=_span(context))


def _activity(context: Context) -> Frame:
    return context.facts("activity").select(
        *("source", "account_id", "activity_id", "occurred_on", "verb", "object_kind"),
        *("object_id", "in_reply_to", "channel"),
        day=nw.col("occurred_on_day"),
    )


def _bought(context: Context) -> list[Frame]:
    if "orders" not in context.results.tables:
        return []
    share = context.settings.value.margin
    revenue, margin = as_number(nw.col("net")), as_number(nw.col("margin"))
    if share is not None:
        margin = nw.when(nw.col("margin").is_null()).then(revenue * share).otherwise(margin)
    known = of_known(context.result("orders"))
    return [of_orders(known.select("person_id", "day", revenue=revenue, margin=margin))]


def _said(context: Context) -> list[Frame]:
    parts = []
    if "messages" in context.results.tables:
        parts.append(of_messages(context.result("messages")))
    if FOUND in context.results.tables:
        asked = context.result(FOUND).with_columns(day=nw.col("opened_on").cast(nw.Date()))
        parts.append(of_requests(asked, HEARD_WITHIN))
    return parts


def _counted(context: Context, table: str, time: str, links: Frame, name: str) -> Frame:
    rows = context.facts(table).select("source", "account_id", day=nw.col(f"{time}_day"))
    return from_accounts(rows, links, {name: ~nw.col("day").is_null()})


def _surveyed(context: Context, links: Frame) -> Frame:
    filled = distinct(
        context.facts("answer").select(
            "source",
            "instrument",
            account_id=nw.col("respondent"),
            day=nw.col("answered_on_day"),
        )
    )
    return from_accounts(filled, links, {"surveys": ~nw.col("day").is_null()})


def _span(context: Context) -> dict[str, str]:
    """Return the first and the last whole month on record."""
    facts = context.results.facts
    if "first_day" not in facts:
        return {}
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
    begin = (
        first if first.day == 1 else (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    )
    after = last + dt.timedelta(days=1)
    end = (after.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    return {"first_month": begin.isoformat(), "last_month": end.isoformat()}
