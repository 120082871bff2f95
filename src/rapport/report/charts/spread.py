"""How things are spread over customers: the chance of being active, and revenue."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    NARROW,
    PAPER,
    QUIET,
    TINT,
    data,
    layered,
)
from rapport.words import Words

_TENTH = 0.1


def alive_histogram(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return how many customers have which probability of being active still.

    Parameters
    ----------
    rows
        `low`, `high` (ends of the bin, 0 to 1), `customers`.
    """
    shown = [{**row, "zero": 0, "color": ACCENT if row["low"] >= 0.5 else FAINT} for row in rows]
    top = max(row["customers"] for row in rows)
    share = alt.Axis(title=None, format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X("low:Q", axis=share, scale=alt.Scale(domain=[0, 1], nice=False))
    count = alt.Axis(title=None, format=",.0f", tickCount=4)
    bars = (
        alt.Chart(data(shown))
        .mark_rect(stroke=PAPER, strokeWidth=1)
        .encode(
            x=x, x2="high:Q", y=alt.Y("customers:Q", axis=count), y2="zero:Q",
            color=alt.Color("color:N", scale=None, legend=None),
        )
    )  # fmt: skip
    sides = [
        {"x": 0.49, "text": "← " + words("probably gone"), "top": top * 1.12},
        {"x": 0.51, "text": words("probably still active") + " →", "top": top * 1.12},
    ]
    gone, active = (
        alt.Chart(data([side])).encode(x="x:Q", y="top:Q", text="text:N") for side in sides
    )
    notes = [
        gone.mark_text(align="right", color=QUIET, baseline="top"),
        active.mark_text(align="left", color=ACCENT, baseline="top"),
    ]
    middle = alt.Chart(data([{"x": 0.5}])).mark_rule(color=QUIET, strokeDash=[2, 3]).encode(x="x:Q")
    return layered([bars, middle, *notes], width, 220)


def best_first(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return the concentration curve from the best customer on, whichever way it was counted.

    Examples
    --------
    >>> best_first([{"customers_share": 0.9, "revenue_share": 0.4}])
    [{'customers': 0.1, 'revenue': 0.6}]
    """
    points = [(row["customers_share"], row["revenue_share"]) for row in rows]
    if sum(revenue - customers for customers, revenue in points) < 0:
        points = [(round(1 - customers, 9), round(1 - revenue, 9)) for customers, revenue in points]
    return [{"customers": c, "revenue": r} for c, r in sorted(points)]


def concentration(rows: list[dict[str, float]], words: Words, width: int) -> alt.LayerChart:
    """Return which share of customers, best first, brings which share of revenue.

    Parameters
    ----------
    rows
        `customers`, `revenue`, shares from 0 to 1, as `best_first` gives them.
    """
    share = alt.Axis(
        format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=words("customers, best first")
    )
    ends = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("customers:Q", axis=share, scale=ends)
    revenue = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=None)
    y = alt.Y("revenue:Q", axis=revenue, scale=ends)
    curve = alt.Chart(data(list(rows)))
    layers: list[alt.Chart] = [
        curve.mark_area(color=TINT, opacity=1).encode(x=x, y=y, y2="customers:Q"),
        alt.Chart(data([{"customers": 0, "revenue": 0}, {"customers": 1, "revenue": 1}]))
        .mark_line(color=FAINT, strokeDash=[4, 3], strokeWidth=1)
        .encode(x=x, y=y),
        curve.mark_line(color=ACCENT, strokeWidth=2.5).encode(x=x, y=y),
    ]
    tenth = min(rows, key=lambda row: abs(row["customers"] - _TENTH))
    if abs(tenth["customers"] - _TENTH) < 0.02:
        layers += _marked(tenth, words, x, y)
    even = alt.Chart(data([{"customers": 0.98, "revenue": 0.43}]))
    layers.append(
        even.mark_text(align="right", color=QUIET, text=words("if all spent alike")).encode(
            x=x, y=y
        )
    )
    return layered(layers, width, 340 if width > NARROW else 300)


def _marked(tenth: dict[str, float], words: Words, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the best tenth: a dot on the curve, lines to both axes, and what it says."""
    here = alt.Chart(data([{**tenth, "zero": 0}]))
    thread = here.mark_rule(color=INK, strokeWidth=0.75, strokeDash=[2, 2])
    label = words("best tenth: {share}", share=words.percent(tenth["revenue"]))
    return [
        thread.encode(x=x, y=y, y2="zero:Q"),
        thread.encode(x=x, x2="zero:Q", y=y),
        here.mark_point(filled=True, size=70, color=ACCENT, opacity=1).encode(x=x, y=y),
        here.mark_text(
            align="left", baseline="top", dx=10, dy=2, color=INK, fontWeight="bold", fontSize=13,
            text=label,
        ).encode(x=x, y=y),
    ]  # fmt: skip
