"""How far each count goes with value to come, and which counts of which channels do at all."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    HAIRLINE,
    MIDDLE,
    NARROW,
    QUIET,
    TINT,
    data,
    layered,
)
from rapport.words import Words

COLORS = {"linked": ACCENT, "no link seen": MIDDLE, "cannot tell": HAIRLINE}


def swings(rows: list[dict[str, Any]], material: float, words: Words, width: int) -> alt.LayerChart:
    """Return for each count a dot with its range: what goes with one usual swing of it.

    Parameters
    ----------
    rows
        `name`, `link`, `low`, `high` (shares of a week's value), `verdict`; in order from the top.
    material
        A link smaller than this, either way, is not worth knowing of.
    """
    shown = [{**row, "color": ACCENT if row["verdict"] == "linked" else QUIET} for row in rows]
    far = 1.1 * max(material, *(abs(row[end]) for row in rows for end in ("low", "high")))
    x = alt.X(
        "low:Q",
        axis=alt.Axis(
            title=words("share of a week’s margin"),
            tickCount=5,
            labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.0%')",
        ),
        scale=alt.Scale(domain=[-far, far], nice=False),
    )
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=130 if width > NARROW else 96)
    y = alt.Y("name:N", sort=None, axis=axis)
    band = alt.Chart(data([{"low": -material, "high": material}]))
    base = alt.Chart(data(shown)).encode(y=y)
    color = alt.Color("color:N", scale=None, legend=None)
    layers = [
        band.mark_rect(color=TINT, opacity=1).encode(x=x, x2="high:Q"),
        alt.Chart(data([{"low": 0}])).mark_rule(color=FAINT).encode(x="low:Q"),
        base.mark_rule(strokeWidth=2.5, strokeCap="round").encode(x=x, x2="high:Q", color=color),
        base.mark_point(size=46, filled=True, opacity=1).encode(x="link:Q", color=color),
    ]
    return layered(layers, width, 60 + 21 * len(rows))


def verdicts(rows: list[dict[str, Any]], width: int) -> alt.LayerChart:
    """Return one square for each count of each channel, in the colour of its verdict.

    Parameters
    ----------
    rows
        `name`, `channel` (as a reader calls them), `verdict`; in order.
    """
    shown = [{**row, "color": COLORS[row["verdict"]]} for row in rows]
    counts = list(dict.fromkeys(row["name"] for row in rows))
    axis = alt.Axis(
        title=None, domain=False, ticks=False, orient="top",
        labelAngle=-38 if width > NARROW else -60, labelAlign="left", labelLimit=110,
        labelBound=False,
    )  # fmt: skip
    named = alt.Axis(title=None, domain=False, ticks=False, grid=False,
                     labelLimit=130 if width > NARROW else 90)  # fmt: skip
    squares = (
        alt.Chart(data(shown))
        .mark_rect(stroke="#ffffff", strokeWidth=2, cornerRadius=2)
        .encode(
            x=alt.X("channel:N", sort=None, axis=axis),
            y=alt.Y("name:N", sort=counts, axis=named),
            color=alt.Color("color:N", scale=None, legend=None),
        )
    )
    return layered([squares], width, 104 + 21 * len(counts))
