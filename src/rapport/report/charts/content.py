"""What kinds of posts bring, liked and clicked side by side."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, MIDDLE, NARROW, data, layered

COLORS = {"engaged": MIDDLE, "clicked": ACCENT}
_FARTHEST = 8.0


def liked_and_clicked(rows: list[dict[str, Any]], width: int) -> alt.LayerChart:
    """Return for each kind of post a dot with its range, liked above and clicked below.

    Parameters
    ----------
    rows
        `name`, `what` ("engaged" or "clicked"), `ratio`, `low`, `high` against comparable posts of
        other kinds; in order from the top, the rows of one name together.
    """
    names = list(dict.fromkeys(row["name"] for row in rows))
    far = min(_FARTHEST, max(2.0, *(max(row["high"], 1 / row["low"]) for row in rows)))
    shown = [
        {
            **row,
            "low": max(row["low"], 1 / far),
            "high": min(row["high"], far),
            "ratio": min(max(row["ratio"], 1 / far), far),
            "color": COLORS[row["what"]],
        }
        for row in rows
    ]
    ticks = [tick for tick in (0.125, 0.25, 0.5, 1, 2, 4, 8) if 1 / far <= tick <= far]
    x = alt.X(
        "low:Q",
        axis=alt.Axis(
            title=None, values=ticks,
            labelExpr="datum.value < 1 ? '÷' + format(1 / datum.value, '.0f')"
            " : '×' + format(datum.value, '.0f')",
        ),
        scale=alt.Scale(type="log", domain=[1 / far, far], nice=False),
    )  # fmt: skip
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=150 if width > NARROW else 96)
    y = alt.Y("name:N", sort=names, axis=axis)
    color = alt.Color("color:N", scale=None, legend=None)
    layers = [alt.Chart(data([{"low": 1}])).mark_rule(color=FAINT).encode(x="low:Q")]
    for what, place in (("engaged", -5), ("clicked", 5)):
        part = alt.Chart(data([row for row in shown if row["what"] == what])).encode(y=y)
        layers += [
            part.mark_rule(strokeWidth=2.5, strokeCap="round", yOffset=place).encode(
                x=x, x2="high:Q", color=color
            ),
            part.mark_point(size=44, filled=True, opacity=1, yOffset=place).encode(
                x="ratio:Q", color=color
            ),
        ]
    return layered(layers, width, 44 + 28 * len(names))
