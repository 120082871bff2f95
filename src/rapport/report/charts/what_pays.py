"""What pays: for each source of money a dot, and a line as long as its range."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, INK, MIDDLE, data, layered


def ranges(rows: list[dict[str, Any]], currency: str, width: int) -> alt.LayerChart:
    """Return one line for each row, largest first, with nothing marked where money is neither.

    Parameters
    ----------
    rows
        `name`, `value`, `low`, `high`, `label`; largest first.
    """
    lowest = min(0.0, *(row["low"] for row in rows))
    highest = max(0.0, *(row["high"] for row in rows)) or 1.0
    room = 0.06 * (highest - lowest)
    scale = alt.Scale(domain=[lowest - room * (lowest < 0), highest + room], nice=False)
    x = alt.X("low:Q", axis=alt.Axis(title=currency, tickCount=4, format=",.0f"), scale=scale)
    y = alt.Y(
        "name:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=190)
    )
    base = alt.Chart(data(rows)).encode(y=y)
    layers = [
        alt.Chart(data([{"zero": 0.0}])).mark_rule(color=FAINT).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=9, color=MIDDLE, strokeCap="round", opacity=0.9).encode(
            x=x, x2="high:Q"
        ),
        base.mark_point(size=54, filled=True, color=ACCENT, opacity=1).encode(x="value:Q"),
        base.mark_text(dy=-15, color=INK, fontSize=12).encode(x="value:Q", text="label:N"),
    ]
    return layered(layers, width, 54 + 46 * len(rows))
