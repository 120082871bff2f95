"""Who came and who left, month by month, and who moved up or down."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, MIDDLE, NARROW, PAPER, QUIET, data, layered
from rapport.report.charts.staying import months_axis

COLORS = {
    "came": MIDDLE, "came back": ACCENT, "left": FAINT, "moved up": MIDDLE, "moved down": FAINT,
}  # fmt: skip
_BELOW = {"left", "moved down"}


def flow(rows: list[dict[str, Any]], width: int) -> alt.LayerChart:
    """Return people by month: above the line who came or rose, beneath it who left or fell.

    Parameters
    ----------
    rows
        `month` (its first day), `direction` (of `COLORS`), `people`, `low`, `high`.
    """
    months = sorted({row["month"] for row in rows})
    shown = [
        {
            "month": row["month"].isoformat(),
            "people": -row["people"] if row["direction"] in _BELOW else row["people"],
            "color": COLORS[row["direction"]],
            "rank": list(COLORS).index(row["direction"]),
        }
        for row in rows
    ]
    ends = [
        {"month": row["month"].isoformat(), "low": -row["low"], "high": -row["high"]}
        for row in rows
        if row["direction"] in _BELOW and row["high"] > row["low"]
    ]
    x = alt.X("month:O", axis=months_axis(months, width), sort=None)
    label = "format(abs(datum.value), ',.0f')"
    y = alt.Y("people:Q", axis=alt.Axis(title=None, tickCount=5, labelExpr=label))
    bars = (
        alt.Chart(data(shown))
        .mark_bar(stroke=PAPER, strokeWidth=0.5)
        .encode(x=x, y=y, color=alt.Color("color:N", scale=None, legend=None), order="rank:Q")
    )
    layers = [bars]
    if ends:
        layers.append(
            alt.Chart(data(ends))
            .mark_rule(color=QUIET, strokeWidth=1)
            .encode(x=alt.X("month:O", sort=None), y="low:Q", y2="high:Q")
        )
    zero = alt.Chart(data([{"y": 0}])).mark_rule(color=QUIET, strokeWidth=0.75).encode(y="y:Q")
    return layered([*layers, zero], width, 230 if width > NARROW else 200)
