"""How many still say yes, by the how-manieth request."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, MIDDLE, NARROW, data, layered
from rapport.words import Words


def tiring(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return the share that said yes to each request, and the line that was learnt from all.

    Parameters
    ----------
    rows
        `nth`, `share`, `expected`.
    """
    x = alt.X("nth:O", axis=alt.Axis(title=words("how many times asked"), labelAngle=0))
    top = max(max(row["share"], row["expected"]) for row in rows)
    y = alt.Y(
        "share:Q",
        axis=alt.Axis(title=None, format=".0%", tickCount=4),
        scale=alt.Scale(domain=[0, min(1.0, 1.1 * (top or 1.0))]),
    )
    base = alt.Chart(data(rows)).encode(x=x)
    layers = [
        base.mark_bar(color=MIDDLE).encode(y=y),
        base.mark_line(color=ACCENT, strokeWidth=2).encode(y="expected:Q"),
    ]
    return layered(layers, width, 210 if width > NARROW else 190)
