"""Customers and prospects on the four levels, each share with its range."""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from rapport.engagement.closeness.scoring import LEVELS
from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    QUIET,
    data,
    layered,
)
from rapport.words import Words

COLORS = dict(zip(LEVELS, (ACCENT, MIDDLE, FAINT, QUIET), strict=True))
_ROW = 27


def level_shares(
    rows: list[dict[str, Any]], names: dict[str, str], words: Words, width: int
) -> alt.LayerChart:
    """Return for each side a bar for each level, with its range.

    Parameters
    ----------
    rows
        side, level, share, low, high; sides one after the other, levels from the closest on.
    names
        How sides and levels are called.
    """
    shown, order = [], []
    for row in rows:
        head = f"{row['side']}|"
        if head not in order:
            order.append(head)
        key = f"{head}{row['level']}"
        order.append(key)
        label = words.percent(row["share"])
        shown.append({**row, "key": key, "label": label, "color": COLORS[row["level"]]})
    called = {
        key: names[key.rstrip("|")] if key.endswith("|") else names[key.split("|")[1]]
        for key in order
    }
    heads = "indexof(datum.value, '|') === length(datum.value) - 1"
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelExpr=f"({json.dumps(called)})[datum.value]",
        labelLimit=150 if width == NARROW else 220,
        labelFontWeight={"condition": {"test": heads, "value": "bold"}, "value": "normal"},
        labelColor={"condition": {"test": heads, "value": INK}, "value": QUIET},
    )
    y = alt.Y("key:N", sort=order, scale=alt.Scale(domain=order), axis=axis)
    top = max(row["high"] for row in rows)
    x = alt.X(
        "share:Q",
        axis=alt.Axis(title=None, format=".0%", tickCount=5),
        scale=alt.Scale(domain=[0, (1.3 if width == NARROW else 1.12) * top], nice=False),
    )
    base = alt.Chart(data(shown)).encode(y=y)
    layers = [
        base.mark_bar(height=15).encode(x=x, color=alt.Color("color:N", scale=None, legend=None)),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x="low:Q", x2="high:Q"),
        base.mark_text(align="left", dx=6, color=INK).encode(x="high:Q", text="label:N"),
    ]
    return layered(layers, width, 40 + _ROW * len(order))
