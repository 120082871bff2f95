"""The gap as it seems beside what connecting does, and what happened month by month."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    INK,
    MIDDLE,
    NARROW,
    QUIET,
    TINT,
    data,
    layered,
)
from rapport.words import Words


def side_by_side(rows: list[dict[str, Any]], what: str, width: int) -> alt.LayerChart:
    """Return each number as a dot with its range, one below the other.

    Parameters
    ----------
    rows
        `name`, `value`, `low`, `high`, `label` (the value as it is read), `main` (whether it is
        the one that is believed).
    what
        What is counted, as the axis says it.
    """
    shown = [{**row, "color": ACCENT if row["main"] else QUIET} for row in rows]
    low = min(0.0, *(row["low"] for row in rows))
    high = max(0.0, *(row["high"] for row in rows))
    room = 0.06 * (high - low or 1.0)
    x = alt.X(
        "value:Q",
        axis=alt.Axis(title=what, tickCount=5, format="$,.0f"),
        scale=alt.Scale(domain=[low - room, high + room], nice=False),
    )
    y = alt.Y(
        "name:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=220)
    )
    base = alt.Chart(data(shown)).encode(y=y)
    color = alt.Color("color:N", scale=None, legend=None)
    layers = [
        alt.Chart(data([{"zero": 0}])).mark_rule(color=QUIET, strokeDash=[2, 3]).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=8, color=MIDDLE, strokeCap="round", opacity=0.85).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(size=64, filled=True, opacity=1).encode(x=x, color=color),
        base.mark_text(dy=-15, color=INK, fontSize=12).encode(x=x, text="label:N"),
    ]
    return layered(layers, width, 30 + 56 * len(rows))


def month_by_month(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return what connected people brought beyond expectation, before connecting and after.

    Parameters
    ----------
    rows
        `relative_month`, `value`, `low`, `high`; months before are negative.
    """
    ranked = sorted(rows, key=lambda row: row["relative_month"])
    shown = [{**row, "color": ACCENT if row["relative_month"] > 0 else QUIET} for row in ranked]
    first, last = ranked[0]["relative_month"], ranked[-1]["relative_month"]
    x = alt.X(
        "relative_month:Q",
        axis=alt.Axis(
            title=words("months since connecting"), values=list(range(first, last + 1, 3)),
            format="d",
        ),
        scale=alt.Scale(domain=[first - 0.5, max(last, 1) + 0.5], nice=False),
    )  # fmt: skip
    y = alt.Y("value:Q", axis=alt.Axis(title=None, tickCount=5, format="$,.0f"))
    base = alt.Chart(data(shown)).encode(x=x)
    color = alt.Color("color:N", scale=None, legend=None)
    layers = [
        alt.Chart(data([{"from": 0.5, "to": max(last, 1) + 0.5}]))
        .mark_rect(color=TINT)
        .encode(x=alt.X("from:Q"), x2="to:Q"),
        alt.Chart(data([{"zero": 0}])).mark_rule(color=QUIET).encode(y="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q"), y2="high:Q", color=color),
        base.mark_point(size=46, filled=True, opacity=1).encode(y=y, color=color),
    ]
    return layered(layers, width, 240 if width > NARROW else 210)
