"""What each audience brought a person, with its range, around a line at nothing."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    QUIET,
    data,
    layered,
    money_axis,
)
from rapport.words import Words


def effects(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return a dot and a range for each audience.

    Parameters
    ----------
    rows
        `label` (a middle dot parts its two lines), `effect`, `low`, `high`, `told` (the effect in
        words), `sure` (whether the range lies on one side of nothing).
    """
    shown = [{**row, "color": ACCENT if row["sure"] else QUIET} for row in rows]
    low = min(0.0, *(row["low"] for row in rows))
    high = max(0.0, *(row["high"] for row in rows))
    room = 0.08 * (high - low or 1.0)
    money = money_axis(words, max(abs(low), abs(high)))
    money.tickCount = 5 if width > NARROW else 3
    money.labelBound = True
    x = alt.X(
        "low:Q",
        axis=money,
        scale=alt.Scale(domain=[low - room, high + room], nice=False),
    )
    named = alt.Axis(
        title=None, domain=False, ticks=False, labelExpr="split(datum.value, ' · ')", labelLimit=200
    )
    y = alt.Y("label:N", sort=None, axis=named)
    base = alt.Chart(data(shown)).encode(y=y)
    color = alt.Color("color:N", scale=None, legend=None)
    layers = [
        alt.Chart(data([{"zero": 0}])).mark_rule(color=FAINT).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=9, color=MIDDLE, strokeCap="round", opacity=0.9).encode(
            x=x, x2="high:Q"
        ),
        base.mark_point(size=54, filled=True, opacity=1).encode(x="effect:Q", color=color),
        base.mark_text(dy=-15, color=INK, fontSize=12).encode(x="effect:Q", text="told:N"),
    ]
    return layered(layers, width, 54 + 46 * len(rows))
