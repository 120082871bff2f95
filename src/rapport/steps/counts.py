"""Which of the things we count have nothing to do with value? Every count, week by week."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.estimate import Estimate, Grade
from rapport.impact.counts import series
from rapport.impact.counts.links import (
    LINKED,
    MATERIAL,
    NO_LINK,
    UNTOLD,
    Link,
    Verdict,
    links,
    verdicts,
)
from rapport.impact.counts.panel import Panel, counted, spread, whole_weeks
from rapport.impact.counts.value import known_days, weekly_spend, weekly_value
from rapport.listening.buzz.counting import heard
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context

COUNTED = ("audience", "channel_metric", "post_metric", "activity", "visit")
TABLE = pa.schema(
    [("count", pa.string()), ("channel", pa.string()), ("outcome", pa.string()),
     ("weeks", pa.int64()),
     *((name, pa.float64()) for name in (
         "total", "link", "low", "high", "money", "money_low", "money_high",
         "gain", "gain_low", "gain_high", "p", "q_value", "smallest")),
     ("verdict", pa.string()), ("why", pa.string())]
)  # fmt: skip


def counts(context: Context) -> StepResult:
    """Write what each count says of value to come."""
    if not context.holds(*COUNTED) or not context.results.facts.get("first_day"):
        return StepResult(untold=(_nothing(),))
    panel = panel_of(context)
    if not panel.counts:
        return StepResult(untold=(_nothing(),))
    found = links(panel)
    told = verdicts(found)
    rows = [_row(each, panel) for each in told]
    tests = [_row(Verdict(each, each.p, np.nan, ""), panel) for each in found]
    made = {
        "counts": pa.Table.from_pylist(rows, schema=TABLE),
        "counts_tests": pa.Table.from_pylist(tests, schema=TABLE).drop_columns(
            ["q_value", "smallest", "verdict"]
        ),
    }
    return StepResult(
        _numbers(rows),
        {name: context.write(name, table) for name, table in made.items()},
        _untold(rows, panel),
        facts={"material_link": MATERIAL},
    )


def panel_of(context: Context) -> Panel:
    """Return the whole weeks of a record: value, what is known of each week, and every count."""
    facts, collect = context.results.facts, context.engine.collect
    days = (dt.date.fromisoformat(str(facts[name])[:10]) for name in ("first_day", "last_day"))
    first, weeks = whole_weeks(*days)
    sold = weekly_value(
        context.result("orders"),
        context.settings.value.margin,
        in_margin=facts.get("money") == "margin",
    )
    value = {name: np.zeros(weeks) for name in ("margin", "new customers")}
    for row in collect(sold).to_pylist():
        if 0 <= row["week"] - first < weeks:
            value["margin"][row["week"] - first] = row["margin"]
            value["new customers"][row["week"] - first] = row["new"]
    if not value["new customers"].any():
        del value["new customers"]
    empty = Panel(first, value)
    known = collect(known_days(context.facts("event"))).to_pylist()
    spent = collect(weekly_spend(context.facts("spend"))).to_pylist()
    rows = collect(series.weekly(_parts(context), context.engine.cache)).to_pylist()
    return Panel(
        first,
        value,
        spread(known, "kind", "days", empty),
        spread(spent, "channel", "cost", empty),
        counted(rows, first, weeks) if weeks else {},
    )


def _parts(context: Context) -> list[Frame]:
    account = context.facts("account")
    staff = nw.col("is_brand").fill_null(value=False) | nw.col("is_employee").fill_null(value=False)
    own = distinct(account.filter(staff).select("source", "account_id"))
    parts = [
        series.of_audience(context.facts("audience")),
        series.of_channels(context.facts("channel_metric")),
        series.of_deeds(context.facts("activity"), own),
        series.of_posts(context.facts("post"), context.facts("post_metric")),
        series.of_visits(context.facts("visit")),
    ]
    if "messages" in context.results.tables:
        parts.append(series.of_talk(heard(context.result("messages"))))
    return parts


def _row(told: Verdict, panel: Panel) -> dict[str, Any]:
    link: Link = told.best
    channel, name = link.key
    usual = float(np.mean(panel.value["margin"]))
    of_margin = 1.0 if link.outcome == "margin" else np.nan
    ends = {"money": link.link, "money_low": link.low, "money_high": link.high}
    numbers: dict[str, float] = {
        "total": float(np.nansum(panel.counts[link.key])),
        "link": link.link, "low": link.low, "high": link.high,
        **{key: of_margin * usual * value for key, value in ends.items()},
        "gain": link.gain, "gain_low": link.gain_low, "gain_high": link.gain_high,
        "p": told.p, "q_value": told.q, "smallest": link.smallest,
    }  # fmt: skip
    return {
        "count": name,
        "channel": channel,
        "outcome": link.outcome,
        "weeks": link.weeks,
        **{key: value if np.isfinite(value) else None for key, value in numbers.items()},
        "verdict": told.said,
        "why": link.why,
    }


def _numbers(rows: list[dict[str, Any]]) -> dict[str, Estimate]:
    made = {}
    named = {"counts_linked": LINKED, "counts_without_link": NO_LINK, "counts_untold": UNTOLD}
    for name, verdict in named.items():
        many = sum(row["verdict"] == verdict for row in rows)
        made[name] = Estimate.exact(
            many, "counts", grade=Grade.MODEL, rows=len(rows), name=name, table="counts"
        )
    return made


def _untold(rows: list[dict[str, Any]], panel: Panel) -> tuple[Untold, ...]:
    if all(row["why"] == "few weeks" for row in rows):
        return (
            Untold(
                Said("Which of the things we count have nothing to do with value?"),
                Said("Whole weeks with orders and counts: {n}; it takes 54.", {"n": panel.weeks}),
                Said("Add older exports of orders and of what the networks count."),
            ),
        )
    return ()


def _nothing() -> Untold:
    return Untold(
        Said("Which of the things we count have nothing to do with value?"),
        Said("There are no counts of the networks or the site on record, or no orders."),
        Said("Add exports of orders, and of what the networks count by day or by post."),
    )
