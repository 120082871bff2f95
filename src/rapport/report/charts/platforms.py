"""What each platform returns a year, as a range, against what it costs."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    data,
    layered,
    money_axis,
)
from rapport.words import Words


def return_and_cost(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return for each platform a bar from the least to the most it may return, and its cost.

    Parameters
    ----------
    rows
        `channel` (as a reader calls it), `low`, `high`, `value`, `cost` (None where not known).
    """
    ends = [row[name] or 0.0 for row in rows for name in ("low", "high", "cost")]
    low, high = min(0.0, *ends), max(1.0, *ends)
    room = 0.06 * (high - low)
    x = alt.X(
        "low:Q",
        axis=money_axis(words, high),
        scale=alt.Scale(domain=[low - room * (low < 0), high + room], nice=False),
    )
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=120 if width > NARROW else 90)
    y = alt.Y("channel:N", sort=[row["channel"] for row in rows], axis=axis)
    base = alt.Chart(data(rows)).encode(y=y)
    valued = alt.Chart(data([row for row in rows if row["value"] is not None])).encode(y=y)
    costing = alt.Chart(data([row for row in rows if row["cost"] is not None])).encode(y=y)
    layers = [
        alt.Chart(data([{"low": 0}])).mark_rule(color=FAINT).encode(x="low:Q"),
        base.mark_rule(strokeWidth=9, strokeCap="round", color=MIDDLE, opacity=0.9).encode(
            x=x, x2="high:Q"
        ),
        valued.mark_point(size=54, filled=True, opacity=1, color=ACCENT).encode(x="value:Q"),
        costing.mark_tick(thickness=3, size=20, color=INK).encode(x="cost:Q"),
    ]
    return layered(layers, width, 44 + 32 * len(rows))
