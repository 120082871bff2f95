"""The return as a fall of bars: what came in, what it cost, and what is left, with ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    PAPER,
    QUIET,
    data,
    layered,
    money_axis,
)
from rapport.value.ledger.stating import Bar
from rapport.words import Words

_COLORS = {"return": MIDDLE, "cost": FAINT, "sum": ACCENT}
_ROW, _BAR = 34, 18


def waterfall(
    bars: Sequence[Bar], names: Mapping[str, str], labels: Sequence[str], words: Words, width: int
) -> alt.LayerChart:
    """Return one bar under the other, each beginning where the one above ends.

    Parameters
    ----------
    bars
        As `rapport.value.ledger.stating.waterfall` gives them.
    names
        What each bar is called.
    labels
        The amount of each bar as it is written.
    """
    rows = [_row(bar, names[bar.name], label) for bar, label in zip(bars, labels, strict=True)]
    low = min(0.0, *(min(row["start"], row["end"], row["low"]) for row in rows))
    high = max(0.0, *(row["edge"] for row in rows))
    span = (high - low) or 1.0
    room = 0.14 if width > NARROW else 0.30  # for the amounts beside the bars
    scale = alt.Scale(domain=[low - 0.03 * span, high + room * span], nice=False)
    axis = money_axis(words, max(high, -low))
    named = alt.Axis(
        title=None, labelColor=INK, labelFontSize=13, labelLimit=width // 3, domain=False,
        ticks=False,
    )  # fmt: skip
    base = alt.Chart(data(rows)).encode(y=alt.Y("name:N", sort=None, axis=named))
    unsure = base.transform_filter("datum.sure == 0")
    span_of = {"x": alt.X("low:Q", scale=scale), "x2": "high:Q"}
    bars_drawn = base.mark_bar(height=_BAR).encode(
        x=alt.X("start:Q", axis=axis, scale=scale),
        x2="end:Q",
        color=alt.Color("color:N", scale=None, legend=None),
    )
    ranges = [
        unsure.mark_rule(color=PAPER, strokeWidth=3.25, opacity=0.85).encode(**span_of),
        unsure.mark_rule(color=INK, strokeWidth=1.25).encode(**span_of),
    ]
    amounts = base.mark_text(align="left", dx=7, color=INK, fontSize=12).encode(
        x=alt.X("edge:Q", scale=scale), text="label:N"
    )
    layers = [_nothing(scale), bars_drawn, _steps(rows, scale), *ranges, amounts]
    return layered(layers, width, 36 + _ROW * len(rows))


def _nothing(scale: alt.Scale) -> alt.Chart:
    """Return the line at no money at all."""
    line: alt.Chart = (
        alt.Chart(data([{"x": 0.0}]))
        .mark_rule(color=FAINT, strokeWidth=1)
        .encode(x=alt.X("x:Q", scale=scale))
    )
    return line


def _steps(rows: Sequence[Mapping[str, Any]], scale: alt.Scale) -> alt.Chart:
    """Return the thin lines that lead from the end of each bar to the next one."""
    steps = [
        {"name": above["name"], "next": below["name"], "end": above["end"]}
        for above, below in pairwise(rows)
    ]
    drawn: alt.Chart = (
        alt.Chart(data(steps))
        .mark_rule(color=QUIET, strokeWidth=0.75, opacity=0.7)
        .encode(x=alt.X("end:Q", scale=scale), y=alt.Y("name:N", sort=None), y2=alt.Y2("next:N"))
    )
    return drawn


def _row(bar: Bar, name: str, label: str) -> dict[str, Any]:
    return {
        "name": name,
        "start": bar.start,
        "end": bar.end,
        "low": bar.low,
        "high": bar.high,
        "edge": max(bar.start, bar.end, bar.high),
        "sure": int(bar.low == bar.high),
        "color": _COLORS[bar.kind],
        "label": label.replace("-", "\u2212"),
    }
